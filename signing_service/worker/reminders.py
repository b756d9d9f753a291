"""Looks now and then for licences that run out, and tells their holders; each reminder once, whoever looks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from signing_service.domain.dates import day_in_shanghai
from signing_service.storage.database import Database
from signing_service.workflows.telling import tell_of_expiry

EVERY = timedelta(hours=1)

log = structlog.get_logger(__name__)


class ReminderWatch:
    """A thread that looks at once, and then ``every`` so often as long as the service runs."""

    def __init__(self, database: Database, clock: Callable[[], datetime], every: timedelta = EVERY) -> None:
        self._database = database
        self._clock = clock
        self._every = every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reminders", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def look(self) -> int:
        """How many were told now."""
        now = self._clock()
        with self._database.transaction() as connection:
            return tell_of_expiry(connection, day_in_shanghai(now), now)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except Exception:
                log.exception("reminders_not_looked_at")
            self._stopping.wait(self._every.total_seconds())
