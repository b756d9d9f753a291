"""消防设计审查: from the form to the opinion, and every way in which it does not come to one (domain text, §14)."""

from __future__ import annotations

import pytest

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.fire import FireMatter
from signing_service.domain.projects import SectionKind
from tests.journeys.fire.world import CLINIC, OFFICE, Fire


def test_sealed_by_designer_signed_and_sealed_by_developer_it_passes_three_officers(fire: Fire) -> None:
    journey, project = fire.journey, fire.project()
    number = journey.begin("fs.design", fire.developer, fire.design(project))
    journey.take(number, "prepare", fire.developer)
    journey.settle(number)
    assert journey.waiting(number) == {"legal_representative", "designer"}
    assert journey.refused(number, "confirm", fire.representative).code == "SLOT_NOT_OPEN", "the designer first"
    journey.take(number, "confirm", fire.designer)
    assert journey.refused(number, "submit", fire.developer).code == "STATE_CONFLICT", "the developer seals last"
    journey.take(number, "confirm", fire.representative)
    assert journey.waiting(number) == {"developer"}
    journey.take(number, "submit", fire.developer)
    journey.settle(number)
    form = journey.papers(number)["fs_design_form"]
    assert journey.signed_by(form) == ["designer", "legal_representative", "developer"]
    text = journey.text_of(form)
    assert "信江示例建筑设计院有限公司" in text
    assert "17 980.30" not in text, "areas above and below ground are told apart"
    assert "医院、疗养院的病房楼" in text.replace("\n", "")

    fire.reviewed(number)
    journey.take(number, "grant", journey.officer("zheng"))
    journey.settle(number)
    assert journey.stage(number) is Stage.CLOSED
    papers = journey.papers(number)
    for name in ("fs_design_form", "acceptance_notice", "fs_design_op"):
        journey.assert_genuine(papers[name])
    opinion = journey.text_of(papers["fs_design_op"])
    assert papers["acceptance_notice"].number in opinion
    assert papers["fs_design_op"].number.startswith(f"示建消审字〔{journey.today:%Y}〕第")
    assert "17 980.30" in opinion
    assert journey.seal_on(papers["fs_design_op"], SignatoryRole.AUTHORITY).purpose == "消防审批专用章"
    assert journey.seal_on(papers["acceptance_notice"], SignatoryRole.AUTHORITY).purpose == "行政审批专用章"
    (result,) = fire.results(project)
    assert (result.matter, result.passed, result.number) == (FireMatter.DESIGN, True, papers["fs_design_op"].number)


def test_one_officer_on_two_levels_is_refused(fire: Fire) -> None:
    journey = fire.journey
    number = fire.handed_in("fs.design", fire.design(fire.project()), fire.designer)
    journey.take(number, "accept", journey.officer("tang"))
    assert journey.refused(number, "review", journey.officer("tang"), situations=["5"]).code == "FOUR_EYES"
    journey.take(number, "review", journey.officer("song"), situations=["5"])
    assert journey.refused(number, "grant", journey.officer("song")).code == "FOUR_EYES"


def test_what_fails_the_last_review_gets_an_opinion_that_says_why_and_may_apply_again(fire: Fire) -> None:
    journey, project = fire.journey, fire.project()
    number = fire.handed_in("fs.design", fire.design(project), fire.designer)
    fire.reviewed(number)
    journey.take(number, "send_back", journey.officer("zheng"), "请核对防火分区面积")
    journey.take(number, "review", journey.officer("song"), situations=["5", "11"])
    journey.take(number, "refuse", journey.officer("zheng"), "五层病房区疏散宽度不足")
    journey.settle(number)
    assert journey.stage(number) is Stage.REFUSED
    opinion = journey.papers(number)["fs_design_op"]
    journey.assert_genuine(opinion)
    assert "五层病房区疏散宽度不足" in journey.text_of(opinion)
    assert [one.passed for one in fire.results(project)] == [False]
    fire.design_passed(project)
    assert [one.passed for one in fire.results(project)] == [False, True]


def test_what_is_not_special_is_pointed_to_the_filing(fire: Fire) -> None:
    journey = fire.journey
    number = journey.begin("fs.design", fire.developer, fire.design(fire.project(), buildings=[OFFICE]))
    refusal = journey.refused(number, "prepare", fire.developer)
    assert refusal.code == "NOT_SPECIAL"
    assert "备案" in refusal.zh


def test_returned_it_is_corrected_and_everybody_signs_anew_and_not_corrected_it_lapses(fire: Fire) -> None:
    journey = fire.journey
    form = fire.design(fire.project())
    number = fire.handed_in("fs.design", form, fire.designer)
    journey.take(number, "return", journey.officer("tang"), "设计文件缺少总平面图")
    journey.settle(number)
    assert "设计文件缺少总平面图" in journey.text_of(journey.papers(number)["correction_notice"])
    journey.keep(number, fire.developer, {**form, "summary": "已补充总平面图。"})
    fire.signed(number, fire.designer)
    assert journey.papers(number)["fs_design_form"].form_version == 2
    journey.take(number, "return", journey.officer("tang"), "总平面图没有盖章")
    journey.settle(number)
    journey.time_passes(40)
    assert journey.stage(number) is Stage.LAPSED


def test_the_designer_may_decline_and_the_developer_withdraw_until_it_is_accepted(fire: Fire) -> None:
    journey = fire.journey
    number = journey.begin("fs.design", fire.developer, fire.design(fire.project()))
    journey.take(number, "prepare", fire.developer)
    journey.take(number, "decline", fire.designer, "图纸版本不是最新")
    assert journey.stage(number) is Stage.DRAFT
    fire.signed(number, fire.designer)
    journey.take(number, "withdraw", fire.developer)
    assert journey.stage(number) is Stage.WITHDRAWN


def test_what_is_not_accepted_says_why(fire: Fire) -> None:
    journey = fire.journey
    number = fire.handed_in("fs.design", fire.design(fire.project()), fire.designer)
    journey.take(number, "not_accept", journey.officer("tang"), "不属于本机关职权范围")
    journey.settle(number)
    assert journey.stage(number) is Stage.NOT_ACCEPTED
    journey.assert_genuine(journey.papers(number)["non_acceptance_notice"])


def test_the_experts_time_does_not_count_and_without_them_a_special_design_is_not_reviewed(fire: Fire) -> None:
    journey = fire.journey
    form = fire.design(fire.project(), special_design="yes", special_files=journey.file("技术资料.pdf"))
    number = fire.handed_in("fs.design", form, fire.designer)
    journey.take(number, "accept", journey.officer("tang"))
    assert journey.refused(number, "review", journey.officer("song"), situations=["5"]).code == "EXPERT_REVIEW_MISSING"
    left = journey.dossier(number).facts["clocks"]["decide"]
    journey.take(number, "to_experts", journey.officer("song"))
    clocks = journey.dossier(number).facts["clocks"]
    assert clocks["decide"]["left"] == 15
    assert "due" in clocks["experts"]
    journey.time_passes(20)
    opinion = {"met_on": journey.today.isoformat(), "experts": "孙立", "opinion": "同意设计方案", "agreed": "yes"}
    journey.take(number, "experts", journey.officer("expert-desk"), **opinion)
    after = journey.dossier(number).facts["clocks"]["decide"]
    assert after["due"] > left["due"], "it goes on from where it stood still"
    journey.take(number, "review", journey.officer("song"), situations=["5"])
    journey.take(number, "grant", journey.officer("zheng"))
    journey.settle(number)
    assert journey.stage(number) is Stage.CLOSED


def test_experts_are_asked_about_special_designs_alone(fire: Fire) -> None:
    journey = fire.journey
    number = fire.handed_in("fs.design", fire.design(fire.project()), fire.designer)
    journey.take(number, "accept", journey.officer("tang"))
    assert journey.refused(number, "to_experts", journey.officer("song")).code == "NO_SPECIAL_DESIGN"


def test_what_nobody_takes_in_counts_as_accepted_and_is_overdue_after_fifteen_working_days(fire: Fire) -> None:
    journey = fire.journey
    number = fire.handed_in("fs.design", fire.design(fire.project()), fire.designer)
    journey.time_passes(12)
    assert journey.stage(number) is Stage.ACCEPTED
    clock = journey.dossier(number).facts["clocks"]["decide"]
    assert clock["due"] > journey.today.isoformat()
    journey.take(number, "review", journey.officer("song"), situations=["5"])
    journey.take(number, "grant", journey.officer("zheng"))
    journey.settle(number)
    assert "视为受理" in journey.text_of(journey.papers(number)["fs_design_op"])


def test_a_project_whose_designer_is_not_on_the_platform_goes_without_that_seal(fire: Fire) -> None:
    journey = fire.journey
    project = fire.project(SectionKind.CONSTRUCTION)
    number = journey.begin("fs.design", fire.developer, fire.design(project))
    fire.signed(number)
    assert journey.stage(number) is Stage.CONFIRMED
    assert journey.signed_by(journey.papers(number)["fs_design_form"]) == ["legal_representative", "developer"]


@pytest.mark.parametrize("code", ["NOT_LEGAL_REPRESENTATIVE"])
def test_another_than_the_legal_representative_on_record_does_not_sign(fire: Fire, code: str) -> None:
    journey = fire.journey
    form = fire.design(fire.project(), legal_representative_id_no=journey.somebody("赵小军"), buildings=[CLINIC])
    number = journey.begin("fs.design", fire.developer, form)
    assert journey.refused(number, "prepare", fire.developer).code == code
