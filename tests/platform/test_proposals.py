"""What the platform works out or calls by its name, so that people confirm it instead of looking it up."""

from __future__ import annotations

from typing import Any

import pytest

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.procedures import CATALOGUE
from signing_service.procedures.fire.design import design
from signing_service.procedures.fire.record import record
from signing_service.web.platform.decisions import shown_widgets
from signing_service.web.platform.staff_pages import procedures_of
from signing_service.web.platform.subjects import permission_name
from signing_service.workflows.shelf import OpenStep

WARD = {"use": "0504", "area_above": "16500.30", "area_below": "1480", "height": "48.60"}
OFFICE = {"use": "9003", "area_above": "930", "area_below": "0", "height": "12.30"}


@pytest.mark.parametrize(("building", "proposed"), [(WARD, ["5"]), (OFFICE, [])])
def test_an_officer_finds_the_situations_of_special_works_ticked_that_follow_from_the_buildings(
    building: dict[str, Any], proposed: list[str]
) -> None:
    review = OpenStep(design.step("review", Stage.ACCEPTED), SignatoryRole.AUTHORITY, "")
    (widget,) = shown_widgets(review, None, {"buildings": [building]})
    assert widget.value == proposed


@pytest.mark.parametrize(("building", "proposed"), [(WARD, "key"), (OFFICE, "general")])
def test_the_category_of_a_filing_is_proposed(building: dict[str, Any], proposed: str) -> None:
    accept = OpenStep(record.step("accept", Stage.CONFIRMED), SignatoryRole.AUTHORITY, "")
    found = {one.name: one.value for one in shown_widgets(accept, None, {"buildings": [building]})}
    assert found["given.category"] == proposed


def test_a_form_without_buildings_proposes_nothing() -> None:
    review = OpenStep(design.step("review", Stage.ACCEPTED), SignatoryRole.AUTHORITY, "")
    assert shown_widgets(review, None, {})[0].value == []


def test_every_permission_that_may_be_given_has_a_name_in_both_languages() -> None:
    for one in ("rn.*", *procedures_of([procedure.key for procedure in CATALOGUE])):
        zh, en = permission_name(one)
        assert zh != one, one
        assert en, one
        assert "." not in zh + en, one
