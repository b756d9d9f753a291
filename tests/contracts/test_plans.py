"""Every query that pages, worker and batch make is answered from an index: what has grown for years costs no more than on the first day.

The plans are those of the real databases. On PostgreSQL whatever an index can answer is made to, since on small tables
it would rather read everything; what still reads a whole table has no index to go by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from signing_service.domain.documents import PadesLevel, Sha256, SignatoryRole
from signing_service.domain.licences import LicenceType
from signing_service.domain.parties import PartyKind
from signing_service.storage import (
    documents,
    dossiers,
    key_releases,
    licences,
    outbox,
    parties,
    public_register,
    seal_ledger,
    sealings,
    tickets,
)
from signing_service.storage.blobs import FileBlobs
from signing_service.storage.database import Database
from signing_service.storage.outbox import DueEffect, LeaseLost, Run
from signing_service.storage.prepared_read import ASKED

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
GROWING = (
    "archive", "document", "dossier", "effect", "invitation", "journal", "key_release", "licence", "party", "revision",
    "seal_ledger", "sealing", "ticket",
)  # fmt: skip
DUE = DueEffect(1, "D1", 1, 0, "Seal", {}, 1, "token")
RUN = Run("D1", (DUE, DUE))
SHA = Sha256("0" * 64)

Call = Callable[[Connection], object]

OF_THE_WORKER: dict[str, Call] = {
    "outbox.claim_due": lambda c: outbox.claim_due(c, NOON, 25, LATER),
    "outbox.queued": lambda c: outbox.queued(c, NOON),
    "outbox.release": lambda c: outbox.release(c, ["D1", "D2"]),
    "outbox.take": lambda c: outbox.take(c, ["D1", "D2"], NOON, LATER),
    "outbox.renew_leases": lambda c: outbox.renew_leases(c, [RUN], LATER),
    "outbox.finish_first": lambda c: outbox.finish_first(c, [(RUN, 2)], NOON),
    "outbox.postpone": lambda c: outbox.postpone(c, 1, "token", {}, NOON),
    "outbox.hasten": lambda c: outbox.hasten(c, "D1", NOON),
    "outbox.wake": lambda c: outbox.wake(c, ["TSA_UNAVAILABLE"], NOON),
    "outbox.recover": outbox.recover,
    "dossiers.load_all": lambda c: dossiers.load_all(c, ["D1", "D2"], held=True),
    "dossiers.journal_lines": lambda c: dossiers.journal_lines(c, {("D1", 1)}),
    "documents.of_dossiers": lambda c: documents.of_dossiers(c, ["D1", "D2"]),
    "documents.histories": lambda c: documents.histories(c, ["one", "two"]),
    "documents.keep_signed_codes": lambda c: documents.keep_signed_codes(c, {"one": "1", "two": "2"}),
    "documents.set_states": lambda c: documents.set_states(c, ["one", "two"], documents.COMPLETE),
    "documents.void_form_version": lambda c: documents.void_form_version(c, "D1", 1),
    "documents.newest_archived": lambda c: documents.newest_archived(c, "one"),
    "licences.of_dossiers": lambda c: licences.of_dossiers(c, ["D1", "D2"]),
    "licences.currents": lambda c: licences.currents(c, ["L1", "L2"]),
    "licences.set_documents": lambda c: licences.set_documents(c, {"D1": "one"}),
    "sealings.of_documents": lambda c: sealings.of_documents(c, ["one", "two"]),
    "sealings.levels_reached": lambda c: sealings.levels_reached(c, "one"),
    "sealings.stand": lambda c: sealings.stand(c, [sealings.Reached("one", SignatoryRole.AUTHORITY, PadesLevel.B_T)]),
    "seal_ledger.last_of_each": lambda c: seal_ledger.last_of_each(c, ["one", "two"]),
    "seal_ledger.counts": lambda c: seal_ledger.counts(c, "soft:authority", "one", NOON),
    "key_releases.newest": lambda c: key_releases.newest(c, "one", SignatoryRole.AUTHORITY, SHA),
    "parties.load": lambda c: parties.find(c, "P1"),
    "tickets.kept": lambda c: tickets.kept(c, "one", SignatoryRole.EMPLOYER),
    "tickets.all_kept": lambda c: tickets.all_kept(c, ["one", "two"]),
}

OF_PAGES_AND_BATCH: dict[str, Call] = {
    "outbox.owed": lambda c: outbox.owed(c, "D1"),
    "outbox.backlog": lambda c: outbox.backlog(c, NOON),
    "dossiers.by_request_keys": lambda c: dossiers.by_request_keys(c, ["a", "b"]),
    "dossiers.by_request_key": lambda c: dossiers.by_request_key(c, "a"),
    "dossiers.journal_of": lambda c: dossiers.journal_of(c, "D1"),
    "dossiers.open_on_licence": lambda c: dossiers.open_on_licence(c, "so.renew", "L1"),
    "documents.find": lambda c: documents.find(c, "D1", "forms/a/1", 1),
    "licences.of_holder": lambda c: licences.of_holder(c, "P1", LicenceType.SPECIAL_OPERATION),
    "licences.versions": lambda c: licences.versions(c, "L1"),
    "parties.of_kind": lambda c: parties.of_kind(c, PartyKind.AUTHORITY),
    "parties.seals": lambda c: parties.seals(c, "P1"),
    "key_releases.waiting": lambda c: key_releases.waiting(c, NOON),
    "tickets.find": lambda c: tickets.find(c, "one"),
    "tickets.invitation": lambda c: tickets.invitation(c, SHA),
}


@contextmanager
def listening(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is executed, with what it was given."""
    heard: list[tuple[str, Any]] = []

    def hear(_conn: Any, _cursor: Any, statement: str, given: Any, _context: Any, executemany: bool) -> None:
        heard.append((statement, given[0] if executemany else given))

    event.listen(database.engine, "before_cursor_execute", hear)
    yield heard
    event.remove(database.engine, "before_cursor_execute", hear)


def whole_tables(connection: Connection, statement: str, given: Any) -> set[str]:
    """The growing tables that a statement reads from end to end."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        lines = [str(row[3]) for row in rows]
        names = {alias(line.split()[1], statement) for line in lines if line.startswith("SCAN ")}
    else:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", given).scalar_one()
        names = set(read_from_end_to_end(plan["Plan"]))
    return names & set(GROWING)


def read_from_end_to_end(plan: dict[str, Any]) -> Iterator[str]:
    """An index that is only used for its order is read from end to end too."""
    if plan["Node Type"] in ("Seq Scan", "Index Scan", "Index Only Scan") and "Index Cond" not in plan:
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from read_from_end_to_end(part)


def alias(name: str, statement: str) -> str:
    """The table behind the name that a plan gives."""
    found = re.search(rf"(\w+) AS {re.escape(name)}\b", statement)
    return found[1] if found else name


def read_whole(database: Database, call: Call) -> dict[str, set[str]]:
    with listening(database) as heard, database.transaction() as connection:
        # nothing is there to be found: what matters is what was asked
        try:
            call(connection)
        except (LeaseLost, KeyError, LookupError):
            pass
        except Exception as problem:
            if type(problem).__name__ != "Problem":
                raise
    asked = [one for one in heard if one[0].lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE"))]
    assert asked, "nothing was asked"
    with database.transaction() as connection:
        found = {statement: whole_tables(connection, statement, given) for statement, given in asked}
    return {statement: names for statement, names in found.items() if names}


@pytest.mark.parametrize("name", [*OF_THE_WORKER, *OF_PAGES_AND_BATCH])
def test_no_query_reads_a_growing_table_from_end_to_end(database: Database, name: str) -> None:
    assert read_whole(database, {**OF_THE_WORKER, **OF_PAGES_AND_BATCH}[name]) == {}


@pytest.mark.parametrize("look", ["by_code", "by_check_code", "by_sha256", "is_registered"])
def test_no_look_up_of_a_stranger_reads_a_growing_table_from_end_to_end(database: Database, look: str) -> None:
    statement = getattr(public_register, f"_{look}")(database.engine.dialect.name)
    assert read_whole(database, lambda c: c.execute(statement, {ASKED: "0" * 26}).all()) == {}


def test_a_revision_is_found_by_its_hash(database: Database, tmp_path: Any) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    assert read_whole(database, lambda c: documents.bytes_of(c, blobs, SHA)) == {}


def test_a_query_without_an_index_is_seen(database: Database) -> None:
    asked = text("SELECT title FROM document WHERE title = 'x'")
    assert list(read_whole(database, lambda c: c.execute(asked)).values()) == [{"document"}]
