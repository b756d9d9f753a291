"""Review of drawings (施工图审查): experts by discipline, their opinions, the unit's replies, round after round
(房屋建筑和市政基础设施工程施工图设计文件审查管理办法 第十一条、第十三条; domain text, §10.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from signing_service.domain.projects import SectionKind


class ReviewState(StrEnum):
    """§17.2 of the domain text."""

    SUBMITTED = "submitted"
    """The developer has drawn the application; the list of sheets is fixed."""
    IN_REVIEW = "in_review"
    MODIFYING = "modifying"
    """The unit replies and changes its sheets."""
    PASSED = "passed"
    FAILED = "failed"
    CHANGED = "changed"
    """Passed, and replaced by a 变更审查 that passed later."""

    @property
    def locks_sheets(self) -> bool:
        return self in (ReviewState.SUBMITTED, ReviewState.IN_REVIEW)


class Nature(StrEnum):
    MANDATORY = "mandatory"
    """违反工程建设强制性条文"""
    GENERAL = "general"

    @property
    def zh(self) -> str:
        return "强条" if self is Nature.MANDATORY else "一般"


class Severity(StrEnum):
    GRAVE = "grave"
    MEDIUM = "medium"
    SLIGHT = "slight"


class Conclusion(StrEnum):
    PASS = "pass"  # noqa: S105  no password
    REVISE = "revise"

    @property
    def zh(self) -> str:
        return "通过" if self is Conclusion.PASS else "修改后复审"


@dataclass(frozen=True, slots=True)
class Reviewer:
    discipline: str
    expert: str
    """ID number."""
    name: str
    registration_no: str
    conclusion: Conclusion | None = None
    """In the round under way."""


@dataclass(frozen=True, slots=True)
class Opinion:
    opinion_id: str
    round: int
    """In which it was given."""
    discipline: str
    expert: str
    sheet_no: str
    clause: str
    nature: Nature
    severity: Severity
    text: str
    reply: str = ""
    replied_in: int = 0
    """Round after which the unit replied last; 0: never."""
    closed_in: int = 0
    """Round in which its expert was content; 0: it is open."""
    insisted_in: int = 0
    """Round in which its expert held to it in spite of the reply."""

    @property
    def open(self) -> bool:
        return not self.closed_in

    def answered(self, round_: int) -> bool:
        """Whether the unit has replied to what it was told in this round."""
        return self.replied_in == round_

    def to_json(self) -> dict[str, Any]:
        return {
            "opinion_id": self.opinion_id, "round": self.round, "discipline": self.discipline,
            "sheet_no": self.sheet_no, "clause": self.clause, "nature": self.nature.value,
            "severity": self.severity.value, "text": self.text, "reply": self.reply, "open": self.open,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Review:
    """One run of review of a project's survey or drawings; it has the number of its dossier."""

    dossier: str
    project: str
    kind: SectionKind
    agency: str
    """USCC."""
    state: ReviewState
    round: int
    sheets: tuple[str, ...]
    """Ids of the versions under review."""
    list_sha256: str
    licence_no: str | None = None
    """Of the 合格书."""
    replaces: str | None = None
    """The 合格书 that a change review is about."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    reviewers: tuple[Reviewer, ...] = ()
    opinions: tuple[Opinion, ...] = ()

    @property
    def open_opinions(self) -> tuple[Opinion, ...]:
        return tuple(one for one in self.opinions if one.open)

    @property
    def unanswered(self) -> tuple[Opinion, ...]:
        return tuple(one for one in self.open_opinions if not one.answered(self.round))

    @property
    def waiting_for(self) -> tuple[Reviewer, ...]:
        """Experts who have not concluded in this round."""
        return tuple(one for one in self.reviewers if one.conclusion is None)

    @property
    def passes(self) -> bool:
        concluded = self.reviewers and all(one.conclusion is Conclusion.PASS for one in self.reviewers)
        return bool(concluded) and not self.open_opinions

    @property
    def mandatory(self) -> tuple[Opinion, ...]:
        return tuple(one for one in self.opinions if one.nature is Nature.MANDATORY)

    def reviewer(self, expert: str, discipline: str) -> Reviewer | None:
        return next((one for one in self.reviewers if (one.expert, one.discipline) == (expert, discipline)), None)
