"""A worker may die anywhere, a broker may forget everything: each effect's result is there once, and none is missing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import JSON, Integer, MetaData, Table, func, insert, inspect, select, text

from signing_service.storage import outbox
from signing_service.storage.blobs import open_blobs
from signing_service.storage.database import Database, open_database
from signing_service.storage.tables import dossier, effect

PROGRAM = Path(__file__).parent / "recording_worker.py"
KINDS = ("render", "seal", "prove")
DOSSIERS = [f"20261122{n:010}" for n in range(8)]
POINTS = ["before the work", "after the work", "before the commit", "after the commit"]
ENDS_WITHIN_SECONDS = 60.0

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a real worker process in a group of its own; what still runs after the test is killed."""
    started: list[subprocess.Popen[bytes]] = []
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    def start_worker(mode: str, database: str, broker: str, *, dies: str = "never") -> subprocess.Popen[bytes]:
        command = [sys.executable, PROGRAM, mode, database, broker, tmp_path / "blobs", dies]
        with (tmp_path / f"worker-{len(started)}.log").open("wb") as log:
            worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        started.append(worker)
        return worker

    yield start_worker
    for worker in started:
        kill(worker)


def kill(worker: subprocess.Popen[bytes]) -> None:
    """kill -9 of the process and every child it has, as the kernel does when memory runs out."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def fill(database: Database) -> None:
    """Eight dossiers that owe three effects each."""
    blank = {JSON: {}, Integer: 1}
    columns = {c.name: blank.get(type(c.type), "") for c in dossier.columns if not c.nullable}
    with database.transaction() as connection:
        for number in DOSSIERS:
            connection.execute(insert(dossier).values(**columns | {"number": number}))
            outbox.add(connection, number, 1, [(kind, {}) for kind in KINDS], datetime.now(UTC))


def results(database: Database) -> list[Any]:
    """What the workers recorded so far, in the order in which it was recorded."""
    with database.reading() as connection:
        if not inspect(connection).has_table("test_result"):
            return []
        table = Table("test_result", MetaData(), autoload_with=connection)
        return list(connection.execute(select(table).order_by(table.c.number)))


def wait_for(what: Callable[[], bool], tmp_path: Path) -> None:
    give_up = time.monotonic() + ENDS_WITHIN_SECONDS
    while not what():
        if time.monotonic() > give_up:
            logs = "".join(log.read_text() for log in sorted(tmp_path.glob("worker-*.log")))
            pytest.fail(f"not within {ENDS_WITHIN_SECONDS:.0f} s; the workers said:\n{logs[-8000:]}")
        time.sleep(0.05)


def all_done(database: Database) -> bool:
    with database.reading() as connection:
        left = select(func.count()).select_from(effect).where(effect.c.state != "done")
        return connection.execute(left).scalar_one() == 0


def assert_each_result_is_there_once(database: Database, blobs: Path) -> None:
    rows = results(database)
    assert Counter((row.dossier, row.kind) for row in rows) == Counter((d, k) for d in DOSSIERS for k in KINDS)
    assert [row.number for row in rows] == list(range(1, len(DOSSIERS) * len(KINDS) + 1))
    for number in DOSSIERS:
        assert tuple(row.kind for row in rows if row.dossier == number) == KINDS
    store = open_blobs(blobs.as_uri())
    assert {store.get(row.sha256) for row in rows} == {f"{d} {k}".encode() for d in DOSSIERS for k in KINDS}


@pytest.mark.parametrize("dies", POINTS)
def test_a_service_that_dies_finishes_its_work_after_the_restart(
    sqlite_database: Database, sqlite_url: str, start: Start, tmp_path: Path, dies: str
) -> None:
    """One process, SQLite, memory://: the broker dies with it."""
    fill(sqlite_database)
    died = start("embedded", sqlite_url, "memory://", dies=dies)
    assert died.wait(ENDS_WITHIN_SECONDS) == -signal.SIGKILL
    assert not all_done(sqlite_database)
    start("embedded", sqlite_url, "memory://")
    wait_for(lambda: all_done(sqlite_database), tmp_path)
    assert_each_result_is_there_once(sqlite_database, tmp_path / "blobs")


@pytest.mark.slow
@pytest.mark.parametrize("dies", POINTS)
def test_a_worker_process_that_dies_is_replaced_and_its_work_is_done(
    postgresql_url: str, empty_redis_url: str, start: Start, tmp_path: Path, dies: str
) -> None:
    """PostgreSQL, Valkey, prefork: the children die at the first seal of each dossier, others take over."""
    database = open_database(postgresql_url)
    fill(database)
    start("prefork", postgresql_url, empty_redis_url, dies=dies)
    wait_for(lambda: all_done(database), tmp_path)
    assert_each_result_is_there_once(database, tmp_path / "blobs")
    database.close()


def the_server_loses_power(database: Database, broker: str, worker: subprocess.Popen[bytes]) -> None:
    kill(worker)


def the_broker_forgets_everything(database: Database, broker: str, worker: subprocess.Popen[bytes]) -> None:
    with redis.Redis.from_url(broker) as client:
        client.flushall()


def the_database_ends_every_session(database: Database, broker: str, worker: subprocess.Popen[bytes]) -> None:
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
    with database.reading() as connection:
        connection.execute(text(f"{others} pg_backend_pid()"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "disaster", [the_server_loses_power, the_broker_forgets_everything, the_database_ends_every_session]
)
def test_after_a_disaster_in_the_middle_every_result_is_there_once(
    postgresql_url: str,
    empty_redis_url: str,
    start: Start,
    tmp_path: Path,
    disaster: Callable[[Database, str, subprocess.Popen[bytes]], None],
) -> None:
    """PostgreSQL, Valkey, prefork; whoever dies is started again."""
    database = open_database(postgresql_url)
    fill(database)
    worker = start("prefork", postgresql_url, empty_redis_url)
    wait_for(lambda: len(results(database)) >= 3, tmp_path)
    disaster(database, empty_redis_url, worker)
    assert not all_done(database)
    if worker.poll() is not None:
        start("prefork", postgresql_url, empty_redis_url)
    wait_for(lambda: all_done(database), tmp_path)
    assert_each_result_is_there_once(database, tmp_path / "blobs")
    database.close()
