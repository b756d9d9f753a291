"""项目报建: registered with its number, changed and removed while nothing hangs on it; early ones (domain text, §10.2, §13)."""

from __future__ import annotations

from signing_service.domain.dossier import Stage
from signing_service.domain.projects import SectionKind, SectionState
from tests.journeys.project.site import COUNTY, DEVELOPER, LEADERS, Site


def test_a_project_is_registered_under_the_developers_seal_and_has_its_number(site: Site) -> None:
    developer = site.developer()
    number = site.begin("prj.register", developer, site.registration())
    site.take(number, "prepare", developer)
    site.settle(number)
    project_no = site.dossier(number).facts["project_no"]
    assert project_no.startswith(f"{COUNTY}{site.today:%y%m%d}01")
    assert project_no in site.text_of(site.papers(number)["prj_form"]), "the developer sees it before sealing"
    assert site.project(project_no) is None, "what is not sealed is not registered"

    site.take(number, "submit", developer)
    site.settle(number)
    project = site.project(project_no)
    assert project is not None
    assert (project.developer, project.leader, project.early) == (DEVELOPER, LEADERS["developer"][0], False)
    assert [(work.code, work.name) for work in project.unit_works] == [("001", "1#住宅楼"), ("002", "配套幼儿园")]
    assert site.stage(number) is Stage.CLOSED
    form = site.papers(number)["prj_form"]
    assert site.signed_by(form) == ["developer"]
    site.assert_genuine(form)


def test_a_form_that_is_drawn_again_keeps_its_project_number_unless_the_county_changes(site: Site) -> None:
    developer = site.developer()
    number = site.begin("prj.register", developer, site.registration())
    site.take(number, "prepare", developer)
    first = site.dossier(number).facts["project_no"]
    site.settle(number)
    site.take(number, "revise", developer)
    site.keep(number, developer, site.registration(scale="规模有调整。"))
    site.take(number, "prepare", developer)
    assert site.dossier(number).facts["project_no"] == first
    site.settle(number)
    site.take(number, "revise", developer)
    site.keep(number, developer, site.registration(region="360103"))
    site.take(number, "prepare", developer)
    assert site.dossier(number).facts["project_no"].startswith("360103")
    site.settle(number)
    site.take(number, "withdraw", developer)
    assert site.stage(number) is Stage.WITHDRAWN


def test_a_project_needs_a_county_a_known_leader_and_a_mobile_that_is_theirs(site: Site) -> None:
    developer = site.developer()
    number = site.begin("prj.register", developer, site.registration(region="360100"))
    assert site.refused(number, "prepare", developer).errors[0].code == "REGION_LEVEL"
    site.keep(number, developer, site.registration(leader_name="陈志坚"))
    assert site.refused(number, "prepare", developer).code == "PERSON_NOT_FOUND"
    site.keep(number, developer, site.registration(leader_mobile="13999990000"))
    assert site.refused(number, "prepare", developer).code == "MOBILE_UNCONFIRMED"
    site.keep(number, developer, site.registration(unit_works=[]))
    assert "unit_works" in {error.field for error in site.refused(number, "prepare", developer).errors}


def test_a_project_is_changed_and_removed_only_while_nothing_hangs_on_it(site: Site) -> None:
    developer, project = site.developer(), site.a_project()
    changed = {**site.registration(project_name="匠心家园更名工程"), "project_no": project.number}
    number = site.begin("prj.change", developer, {**changed, "region": "360103"})
    assert site.refused(number, "prepare", developer).code == "PROJECT_NUMBER_FIXED"
    site.keep(number, developer, changed)
    site.submit(number, developer)
    site.settle(number)
    after = site.project(project.number)
    assert after is not None
    assert after.name == "匠心家园更名工程"

    section = site.taken_on(project, SectionKind.SURVEY, SectionState.PUBLISHED)
    again = site.begin("prj.change", developer, changed)
    assert site.refused(again, "prepare", developer).code == "PROJECT_IN_USE"
    removal = {"project_no": project.number, "why": "区划有误，重新报建。", "promise": True}
    gone = site.begin("prj.remove", developer, removal)
    assert site.refused(gone, "submit", developer).code == "PROJECT_IN_USE"

    site.set_state(section, SectionState.WITHDRAWN)
    site.take(gone, "submit", developer)
    assert site.project(project.number) is None
    assert site.refused(again, "prepare", developer).code == "NOT_FOUND"


def test_an_early_project_is_examined_and_marked_as_such(site: Site) -> None:
    developer = site.developer()
    early = site.registration(milestone_on="2019-04-01", milestone_proof=site.file("合格书.pdf"))
    number = site.begin("prj.early", developer, early)
    assert site.refused(number, "prepare", developer).code == "NOT_EARLY", "the day itself is too late"
    site.keep(number, developer, {**early, "milestone_on": "2019-03-31"})
    site.submit(number, developer)
    site.settle(number)
    officer = site.officer("officer-one")
    assert site.refused(number, "return", officer).code == "REASON_REQUIRED"
    site.take(number, "return", officer, "合格书扫描件不清晰，请重新上传。")
    site.settle(number)
    assert "correction_notice" in site.papers(number)

    site.submit(number, developer)
    site.settle(number)
    site.take(number, "grant", officer)
    site.settle(number)
    project = site.project(site.dossier(number).facts["project_no"])
    assert project is not None
    assert project.early
    assert site.stage(number) is Stage.CLOSED


def test_an_early_project_may_be_refused_and_leaves_nothing_behind(site: Site) -> None:
    developer = site.developer()
    early = site.registration(milestone_on="2019-03-31", milestone_proof=site.file("合格书.pdf"))
    number = site.begin("prj.early", developer, early)
    site.submit(number, developer)
    site.settle(number)
    site.take(number, "refuse", site.officer("officer-one"), "所附合格书与项目不符。")
    site.settle(number)
    assert site.stage(number) is Stage.REFUSED
    assert site.project(site.dossier(number).facts["project_no"]) is None
    assert "refusal_notice" in site.papers(number)
