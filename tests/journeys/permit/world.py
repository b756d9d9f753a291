"""A project whose five parties are known, and what they and the officers fill in on the way to a permit and to the filing.

What is not the journey's own subject is put into the register as the procedures would have left it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from signing_service.demo import people
from signing_service.domain.codes import LicenceIdentifier, Region
from signing_service.domain.dates import add_years
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.fire import FireMatter, FireResult
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.numbers import PermitNo
from signing_service.domain.permits import Permit, start_by
from signing_service.domain.projects import Project, SectionKind
from signing_service.storage import dossiers, employments, fire_results, licences, permits
from signing_service.workflows.abolition import abolish_lapsed
from signing_service.workflows.five_parties import CONTRACTORS, FIVE, Responsible
from tests.journeys.project.site import BUILDER, COUNTY, DEVELOPER, LEADERS, MOBILES, SUPERVISOR, Site, site_in
from tests.journeys.project.site import CONTRACTORS as UNITS

OF_SITE = {"developer": "developer", "survey": "survey", "design": "design", "builder": "construction",
           "supervisor": "supervision"}  # fmt: skip
ADDRESS = "示例省江右市滨江区望江路 88 号"


@dataclass
class Works:
    journey: Site

    developer = Actor(SignatoryRole.DEVELOPER, DEVELOPER, "developer-clerk")

    # ---- who acts

    def leader(self, one: Responsible) -> Actor:
        return Actor(one.leader, self.person(one), f"{one.key}-leader")

    def representative(self, one: Responsible) -> Actor:
        return Actor(one.representative, self.person(one), f"{one.key}-representative")

    def unit(self, one: Responsible) -> Actor:
        return Actor(one.unit, UNITS[one.kind], f"{one.key}-clerk") if one.kind else self.developer

    @property
    def legal_representative(self) -> Actor:
        return Actor(SignatoryRole.LEGAL_REPRESENTATIVE, self.person(FIVE[0]), "representative")

    def person(self, one: Responsible) -> str:
        """Here the head of each unit leads its part of the project, too."""
        return LEADERS[OF_SITE[one.key]][0]

    # ---- projects

    def project(self, *kinds: SectionKind, reviewed: bool = True, **changes: Any) -> str:
        """A new one, of which these kinds of work are taken on; all four when none is named."""
        project = self.journey.a_project(**changes)
        for kind in kinds or tuple(SectionKind):
            self.journey.taken_on(project, kind)
        if reviewed:
            self.review_passed(project)
        return project.number

    def found(self, number: str) -> Project:
        project = self.journey.project(number)
        assert project is not None
        return project

    # ---- what was before

    def review_passed(self, project: Project) -> None:
        """As ``rv.design`` leaves it."""
        self._enter(
            LicenceType.REVIEW_PASS, f"{project.number}-TX-001", "105",
            {"project_no": project.number, "kind": "design", "unit_work_codes": ["001"]},
        )  # fmt: skip

    def fire_result(self, project: str, matter: FireMatter, *, passed: bool = True) -> None:
        """As ``fs.*`` leaves it."""
        dossier = f"XFYS{self.journey.today:%Y%m%d}{next(self.journey.projects):06d}"
        with self.journey.service.desk.database.transaction() as connection:
            result = FireResult(project, matter, passed, self.journey.today, dossier)
            fire_results.add(connection, result, "fs_accept_op")

    def permitted(self, project: str, *, started: bool = False) -> str:
        """As ``pm.permit`` leaves it, issued today."""
        journey, found = self.journey, self.found(project)
        number = PermitNo.mint(Region(COUNTY), journey.today, 50 + next(journey.projects) % 49, "01")
        face = {
            "project_no": project, "project_name": found.name, "address": ADDRESS, "scale": "18 层",
            "contract_price": "9 860.00", "starts_on": "2027-03-01", "ends_on": "2028-06-14",
            "review_pass_no": f"{project}-TX-001", "unit_work_codes": ["001"], "open_ended": True,
            "remarks": "第 1 版：初次核发。", "general_contractor_name": "—", "general_contractor_leader_name": "—",
            "developer_name": "赣江示例房地产开发有限公司",
        }  # fmt: skip
        for one in CONTRACTORS:
            face |= {f"{one.unit}_name": f"{one.title}甲", f"{one.leader}_name": LEADERS[OF_SITE[one.key]][1]}
        self._enter(LicenceType.CONSTRUCTION_PERMIT, number, "106", face)
        permit = Permit(
            number, project, ("001",), journey.today, start_by(journey.today),
            started_on=journey.today if started else None,
        )  # fmt: skip
        with journey.service.desk.database.transaction() as connection:
            permits.add(connection, permit)
        return number

    def stands_still(self, permit: str) -> None:
        """As ``pm.suspend`` leaves it, since today."""
        with self.journey.service.desk.database.transaction() as connection:
            found = permits.find(connection, permit)
            assert found is not None
            permits.put(connection, replace(found, stopped_on=self.journey.today))

    def _enter(self, kind: LicenceType, number: str, code: str, face: dict[str, Any]) -> None:
        today, authority = self.journey.today, str(people.AUTHORITY.uscc)
        serial = "".join(one for one in number if one.isalnum())
        licence = Licence(
            number=number, version=1, type=kind,
            identifier=str(LicenceIdentifier.mint(f"11360000999000013K{code}", authority, serial)),
            status=LicenceStatus.IN_FORCE, holder=DEVELOPER, holder_name="赣江示例房地产开发有限公司", employer=None,
            authority=authority, issued_on=today, valid_from=today, valid_until=add_years(today, 100), facts=face,
        )  # fmt: skip
        with self.journey.service.desk.database.transaction() as connection:
            licences.add(connection, licence, self.journey.clock())

    # ---- what they fill in

    def application(self, project: str, **changes: Any) -> dict[str, Any]:
        file = self.journey.file
        return {
            "project_no": project,
            "mobile": "13970000101",
            **{one.representative_field: self.person(one) for one in FIVE},
            "unit_works": [{"code": "001"}],
            "address": ADDRESS,
            "scale": "总建筑面积 12 860.50 m²，地上 18 层、地下 1 层",
            "contract_price": "9860",
            "starts_on": "2026-12-15",
            "ends_on": "2028-06-14",
            "land_no": "江自然资用〔2026〕第18号",
            "planning_no": "建字第3601022026GG0018号",
            "special_fire": "no",
            "epc": "none",
            "land_approval": file("用地批准.pdf"),
            "planning_permit": file("规划许可证.pdf"),
            "site_ready": file("场地和征收进度.pdf"),
            "contract": file("施工合同.pdf"),
            "funds": file("资金承诺.pdf"),
            "measures": file("措施.pdf"),
            **changes,
        }

    def early_application(self, project: str, **changes: Any) -> dict[str, Any]:
        file, form = self.journey.file, self.application(project)
        for key, uscc, number in (
            ("builder", BUILDER, people.CONSTRUCTOR_LICENCE),
            ("supervisor", SUPERVISOR, "36003127"),
        ):
            form |= {
                f"{key}_uscc": uscc,
                f"{key}_qualification": "一级 D136000001",
                f"{key}_leader_id_no": LEADERS[OF_SITE[key]][0],
                f"{key}_leader_mobile": MOBILES[OF_SITE[key]],
                f"{key}_leader_qualification": "注册执业人员",
                f"{key}_leader_registration_no": number,
            }
        return {
            **form,
            "safety_licence_no": "（赣）JZ安许证字〔2026〕020028",
            "safety_licence_until": "2029-06-30",
            "review_pass_no": "赣审2018-0451",
            "milestone_on": "2019-03-15",
            "review_pass": file("合格书.pdf"),
            "award": file("中标通知书.pdf"),
            "supervision_contract": file("监理合同.pdf"),
            **changes,
        }

    def about(self, project: str, permit: str, **changes: Any) -> dict[str, Any]:
        return {"project_no": project, "licence_no": permit, **changes}

    def extension(self, project: str, permit: str, **changes: Any) -> dict[str, Any]:
        reason = "场地内一处 10 kV 架空线路由供电企业迁改，迁改完成前不具备桩基施工条件。"
        form = self.about(project, permit, mobile="13970000101", months="2", reason=reason)
        return {**form, **changes}

    def of_site(self, project: str, permit: str, **changes: Any) -> dict[str, Any]:
        return self.about(
            project, permit, position="1#住宅楼地上三层结构", reason="受台风暴雨影响，场区边坡局部滑移。",
            care="已封闭现场出入口并安排值守。", **changes,
        )  # fmt: skip

    def filing(self, project: str, permit: str, **changes: Any) -> dict[str, Any]:
        file, today = self.journey.file, self.journey.today.isoformat()
        return {
            "project_no": project,
            "permit_no": permit,
            "structure": "框架剪力墙",
            "cost": "9860",
            "started_on": today,
            "accepted_on": today,
            "planning_no": "江自然资核〔2028〕第30号",
            "quality_body": "江右市建设工程质量监督站",
            "procedure": "建设单位组织勘察、设计、施工、监理单位验收，质量监督机构到场监督。",
            "conclusion": "完成设计文件和合同约定的各项内容，工程质量合格，同意通过竣工验收。",
            "completion_report": file("竣工验收报告.pdf"),
            "planning_file": file("规划核实.pdf"),
            "warranty": file("保修书.pdf"),
            "housing": "yes",
            "housing_papers": file("住宅两书.pdf"),
            **changes,
        }

    # ---- runs of steps

    def drawn(self, key: str, form: dict[str, Any]) -> str:
        number = self.journey.begin(key, self.developer, form)
        self.journey.take(number, "prepare", self.developer)
        self.journey.settle(number)
        return number

    def applied(self, key: str, form: dict[str, Any]) -> str:
        """Signed by all, sealed last by the developer."""
        journey, number = self.journey, self.drawn(key, form)
        for one in FIVE:
            journey.take(number, "confirm", self.leader(one))
            journey.take(number, "confirm", self.representative(one))
        for one in FIVE:
            journey.take(number, "confirm", self.unit(one))
        journey.take(number, "confirm", self.legal_representative)
        journey.take(number, "submit", self.developer)
        journey.settle(number)
        return number

    def granted(self, number: str) -> str:
        """受理, 审核, 决定; the permit's number."""
        for step, officer in (("accept", "tang"), ("review", "song"), ("grant", "zheng")):
            self.journey.take(number, step, self.journey.officer(officer))
        self.journey.settle(number)
        assert self.journey.stage(number) is Stage.CLOSED
        return self.journey.licence_of(number).number

    def extended(self, project: str, permit: str, **changes: Any) -> str:
        number = self.journey.begin("pm.extend", self.developer, self.extension(project, permit, **changes))
        self.journey.submit(number, self.developer)
        self.journey.settle(number)
        for step, officer in (("accept", "tang"), ("grant", "zheng")):
            self.journey.take(number, step, self.journey.officer(officer))
        self.journey.settle(number)
        assert self.journey.stage(number) is Stage.CLOSED
        return number

    def reported(self, key: str, form: dict[str, Any]) -> str:
        """Stop or resumption, sealed by builder, supervisor and developer."""
        number = self.drawn(key, form)
        for one in CONTRACTORS[2:]:
            self.journey.take(number, "confirm", self.unit(one))
        self.journey.take(number, "submit", self.developer)
        self.journey.settle(number)
        return number

    def begun(self, project: str, permit: str) -> None:
        form = self.about(
            project, permit, started_on=self.journey.today.isoformat(), order=self.journey.file("开工令.pdf")
        )
        number = self.journey.begin("pm.start", self.developer, form)
        self.journey.take(number, "submit", self.developer)

    def night(self) -> None:
        """The service does the same by itself once a day; who comes first does not matter."""
        abolish_lapsed(self.journey.service.desk)
        for number in self.of_procedure("pm.abolish"):
            self.journey.settle(number)

    # ---- what there is

    def permit(self, number: str) -> Permit:
        with self.journey.service.desk.database.reading() as connection:
            found = permits.find(connection, number)
        assert found is not None
        return found

    def licence(self, number: str) -> Licence:
        with self.journey.service.desk.database.reading() as connection:
            found = licences.current(connection, number)
        assert found is not None
        return found

    def locked(self) -> list[str]:
        """Projects that the builder's manager leads."""
        with self.journey.service.desk.database.reading() as connection:
            return [one.project for one in employments.locks_of(connection, LEADERS["construction"][0])]

    def of_procedure(self, key: str) -> list[str]:
        with self.journey.service.desk.database.reading() as connection:
            return [one.number for one in dossiers.at_stages(connection, key, list(Stage))]


@contextmanager
def works_in(folder: Path) -> Iterator[Works]:
    with site_in(folder) as site:
        yield Works(site)
