"""Rules that refuse a step: each says which date, fact or party is the reason, and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.workflows.checks import (
    EmployedByLicenceEmployer,
    EmployersDiffer,
    HasKey,
    LicenceInForce,
    PhotoOnRecord,
    RenewalWindowOpen,
)
from signing_service.workflows.procedure import Check
from tests.unit.workflows.tables import (
    CHANGE,
    EMPLOYER,
    FORMER_EMPLOYER,
    HOLDER,
    ISSUE,
    NEW_EMPLOYER,
    PARTIES,
    RENEW,
    STRANGER,
    dossier_of,
    licence_of,
    situation_of,
)

IN_FORCE = LicenceInForce(LicenceType.SPECIAL_OPERATION)


def asked(
    check: Check, procedure: object = RENEW, *, dossier: dict[str, object] | None = None, **changes: object
) -> Problem | None:
    return check.refusal(
        dossier_of(procedure, **(dossier or {})),  # type: ignore[arg-type]
        situation_of(procedure, **changes),  # type: ignore[arg-type]
    )


def code(problem: Problem | None) -> str:
    if problem is None:
        return ""
    assert problem.zh
    assert problem.en
    return problem.code


# ---- the licence


def test_a_licence_in_force_of_ones_own_is_accepted() -> None:
    assert asked(IN_FORCE) is None


def test_no_licence_anothers_licence_and_a_licence_of_another_type_get_one_answer() -> None:
    anothers = licence_of(RENEW, holder="360102198501010028")
    problems = [
        asked(IN_FORCE, licence=None),
        asked(IN_FORCE, licence=anothers),
        asked(IN_FORCE, licence=licence_of(RENEW, type=LicenceType.CONSTRUCTOR)),
    ]
    assert {(problem.code, problem.status, problem.zh) for problem in problems if problem} == {
        ("NOT_FOUND", 404, "未找到您名下的该证书，请核对证书编号。")
    }
    assert None not in problems


@pytest.mark.parametrize("status", [status for status in LicenceStatus if status is not LicenceStatus.IN_FORCE])
def test_a_licence_that_is_not_in_force_is_refused(status: LicenceStatus) -> None:
    expected = "CERT_EXPIRED" if status is LicenceStatus.EXPIRED else "CERT_NOT_IN_FORCE"
    assert code(asked(IN_FORCE, licence=licence_of(RENEW, status=status))) == expected


@pytest.mark.parametrize(("until", "expected"), [(date(2026, 11, 22), ""), (date(2026, 11, 21), "CERT_EXPIRED")])
def test_the_last_day_of_a_licence_still_counts(until: date, expected: str) -> None:
    problem = asked(IN_FORCE, licence=licence_of(RENEW, valid_until=until))
    assert code(problem) == expected
    assert problem is None or "2026年11月21日" in problem.zh


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (date(2027, 2, 22), ""),
        (date(2027, 2, 23), "RENEW_TOO_EARLY"),
        (date(2026, 11, 22), ""),
        (date(2026, 11, 21), "RENEW_EXPIRED"),
    ],
)
def test_the_window_of_renewal_opens_three_months_before_the_end_and_closes_with_it(until: date, expected: str) -> None:
    assert code(asked(RenewalWindowOpen(months=3), licence=licence_of(RENEW, valid_until=until))) == expected


def test_who_comes_too_early_is_told_the_day() -> None:
    problem = asked(RenewalWindowOpen(months=3), licence=licence_of(RENEW, valid_until=date(2027, 5, 31)))
    assert problem is not None
    assert "2027年2月28日" in problem.zh
    assert "28 February 2027" in problem.en
    assert problem.facts["opens"] == date(2027, 2, 28)


# ---- the parties


def test_the_new_employer_is_another_than_the_former() -> None:
    assert asked(EmployersDiffer(), CHANGE) is None
    same = {FORMER_EMPLOYER: "x", NEW_EMPLOYER: "x"}
    assert code(asked(EmployersDiffer(), CHANGE, dossier={"parties": same})) == "SAME_ENTERPRISE"


def test_the_employer_who_confirms_is_the_one_on_the_licence() -> None:
    check = EmployedByLicenceEmployer(EMPLOYER)
    assert asked(check) is None
    assert code(asked(check, licence=licence_of(RENEW, employer=str(STRANGER.number)))) == "NO_EMPLOYMENT"
    assert code(asked(check, licence=licence_of(RENEW, employer=None))) == "NO_EMPLOYMENT"


@pytest.mark.parametrize("role", [HOLDER, EMPLOYER])
def test_a_party_that_has_to_sign_later_has_a_key(role: object) -> None:
    assert asked(HasKey(role)) is None  # type: ignore[arg-type]
    bare = {**PARTIES, role: replace(PARTIES[role], key=None)}  # type: ignore[index, type-var]
    problem = asked(HasKey(role), parties=bare)  # type: ignore[arg-type]
    assert code(problem) == "KEY_MISSING"
    assert problem is not None
    assert ("本人" in problem.zh) is (role is HOLDER)


# ---- the photo


def test_without_a_photo_that_the_store_holds_no_licence_is_asked_for() -> None:
    assert asked(PhotoOnRecord()) is None
    assert code(asked(PhotoOnRecord(), blobs=frozenset())) == "PHOTO_MISSING"


def test_a_licence_from_before_without_a_photo_goes_with_its_holders_portrait() -> None:
    bare = licence_of(RENEW, facts={})
    assert asked(PhotoOnRecord(), licence=bare) is None
    nobody = {**PARTIES, HOLDER: replace(PARTIES[HOLDER], facts={})}
    assert code(asked(PhotoOnRecord(), licence=bare, parties=nobody)) == "PHOTO_MISSING"


def test_the_photo_of_a_new_licence_is_the_one_on_the_form() -> None:
    assert asked(PhotoOnRecord(), ISSUE, licence=None) is None
    assert code(asked(PhotoOnRecord(), ISSUE, licence=None, dossier={"form": {}})) == "PHOTO_MISSING"
    assert code(asked(PhotoOnRecord(), ISSUE, licence=None, blobs=frozenset({"other"}))) == "PHOTO_MISSING"
