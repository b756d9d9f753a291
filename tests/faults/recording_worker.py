"""A real worker process that the fault tests kill: it records each effect it performs, and dies where it is told to.

recording_worker.py <embedded|prefork> <database> <broker> <blobs> <point at which to die, or "never">
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert

from signing_service.domain.documents import Blobs
from signing_service.settings import Settings
from signing_service.storage import outbox
from signing_service.storage.blobs import open_blobs
from signing_service.storage.database import Database, open_database
from signing_service.storage.numbers import next_number
from signing_service.storage.outbox import DueEffect, Performed, Run
from signing_service.worker.app import make_celery
from signing_service.worker.dispatch import Dispatcher, by_celery
from signing_service.worker.embedded import EmbeddedWorker
from signing_service.worker.prefork import work
from signing_service.worker.tasks import Bench, register

FATAL_KIND = "seal"

result = Table(  # what the effects brought about; nothing in the table itself keeps a second result out
    "test_result",
    MetaData(),
    Column("row", Integer, primary_key=True),
    Column("effect_id", Integer, nullable=False),
    Column("dossier", String(18), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
)


def now() -> datetime:
    return datetime.now(UTC)


class Recorder:
    """Stores a file, takes a number and writes a row for each effect; the first ``seal`` may be the last thing it does."""

    def __init__(self, database: Database, blobs: Blobs, dies: str) -> None:
        self._database = database
        self._blobs = blobs
        self._dies = dies

    def perform(self, runs: Sequence[Run]) -> list[Performed]:
        for run in runs:
            self._do(run.head)
        return [Performed(run, 1) for run in runs]

    def _do(self, effect: DueEffect) -> None:
        self._reach("before the work", effect)
        time.sleep(0.02)
        sha256 = self._blobs.put(f"{effect.dossier} {effect.kind}".encode())
        self._reach("after the work", effect)
        with self._database.transaction() as connection:
            self._record(connection, effect, sha256)
            self._reach("before the commit", effect)
        self._reach("after the commit", effect)

    def _record(self, connection: Connection, effect: DueEffect, sha256: str) -> None:
        number = next_number(connection, "results")
        row = {"effect_id": effect.effect_id, "dossier": effect.dossier, "kind": effect.kind}
        connection.execute(insert(result).values(**row, number=number, sha256=sha256))
        outbox.finish(connection, effect.effect_id, effect.token, now())

    def _reach(self, point: str, effect: DueEffect) -> None:
        if (point, FATAL_KIND, 1) == (self._dies, effect.kind, effect.attempts):
            os.kill(os.getpid(), signal.SIGKILL)


def prepare(database_url: str) -> None:
    database = open_database(database_url)
    with database.transaction() as connection:
        result.metadata.create_all(connection)
    database.close()


def main(mode: str, database_url: str, broker_url: str, blobs_folder: str, dies: str) -> None:
    def open_bench() -> Bench:
        database = open_database(database_url)
        recorder = Recorder(database, open_blobs(Path(blobs_folder).as_uri()), dies)
        return Bench(database, recorder, now, lease=timedelta(seconds=2))

    prepare(database_url)
    celery = make_celery(Settings(broker_url=broker_url))
    if mode == "prefork":
        sys.exit(work(celery, open_bench, concurrency=2))
    bench = open_bench()
    register(celery, lambda: bench)
    EmbeddedWorker(celery, Dispatcher(bench.database, by_celery(celery), now), concurrency=2).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
