"""What a procedure makes of a licence: the version that follows, and the first under a new number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing_service.demo import people
from signing_service.domain.codes import LicenceIdentifier
from signing_service.domain.licences import Licence, LicenceStatus
from signing_service.domain.numbers import SpecialOperationNo
from signing_service.workflows import effects
from signing_service.workflows.licensing import Grounds, IssueNew, Renew, ReplaceEmployer, last_day
from tests.unit.workflows.tables import ISSUE, PERSON, PHOTO, RENEW, licence_of

DECIDED_ON = date(2026, 12, 1)
FORM = {"category": "04", "category_name": "建筑起重信号司索工", "photo": PHOTO, "mobile": "13870000017"}
GROUNDS = Grounds(FORM, "SORN20261122000017", people.AUTHORITY, people.BUILDER, DECIDED_ON)


def before(**changes: object) -> Licence:
    minted = LicenceIdentifier.mint(f"{people.AUTHORITY.number}101", str(people.AUTHORITY.number), "A042024000123")
    return licence_of(RENEW, identifier=str(minted), **changes)


def new_issue() -> IssueNew:
    (operation,) = (
        effect.operation
        for step in ISSUE.steps
        for effect in step.then
        if isinstance(effect, effects.RenderLicence) and isinstance(effect.operation, IssueNew)
    )
    return operation


def test_a_renewed_licence_goes_on_from_its_old_end() -> None:
    """No gap and no overlap, whatever the day of the decision."""
    after = Renew(years=2).apply(before(valid_until=date(2027, 1, 1)), GROUNDS)
    assert after.valid_until == date(2029, 1, 1)
    assert after.valid_from == before().valid_from
    assert after.issued_on == DECIDED_ON


def test_a_licence_that_ends_on_the_29th_of_february_is_renewed_to_the_28th() -> None:
    assert Renew(years=2).apply(before(valid_until=date(2028, 2, 29)), GROUNDS).valid_until == date(2030, 2, 28)


def test_renewals_are_counted() -> None:
    first = Renew(years=2).apply(before(), GROUNDS)
    second = Renew(years=2).apply(first, GROUNDS)
    assert (first.facts["renewal_count"], second.facts["renewal_count"]) == (1, 2)


def test_a_change_of_employer_changes_the_employer_and_nothing_of_the_term() -> None:
    after = ReplaceEmployer().apply(before(), GROUNDS)
    assert (after.employer, after.facts["employer_name"]) == (str(people.BUILDER.number), people.BUILDER.name)
    assert (after.valid_from, after.valid_until) == (before().valid_from, before().valid_until)


def test_a_change_to_no_employer_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="names no employer"):
        ReplaceEmployer().apply(before(), replace(GROUNDS, employer=None))


@pytest.mark.parametrize("operation", [Renew(years=2), ReplaceEmployer()], ids=repr)
def test_the_next_version_keeps_number_and_holder_and_is_not_public_yet(operation: Renew | ReplaceEmployer) -> None:
    old = before(document_id="old", dossier="old", status=LicenceStatus.IN_FORCE)
    after = operation.apply(old, GROUNDS)
    assert (after.number, after.holder, after.holder_name, after.type) == (
        old.number, old.holder, old.holder_name, old.type,
    )  # fmt: skip
    assert (after.status, after.document_id, after.dossier) == (LicenceStatus.ISSUING, None, GROUNDS.dossier)
    assert after.facts["photo"] == old.facts["photo"]
    assert after.facts["first_issued_on"] == old.issued_on.isoformat()


@pytest.mark.parametrize("operation", [Renew(years=2), ReplaceEmployer()])
def test_the_next_version_names_the_authority_that_decided_now(operation: Renew | ReplaceEmployer) -> None:
    """One that the province issued long ago, and that a city renews or changes."""
    city = people.BUILDER
    old = before(facts={"authority_name": "示例省住房和城乡建设厅", "category_name": "司索"})
    after = operation.apply(old, replace(GROUNDS, authority=city))
    assert (old.authority, after.authority) == (str(people.AUTHORITY.number), str(city.number))
    assert "authority_name" not in after.facts
    assert LicenceIdentifier.parse(after.identifier).issuer == LicenceIdentifier.parse(old.identifier).issuer


def test_the_day_of_the_first_issue_is_handed_down() -> None:
    after = Renew(years=2).apply(before(facts={"first_issued_on": "2021-01-01"}), GROUNDS)
    assert after.facts["first_issued_on"] == "2021-01-01"


def test_versions_count_without_gap_and_every_identifier_checks() -> None:
    licence, seen = before(), []
    for _ in range(12):
        licence = Renew(years=2).apply(licence, GROUNDS)
        identifier = LicenceIdentifier.parse(licence.identifier)
        seen.append((licence.version, str(identifier)))
    assert [version for version, _ in seen] == list(range(2, 14))
    assert len({identifier for _, identifier in seen}) == 12
    assert [f".{version:03d}." in identifier for version, identifier in seen] == [True] * 12


def test_the_old_version_is_left_as_it_was() -> None:
    old = before()
    Renew(years=2).apply(old, GROUNDS)
    assert old == before()


# ---- new licences


def test_a_new_licence_takes_number_and_identifier_from_its_serial() -> None:
    operation = new_issue()
    assert operation.numbered.series(FORM, DECIDED_ON) == "licence/special_operation/赣A042026"
    licence = operation.first(17, PERSON, GROUNDS)
    assert licence.number == "赣A042026000017"
    assert SpecialOperationNo.parse(licence.number) == licence.number
    identifier = LicenceIdentifier.parse(licence.identifier)
    assert ".A042026000017.001." in str(identifier)
    assert (licence.version, licence.status) == (1, LicenceStatus.ISSUING)


def test_a_new_licence_has_on_its_face_what_the_procedure_lists_and_no_more() -> None:
    licence = new_issue().first(1, PERSON, GROUNDS)
    assert licence.facts == {
        "category": "04",
        "category_name": "建筑起重信号司索工",
        "photo": PHOTO,
        "employer_name": people.BUILDER.name,
    }
    assert (licence.holder, licence.holder_name) == (str(PERSON.number), str(PERSON.name))
    assert licence.employer == str(people.BUILDER.number)
    assert new_issue().first(1, PERSON, replace(GROUNDS, employer=None)).employer is None


def test_trades_and_years_have_series_of_their_own() -> None:
    series = {
        new_issue().numbered.series({"category": category}, day)
        for category in ("03", "04")
        for day in (date(2026, 12, 31), date(2027, 1, 1))
    }
    assert len(series) == 4


def test_a_term_ends_on_the_day_before_its_anniversary() -> None:
    assert last_day(date(2026, 3, 1), 2) == date(2028, 2, 29)
    assert last_day(date(2026, 12, 1), 2) == date(2028, 11, 30)
    licence = new_issue().first(1, PERSON, GROUNDS)
    assert (licence.valid_from, licence.valid_until) == (DECIDED_ON, date(2028, 11, 30))


@given(st.dates(date(2020, 1, 1), date(2080, 1, 1)), st.integers(1, 6))
def test_the_day_after_a_term_begins_the_next(first: date, years: int) -> None:
    following = last_day(first, years) + timedelta(days=1)
    assert (following.year - first.year, following.month) == (years, first.month)
    assert following.day == first.day or (first.month, first.day) == (2, 29)
