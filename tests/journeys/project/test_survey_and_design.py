"""勘察、设计发包与承接: put out under a seal, opened with a code, taken on under a seal (domain text, §10.3, §10.4, §12)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.messages import Event
from signing_service.domain.projects import Project, SectionKind, SectionState
from signing_service.storage import section_codes as stored
from signing_service.workflows import section_codes
from signing_service.workflows.section_codes import Opened
from tests.journeys.project.site import BUILDER, DESIGNER, LEADERS, MOBILES, SURVEYOR, Site

SURVEY, DESIGN = SectionKind.SURVEY, SectionKind.DESIGN
MOBILE = MOBILES["survey"]


def put_out(site: Site, project: Project, kind: SectionKind = SURVEY, **changes: object) -> str:
    number = site.begin(f"ct.{kind.value}", site.developer(), site.order(project, kind, **changes))
    site.publish(number)
    return number


def opened(site: Site, code: str, mobile: str = MOBILE) -> Opened:
    return section_codes.open_section(site.service.desk.database, mobile, code, site.clock())


def not_opened(site: Site, code: str, mobile: str = MOBILE) -> str:
    with pytest.raises(Problem) as refusal:
        opened(site, code, mobile)
    return refusal.value.code


def test_a_survey_is_put_out_opened_with_the_code_and_taken_on_by_the_surveyor(site: Site) -> None:
    project, surveyor = site.a_project(), site.contractor(SURVEY)
    number = put_out(site, project)
    section = site.section(number)
    assert (section.number, section.state) == (f"{project.number}-KC-001", SectionState.PUBLISHED)
    assert site.waiting(number) == {"surveyor"}
    order = site.papers(number)["ct_survey_form"]
    assert site.signed_by(order) == ["developer"]
    site.assert_genuine(order)
    assert "1#住宅楼" in site.text_of(order)
    assert section.number in site.text_of(order)

    code = site.texted(MOBILE)[-1]["code"]
    assert opened(site, code.lower()) == Opened(section, number, SURVEYOR, MOBILE)
    site.take(number, "take_on", surveyor, **site.acceptance(SURVEY))
    site.settle(number)
    acceptance = site.papers(number)["ct_accept_survey_form"]
    assert "钻孔 18 个" in site.text_of(acceptance), "the surveyor sees the acceptance before sealing it"
    site.take(number, "confirm", surveyor)
    site.settle(number)

    taken = site.section(number)
    assert (taken.state, taken.contractor, taken.leader) == (SectionState.ACCEPTED, SURVEYOR, LEADERS["survey"][0])
    assert site.stage(number) is Stage.CLOSED
    site.assert_genuine(site.papers(number)["ct_accept_survey_form"])
    assert site.signed_by(site.papers(number)["ct_accept_survey_form"]) == ["surveyor"]
    after = site.project(project.number)
    assert after is not None
    assert after.parties[SignatoryRole.SURVEYOR] == SURVEYOR
    assert not_opened(site, code) == "SECTION_CODE_REFUSED", "the work is taken on"


def test_a_design_is_put_out_and_taken_on_alike(site: Site) -> None:
    number = put_out(site, site.a_project(), DESIGN)
    code = site.texted(MOBILES["design"])[-1]["code"]
    assert opened(site, code, MOBILES["design"]).dossier == number
    site.take_on(number, DESIGN)
    taken = site.section(number)
    assert (taken.state, taken.contractor, taken.leader) == (SectionState.ACCEPTED, DESIGNER, LEADERS["design"][0])


def test_an_acceptance_may_be_written_again_before_it_is_sealed_and_the_order_stays_as_it_is(site: Site) -> None:
    number, surveyor = put_out(site, site.a_project()), site.contractor(SURVEY)
    site.take(number, "take_on", surveyor, **site.acceptance(SURVEY))
    site.settle(number)
    site.take(number, "rewrite", surveyor)
    site.take(number, "take_on", surveyor, **site.acceptance(SURVEY, contract_no="JXJY-2026-KC-02"))
    site.settle(number)
    papers = site.papers(number)
    assert "JXJY-2026-KC-02" in site.text_of(papers["ct_accept_survey_form"])
    assert papers["ct_survey_form"].state == "archived"
    site.take(number, "confirm", surveyor)
    site.settle(number)
    assert site.stage(number) is Stage.CLOSED


def test_an_order_returned_with_a_reason_is_void_and_its_code_opens_nothing_until_it_is_put_out_anew(
    site: Site,
) -> None:
    project, surveyor = site.a_project(), site.contractor(SURVEY)
    number = put_out(site, project)
    code = site.texted(MOBILE)[-1]["code"]
    assert site.refused(number, "decline", surveyor, "不").code == "REASON_REQUIRED"
    site.take(number, "decline", surveyor, "工期过短，请调整后再发包。")
    assert site.stage(number) is Stage.DRAFT
    assert site.section(number).state is SectionState.RETURNED
    assert site.papers(number)["ct_survey_form"].state == "void"
    assert not_opened(site, code) == "SECTION_CODE_REFUSED"

    site.keep(number, site.developer(), site.order(project, SURVEY, term="60 日历天"))
    site.publish(number)
    assert site.section(number).number == f"{project.number}-KC-001", "it is the same section"
    new = site.texted(MOBILE)[-1]["code"]
    assert not_opened(site, code) == "SECTION_CODE_REFUSED", "the contract has changed"
    assert opened(site, new).dossier == number


def test_the_developer_calls_off_what_nobody_has_taken_on_and_nothing_after_that(site: Site) -> None:
    project, developer = site.a_project(), site.developer()
    number = put_out(site, project)
    code = site.texted(MOBILE)[-1]["code"]
    site.take(number, "withdraw", developer)
    assert (site.stage(number), site.section(number).state) == (Stage.WITHDRAWN, SectionState.WITHDRAWN)
    assert not_opened(site, code) == "SECTION_CODE_REFUSED"

    again = put_out(site, project)
    assert site.section(again).number == f"{project.number}-KC-002"
    site.take_on(again, SURVEY)
    assert site.refused(again, "withdraw", developer).code == "STATE_CONFLICT"


def test_a_unit_work_has_one_surveyor_at_a_time(site: Site) -> None:
    project, developer = site.a_project(), site.developer()
    put_out(site, project)
    other = site.begin("ct.survey", developer, site.order(project, SURVEY))
    refusal = site.refused(other, "prepare", developer)
    assert (refusal.code, refusal.facts["section"]) == ("UNIT_WORK_TAKEN", f"{project.number}-KC-001")
    site.keep(other, developer, site.order(project, SURVEY, unit_works=[{"code": "002"}]))
    site.take(other, "prepare", developer)
    site.settle(other)
    site.take(other, "withdraw", developer)


def test_only_enterprises_that_are_taken_in_and_only_own_projects_and_their_unit_works_are_chosen(site: Site) -> None:
    project, developer = site.a_project(), site.developer()
    number = site.begin("ct.survey", developer, site.order(project, SURVEY, unit_works=[{"code": "009"}]))
    assert site.refused(number, "prepare", developer).code == "UNIT_WORK_UNKNOWN"
    site.keep(number, developer, site.order(project, SURVEY, surveyor_uscc="91360103MA3590063E"))
    assert site.refused(number, "prepare", developer).code in ("FIELDS_INVALID", "PERSON_NOT_FOUND")
    stranger = Actor(SignatoryRole.DEVELOPER, BUILDER, "stranger")
    theirs = site.begin("ct.survey", stranger, site.order(project, SURVEY))
    assert site.refused(theirs, "prepare", stranger).code == "NOT_FOUND"


def test_dates_outside_the_projects_plan_are_a_warning_that_has_to_be_acknowledged(site: Site) -> None:
    project, developer = site.a_project(), site.developer()
    early = site.order(project, SURVEY, starts_on="2026-12-01")
    number = site.begin("ct.survey", developer, early)
    assert site.refused(number, "prepare", developer).code == "OUTSIDE_PLAN"
    site.keep(number, developer, {**early, "outside_plan": True})
    site.take(number, "prepare", developer)
    site.settle(number)


def test_a_survey_above_the_threshold_that_is_not_tendered_is_a_warning_too(site: Site) -> None:
    project, developer = site.a_project(), site.developer()
    dear = site.order(project, SURVEY, price="100")
    number = site.begin("ct.survey", developer, dear)
    assert site.refused(number, "prepare", developer).code == "TENDER_REQUIRED"
    site.keep(number, developer, {**dear, "price": "99.99"})
    site.take(number, "prepare", developer)
    site.settle(number)
    site.take(number, "revise", developer)
    site.keep(number, developer, {**dear, "not_tendered": True})
    site.take(number, "prepare", developer)
    site.settle(number)


def test_who_takes_it_on_is_employed_known_named_once_and_answers_for_each_unit_work(site: Site) -> None:
    number, surveyor = put_out(site, site.a_project()), site.contractor(SURVEY)
    id_no, name, _ = LEADERS["design"]
    elsewhere = site.acceptance(SURVEY, leader_id_no=id_no, leader_name=name)
    assert site.refused(number, "take_on", surveyor, **elsewhere).code == "NO_EMPLOYMENT"
    assert (
        site.refused(number, "take_on", surveyor, **{**elsewhere, "leader_name": "无此人"}).code == "PERSON_NOT_FOUND"
    )
    twice = {"post": "技术负责人", "name": "王建国", "id_no": LEADERS["survey"][0], "qualification": "工程师"}
    assert (
        site.refused(number, "take_on", surveyor, **site.acceptance(SURVEY, team=[twice])).code == "PERSON_DOUBLE_USED"
    )
    none = site.acceptance(SURVEY, indicators=[{"code": "002", "indicators": "无"}])
    assert site.refused(number, "take_on", surveyor, **none).code == "UNIT_WORK_UNKNOWN"
    incomplete = site.acceptance(SURVEY)
    del incomplete["contract"]
    assert site.refused(number, "take_on", surveyor, **incomplete).errors[0].field == "contract"
    stranger = Actor(SignatoryRole.SURVEYOR, DESIGNER, "stranger")
    assert site.refused(number, "take_on", stranger, **site.acceptance(SURVEY)).code == "NOT_FOUND"


def test_five_wrong_codes_lock_the_mobile_for_half_an_hour_and_the_right_one_waits_with_them(site: Site) -> None:
    number = put_out(site, site.a_project(), DESIGN)
    mobile = MOBILES["design"]
    code = site.texted(mobile)[-1]["code"]
    wrong = code[:-2] + code[-1] + code[-2]
    assert not_opened(site, code, MOBILES["developer"]) == "SECTION_CODE_REFUSED", "another mobile's code"
    assert opened(site, code, mobile).dossier == number, "what was tried with this mobile before counts no more"
    told = [not_opened(site, wrong, mobile) for _ in range(5)]
    assert told == ["SECTION_CODE_REFUSED"] * 5
    assert not_opened(site, code, mobile) == "ACCOUNT_LOCKED"
    site.clock.ahead += timedelta(minutes=29)
    assert not_opened(site, code, mobile) == "ACCOUNT_LOCKED"
    site.clock.ahead += timedelta(minutes=2)
    assert opened(site, code, mobile).dossier == number


def test_a_code_sent_again_replaces_the_former_five_times_a_day_and_for_the_own_section_alone(site: Site) -> None:
    number = put_out(site, site.a_project(), DESIGN)
    mobile, section = MOBILES["design"], site.section(number).number
    database, developer = site.service.desk.database, site.developer().party
    first = site.texted(mobile)[-1]["code"]
    with pytest.raises(Problem, match="NOT_FOUND"):
        section_codes.send_again(database, section, BUILDER, site.clock())
    for _ in range(4):
        section_codes.send_again(database, section, developer, site.clock())
    assert not_opened(site, first, mobile) == "SECTION_CODE_REFUSED"
    assert opened(site, site.texted(mobile)[-1]["code"], mobile).dossier == number
    with pytest.raises(Problem, match="TOO_MANY"):
        section_codes.send_again(database, section, developer, site.clock())


def test_nothing_kept_in_the_database_shows_the_code(site: Site) -> None:
    put_out(site, site.a_project(), DESIGN)
    mobile = MOBILES["design"]
    code = site.texted(mobile)[-1]["code"]
    with site.service.desk.database.reading() as connection:
        kept = [one.hash for one in stored.of_mobile(connection, mobile, site.clock())]
    told = site.told_by(DESIGNER, Event.SECTION_CODE)
    assert kept
    assert told
    assert not [text for text in (*kept, *told) if code in text]


def test_what_nobody_takes_on_is_reminded_after_fifteen_days_and_lapses_after_thirty(site: Site) -> None:
    number = put_out(site, site.a_project())
    code = site.texted(MOBILE)[-1]["code"]
    site.time_passes(14)
    assert not any(number in text for text in site.told_by(SURVEYOR, Event.REMINDER))
    site.time_passes(2)
    assert sum(number in text for text in site.told_by(SURVEYOR, Event.REMINDER)) == 1
    site.time_passes(13)
    assert site.stage(number) is Stage.SUBMITTED
    site.time_passes(2)
    assert (site.stage(number), site.section(number).state) == (Stage.LAPSED, SectionState.LAPSED)
    assert not_opened(site, code) == "SECTION_CODE_REFUSED"
