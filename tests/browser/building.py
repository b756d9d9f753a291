"""A building of the province whose five parties are known, each with a leader: what the register knows of it before the
permit is applied for or the completion is filed.

How a project, its contracts, a drawing review and a fire result come about is told elsewhere: here they are there, as their
procedures leave them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from signing_service.demo import province
from signing_service.demo.people import BUILDER, FORMER_BUILDER
from signing_service.domain.codes import LicenceIdentifier, Region
from signing_service.domain.dates import add_years
from signing_service.domain.employment import ContractKind, Employment, EmploymentEnd, ProjectLock
from signing_service.domain.fire import FireMatter, FireResult
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.numbers import PermitNo, ProjectNo
from signing_service.domain.parties import Organisation
from signing_service.domain.permits import Permit, start_by
from signing_service.domain.projects import Project, Section, SectionKind, SectionState, UnitWork
from signing_service.storage import employments, fire_results, licences, permits, projects
from signing_service.workflows.five_parties import CONTRACTORS
from tests.browser.constructors import Constructor, registered
from tests.browser.drawing_cast import has_key_and_seal
from tests.browser.town import CROWD, Town

COUNTY = "360102"
DEVELOPER = province.DEVELOPER
UNITS = {
    SectionKind.SURVEY: province.SURVEYOR,
    SectionKind.DESIGN: province.DESIGNER,
    SectionKind.CONSTRUCTION: BUILDER,
    SectionKind.SUPERVISION: FORMER_BUILDER,
}
MANAGER = 2
LEADERS = {
    SectionKind.SURVEY: 9, SectionKind.DESIGN: 4, SectionKind.CONSTRUCTION: MANAGER, SectionKind.SUPERVISION: 6,
}  # fmt: skip
"""Of the twenty; the developer's own leader is the first of them."""
DEVELOPERS_LEADER = 0
SERIALS = count(1)


@dataclass(frozen=True)
class Building:
    project: str
    name: str
    manager: Constructor


def settle_in(town: Town) -> Constructor:
    """The five have keys and seals, and employ those who lead for them; the builder's manager is a constructor."""
    has_key_and_seal(town, str(province.SURVEYOR.uscc))
    for kind in (SectionKind.SURVEY, SectionKind.DESIGN, SectionKind.SUPERVISION):
        _employed(town, CROWD[LEADERS[kind]].id_no, UNITS[kind])
    return registered(town, MANAGER, BUILDER)


def _employed(town: Town, id_no: str, by: Organisation) -> None:
    today = town.today
    with town.service.desk.database.transaction() as connection:
        if employments.active(connection, id_no):
            employments.end(connection, id_no, today, EmploymentEnd.DISSOLVED)
        employments.start(
            connection,
            Employment(
                id_no, str(by.uscc), "项目负责人", ContractKind.FIXED, add_years(today, -1), add_years(today, 2)
            ),
        )


def building_in(town: Town, manager: Constructor, *kinds: SectionKind) -> Building:
    """A new project with one building, of which these kinds of work are taken on, and whose drawings have passed."""
    serial = next(SERIALS)
    number, name = ProjectNo.mint(Region(COUNTY), date(2026, 3, 2), "01", serial), f"望江花园{serial}期工程"
    project = Project(
        number=number, name=name, region=COUNTY, developer=str(DEVELOPER.uscc), leader=CROWD[DEVELOPERS_LEADER].id_no,
        early=False, facts={"project_name": name, "leader_mobile": "13970010001"},
        unit_works=(UnitWork("001", "1#住宅楼", {"area": "12860.50"}),),
    )  # fmt: skip
    with town.service.desk.database.transaction() as connection:
        projects.add(connection, project)
    building = Building(number, name, manager)
    for kind in kinds or tuple(SectionKind):
        taken_on(town, building, kind)
    passed = {"project_no": number, "kind": "design", "unit_work_codes": ["001"]}
    _enter(town, LicenceType.REVIEW_PASS, f"{number}-TX-001", "105", passed)
    return building


def taken_on(town: Town, building: Building, kind: SectionKind) -> None:
    """As ``ct.*`` leaves one."""
    registration = building.manager.licence if kind is SectionKind.CONSTRUCTION else "AY20133600045"
    given = {
        "leader_registration_no": registration, "leader_qualification": "注册执业人员",
        "contractor_qualification": "甲级 B236000045", "leader_mobile": "13970010002",
    }  # fmt: skip
    section = Section(
        number=f"{building.project}-{kind.letters}-001", project=building.project, kind=kind,
        name=f"{building.name}{kind.zh}", unit_works=("001",), state=SectionState.ACCEPTED,
        contractor=str(UNITS[kind].uscc), leader=CROWD[LEADERS[kind]].id_no, facts={"take_on": given},
    )  # fmt: skip
    with town.service.desk.database.transaction() as connection:
        projects.put_section(connection, section)


def under_way(town: Town, building: Building) -> str:
    """Permitted and begun today, its manager locked; the number of the permit."""
    number = permitted(town, building, started=True)
    lock = ProjectLock(building.manager.id_no, building.project, building.name, town.today)
    with town.service.desk.database.transaction() as connection:
        employments.lock(connection, lock)
    return number


def permitted(town: Town, building: Building, *, started: bool = False) -> str:
    """As ``pm.permit`` leaves it, issued today."""
    today = town.today
    number = PermitNo.mint(Region(COUNTY), today, 60 + next(SERIALS), "01")
    face = {
        "project_no": building.project, "project_name": building.name, "address": "望江路 88 号", "scale": "18 层",
        "contract_price": "9 860.00", "starts_on": "2027-03-01", "ends_on": "2028-06-14",
        "review_pass_no": f"{building.project}-TX-001", "unit_work_codes": ["001"], "open_ended": True,
        "remarks": "第 1 版：初次核发。", "general_contractor_name": "—", "general_contractor_leader_name": "—",
        "developer_name": DEVELOPER.name,
    }  # fmt: skip
    for one in CONTRACTORS:
        assert one.kind
        face |= {f"{one.unit}_name": UNITS[one.kind].name, f"{one.leader}_name": CROWD[LEADERS[one.kind]].name}
    _enter(town, LicenceType.CONSTRUCTION_PERMIT, number, "106", face)
    permit = Permit(
        number, building.project, ("001",), today, start_by(today), started_on=today if started else None
    )  # fmt: skip
    with town.service.desk.database.transaction() as connection:
        permits.add(connection, permit)
    return number


def fire_filed(town: Town, building: Building) -> None:
    """As ``fs.record`` leaves it."""
    result = FireResult(building.project, FireMatter.FILING, True, town.today, f"XFBA{town.today:%Y%m%d}000001")
    with town.service.desk.database.transaction() as connection:
        fire_results.add(connection, result, "fs_accept_op")


def _enter(town: Town, kind: LicenceType, number: str, code: str, face: dict[str, Any]) -> None:
    today, authority = town.today, str(province.CITY_BUREAU.uscc)
    serial = "".join(one for one in number if one.isalnum())
    licence = Licence(
        number=number, version=1, type=kind,
        identifier=str(LicenceIdentifier.mint(f"11360000999000013K{code}", authority, serial)),
        status=LicenceStatus.IN_FORCE, holder=str(DEVELOPER.uscc), holder_name=DEVELOPER.name, employer=None,
        authority=authority, issued_on=today, valid_from=today, valid_until=add_years(today, 100), facts=face,
    )  # fmt: skip
    with town.service.desk.database.transaction() as connection:
        licences.add(connection, licence, town.clock())
