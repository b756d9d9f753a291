"""Signature activation data (SAD): the right to have these very digests signed, once, by this key, for five minutes."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

LASTS_SECONDS = 300
MOST = 10_000
"""Authorisations that may be open at once; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class Authorisation:
    client: str
    credential: str
    digests: tuple[bytes, ...]
    until: float


class Authorisations:
    """Open ones, in memory: after a restart everyone authorises anew."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open: dict[str, Authorisation] = {}
        self._changing = threading.Lock()

    def grant(self, client: str, credential: str, digests: Sequence[bytes]) -> str:
        """The SAD, which nobody can guess."""
        sad = secrets.token_urlsafe(32)
        now = self._clock()
        with self._changing:
            for old in [known for known, one in self._open.items() if one.until < now]:
                del self._open[old]
            while len(self._open) >= MOST:
                del self._open[next(iter(self._open))]
            self._open[sad] = Authorisation(client, credential, tuple(digests), now + LASTS_SECONDS)
        return sad

    def redeem(self, sad: str, client: str, credential: str, digests: Sequence[bytes]) -> str:
        """Why it is refused, or an empty text. Whatever comes of it, the SAD is used up."""
        with self._changing:
            found = self._open.pop(sad, None)
        if found is None or (found.client, found.credential) != (client, credential):
            return "SAD is unknown or used up"
        if found.until < self._clock():
            return "SAD has expired"
        if Counter(digests) - Counter(found.digests):
            return "a hash was not authorised with this SAD"
        return ""
