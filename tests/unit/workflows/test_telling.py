"""Who is told when a licence nears its end or changes, and when a dossier moves or waits too long."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.messages import Event
from signing_service.domain.parties import Person
from signing_service.procedures import CATALOGUE
from signing_service.storage import dossiers, licences, messages, parties, tables, todos
from signing_service.storage.database import Database
from signing_service.storage.todos import TodoRow
from signing_service.worker.reminders import ReminderWatch
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.telling import tell_of_issue, tell_of_state, tell_of_step, tell_of_time
from tests.outside import ID_NO, NAME, NOON, Clock

EMPLOYER = "9136010099900011XN"
TODAY = day_in_shanghai(NOON)
RENEW = CATALOGUE.latest("so.renew", TODAY)


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


def entered(database: Database, *added: Licence) -> None:
    with database.transaction() as connection:
        licences.add_all(connection, added, NOON)


def test_a_holder_is_told_at_each_threshold_once_whoever_looks(database: Database) -> None:
    entered(database, licence("赣A042023000123", TODAY + timedelta(days=61)))
    clock = Clock()
    told = []
    for _ in range(100):
        told.append(sum(ReminderWatch(database, clock).look() for _ in range(2)))
        clock.advance(timedelta(days=1))
    assert [day for day, count in enumerate(told) if count] == [0, 1, 31, 54, 62]
    assert set(told) == {0, 1}
    found = events(database)
    assert [event for event, _ in found] == [Event.EXPIRED, *[Event.EXPIRING] * 4]
    assert "还有 30 天" in found[2][1]


def test_a_licence_that_was_renewed_is_told_of_anew_at_its_new_end(database: Database) -> None:
    entered(database, licence("赣A042023000123", TODAY + timedelta(days=7)))
    ReminderWatch(database, Clock()).look()
    with database.transaction() as connection:
        connection.execute(tables.licence.update().values(valid_until=(TODAY + timedelta(days=60)).isoformat()))
    assert ReminderWatch(database, Clock()).look() == 1


@pytest.mark.parametrize("status", [LicenceStatus.CANCELLED, LicenceStatus.SUSPENDED, LicenceStatus.SUPERSEDED])
def test_nobody_is_told_of_the_end_of_a_licence_that_is_not_in_force(database: Database, status: LicenceStatus) -> None:
    entered(database, licence("赣A042023000123", TODAY + timedelta(days=7), status))
    assert ReminderWatch(database, Clock()).look() == 0


def test_a_holder_we_do_not_know_holds_nothing_up(database: Database) -> None:
    stranger = replace(licence("赣A042023000124", TODAY + timedelta(days=7)), holder="361102199911300066")
    entered(database, stranger, licence("赣A042023000123", TODAY + timedelta(days=7)))
    assert ReminderWatch(database, Clock()).look() == 1


def test_an_issue_is_told_once_a_version_and_a_new_state_each_time(database: Database) -> None:
    issued = licence("赣A042023000123", date(2028, 1, 1))
    with database.transaction() as connection:
        assert [tell_of_issue(connection, issued, NOON) for _ in range(2)] == [1, 0]
        assert tell_of_issue(connection, replace(issued, version=2), NOON) == 1
        assert tell_of_state(connection, issued, ("暂扣", "suspended"), NOON) == 1
    assert (
        Event.LICENCE_STATE_CHANGED,
        "建筑施工特种作业操作资格证书（赣A042023000123）的状态已变更为：暂扣。",
    ) in events(database)


@pytest.fixture
def dossier(database: Database) -> Dossier:
    """A renewal, stored with a todo for its holder that is due in ten days."""
    one = Dossier(
        number="SORN20261123000001",
        procedure=RENEW.key,
        edition=RENEW.edition,
        stage=Stage.SUBMITTED,
        version=1,
        form_version=1,
        region="360100",
        parties={SignatoryRole.HOLDER: ID_NO, SignatoryRole.EMPLOYER: EMPLOYER},
        form={},
        visit=frozenset(),
        opened_at=NOON,
    )
    with database.transaction() as connection:
        dossiers.add(connection, one, None)
    return one


def waits(database: Database, dossier: Dossier, role: SignatoryRole, party: str) -> None:
    row = TodoRow(
        dossier.number, role, party, "so.renew", "360100", None, ("confirm",), NOON, TODAY + timedelta(days=10)
    )
    with database.transaction() as connection:
        todos.put(connection, [dossier.number], [row])


def test_who_has_something_new_to_do_is_told_and_who_has_just_acted_is_not(
    database: Database, dossier: Dossier
) -> None:
    waits(database, dossier, SignatoryRole.HOLDER, ID_NO)
    with database.transaction() as connection:
        assert tell_of_step(connection, RENEW, dossier, "submit", ID_NO, NOON) == 0
        assert tell_of_step(connection, RENEW, dossier, "confirm", EMPLOYER, NOON) == 1
        later = NOON + timedelta(hours=1)
        assert tell_of_step(connection, RENEW, dossier, "confirm", EMPLOYER, later) == 0
    ((event, text),) = events(database)
    assert event is Event.TODO_OPENED
    assert text.endswith("（SORN20261123000001）。请于 2026年12月3日 前办理。")


def test_what_became_of_it_is_told_to_who_began_it_with_the_reason_and_not_twice(
    database: Database, dossier: Dossier
) -> None:
    waits(database, dossier, SignatoryRole.HOLDER, ID_NO)
    with database.transaction() as connection:
        authority = "11360000999000013K"
        assert tell_of_step(connection, RENEW, dossier, "return", authority, NOON, reason="照片不清") == 1
    ((event, text),) = events(database)
    assert event is Event.RETURNED
    assert "需补正：照片不清" in text


def test_who_is_waited_for_is_reminded_and_then_told_that_it_is_overdue(database: Database, dossier: Dossier) -> None:
    waits(database, dossier, SignatoryRole.HOLDER, ID_NO)
    deadline = Deadline("handling", (dossier.stage,), working(10))
    others = replace(deadline, waits_for=(SignatoryRole.EMPLOYER,))
    with database.transaction() as connection:
        tell_of_time(connection, RENEW, dossier, deadline, False, NOON)
        tell_of_time(connection, RENEW, dossier, deadline, True, NOON + timedelta(days=10))
        tell_of_time(connection, RENEW, dossier, others, True, NOON)
    assert [event for event, _ in events(database)] == [Event.OVERDUE, Event.REMINDER]
