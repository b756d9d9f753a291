"""Before a key that the platform holds is used, its owner shows the PIN, and once more who they are, for exactly this.

Who has an authenticator or a passkey shows that; a code is sent to everybody else, and to nobody who has better. The
journal keeps what was shown, and the session goes on under a new token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from signing_service.domain.accounts import Factor, Purpose
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.storage import parties
from signing_service.workflows import pins
from signing_service.workflows.accounts import codes, second_factor, sessions
from signing_service.workflows.accounts.accounts import Accounts, Caller
from signing_service.workflows.accounts.sessions import Opened, Visit

_T = TypeVar("_T")

Evidence = Mapping[str, Any]
"""For the journal of the dossier: ``{"factors": ["pin", "totp"], "subject": …, "at": …, "account": …}``."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody typed, or held to the reader."""

    pin: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    """The one that was sent, or the digits of an authenticator."""
    handle: str = field(default="", repr=False)
    passkey: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What a passkey answered, with the handle of the question."""


@dataclass(frozen=True, slots=True)
class SteppedUp(Generic[_T]):
    outcome: _T
    """Of what was done with it."""
    opened: Opened
    """The session under its new token."""


def asked_for(accounts: Accounts, visit: Visit) -> tuple[Factor, ...]:
    """One of these is shown besides the PIN."""
    return second_factor.factors_of(accounts, visit.account) or (Factor.CODE,)


def begin(accounts: Accounts, visit: Visit, subject: str, caller: Caller, purpose: Purpose = Purpose.SIGN) -> str:
    """A code for this revision (its SHA-256) or this cancellation alone; the hint says where it went.

    Raises Problem SECOND_FACTOR_FIRST where the account has something better, and what ``codes.send`` raises.
    """
    if Factor.CODE not in asked_for(accounts, visit):
        raise Problem(
            "SECOND_FACTOR_FIRST",
            "您的账号已设置动态口令或通行密钥，请用它确认，不发送短信验证码。",
            "Your account has an authenticator or a passkey: confirm with that; no code is sent.",
            status=409,
        )
    return codes.send(accounts, visit.account, purpose, caller, subject)


def begin_passkey(accounts: Accounts, visit: Visit, subject: str, caller: Caller) -> dict[str, Any]:
    """The question to a passkey, of which the answer counts for this subject alone. Raises Problem PASSKEY_NONE."""
    return second_factor.ask_passkey(accounts, visit, caller, subject)


def step_up(
    accounts: Accounts,
    visit: Visit,
    shown: Shown,
    subject: str,
    caller: Caller,
    then: Callable[[Evidence], _T],
    purpose: Purpose = Purpose.SIGN,
) -> SteppedUp[_T]:
    """When everything is right, do ``then``; what that refuses leaves the session as it was.

    Raises Problem STEP_UP_REQUIRED (nothing was given), KEY_ABSENT, PIN_WRONG, PIN_LOCKED, PIN_MISSING, CODE_REFUSED,
    TOTP_REFUSED, PASSKEY_REFUSED, ACCOUNT_LOCKED.
    """
    if not shown.pin or not (shown.code or shown.passkey):
        raise Problem(
            "STEP_UP_REQUIRED",
            "请输入 PIN，并用验证码、动态口令或通行密钥确认后再签署。",
            "Enter the PIN, and confirm with a code, your authenticator or a passkey, before you sign.",
            status=401,
        )
    pins.check_pin(accounts.database, _key_of(accounts, visit), shown.pin, accounts.clock())
    second = _second(accounts, visit, shown, subject, caller, purpose)
    evidence = {
        "factors": [Factor.PIN.value, second.value],
        "subject": subject,
        "purpose": purpose.value,
        "account": visit.account.account_id,
        "address": caller.address,
        "at": accounts.clock().isoformat(),
    }
    outcome = then(evidence)
    return SteppedUp(outcome, sessions.add_factors(accounts, visit, (Factor.PIN, second), caller))


def _second(accounts: Accounts, visit: Visit, shown: Shown, subject: str, caller: Caller, purpose: Purpose) -> Factor:
    asked = asked_for(accounts, visit)
    if shown.passkey:
        second_factor.take_passkey(accounts, visit, shown.handle, dict(shown.passkey), caller, subject)
        return Factor.PASSKEY
    if Factor.CODE in asked:
        codes.check(accounts, visit.account.account_id, purpose, shown.code, subject)
        return Factor.CODE
    second_factor.take_digits(accounts, visit.account, shown.code, confirmed=True)
    return Factor.TOTP


def _key_of(accounts: Accounts, visit: Visit) -> KeyRef:
    with accounts.database.reading() as connection:
        party = parties.find(connection, visit.account.party)
    if party is None or party.key is None:
        raise Problem(
            "KEY_ABSENT",
            "您还没有可用的签名密钥，请先申领电子签名或电子印章。",
            "You have no key to sign with yet: apply for an e-signature or e-seal first.",
            status=412,
        )
    return party.key
