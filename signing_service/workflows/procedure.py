"""The words in which a procedure is written down: a table of steps, each a row.

A procedure is data: frozen, comparable, printed as it is. What a row asks before (``Check``), changes in the register
in the same transaction (``Change``) and has done afterwards by the worker (``Effect``) are named dataclasses from
closed lists in ``checks``, ``changes`` and ``effects``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.licences import Licence
from signing_service.domain.parties import Party


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


class Check(Protocol):
    """A rule that may refuse a step. ``refusal`` is pure."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None: ...


class Change(Protocol):
    """A change of the register in the transaction of the step itself."""


class Effect(Protocol):
    """Work due after a step, done by the worker, in order, as often as it takes."""


class Quorum(StrEnum):
    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Parties:
    """Who may take a step, and how many of them must before the dossier moves."""

    roles: tuple[SignatoryRole, ...]
    quorum: Quorum

    def __contains__(self, role: object) -> bool:
        return role in self.roles


def all_of(*roles: SignatoryRole) -> Parties:
    return Parties(roles, Quorum.ALL)


def any_of(*roles: SignatoryRole) -> Parties:
    return Parties(roles, Quorum.ANY)


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
    form_renewed: bool = False
    """The form goes back to its author: the next submission is a new form version."""


class FieldType(StrEnum):
    NAME = "name"
    ID_NO = "id_no"
    USCC = "uscc"
    MOBILE = "mobile"
    DATE = "date"
    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    LICENCE_NO = "licence_no"
    BLOB = "blob"
    """SHA-256 of an uploaded file that the store holds."""
    CHOICE = "choice"
    """A code of the field's dictionary; its text is stored beside it as ``<key>_name``."""
    ATTACHMENTS = "attachments"
    """List of {name, sha256, pages}."""


@dataclass(frozen=True, slots=True)
class Field:
    key: str
    label: str
    label_en: str
    type: FieldType
    required: bool = True
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    fields: tuple[Field, ...]


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
    """Working days from acceptance to decision."""
    licence_field: str | None = None
    """The form field that names the licence in question."""
    parties_from: Mapping[SignatoryRole, str] = field(default_factory=dict)
    """Roles that the form appoints: role -> the field with the USCC or ID number."""

    @property
    def fields(self) -> Iterator[Field]:
        for section in self.form:
            yield from section.fields

    def step(self, name: str, stage: Stage) -> Step:
        """The row of that name at that stage. Raises Problem STATE_CONFLICT when there is none."""
        for step in self.steps:
            if step.name == name and step.at is stage:
                return step
        raise Problem(
            "STATE_CONFLICT",
            f"当前环节不能办理“{self.title_of(name)}”，请刷新后查看最新进度。",
            f"“{name}” cannot be done at this stage: reload to see where the dossier is.",
            status=409,
            stage=stage.value,
        )

    def title_of(self, name: str) -> str:
        return next((step.title for step in self.steps if step.name == name), name)
