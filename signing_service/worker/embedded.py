"""The worker inside the serving process: nothing to install, nothing to start besides the service itself."""

from __future__ import annotations

import threading
import time

from celery import Celery
from celery.worker import WorkController

from signing_service.domain.errors import Problem
from signing_service.storage import outbox
from signing_service.storage.outbox import EffectState, OwedEffect
from signing_service.worker.dispatch import Dispatcher

STARTS_WITHIN_SECONDS = 30.0


class EmbeddedWorker:
    """Celery's worker on threads, and the dispatcher that wakes it. Only for the one process that does all the work.

    ``celery`` has its task registered (``tasks.register``) and talks over memory://.
    """

    def __init__(self, celery: Celery, dispatcher: Dispatcher, concurrency: int = 2) -> None:
        self._celery = celery
        self._dispatcher = dispatcher
        self._concurrency = concurrency
        self._controller: WorkController | None = None

    def start(self) -> None:
        """Take up what a former process left in hand, then work. Returns when the worker listens."""
        with self._dispatcher.database.transaction() as connection:
            outbox.recover(connection)
        # the threads of the pool look the task up in the process's default application
        self._celery.set_default()
        listening = threading.Event()
        self._controller = self._celery.WorkController(
            pool="threads",
            concurrency=self._concurrency,
            loglevel="WARNING",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            ready_callback=lambda _consumer: listening.set(),
        )
        threading.Thread(target=self._controller.start, name="worker", daemon=True).start()
        if not listening.wait(STARTS_WITHIN_SECONDS):
            raise Problem(
                "WORKER_NOT_STARTED",
                "后台处理线程未能启动，请查看日志后重新启动服务。",
                "The worker inside the service did not start: see the log, then start the service again.",
                status=500,
            )
        self._dispatcher.start()

    def stop(self) -> None:
        """Let the effects in hand be finished, then return. The rest stays in the outbox."""
        self._dispatcher.stop()
        if self._controller is not None:
            # returns when the pool is empty; its listening thread notices within two seconds and is not worth the wait
            self._controller.stop()

    def nudge(self) -> None:
        """A step has just been committed: look for work at once."""
        self._dispatcher.nudge()

    def wait_idle(self, dossier: str, timeout: float) -> bool:
        """Wait, at most ``timeout`` seconds, until ``dossier`` owes nothing more. False when it still does.

        False at once when its next attempt comes later than that; ``outbox.owed`` tells what it waits for.
        """
        self.nudge()
        give_up = time.monotonic() + timeout
        while head := self._head(dossier):
            left = give_up - time.monotonic()
            waits_for = (head.due_at - self._dispatcher.clock()).total_seconds()
            if left < 0 or (head.state is EffectState.WAITING and waits_for > left):
                return False
            time.sleep(0.01)
        return True

    def _head(self, dossier: str) -> OwedEffect | None:
        with self._dispatcher.database.reading() as connection:
            return outbox.owed_first(connection, dossier)
