"""消防验收: nothing without a design that passed, assessed on site, decided as the record says (domain text, §14)."""

from __future__ import annotations

import pytest

from signing_service.domain.dossier import Stage
from signing_service.domain.fire import FireMatter, is_settled
from tests.journeys.fire.world import CLINIC, OFFICE, Fire, officers


@pytest.fixture(scope="module")
def reviewed(fire: Fire) -> str:
    """A project whose design has passed."""
    project = fire.project()
    fire.design_passed(project)
    return project


def taken_in(fire: Fire, project: str) -> str:
    number = fire.handed_in("fs.accept", fire.acceptance(project), *fire.units)
    fire.journey.take(number, "accept", fire.journey.officer("tang"))
    return number


def test_assessed_on_site_by_two_it_passes_and_completion_may_be_filed(fire: Fire) -> None:
    journey, project = fire.journey, fire.project()
    design = fire.design_passed(project)
    assert not is_settled(fire.results(project)), "a design that passed does not make the works fit for use"
    number = taken_in(fire, project)
    form = journey.papers(number)["fs_accept_form"]
    assert journey.papers(design)["fs_design_op"].number in journey.text_of(form)
    assert journey.signed_by(form)[-1] == "developer"
    assert set(journey.signed_by(form)) == {"designer", "builder", "supervisor", "legal_representative", "developer"}

    journey.take(number, "inspect", journey.officer("lu"), **fire.visit())
    journey.settle(number)
    record = journey.papers(number)["fs_site_record"]
    journey.assert_genuine(record)
    text = journey.text_of(record)
    assert record.number in text
    assert "方宁" in text
    assert journey.refused(number, "review", journey.officer("lu")).code == "FOUR_EYES"
    journey.take(number, "review", journey.officer("song"))
    assert journey.refused(number, "grant", journey.officer("song")).code == "FOUR_EYES"
    journey.take(number, "grant", journey.officer("zheng"))
    journey.settle(number)
    assert journey.stage(number) is Stage.CLOSED
    opinion = journey.papers(number)["fs_accept_op"]
    journey.assert_genuine(opinion)
    assert record.number in journey.text_of(opinion)
    journey.assert_genuine(journey.papers(number)["fs_accept_form"])
    result = fire.results(project)[-1]
    assert (result.matter, result.passed, result.number) == (FireMatter.ACCEPTANCE, True, opinion.number)
    assert is_settled(fire.results(project))


def test_without_a_design_that_passed_there_is_no_acceptance(fire: Fire) -> None:
    journey, project = fire.journey, fire.project()
    number = journey.begin("fs.accept", fire.developer, fire.acceptance(project))
    assert journey.refused(number, "prepare", fire.developer).code == "FIRE_DESIGN_MISSING"
    failed = fire.handed_in("fs.design", fire.design(project), fire.designer)
    fire.reviewed(failed)
    journey.take(failed, "refuse", journey.officer("zheng"), "疏散宽度不足，应当修改")
    journey.settle(failed)
    assert journey.refused(number, "prepare", fire.developer).code == "FIRE_DESIGN_MISSING"


def test_a_design_changed_after_it_passed_is_reviewed_anew(fire: Fire) -> None:
    journey, project = fire.journey, fire.project()
    fire.design_passed(project)
    taller = [{**CLINIC, "height": "51.60", "floors_above": "13"}]
    number = journey.begin("fs.accept", fire.developer, fire.acceptance(project, buildings=taller))
    refusal = journey.refused(number, "prepare", fire.developer)
    assert refusal.code == "FIRE_DESIGN_CHANGED"
    assert "重新申请" in refusal.zh
    again = fire.handed_in("fs.design", fire.design(project, buildings=taller), fire.designer)
    fire.reviewed(again)
    journey.take(again, "grant", journey.officer("zheng"))
    journey.settle(again)
    fire.signed(number, *fire.units)
    assert journey.stage(number) is Stage.CONFIRMED


def test_what_is_not_special_or_failed_its_own_inspection_is_not_accepted(fire: Fire, reviewed: str) -> None:
    journey = fire.journey
    ordinary = journey.begin("fs.accept", fire.developer, fire.acceptance(reviewed, buildings=[OFFICE]))
    assert journey.refused(ordinary, "prepare", fire.developer).code == "NOT_SPECIAL"
    bad = journey.begin("fs.accept", fire.developer, fire.acceptance(reviewed, inspection_result="failed"))
    assert journey.refused(bad, "prepare", fire.developer).code == "INSPECTION_FAILED"


def test_a_record_of_one_officer_or_without_photos_is_refused(fire: Fire, reviewed: str) -> None:
    journey = fire.journey
    number = taken_in(fire, reviewed)
    alone = fire.visit(officers=officers()[:1], photos=[])
    refusal = journey.refused(number, "inspect", journey.officer("lu"), **alone)
    assert {error.field for error in refusal.errors} == {"officers", "photos"}
    same = [officers()[0], {**officers()[1], "card_no": officers()[0]["card_no"]}]
    refusal = journey.refused(number, "inspect", journey.officer("lu"), **fire.visit(officers=same))
    assert refusal.code == "OFFICERS_MISSING"


def test_the_decision_says_what_the_record_says_and_a_failed_one_is_told_why(fire: Fire) -> None:
    journey, project = fire.journey, fire.project()
    fire.design_passed(project)
    number = taken_in(fire, project)
    journey.take(number, "inspect", journey.officer("lu"), **fire.visit())
    journey.take(number, "repeat", journey.officer("song"), "五层东侧没有拍照")
    journey.take(number, "inspect", journey.officer("lu"), **fire.visit("failed"))
    journey.take(number, "review", journey.officer("song"))
    assert journey.refused(number, "grant", journey.officer("zheng")).code == "SITE_CONCLUSION"
    journey.take(number, "send_back", journey.officer("zheng"), "请补充初审意见")
    journey.take(number, "review", journey.officer("song"))
    journey.take(number, "refuse", journey.officer("zheng"), "地下一层防火卷帘联动不动作")
    journey.settle(number)
    assert journey.stage(number) is Stage.REFUSED
    opinion = journey.papers(number)["fs_accept_op"]
    journey.assert_genuine(opinion)
    assert "防火卷帘联动不动作" in journey.text_of(opinion)
    assert not is_settled(fire.results(project))


def test_the_fifteen_working_days_run_through_the_visit(fire: Fire, reviewed: str) -> None:
    journey = fire.journey
    number = taken_in(fire, reviewed)
    before = journey.dossier(number).facts["clocks"]["decide"]["due"]
    journey.take(number, "inspect", journey.officer("lu"), **fire.visit())
    assert journey.dossier(number).facts["clocks"]["decide"]["due"] == before
