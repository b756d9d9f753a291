"""A holder is told before a licence runs out and when it has: each time once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.messages import Event
from signing_service.domain.parties import Person
from signing_service.storage import licences, messages, parties, tables
from signing_service.storage.database import Database
from signing_service.workflows.expiry import tell_of_expiry
from tests.outside import ID_NO, NAME, NOON, Clock

TODAY = day_in_shanghai(NOON)


def licence(number: str, ends: date, status: LicenceStatus = LicenceStatus.IN_FORCE) -> Licence:
    return Licence(
        number=number,
        version=1,
        type=LicenceType.SPECIAL_OPERATION,
        identifier=f"identifier of {number}",
        status=status,
        holder=ID_NO,
        holder_name=NAME,
        employer=None,
        authority="11360000999000013K",
        issued_on=date(2024, 1, 1),
        valid_from=date(2024, 1, 1),
        valid_until=ends,
        facts={},
    )


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    with sqlite_database.transaction() as connection:
        parties.put(connection, Person(IdNo(ID_NO), PersonName(NAME)))
    return sqlite_database


def events(database: Database, party: str = ID_NO) -> list[tuple[Event, str]]:
    with database.reading() as connection:
        return [(one.event, one.zh) for one in messages.of_party(connection, party)]


def look(database: Database, at: datetime = NOON) -> int:
    with database.transaction() as connection:
        return tell_of_expiry(connection, day_in_shanghai(at), at)


def entered(database: Database, *added: Licence) -> None:
    with database.transaction() as connection:
        licences.add_all(connection, added, NOON)


def test_a_holder_is_told_at_each_threshold_once_whoever_looks(database: Database) -> None:
    entered(database, licence("赣A042023000123", TODAY + timedelta(days=61)))
    clock = Clock()
    told = []
    for _ in range(100):
        told.append(sum(look(database, clock()) for _ in range(2)))
        clock.advance(timedelta(days=1))
    assert [day for day, count in enumerate(told) if count] == [0, 1, 31, 54, 62]
    assert set(told) == {0, 1}
    found = events(database)
    assert [event for event, _ in found] == [Event.EXPIRED, *[Event.EXPIRING] * 4]
    assert "还有 30 天" in found[2][1]


def test_a_licence_that_was_renewed_is_told_of_anew_at_its_new_end(database: Database) -> None:
    entered(database, licence("赣A042023000123", TODAY + timedelta(days=7)))
    look(database)
    with database.transaction() as connection:
        connection.execute(tables.licence.update().values(valid_until=(TODAY + timedelta(days=60)).isoformat()))
    assert look(database) == 1


@pytest.mark.parametrize("status", [LicenceStatus.CANCELLED, LicenceStatus.SUSPENDED, LicenceStatus.SUPERSEDED])
def test_nobody_is_told_of_the_end_of_a_licence_that_is_not_in_force(database: Database, status: LicenceStatus) -> None:
    entered(database, licence("赣A042023000123", TODAY + timedelta(days=7), status))
    assert look(database) == 0


def test_a_holder_we_do_not_know_holds_nothing_up(database: Database) -> None:
    stranger = replace(licence("赣A042023000124", TODAY + timedelta(days=7)), holder="361102199911300066")
    entered(database, stranger, licence("赣A042023000123", TODAY + timedelta(days=7)))
    assert look(database) == 1


def test_an_enterprise_is_told_until_when_its_qualification_is_renewed(database: Database) -> None:
    end = date(2027, 5, 22)
    entered(database, replace(licence("D236000001", end), type=LicenceType.QUALIFICATION))
    assert end - TODAY == timedelta(days=180)
    assert look(database) == 1
    assert "最迟应于 2027年2月22日 申请" in events(database)[0][1]
    assert look(database, NOON + timedelta(days=92)) == 1
    assert "期限（2027年2月22日）已过" in events(database)[0][1]
    assert "最迟应于" not in events(database)[0][1]
