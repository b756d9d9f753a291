"""Whose turn it is to write: one at a time, in the order in which they came.

SQLite lets one write and has the others ask again and again, in no order: beside somebody who always writes, one that
asks at the wrong moments may wait for ever. The threads of a process stand in line here instead, before they ask.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A line of threads. Not re-entrant: who has the turn and waits for another one waits for itself."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    @contextmanager
    def turn(self, seconds: float) -> Iterator[None]:
        """The block has the turn. Raises TimeoutError when it did not come within ``seconds``."""
        self._wait(seconds)
        try:
            yield
        finally:
            with self._mutex:
                if self._waiting:
                    self._waiting.popleft().release()  # handed over, so that nobody can step in between
                else:
                    self._taken = False

    def _wait(self, seconds: float) -> None:
        mine = threading.Lock()
        mine.acquire()
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            self._waiting.append(mine)
        if mine.acquire(timeout=seconds):
            return
        with self._mutex:
            if mine in self._waiting:
                self._waiting.remove(mine)
                raise TimeoutError
        # it came while we gave up: it is ours
