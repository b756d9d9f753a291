"""用印台账: what was written once can be proven; whoever changes, takes out, puts in or moves a line is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from signing_service.domain.key_policy import Counts
from signing_service.storage import seal_ledger
from signing_service.storage.database import Database
from signing_service.storage.seal_ledger import Entry, Line, Outcome
from signing_service.storage.tables import seal_ledger as table
from signing_service.storage.tables import seal_ledger_head as head

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def entry(number: int = 1, **changes: object) -> Entry:
    values: dict[str, object] = {
        "at": NOON + timedelta(seconds=number),
        "outcome": Outcome.INTENDED,
        "use_id": seal_ledger.use_id_of(f"document-{number}", "authority"),
        "key_ref": "soft:authority",
        "cert_sha256": "ab" * 32,
        "party": "11360000999000013K",
        "actor": "zheng",
        "dossier": "SORN20261122000017",
        "step": "grant",
        "reason": "",
        "document_id": f"document-{number}",
        "template": "licences/special_operation/2026-01",
        "number": "赣A042026000001",
        "title": "建筑施工特种作业操作资格证书",
        "field": "authority",
        "seal_id": "seal-authority",
        "seal_version": 1,
        "digest": "cd" * 32,
        "base_sha256": "ef" * 32,
        "page": 0,
        **changes,
    }
    return Entry(**values)  # type: ignore[arg-type]


def written(database: Database, count: int) -> list[Line]:
    with database.transaction() as connection:
        return [seal_ledger.append(connection, entry(number)) for number in range(1, count + 1)]


def breaks(database: Database) -> list[int]:
    with database.reading() as connection:
        return [one.line for one in seal_ledger.verify(connection)]


def test_lines_count_from_one_and_each_holds_the_hash_of_the_one_before(database: Database) -> None:
    first, second, third = written(database, 3)
    assert [line.line for line in (first, second, third)] == [1, 2, 3]
    assert first.previous == "0" * 64
    assert second.previous == hashlib.sha256(first.canonical()).hexdigest()
    with database.reading() as connection:
        assert list(seal_ledger.lines(connection)) == [first, second, third], "what is read is what was written"
        assert seal_ledger.verify(connection) == []
        assert seal_ledger.head_of(connection) == seal_ledger.Head(3, third.sha256)
        assert seal_ledger.find(connection, 2) == second


def test_an_empty_ledger_is_whole(database: Database) -> None:
    assert breaks(database) == []


def test_the_canonical_form_is_sorted_json_that_anybody_can_hash() -> None:
    line = Line(1, "0" * 64, entry(officers=("wan", "hu"), reason="补发"))
    said = json.loads(line.canonical())
    assert list(said) == sorted(said)
    assert (said["at"], said["officers"], said["reason"]) == ("2026-11-22T04:00:01.000000Z", ["wan", "hu"], "补发")
    assert b'", "' not in line.canonical()


# ---- the database refuses


@pytest.mark.parametrize(
    "change",
    [
        update(table).values(actor="nobody"),
        delete(table),
        delete(head),
        update(head).values(line=head.c.line - 1),
    ],
    ids=["update", "delete", "delete the head", "put the head back"],
)
def test_the_database_refuses_to_change_what_was_written(database: Database, change: object) -> None:
    written(database, 2)
    with pytest.raises(DBAPIError, match="only grows"), database.transaction() as connection:
        connection.execute(change)  # type: ignore[call-overload]
    assert breaks(database) == []


def test_postgresql_refuses_to_empty_the_ledger(postgresql_url: str) -> None:
    from signing_service.storage.database import open_database

    database = open_database(postgresql_url)
    written(database, 2)
    with pytest.raises(DBAPIError, match="only grows"), database.transaction() as connection:
        connection.exec_driver_sql("TRUNCATE seal_ledger")
    assert breaks(database) == []
    database.close()


# ---- and whoever gets past the database is found


def without_triggers(connection: Connection) -> None:
    """As somebody who owns the database."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ALTER TABLE seal_ledger DISABLE TRIGGER ALL")
        connection.exec_driver_sql("ALTER TABLE seal_ledger_head DISABLE TRIGGER ALL")
        return
    found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
    for name in found:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")


def move(connection: Connection, line: int, to: int) -> None:
    connection.execute(update(table).where(table.c.line == line).values(line=to))


def swapped(connection: Connection) -> None:
    move(connection, 2, 99)
    move(connection, 3, 2)
    move(connection, 99, 3)


def put_in(connection: Connection) -> None:
    for line in (5, 4, 3):
        move(connection, line, line + 1)
    connection.execute(insert(table).from_select(list(table.c.keys()), forged()))


def forged() -> object:
    columns = [column for column in table.c if column.name != "line"]
    return select(table.c.line + 1, *columns).where(table.c.line == 2)


def cut_off_with_its_head(connection: Connection) -> None:
    connection.execute(delete(table).where(table.c.line == 5))
    connection.execute(update(head).values(line=4))


TAMPERINGS: dict[str, Callable[[Connection], object]] = {
    "changed": lambda connection: connection.execute(update(table).where(table.c.line == 2).values(actor="nobody")),
    "the last one changed": lambda connection: connection.execute(
        update(table).where(table.c.line == 5).values(result_sha256="00" * 32)
    ),
    "deleted": lambda connection: connection.execute(delete(table).where(table.c.line == 3)),
    "the first deleted": lambda connection: connection.execute(delete(table).where(table.c.line == 1)),
    "the last deleted": lambda connection: connection.execute(delete(table).where(table.c.line == 5)),
    "the last deleted, head and all": cut_off_with_its_head,
    "all deleted": lambda connection: connection.execute(delete(table)),
    "deleted and closed up": lambda connection: (
        connection.execute(delete(table).where(table.c.line == 4)),
        move(connection, 5, 4),
    ),
    "reordered": swapped,
    "inserted": put_in,
    "the head gone": lambda connection: connection.execute(delete(head)),
}


@pytest.mark.parametrize("tamper", TAMPERINGS.values(), ids=TAMPERINGS)
def test_a_line_that_is_tampered_with_is_found(database: Database, tamper: Callable[[Connection], object]) -> None:
    written(database, 5)
    with database.transaction() as connection:
        without_triggers(connection)
        tamper(connection)
    assert breaks(database)


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.tuples(texts, texts, st.lists(texts, max_size=2)), min_size=2, max_size=6), data=st.data())
def test_whatever_is_written_can_be_proven_and_whatever_is_changed_is_found(
    sqlite_database: Database, lines: list[tuple[str, str, list[str]]], data: st.DataObject
) -> None:
    with sqlite_database.engine.connect() as connection:
        begun = connection.begin()
        try:
            for number, (actor, reason, officers) in enumerate(lines, 1):
                seal_ledger.append(connection, entry(number, actor=actor, reason=reason, officers=tuple(officers)))
            assert seal_ledger.verify(connection) == []
            without_triggers(connection)
            line = data.draw(st.integers(1, len(lines)))
            column = data.draw(st.sampled_from(["actor", "reason", "digest", "outcome", "previous", "number", "at"]))
            change_one_character(connection, line, column)
            assert seal_ledger.verify(connection) != []
        finally:
            begun.rollback()


def change_one_character(connection: Connection, line: int, column: str) -> None:
    values = {"outcome": Outcome.REFUSED.value, "at": "2020-01-01T00:00:00.000000Z", "previous": "1" * 64}
    old = connection.scalar(select(table.c[column]).where(table.c.line == line))
    new = values.get(column, f"{old}x")
    connection.execute(update(table).where(table.c.line == line).values({column: new}))


# ---- what it counts


def test_uses_of_a_key_are_counted_by_the_day_of_beijing_and_never_twice(database: Database) -> None:
    midnight = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)  # of 22 November in Shanghai
    with database.transaction() as connection:
        for number, changes in enumerate(
            [
                {"at": midnight - timedelta(seconds=1)},
                {"at": midnight},
                {"at": NOON},
                {"at": NOON, "key_ref": "soft:other"},
                {"at": NOON, "outcome": Outcome.REFUSED},
                {"at": NOON},
            ],
            1,
        ):
            seal_ledger.append(connection, entry(number, **changes))
        last = seal_ledger.last_of(connection, entry(6).use_id)
        assert last is not None
        seal_ledger.append(connection, replace(last.entry, outcome=Outcome.SUPERSEDED))
        seal_ledger.append(connection, replace(last.entry, digest="99" * 32))
    with database.reading() as connection:
        assert seal_ledger.counts(connection, "soft:authority", "", NOON) == Counts(today=3, in_all=4)
        assert seal_ledger.counts(connection, "soft:authority", entry(6).use_id, NOON) == Counts(today=2, in_all=3)
