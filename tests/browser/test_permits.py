"""Permit and completion filing as the five parties meet them: whose part is missing is named, five leaders commit themselves,
and the manager of works that are filed as complete is free again (domain text, §18.6, scenarios 9 and 15)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from signing_service.domain.dates import add_months, in_chinese
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.permits import Permit
from signing_service.domain.projects import SectionKind
from signing_service.domain.verdicts import Verdict
from signing_service.storage import documents, dossiers, employments, licences, permits
from signing_service.workflows.abolition import abolish_lapsed
from signing_service.workflows.five_parties import FIVE
from tests.browser.building import (
    DEVELOPER,
    DEVELOPERS_LEADER,
    LEADERS,
    UNITS,
    Building,
    building_in,
    fire_filed,
    permitted,
    settle_in,
    taken_on,
    under_way,
)
from tests.browser.constructors import Constructor, paper_in, pictured, sees, stage_of, validated
from tests.browser.sites import attach, fill_in
from tests.browser.town import CROWD, Town, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("permits")]

DEVELOPERS = str(DEVELOPER.uscc)
LEADING = (DEVELOPERS_LEADER, *LEADERS.values())
"""Of the twenty: the leaders of the five."""
REPRESENTATIVES = {"developer": 10, "survey": 11, "design": 12, "builder": 13, "supervisor": 14}
"""Of the twenty: who authorises them."""


@pytest.fixture(scope="module")
def manager(town: Town) -> Constructor:
    return settle_in(town)


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return paper_in(tmp_path_factory.mktemp("papers"))


def filing(developer: Visitor, building: Building, permit: str, paper: Path) -> str:
    """竣工验收备案 of no dwelling, filled in; the number of the dossier."""
    number, today = developer.begin("房屋建筑和市政基础设施工程竣工验收备案"), developer.town.today.isoformat()
    fill_in(
        developer,
        {
            "project_no": building.project, "permit_no": permit, "structure": "框架剪力墙", "cost": "9860",
            "started_on": today, "accepted_on": today, "planning_no": "江自然资核〔2028〕第30号",
            "quality_body": "江右市建设工程质量监督站", "procedure": "建设单位组织五方验收，质量监督机构到场监督。",
            "conclusion": "工程质量合格，同意通过竣工验收。", "housing": "no",
        },
    )  # fmt: skip
    for field in ("completion_report", "planning_file", "warranty"):
        attach(developer, field, paper)
    return number


def cancellation(visitor: Visitor, who: Constructor) -> str:
    """The ordinary one, of all specialties, filled in."""
    number = visitor.begin("二级建造师注销注册", who.licence)
    visitor.page.get_by_label("全部专业").check()
    visitor.page.locator("[name=reason]").first.check()
    visitor.fill(handover="全部资料已移交工程部。")
    return number


def draw(visitor: Visitor) -> None:
    """Ask for the form, which may be refused."""
    visitor.page.get_by_role("button", name=re.compile("生成")).first.click()


def locks_of(town: Town, who: Constructor) -> list[str]:
    with town.service.desk.database.reading() as connection:
        return [one.project for one in employments.locks_of(connection, who.id_no)]


def test_works_are_filed_after_fire_and_five_seals_and_their_manager_may_cancel(
    town: Town, manager: Constructor, paper: Path
) -> None:
    building = building_in(town, manager)
    permit = under_way(town, building)
    person, developer = town.person(manager.position), town.enterprise(DEVELOPERS)
    cancel = cancellation(person, manager)
    draw(person)
    sees(person.page, building.name)
    pictured(person.page, "15-locked")

    number = filing(developer, building, permit, paper)
    draw(developer)
    sees(developer.page, "FIRE_RESULT_MISSING")
    sees(developer.page, "不能办理竣工验收备案；请先办理消防验收（特殊建设工程）或者消防验收备案")
    pictured(developer.page, "15-no-fire-result")
    fire_filed(town, building)
    developer.prepare(number)
    for position in LEADING:
        town.person(position).sign(number, "confirm")
    for unit in UNITS.values():
        town.enterprise(str(unit.uscc)).sign(number, "confirm")
    developer.open(number)
    pictured(developer.page, "15-signed")
    developer.sign(number, "submit")
    assert locks_of(town, manager) == [building.project], "nobody is free before the authority has confirmed"

    officer = town.officer("nc.shenhe")
    officer.open(number)
    pictured(officer.page, "15-officer")
    expect(officer.page.get_by_role("button", name="确认备案", exact=True)).to_be_visible()
    officer.decide(number, "grant")
    assert stage_of(town, number) is Stage.CLOSED
    developer.open(number)
    pictured(developer.page, "15-filed")
    with town.service.desk.database.reading() as connection:
        ended = licences.current(connection, permit)
    assert ended is not None
    assert ended.status is LicenceStatus.COMPLETED
    assert locks_of(town, manager) == []

    person.open(cancel, "form")
    expect(person.page.locator("[name=handover]")).to_have_value("全部资料已移交工程部。")
    person.prepare(cancel)
    person.sign(cancel, "submit")
    pictured(person.page, "15-cancellation")
    assert stage_of(town, cancel) is Stage.SUBMITTED


def application(developer: Visitor, building: Building, paper: Path) -> str:
    """建筑工程施工许可, filled in; the number of the dossier."""
    number = developer.begin("建筑工程施工许可")
    fill_in(
        developer,
        {
            "project_no": building.project, "mobile": "13970000101",
            **{one.representative_field: CROWD[REPRESENTATIVES[one.key]].id_no for one in FIVE},
            "unit_works.0.code": "001", "address": "示例省江右市滨江区望江路 88 号", "scale": "地上 18 层、地下 1 层",
            "contract_price": "9860", "starts_on": "2026-12-15", "ends_on": "2028-06-14",
            "land_no": "江自然资用〔2026〕第18号", "planning_no": "建字第3601022026GG0018号", "special_fire": "no",
            "epc": "none",
        },
    )  # fmt: skip
    for field in ("land_approval", "planning_permit", "site_ready", "contract", "funds", "measures"):
        attach(developer, field, paper)
    return number


def test_a_permit_waits_for_the_supervisor_and_is_issued_when_five_leaders_have_committed_themselves(
    town: Town, manager: Constructor, paper: Path, tmp_path: Path
) -> None:
    town.a_quarter_passes()
    building = building_in(town, manager, SectionKind.SURVEY, SectionKind.DESIGN, SectionKind.CONSTRUCTION)
    developer = town.enterprise(DEVELOPERS)
    number = application(developer, building, paper)
    draw(developer)
    sees(developer.page, "五方责任主体不全，缺少：监理单位。")
    pictured(developer.page, "09-no-supervisor")
    assert stage_of(town, number) is Stage.DRAFT

    taken_on(town, building, SectionKind.SUPERVISION)
    developer.prepare(number)
    for position in LEADING:
        leader = town.person(position)
        leader.page.goto(f"{town.origin}/platform/")
        sees(leader.page, "建筑工程施工许可")
    for position in reversed(LEADING):
        town.person(position).sign(number, "confirm")
    pictured(town.person(DEVELOPERS_LEADER).page, "09-committed")
    assert committed(town, number) == [{one.leader.value} for one in FIVE]
    town.a_quarter_passes()
    for position in REPRESENTATIVES.values():
        town.person(position).sign(number, "confirm")
    for unit in (*UNITS.values(), DEVELOPER):
        town.enterprise(str(unit.uscc)).sign(number, "confirm")
    town.person(REPRESENTATIVES["developer"]).sign(number, "confirm")
    developer = town.enterprise(DEVELOPERS)
    developer.open(number)
    pictured(developer.page, "09-signed")
    developer.sign(number, "submit")

    for login, step in (("nc.shouli", "accept"), ("nc.shenhe", "review"), ("nc.jueding", "grant")):
        town.officer(login).open(number)
        pictured(town.officer(login).page, f"09-{step}")
        town.officer(login).decide(number, step)
    assert stage_of(town, number) is Stage.CLOSED
    developer.open(number)
    pictured(developer.page, "09-permitted")
    with town.service.desk.database.reading() as connection:
        permit = licences.of_dossier(connection, number)
    assert permit is not None
    page = town.verified(developer.download(permit.number, tmp_path))
    pictured(page, "09-public")
    expect(page.locator("h1")).to_have_text("真实有效")
    sees(page, permit.number)


def committed(town: Town, number: str) -> list[set[str]]:
    """Whose signatures a stranger finds on each of the five commitments."""
    with town.service.desk.database.reading() as connection:
        rows = {row.template.split("/")[1]: row for row in documents.of_dossier(connection, number)}
    reports = [validated(town, rows[one.commitment]) for one in FIVE]
    assert {one.verdict for one in reports} == {Verdict.TOTAL_PASSED}
    return [{one.role for one in report.signatures} for report in reports]


def extension(developer: Visitor, building: Building, permit: str) -> str:
    """建筑工程施工许可证延期 by three months, filled in; the number of the dossier."""
    number = developer.begin("建筑工程施工许可证延期")
    fill_in(
        developer,
        {
            "project_no": building.project, "licence_no": permit, "mobile": "13970000101", "months": "3",
            "reason": "场地内架空线路迁改完成前不具备桩基施工条件。",
        },
    )  # fmt: skip
    return number


def permit_of(town: Town, number: str) -> Permit:
    with town.service.desk.database.reading() as connection:
        found = permits.find(connection, number)
    assert found is not None
    return found


def lapse_of(town: Town, permit: str) -> str:
    """The dossier that the platform has opened by itself, when all that it owes is done."""
    abolish_lapsed(town.service.desk)
    with town.service.desk.database.reading() as connection:
        opened = [one.number for one in dossiers.at_stages(connection, "pm.abolish", list(Stage))]
        (found,) = [one for one in opened if dossiers.load(connection, one).facts["licence_no"] == permit]
    town.service.settle(found)
    return found


def test_a_permit_is_extended_twice_and_not_again_and_lapses_where_nothing_was_begun(
    town: Town, manager: Constructor, tmp_path: Path
) -> None:
    town.a_quarter_passes()
    building = building_in(town, manager)
    number = permitted(town, building)
    first = permit_of(town, number).start_by
    developer = town.enterprise(DEVELOPERS)
    for _ in range(2):
        asked = extension(developer, building, number)
        developer.prepare(asked)
        developer.sign(asked, "submit")
        for login, step in (("nc.shouli", "accept"), ("nc.jueding", "grant")):
            town.officer(login).decide(asked, step)
        assert stage_of(town, asked) is Stage.CLOSED
    last = permit_of(town, number)
    assert (last.extensions, last.start_by) == (2, add_months(add_months(first, 3), 3))
    extension(developer, building, number)
    draw(developer)
    sees(developer.page, "该施工许可证已延期 2 次，不能再次延期")
    sees(developer.page, in_chinese(last.start_by))
    pictured(developer.page, "09-third")

    file = developer.download(number, tmp_path)
    town.days_pass((last.start_by - town.today).days + 1)
    lapse = lapse_of(town, number)
    developer = town.enterprise(DEVELOPERS)
    developer.open(lapse)
    pictured(developer.page, "09-lapsed")
    sees(developer.page, "施工许可证自行废止")
    page = town.verified(file)
    pictured(page, "09-lapsed-public")
    expect(page.locator("h1")).to_have_text("已自行废止")
    with town.service.desk.database.reading() as connection:
        ended = licences.current(connection, number)
    assert ended is not None
    assert ended.status is LicenceStatus.EXPIRED
