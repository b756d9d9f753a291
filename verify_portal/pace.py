"""How often one stranger may ask: enough for an inspector's whole morning, too little to try out codes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network

from starlette.types import Scope

from signing_service.domain.errors import Problem

_CLIENTS_REMEMBERED = 10_000
_WINDOW_SECONDS = 60

TRIES = 5
TRIES_SECONDS = 600
"""Five comparisons of a holder in ten minutes: the day and sequence digits cannot be tried out."""


class Allowance:
    """So many a minute for each client address, counted in memory by the clock's minutes; the oldest is forgotten.

    What is spent beyond it, as by a batch that came in one piece, is owed by the minutes that follow.
    """

    def __init__(self, per_minute: int, now: Callable[[], datetime]) -> None:
        self._per_minute = per_minute
        self._now = now
        self._spent: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def require(self, client: str) -> None:
        """Raises Problem TOO_MANY_REQUESTS (429) when this minute's allowance is spent."""
        seconds = int(self._now().timestamp())
        owed = self._spent_in(client, seconds // _WINDOW_SECONDS) - self._per_minute
        if owed >= 0:
            minutes = owed // self._per_minute if self._per_minute else 0
            raise _too_many(_WINDOW_SECONDS - seconds % _WINDOW_SECONDS + minutes * _WINDOW_SECONDS)

    def spend(self, client: str, times: int = 1) -> None:
        minute = int(self._now().timestamp()) // _WINDOW_SECONDS
        self._spent[client] = (minute, self._spent_in(client, minute) + times)
        self._spent.move_to_end(client)
        if len(self._spent) > _CLIENTS_REMEMBERED:
            self._spent.popitem(last=False)

    def _spent_in(self, client: str, minute: int) -> int:
        spent_minute, count = self._spent.get(client, (minute, 0))
        return max(0, count - self._per_minute * (minute - spent_minute))


class Tries:
    """So many in any stretch of so many seconds, for each client address; a try counts before it is answered."""

    def __init__(self, now: Callable[[], datetime], most: int = TRIES, seconds: int = TRIES_SECONDS) -> None:
        self._now = now
        self._most = most
        self._seconds = seconds
        self._made: OrderedDict[str, tuple[float, ...]] = OrderedDict()

    def count(self, client: str) -> int:
        """Counts one try and says how many are left. Raises Problem TOO_MANY_REQUESTS (429) when none was."""
        now = self._now().timestamp()
        recent = tuple(at for at in self._made.get(client, ()) if now - at < self._seconds)
        if len(recent) >= self._most:
            raise _too_many(int(self._seconds - (now - recent[0])) + 1)
        self._made[client] = (*recent, now)
        self._made.move_to_end(client)
        if len(self._made) > _CLIENTS_REMEMBERED:
            self._made.popitem(last=False)
        return self._most - len(recent) - 1


def _too_many(wait: int) -> Problem:
    return Problem(
        "TOO_MANY_REQUESTS",
        f"查验过于频繁，请在 {wait} 秒后再试。",
        f"Too many requests: try again in {wait} seconds.",
        status=429,
        retry_after=wait,
    )


def client_of(scope: Scope) -> str:
    """Who asks: an address, and of IPv6 the network of one subscriber (RFC 6177), who has all of its addresses."""
    client = scope.get("client")
    return _subscriber(str(client[0])) if client else ""


@lru_cache(maxsize=4096)
def _subscriber(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else host
