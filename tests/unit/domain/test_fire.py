"""Which works are special, what is a key project, and when fire matters are settled (第51号令 第十四条; domain text, §14)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from signing_service.domain.fire import FireMatter, FireResult, design_digest, is_late, is_settled
from signing_service.domain.fire_classes import SITUATIONS, USES, is_key_project, proposed_situations

DAY = date(2026, 11, 30)


def works(*buildings: tuple[str, str, str], venues: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    """Buildings of (use, area, height)."""
    return {
        "buildings": [
            {"use": use, "area_above": area, "area_below": "0", "height": height} for use, area, height in buildings
        ],
        "venues": [{"use": use, "area": area} for use, area in venues],
    }


@pytest.mark.parametrize(
    ("form", "items"),
    [
        (works(("0101", "20000", "20")), ()),
        (works(("0101", "20000.01", "20")), ("1",)),
        (works(("0201", "15000", "20")), ()),
        (works(("0201", "15001", "20")), ("2",)),
        (works(("0301", "10001", "20")), ("3",)),
        (works(("0404", "2500", "20")), ()),
        (works(("0404", "1300", "20"), ("0404", "1300", "20")), ("4",)),
        (works(("0504", "1001", "20")), ("5",)),
        (works(("0601", "501", "20")), ("6",)),
        (works(("9001", "9000", "54")), ()),
        (works(("9001", "9000", "54.1")), ("7",)),
        (works(("0802", "10", "5")), ("8",)),
        (works(("0901", "10", "5")), ("9",)),
        (works(("1001", "900", "12")), ("10",)),
        (works(("9002", "9000", "20"), venues=(("0601", "500"),)), ()),
        (works(("9002", "9000", "20"), venues=(("0601", "501"),)), ("11",)),
        (works(("9002", "40000", "50")), ()),
        (works(("9002", "40000.01", "20")), ("12",)),
        (works(("9002", "900", "50.5")), ("12",)),
        (works(("1001", "50000", "80")), ("10",)),
        (works(("9005", "90000", "60")), ()),
        (works(("0301", "10001", "60"), ("0504", "1001", "20")), ("3", "5", "12")),
    ],
)
def test_a_threshold_has_to_be_exceeded_and_uses_add_up(form: dict[str, Any], items: tuple[str, ...]) -> None:
    assert proposed_situations(form) == items


def test_area_above_and_below_ground_counts_together() -> None:
    form = works(("0504", "900", "20"))
    form["buildings"][0]["area_below"] = "101"
    assert proposed_situations(form) == ("5",)


def test_there_are_twelve_items_and_every_use_names_one_of_them_or_none() -> None:
    assert list(SITUATIONS) == [str(item) for item in range(1, 13)]
    for code, use in USES.items():
        assert use.situation is None or use.situation in SITUATIONS
        assert (code[:2] == "90") is (use.situation is None)


def test_where_people_gather_it_is_a_key_project() -> None:
    assert is_key_project(works(("0501", "10", "5")))
    assert is_key_project(works(("9002", "10", "5"), venues=(("0603", "20"),)))
    assert not is_key_project(works(("9003", "10", "5"), ("1001", "10", "5")))


def result(matter: FireMatter, dossier: str = "D", *, passed: bool = True, **facts: Any) -> FireResult:
    return FireResult("3601022611290101", matter, passed, DAY, dossier, facts=facts)


@pytest.mark.parametrize(
    ("results", "settled"),
    [
        ((), False),
        ((result(FireMatter.DESIGN),), False),
        ((result(FireMatter.ACCEPTANCE),), True),
        ((result(FireMatter.ACCEPTANCE, passed=False),), False),
        ((result(FireMatter.ACCEPTANCE, passed=False), result(FireMatter.ACCEPTANCE)), True),
        ((result(FireMatter.FILING),), True),
        ((result(FireMatter.DESIGN), result(FireMatter.FILING)), False),
        ((result(FireMatter.DESIGN), result(FireMatter.FILING), result(FireMatter.ACCEPTANCE)), True),
        ((result(FireMatter.DESIGN, passed=False), result(FireMatter.FILING)), True),
        ((result(FireMatter.FILING), result(FireMatter.CHECK, "C", passed=False)), False),
        (
            (
                result(FireMatter.FILING),
                result(FireMatter.CHECK, "C", passed=False),
                result(FireMatter.CHECK, "D"),
            ),
            False,
        ),
        (
            (
                result(FireMatter.FILING),
                result(FireMatter.CHECK, "C", passed=False),
                result(FireMatter.RECHECK, "R", of="C"),
            ),
            True,
        ),
        (
            (
                result(FireMatter.FILING),
                result(FireMatter.CHECK, "C", passed=False),
                result(FireMatter.RECHECK, "R", passed=False, of="C"),
            ),
            False,
        ),
    ],
)
def test_completion_waits_for_acceptance_or_a_filing_without_a_failed_check(
    results: tuple[FireResult, ...], settled: bool
) -> None:
    assert is_settled(results) is settled


def test_a_design_is_another_when_its_buildings_or_facilities_are() -> None:
    form = {**works(("0504", "1001", "20")), "facilities": ["01"], "kind": "new", "special_design": "no"}
    assert design_digest(form) == design_digest({**form, "summary": "别的说明", "mobile": "1"})
    assert design_digest(form) != design_digest({**form, "facilities": ["01", "02"]})
    assert design_digest(form) != design_digest({**form, **works(("0504", "1001", "21"))})


def test_a_filing_is_late_after_five_working_days() -> None:
    accepted_on = date(2026, 11, 26)
    assert not is_late(accepted_on, date(2026, 12, 3))
    assert is_late(accepted_on, date(2026, 12, 4))
