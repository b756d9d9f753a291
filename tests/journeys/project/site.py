"""A building site: its developer, four contractors and their leaders, each with the key of the development PKI.

``a_project`` and ``taken_on`` put what is not the journey's own subject into the register as the procedures would have
left it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select

from signing_service.demo import people
from signing_service.demo.signatures import sample_signature
from signing_service.domain.codes import IdNo, PersonName, Region, Uscc
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor
from signing_service.domain.employment import ContractKind, Employment, ProjectLock
from signing_service.domain.keys import KeyRef
from signing_service.domain.messages import Event
from signing_service.domain.numbers import ProjectNo
from signing_service.domain.parties import Organisation, PartyKind, Person
from signing_service.domain.projects import Project, Section, SectionKind, SectionState, UnitWork
from signing_service.domain.seals import Seal, SealArtwork, SealKind
from signing_service.storage import employments, messages, parties, projects
from tests.journeys.driver import Journey, journey_in

COUNTY = "360102"

DEVELOPER = "91360100MA99001679"
SURVEYOR = str(people.BUILDER.uscc)
DESIGNER = "91361100999000152K"
BUILDER = str(people.FORMER_BUILDER.uscc)
SUPERVISOR = "913604009990001361"
CONTRACTORS = {
    SectionKind.SURVEY: SURVEYOR,
    SectionKind.DESIGN: DESIGNER,
    SectionKind.CONSTRUCTION: BUILDER,
    SectionKind.SUPERVISION: SUPERVISOR,
}

NEWCOMERS = (
    (DEVELOPER, "赣江示例房地产开发有限公司", "enterprise-91360100ma99001679"),
    (DESIGNER, "信江示例建筑设计院有限公司", "enterprise-91361100999000152k"),
    (SUPERVISOR, "浔阳示例工程监理有限公司", "enterprise-913604009990001361"),
)
LEADERS = {
    "developer": ("360403197812310034", "陈志强", "person-chen-zhiqiang"),
    "survey": (people.SIGNALLER_ID, "王建国", "person-wang-jianguo"),
    "design": ("361102199911300066", "刘雨桐", "person-liu-yutong"),
    "construction": (people.CONSTRUCTOR_ID, "李芳华", "person-li-fanghua"),
    "supervision": ("36010219900307009X", "周明辉", "person-zhou-minghui"),
}
MOBILES = dict(zip(LEADERS, ("13970010001", "13970010002", "13970010003", "13970010004", "13970010005"), strict=True))


@dataclass
class Site(Journey):
    """Each journey has a project of its own, and goes on where the clock stands."""

    projects: Iterator[int] = field(default_factory=lambda: count(1))

    def developer(self) -> Actor:
        return Actor(SignatoryRole.DEVELOPER, DEVELOPER, "developer-clerk")

    def contractor(self, kind: SectionKind) -> Actor:
        return Actor(kind.contractor, CONTRACTORS[kind], f"{kind.value}-clerk")

    def leader(self, kind: SectionKind) -> Actor:
        return Actor(kind.leader, LEADERS[kind.value][0], f"{kind.value}-leader")

    # ---- forms

    def registration(self, **changes: Any) -> dict[str, Any]:
        id_no, name, _ = LEADERS["developer"]
        return {
            "legal_representative": "黄立群",
            "developer_address": "示例市红谷大道 100 号",
            "leader_name": name,
            "leader_id_no": id_no,
            "leader_mobile": MOBILES["developer"],
            "project_name": f"匠心家园安置房{next(self.projects)}期工程",
            "project_category": "01",
            "region": COUNTY,
            "project_place": "东湖区匠心路与滨江大道交叉口",
            "investment_code": "2609-360102-04-01-123456",
            "approval_no": "示发改投资〔2026〕118号",
            "approval_level": "设区市级",
            "investment": "42680.00",
            "total_area": "16511.30",
            "nature": "新建",
            "usage": "居住建筑",
            "funding": "财政资金",
            "starts_on": "2027-03-01",
            "ends_on": "2029-06-30",
            "scale": "新建安置房 1 栋、配套幼儿园 1 栋。",
            "unit_works": [
                {
                    "name": name,
                    "structure": structure,
                    "usage": usage,
                    "floors_above": above,
                    "floors_below": below,
                    "area": area,
                }
                for name, structure, usage, above, below, area in (
                    ("1#住宅楼", "剪力墙结构", "住宅", 18, 1, "12860.50"),
                    ("配套幼儿园", "框架结构", "托幼", 3, 0, "3650.80"),
                )
            ],
            "attachments": self.attachments("立项批复文件"),
            **changes,
        }

    def order(self, project: Project, kind: SectionKind, **changes: Any) -> dict[str, Any]:
        id_no, name, _ = LEADERS[kind.value]
        form = {
            "project_no": project.number,
            "section_name": f"{project.name}{kind.zh}",
            "unit_works": [{"code": "001"}],
            "scope": "施工图范围内的全部工程。",
            "price": "86.40",
            "term": "45 日历天",
            "starts_on": "2027-03-01",
            "ends_on": "2027-04-14",
            "method": "direct",
            "method_reason": "金额未达到必须招标的标准。",
            "attachments": self.attachments("任务书"),
            f"{kind.contractor.value}_uscc": CONTRACTORS[kind],
            "contractor_qualification": "甲级 B236000045",
        }
        if kind in (SectionKind.SURVEY, SectionKind.DESIGN):
            form |= {
                "contractor_leader_name": name,
                "contractor_leader_id_no": id_no,
                "contractor_leader_mobile": MOBILES[kind.value],
            }
        else:
            form |= {"quality": "一次验收合格"}
        return {**form, **changes}

    def acceptance(self, kind: SectionKind, **changes: Any) -> dict[str, Any]:
        id_no, name, _ = LEADERS[kind.value]
        builds = kind is SectionKind.CONSTRUCTION
        safety = (
            {"safety_licence_no": "（赣）JZ安许证字〔2026〕020028", "safety_licence_until": "2029-06-30"}
            if builds
            else {}
        )
        return {
            "contractor_qualification": "甲级 B236000045",
            "contract_name": f"{kind.zh}合同",
            "contract_no": f"JXJY-2026-{kind.letters}-01",
            "contract_amount": "86.40",
            "signed_on": self.today.isoformat(),
            "starts_on": "2027-03-01",
            "ends_on": "2027-04-14",
            "contract": self.file("合同.pdf"),
            "agreement": "按委托范围和合同约定完成工作，项目组成员未经建设单位同意不得更换。",
            "leader_name": name,
            "leader_id_no": id_no,
            "leader_mobile": MOBILES[kind.value],
            "leader_qualification": "注册执业人员",
            "leader_registration_no": people.CONSTRUCTOR_LICENCE
            if kind is SectionKind.CONSTRUCTION
            else "AY20133600045",
            "indicators": [{"code": "001", "indicators": "钻孔 18 个，进尺 540 米"}],
            **safety,
            **changes,
        }

    def attachments(self, name: str) -> list[dict[str, Any]]:
        file = self.file(name)
        return [{"name": name, "sha256": file["sha256"], "pages": 2}]

    # ---- what was before

    def a_project(self, **changes: Any) -> Project:
        """As ``prj.register`` leaves one."""
        form = self.registration()
        serial = next(self.projects)
        project = Project(
            number=ProjectNo.mint(Region(COUNTY), date(2026, 1, 1) + timedelta(days=serial), "01", 1),
            name=form["project_name"],
            region=COUNTY,
            developer=DEVELOPER,
            leader=form["leader_id_no"],
            early=False,
            facts={key: value for key, value in form.items() if key != "unit_works"},
            unit_works=tuple(
                UnitWork(f"{position:03d}", row["name"], {key: value for key, value in row.items() if key != "name"})
                for position, row in enumerate(form["unit_works"], 1)
            ),
        )
        project = replace(project, **changes)
        with self.service.desk.database.transaction() as connection:
            projects.add(connection, project)
        return project

    def taken_on(
        self,
        project: Project,
        kind: SectionKind,
        state: SectionState = SectionState.ACCEPTED,
        unit_works: tuple[str, ...] = ("001",),
        contractor: str | None = None,
    ) -> Section:
        """As ``ct.*`` leaves one."""
        section = Section(
            number=f"{project.number}-{kind.letters}-9{next(self.projects):02d}",
            project=project.number,
            kind=kind,
            name=f"{project.name}{kind.zh}",
            unit_works=unit_works,
            state=state,
            contractor=contractor or CONTRACTORS[kind],
            leader=LEADERS[kind.value][0],
            facts={"take_on": {"leader_registration_no": "AY20133600045"}},
        )
        with self.service.desk.database.transaction() as connection:
            projects.put_section(connection, section)
        return section

    def set_state(self, section: Section, state: SectionState) -> None:
        self.put(section, state=state)

    def put(self, section: Section, **changes: Any) -> None:
        with self.service.desk.database.transaction() as connection:
            projects.put_section(connection, replace(section, **changes))

    def lock(self, person: str, project: Project) -> None:
        with self.service.desk.database.transaction() as connection:
            employments.lock(connection, ProjectLock(person, project.number, project.name, self.today))

    # ---- what there is

    def locks(self, person: str) -> list[str]:
        """Numbers of the projects that hold a person."""
        with self.service.desk.database.reading() as connection:
            return [lock.project for lock in employments.locks_of(connection, person)]

    def project(self, number: str) -> Project | None:
        with self.service.desk.database.reading() as connection:
            return projects.find(connection, number)

    def section(self, dossier: str) -> Section:
        with self.service.desk.database.reading() as connection:
            section = projects.section_of_dossier(connection, dossier)
        assert section is not None
        return section

    def texted(self, mobile: str) -> list[Mapping[str, str]]:
        """What came to a mobile by text message, the newest last."""
        return self.platforms.telephones().at(mobile)

    def told_by(self, party: str, event: Event) -> list[str]:
        """What a party can read of an event on the platform."""
        with self.service.desk.database.reading() as connection:
            wanted = select(messages.message.c.zh).where(
                messages.message.c.party == party, messages.message.c.event == event.value
            )
            return list(connection.scalars(wanted))

    def publish(self, number: str) -> None:
        """The developer sees the order, seals it, and it is out."""
        self.submit(number, self.developer())
        self.settle(number)

    def take_on(self, number: str, kind: SectionKind, **changes: Any) -> None:
        """The contractor gives contract and team, sees the acceptance and seals it."""
        self.take(number, "take_on", self.contractor(kind), **self.acceptance(kind, **changes))
        self.settle(number)
        self.take(number, "confirm", self.contractor(kind))
        self.settle(number)


@contextmanager
def site_in(folder: Path) -> Iterator[Site]:
    with journey_in(folder) as journey:
        site = Site(journey.service, journey.clock)
        settle_in(site)
        yield site


def settle_in(site: Site) -> None:
    with site.service.desk.database.transaction() as connection:
        for uscc, name, label in NEWCOMERS:
            key = KeyRef("soft", label)
            parties.put(connection, Organisation(PartyKind.ENTERPRISE, Uscc(uscc), name, Region(COUNTY), key))
            artwork = SealArtwork(SealKind.ENTERPRISE, name, (), f"36010299{int(uscc[10:15], 36) % 10**5:05d}")
            parties.put_seal(connection, _seal(site, uscc, key, artwork))
        for role, (id_no, name, label) in LEADERS.items():
            known = parties.find(connection, id_no)
            key = KeyRef("soft", label)
            facts = {**(known.facts if known else {}), "mobile": MOBILES[role]}
            parties.put(connection, Person(IdNo(id_no), PersonName(name), key, facts))
            if known is None:
                artwork = SealArtwork(SealKind.SIGNATURE, name, strokes=sample_signature(name))
                parties.put_seal(connection, _seal(site, id_no, key, artwork))
        for kind, enterprise in CONTRACTORS.items():
            person = LEADERS[kind.value][0]
            post = Employment(person, enterprise, "项目负责人", ContractKind.FIXED, date(2023, 3, 1), None)
            employments.start(connection, post)


def _seal(site: Site, owner: str, key: KeyRef, artwork: SealArtwork) -> Seal:
    ends = site.today.replace(year=site.today.year + 2, day=1)
    return Seal(f"seal-{key.label}"[:36], 1, owner, artwork, key, site.today, ends)
