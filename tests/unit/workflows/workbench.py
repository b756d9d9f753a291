"""A desk and its worker in one thread, with a clock that is set by hand, and with keys and time that may fail."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from signing_service.demo import people
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.keys import (
    KeyRef,
    KeyStore,
    RevocationEvidence,
    RevocationSource,
    SigningCert,
    TimeStamp,
    TimeStampingAuthority,
)
from signing_service.domain.verdicts import Report
from signing_service.embedded import Service, prepare
from signing_service.pipeline.validate import validate
from signing_service.procedures import CATALOGUE
from signing_service.storage import documents, outbox
from signing_service.storage.blobs import open_blobs
from signing_service.storage.database import open_database
from signing_service.storage.documents import DocumentRow, Revision
from signing_service.storage.outbox import OwedEffect
from signing_service.trust.anchors import read_anchors
from signing_service.worker.tasks import Bench, perform
from signing_service.worker.workshop import open_workshop
from signing_service.workflows.desk import Desk
from signing_service.workflows.perform import WorkshopPerformer
from signing_service.workflows.workshop import Workshop
from tests.factories import settings_in


@dataclass
class Clock:
    """Goes on by a millisecond each time it is looked at, and otherwise when it is told to."""

    now: datetime

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@dataclass
class Failing:
    """What is down for as many calls as ``down`` says, and counts what it did."""

    code: str
    down: int = 0
    done: int = 0

    def ask(self) -> None:
        if self.down:
            self.down -= 1
            raise Problem(
                self.code, "暂时不可用，系统将自动重试。", "Not to be had now; it is tried again.", status=503
            )
        self.done += 1


@dataclass
class FailingTsa:
    tsa: TimeStampingAuthority
    state: Failing

    def time_stamp(self, digest: bytes) -> TimeStamp:
        self.state.ask()
        return self.tsa.time_stamp(digest)


@dataclass
class FailingRevocation:
    revocation: RevocationSource
    state: Failing

    def evidence(self, chain: Sequence[bytes], now: datetime, proven: datetime | None = None) -> RevocationEvidence:
        self.state.ask()
        return self.revocation.evidence(chain, now, proven)


@dataclass
class FailingKeys:
    keys: KeyStore
    state: Failing

    def signing_cert(self, key: KeyRef) -> SigningCert:
        return self.keys.signing_cert(key)

    def sign(self, key: KeyRef, data: bytes) -> bytes:
        self.state.ask()
        return self.keys.sign(key, data)


@dataclass
class Workbench:
    service: Service
    clock: Clock
    bench: Bench
    tsa: Failing
    keys: Failing
    revocation: Failing
    shop: Workshop

    @property
    def desk(self) -> Desk:
        return self.service.desk

    def work(self, number: str) -> int:
        """Do what is due now; how many effects were done."""
        return perform(self.bench, [number])

    def wait(self, by: timedelta) -> None:
        self.clock.now += by

    def owed(self, number: str) -> tuple[OwedEffect, ...]:
        with self.desk.database.reading() as connection:
            return outbox.owed(connection, number)

    def documents(self, number: str) -> list[DocumentRow]:
        with self.desk.database.reading() as connection:
            return documents.of_dossier(connection, number)

    def revisions(self, row: DocumentRow) -> list[Revision]:
        with self.desk.database.reading() as connection:
            return documents.revisions(connection, row.document_id)

    def signed(self, row: DocumentRow) -> list[SignatoryRole | None]:
        return [revision.field for revision in self.revisions(row)]

    def validated(self, row: DocumentRow) -> Report:
        return validate(
            self.desk.blobs.get(self.revisions(row)[-1].sha256),
            self.service.anchors.roots,
            intermediates=self.service.anchors.intermediates,
            now=self.clock(),
        )


def prepare_office(folder: Path) -> Path:
    """PKI, tables and people in ``folder``, to be copied; gives the folder to copy."""
    settings = settings_in(folder / "var")
    prepare(settings, lambda _line: None)
    database = open_database(settings.database)
    with database.transaction() as connection:
        people.enter(connection, open_blobs(settings.blobs), datetime.now(UTC))
    database.close()
    return settings.var


@contextmanager
def workbench_in(folder: Path, prepared: Path) -> Iterator[Workbench]:
    """Everything afresh, but for PKI, tables and people, which are copied."""
    settings = settings_in(Path(shutil.copytree(prepared, folder / "var", symlinks=True)))
    clock = Clock(datetime.now(UTC).replace(microsecond=0))
    database = open_database(settings.database)
    desk = Desk(database, open_blobs(settings.blobs), CATALOGUE, clock)
    shop = open_workshop(settings, desk)
    tsa, keys = Failing("TSA_UNAVAILABLE"), Failing("KEY_UNAVAILABLE")
    revocation = Failing("REVOCATION_UNAVAILABLE")
    shop = replace(
        shop,
        tsa=FailingTsa(shop.tsa, tsa),
        keys=FailingKeys(shop.keys, keys),
        revocation=FailingRevocation(shop.revocation, revocation),
    )
    bench = Bench(database, WorkshopPerformer(shop), clock)
    try:
        yield Workbench(Service(settings, desk, read_anchors(settings)), clock, bench, tsa, keys, revocation, shop)
    finally:
        database.close()
