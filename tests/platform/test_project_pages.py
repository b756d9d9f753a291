"""The pages of projects: where one stands, the leader's mobile, the entrance by 工程码 (domain text, §10.2, §10.4, §13)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase

import pytest

from signing_service.demo import people
from signing_service.domain.codes import Region
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.permits import Permit, start_by
from signing_service.domain.projects import Project, Section, SectionKind, SectionState, UnitWork
from signing_service.procedures import CATALOGUE
from signing_service.storage import dossiers, licences, permits, projects, section_codes, todos
from signing_service.storage.section_codes import KeptCode
from signing_service.web.platform.subjects import CHAPTERS
from signing_service.workflows.accounts.passwords import hashed
from signing_service.workflows.section_codes import LIFETIME
from tests.platform.office import ACCEPTOR, BUILDER, ELSEWHERE, FORMER, HOLDER, STRANGER, Caller, Office
from tests.unit.domain.test_section_code import minted

NUMBER, MOBILE = "3601022611290101", "13970010002"
PROJECT = Project(
    number=NUMBER,
    name="匠心家园安置房工程",
    region="360102",
    developer=str(people.BUILDER.uscc),
    leader=people.SIGNALLER_ID,
    early=False,
    facts={"project_place": "东湖区匠心路"},
    unit_works=(UnitWork("001", "1#住宅楼"),),
)
SURVEY = Section(
    number=f"{NUMBER}-KC-001",
    project=NUMBER,
    kind=SectionKind.SURVEY,
    name="匠心家园勘察",
    unit_works=("001",),
    state=SectionState.PUBLISHED,
    contractor=str(people.FORMER_BUILDER.uscc),
    facts={"contractor_leader_mobile": MOBILE, "scope": "详细勘察", "term": "45 日历天"},
    dossier="KCWT20261129000001",
)
CODE = minted("A2B3C4D5E")


@pytest.fixture
def project(office: Office) -> Project:
    with office.service.desk.database.transaction() as connection:
        projects.add(connection, PROJECT)
        projects.put_section(connection, SURVEY)
    return PROJECT


def test_a_project_page_says_the_next_step_and_what_is_missing_with_a_way_to_it(
    office: Office, project: Project
) -> None:
    page = office.of(BUILDER).get(f"/platform/projects/{project.number}").text
    assert "下一步：施工图审查" in page
    assert "还需：等待勘察单位承接（单位工程 001）" in page
    assert "还需：设计发包和承接（单位工程 001）" in page
    assert 'value="ct.survey"' not in page, "it is put out already"
    assert 'name="procedure" value="ct.design"' in page
    assert "待承接" in page
    english = office.of(BUILDER).get(f"/platform/projects/{project.number}?lang=en").text
    assert "Next: Drawing review" in english
    begun = office.of(BUILDER).post(
        "/platform/begin", {"procedure": "ct.design", "project": project.number}, follow=False
    )
    number = begun.headers["location"].split("/")[3]
    with office.service.desk.database.reading() as connection:
        assert dossiers.load(connection, number).draft["project_no"] == project.number


def test_a_step_that_waits_for_another_offers_nothing_and_the_next_thing_is_the_main_button(
    office: Office, project: Project
) -> None:
    page = office.of(BUILDER).get(f"/platform/projects/{project.number}").text
    assert "办理：设计发包与承接" in page.split("五个环节")[0]
    assert 'value="pm.permit"' not in page, "drawings come first"
    contractor = office.of(FORMER).get(f"/platform/projects/{project.number}").text
    assert "办理：" not in contractor.split("五个环节")[0], "another's to begin"


def test_a_dossier_of_a_project_leads_to_it_and_its_form_proposes_the_own_projects(
    office: Office, project: Project
) -> None:
    builder = office.of(BUILDER)
    begun = builder.post("/platform/begin", {"procedure": "ct.design", "project": project.number}, follow=False)
    form = begun.headers["location"]
    assert f'<option value="{project.number}">{project.name}</option>' in builder.get(form).text
    assert '<option value="001">1#住宅楼</option>' in builder.get(form).text, "its unit works, too"
    link = f'<a href="/platform/projects/{project.number}">{project.name}</a>'
    assert link in builder.get(form.removesuffix("/form")).text
    elsewhere = builder.begin("ct.design")
    assert "/platform/projects/36" not in builder.get(f"/platform/dossiers/{elsewhere}").text


def test_what_may_be_begun_stands_in_chapters_that_can_be_jumped_to(office: Office) -> None:
    page = office.of(BUILDER).get("/platform/begin").text
    for number, title in enumerate(re.findall(r'<a href="#chapter-\d+">([^<]+) <small>', page), 1):
        assert f'id="chapter-{number}-name">{title}</h2>' in page
    assert "施工许可" in page
    for procedure in CATALOGUE:
        held = [zh for zh, _, keys in CHAPTERS if any(fnmatchcase(procedure.key, key) for key in keys)]
        assert len(held) == 1, procedure.key


def test_who_has_a_part_in_a_project_sees_it_and_to_everybody_else_it_does_not_exist(
    office: Office, project: Project
) -> None:
    address = f"/platform/projects/{project.number}"
    for caller in (BUILDER, FORMER, HOLDER, ACCEPTOR[0]):
        assert office.of(caller).get(address).status_code == 200
        assert project.name in office.of(caller).get("/platform/projects").text
    for caller in (STRANGER, ELSEWHERE[0]):
        refused = office.of(caller).get(address)
        assert refused.status_code == 404
        assert project.name not in refused.text
        assert project.name not in office.of(caller).get("/platform/projects").text
    assert project.name in office.of(ACCEPTOR[0]).get("/platform/projects?q=匠心").text
    assert project.name not in office.of(ACCEPTOR[0]).get("/platform/projects?q=%25").text


def permitted(office: Office, number: str, status: LicenceStatus, **changes: date) -> None:
    """As ``pm.permit`` leaves it; ``changes``: what became of it since."""
    developer, on = str(people.BUILDER.uscc), date(2026, 3, 1)
    licence = Licence(
        number=number, version=1, type=LicenceType.CONSTRUCTION_PERMIT, identifier=f"identifier of {number}",
        status=status, holder=developer, holder_name="开发公司", employer=None,
        authority=str(people.AUTHORITY.uscc), issued_on=on, valid_from=on, valid_until=date(2126, 3, 1),
        facts={"open_ended": True},
    )  # fmt: skip
    permit = replace(Permit(number, NUMBER, ("001",), on, start_by(on)), **changes)  # type: ignore[arg-type]
    with office.service.desk.database.transaction() as connection:
        licences.add(connection, licence, office.service.desk.clock())
        permits.add(connection, permit)


LAPSED, STANDING = "360102202603010101", "360102202606020101"


def entered(office: Office, number: str, procedure: str, submitted_on: str, **form: str) -> Dossier:
    """A dossier of the project that came in that day, and waits for the authority."""
    dossier = Dossier(
        number=number, procedure=procedure, edition=date(2026, 1, 1), stage=Stage.CONFIRMED,
        version=1, form_version=1, region=PROJECT.region,
        parties={SignatoryRole.DEVELOPER: PROJECT.developer, SignatoryRole.AUTHORITY: str(people.AUTHORITY.uscc),
                 SignatoryRole.PLATFORM: str(people.PLATFORM.uscc)},
        form={"project_no": NUMBER, **form}, visit=frozenset(), opened_at=office.service.desk.clock(),
        facts={"project_no": NUMBER, "submitted_on": submitted_on, "licence_no": form.get("licence_no")},
    )  # fmt: skip
    with office.service.desk.database.transaction() as connection:
        dossiers.add(connection, dossier, None)
        todos.put_parts(connection, [dossier])
    return dossier


def test_the_permits_of_a_project_say_what_became_of_them_and_a_late_report_names_the_rule(
    office: Office, project: Project
) -> None:
    permitted(office, LAPSED, LicenceStatus.EXPIRED, ended_on=date(2026, 6, 2))
    permitted(
        office, STANDING, LicenceStatus.IN_FORCE, started_on=date(2026, 6, 10), stopped_on=date(2026, 7, 1)
    )  # fmt: skip
    report = entered(
        office, "SGZZ20260915000001", "pm.suspend", "2026-09-15", stopped_on="2026-07-01", licence_no=STANDING
    )
    rule = "中止施工应当自中止之日起一个月内向发证机关报告，最迟为2026年8月1日，实际于2026年9月15日提交（《建筑法》第十条）"
    for caller in (BUILDER, ACCEPTOR[0]):
        page = office.of(caller).get(f"/platform/projects/{NUMBER}").text
        assert "已自行废止" in page
        assert "中止施工" in page
        assert rule in page
        assert rule in office.of(caller).get(f"/platform/dossiers/{report.number}").text
        assert "逾期报告" in office.of(caller).get("/platform/dossiers").text
    assert "逾期报告" in office.of(ACCEPTOR[0]).get("/platform/books/permit?tab=every").text
    english = office.of(BUILDER).get(f"/platform/projects/{NUMBER}?lang=en").text
    assert "A stop of the works is reported within a month of it: by 1 August 2026." in english
    told = office.of(BUILDER).api("GET", f"/api/platform/projects/{NUMBER}").json()["permits"]
    assert [(one["number"], one["status"]) for one in told] == [(LAPSED, "expired"), (STANDING, "in_force")]
    assert told[0]["ended_on"] == "2026-06-02"
    (late,) = told[1]["late_stops"]
    assert late["dossier"] == report.number
    assert rule in late["told"]


@pytest.mark.parametrize(
    ("number", "procedure", "submitted_on", "last"),
    [
        (
            "XFBA20260918000001",
            "fs.record",
            "2026-09-18",
            "应当自竣工验收合格之日起五个工作日内备案，最迟为2026年9月8日",
        ),
        ("JGBA20260918000001", "fin.filing", "2026-09-18", "应当自竣工验收合格之日起十五日内备案，最迟为2026年9月16日"),
    ],
)
def test_a_filing_that_came_in_late_is_shown_to_its_developer_and_to_the_officers(
    office: Office, project: Project, number: str, procedure: str, submitted_on: str, last: str
) -> None:
    entered(office, number, procedure, submitted_on, accepted_on="2026-09-01")
    for caller in (BUILDER, ACCEPTOR[0]):
        page = office.of(caller).get(f"/platform/projects/{project.number}").text
        assert "逾期备案" in page
        assert last in page
        assert f'<a href="/platform/dossiers/{number}" class="number">' in page
        assert last in office.of(caller).get(f"/platform/dossiers/{number}").text
        assert "逾期备案" in office.of(caller).get("/platform/dossiers").text
    assert "Filed late" in office.of(BUILDER).get(f"/platform/projects/{project.number}?lang=en").text
    filing = office.of(BUILDER).api("GET", f"/api/platform/projects/{project.number}").json()["steps"][-1]
    assert [(one["dossier"], last in one["told"]) for one in filing["late"]] == [(number, True)]


def test_programs_are_told_the_same_and_no_id_number(office: Office, project: Project) -> None:
    told = office.of(BUILDER).api("GET", f"/api/platform/projects/{project.number}")
    assert [step["state"] for step in told.json()["steps"]] == ["done", "open", "waiting", "waiting", "waiting"]
    assert people.SIGNALLER_ID not in told.text
    assert office.of(STRANGER).api("GET", f"/api/platform/projects/{project.number}").status_code == 404


def test_a_developer_has_the_code_sent_again_and_a_contractor_does_not(office: Office, project: Project) -> None:
    address = f"/platform/projects/{project.number}"
    assert "重新发送工程码" in office.of(BUILDER).get(address).text
    assert "重新发送工程码" not in office.of(FORMER).get(address).text
    assert office.of(FORMER).post(f"{address}/code", {"section": SURVEY.number}).status_code == 404
    answer = office.of(BUILDER).post(f"{address}/code", {"section": SURVEY.number})
    assert "工程码已重新发送" in answer.text
    with office.service.desk.database.reading() as connection:
        assert section_codes.of_section(connection, SURVEY.number, office.service.desk.clock()) is not None


def test_a_code_opens_its_section_to_somebody_without_an_account(office: Office, project: Project) -> None:
    now = office.service.desk.clock()
    with office.service.desk.database.transaction() as connection:
        section_codes.put(connection, KeptCode(SURVEY.number, MOBILE, hashed(CODE), now + LIFETIME), now)
    nobody = Caller(office, None)
    page = nobody.get("/platform/section")
    assert page.status_code == 200
    nobody.csrf = page.text.split('name="csrf" value="')[1].split('"')[0]
    wrong = nobody.post("/platform/section", {"mobile": MOBILE, "code": "2345678923"})
    assert (wrong.status_code, "SECTION_CODE_REFUSED" in wrong.text) == (401, True)
    assert SURVEY.name not in wrong.text
    opened = nobody.post("/platform/section", {"mobile": MOBILE, "code": CODE.lower()})
    assert opened.status_code == 200
    assert all(text in opened.text for text in (SURVEY.name, project.name, "1#住宅楼", "详细勘察"))
    assert f"next=/platform/dossiers/{SURVEY.dossier}" in opened.text
    assert nobody.get(f"/platform/projects/{project.number}", follow_redirects=False).status_code == 303


def test_a_mobile_that_is_not_on_record_is_confirmed_by_a_code_sent_to_it(office: Office) -> None:
    builder = office.of(BUILDER)
    number = builder.begin("prj.register")
    address = f"/platform/dossiers/{number}/mobile"
    assert "先填写手机号" in builder.get(address).text
    with office.service.desk.database.transaction() as connection:
        held = dossiers.load(connection, number, held=True)
        draft = {**held.draft, "leader_mobile": MOBILE}
        dossiers.save(connection, replace(held, draft=draft, version=held.version + 1), office.service.desk.clock())
    builder.post(address)
    to, _, facts = office.letters.sent[-1]
    assert to.mobile == MOBILE
    wrong = f"{(int(facts['code']) + 1) % 10**6:06d}"
    assert "CODE_REFUSED" in builder.post(f"{address}/confirm", {"code": wrong}).text
    assert "手机号已确认" in builder.post(f"{address}/confirm", {"code": facts["code"]}).text
    with office.service.desk.database.reading() as connection:
        assert dossiers.load(connection, number).facts["confirmed_mobile"] == MOBILE
    assert office.of(FORMER).post(address).status_code == 404


def test_a_county_officer_sees_the_projects_of_the_county(office: Office, project: Project) -> None:
    with office.service.desk.database.reading() as connection:
        assert [one.number for one in projects.in_regions(connection, ("3601",), "", 10)] == [project.number]
        assert projects.in_regions(connection, (str(Region("360103")),), "", 10) == []
        assert projects.in_regions(connection, (), "", 10) == []
