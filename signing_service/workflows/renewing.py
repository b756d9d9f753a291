"""续期: an archived document is time-stamped anew before the cert or the algorithm behind its last time stamp ends.

Each document is one transaction: the new file is a further revision and a further generation of the archive, and what
was there stays. Renewing again, or after a kill, goes on with what is still due and does nothing twice. Old and new
files are both in the register, so both are genuine for whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from signing_service.domain import algorithms
from signing_service.domain.documents import ArchivedDocument, DocumentKind, ProvenPdf, StampTerm
from signing_service.domain.errors import Problem
from signing_service.domain.verdicts import Report
from signing_service.pipeline.archive import archive
from signing_service.pipeline.extend import renew
from signing_service.pipeline.prove import YEARS_FORESEEN, check_lasting
from signing_service.storage import documents
from signing_service.storage.documents import Archived, Revision
from signing_service.workflows.workshop import Workshop

WITHIN = timedelta(days=90)
"""So long before its end a time stamp is renewed, if nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A document of the archive, and until when its newest file holds by itself."""

    archived: Archived
    kind: DocumentKind
    number: str
    title: str
    renew_by: datetime


@dataclass(frozen=True, slots=True)
class Renewal:
    """What became of one document. ``problem`` is why it was not renewed; it is as it was then."""

    kept: Kept
    until: datetime | None = None
    problem: Problem | None = None


def renew_by(stamp: StampTerm) -> datetime:
    """The cert's end, or the end of the last day of an algorithm, whichever comes first."""
    last_day = algorithms.last_day(stamp.algorithms)
    return stamp.until if last_day is None else min(stamp.until, datetime.combine(last_day, time.max, UTC))


def kept(connection: Connection, *, by: datetime | None = None) -> list[Kept]:
    """Every archived document with a document time stamp; with ``by`` only those that have to be renewed by then."""
    ending = [name for name, day in algorithms.LAST_DAY.items() if by is not None and day <= by.date()]
    found = []
    for archived in documents.archived_with_stamp(connection, until=by, algorithms=ending):
        row = documents.load(connection, archived.document_id)
        if archived.stamp is not None:
            found.append(Kept(archived, row.kind, row.number, row.title, renew_by(archived.stamp)))
    return sorted(found, key=lambda one: (one.renew_by, one.archived.document_id))


def renew_all(shop: Workshop, due: list[Kept], *, gain_or_not: bool = False) -> Iterator[Renewal]:
    """Renew one after the other; a document that cannot be renewed holds up no other.

    A new time stamp that ends no later than the one that is there is refused, unless it is wanted all the same.
    """
    for one in due:
        try:
            yield Renewal(one, until=_renew(shop, one, gain_or_not=gain_or_not))
        except Problem as problem:
            yield Renewal(one, problem=problem)


def _renew(shop: Workshop, one: Kept, *, gain_or_not: bool) -> datetime:
    with shop.database.reading() as connection:
        newest = documents.newest_archived(connection, one.archived.document_id)
        revisions = documents.revisions(connection, one.archived.document_id)
    if newest is None or newest.generation != one.archived.generation:
        return one.renew_by if newest is None or newest.stamp is None else renew_by(newest.stamp)
    now = shop.clock()
    data, _ = renew(shop.blobs.get(newest.sha256), shop.trust_services, now)
    report = check_lasting(data, shop.anchors, shop.intermediates, now)
    archived = archive(ProvenPdf(data, report.to_json()), shop.blobs, now)
    until = renew_by(archived.stamp) if archived.stamp else now
    if until <= one.renew_by and not gain_or_not:
        raise _nothing_gained(one.renew_by)
    revision = Revision(
        one.archived.document_id, revisions[-1].revision + 1, archived.sha256, archived.size, None, archived.archived_at
    )
    _store(shop, revision, archived, newest.generation + 1)
    return until


def _store(shop: Workshop, revision: Revision, archived: ArchivedDocument, generation: int) -> None:
    try:
        with shop.database.transaction() as connection:
            documents.add_revision(connection, revision)
            documents.add_archived(
                connection, revision.document_id, archived, generation=generation, note="time stamp renewed"
            )
    except IntegrityError:
        # another process renewed the same document meanwhile: one renewal is enough, and it is stored
        return


def simulate(shop: Workshop, one: Kept, years: int = YEARS_FORESEEN) -> Report:
    """Today's report on a document that will be accepted in ``years`` years. Raises Problem PROOF_FAILED."""
    data = shop.blobs.get(one.archived.sha256)
    return check_lasting(data, shop.anchors, shop.intermediates, shop.clock(), years)


def _nothing_gained(until: datetime) -> Problem:
    return Problem(
        "RENEWAL_WITHOUT_GAIN",
        f"时间戳服务的证书或算法并不比现有的更久（至 {until:%Y-%m-%d}），续期没有意义；请更换时间戳服务的证书后重试。",
        f"The time-stamping authority's cert or algorithm ends no later than the present one ({until:%Y-%m-%d}), so "
        "that nothing is gained: have its cert renewed, then try again.",
        status=503,
    )
