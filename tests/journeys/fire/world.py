"""A project with its five parties, and what they and the officers fill in, in the fire journeys."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from signing_service.domain.codes import Region, Uscc
from signing_service.domain.dates import SHANGHAI
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.fire import FireMatter, FireResult
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import Organisation, PartyKind
from signing_service.domain.projects import SectionKind
from signing_service.storage import dossiers, draws, fire_results, parties
from signing_service.storage.draws import DrawRow
from signing_service.workflows.draws import Draws
from tests.journeys.project.site import COUNTY, DEVELOPER, LEADERS, NEWCOMERS, Site, site_in

REPRESENTATIVE, REPRESENTATIVE_NAME, _ = LEADERS["supervision"]
KINDS = (SectionKind.DESIGN, SectionKind.CONSTRUCTION, SectionKind.SUPERVISION)
ADDRESS = "示例省江右市滨江区望江路 88 号"

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
    journey: Site

    # ---- who acts

    developer = Actor(SignatoryRole.DEVELOPER, DEVELOPER, "developer-clerk")
    representative = Actor(SignatoryRole.LEGAL_REPRESENTATIVE, REPRESENTATIVE, "representative")

    @property
    def designer(self) -> Actor:
        return self.journey.contractor(SectionKind.DESIGN)

    @property
    def units(self) -> tuple[Actor, ...]:
        return tuple(self.journey.contractor(kind) for kind in KINDS)

    def project(self, *kinds: SectionKind) -> str:
        """A new one, of which these kinds of work are taken on; all three when none is named."""
        project = self.journey.a_project()
        for kind in kinds or KINDS:
            self.journey.taken_on(project, kind)
        return project.number

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
        number = self.handed_in("fs.record", self.filing(project, **changes), *self.units)
        self.journey.take(number, "accept", self.journey.officer("tang"), category=category)
        self.journey.settle(number)
        return number

    def check_failed(self, project: str) -> str:
        """As ``fs.check`` leaves it; the dossier of the check."""
        check = f"XFCC{self.journey.today:%Y%m%d}{next(self.journey.projects):06d}"
        with self.journey.service.desk.database.transaction() as connection:
            fire_results.add(
                connection,
                FireResult(project, FireMatter.CHECK, passed=False, on=self.journey.today, dossier=check),
                "fs_check_notice",
            )
        return check

    def put_right(self, project: str, check: str) -> dict[str, Any]:
        return {
            "project_no": project,
            "check_no": check,
            "address": "示例省江右市滨江区望江路 102 号",
            "mobile": "13970000101",
            "rectified_on": self.journey.today.isoformat(),
            "rectification": "标志灯已更换。",
            "proof": self.journey.file("整改照片.pdf"),
        }

    # ---- the draw

    def look(self) -> None:
        """The service looks by itself every few seconds, too: who comes first does not matter."""
        Draws(self.journey.service.desk, secrets.token_bytes).look()

    def until(self, hour: int) -> None:
        """The present is shortly after the next such hour in Shanghai."""
        now = self.journey.clock().astimezone(SHANGHAI)
        then = now.replace(hour=hour, minute=0, second=1, microsecond=0)
        self.journey.clock.ahead += (then if then > now else then + timedelta(days=1)) - now

    def draw_is_held(self) -> None:
        """Promised, closed, revealed."""
        self.look()
        self.until(17)
        self.look()
        self.journey.clock.ahead += timedelta(minutes=15)
        self.look()

    def draw_under_way(self) -> DrawRow:
        """Of the only authority in these journeys."""
        with self.journey.service.desk.database.reading() as connection:
            (found,) = draws.not_held(connection).values()
        return found

    def draw(self, number: str) -> DrawRow:
        with self.journey.service.desk.database.reading() as connection:
            found = draws.find(connection, number)
        assert found is not None
        return found

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


@contextmanager
def fire_in(folder: Path) -> Iterator[Fire]:
    """The building site, with a developer whose legal representative is on record."""
    _, name, label = NEWCOMERS[0]
    facts = {"legal_representative": REPRESENTATIVE_NAME}
    developer = Organisation(PartyKind.ENTERPRISE, Uscc(DEVELOPER), name, Region(COUNTY), KeyRef("soft", label), facts)
    with site_in(folder) as site:
        with site.service.desk.database.transaction() as connection:
            parties.put(connection, developer)
        yield Fire(site)
