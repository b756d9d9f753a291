"""A project with its five parties, and what they and the officers fill in, in the fire journeys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from signing_service.demo.signatures import sample_signature
from signing_service.domain.codes import IdNo, PersonName, Uscc
from signing_service.domain.dates import SHANGHAI, add_years
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.fire import FireResult
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import Organisation, PartyKind, Person
from signing_service.domain.projects import Project, Section, SectionKind, SectionState
from signing_service.domain.seals import Seal, SealArtwork, SealKind
from signing_service.storage import dossiers, fire_results, parties, projects
from signing_service.workflows.draws import Draws
from tests.journeys.driver import BUILDER, Journey, journey_in

DEVELOPER, DESIGNER, SUPERVISOR = "91360100MA99001679", "91361100999000152K", "913604009990001361"
REPRESENTATIVE, LEADER, DESIGN_LEADER = "36010219900307009X", "360403197812310034", "361102199911300066"
ADDRESS = "示例省江右市滨江区望江路 88 号"

UNITS = {
    DEVELOPER: ("赣江示例房地产开发有限公司", "enterprise-91360100ma99001679"),
    DESIGNER: ("信江示例建筑设计院有限公司", "enterprise-91361100999000152k"),
    SUPERVISOR: ("浔阳示例工程监理有限公司", "enterprise-913604009990001361"),
}
PEOPLE = {
    REPRESENTATIVE: ("周明辉", "person-zhou-minghui"),
    LEADER: ("陈志强", "person-chen-zhiqiang"),
    DESIGN_LEADER: ("刘雨桐", "person-liu-yutong"),
}
SECTIONS = {
    SectionKind.DESIGN: (DESIGNER, DESIGN_LEADER),
    SectionKind.CONSTRUCTION: (BUILDER, LEADER),
    SectionKind.SUPERVISION: (SUPERVISOR, DESIGN_LEADER),
}
CLINIC = {
    "name": "1#综合楼", "structure": "4", "use": "0504", "fire_rating": "1", "floors_above": "12", "floors_below": "1",
    "height": "48.60", "footprint": "1480", "area_above": "16500.30", "area_below": "1480",
}  # fmt: skip
OFFICE = {
    "name": "文化站", "structure": "2", "use": "9003", "fire_rating": "2", "floors_above": "3", "floors_below": "0",
    "height": "12.30", "footprint": "310", "area_above": "930", "area_below": "0",
}  # fmt: skip
KINDERGARTEN = {**OFFICE, "name": "幼儿园", "use": "0501", "area_above": "800"}


@dataclass
class Fire:
    journey: Journey
    _projects: Iterator[int] = field(default_factory=lambda: count(1))

    # ---- who acts

    developer = Actor(SignatoryRole.DEVELOPER, DEVELOPER, "developer-clerk")
    representative = Actor(SignatoryRole.LEGAL_REPRESENTATIVE, REPRESENTATIVE, "representative")
    designer = Actor(SignatoryRole.DESIGNER, DESIGNER, "designer-clerk")
    builder = Actor(SignatoryRole.BUILDER, BUILDER, "builder-clerk")
    supervisor = Actor(SignatoryRole.SUPERVISOR, SUPERVISOR, "supervisor-clerk")

    def project(self, *kinds: SectionKind) -> str:
        """A new one, of which these kinds of work are taken on; all of them when none is named."""
        serial = next(self._projects)
        number = f"36010226112901{serial:02d}"
        with self.journey.service.desk.database.transaction() as connection:
            projects.add(
                connection,
                Project(number, f"滨江社区卫生服务中心（{serial}期）", "360102", DEVELOPER, LEADER, early=False, facts={}),
            )
            for kind in kinds or tuple(SECTIONS):
                contractor, leader = SECTIONS[kind]
                section = Section(
                    f"{number}-{kind}", number, kind, kind.value, (), SectionState.ACCEPTED, contractor, leader
                )
                projects.put_section(connection, section)
        return number

    # ---- what they fill in

    def design(self, project: str, **changes: Any) -> dict[str, Any]:
        file = self.journey.file
        return {
            "project_no": project,
            "legal_representative_id_no": REPRESENTATIVE,
            "mobile": "13970000101",
            "address": ADDRESS,
            "kind": "new",
            "planning_no": "建字第3601022026GG0018号",
            "special_design": "no",
            "investment": "9860",
            "buildings": [CLINIC],
            "facilities": ["01", "03", "04", "12"],
            "summary": "新建社区卫生服务中心，五层至十二层为病房。",
            "design_mobile": "13970000103",
            "design_grade": "建筑行业（建筑工程）甲级",
            "design_files": file("消防设计文件.pdf"),
            "planning_permit": file("规划许可证.pdf"),
            **changes,
        }

    def completed(self, project: str, **changes: Any) -> dict[str, Any]:
        """What acceptance and filing ask alike."""
        return {
            "project_no": project,
            "legal_representative_id_no": REPRESENTATIVE,
            "mobile": "13970000101",
            "address": ADDRESS,
            "kind": "new",
            "permit_no": "360102202604150301",
            "accepted_on": self.journey.today.isoformat(),
            "facilities": ["01", "03", "04", "12"],
            "summary": "新建三层文化站，设阅览、展示和多功能活动室。",
            "design_mobile": "13970000103",
            "construction_mobile": "13970000104",
            "supervision_mobile": "13970000105",
            "inspection": "各项消防内容已完成，检测合格。",
            "inspection_result": "passed",
            **changes,
        }

    def acceptance(self, project: str, **changes: Any) -> dict[str, Any]:
        file = self.journey.file
        return {
            **self.completed(project),
            "special_design": "no",
            "buildings": [CLINIC],
            "completion_report": file("竣工验收报告.pdf"),
            "as_built": file("竣工图.pdf"),
            **changes,
        }

    def filing(self, project: str, **changes: Any) -> dict[str, Any]:
        return {**self.completed(project), "buildings": [OFFICE], "way": "commitment", "commitment": True, **changes}

    def visit(self, conclusion: str = "passed", **changes: Any) -> dict[str, Any]:
        return {
            "site_on": self.journey.today.isoformat(),
            "began": "09:10",
            "ended": "15:40",
            "sampled": "一层门诊大厅、五层病房、地下一层汽车库",
            "officers": officers(),
            "items": [
                {"subject": "防火门、防火卷帘", "finding": "联动正常", "class": "B", "result": conclusion},
            ],
            "photos": [self.journey.file("五层东侧防火门.jpg")],
            "conclusion": conclusion,
            "present": "建设单位 陈志强；设计单位 刘雨桐",
            **changes,
        }

    # ---- runs of steps

    def handed_in(self, key: str, form: dict[str, Any], *units: Actor) -> str:
        """Sealed by the units, signed by the legal representative, sealed last by the developer."""
        number = self.journey.begin(key, self.developer, form)
        self.signed(number, *units)
        return number

    def signed(self, number: str, *units: Actor) -> None:
        journey = self.journey
        journey.take(number, "prepare", self.developer)
        journey.settle(number)
        for unit in (*units, self.representative):
            journey.take(number, "confirm", unit)
        journey.take(number, "submit", self.developer)
        journey.settle(number)

    def reviewed(self, number: str) -> None:
        """受理, 初审."""
        self.journey.take(number, "accept", self.journey.officer("tang"))
        self.journey.take(number, "review", self.journey.officer("song"), situations=["5"])

    def design_passed(self, project: str) -> str:
        number = self.handed_in("fs.design", self.design(project), self.designer)
        self.reviewed(number)
        self.journey.take(number, "grant", self.journey.officer("zheng"))
        self.journey.settle(number)
        return number

    def filed(self, project: str, category: str = "general", **changes: Any) -> str:
        units = (self.designer, self.builder, self.supervisor)
        number = self.handed_in("fs.record", self.filing(project, **changes), *units)
        self.journey.take(number, "accept", self.journey.officer("tang"), category=category)
        self.journey.settle(number)
        return number

    # ---- the draw

    def draws(self, secret: bytes = b"\x07" * 32) -> Draws:
        return Draws(self.journey.service.desk, lambda length: secret[:length])

    def until_five(self) -> None:
        """The present is shortly after the next five o'clock."""
        now = self.journey.clock().astimezone(SHANGHAI)
        five = now.replace(hour=17, minute=0, second=1, microsecond=0)
        self.journey.clock.ahead += (five if five > now else five + timedelta(days=1)) - now

    def draw_is_held(self, secret: bytes = b"\x07" * 32) -> None:
        """Promised, closed, revealed."""
        draws = self.draws(secret)
        draws.look()
        self.until_five()
        draws.look()
        self.journey.clock.ahead += timedelta(minutes=15)
        draws.look()

    def of_procedure(self, key: str) -> list[str]:
        with self.journey.service.desk.database.reading() as connection:
            return [one.number for one in dossiers.at_stages(connection, key, list(Stage))]

    # ---- what the project knows

    def results(self, project: str) -> list[FireResult]:
        with self.journey.service.desk.database.reading() as connection:
            return fire_results.of_project(connection, project)


def officers() -> list[dict[str, str]]:
    return [
        {"name": "鲁一鸣", "card_no": "36010200031", "part": "主评定"},
        {"name": "方宁", "card_no": "36010200047", "part": "记录"},
    ]


def enter(journey: Journey, at: datetime) -> None:
    today = at.astimezone(SHANGHAI).date()
    people = [Person(IdNo(number), PersonName(name), KeyRef("soft", key)) for number, (name, key) in PEOPLE.items()]
    units = [
        Organisation(
            PartyKind.ENTERPRISE, Uscc(number), name, None, KeyRef("soft", key), {"legal_representative": "周明辉"}
        )
        for number, (name, key) in UNITS.items()
    ]
    with journey.service.desk.database.transaction() as connection:
        for party in (*people, *units):
            parties.put(connection, party)
            artwork = (
                SealArtwork(SealKind.SIGNATURE, str(party.name), strokes=sample_signature(str(party.name)))
                if isinstance(party, Person)
                else SealArtwork(SealKind.ENTERPRISE, party.name, (), f"3601009{100000 + len(party.name):06d}")
            )
            key = party.key or KeyRef("soft", "none")
            until = add_years(today, 3)
            parties.put_seal(
                connection, Seal(f"seal-{key.label}"[:36], 1, str(party.number), artwork, key, today, until)
            )


@contextmanager
def fire_in(folder: Path) -> Iterator[Fire]:
    with journey_in(folder) as journey:
        enter(journey, journey.clock())
        yield Fire(journey)
