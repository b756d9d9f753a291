"""勘察、设计成果: registered under two signatures, confirmed under the developer's (domain text, §12)."""

from __future__ import annotations

from typing import Any

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.projects import Project, Section, SectionKind, SectionState
from tests.journeys.project.site import BUILDER, LEADERS, Site

SURVEY, DESIGN = SectionKind.SURVEY, SectionKind.DESIGN
MADE_BY = {"prepared_by": "方晓梅", "reviewed_by": "龚海", "approved_by": "邓国强"}


def results(site: Site, section: Section, **changes: Any) -> dict[str, Any]:
    id_no, name, _ = LEADERS[section.kind.value]
    own: dict[str, Any] = {
        SURVEY: {
            "groundwater": "稳定水位埋深 3.2～4.6 米",
            "seismic": "设防烈度 6 度",
            "unit_works": [
                {"code": "001", "boreholes": 18, "footage": "540", "bearing": "粉质黏土 220", "site_class": "Ⅱ 类"}
            ],
        },
        DESIGN: {
            "basis": "岩土工程勘察报告（已确认）",
            "green": "一星级",
            "prefabrication": "50%",
            "unit_works": [
                {
                    "code": "001",
                    "structure": "剪力墙结构",
                    "area": "12860.50",
                    "floors": "18 / 1",
                    "height": "54.6",
                    "seismic": "丙类",
                    "energy": "75%",
                }
            ],
        },
    }[section.kind]
    return {
        "project_no": section.project,
        "section_no": section.number,
        "leader_name": name,
        "leader_id_no": id_no,
        "result_name": "岩土工程详细勘察报告",
        "report_no": "JXJY-KC-2027-01",
        "completed_on": site.today.isoformat(),
        "files": [{"file": site.file("报告.pdf"), "discipline": "岩土", "version": "1.0"}],
        **MADE_BY,
        **own,
        **changes,
    }


def begun(site: Site, section: Section, **changes: Any) -> str:
    return site.begin(f"out.{section.kind.value}", site.contractor(section.kind), results(site, section, **changes))


def registered(site: Site, section: Section) -> str:
    number, kind = begun(site, section), section.kind
    site.submit(number, site.contractor(kind))
    site.take(number, "confirm", site.leader(kind))
    site.take(number, "seal", site.contractor(kind))
    site.settle(number)
    return number


def confirmed(site: Site, number: str) -> None:
    site.take(number, "examine", site.developer(), result="成果齐全，同意接收", opinion="成果内容完整，同意确认。")
    site.settle(number)
    site.take(number, "confirm", site.developer())
    site.settle(number)


def state_of(site: Site, section: Section) -> SectionState:
    project = site.project(section.project)
    assert project is not None
    found = project.section(section.number)
    assert found is not None
    return found.state


def a_survey(site: Site) -> tuple[Project, Section]:
    project = site.a_project()
    return project, site.taken_on(project, SURVEY)


def test_results_are_signed_by_the_leader_sealed_by_the_unit_and_confirmed_by_the_developer(site: Site) -> None:
    _, section = a_survey(site)
    number = registered(site, section)
    form = site.papers(number)["out_survey_form"]
    assert site.signed_by(form) == ["survey_leader", "surveyor"]
    site.assert_genuine(form)
    assert "AY20133600045" in site.text_of(form), "the leader's number as named when the work was taken on"
    assert state_of(site, section) is SectionState.RESULTS_REGISTERED
    assert site.waiting(number) == {"developer"}

    confirmed(site, number)
    confirmation = site.papers(number)["out_survey_confirm"]
    assert site.signed_by(confirmation) == ["developer"]
    site.assert_genuine(confirmation)
    assert site.papers(number)["out_survey_form"].state == "archived"
    assert (site.stage(number), state_of(site, section)) == (Stage.CLOSED, SectionState.RESULTS_CONFIRMED)


def test_results_the_developer_returns_are_void_and_registered_anew(site: Site) -> None:
    _, section = a_survey(site)
    number = registered(site, section)
    assert site.refused(number, "return", site.developer(), "不").code == "REASON_REQUIRED"
    site.take(number, "return", site.developer(), "钻孔数量与委托不符，请补充。")
    assert (site.stage(number), state_of(site, section)) == (Stage.DRAFT, SectionState.ACCEPTED)
    assert site.papers(number)["out_survey_form"].state == "void"
    site.submit(number, site.contractor(SURVEY))
    site.take(number, "confirm", site.leader(SURVEY))
    site.take(number, "seal", site.contractor(SURVEY))
    site.settle(number)
    assert state_of(site, section) is SectionState.RESULTS_REGISTERED


def test_the_opinion_may_be_written_again_before_it_is_sealed(site: Site) -> None:
    _, section = a_survey(site)
    number, developer = registered(site, section), site.developer()
    site.take(number, "examine", developer, result="基本齐全", opinion="待核。")
    site.settle(number)
    site.take(number, "rewrite", developer)
    confirmed(site, number)
    papers = site.papers(number)
    assert "成果内容完整" in site.text_of(papers["out_survey_confirm"])
    assert papers["out_survey_form"].state == "archived"


def test_the_leader_may_return_the_form_and_the_unit_may_withdraw_it(site: Site) -> None:
    _, section = a_survey(site)
    number, unit = begun(site, section), site.contractor(SURVEY)
    site.submit(number, unit)
    assert site.waiting(number) == {"survey_leader"}
    site.take(number, "decline", site.leader(SURVEY), "持力层数据需要复核。")
    assert site.stage(number) is Stage.DRAFT
    site.submit(number, unit)
    site.take(number, "withdraw", unit)
    assert (site.stage(number), state_of(site, section)) == (Stage.WITHDRAWN, SectionState.ACCEPTED)


def test_only_who_took_the_section_on_registers_results_once_and_its_own_leader_signs(site: Site) -> None:
    _, section = a_survey(site)
    id_no, name, _ = LEADERS["design"]
    number, unit = begun(site, section, leader_id_no=id_no, leader_name=name), site.contractor(SURVEY)
    assert site.refused(number, "prepare", unit).code == "SIGNER_MISMATCH"
    site.keep(number, unit, results(site, section, unit_works=[]))
    assert site.refused(number, "prepare", unit).errors[0].field == "unit_works"
    site.keep(number, unit, results(site, section, section_no=f"{section.project}-KC-777"))
    assert site.refused(number, "prepare", unit).code == "NOT_FOUND"
    stranger = Actor(SignatoryRole.SURVEYOR, BUILDER, "stranger")
    theirs = site.begin("out.survey", stranger, results(site, section))
    assert site.refused(theirs, "prepare", stranger).code == "NOT_FOUND"
    registered(site, section)
    site.keep(number, unit, results(site, section))
    assert site.refused(number, "prepare", unit).code == "SECTION_STATE"


def test_design_results_wait_for_the_survey_of_the_same_unit_works(site: Site) -> None:
    project, survey = a_survey(site)
    design = site.taken_on(project, DESIGN)
    number, unit = begun(site, design), site.contractor(DESIGN)
    assert site.refused(number, "prepare", unit).code == "SURVEY_NOT_PASSED"
    surveyed = registered(site, survey)
    assert site.refused(number, "prepare", unit).code == "SURVEY_NOT_PASSED", "registered is not confirmed"
    confirmed(site, surveyed)
    site.submit(number, unit)
    site.take(number, "confirm", site.leader(DESIGN))
    site.take(number, "seal", unit)
    site.settle(number)
    confirmed(site, number)
    assert state_of(site, design) is SectionState.RESULTS_CONFIRMED
    site.assert_genuine(site.papers(number)["out_design_form"])
    site.assert_genuine(site.papers(number)["out_design_confirm"])
