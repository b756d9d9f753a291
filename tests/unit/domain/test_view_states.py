"""The four states of 我的证书: which check leads where, and which goes before which (domain text, §8.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.view_states import (
    REASONS,
    Bearer,
    Business,
    LicenceCheck,
    OnRecord,
    ViewState,
    check,
    matched_id,
    reason_words,
    same_name,
    state_words,
    view,
)

TODAY = date(2026, 11, 29)
RECORD = OnRecord(
    number="赣A042019000123",
    name="王建国",
    id_no="360102199003070014",
    sex="男",
    born=date(1990, 3, 7),
    employer_uscc="9136010099900011XN",
    employer_name="江右示例建设集团有限公司",
    category="04",
    valid_until=date(2027, 3, 1),
    status=LicenceStatus.IN_FORCE,
    business=Business.RENEWED,
    settled=True,
)
BEARER = Bearer(
    name="王建国",
    id_no="360102199003070014",
    employer_uscc="9136010099900011XN",
    employer_name="江右示例建设集团有限公司",
    has_photo=True,
)


def state(
    record: dict[str, Any] | None = None, bearer: dict[str, Any] | None = None
) -> tuple[ViewState, tuple[str, ...]]:
    found = view(check(replace(RECORD, **(record or {})), replace(BEARER, **(bearer or {})), TODAY))
    return found.state, found.reasons


def test_when_everything_agrees_the_licence_is_in_normal_use() -> None:
    assert state() == (ViewState.NORMAL, ())


def test_ten_checks_are_made_and_each_is_told() -> None:
    results = check(RECORD, BEARER, TODAY)
    assert [one.check for one in results] == list(LicenceCheck)
    assert all(one.passed and not one.reason for one in results)


@pytest.mark.parametrize(
    ("failed", "record", "bearer", "reason"),
    [
        (LicenceCheck.NAME, {"name": "王建军"}, {}, "NAME_DIFFERS"),
        (LicenceCheck.SEX_AND_BIRTH, {"sex": "女"}, {}, "ID_DIFFERS"),
        (LicenceCheck.SEX_AND_BIRTH, {"born": date(1990, 3, 8)}, {}, "ID_DIFFERS"),
        (LicenceCheck.EMPLOYER, {"employer_uscc": "91360102999000128K"}, {}, "EMPLOYER_DIFFERS"),
        (LicenceCheck.EMPLOYER, {"employer_uscc": "", "employer_name": "别的公司"}, {}, "EMPLOYER_DIFFERS"),
        (LicenceCheck.EMPLOYER, {}, {"employer_uscc": "", "employer_name": ""}, "NO_EMPLOYMENT"),
        (LicenceCheck.TERM, {"valid_until": date(2026, 11, 28)}, {}, "EXPIRED"),
        (LicenceCheck.NUMBER, {"number": "赣A04"}, {}, "NUMBER_MALFORMED"),
        (LicenceCheck.CATEGORY, {"category": "12"}, {}, "CATEGORY_UNKNOWN"),
        (LicenceCheck.ONLY_ONE, {}, {"same_category": ("赣A042020000001",)}, "SECOND_LICENCE"),
        (LicenceCheck.ONLY_ONE, {}, {"contested": True}, "ID_CONFLICT"),
        (LicenceCheck.STATUS, {"status": LicenceStatus.SUSPENDED}, {}, "SUSPENDED"),
        (LicenceCheck.STATUS, {"status": LicenceStatus.CANCELLED}, {}, "CANCELLED"),
    ],
)
def test_each_check_alone_makes_a_licence_unusable(
    failed: LicenceCheck, record: dict[str, Any], bearer: dict[str, Any], reason: str
) -> None:
    results = check(replace(RECORD, **record), replace(BEARER, **bearer), TODAY)
    assert [one.check for one in results if not one.passed] == [failed]
    assert state(record, bearer) == (ViewState.UNUSABLE, (reason,))


def test_a_missing_portrait_keeps_the_state_and_is_told() -> None:
    results = check(RECORD, replace(BEARER, has_photo=False), TODAY)
    assert [one.reason for one in results if not one.passed] == ["PHOTO_MISSING"]
    assert view(results).state is ViewState.NORMAL


def test_the_last_day_still_counts() -> None:
    assert state({"valid_until": TODAY}) == (ViewState.NORMAL, ())


def test_another_provinces_licence_waits_to_be_exchanged_and_an_exchange_that_is_finished_does_not() -> None:
    assert state({"number": "湘A042019000123"})[0] is ViewState.TRANSFER_IN
    assert state({"business": Business.TRANSFERRED_IN, "settled": False})[0] is ViewState.TRANSFER_IN
    assert state({"business": Business.TRANSFERRED_IN, "settled": True})[0] is ViewState.NORMAL


@pytest.mark.parametrize("business", [Business.ISSUED, Business.BACKFILLED])
def test_what_is_new_waits_for_the_archive(business: Business) -> None:
    assert state({"business": business, "settled": False}) == (ViewState.NEW_ARCHIVE, ("NOT_ARCHIVED",))
    assert state({"business": business, "settled": True}) == (ViewState.NORMAL, ())


def test_what_was_decided_goes_before_what_is_foreign_before_what_is_new_before_what_differs() -> None:
    """Domain text, §8.3: unusable (cancelled, expired) > transfer_in > new_archive > unusable (mismatch) > normal."""
    everything: dict[str, Any] = {
        "name": "王建军", "number": "湘A042019000123", "business": Business.BACKFILLED, "settled": False,
        "status": LicenceStatus.CANCELLED,
    }  # fmt: skip
    assert state(everything)[0] is ViewState.UNUSABLE
    assert state(everything)[1][0] == "CANCELLED"
    assert state({**everything, "status": LicenceStatus.IN_FORCE})[0] is ViewState.TRANSFER_IN
    assert state({**everything, "status": LicenceStatus.IN_FORCE, "number": RECORD.number})[0] is ViewState.NEW_ARCHIVE
    assert state({"name": "王建军"})[0] is ViewState.UNUSABLE


def test_every_reason_has_its_sentence() -> None:
    told = {
        "NAME_DIFFERS", "ID_DIFFERS", "NO_EMPLOYMENT", "EMPLOYER_DIFFERS", "EXPIRED", "NUMBER_FOREIGN", "NUMBER_MALFORMED",
        "CATEGORY_UNKNOWN", "SECOND_LICENCE", "ID_CONFLICT", "NOT_ARCHIVED", "TO_BE_EXCHANGED", "PHOTO_MISSING",
        *(status.value.upper() for status in LicenceStatus
          if status not in (LicenceStatus.IN_FORCE, LicenceStatus.ISSUING, LicenceStatus.SUPERSEDED)),
    }  # fmt: skip
    assert told == set(REASONS)
    assert all(zh and en for zh, en in REASONS.values())


def test_fifteen_digits_become_the_eighteen_they_grew_into() -> None:
    assert matched_id("360102900307001", TODAY) == "360102199003070014"
    assert matched_id(" 36010219900307009x ", TODAY) == "36010219900307009X"
    assert matched_id("360102900230001", TODAY) == "360102900230001", "no such day: it matches nobody"


@pytest.mark.parametrize(
    "spelling", ["阿依古丽·买买提", "阿依古丽•买买提", "阿依古丽・买买提", "阿依古丽.买买提", "阿依古丽 · 买买提"]
)
def test_a_name_is_one_however_its_point_is_written(spelling: str) -> None:
    assert same_name(spelling, "阿依古丽·买买提")
    assert not same_name(spelling, "阿依古丽")
    assert not same_name("", "")


def test_a_constructors_licence_is_asked_of_the_person_employer_and_term_and_nothing_of_trades() -> None:
    licence = {"type": LicenceType.CONSTRUCTOR, "number": "赣236171800001", "category": "", "settled": False}
    assert state(licence) == (ViewState.NORMAL, ())
    assert {one.check.value for one in check(replace(RECORD, **licence), BEARER, TODAY)} == {
        "C1", "C2", "C3", "C4", "C8", "C10",
    }  # fmt: skip
    assert state(licence, {"employer_uscc": "", "employer_name": ""}) == (ViewState.UNUSABLE, ("NO_EMPLOYMENT",))
    assert state(licence, {"name": "王建军"}) == (ViewState.UNUSABLE, ("NAME_DIFFERS",))
    assert state({**licence, "status": LicenceStatus.CANCELLED}) == (ViewState.UNUSABLE, ("CANCELLED",))


def test_what_cures_it_is_said_in_the_words_of_the_licences_own_businesses() -> None:
    assert state_words(LicenceType.SPECIAL_OPERATION, ViewState.UNUSABLE)[0] == "暂不可用"
    assert state_words(LicenceType.CONSTRUCTOR, ViewState.UNUSABLE)[0] == "异常状态"
    assert "纠错" in reason_words(LicenceType.SPECIAL_OPERATION, "EMPLOYER_DIFFERS")[0]
    assert "执业企业变更" in reason_words(LicenceType.CONSTRUCTOR_TEMPORARY, "EMPLOYER_DIFFERS")[0]
    assert reason_words(LicenceType.CONSTRUCTOR, "PHOTO_MISSING") == reason_words(
        LicenceType.SPECIAL_OPERATION, "PHOTO_MISSING"
    )
