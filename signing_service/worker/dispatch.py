"""Wakes workers up for the dossiers that owe something: at once when a step was saved, and by looking now and then.

Several processes may dispatch at the same time; a dossier is claimed by one of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from celery import Celery

from signing_service.storage import outbox
from signing_service.storage.database import Database
from signing_service.worker.tasks import LEASE, PERFORM

POLL = timedelta(milliseconds=500)
"""How often the outbox is looked at when nobody nudges: retries that are due, messages that were lost."""

DEPTH = 256
"""So many dossiers wait in the broker at most; the rest waits in the outbox, which does not send twice."""

GROUP = 25
"""So many dossiers in one message at most. A message costs more than a licence; one that is alone goes at once."""

log = structlog.get_logger(__name__)


class Dispatcher:
    """A thread that claims due dossiers and sends their numbers to the workers, several in a message.

    It looks every ``poll``. A message that no worker has taken up for ``on_the_way`` is sent again.
    """

    def __init__(
        self,
        database: Database,
        send: Callable[[list[str]], None],
        clock: Callable[[], datetime],
        *,
        poll: timedelta = POLL,
        on_the_way: timedelta = LEASE,
        depth: int = DEPTH,
        group: int = GROUP,
    ) -> None:
        self.database = database
        self._send = send
        self.clock = clock
        self._poll = poll
        self._on_the_way = on_the_way
        self._depth = depth
        self._group = group
        self._nudged = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def nudge(self) -> None:
        """Look at once: a step has just been committed. Never blocks, never fails."""
        self._nudged.set()

    def dispatch_once(self) -> int:
        """Claim what is due and send it; how many dossiers were sent. What the broker refuses is given back."""
        now = self.clock()
        with self.database.transaction() as connection:
            room = self._depth - outbox.queued(connection, now)
            dossiers = outbox.claim_due(connection, now, room, now + self._on_the_way) if room > 0 else []
        for sent in range(0, len(dossiers), self._group):
            try:
                self._send(dossiers[sent : sent + self._group])
            except Exception:
                with self.database.transaction() as connection:
                    outbox.release(connection, dossiers[sent:])
                raise
        return len(dossiers)

    def start(self) -> None:
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return when the thread has ended. What is due stays in the outbox."""
        self._stopping.set()
        self._nudged.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.dispatch_once()
            except Exception:
                log.exception("dispatch_failed")
                self._stopping.wait(self._poll.total_seconds())
            self._nudged.wait(self._poll.total_seconds())
            self._nudged.clear()


def by_celery(celery: Celery) -> Callable[[list[str]], None]:
    """Send the numbers of dossiers to a worker of ``celery``, in one message."""

    def send(dossiers: list[str]) -> None:
        celery.send_task(PERFORM, [dossiers])

    return send
