"""The service put together: desk, store, worker, portal, in one process or in many.

With ``memory://`` as the broker the worker runs inside this process, on threads; with a real broker this process
takes the steps and workers elsewhere perform them. The code is the same.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from signing_service.attest.code_keys import publish
from signing_service.attest.code_signer import code_key
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.qualification_standards import STANDARDS, Standards
from signing_service.domain.validation_statement import ReportSealer, ValidationStatement
from signing_service.pipeline.fonts import build_fonts
from signing_service.procedures import CATALOGUE
from signing_service.settings import Environment, Settings
from signing_service.storage import outbox
from signing_service.storage.blobs import open_blobs
from signing_service.storage.database import Database, open_database
from signing_service.storage.outbox import OwedEffect
from signing_service.trust import pki
from signing_service.trust.anchors import Anchors, read_anchors
from signing_service.trust.opening import open_services
from signing_service.worker.app import is_embedded, make_celery
from signing_service.worker.dispatch import Dispatcher, by_celery
from signing_service.worker.embedded import EmbeddedWorker
from signing_service.worker.prefork import work
from signing_service.worker.status_publisher import StatusPublisherThread
from signing_service.worker.tasks import Bench, register
from signing_service.worker.timekeeper import TimekeeperThread
from signing_service.worker.workshop import open_workshop
from signing_service.workflows.daily import Daily
from signing_service.workflows.desk import Desk
from signing_service.workflows.draws import Draws
from signing_service.workflows.perform import WorkshopPerformer
from signing_service.workflows.start_reminders import end_reminders
from signing_service.workflows.status_lists import StatusPublisher
from signing_service.workflows.timekeeping import Timekeeper
from signing_service.workflows.validation_reports import ReportRoom

POLL_SECONDS, LONGEST_POLL_SECONDS = 0.02, 0.1
"""Between two looks whether a dossier is done: the longer it takes, the less is asked of it."""

Progress = Callable[[str], None]
Clock = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


def prepare(settings: Settings, progress: Progress) -> None:
    """Make what is missing: folders, fonts, tables and, outside production, the development PKI. Quick when all is there."""
    try:
        settings.var.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise Problem(
            "FOLDER_READ_ONLY",
            f"无法写入文件夹 {settings.var}，请检查权限，或用 SIGNING_VAR 指定其他文件夹。",
            f"The folder {settings.var} cannot be written: check its permissions, or name another with SIGNING_VAR.",
        ) from None
    build_fonts(settings.fonts, progress)
    if settings.environment is Environment.DEVELOPMENT:
        made = pki.ensure(
            settings.pki, settings.certs / "pki.toml", now(), lambda holder: progress(f"key and cert: {holder}")
        )
        if cert := made.certs.get(KeyRef.parse(settings.code_key).label):
            # a key that was renewed takes over today; what the former one signed stays checkable
            today = day_in_shanghai(now())
            publish(settings.licence_keys, code_key(cert.public_bytes(Encoding.DER)), takes_over_on=today)
        open_services(settings, now).keep_current()
    database = open_database(settings.database)
    database.migrate()
    database.close()


@dataclass(frozen=True, slots=True)
class Service:
    """Where steps are taken, and how long until what they owe is done. Holds no key: the worker does."""

    settings: Settings
    desk: Desk
    anchors: Anchors

    def settle(self, dossier: str, timeout: float = 120.0) -> None:
        """Wait until a dossier owes nothing more. Raises the problem it is waiting with when it does not get there."""
        give_up, pause = time.monotonic() + timeout, POLL_SECONDS
        while head := self._owes(dossier):
            left = give_up - time.monotonic()
            if left < 0 or (head.problem and (head.due_at - self.desk.clock()).total_seconds() > left):
                raise _not_settled(dossier, head.problem or {}, timeout)
            time.sleep(pause)
            pause = min(pause * 1.2, LONGEST_POLL_SECONDS)

    def owing(self, dossiers: Collection[str]) -> set[str]:
        """Those of them that owe something still."""
        with self.desk.database.reading() as connection:
            return outbox.owing(connection, dossiers)

    def _owes(self, dossier: str) -> OwedEffect | None:
        with self.desk.database.reading() as connection:
            return outbox.owed_first(connection, dossier)


def _not_settled(dossier: str, told: Mapping[str, Any], timeout: float) -> Problem:
    return Problem(
        told.get("code", "NOT_SETTLED"),
        told.get("detail", f"办件 {dossier} 在 {timeout:.0f} 秒内未处理完毕，请确认后台处理进程正在运行。"),
        told.get("detail_en", f"Dossier {dossier} was not done within {timeout:.0f} seconds: see that a worker runs."),
        status=told.get("status", 503),
        dossier=dossier,
    )


@contextmanager
def running(settings: Settings, clock: Clock = now) -> Iterator[Service]:
    """A service whose steps are performed: by a worker in this process with memory://, else by workers elsewhere.

    ``prepare`` must have been called.
    """
    database = open_database(settings.database)
    try:
        with _worker_for(settings, database, clock) as desk:
            yield Service(settings, desk, read_anchors(settings))
    finally:
        database.close()


@contextmanager
def _worker_for(settings: Settings, database: Database, clock: Clock) -> Iterator[Desk]:
    """A desk, and somebody who performs what its steps owe."""
    celery = make_celery(settings)
    dispatcher = Dispatcher(database, by_celery(celery), clock)
    desk = Desk(
        database, open_blobs(settings.blobs), CATALOGUE, clock, dispatcher.nudge, strict_rules(settings),
        standards_of(settings),
    )  # fmt: skip
    if not is_embedded(settings):
        with _started(dispatcher), _started(timekeeper_of(desk, settings)):
            yield desk
        return
    with _place_of_the_worker(settings) as is_free:
        if is_free:
            bench = _bench_of(settings, desk)
            register(celery, lambda: bench)
            with (
                _started(EmbeddedWorker(celery, dispatcher)),
                _started(StatusPublisherThread(bench.publish)),
                _started(timekeeper_of(desk, settings)),
            ):
                yield desk
        else:
            # the process that serves this folder has the worker, and looks at the outbox twice a second
            yield desk


def strict_rules(settings: Settings) -> frozenset[str]:
    """What refuses here, and only warns elsewhere."""
    return frozenset({"QUAL_THRESHOLD"} if settings.qualification_standards == "block" else ())


def standards_of(settings: Settings) -> Standards:
    """The figures of qualifications, with those that the province has put right. Raises Problem QUAL_STANDARDS_FILE."""
    return Standards.read(Path(settings.qualification_figures)) if settings.qualification_figures else STANDARDS


def timekeeper_of(desk: Desk, settings: Settings) -> TimekeeperThread:
    """Deadlines, reminders and what a new day brings."""
    daily = Daily(desk, settings.extend_undecided_renewals, settings.days_before_start)
    brought = (
        daily.end_contracts, daily.check_licences, daily.undecided_renewals, daily.tell_of_expiry, daily.tidy_accounts,
        daily.abolish_permits, daily.remind_of_start,
    )  # fmt: skip
    keeper, draws = Timekeeper(desk), Draws(desk, secrets.token_bytes, settings.fire_draw_ratios)

    def go_off() -> None:
        keeper.go_off()
        draws.look()
        end_reminders(desk)

    return TimekeeperThread(go_off, brought, desk.clock)


def _bench_of(settings: Settings, desk: Desk) -> Bench:
    """Key stores and fonts are opened, in the process that works with them."""
    shop = open_workshop(settings, desk)
    publisher = StatusPublisher(desk.database, shop.codes, settings.public_origin)
    return Bench(
        desk.database, WorkshopPerformer(shop), desk.clock, publish=lambda: publisher.publish_due(desk.clock())
    )


@contextmanager
def _started(worker: EmbeddedWorker | Dispatcher | StatusPublisherThread | TimekeeperThread) -> Iterator[None]:
    worker.start()
    try:
        yield
    finally:
        worker.stop()


@contextmanager
def _place_of_the_worker(settings: Settings) -> Iterator[bool]:
    """Whether no other process works on this folder; while the block lasts none other will."""
    with (settings.var / "worker.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def serve_worker(settings: Settings, concurrency: int) -> int:
    """Perform effects in processes of their own until stopped, on a broker that machines share; the exit code.

    Each process opens its database, key stores and fonts after it was forked: none of them survives a fork.
    """
    if is_embedded(settings):
        raise Problem(
            "BROKER_EMBEDDED",
            "当前使用内置队列（memory://），后台处理已在服务进程内运行；多机部署请设置 SIGNING_BROKER_URL。",
            "With memory:// the work is done inside the serving process. To run workers, set SIGNING_BROKER_URL.",
        )

    def open_bench() -> Bench:
        database = open_database(settings.database)
        return _bench_of(
            settings,
            Desk(
                database, open_blobs(settings.blobs), CATALOGUE, now, strict=strict_rules(settings),
                standards=standards_of(settings),
            ),
        )  # fmt: skip

    open_bench().database.close()  # a missing key or font is told once, now, and not by every process at every effect
    return work(make_celery(settings), open_bench, concurrency or os.cpu_count() or 1)


class LazySealer:
    """Seals validation reports; key stores and fonts are opened with the first one. For many threads."""

    def __init__(self, settings: Settings, desk: Desk) -> None:
        self._settings = settings
        self._desk = desk
        self._opening = threading.Lock()
        self._room: ReportRoom | None = None

    def open(self) -> ReportSealer:
        """Raises Problem what ``open_workshop`` raises, and KEY_UNKNOWN for a key that is not there."""
        with self._opening:
            if self._room is None:
                shop = open_workshop(self._settings, self._desk)
                key = KeyRef.parse(self._settings.portal_key)
                shop.keys.signing_cert(key)
                self._room = ReportRoom(shop, key)
            return self._room

    def seal_report(self, statement: ValidationStatement) -> bytes:
        return self.open().seal_report(statement)


def own_sealer(settings: Settings, desk: Desk) -> ReportSealer | None:
    """In one process with the keys reports are sealed beside the portal; otherwise the portal asks over HTTP."""
    return LazySealer(settings, desk) if is_embedded(settings) and not settings.report_service else None
