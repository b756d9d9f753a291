"""Looks at the clock: what is due by itself, and once a day what a new day brings."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime

import structlog

from signing_service.domain.dates import day_in_shanghai

LOOKED_AT_EVERY_SECONDS = 5.0

log = structlog.get_logger(__name__)


class TimekeeperThread:
    """A thread that lets ``go_off`` do what is due, and each of ``daily`` once a day; what fails is tried again.

    Several processes may have one: what went off has gone off for all of them.
    """

    def __init__(
        self,
        go_off: Callable[[], object],
        daily: Sequence[Callable[[], object]],
        clock: Callable[[], datetime],
        every_seconds: float = LOOKED_AT_EVERY_SECONDS,
    ) -> None:
        self._go_off = go_off
        self._daily = daily
        self._clock = clock
        self._every = every_seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._day: date | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="timekeeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return when the thread has ended."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def look(self) -> None:
        """Do what is due now. Never fails."""
        self._safely(self._go_off)
        today = day_in_shanghai(self._clock())
        if today != self._day:
            done = [self._safely(one) for one in self._daily]
            self._day = today if all(done) else self._day

    def _safely(self, work: Callable[[], object]) -> bool:
        try:
            work()
        except Exception:
            log.exception("timekeeper_failed")
            return False
        return True

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.look()
            self._stopping.wait(self._every)
