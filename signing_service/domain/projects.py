"""Projects, their unit works and the sections in which work is put out and taken on (domain text, §10.2, §12, §17.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from signing_service.domain.documents import SignatoryRole

PROJECT_CATEGORIES: Mapping[str, str] = {"01": "房屋建筑工程", "02": "市政工程", "99": "其他"}

MODULE_BEGAN: Mapping[str, date] = {
    "report": date(2019, 4, 1),
    "review": date(2019, 4, 1),
    "permit": date(2019, 10, 1),
}
"""When each module of the platform took up its work: what was reached before may be entered as 早期 (domain text, §13.4)."""


class SectionKind(StrEnum):
    """标段: which of the four kinds of work is put out."""

    SURVEY = "survey"
    DESIGN = "design"
    CONSTRUCTION = "construction"
    SUPERVISION = "supervision"

    @property
    def letters(self) -> str:
        """In the number of a section."""
        return {"survey": "KC", "design": "SJ", "construction": "SG", "supervision": "JL"}[self.value]

    @property
    def zh(self) -> str:
        return {"survey": "勘察", "design": "设计", "construction": "施工", "supervision": "监理"}[self.value]

    @property
    def contractor(self) -> SignatoryRole:
        return {
            SectionKind.SURVEY: SignatoryRole.SURVEYOR,
            SectionKind.DESIGN: SignatoryRole.DESIGNER,
            SectionKind.CONSTRUCTION: SignatoryRole.BUILDER,
            SectionKind.SUPERVISION: SignatoryRole.SUPERVISOR,
        }[self]

    @property
    def leader(self) -> SignatoryRole:
        """项目负责人 of the contractor: 项目经理 of construction, 总监 of supervision."""
        return {
            SectionKind.SURVEY: SignatoryRole.SURVEY_LEADER,
            SectionKind.DESIGN: SignatoryRole.DESIGN_LEADER,
            SectionKind.CONSTRUCTION: SignatoryRole.BUILDER_LEADER,
            SectionKind.SUPERVISION: SignatoryRole.SUPERVISOR_LEADER,
        }[self]


class SectionState(StrEnum):
    PUBLISHED = "published"
    """已发包, waits for its contractor."""
    TENDER_CONFIRMED = "tender_confirmed"
    """招标办已确认"""
    ACCEPTED = "accepted"
    """已承接"""
    RESULTS_REGISTERED = "results_registered"
    RESULTS_CONFIRMED = "results_confirmed"
    RETURNED = "returned"
    """退回发包方: nobody has taken it on, and its developer may put it out again."""
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"

    @property
    def is_live(self) -> bool:
        """Put out or taken on: no other of its kind may cover the same unit works."""
        return self not in (SectionState.RETURNED, SectionState.WITHDRAWN, SectionState.LAPSED)

    @property
    def is_taken_on(self) -> bool:
        return self in (SectionState.ACCEPTED, SectionState.RESULTS_REGISTERED, SectionState.RESULTS_CONFIRMED)


MUST_TENDER: Mapping[SectionKind, Decimal] = {
    SectionKind.SURVEY: Decimal(100),
    SectionKind.DESIGN: Decimal(100),
    SectionKind.CONSTRUCTION: Decimal(400),
    SectionKind.SUPERVISION: Decimal(100),
}
"""万元, from which a tender is mandatory (必须招标的工程项目规定, 发改委令 2018 年第 16 号, 第五条)."""


@dataclass(frozen=True, slots=True)
class UnitWork:
    """单位工程; its code is unique within the project: ``01``."""

    code: str
    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    """structure, usage, floors above and below, height, area, span: as registered."""


@dataclass(frozen=True, slots=True)
class Section:
    """Work on some unit works, put out by the developer and taken on by one contractor."""

    number: str
    """Of the project, the kind and a serial: ``3601022611290101-SG-001``."""
    project: str
    kind: SectionKind
    name: str
    unit_works: tuple[str, ...]
    state: SectionState
    contractor: str | None = None
    """USCC of who has been chosen."""
    leader: str | None = None
    """ID number of the contractor's project leader, from the moment it is taken on."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    dossier: str | None = None
    """That put it out."""


@dataclass(frozen=True, slots=True)
class Project:
    """A construction project as its developer registered it."""

    number: str
    """项目编号, 16 digits (domain text, §6)."""
    name: str
    region: str
    """County: the region that routes its dossiers."""
    developer: str
    leader: str
    """ID number of the developer's project leader."""
    early: bool
    """早期项目: begun before the platform's module did."""
    facts: Mapping[str, Any]
    unit_works: tuple[UnitWork, ...] = ()
    sections: tuple[Section, ...] = ()
    dossier: str | None = None

    def section_of(self, kind: SectionKind, unit_work: str | None = None) -> Section | None:
        """The one that is taken on, of a unit work or of any."""
        for section in self.sections:
            if (
                section.kind is kind
                and section.state.is_taken_on
                and (not unit_work or unit_work in section.unit_works)
            ):
                return section
        return None

    def section(self, number: str) -> Section | None:
        return next((one for one in self.sections if one.number == number), None)

    def live(self, kind: SectionKind, unit_works: Collection[str], but: str | None = None) -> Section | None:
        """One of this kind, put out or taken on, that covers some of these unit works; ``but`` is the number of another."""
        return next(
            (
                one
                for one in self.sections
                if one.kind is kind
                and one.state.is_live
                and one.number != but
                and set(unit_works) & set(one.unit_works)
            ),
            None,
        )

    @property
    def parties(self) -> dict[SignatoryRole, str]:
        """Who plays which part in it today: the five parties responsible (五方责任主体) and their leaders, as far as known."""
        found = {SignatoryRole.DEVELOPER: self.developer, SignatoryRole.DEVELOPER_LEADER: self.leader}
        for kind in SectionKind:
            section = self.section_of(kind)
            if section is not None and section.contractor and section.leader:
                found |= {kind.contractor: section.contractor, kind.leader: section.leader}
        return found

    @property
    def missing(self) -> tuple[SectionKind, ...]:
        """The kinds of work that nobody has taken on."""
        return tuple(kind for kind in SectionKind if self.section_of(kind) is None)
