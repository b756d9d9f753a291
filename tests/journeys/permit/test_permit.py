"""施工许可: five parties or none, their commitments side by side, two sheets of one permit (domain text, §13.2, §18.6 no. 9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.fire import FireMatter
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.permits import start_by
from signing_service.domain.projects import SectionKind
from signing_service.storage.public_register import PublicRegister
from signing_service.workflows.five_parties import CONTRACTORS, FIVE
from tests.journeys.permit.world import Works
from tests.journeys.project.site import CONTRACTORS as UNITS

DESIGN, SUPERVISION = SectionKind.DESIGN, SectionKind.SUPERVISION


def test_while_a_party_is_missing_the_application_is_refused_and_the_party_is_named(works: Works) -> None:
    journey = works.journey
    project = works.project(SectionKind.SURVEY, DESIGN, SectionKind.CONSTRUCTION)
    number = journey.begin("pm.permit", works.developer, works.application(project))
    refusal = journey.refused(number, "prepare", works.developer)
    assert refusal.code == "PARTIES_MISSING"
    assert "监理单位" in refusal.zh
    assert "施工单位" not in refusal.zh
    assert (refusal.facts["missing"], refusal.facts["procedures"]) == ("supervision", "ct.supervision")


def test_five_commit_themselves_side_by_side_and_the_permit_is_issued_on_two_sheets(works: Works) -> None:
    journey, project = works.journey, works.project()
    number = works.drawn("pm.permit", works.application(project))
    papers = journey.papers(number)
    assert {one.commitment for one in FIVE} | {one.authorisation for one in FIVE} | {"pm_form"} == set(papers)
    builder = CONTRACTORS[2]
    assert journey.refused(number, "confirm", works.unit(builder)).code == "SLOT_NOT_OPEN"
    assert journey.refused(number, "confirm", works.legal_representative).code == "SLOT_NOT_OPEN"
    assert "builder" not in journey.waiting(number)
    assert {one.leader.value for one in FIVE} | {one.representative.value for one in FIVE} == journey.waiting(number)
    for one in reversed(FIVE):  # in whatever order
        journey.take(number, "confirm", works.leader(one))
        journey.take(number, "confirm", works.representative(one))
    for one in FIVE:
        journey.take(number, "confirm", works.unit(one))
    journey.take(number, "confirm", works.legal_representative)
    assert journey.waiting(number) == {"developer"}
    journey.take(number, "submit", works.developer)
    journey.settle(number)
    assert journey.signed_by(papers["pm_commit_survey"]) == ["survey_leader"]
    assert journey.signed_by(papers["pm_auth_builder"]) == ["builder_representative", "builder"]
    assert journey.signed_by(papers["pm_form"]) == ["legal_representative", "developer"]
    text = journey.text_of(papers["pm_form"])
    assert f"{project}-TX-001" in text
    assert "12 860.50" in text

    permit_no = works.granted(number)
    papers = journey.papers(number)
    for template in ("pm_form", "pm_commit_supervisor", "pm_auth_developer"):
        journey.assert_genuine(papers[template])
    licence = works.licence(permit_no)
    assert licence.status is LicenceStatus.IN_FORCE
    assert licence.facts["general_contractor_name"] == "—", "there is none"
    assert licence.document_id == papers["construction_permit"].document_id
    assert permit_no[:6] == "360102"
    assert works.permit(permit_no).start_by == start_by(journey.today)
    for sheet in ("construction_permit", "construction_permit_duplicate"):
        journey.assert_genuine(papers[sheet])
        text = journey.text_of(papers[sheet])
        assert permit_no in text
        assert licence.facts["supervisor_leader_name"] in text
        shown = PublicRegister(journey.service.desk.database).by_code(papers[sheet].code)
        assert shown is not None
        assert (shown.status, shown.number, shown.valid_until) == ("in_force", permit_no, None)

    again = journey.begin("pm.permit", works.developer, works.application(project))
    refusal = journey.refused(again, "prepare", works.developer)
    assert (refusal.code, refusal.facts["number"]) == ("UNIT_ALREADY_PERMITTED", permit_no)
    pointless = works.application(project, former_permit_no=permit_no)
    journey.keep(again, works.developer, pointless)
    assert journey.refused(again, "prepare", works.developer).code == "NOTHING_CHANGED"


def test_where_the_builder_has_changed_a_new_permit_replaces_the_former(works: Works) -> None:
    journey, project = works.journey, works.project()
    former = works.permitted(project)  # its face names another builder
    assert works.licence(former).facts["builder_name"] == "施工单位甲"
    number = journey.begin("pm.permit", works.developer, works.application(project))
    assert journey.refused(number, "prepare", works.developer).code == "UNIT_ALREADY_PERMITTED"
    manager = {
        "epc_leader_name": "程总包",
        "epc_leader_id_no": "360102197806130018",
        "epc_leader_mobile": "13970000199",
    }
    number = works.applied("pm.permit", works.application(project, former_permit_no=former, epc="builder", **manager))
    assert works.licence(former).status is LicenceStatus.IN_FORCE, "until the new one is issued"
    form = "".join(journey.text_of(journey.papers(number)["pm_form"]).split())
    for told in ("工程总承包", "程总包", "13970000199", "施工场地具备施工条件的证明"):
        assert told in form
    permit = works.granted(number)
    face = works.licence(permit).facts
    assert face["general_contractor_name"] == face["builder_name"]
    assert face["general_contractor_leader_name"] == "程总包"
    assert "程总包" in journey.text_of(journey.papers(number)["construction_permit"])
    assert works.licence(former).status is LicenceStatus.CANCELLED
    assert works.licence(former).facts["replaced_by"] == permit
    assert former in works.licence(permit).facts["remarks"]
    assert not works.permit(former).is_live


def test_a_leader_who_left_his_unit_is_named(works: Works) -> None:
    journey, project = works.journey, works.project(SectionKind.SURVEY, DESIGN, SUPERVISION)
    journey.taken_on(works.found(project), SectionKind.CONSTRUCTION, contractor=UNITS[DESIGN])
    number = journey.begin("pm.permit", works.developer, works.application(project))
    refusal = journey.refused(number, "prepare", works.developer)
    assert refusal.code == "NO_EMPLOYMENT"
    assert "李芳华" in refusal.zh


def test_a_builder_whose_safety_permit_has_ended_is_named_until_its_new_term_is_agreed_on(works: Works) -> None:
    journey, project = works.journey, works.project()
    section = works.found(project).section_of(SectionKind.CONSTRUCTION)
    assert section is not None
    given = {"safety_licence_no": "（赣）JZ安许证字〔2023〕020028"}
    ended = {**given, "safety_licence_until": (journey.today - timedelta(days=1)).isoformat()}
    journey.put(section, facts={"take_on": ended})
    number = journey.begin("pm.permit", works.developer, works.application(project))
    refusal = journey.refused(number, "prepare", works.developer)
    assert refusal.code == "CERT_EXPIRED"
    assert given["safety_licence_no"] in refusal.zh
    journey.put(section, facts={"take_on": {**given, "safety_licence_until": journey.today.isoformat()}})
    journey.take(number, "prepare", works.developer)
    journey.settle(number)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("site_ready", {"site_ready": None}),
        ("epc", {"epc": None}),
        (
            "epc_leader_name",
            {"epc": "design", "epc_leader_id_no": "360102197806130018", "epc_leader_mobile": "13970000199"},
        ),
    ],
)
def test_an_application_without_its_papers_and_names_is_not_drawn(
    works: Works, field: str, changes: dict[str, object]
) -> None:
    journey = works.journey
    number = journey.begin("pm.permit", works.developer, works.application(works.project(), **changes))
    errors = journey.refused(number, "prepare", works.developer).errors
    assert [(error.field, error.code) for error in errors] == [(field, "FIELD_REQUIRED")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"contract_price": "20"}, "PERMIT_NOT_NEEDED"),
        ({"special_fire": "yes"}, "FIRE_DESIGN_MISSING"),
        ({"unit_works": [{"code": "002"}]}, "PARTIES_MISSING"),
        ({"unit_works": [{"code": "009"}]}, "UNIT_WORK_UNKNOWN"),
        ({"former_permit_no": "360102202401010101"}, "NOT_FOUND"),
    ],
)
def test_what_is_not_fit_to_be_permitted_is_refused(works: Works, changes: dict[str, object], code: str) -> None:
    journey, project = works.journey, works.project()
    number = journey.begin("pm.permit", works.developer, works.application(project, **changes))
    assert journey.refused(number, "prepare", works.developer).code == code


def test_drawings_that_did_not_pass_and_special_works_whose_fire_design_failed_are_not_permitted(works: Works) -> None:
    journey = works.journey
    project = works.project(reviewed=False)
    number = journey.begin("pm.permit", works.developer, works.application(project))
    refusal = journey.refused(number, "prepare", works.developer)
    assert (refusal.code, refusal.facts["unit_works"]) == ("REVIEW_NOT_PASSED", "001")
    works.review_passed(works.found(project))
    works.fire_result(project, FireMatter.DESIGN, passed=False)
    assert journey.refused(number, "prepare", works.developer).code == "FIRE_DESIGN_MISSING"


def test_who_does_not_commit_himself_sends_it_back_and_every_paper_of_it_is_void(works: Works) -> None:
    journey, project = works.journey, works.project()
    number = works.drawn("pm.permit", works.application(project))
    survey, design = CONTRACTORS[0], CONTRACTORS[1]
    journey.take(number, "confirm", works.leader(survey))
    assert journey.refused(number, "decline", works.leader(design), "否").code == "REASON_REQUIRED"
    journey.take(number, "decline", works.leader(design), "合格书与施工图版本不一致。")
    assert journey.stage(number) is Stage.DRAFT
    assert {row.state for row in journey.papers(number).values()} == {"void"}
    assert journey.refused(number, "confirm", works.leader(survey)).code == "STATE_CONFLICT"


def test_a_form_returned_is_signed_again_by_all_and_refused_it_leaves_the_project_without_a_permit(
    works: Works,
) -> None:
    journey, project = works.journey, works.project()
    number = works.applied("pm.permit", works.application(project))
    assert "decide" in journey.dossier(number).facts["clocks"], "the seven days run from the application"
    elsewhere = journey.begin("pm.permit", works.developer, works.application(project))
    refusal = journey.refused(elsewhere, "prepare", works.developer)
    assert (refusal.code, refusal.facts["number"]) == ("UNIT_ALREADY_PERMITTED", number)
    journey.take(number, "return", journey.officer("tang"), "缺少用地批准手续附图。")
    journey.settle(number)
    assert journey.stage(number) is Stage.CORRECTION
    assert journey.papers(number)["pm_commit_survey"].state == "void"
    assert journey.papers(number)["correction_notice"].state == "archived"
    journey.take(number, "withdraw", works.developer)
    assert journey.stage(number) is Stage.WITHDRAWN
    journey.take(elsewhere, "prepare", works.developer)
    journey.settle(elsewhere)
    assert {SignatoryRole.BUILDER_LEADER.value} <= journey.waiting(elsewhere)
