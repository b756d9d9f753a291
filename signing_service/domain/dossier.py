"""A dossier (办件): one run of a procedure, from draft to outcome."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.staff import Grant


class Stage(StrEnum):
    """Where a dossier is."""

    DRAFT = "draft"
    CORRECTION = "correction"
    """退回补正: the authority has said once and completely what is to be corrected."""
    PREPARED = "prepared"
    """待签署: the form is drawn and waits for the signature of who filled it in."""
    SUBMITTED = "submitted"
    """The other parties are to act."""
    CONFIRMED = "confirmed"
    """With the authority, which has to accept it."""
    ACCEPTED = "accepted"
    SIGNING = "signing"
    """待签字: what was found is drawn, and waits for the signatures of those who found it."""
    SIGNED = "signed"
    """已签字: they have signed, and what becomes of it is decided."""
    EXTERNAL = "external"
    """外部办理: an examination, an inspection on site, another system has the next word."""
    REVIEWED = "reviewed"
    ISSUING = "issuing"
    CLOSED = "closed"
    REFUSED = "refused"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """逾期失效: a time limit ran out."""

    @property
    def is_final(self) -> bool:
        return self in FINAL

    @property
    def lies_with_initiator(self) -> bool:
        """Whether only who began it acts: it is being written, corrected or signed."""
        return self in (Stage.DRAFT, Stage.CORRECTION, Stage.PREPARED)

    @property
    def is_editable(self) -> bool:
        """Whether the form lies with its author, who may change it."""
        return self in (Stage.DRAFT, Stage.CORRECTION)


FINAL = frozenset({Stage.CLOSED, Stage.REFUSED, Stage.NOT_ACCEPTED, Stage.WITHDRAWN, Stage.LAPSED})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a step: a party in its role, or an officer who acts for the authority."""

    role: SignatoryRole
    party: str
    """ID number or USCC of the party that the role stands for."""
    person: str
    """The natural person behind it, as the journal names them: an account, never a full ID number."""
    grants: tuple[Grant, ...] = ()
    """What an officer may decide; who acts for the authority without any can do nothing."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """State of one run. It changes only through ``workflows.engine.take_step``."""

    number: str
    procedure: str
    edition: date
    stage: Stage
    version: int
    """Counts saves; a writer names the version it read, and of two writers one is told."""
    form_version: int
    region: str
    parties: Mapping[SignatoryRole, str]
    form: Mapping[str, Any]
    visit: frozenset[SignatoryRole]
    """Who has confirmed in this visit to the stage."""
    opened_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What steps established: the licence in question, the officers who acted, the reason of a return."""
    draft: Mapping[str, Any] = field(default_factory=dict)
    """What the author has typed so far, right or wrong; ``form`` is what was read from it last."""


def form_digest(form: Mapping[str, Any]) -> str:
    """SHA-256 of what a form says, to tell whether another says the same."""
    return hashlib.sha256(json.dumps(form, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
