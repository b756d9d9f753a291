"""Who is asked to agree to which sheets, and when practising seals may go on them (domain text, §10.5, step 1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.projects import SectionKind
from signing_service.domain.sheets import Sheet, SheetState, list_digest
from signing_service.workflows.sheet_consents import asked, obstacle, persons_of

DESIGN = SectionKind.DESIGN
ARCHITECT, ENGINEER, OTHER = "360102199003070014", "360102198501010028", "360102198001011008"
UNIT = "91360302999003003C"
NAMES = {ARCHITECT: "王建国", ENGINEER: "赵小军", OTHER: "李芳华"}


def sheet(discipline: str, number: str, pdf: str = "a" * 64) -> Sheet:
    return Sheet(
        f"{discipline}-{number}", "3601022601030101", DESIGN, discipline, number, "平面图", 1, SheetState.SUBMITTED,
        "2026-11-29T00:00:00Z", pdf, 1, None, "STSJ20261129000001",
    )  # fmt: skip


SHEETS = [sheet("architecture", "01"), sheet("architecture", "02"), sheet("structure", "01"), sheet("water", "01")]


def handed(*persons: tuple[str, str], **changes: Any) -> Dossier:
    rows = [{"discipline": one, "id_no": who, "registration_no": f"AY-{who[-4:]}"} for one, who in persons]
    facts = {"initiator": "designer", "project_no": "3601022601030101", "project_name": "安置房"}
    one = Dossier(
        "STSJ20261129000001", "rv.design_sheets", date(2026, 1, 1), Stage.SUBMITTED, 2, 1, "360102",
        {SignatoryRole.DESIGNER: UNIT}, {"persons": rows}, frozenset(), datetime(2026, 11, 29, tzinfo=UTC), facts,
    )  # fmt: skip
    return replace(one, **changes)


BOTH = handed(("architecture", ARCHITECT), ("water", ARCHITECT), ("structure", ENGINEER))


def answered(stages: dict[str, Stage], **changes: Any) -> dict[str, Dossier]:
    """The dossiers in which the persons were asked, by request key."""
    return {
        key: replace(BOTH, number=f"ZYQR{key[-1]}", stage=stages[form["id_no"]], form={**form, **changes})
        for key, form in asked(BOTH, DESIGN, SHEETS).items()
    }


def code_of(stages: dict[str, Stage], now: list[Sheet] = SHEETS, **changes: Any) -> str:
    problem = obstacle(asked(BOTH, DESIGN, now), answered(stages, **changes), NAMES)
    return problem.code if problem else ""


def test_each_person_is_asked_once_for_all_sheets_of_the_own_disciplines() -> None:
    (of_architect, of_engineer) = asked(BOTH, DESIGN, SHEETS).values()
    assert (of_architect["id_no"], of_architect["disciplines"]) == (ARCHITECT, "建筑、给水排水")
    assert of_architect["sheet_count"] == 3
    assert of_architect["list_sha256"] == list_digest([SHEETS[0], SHEETS[1], SHEETS[3]])
    assert of_engineer["list_sha256"] == list_digest([SHEETS[2]])


def test_of_two_who_are_named_for_a_discipline_the_one_is_asked_whose_seal_goes_on() -> None:
    twice = handed(("architecture", ARCHITECT), ("architecture", OTHER))
    assert persons_of(twice.form) == {OTHER: ("architecture",)}


def test_who_is_named_for_a_discipline_of_which_nothing_is_handed_over_is_not_asked() -> None:
    more = handed(("architecture", ARCHITECT), ("hvac", OTHER))
    assert [form["id_no"] for form in asked(more, DESIGN, SHEETS).values()] == [ARCHITECT]


def test_what_is_handed_over_anew_is_asked_anew() -> None:
    again = replace(BOTH, form_version=2)
    assert not asked(BOTH, DESIGN, SHEETS).keys() & asked(again, DESIGN, SHEETS).keys()


def test_the_seals_go_on_when_everybody_has_agreed_and_not_before() -> None:
    assert code_of({ARCHITECT: Stage.CLOSED, ENGINEER: Stage.CLOSED}) == ""
    for stage in (Stage.DRAFT, Stage.SUBMITTED, Stage.ISSUING):
        assert code_of({ARCHITECT: Stage.CLOSED, ENGINEER: stage}) == "CONSENT_MISSING"
    nobody_was_asked = obstacle(asked(BOTH, DESIGN, SHEETS), {}, NAMES)
    assert nobody_was_asked is not None
    assert "王建国、赵小军" in nobody_was_asked.zh


@pytest.mark.parametrize("stage", [Stage.REFUSED, Stage.LAPSED])
def test_one_who_does_not_agree_or_is_silent_is_enough(stage: Stage) -> None:
    assert code_of({ARCHITECT: stage, ENGINEER: Stage.SUBMITTED}) == "CONSENT_DECLINED"


@pytest.mark.parametrize(
    "now",
    [
        [replace(SHEETS[0], pdf="b" * 64), *SHEETS[1:]],
        [replace(SHEETS[0], dwg="b" * 64), *SHEETS[1:]],
        [replace(SHEETS[0], version=2), *SHEETS[1:]],
        SHEETS[1:],
        [*SHEETS, sheet("water", "02")],
    ],
)
def test_a_sheet_that_was_changed_added_or_taken_away_voids_the_consent(now: list[Sheet]) -> None:
    assert code_of({ARCHITECT: Stage.CLOSED, ENGINEER: Stage.CLOSED}, now) == "CONSENT_VOID"


def test_an_agreement_to_another_list_or_of_another_person_counts_for_nothing() -> None:
    agreed = {ARCHITECT: Stage.CLOSED, ENGINEER: Stage.CLOSED}
    assert code_of(agreed, id_no=OTHER) == "CONSENT_VOID"
    assert code_of(agreed, handed_over_with="STSJ20261129000002") == "CONSENT_VOID"
