"""Workers on servers of their own: one process a core, as many servers as are needed, all fed by the one outbox."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from celery import Celery
from celery.signals import worker_process_init

from signing_service.worker.dispatch import Dispatcher, by_celery
from signing_service.worker.status_publisher import StatusPublisherThread
from signing_service.worker.tasks import Bench, register


def work(celery: Celery, open_bench: Callable[[], Bench], concurrency: int) -> int:
    """Work until told to stop; the exit code. SIGTERM lets the effects in hand be finished.

    ``open_bench`` is called once in each worker process, after the fork: database connections and key store
    sessions do not survive one. Each process also dispatches, so effects move on while no server for pages runs,
    and keeps the status lists fresh.
    """
    bench = cache(open_bench)
    register(celery, bench)

    @worker_process_init.connect(weak=False)
    def _open(**_: object) -> None:
        own = bench()
        Dispatcher(own.database, by_celery(celery), own.clock, on_the_way=own.lease).start()
        StatusPublisherThread(own.publish).start()

    worker = celery.Worker(
        pool="prefork",
        concurrency=concurrency,
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
    )
    worker.start()
    return int(worker.exitcode or 0)
