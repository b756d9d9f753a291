"""Keeps the published status lists fresh, in every process that holds the key of codes."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from signing_service.domain.errors import Problem

LOOKED_AT_EVERY_SECONDS = 2.0
"""How soon after a licence has changed the list is signed, where it was not signed just before."""

log = structlog.get_logger(__name__)


class StatusPublisherThread:
    """A thread that lets ``publish`` do what is due. What fails is told once, and tried again at the next look."""

    def __init__(self, publish: Callable[[], object], every_seconds: float = LOOKED_AT_EVERY_SECONDS) -> None:
        self._publish = publish
        self._every = every_seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failed = ""

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="status-lists", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return when the thread has ended."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def look(self) -> None:
        """Publish what is due now. Never fails: readers see by the age of the list that something is wrong."""
        try:
            self._publish()
            self._failed = ""
        except Problem as problem:
            if problem.code != self._failed:
                log.warning("status_lists_wait", code=problem.code)
            self._failed = problem.code
        except Exception:
            log.exception("status_lists_failed")

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.look()
            self._stopping.wait(self._every)
