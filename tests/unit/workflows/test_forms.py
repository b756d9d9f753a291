"""A form is read field by field, every error is told at once, and nothing that a person can send breaks it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing_service.domain.errors import Problem
from signing_service.procedures import CATALOGUE
from signing_service.workflows.forms import LONGEST, READERS, read_form
from signing_service.workflows.procedure import FieldType, Procedure
from tests.unit.workflows.tables import CHANGE, ISSUE, PROCEDURES, RENEW, TODAY

SHA = "0" * 64
ATTACHMENT = {"name": "体检合格证明", "sha256": SHA, "pages": 2}
RENEWAL: dict[str, Any] = {
    "licence_no": " 赣A042023000123 ",
    "employer_uscc": "9136010099900011xn",
    "mobile": "１３８７００００１１２",
    "working_since": "2014年9月",
    "health": "体检合格，\r\n无妨碍从事本工种作业的疾病。 ",
    "training": "每年均不少于24学时。",
    "conduct": "无违章作业记录。",
    "attachments": [ATTACHMENT],
}


def errors_of(procedure: Procedure, values: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Problem) as refusal:
        read_form(procedure, values, TODAY)
    assert refusal.value.code == "FIELDS_INVALID"
    assert all(error.zh and error.en for error in refusal.value.errors)
    return {error.field: error.code for error in refusal.value.errors}


def test_what_was_typed_is_kept_as_it_was_meant() -> None:
    read = read_form(RENEW, RENEWAL, TODAY)
    assert read["licence_no"] == "赣A042023000123"
    assert read["employer_uscc"] == "9136010099900011XN"
    assert read["mobile"] == "13870000112"
    assert read["health"] == "体检合格，\n无妨碍从事本工种作业的疾病。"
    assert read["attachments"] == [ATTACHMENT]


def test_reading_what_was_read_changes_nothing() -> None:
    read = read_form(RENEW, RENEWAL, TODAY)
    assert read_form(RENEW, read, TODAY) == read


def test_every_error_is_told_at_once() -> None:
    told = errors_of(RENEW, {"mobile": "1", "health": "病" * 2001, "colour": "red", "attachments": "yes"})
    assert told == {
        "colour": "FIELD_UNKNOWN",
        "licence_no": "FIELD_REQUIRED",
        "employer_uscc": "FIELD_REQUIRED",
        "mobile": told["mobile"],
        "working_since": "FIELD_REQUIRED",
        "health": "TEXT_LENGTH",
        "training": "FIELD_REQUIRED",
        "conduct": "FIELD_REQUIRED",
        "attachments": "FILE_MISSING",
    }


@pytest.mark.parametrize(
    ("key", "field", "typed", "code"),
    [
        ("prj.register", "investment_code", "2609/360102", "PRJCODE_FORMAT"),
        ("prj.register", "total_area", "很大", "NUM_RANGE"),
        ("prj.register", "investment", "-1", "NUM_RANGE"),
        ("fs.design", "mobile", "12", "PHONE_INVALID"),
        ("ent.onboard", "email", "nobody", "EMAIL_INVALID"),
        ("ent.onboard", "contact_mobile", "12", "MOBILE_INVALID"),
    ],
)
def test_what_cannot_be_is_told_with_its_code(key: str, field: str, typed: str, code: str) -> None:
    assert errors_of(CATALOGUE.latest(key, TODAY), {field: typed})[field] == code


def test_a_landline_is_a_telephone_too() -> None:
    assert "mobile" not in errors_of(CATALOGUE.latest("fs.design", TODAY), {"mobile": "0791-88880000"})


@pytest.mark.parametrize("nothing", [None, "", "   ", "\u3000", "\n", []])
def test_blank_is_not_filled_in(nothing: Any) -> None:
    assert errors_of(RENEW, {**RENEWAL, "conduct": nothing}) == {"conduct": "FIELD_REQUIRED"}


@pytest.mark.parametrize(
    "attachments",
    [
        "x", 7, {}, {"name": "x"}, ["x"], [{}], [[]], [None],
        [{**ATTACHMENT, "sha256": "nothing"}], [{**ATTACHMENT, "pages": "two"}], [{**ATTACHMENT, "pages": None}],
        [{**ATTACHMENT, "pages": 0}], [{**ATTACHMENT, "pages": -2}], [{**ATTACHMENT, "name": " "}],
        [ATTACHMENT, {**ATTACHMENT, "sha256": SHA.upper() + "0"}],
    ],
)  # fmt: skip
def test_an_attachment_that_is_none_is_asked_for_again(attachments: Any) -> None:
    expected = "FIELD_REQUIRED" if attachments in ([], {}) else "FILE_MISSING"
    assert errors_of(RENEW, {**RENEWAL, "attachments": attachments}) == {"attachments": expected}


def test_a_choice_is_a_code_of_its_list_and_keeps_its_words_beside_it() -> None:
    form = {"id_no": "360102199003070014", "employer_uscc": "9136010099900011XN", "category": " ０４ "}
    assert read_form(ISSUE, form, TODAY)["category_name"] == "建筑起重信号司索工"
    assert errors_of(ISSUE, {**form, "category": "98"}) == {"category": "ENUM_INVALID"}
    assert errors_of(ISSUE, {**form, "photo": "portrait.jpg"}) == {"photo": "FILE_MISSING"}


@pytest.mark.parametrize(
    "day", ["2026-02-29", "22.11.2026", "today", "2026-11-31", "2026-W47-7", "20261122", 20261122.5]
)
def test_a_date_is_a_day_of_the_calendar(day: Any) -> None:
    assert errors_of(CHANGE, {"left_on": day})["left_on"] == "DATE_INVALID"


@pytest.mark.parametrize(("length", "accepted"), [(200, True), (201, False)])
def test_a_text_has_its_longest(length: int, accepted: bool) -> None:
    assert LONGEST[FieldType.TEXT] == 200
    values = {**RENEWAL, "working_since": "年" * length}
    if accepted:
        assert read_form(RENEW, values, TODAY)["working_since"] == "年" * length
    else:
        assert errors_of(RENEW, values) == {"working_since": "TEXT_LENGTH"}


def test_every_type_of_field_has_a_reader() -> None:
    assert set(READERS) | {FieldType.CHOICE, FieldType.CHOICES, FieldType.ROWS} == set(FieldType)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda procedure: procedure.key)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_whatever_is_sent_is_read_or_refused_and_nothing_else(procedure: Procedure, data: st.DataObject) -> None:
    keys = [field.key for field in procedure.fields]
    values = data.draw(st.dictionaries(st.sampled_from(keys), junk))
    try:
        read = read_form(procedure, values, date(2026, 11, 22))
    except Problem:
        assert {key.partition(".")[0] for key in errors_of(procedure, values)} <= set(keys)
    else:
        assert set(read) <= {*keys, *(f"{key}_name" for key in keys), *(f"{key}_names" for key in keys)}
