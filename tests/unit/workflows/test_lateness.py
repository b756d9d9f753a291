"""What was reported after its time is taken, and says which rule was missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.procedures import CATALOGUE
from signing_service.workflows.engine import Event, take_step
from signing_service.workflows.lateness import RULES, came_in_on, lateness_of
from tests.unit.workflows.tables import actor, dossier_of, situation_of


def sent(key: str, day: str, on: str, **facts: str) -> Dossier:
    procedure = next(one for one in CATALOGUE if one.key == key)
    dossier = dossier_of(procedure, stage=Stage.CONFIRMED)
    return replace(dossier, form={**dossier.form, RULES[key].since: day}, facts={"submitted_on": on, **facts})


@pytest.mark.parametrize(
    ("key", "day", "in_time", "late"),
    [
        ("pm.suspend", "2026-11-30", "2026-12-30", "2026-12-31"),
        ("pm.suspend", "2027-01-31", "2027-02-28", "2027-03-01"),
        ("fin.filing", "2026-11-10", "2026-11-25", "2026-11-26"),
        ("fs.record", "2026-11-26", "2026-12-03", "2026-12-04"),
    ],
)
def test_the_last_day_is_in_time_and_the_next_is_late(key: str, day: str, in_time: str, late: str) -> None:
    assert lateness_of(sent(key, day, in_time)) is None
    assert lateness_of(sent(key, day, late)) is not None


def test_the_rule_its_last_day_and_the_day_of_the_report_are_named() -> None:
    late = lateness_of(sent("pm.suspend", "2026-11-01", "2026-12-15"))
    assert late is not None
    assert late.word == ("逾期报告", "Reported late")
    assert "最迟为2026年12月1日，实际于2026年12月15日提交（《建筑法》第十条）" in late.sentence[0]
    assert "by 1 December 2026. It came in on 15 December 2026 (Construction Law, article 10)" in late.sentence[1]


def test_what_was_returned_for_correction_was_in_time_when_it_first_came_in() -> None:
    procedure = next(one for one in CATALOGUE if one.key == "pm.suspend")
    first = sent("pm.suspend", "2026-11-01", "2026-11-20")
    event = Event("return", actor(SignatoryRole.AUTHORITY), "请补充边坡监测记录。")
    returned = take_step(procedure, first, event, situation_of(procedure)).dossier
    again = replace(returned, facts={**returned.facts, "submitted_on": "2026-12-20"})
    assert came_in_on(again) == date(2026, 11, 20)
    assert lateness_of(again) is None


def test_a_draft_and_what_has_no_such_rule_is_never_late() -> None:
    draft = replace(sent("pm.suspend", "2026-01-01", "2026-12-20"), facts={})
    assert lateness_of(draft) is None
    assert lateness_of(dossier_of(next(one for one in CATALOGUE if one.key == "pm.start"))) is None
