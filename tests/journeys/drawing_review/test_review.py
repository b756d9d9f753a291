"""施工图审查: from the first upload to the 合格书, through rounds, and every way in which it does not come to one (§10.5)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

import pytest

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.projects import Project
from signing_service.domain.reviews import Conclusion, Opinion, ReviewState
from signing_service.domain.sheets import SheetState, list_digest
from signing_service.domain.verdicts import Verdict
from signing_service.domain.working_days import CALENDAR
from signing_service.pipeline.lay_out import as_it_stands
from signing_service.pipeline.validate import validate
from signing_service.storage import dossiers
from signing_service.workflows.review_experts import EXPERTS
from signing_service.workflows.shelf import Shelf
from tests.journeys.drawing_review.studio import AGENCY, DESIGN, SURVEY, Studio, expert_rows
from tests.journeys.project.site import DEVELOPER, LEADERS
from tests.sheets import drawing

REGISTERED_PERSON = SignatoryRole.REGISTERED_PERSON


@pytest.fixture(scope="module")
def surveyed(studio: Studio) -> Project:
    """A project whose survey has passed."""
    project = studio.a_drawn_project()
    studio.a_passed_survey(project)
    return project


def refused(code: str, of: object, *arguments: object, **named: object) -> Problem:
    with pytest.raises(Problem) as refusal:
        of(*arguments, **named)  # type: ignore[operator]
    assert refusal.value.code == code
    return refusal.value


@dataclass
class Run:
    """A review of the drawings, with its experts."""

    studio: Studio
    number: str
    experts: dict[str, str]

    def concluded(self, architecture: Conclusion) -> None:
        room = self.studio.review_room
        room.conclude(self.experts["architecture"], self.number, "architecture", architecture)
        for discipline in ("structure", "water", "electric"):
            room.conclude(self.experts[discipline], self.number, discipline, Conclusion.PASS)
        self.studio.experts_sign(self.number)

    def asked(self, round_: int) -> str:
        """The opinions are sent; what the letter says."""
        self.studio.take(self.number, "ask_changes", self.studio.agency())
        self.studio.settle(self.number)
        letter = self.studio.papers(self.number)["rv_opinion"]
        assert letter.number == f"{self.number}-YJ{round_:02d}"
        assert self.studio.signed_by(letter) == [*EXPERTS[:4], "review_agency"]
        assert letter.title == f"审查意见书（第 {round_} 次审查）", "of several none is called as another"
        self.studio.assert_genuine(letter)
        return self.studio.text_of(letter)

    def unanswered(self) -> int:
        refusal = self.studio.refused(self.number, "reply", self.studio.contractor(DESIGN))
        assert refusal.code == "OPINIONS_UNANSWERED"
        return int(refusal.facts["unanswered"])


def test_drawings_pass_after_rounds_of_opinions(studio: Studio, surveyed: Project) -> None:
    studio.upload_set(surveyed, DESIGN)
    studio.hand_over(surveyed, DESIGN)
    number = studio.apply(surveyed, DESIGN)
    assert studio.waiting(number) == {"review_agency"}
    run = Run(studio, number, studio.experts(DESIGN))
    studio.accept(number, run.experts)
    form = studio.papers(number)["rv_form"]
    assert studio.signed_by(form) == ["developer", "review_agency"]
    studio.assert_genuine(form)
    text = studio.text_of(form).replace(" ", "")
    assert list_digest(studio.latest(surveyed, DESIGN))[:16] in text
    assert f"{surveyed.number}-TX-001" in text, "the survey's 合格书"

    grave, slight = first_round(run)
    changes_are_made(run, surveyed, grave, slight)
    one_is_held_to(run, grave, slight)
    studio.clock.pass_days(30)
    studio.all_pass(number, run.experts)
    studio.take(number, "conclude", studio.agency())
    studio.settle(number)
    due = date.fromisoformat(studio.dossier(number).facts["clocks"]["review_15"]["due"])
    assert due == CALENDAR.after(studio.today, 15)
    studio.take(number, "grant", studio.head())
    studio.settle(number)
    studio.take(number, "file", studio.agency())
    assert studio.stage(number) is Stage.CLOSED
    the_pass_says_so(run, surveyed)
    every_sheet_carries_three_seals(run, surveyed)


def first_round(run: Run) -> tuple[Opinion, Opinion]:
    """One discipline has two opinions, and nothing passes over them."""
    studio, author = run.studio, run.experts["architecture"]
    grave = studio.opine(run.number, author, "architecture")
    slight = studio.opine(
        run.number, author, "architecture", nature="general", severity="slight", text="电梯厅深度未标注。"
    )
    refused("OPINIONS_OPEN", studio.review_room.conclude, author, run.number, "architecture", Conclusion.PASS)
    assert studio.refused(run.number, "conclude", studio.agency()).code == "STATE_CONFLICT", "nobody has concluded"
    run.concluded(Conclusion.REVISE)
    assert studio.refused(run.number, "conclude", studio.agency()).code == "OPINIONS_OPEN"
    assert "电梯厅深度未标注" in run.asked(1)
    assert studio.waiting(run.number) == {"designer"}
    return grave, slight


def changes_are_made(run: Run, project: Project, grave: Opinion, slight: Opinion) -> None:
    """Every opinion is answered, the new version is sealed before it comes back, and meanwhile the clock stands still."""
    studio, room, designer = run.studio, run.studio.review_room, run.studio.contractor(DESIGN)
    assert studio.dossier(run.number).facts["clocks"]["review_15"]["left"] == 15
    studio.clock.pass_days(30)
    assert run.unanswered() == 2
    room.answer(designer.party, run.number, grave.opinion_id, "已在首层增设防火隔墙，见 AR-01 第 2 版。")
    assert run.unanswered() == 1
    room.answer(designer.party, run.number, slight.opinion_id, "已补充标注。")
    assert studio.upload(project, DESIGN, "architecture", "AR-01", drawing("AR-01 changed")).version == 2
    assert studio.refused(run.number, "reply", designer).code == "SHEETS_NOT_READY"
    studio.hand_over(project, DESIGN)
    studio.take(run.number, "reply", designer)
    assert studio.review(run.number).round == 2
    assert studio.dossier(run.number).facts["clocks"]["review_15"]["left"] == 15, "nor does reviewing it anew count"


def one_is_held_to(run: Run, grave: Opinion, slight: Opinion) -> None:
    """Round 2: what its expert is not content with is answered again, and closed in the third."""
    studio, room, author = run.studio, run.studio.review_room, run.experts["architecture"]
    room.close(author, run.number, grave.opinion_id)
    room.insist(author, run.number, slight.opinion_id)
    run.concluded(Conclusion.REVISE)
    run.asked(2)
    assert run.unanswered() == 1
    designer = studio.contractor(DESIGN)
    room.answer(designer.party, run.number, slight.opinion_id, "标注字高已改为 3.5 毫米。")
    studio.take(run.number, "reply", designer)
    room.close(author, run.number, slight.opinion_id)


def the_pass_says_so(run: Run, project: Project) -> None:
    studio = run.studio
    licence = studio.licence_of(run.number)
    assert licence.status is LicenceStatus.IN_FORCE
    assert licence.number == f"{project.number}-TX-002"
    assert (licence.authority, licence.holder) == (AGENCY, DEVELOPER)
    paper = studio.papers(run.number)["review_pass"]
    assert studio.signed_by(paper) == ["review_agency_head", "review_agency", "platform"]
    studio.assert_genuine(paper)
    face = studio.text_of(paper).replace(" ", "")
    assert "未一次通过；违反工程建设强制性条文1条" in face
    assert "建筑审查甲员" in face


def every_sheet_carries_three_seals(run: Run, project: Project) -> None:
    studio, found = run.studio, run.studio.latest(project, DESIGN)
    assert {one.state for one in found} == {SheetState.APPROVED}
    assert {one.version for one in found if one.sheet_no == "AR-01"} == {2}
    anchors = studio.service.anchors
    for sheet in found:
        sealed = studio.sealed_file(sheet)
        assert as_it_stands(sealed).fields == (REGISTERED_PERSON, DESIGN.contractor, SignatoryRole.REVIEW_AGENCY)
        report = validate(sealed, anchors.roots, intermediates=anchors.intermediates, now=studio.clock())
        assert report.verdict is Verdict.TOTAL_PASSED, report.reason
        assert len(report.signatures) == 3
    progress = studio.sheet_room.progress(AGENCY, run.number)["review_agency"]
    assert (progress.done, progress.total, progress.finished) == (4, 4, True)


@pytest.fixture(scope="module")
def passed(studio: Studio) -> tuple[Project, str]:
    """A project whose drawings have passed at once, and the number of the 合格书."""
    project = studio.a_drawn_project()
    studio.a_passed_survey(project)
    studio.upload_set(project, DESIGN)
    studio.hand_over(project, DESIGN)
    number, experts = studio.in_review(project, DESIGN)
    studio.pass_all(number, experts)
    return project, studio.licence_of(number).number


def test_an_approved_drawing_is_changed_only_by_the_agency_that_passed_it(
    studio: Studio, passed: tuple[Project, str]
) -> None:
    project, former = passed
    studio.upload(project, DESIGN, "structure", "ST-01", drawing("ST-01 other beams"))
    studio.hand_over(project, DESIGN)
    first = studio.begin("rv.design", studio.developer(), studio.application(project, DESIGN))
    assert studio.refused(first, "prepare", studio.developer()).code == "ALREADY_PASSED"
    change = {"review_nature": "change", "former_pass_no": f"{project.number}-TX-009"}
    unknown = studio.begin("rv.design", studio.developer(), studio.application(project, DESIGN, **change))
    assert studio.refused(unknown, "prepare", studio.developer()).code == "FORMER_PASS_UNKNOWN"
    other = studio.another_agency()
    change["former_pass_no"] = former
    elsewhere = {**studio.application(project, DESIGN, **change), "review_agency_uscc": other}
    number = studio.begin("rv.design", studio.developer(), elsewhere)
    assert studio.refused(number, "prepare", studio.developer()).code == "NOT_ORIGINAL_AGENCY"

    number, experts = studio.in_review(project, DESIGN, **change)
    studio.pass_all(number, experts)
    changed = studio.licence_of(number)
    assert changed.number == f"{project.number}-TX-003"
    assert [one.status for one in studio.versions(former)] == [LicenceStatus.SUPERSEDED]
    states = {one.licence_no: one.state for one in studio.reviews_of(project)}
    assert states[former] is ReviewState.CHANGED
    assert states[changed.number] is ReviewState.PASSED


def test_drawings_are_not_reviewed_before_the_survey_has_passed(studio: Studio) -> None:
    project = studio.a_drawn_project()
    number = studio.begin("rv.design", studio.developer(), studio.application(project, DESIGN))
    assert studio.refused(number, "prepare", studio.developer()).code == "SURVEY_NOT_PASSED"


def test_a_set_without_a_discipline_is_neither_handed_over_nor_reviewed(studio: Studio) -> None:
    project = studio.a_drawn_project()
    for discipline in ("architecture", "structure", "water"):
        studio.upload(project, DESIGN, discipline, f"{discipline[:2].upper()}-01")
    persons = [
        {"discipline": one, "id_no": LEADERS["design"][0], "registration_no": "AY1"}
        for one in ("architecture", "structure", "water")
    ]
    form = {"project_no": project.number, "persons": persons}
    number = studio.begin("rv.design_sheets", studio.contractor(DESIGN), form)
    refusal = studio.refused(number, "submit", studio.contractor(DESIGN))
    assert refusal.code == "DISCIPLINE_MISSING"
    assert "电气" in refusal.zh


def under_survey_review(studio: Studio) -> tuple[Project, str, dict[str, str]]:
    project = studio.a_drawn_project()
    studio.upload_set(project, SURVEY)
    studio.hand_over(project, SURVEY)
    return project, *studio.in_review(project, SURVEY)


def test_an_expert_speaks_for_the_own_discipline_and_a_stranger_sees_no_review(studio: Studio) -> None:
    _, number, experts = under_survey_review(studio)
    (expert,) = experts.values()
    room = studio.review_room
    typed = {
        "sheet_no": "GE-01",
        "clause": "GB 50021",
        "nature": "general",
        "severity": "slight",
        "text": "钻孔深度不足。",
    }
    wrong = refused("NOT_YOUR_DISCIPLINE", room.give, expert, number, "measurement", typed)
    assert wrong.status == 403
    refused("NOT_YOUR_DISCIPLINE", room.conclude, expert, number, "measurement", Conclusion.PASS)
    refused("NOT_FOUND", room.give, studio.somebody("路人甲"), number, "geotechnical", typed)
    refused("NOT_FOUND", room.review, studio.somebody("路人乙"), number)
    errors = refused(
        "FIELDS_INVALID", room.give, expert, number, "geotechnical", {**typed, "sheet_no": "XX", "text": "短"}
    )
    assert {error.field for error in errors.errors} == {"sheet_no", "text"}
    refused("OPINION_MISSING", room.conclude, expert, number, "geotechnical", Conclusion.REVISE)


def test_what_does_not_pass_goes_back_with_reasons_and_may_be_handed_in_again(studio: Studio) -> None:
    project, number, experts = under_survey_review(studio)
    (expert,) = experts.values()
    studio.opine(number, expert, "geotechnical", sheet_no="GE-01", text="勘探点间距大于规范要求。")
    slight = {"nature": "general", "severity": "slight", "text": "图例不统一。"}
    studio.opine(number, expert, "geotechnical", sheet_no="GE-01", **slight)
    studio.review_room.conclude(expert, number, "geotechnical", Conclusion.REVISE)
    studio.experts_sign(number)
    studio.take(number, "fail", studio.agency(), "勘探工作量严重不足")
    studio.settle(number)
    assert studio.stage(number) is Stage.REFUSED
    notice = studio.papers(number)["rv_notice"]
    assert studio.signed_by(notice) == ["review_agency"]
    studio.assert_genuine(notice)
    assert "勘探点间距大于规范要求" in studio.text_of(notice)
    the_authority_learns_which_clauses_are_violated(studio, number)
    assert "review_pass" not in studio.papers(number)
    studio.upload(project, SURVEY, "geotechnical", "GE-01", drawing("GE-01 more holes"))
    studio.hand_over(project, SURVEY)
    again = studio.apply(project, SURVEY)
    assert studio.stage(again) is Stage.CONFIRMED


def the_authority_learns_which_clauses_are_violated(studio: Studio, failed: str) -> None:
    """Its officers have it among their todos; the general opinion beside it is none of theirs."""
    with studio.service.desk.database.reading() as connection:
        report = dossiers.by_request_key(connection, f"violations/{failed}")
    assert report is not None
    officer = studio.watching(report, report.region)
    (todo,) = [one for one in Shelf(studio.service.desk).todos(officer) if one.row.dossier == report.number]
    assert todo.row.steps == ("settle",)
    assert [(one["sheet_no"], one["text"]) for one in report.form["violations"]] == [
        ("GE-01", "勘探点间距大于规范要求。")
    ]
    elsewhere = studio.watching(report, "360103")
    assert report.number not in [one.row.dossier for one in Shelf(studio.service.desk).todos(elsewhere)]
    acts = officer.acts_as(SignatoryRole.AUTHORITY)
    studio.take(report.number, "settle", acts, handling="已约谈勘察单位，责令限期整改。")
    assert studio.stage(report.number) is Stage.CLOSED


def test_an_expert_of_the_unit_or_of_the_developer_is_a_conflict_of_interest(studio: Studio) -> None:
    project = studio.a_drawn_project()
    studio.upload_set(project, SURVEY)
    studio.hand_over(project, SURVEY)
    number = studio.apply(project, SURVEY)
    agency = studio.agency()
    partial = studio.refused(
        number, "accept", agency, experts=expert_rows({"measurement": studio.somebody("审查甲员")})
    )
    assert partial.code == "EXPERTS_INCOMPLETE"
    own = expert_rows({"geotechnical": LEADERS["survey"][0]})
    assert studio.refused(number, "accept", agency, experts=own).code == "CONFLICT_OF_INTEREST"
    of_developer = studio.somebody("赵建设")
    studio.employ(of_developer, DEVELOPER)
    hired = expert_rows({"geotechnical": of_developer})
    assert studio.refused(number, "accept", agency, experts=hired).code == "CONFLICT_OF_INTEREST"
    studio.accept(number, studio.experts(SURVEY))
    assert studio.stage(number) is Stage.ACCEPTED
    assert studio.dossier(number).facts["clocks"].keys() == {"review_7"}, "of a survey of the first grade"


def test_what_the_agency_returns_is_void_and_is_drawn_again(studio: Studio) -> None:
    project = studio.a_drawn_project()
    studio.upload_set(project, SURVEY)
    studio.hand_over(project, SURVEY)
    number = studio.apply(project, SURVEY, engineering_grade="other")
    studio.take(number, "return", studio.agency(), "批准文件不完整，请补充")
    assert studio.stage(number) is Stage.CORRECTION
    assert studio.reviews_of(project) == []
    studio.submit(number, studio.developer())
    studio.settle(number)
    studio.accept(number, studio.experts(SURVEY))
    assert studio.dossier(number).facts["clocks"].keys() == {"review_5"}
    stranger = Actor(SignatoryRole.REVIEW_AGENCY_HEAD, LEADERS["survey"][0], "somebody")
    assert studio.refused(number, "grant", stranger).code == "NOT_FOUND"


def test_sheets_do_not_change_while_they_are_reviewed(studio: Studio) -> None:
    project, number, _ = under_survey_review(studio)
    before = list_digest(studio.latest(project, SURVEY))
    other = drawing("GE-01 replaced")
    refused("SHEETS_LOCKED", studio.begins, project, SURVEY, other, "geotechnical", "GE-01")
    unit = studio.contractor(SURVEY)
    again = studio.begin("rv.survey_sheets", unit, {"project_no": project.number, "persons": []})
    assert studio.refused(again, "submit", unit).code in ("FIELDS_INVALID", "SHEETS_MISSING")
    assert list_digest(studio.latest(project, SURVEY)) == before
    assert studio.review(number).list_sha256 == before


def test_a_sheet_that_changes_between_the_form_and_its_seal_is_refused(studio: Studio) -> None:
    """What was drawn on the form is what is sealed: the upload itself is refused, and so would be the seal."""
    project = studio.a_drawn_project()
    studio.upload_set(project, SURVEY)
    studio.hand_over(project, SURVEY)
    developer = studio.developer()
    number = studio.begin("rv.survey", developer, studio.application(project, SURVEY))
    studio.take(number, "prepare", developer)
    studio.settle(number)
    studio.slip_in(project, SURVEY, hashlib.sha256(b"other").hexdigest())
    assert studio.refused(number, "submit", developer).code == "SHEETS_CHANGED"
    studio.take(number, "revise", developer)
    assert studio.reviews_of(project) == []


def test_only_a_recognised_agency_reviews(studio: Studio) -> None:
    project = studio.a_drawn_project()
    form = studio.application(project, SURVEY, review_agency_uscc=studio.unit(SURVEY))
    number = studio.begin("rv.survey", studio.developer(), form)
    assert studio.refused(number, "prepare", studio.developer()).code == "NOT_A_REVIEW_AGENCY"
