"""How often one stranger may ask: enough for an inspector's whole morning, too little to try out codes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

from signing_service.domain.errors import Problem

_CLIENTS_REMEMBERED = 10_000
_WINDOW_SECONDS = 60


class Allowance:
    """So many a minute for each client address, counted in memory by the clock's minutes; the oldest is forgotten."""

    def __init__(self, per_minute: int, now: Callable[[], datetime]) -> None:
        self._per_minute = per_minute
        self._now = now
        self._spent: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def require(self, client: str) -> None:
        """Raises Problem TOO_MANY_REQUESTS (429) when this minute's allowance is spent."""
        seconds = int(self._now().timestamp())
        if self._spent_in(client, seconds // _WINDOW_SECONDS) >= self._per_minute:
            wait = _WINDOW_SECONDS - seconds % _WINDOW_SECONDS
            raise Problem(
                "TOO_MANY_REQUESTS",
                f"查验过于频繁，请在 {wait} 秒后再试。",
                f"Too many requests: try again in {wait} seconds.",
                status=429,
                retry_after=wait,
            )

    def spend(self, client: str) -> None:
        minute = int(self._now().timestamp()) // _WINDOW_SECONDS
        self._spent[client] = (minute, self._spent_in(client, minute) + 1)
        self._spent.move_to_end(client)
        if len(self._spent) > _CLIENTS_REMEMBERED:
            self._spent.popitem(last=False)

    def _spent_in(self, client: str, minute: int) -> int:
        spent_minute, count = self._spent.get(client, (minute, 0))
        return count if spent_minute == minute else 0
