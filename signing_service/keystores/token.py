"""A PKCS#11 token and its sessions: one for each signature at a time, out of a bounded pool, and back after a loss.

Whatever a token says that is neither a refusal of the PIN nor of the key counts as lost: sessions are invalid, the
device is gone, the library was restarted by somebody else. Then everybody's session is given back, the token is
opened afresh, at need with the library started again (only so does SoftHSM see a token that came back), and what
failed is asked once more.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pkcs11

from signing_service.keystores import cryptoki
from signing_service.keystores.pin import Pin

T = TypeVar("T")

REST_SECONDS = 1.0
"""How long a token that did not come back is left alone before it is asked again."""
WAIT_SECONDS = 30.0
"""How long a signature waits for a session while all are busy."""

PIN_REFUSALS = (
    pkcs11.PinIncorrect,
    pkcs11.PinInvalid,
    pkcs11.PinLenRange,
    pkcs11.PinExpired,
    pkcs11.PinLocked,
    pkcs11.UserPinNotInitialized,
)
KEY_REFUSALS = (
    pkcs11.FunctionRejected,
    pkcs11.KeySizeRange,
    pkcs11.KeyTypeInconsistent,
    pkcs11.MechanismInvalid,
    pkcs11.MechanismParamInvalid,
)


class TokenLostError(Exception):
    """The token is not to be had now."""


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Where a token is, and how many signatures it may make at once."""

    module: Path
    """The maker's PKCS#11 library."""
    label: str
    sessions: int = 8


@dataclass(slots=True)
class Session:
    """An open session, with the private keys it has found, by label."""

    handle: Any
    generation: int
    keys: dict[str, Any] = field(default_factory=dict)


class Token:
    """One token of one library. Safe for threads; a forked process opens it for itself.

    A library is one for the whole process: only one ``Token`` of a module may be at work in it.
    """

    def __init__(self, place: TokenPlace, pin: Pin, clock: Callable[[], float] = time.monotonic) -> None:
        self.place = place
        self._pin = pin
        self._clock = clock
        self._forget()
        _TOKENS.add(self)

    def use(self, ask: Callable[[Session], T]) -> T:
        """What ``ask`` gets out of a session; after a loss it is asked once more, in a new one.

        Raises TokenLostError, ``pin.PinRefusedError``, one of PIN_REFUSALS or KEY_REFUSALS, or what ``ask`` raises.
        """
        for is_last in (False, True):
            session = self._take()
            try:
                return ask(session)
            except KEY_REFUSALS:
                raise
            except pkcs11.PKCS11Error as error:
                self._lose(session)
                if is_last:
                    raise TokenLostError(type(error).__name__) from error
            finally:
                self._give_back(session)
        raise AssertionError

    def _forget(self, *, forked: bool = False) -> None:
        self._free = threading.Condition()
        self._limit = self.place.sessions
        self._at: Any = None
        self._idle: list[Session] = []
        self._busy = 0
        self._generation = 0
        self._is_open = False
        self._rest_until = 0.0
        self._restart_first = forked

    def _take(self) -> Session:
        with self._free:
            while True:
                # a lost token is opened when nobody is left in it: the library must not be restarted under a call
                if not self._free.wait_for(lambda: self._busy < (self._limit if self._is_open else 1), WAIT_SECONDS):
                    raise TokenLostError("all sessions are busy")
                if not self._is_open:
                    self._open_again()
                if self._idle or self._add_session():
                    self._busy += 1
                    return self._idle.pop()

    def _add_session(self) -> bool:
        """Whether there is one more; a token with fewer than we may have sets the bound."""
        try:
            self._idle.append(Session(self._at.open(), self._generation))
        except pkcs11.SessionCount:
            self._limit = max(1, self._busy)
            return False
        except pkcs11.PKCS11Error:
            self._is_open = False
            return False
        return True

    def _give_back(self, session: Session) -> None:
        with self._free:
            self._busy -= 1
            # of a lost token too: it is closed before the library is started again
            self._idle.append(session)
            self._free.notify_all()

    def _lose(self, session: Session) -> None:
        with self._free:
            if session.generation == self._generation:
                self._is_open = False

    def _open_again(self) -> None:
        if self._clock() < self._rest_until:
            raise TokenLostError("the token was lost a moment ago")
        for session in self._idle:
            with suppress(pkcs11.PKCS11Error):
                session.handle.close()
        self._idle.clear()
        self._generation += 1
        try:
            self._idle.append(Session(self._logged_in(), self._generation))
        except pkcs11.PKCS11Error as error:
            if isinstance(error, PIN_REFUSALS):
                raise
            self._rest_until = self._clock() + REST_SECONDS
            raise TokenLostError(type(error).__name__) from error
        self._is_open = True

    def _logged_in(self) -> Any:
        """The first session. It stays open as long as the others need the log-in."""
        if not self._restart_first:
            try:
                return self._log_in()
            except PIN_REFUSALS:
                raise
            except pkcs11.PKCS11Error:
                pass
        cryptoki.restart(str(self.place.module))
        self._restart_first = False
        return self._log_in()

    def _log_in(self) -> Any:
        token = self._at = cryptoki.library(str(self.place.module)).get_token(token_label=self.place.label)
        with self._pin.alone() as pin:
            try:
                return token.open(user_pin=pin)
            except pkcs11.UserAlreadyLoggedIn:
                return token.open()
            except PIN_REFUSALS:
                self._pin.refused()
                raise


_TOKENS: weakref.WeakSet[Token] = weakref.WeakSet()


def _forget_in_child() -> None:
    # sessions do not survive a fork, and neither does a lock that another thread held
    for token in list(_TOKENS):
        token._forget(forked=True)  # noqa: SLF001


os.register_at_fork(after_in_child=_forget_in_child)
