"""A building site of the province for the fire procedures: what the project's parties fill in and seal in a browser."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import expect

from signing_service.demo import people, province
from signing_service.domain.codes import Region
from signing_service.domain.dates import SHANGHAI
from signing_service.domain.numbers import ProjectNo
from signing_service.domain.projects import Project, Section, SectionKind, SectionState, UnitWork
from signing_service.storage import draws, parties, projects
from signing_service.storage.draws import DrawRow
from signing_service.workflows.draws import Draws
from tests.browser.town import CROWD, PATIENCE, Town, Visitor

COUNTY = "360102"
REPRESENTATIVE = 0
CONTRACTORS = {
    SectionKind.DESIGN: str(province.DESIGNER.uscc),
    SectionKind.CONSTRUCTION: str(people.FORMER_BUILDER.uscc),
    SectionKind.SUPERVISION: str(people.BUILDER.uscc),
}
DEVELOPER = str(province.DEVELOPER.uscc)
CLINIC = {
    "name": "1#综合楼", "structure": "4", "use": "0504", "fire_rating": "1", "floors_above": "12", "floors_below": "1",
    "height": "48.60", "footprint": "1480", "area_above": "16500.30", "area_below": "1480",
}  # fmt: skip
OFFICE = {
    "name": "文化站", "structure": "2", "use": "9003", "fire_rating": "2", "floors_above": "3", "floors_below": "0",
    "height": "12.30", "footprint": "310", "area_above": "930", "area_below": "0",
}  # fmt: skip


def project_in(town: Town) -> str:
    """As registration and the contracts leave one; the developer's legal representative is one of the twenty."""
    number = ProjectNo.mint(Region(COUNTY), date(2026, 3, 2), "01", 1)
    project = Project(
        number=number, name="匠心家园安置房工程", region=COUNTY, developer=DEVELOPER, leader=CROWD[REPRESENTATIVE].id_no,
        early=False, facts={"project_name": "匠心家园安置房工程"}, unit_works=(UnitWork("001", "1#综合楼", {}),),
    )  # fmt: skip
    with town.service.desk.database.transaction() as connection:
        projects.add(connection, project)
        for serial, (kind, contractor) in enumerate(CONTRACTORS.items(), 1):
            projects.put_section(
                connection,
                Section(
                    number=f"{number}-{kind.letters}-{serial:03d}", project=number, kind=kind, name=f"{kind.zh}",
                    unit_works=("001",), state=SectionState.ACCEPTED, contractor=contractor,
                    leader=CROWD[serial].id_no, facts={},
                ),
            )  # fmt: skip
        developer = parties.load(connection, DEVELOPER)
        facts = {**developer.facts, "legal_representative": CROWD[REPRESENTATIVE].name}
        parties.put(connection, replace(developer, facts=facts))
    return number


def fill_in(visitor: Visitor, values: Mapping[str, str]) -> None:
    """Lines are typed, lists and boxes chosen."""
    for name, value in values.items():
        found = visitor.page.locator(f"[name='{name}']")
        if found.first.evaluate("one => one.tagName") == "SELECT":
            found.first.select_option(value)
        elif found.first.get_attribute("type") in ("radio", "checkbox"):
            visitor.page.locator(f"[name='{name}'][value='{value}']").check()
        else:
            found.first.fill(value)


def the_works(project: str, building: Mapping[str, str]) -> dict[str, str]:
    rows = {f"buildings.0.{key}": value for key, value in building.items()}
    return {
        "project_no": project, "legal_representative_id_no": CROWD[REPRESENTATIVE].id_no, "mobile": "0791-88000101",
        "address": "示例省江右市滨江区望江路 88 号", "kind": "new", "facilities": "01",
        "summary": "新建工程，设公共活动用房。", "design_mobile": "13970000103", **rows,
    }  # fmt: skip


def design(visitor: Visitor, project: str, building: Mapping[str, str], paper: Path) -> str:
    number = visitor.begin("特殊建设工程消防设计审查")
    more = {"planning_no": "建字第3601022026GG0018号", "special_design": "no", "investment": "9860"}
    fill_in(visitor, {**the_works(project, building), **more})
    for field in ("design_files", "planning_permit"):
        attach(visitor, field, paper)
    return number


def filing(visitor: Visitor, project: str, building: Mapping[str, str]) -> str:
    number = visitor.begin("建设工程消防验收备案")
    more = {
        "permit_no": "360102202604150301", "accepted_on": visitor.town.clock().astimezone(SHANGHAI).date().isoformat(),
        "construction_mobile": "13970000104", "supervision_mobile": "13970000105",
        "inspection": "各项消防内容已完成，检测合格。", "inspection_result": "passed", "way": "commitment",
        "commitment": "true",
    }  # fmt: skip
    fill_in(visitor, {**the_works(project, building), **more})
    return number


def attach(visitor: Visitor, field: str, paper: Path) -> None:
    visitor.page.locator(f"[name='{field}.upload']").set_input_files(paper)
    expect(visitor.page.locator(f"[data-files='{field}'] li")).to_contain_text("已上传", timeout=PATIENCE)


# ---- the draw


def draw_is_promised(town: Town) -> DrawRow:
    look(town)
    with town.service.desk.database.reading() as connection:
        (found,) = draws.not_held(connection).values()
    return found


def draw_is_held(town: Town, promised: DrawRow) -> DrawRow:
    """The list is closed at five in the afternoon, the secret is out a quarter of an hour later."""
    now = town.clock().astimezone(SHANGHAI)
    five = now.replace(hour=17, minute=0, second=1, microsecond=0)
    town.clock.ahead += (five if five > now else five + timedelta(days=1)) - now
    look(town)
    town.clock.ahead += timedelta(minutes=15)
    look(town)
    town.service.settle(promised.number)
    with town.service.desk.database.reading() as connection:
        found = draws.find(connection, promised.number)
    assert found is not None
    return found


def look(town: Town) -> None:
    """The service looks by itself every few seconds, too: who comes first does not matter."""
    Draws(town.service.desk, secrets.token_bytes).look()
