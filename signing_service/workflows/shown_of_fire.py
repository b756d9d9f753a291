"""What fire documents say beyond what was typed: worked out from form, project, register and the steps before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import PurePath
from typing import Any, ClassVar

from signing_service.domain.dates import SHANGHAI, in_chinese
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.draw import HeldDraw, grouped
from signing_service.domain.fire import FireMatter, latest
from signing_service.domain.fire_classes import USES, is_key_project, proposed_situations
from signing_service.domain.projects import Project, SectionKind
from signing_service.workflows.checks_of_fire import ON_SITE
from signing_service.workflows.procedure import Situation

UNIT_TITLES = {
    SectionKind.SURVEY: "勘察单位",
    SectionKind.DESIGN: "设计单位",
    SectionKind.CONSTRUCTION: "施工单位",
    SectionKind.SUPERVISION: "监理单位",
}
OF_COMPUTATION = (
    *("candidate_count", "drawn_count", "list_hash", "beacon", "seed", "algorithm", "categories", "candidates"),
)
"""What ``domain.draw.record_of`` says."""
OF_PLACES_AND_DAYS = (
    *("record_no", "drawn_at", "committed_at", "promised_at", "authority_name", "subject", "secret_hash"),
    "beacon_source",
)
"""What ``places_and_days`` says."""


@dataclass(frozen=True, slots=True)
class OfProject:
    """Its name, and who leads it for the developer."""

    gives: ClassVar[tuple[str, ...]] = ("project_name", "developer_leader_name")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        project = _project(dossier, situation)
        leader = situation.register.party(project.leader)
        return {"project_name": project.name, "developer_leader_name": str(leader.name) if leader else ""}


@dataclass(frozen=True, slots=True)
class OfBuildings:
    """The table of buildings as it is printed, and what it comes to."""

    gives: ClassVar[tuple[str, ...]] = ("buildings", "floor_area", "height", "floors", "use")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        del situation
        rows = dossier.form.get("buildings", ())
        tallest = max(rows, key=lambda row: Decimal(row["height"]), default=None)
        return {
            "buildings": [_as_printed(row) for row in rows],
            "floor_area": measured(sum((_area(row) for row in rows), Decimal(0))),
            "height": measured(Decimal(tallest["height"])) if tallest else "",
            "floors": f"地上 {tallest['floors_above']} 层，地下 {tallest['floors_below']} 层" if tallest else "",
            "use": "、".join(dict.fromkeys(USES[row["use"]].name for row in rows)),
        }


@dataclass(frozen=True, slots=True)
class OfUnits:
    """五、参建单位: who plays the parts in the project, with the telephone and grade of the form."""

    kinds: tuple[SectionKind, ...]

    gives: ClassVar[tuple[str, ...]] = ("parties",)

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        project = _project(dossier, situation)
        units = [row for kind in self.kinds if (row := _unit(kind, project, dossier.form, situation))]
        return {"parties": [*units, *dossier.form.get("other_units", ())]}


@dataclass(frozen=True, slots=True)
class OfSituations:
    """The items of article 14: those that were confirmed, before that those that the platform proposes."""

    gives: ClassVar[tuple[str, ...]] = ("situations",)

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        del situation
        confirmed = dossier.facts.get("given", {}).get("review", {}).get("situations")
        return {"situations": list(confirmed or proposed_situations(dossier.form))}


@dataclass(frozen=True, slots=True)
class OfCategory:
    """一般 or 重点 project: as confirmed, before that as proposed."""

    gives: ClassVar[tuple[str, ...]] = ("category",)

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        del situation
        return {"category": category_of(dossier)}


def category_of(dossier: Dossier) -> str:
    confirmed: str | None = dossier.facts.get("given", {}).get("accept", {}).get("category")
    return confirmed or ("key" if is_key_project(dossier.form) else "general")


@dataclass(frozen=True, slots=True)
class OfDesign:
    """The opinion on the design that was passed."""

    gives: ClassVar[tuple[str, ...]] = ("fire_design_no", "fire_design_on")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        design = latest(situation.register.fire_results(dossier.facts["project_no"]), FireMatter.DESIGN)
        if design is None:
            return {}
        return {"fire_design_no": design.number or design.dossier, "fire_design_on": design.on.isoformat()}


@dataclass(frozen=True, slots=True)
class Concluded:
    """合格, or 不合格 with the reason that the officer wrote."""

    passed: bool

    gives: ClassVar[tuple[str, ...]] = ("conclusion", "problems", "decided_on")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        return {
            "conclusion": "passed" if self.passed else "failed",
            "problems": "" if self.passed else dossier.facts.get("reason", ""),
            "decided_on": situation.today.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class NumberOf:
    """The number of a document that was sent before, under the name of a fact."""

    fact: str
    template: str
    otherwise: str = ""
    """What is said where there is none."""

    @property
    def gives(self) -> tuple[str, ...]:
        return (self.fact,)

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        paper = situation.register.paper(dossier.number, self.template)
        return {self.fact: paper.number if paper else self.otherwise}


@dataclass(frozen=True, slots=True)
class NumberIn:
    """The same of a document in another dossier, which the form names in ``field``."""

    fact: str
    template: str
    field: str

    @property
    def gives(self) -> tuple[str, ...]:
        return (self.fact,)

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        other = dossier.form[self.field]
        paper = situation.register.paper(other, self.template)
        return {self.fact: paper.number if paper else other}


@dataclass(frozen=True, slots=True)
class OnSite:
    """What officers handed in of their visit; ``occasion`` is accept, check or recheck."""

    occasion: str

    gives: ClassVar[tuple[str, ...]] = ("occasion", "began_at", "ended_at", "items", "photos", "conclusion")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        del situation
        given = dossier.facts["given"][ON_SITE]
        return {
            "occasion": self.occasion,
            "began_at": f"{given['site_on']} {given['began']}",
            "ended_at": f"{given['site_on']} {given['ended']}",
            "items": [
                {
                    "subject": one["subject"],
                    "finding": one["finding"],
                    "class": one["class"],
                    "result": one["result_name"],
                }
                for one in given["items"]
            ],
            "photos": [
                {"name": PurePath(one["name"]).stem, "taken_at": given["site_on"], "sha256": one["sha256"]}
                for one in given["photos"]
            ],
            "conclusion": given["conclusion"],
        }


@dataclass(frozen=True, slots=True)
class Visited:
    """When and by whom, for the letter that follows the visit."""

    gives: ClassVar[tuple[str, ...]] = ("checked_on", "site_on", "officer_names")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        del situation
        given = dossier.facts["given"][ON_SITE]
        return {
            "checked_on": given["site_on"],
            "site_on": given["site_on"],
            "officer_names": officers_named(given["officers"]),
        }


@dataclass(frozen=True, slots=True)
class Filed:
    """On the receipt of a filing: everything that is filed goes into the next draw."""

    gives: ClassVar[tuple[str, ...]] = ("draw_state", "draw_record_no", "decided_on")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        del dossier
        return {"draw_state": "pending", "draw_record_no": "", "decided_on": situation.today.isoformat()}


@dataclass(frozen=True, slots=True)
class NotFiled:
    gives: ClassVar[tuple[str, ...]] = ("reason", "decided_on")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        return {"reason": dossier.facts.get("reason", ""), "decided_on": situation.today.isoformat()}


@dataclass(frozen=True, slots=True)
class OfDraw:
    """On the letter to who was drawn."""

    gives: ClassVar[tuple[str, ...]] = (
        "recorded_on",
        "drawn_on",
        "draw_record_no",
        "candidate_count",
        "check_by",
        "check_on",
        "officer_names",
        "notified_on",
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        form = dossier.form
        draw = situation.register.draw(form["draw_no"])
        given = dossier.facts["given"]["arrange"]
        return {
            "recorded_on": form["recorded_on"],
            "drawn_on": form["drawn_on"],
            "draw_record_no": form["draw_no"],
            "candidate_count": len(draw.record["candidates"]) if draw else 0,
            "check_by": dossier.facts["clocks"]["check"]["due"],
            "check_on": given["check_on"],
            "officer_names": officers_named(given["officers"]),
            "notified_on": situation.today.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class OfRecord:
    """The record of a draw, as it was published; its number is the draw's."""

    gives: ClassVar[tuple[str, ...]] = (*OF_COMPUTATION, *OF_PLACES_AND_DAYS, "notice_no", "drawn_on", "platform_name")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        draw = situation.register.draw(dossier.number)
        if draw is None:
            msg = f"{dossier.number}: the draw was not held"
            raise LookupError(msg)
        return {
            **draw.record,
            "notice_no": draw.number,
            "drawn_on": _local(draw.drawn_at).date().isoformat(),
            "platform_name": str(situation.parties[SignatoryRole.PLATFORM].name),
        }


def places_and_days(draw: HeldDraw, authority: str) -> dict[str, Any]:
    """What a record says besides its computation."""
    drawn_at, promised_at = _local(draw.drawn_at), _local(draw.promised_at)
    return {
        "record_no": draw.number,
        "drawn_at": _moment(drawn_at),
        "committed_at": _moment(_local(draw.committed_at)),
        "promised_at": _moment(promised_at),
        "authority_name": authority,
        "subject": f"建设工程消防验收备案抽查（{in_chinese(drawn_at.date())}批次）",
        "secret_hash": draw.secret_hash,
        "beacon_source": f"平台于{_moment(promised_at)}即名单锁定之前公布其 SHA-256 摘要的秘密随机数；"
        f"摘要 {grouped(draw.secret_hash)}",
    }


def officers_named(officers: Iterable[Mapping[str, Any]]) -> str:
    return "、".join(f"{one['name']}（执法证 {one['card_no']}）" for one in officers)


def measured(value: Decimal) -> str:
    """Two places, thousands apart: 18 620.50."""
    return f"{value:,.2f}".replace(",", " ")


def _project(dossier: Dossier, situation: Situation) -> Project:
    project = situation.register.project(dossier.facts["project_no"])
    if project is None:
        msg = f"{dossier.number}: its project is gone"
        raise LookupError(msg)
    return project


def _area(row: Mapping[str, Any]) -> Decimal:
    return Decimal(row["area_above"]) + Decimal(row["area_below"])


def _as_printed(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "name": row["name"],
        "structure": row["structure_name"],
        "use": USES[row["use"]].name,
        "fire_rating": row["fire_rating_name"],
        "floors": f"{row['floors_above']}/{row['floors_below']}",
        **{key: measured(Decimal(row[key])) for key in ("height", "footprint", "area_above", "area_below")},
    }


def _unit(kind: SectionKind, project: Project, form: Mapping[str, Any], situation: Situation) -> dict[str, str] | None:
    section = project.section_of(kind)
    if section is None or not section.contractor or not section.leader:
        return None
    unit, leader = situation.register.party(section.contractor), situation.register.party(section.leader)
    if unit is None or leader is None:
        return None
    return {
        "title": UNIT_TITLES[kind],
        "name": str(unit.name),
        "grade": form.get(f"{kind}_grade", ""),
        "legal_representative": _plain_name(unit.facts.get("legal_representative", "")),
        "leader": str(leader.name),
        "mobile": form.get(f"{kind}_mobile", ""),
    }


def _plain_name(recorded: str) -> str:
    """Where the record names the representative by number, nothing is said."""
    return "" if any(character.isdigit() for character in recorded) else recorded


def _local(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI)


def _moment(moment: datetime) -> str:
    return f"{in_chinese(moment.date())} {moment:%H:%M}"
