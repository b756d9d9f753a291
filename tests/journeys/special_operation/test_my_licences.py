"""我的证书: what the historical database has of a person is found, checked, told, and checked anew when something changes."""

from __future__ import annotations

from datetime import timedelta

from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.parties import Person
from signing_service.domain.view_states import LicenceCheck, ViewState
from signing_service.storage import legacy, licence_views, parties, tables
from signing_service.workflows import matching
from tests.journeys.driver import BUILDER, OTHER_BUILDER, Journey
from tests.journeys.special_operation.forms import old_row

NAME, OLD = "赵小军", "赣A042019000123"


def test_at_the_first_log_in_old_licences_are_found_and_stored_with_ten_checks(journey: Journey) -> None:
    who = journey.somebody(NAME)
    journey.employ(who)
    journey.takes_over(old_row(journey, who, NAME))
    assert journey.my_licences(who) == {}
    journey.log_in(who)
    assert journey.my_licences(who)[OLD].state is ViewState.NORMAL
    with journey.service.desk.database.reading() as connection:
        checks = licence_views.checks_of(connection, OLD)
    assert [one.check for one, _ in checks] == list(LicenceCheck)
    assert all(abs((at - journey.clock()).total_seconds()) < 3600 for _, at in checks)
    (licence,) = journey.versions(OLD)
    assert (licence.version, licence.status, licence.document_id) == (1, LicenceStatus.IN_FORCE, None)
    found = journey.found_by_the_public(OLD, NAME)
    assert found is not None
    assert (found.holder, found.id_last4) == ("赵**", who[-4:])


def test_a_row_is_linked_once_however_often_its_person_logs_in(journey: Journey) -> None:
    who = journey.somebody(NAME)
    journey.employ(who)
    journey.takes_over(old_row(journey, who, NAME))
    for _ in range(3):
        journey.log_in(who)
    with journey.service.desk.database.reading() as connection:
        assert licence_views.changes_of(connection, OLD) == [(None, "normal")]
    assert len(journey.versions(OLD)) == 1


def test_numbers_of_fifteen_digits_and_numbers_of_before_are_matched_too(journey: Journey) -> None:
    who = "360102199003070102"
    old_number, former = "360102900307010", "360403197812310034"
    with journey.service.desk.database.transaction() as connection:
        parties.put(connection, Person(IdNo(who), PersonName(NAME), None, {"aliases": [former]}))
    journey.takes_over(
        old_row(journey, who, NAME, written_id_no=old_number),
        old_row(journey, who, NAME, legacy_id="H0002", number="赣A052019000124", category="05", written_id_no=former),
    )
    journey.log_in(who)
    assert set(journey.my_licences(who)) == {OLD, "赣A052019000124"}


def test_a_record_that_two_people_match_is_usable_by_neither_until_the_authority_decides(journey: Journey) -> None:
    first, second = journey.somebody(NAME), journey.somebody(NAME)
    journey.employ(first)
    journey.employ(second)
    journey.takes_over(old_row(journey, first, NAME))
    journey.log_in(first)
    assert journey.my_licences(first)[OLD].state is ViewState.NORMAL
    with journey.service.desk.database.transaction() as connection:
        other = parties.load(connection, second)
        parties.put(connection, Person(IdNo(second), PersonName(NAME), other.key, {**other.facts, "aliases": [first]}))
    journey.log_in(second)
    for person in (first, second):
        assert journey.my_licences(person)[OLD].state is ViewState.UNUSABLE
        assert journey.my_licences(person)[OLD].reasons[0] == "ID_CONFLICT"
    assert journey.found_by_the_public(OLD, NAME) is None

    with journey.service.desk.database.transaction() as connection:
        matching.settle_conflict(connection, "H0001", second, journey.clock())
    assert journey.my_licences(first) == {}
    assert "ID_CONFLICT" not in journey.my_licences(second)[OLD].reasons
    assert journey.versions(OLD)[0].holder == second


def test_a_change_of_employment_changes_the_state_and_is_told(journey: Journey) -> None:
    who = journey.somebody(NAME)
    journey.takes_over(old_row(journey, who, NAME))
    journey.log_in(who)
    assert journey.my_licences(who)[OLD].reasons == ("NO_EMPLOYMENT",)
    journey.employ(who)
    assert journey.my_licences(who)[OLD].state is ViewState.NORMAL
    told: list[tuple[str, str | None, str]] = []
    with journey.service.desk.database.transaction() as connection:
        connection.execute(
            tables.employment.update().where(tables.employment.c.person == who).values(enterprise=OTHER_BUILDER)
        )
        matching.recheck(
            connection, who, journey.clock(), lambda _c, one, _n: told.append((one.number, one.before, one.after))
        )
    assert told == [(OLD, ViewState.NORMAL, ViewState.UNUSABLE)]
    assert any("正常使用" in one and OLD in one for one in journey.told_to(who))


def test_every_night_contracts_that_are_past_end_and_licences_that_ran_out_are_seen(journey: Journey) -> None:
    who = journey.somebody(NAME)
    journey.employ(who, until=journey.today)
    journey.takes_over(old_row(journey, who, NAME))
    journey.log_in(who)
    journey.clock.pass_days(1)
    journey.night()
    assert journey.employer_of(who) is None
    assert journey.my_licences(who)[OLD].reasons == ("NO_EMPLOYMENT",)
    journey.clock.pass_days(500)
    journey.night()
    assert journey.my_licences(who)[OLD].reasons[0] == "EXPIRED"
    with journey.service.desk.database.reading() as connection:
        assert licence_views.changes_of(connection, OLD)[-1] == ("unusable", "unusable")


def test_the_public_finds_what_is_in_normal_use_and_nothing_else(journey: Journey) -> None:
    """A wrong name, an unknown number, a foreign, a new, a suspended licence: nothing, each time."""
    who = journey.somebody(NAME)
    journey.employ(who)
    soon = journey.today - timedelta(days=1)
    journey.takes_over(
        old_row(journey, who, NAME),
        old_row(journey, who, NAME, legacy_id="H2", number="湘A052019000124", category="05"),
        old_row(journey, who, NAME, legacy_id="H3", number="赣A062019000125", category="06", valid_until=soon),
        old_row(
            journey, who, NAME, legacy_id="H4", number="赣A072019000126", category="07", status=LicenceStatus.SUSPENDED
        ),
        old_row(journey, who, "赵小君", legacy_id="H5", number="赣A082019000127", category="08"),
    )
    journey.log_in(who)
    found = [number for number in journey.my_licences(who) if journey.found_by_the_public(number, NAME)]
    assert found == [OLD]
    assert journey.found_by_the_public(f" {OLD[:3]} {OLD[3:]} ".lower(), f" {NAME[0]} {NAME[1:]}") is not None
    assert journey.found_by_the_public(OLD, "赵小君") is None
    assert journey.found_by_the_public("赣A082019000127", "赵小君") is None
    assert journey.found_by_the_public("", "") is None
    shown = journey.found_by_the_public(OLD, NAME)
    assert shown is not None
    assert NAME not in str(shown)
    assert who not in str(shown)


def test_an_unknown_person_has_no_rows_and_an_old_row_of_another_enterprise_says_so(journey: Journey) -> None:
    who = journey.somebody(NAME)
    journey.log_in(who)
    assert journey.my_licences(who) == {}
    journey.employ(who, BUILDER)
    journey.takes_over(old_row(journey, who, NAME, employer_uscc="", employer_name="旧单位"))
    journey.log_in(who)
    assert journey.my_licences(who)[OLD].reasons == ("EMPLOYER_DIFFERS",)
    with journey.service.desk.database.reading() as connection:
        (row,) = legacy.linked_to(connection, who)
    assert row.linked_to == who
