"""What the stand-ins have received: kept in memory, the newest first, doubles counted and not shown twice."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

MOST_KEPT = 500
"""Of each kind; older ones are forgotten."""


@dataclass(frozen=True, slots=True)
class Received:
    """Something that arrived at one address."""

    to: str
    title: str
    text: str
    at: datetime
    reference: str
    """Of the sender: what comes with the same one again is a double."""
    fields: tuple[tuple[str, str], ...] = ()
    number: str = ""
    """Ours: what the sender was answered."""
    doubles: int = 0


class Shelf:
    """Of one kind of message. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[Received] = deque(maxlen=MOST_KEPT)

    def put(self, received: Received) -> Received:
        """What is on the shelf now under its address and reference: this one, or the earlier one, counted once more."""
        with self._lock:
            for position, earlier in enumerate(self._kept):
                if received.reference and (earlier.to, earlier.reference) == (received.to, received.reference):
                    self._kept[position] = replace(earlier, doubles=earlier.doubles + 1)
                    return self._kept[position]
            self._kept.appendleft(received)
            return received

    def all(self, wanted: Callable[[Received], bool] = lambda _: True) -> list[Received]:
        """The newest first."""
        with self._lock:
            return [one for one in self._kept if wanted(one)]

    def to(self, address: str) -> list[Received]:
        return self.all(lambda one: one.to == address)


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything that was received."""

    mails: Shelf = field(default_factory=Shelf)
    texts: Shelf = field(default_factory=Shelf)
    wechats: Shelf = field(default_factory=Shelf)


class OnceOnly:
    """Nonces that were seen, for as long as what they came with would be believed. Safe for threads."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}

    def is_new(self, nonce: str, now: float) -> bool:
        """Whether it was never seen; from now on it was."""
        with self._lock:
            self._seen = {one: until for one, until in self._seen.items() if until > now}
            if nonce in self._seen:
                return False
            self._seen[nonce] = now + 2 * self._seconds
            return True
