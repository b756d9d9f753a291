"""One service on several machines: steps here without a key, workers elsewhere, PostgreSQL, Valkey and S3 between them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from signing_service.demo import people
from signing_service.domain.dates import to_stored
from signing_service.domain.documents import DocumentKind
from signing_service.domain.dossier import Stage
from signing_service.domain.verdicts import DOCUMENT_TIMESTAMP, Verdict
from signing_service.embedded import Service, prepare, running
from signing_service.pipeline.validate import validate
from signing_service.settings import ROOT, Settings
from signing_service.storage import documents, dossiers, tables
from signing_service.storage.database import Database
from signing_service.storage.outbox import EffectState
from tests.factories import builder, officer, open_renewal, settings_in, signaller

pytestmark = pytest.mark.slow

WITHIN_SECONDS = 90.0
STOPS_WITHIN_SECONDS = 20.0


@dataclass(frozen=True)
class Cluster:
    """``desk`` knows the public half of the PKI only; ``worker`` has the keys."""

    desk: Settings
    worker: Settings
    logs: Path


@pytest.fixture
def cluster(postgresql_url: str, empty_redis_url: str, s3_endpoint: str, s3_client: Any, tmp_path: Path) -> Cluster:
    bucket = f"signing-test-{uuid4().hex}"
    s3_client.create_bucket(Bucket=bucket)
    shared = {
        "database_url": postgresql_url,
        "broker_url": empty_redis_url,
        "blobs_url": f"s3://{bucket}?endpoint={s3_endpoint}",
    }
    worker = settings_in(tmp_path / "worker", **shared)
    prepare(worker, lambda _line: None)
    desk = Settings(var=tmp_path / "desk", **shared)  # type: ignore[arg-type]
    for public in ("anchors", "intermediates"):
        shutil.copytree(worker.pki / public, desk.pki / public)
    return Cluster(desk, worker, tmp_path)


Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def start(cluster: Cluster) -> Iterator[Start]:
    """Starts ``signing-service worker`` with one process, in a group of its own; what still runs afterwards is killed."""
    started: list[subprocess.Popen[bytes]] = []
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIGNING_")}
    named = {
        "SIGNING_VAR": cluster.worker.var,
        "SIGNING_DATABASE_URL": cluster.worker.database_url,
        "SIGNING_BROKER_URL": cluster.worker.broker_url,
        "SIGNING_BLOBS_URL": cluster.worker.blobs_url,
        "PYTHONPATH": ROOT,
    }
    environment = {**inherited, **{name: str(value) for name, value in named.items()}}

    def start_worker() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "signing_service", "worker", "--concurrency", "1"]
        with (cluster.logs / f"worker-{len(started)}.log").open("wb") as log:
            worker = subprocess.Popen(
                command, env=environment, cwd=cluster.logs, stdout=log, stderr=log, start_new_session=True
            )
        started.append(worker)
        return worker

    yield start_worker
    for worker in started:
        kill(worker)


def kill(worker: subprocess.Popen[bytes]) -> None:
    """kill -9 of the process and every child it has, as when a machine loses power."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def logs(cluster: Cluster) -> str:
    return "".join(path.read_text() for path in sorted(cluster.logs.glob("worker-*.log")))[-8000:]


def wait_for(what: Callable[[], bool], cluster: Cluster) -> None:
    give_up = time.monotonic() + WITHIN_SECONDS
    while not what():
        if time.monotonic() > give_up:
            pytest.fail(f"not within {WITHIN_SECONDS:.0f} s; the workers said:\n{logs(cluster)}")
        time.sleep(0.05)


def a_minute_passes(database: Database) -> None:
    """Whoever holds a lease has not been heard of for as long as a lease lasts."""
    with database.transaction() as connection:
        connection.execute(
            tables.effect.update()
            .where(tables.effect.c.lease_until.is_not(None))
            .values(lease_until=to_stored(datetime.now(UTC) - timedelta(seconds=1)))
        )


def in_hand(database: Database) -> list[str]:
    with database.reading() as connection:
        running_now = tables.effect.c.state == EffectState.RUNNING
        return [row.kind for row in connection.execute(tables.effect.select().where(running_now))]


def waits_at_the_door(database: Database) -> bool:
    """Somebody's transaction wants to write a revision and may not yet."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'revision'::regclass"
    with database.reading() as connection:
        return bool(connection.execute(text(waiting)).scalar_one())


def take(service: Service, number: str, *steps: tuple[str, Any]) -> None:
    for step, actor in steps:
        service.desk.take_step(number, step, actor)


def assert_closed_and_every_field_sealed_once(service: Service, number: str) -> None:
    with service.desk.database.reading() as connection:
        assert dossiers.load(connection, number).stage is Stage.CLOSED
        rows = documents.of_dossier(connection, number)
        made = [(row, documents.revisions(connection, row.document_id)) for row in rows]
        sealed = connection.execute(tables.sealing.select()).all()
        effects = connection.execute(tables.effect.select()).all()
    assert Counter(row.kind for row in rows) == dict.fromkeys(DocumentKind, 1)
    for row, revisions in made:
        filled = [revision.field for revision in revisions if revision.field]
        # what people hold is drawn first and signed then; a licence is written with its first seal, and brought to its
        # level once, after its last
        assert (revisions[0].field is None) is (row.kind is not DocumentKind.LICENCE)
        assert len(set(filled)) == len(filled)
        assert len(revisions) == 1 + len(filled)
        assert [revision.revision for revision in revisions] == list(range(len(revisions)))
        report = validate(
            service.desk.blobs.get(revisions[-1].sha256),
            service.anchors.roots,
            intermediates=service.anchors.intermediates,
            now=datetime.now(UTC),
        )
        assert report.verdict is Verdict.TOTAL_PASSED, (row.template, report.reason)
        assert [signature.role for signature in report.signatures if signature.level != DOCUMENT_TIMESTAMP] == filled
    assert len(sealed) == sum(revision.field is not None for _, revisions in made for revision in revisions)
    assert all(intent.result_sha256 for intent in sealed)
    assert {effect.state for effect in effects} == {EffectState.DONE}
    assert [effect.kind for effect in effects if effect.attempts > 1] == ["Seal"]


def test_a_dossier_is_finished_by_another_machine_when_one_dies_between_signing_and_storing(
    cluster: Cluster, start: Start
) -> None:
    first = start()
    with running(cluster.desk) as service:
        assert not (cluster.desk.pki / "keys").exists()
        database = service.desk.database
        with database.transaction() as connection:
            people.enter(connection, service.desk.blobs, service.desk.clock())
        number = open_renewal(service)
        take(
            service,
            number,
            ("prepare", signaller()),
            ("submit", signaller()),
            ("confirm", builder()),
            ("accept", officer("tang")),
        )
        service.settle(number, WITHIN_SECONDS)

        # the first machine has signed and waits to store what it signed; a second one starts; the first loses power
        with database.engine.connect() as door, door.begin():
            door.execute(text("LOCK TABLE revision IN SHARE MODE"))
            take(service, number, ("review", officer("song")), ("grant", officer("zheng")))
            wait_for(lambda: in_hand(database) == ["Seal"] and waits_at_the_door(database), cluster)
            second = start()
            kill(first)
        a_minute_passes(database)
        service.settle(number, WITHIN_SECONDS)

        assert_closed_and_every_field_sealed_once(service, number)
        second.terminate()
        assert second.wait(STOPS_WITHIN_SECONDS) == 0, logs(cluster)
    assert "Traceback" not in logs(cluster), logs(cluster)
