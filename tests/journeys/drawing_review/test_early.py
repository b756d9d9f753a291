"""早期项目报审: the agency that passed it enters what it passed; and every way in which a review comes to nothing (§10.5, §13.4)."""

from __future__ import annotations

from typing import Any

import pytest

from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.projects import Project, SectionKind
from signing_service.domain.reviews import Conclusion, ReviewState
from tests.journeys.drawing_review.studio import AGENCY, DESIGN, SURVEY, Studio
from tests.journeys.ways_out import every_way_out

FOUND = {"reviewers": "岩土：审查甲员（S2001）", "first_pass": "no", "mandatory_count": "2"}


def application(studio: Studio, project: Project, kind: SectionKind = DESIGN, **changes: Any) -> dict[str, Any]:
    return {
        "project_no": project.number,
        "unit_works": [{"code": "001"}],
        "subject": kind.value,
        "review_agency_uscc": AGENCY,
        "milestone_on": "2019-03-31",
        "former_pass_no": "赣审2018-0451",
        "engineering_grade": "medium",
        "scale": "新建安置房 1 栋。",
        "special": "no",
        "approvals": "示发改投资〔2018〕18号",
        "pass_scan": studio.file("原合格书.pdf"),
        **changes,
    }


def drawn(studio: Studio, key: str, form: dict[str, Any]) -> str:
    number = studio.begin(key, studio.developer(), form)
    studio.take(number, "prepare", studio.developer())
    studio.settle(number)
    return number


def entered(studio: Studio, project: Project, kind: SectionKind = DESIGN) -> str:
    number = studio.begin("rv.early", studio.developer(), application(studio, project, kind))
    studio.submit(number, studio.developer())
    studio.settle(number)
    studio.take(number, "accept", studio.agency(), **FOUND)
    studio.settle(number)
    studio.take(number, "grant", studio.head())
    studio.settle(number)
    assert studio.stage(number) is Stage.CLOSED
    return number


def test_what_passed_before_the_platform_began_is_entered_without_a_sheet(studio: Studio) -> None:
    project = studio.a_project(early=True)
    number = entered(studio, project)
    form = studio.papers(number)["rv_form"]
    assert studio.signed_by(form) == ["developer", "review_agency"]
    assert "赣审2018-0451" in studio.text_of(form)
    licence = studio.licence_of(number)
    assert (licence.status, licence.authority) == (LicenceStatus.IN_FORCE, AGENCY)
    paper = studio.papers(number)["review_pass"]
    studio.assert_genuine(paper)
    assert studio.signed_by(paper) == ["review_agency_head", "review_agency", "platform"]
    face = studio.text_of(paper).replace(" ", "")
    assert "审查甲员" in face
    (review,) = studio.reviews_of(project)
    assert (review.state, review.licence_no, review.facts) == (ReviewState.PASSED, licence.number, {"early": True})
    again = studio.begin("rv.early", studio.developer(), application(studio, project))
    assert studio.refused(again, "prepare", studio.developer()).code == "ALREADY_PASSED"


def test_a_project_that_is_not_early_or_passed_too_late_goes_the_usual_way(studio: Studio) -> None:
    developer = studio.developer()
    usual, early = studio.a_project(), studio.a_project(early=True)
    number = studio.begin("rv.early", developer, application(studio, usual))
    assert studio.refused(number, "prepare", developer).code == "NOT_EARLY"
    for changes, code in (
        ({"milestone_on": "2019-04-01"}, "NOT_EARLY"),
        ({"unit_works": [{"code": "009"}]}, "UNIT_WORK_UNKNOWN"),
        ({"review_agency_uscc": studio.unit(SURVEY)}, "NOT_A_REVIEW_AGENCY"),
    ):
        studio.keep(number, developer, application(studio, early, **changes))
        assert studio.refused(number, "prepare", developer).code == code, changes


def test_of_an_early_review_every_way_out_leaves_everything_as_it_was(studio: Studio) -> None:
    project = studio.a_project(early=True)
    every_way_out(studio, drawn(studio, "rv.early", application(studio, project)))
    assert studio.reviews_of(project) == []


@pytest.mark.parametrize("kind", [SURVEY, DESIGN])
def test_of_a_review_every_way_out_leaves_everything_as_it_was(studio: Studio, kind: SectionKind) -> None:
    project = studio.a_drawn_project(early=True)
    if kind is DESIGN:
        entered(studio, project, SURVEY)
    studio.upload_set(project, kind)
    studio.hand_over(project, kind)
    every_way_out(studio, drawn(studio, f"rv.{kind.value}", studio.application(project, kind)))


def test_a_survey_is_changed_after_an_opinion_and_passes_the_second_round(studio: Studio) -> None:
    project, surveyor = studio.a_drawn_project(), studio.contractor(SURVEY)
    studio.upload_set(project, SURVEY)
    studio.hand_over(project, SURVEY)
    number, experts = studio.in_review(project, SURVEY)
    (expert,) = experts.values()
    opinion = studio.opine(number, expert, "geotechnical", sheet_no="GE-01", text="勘探点间距大于规范要求。")
    studio.review_room.conclude(expert, number, "geotechnical", Conclusion.REVISE)
    studio.take(number, "ask_changes", studio.agency())
    studio.settle(number)
    assert studio.refused(number, "reply", surveyor).code == "OPINIONS_UNANSWERED"
    studio.review_room.answer(surveyor.party, number, opinion.opinion_id, "已补充勘探点。")
    studio.take(number, "reply", surveyor)
    assert studio.review(number).round == 2
    studio.review_room.close(expert, number, opinion.opinion_id)
    studio.pass_all(number, experts)
    assert studio.stage(number) is Stage.CLOSED


def test_a_design_that_does_not_pass_goes_back_with_reasons(studio: Studio) -> None:
    project = studio.a_drawn_project(early=True)
    entered(studio, project, SURVEY)
    studio.upload_set(project, DESIGN)
    studio.hand_over(project, DESIGN)
    number, experts = studio.in_review(project, DESIGN)
    studio.opine(number, experts["architecture"], "architecture")
    for discipline, expert in experts.items():
        revise = discipline == "architecture"
        studio.review_room.conclude(expert, number, discipline, Conclusion.REVISE if revise else Conclusion.PASS)
    studio.take(number, "fail", studio.agency(), "违反强制性条文，须重新设计。")
    studio.settle(number)
    assert studio.stage(number) is Stage.REFUSED
    assert "未与地下部分分隔" in studio.text_of(studio.papers(number)["rv_notice"])
    assert studio.review(number).state is ReviewState.FAILED


@pytest.mark.parametrize("kind", [SURVEY, DESIGN])
def test_sheets_that_are_not_handed_over_may_still_be_changed(studio: Studio, kind: SectionKind) -> None:
    project, unit = studio.a_drawn_project(), studio.contractor(kind)
    number = studio.begin(f"rv.{kind.value}_sheets", unit, {"project_no": project.number, "persons": []})
    studio.take(number, "withdraw", unit)
    assert studio.stage(number) is Stage.WITHDRAWN
