"""The words in which a procedure is written down: a table of steps, each a row.

A procedure is data: frozen, comparable, printed as it is. What a row asks before (``Check``), changes in the register
in the same transaction (``Change``) and has done afterwards by the worker (``Effect``) are named dataclasses from
the closed lists of ``words``. The fields of a form are in ``fields``, limits of time in
``deadlines``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.licences import Licence
from signing_service.domain.parties import Party
from signing_service.domain.qualification_standards import STANDARDS, Standards
from signing_service.domain.staff import Level
from signing_service.workflows.deadlines import Deadline
from signing_service.workflows.fields import Field, FieldType, Section
from signing_service.workflows.register import EMPTY, Register

__all__ = [
    "Change", "Check", "Deadline", "Effect", "Field", "FieldType", "Parties", "Procedure", "Quorum", "Section", "Side",
    "Situation", "Step", "all_of", "any_of", "in_order",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Situation:
    """What the register says at the moment of a step; the desk loads it, checks read it."""

    now: datetime
    today: date
    """In Asia/Shanghai."""
    parties: Mapping[SignatoryRole, Party]
    licence: Licence | None
    """The licence in question: the version in force of the number the form names."""
    blobs: frozenset[str] = frozenset()
    register: Register = EMPTY
    """Asked for what only some checks need."""
    strict: frozenset[str] = frozenset()
    """Codes of the rules that refuse by setting, and would only warn otherwise."""
    standards: Standards = STANDARDS
    """What a qualification asks of an enterprise here."""


class Check(Protocol):
    """A rule that may refuse a step. ``refusal`` changes nothing."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None: ...


class LevelRule(Protocol):
    """Which level decides, where that follows from what is asked for."""

    def level(self, form: Mapping[str, Any], /) -> RegionLevel: ...


class Change(Protocol):
    """A change of the register in the transaction of the step itself."""


class Effect(Protocol):
    """Work due after a step, done by the worker, in order, as often as it takes."""


class Quorum(StrEnum):
    ALL = "all"
    ANY = "any"
    IN_ORDER = "in_order"
    """All, one after the other: a seal covers the signatures of those who act for it."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who may take a step, and how many of them must before the dossier moves."""

    roles: tuple[SignatoryRole, ...]
    quorum: Quorum
    waits: tuple[tuple[SignatoryRole, tuple[SignatoryRole, ...]], ...] = ()
    """Of those who act side by side, who comes after whom: a seal after the signature of who acts for it."""

    def __contains__(self, role: object) -> bool:
        return role in self.roles

    def still_before(self, role: SignatoryRole, taken: frozenset[SignatoryRole]) -> tuple[SignatoryRole, ...]:
        """Who has to act before ``role`` may, of those who have not in this visit."""
        in_order = self.quorum is Quorum.IN_ORDER
        before = self.roles[: self.roles.index(role)] if in_order else dict(self.waits).get(role, ())
        return tuple(one for one in before if one not in taken)


def all_of(*roles: SignatoryRole, waits: Mapping[SignatoryRole, tuple[SignatoryRole, ...]] | None = None) -> Parties:
    """All of them, side by side, but for those who come after others (SLOT_NOT_OPEN)."""
    return Parties(roles, Quorum.ALL, tuple((waits or {}).items()))


def any_of(*roles: SignatoryRole) -> Parties:
    return Parties(roles, Quorum.ANY)


def in_order(*roles: SignatoryRole) -> Parties:
    """All of them, in this order; who comes too early is told whom it waits for (SLOT_NOT_OPEN)."""
    return Parties(roles, Quorum.IN_ORDER)


class Side(StrEnum):
    """Where either of two may begin: who of them a row is for."""

    ANY = "any"
    BEGINNER = "beginner"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Ending:
    """What the page of a dossier begins with when it ended otherwise than its stage says, in Chinese and English."""

    tone: str
    """Shape and colour, as the pages name them: ``done``, ``todo``, ``waits``, ``void``, ``none``."""
    zh: str
    en: str
    then_zh: str = ""
    then_en: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table."""

    name: str
    title: str
    by: Parties
    at: Stage
    to: Stage
    provided: tuple[Check, ...] = ()
    changes: tuple[Change, ...] = ()
    then: tuple[Effect, ...] = ()
    """An effect that names a role is due when that role has taken the step, the others when the dossier moves."""
    reason_required: bool = False
    form_goes_back: bool = False
    """The form goes back to its author: the next submission is a new form version."""
    title_en: str = ""
    level: Level | None = None
    """At which an officer acts; every step of the authority has one."""
    form: tuple[Field, ...] = ()
    """What is asked with the step: scores of an examination, the room and the seat. Kept in the dossier's facts under
    the step's name, and known to templates by the field's key."""
    reads_draft: bool = False
    """What the author has typed is read now, every error told at once, and becomes the form."""
    optional: bool = False
    """Nobody waits for it: it makes no todo."""
    stands_in_for: SignatoryRole | None = None
    """Taken in place of a role that is silent: it counts as if that role had taken ``confirm``, without its seal."""
    excuses: tuple[SignatoryRole, ...] = ()
    """Roles whose field on the form may stay empty after this step: who objects or is silent does not sign."""
    counts_at: Stage | None = None
    """Of which stage's officers whoever takes it counts, where that is not where the dossier stands: what is raised
    while a review waits is heard by who reviews."""
    forgets: tuple[str, ...] = ()
    """Steps whose answers count no more once this one is taken."""
    side: Side = Side.ANY
    """For whoever began the dossier alone, or for the others alone: nobody agrees to the own request."""
    ending: Ending | None = None
    """Of the last step of a dossier: how that ended, where it is not as every other that ends at this stage."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """A kind of business in one dated edition."""

    key: str
    """As in the domain text, §17: ``so.renew``."""
    code: str
    """Four characters at the head of every dossier number."""
    title: str
    title_en: str
    edition: date
    basis: str
    initiator: SignatoryRole
    roles: tuple[SignatoryRole, ...]
    form: tuple[Section, ...]
    steps: tuple[Step, ...]
    decision_days: int
    """Working days from acceptance to decision; 0: nobody decides."""
    licence_field: str | None = None
    """The form field that names the licence in question."""
    parties_from: Mapping[SignatoryRole, str] = field(default_factory=dict)
    """Roles that the form appoints: role -> the field with the USCC or ID number."""
    represented: Mapping[SignatoryRole, SignatoryRole] = field(default_factory=dict)
    """Persons who act for an organisation of the dossier: role -> the role of which the register names the legal
    representative by ID number.
    """
    project_field: str | None = None
    """The form field that names the project: its region routes the dossier, and it appoints ``parties_of_project``."""
    parties_of_project: tuple[SignatoryRole, ...] = ()
    """Roles that are played by whoever plays them in the project, as far as somebody does."""
    deadlines: tuple[Deadline, ...] = ()
    initiators: tuple[SignatoryRole, ...] = ()
    """Who may begin it, when it is not the ``initiator`` alone."""
    summary: str = ""
    """One sentence for who wonders whether this is what they need."""
    summary_en: str = ""
    decided_at: RegionLevel = RegionLevel.PROVINCE
    """Of which level the authority is that decides; where there is none, the next above it."""
    decided_by: LevelRule | None = None
    """In place of ``decided_at``, where the level follows from the form."""
    told: Mapping[str, Any] = field(default_factory=dict)
    """What templates of this procedure are told besides, the same for every dossier: the pass marks of an examination."""
    on_offer: bool = True
    """Whether it is listed among what may be begun; what the platform or a batch begins is not."""
    leads_to: tuple[str, ...] = ()
    """Procedures that its page offers to the party it waits for, because one of them is what is to be done."""
    told_by_itself: bool = False
    """Whether who opens it tells the parties, in words of its own, and no more is told of the new todo."""

    @property
    def fields(self) -> Iterator[Field]:
        for section in self.form:
            yield from section.fields

    @property
    def beginners(self) -> tuple[SignatoryRole, ...]:
        return self.initiators or (self.initiator,)

    def step(self, name: str, stage: Stage, role: SignatoryRole | None = None) -> Step:
        """The row of that name at that stage, of two the one that is ``role``'s. Raises Problem STATE_CONFLICT."""
        rows = [step for step in self.steps if step.name == name and step.at is stage]
        if not rows:
            raise Problem(
                "STATE_CONFLICT",
                f"当前环节不能办理“{self.title_of(name)}”，请刷新后查看最新进度。",
                f"“{name}” cannot be done at this stage: reload to see where the dossier is.",
                status=409,
                stage=stage.value,
            )
        return next((step for step in rows if role in step.by), rows[0])

    def owed_effect(self, arguments: Mapping[str, Any]) -> Effect:
        """What the outbox names: the row by step, stage and who took it, and the position in it."""
        by = SignatoryRole(arguments["by"]) if "by" in arguments else None
        position: int = arguments["position"]
        return self.step(arguments["step"], Stage(arguments["stage"]), by).then[position]

    def ending(self, dossier: Dossier) -> Ending | None:
        """How a dossier ended that says more than its stage; None: as its stage says, or it goes on."""
        last = dossier.facts.get("ended_by") if dossier.stage.is_final else None
        return next((step.ending for step in self.steps if step.name == last and step.to is dossier.stage), None)

    def rows_at(self, stage: Stage) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.at is stage)

    def title_of(self, name: str) -> str:
        return next((step.title for step in self.steps if step.name == name), name)
