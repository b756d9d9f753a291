"""A key for somebody who has none: who is to have it, until when, and the authority that puts its name to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from signing_service.domain.keys import KeyRef


class HolderKind(StrEnum):
    """Whose CA issues the cert."""

    PERSON = "person"
    ENTERPRISE = "enterprise"


class Withdrawal(StrEnum):
    """Why a cert is taken back (RFC 5280, 5.3.1)."""

    COMPROMISED = "keyCompromise"
    """Somebody else may have it: PIN told, phone lost."""
    RENAMED = "affiliationChanged"
    """The holder has another name or number."""
    REPLACED = "superseded"
    NOT_WANTED = "cessationOfOperation"


@dataclass(frozen=True, slots=True)
class NewKey:
    """What is asked for, and stored before it is: the label makes that asking again gives the same key."""

    label: str
    """Name of the key in its store; of the dossier it comes from, never of the ID number."""
    kind: HolderKind
    name: str
    number: str
    """USCC, or the ID number, of which the cert has only the hash."""
    until: date
    """Last day of the cert."""


class CertAuthority(Protocol):
    """Makes keys where they stay, and certs over them."""

    def make(self, wanted: NewKey, now: datetime) -> KeyRef:
        """The key under ``wanted.label``: made, or found as it was made before. Raises Problem KEY_EXISTS when another
        holder has that label, CERTS_ELSEWHERE where no CA of ours is at hand.
        """
        ...

    def withdraw(self, key: KeyRef, why: Withdrawal, now: datetime) -> None:
        """Take the cert of a key back, at once; doing it again changes nothing. Signatures made before stay what they
        are. A key that is not one of ours (``outside``) is left alone.
        """
        ...


def key_label(dossier: str) -> str:
    """What the key that a dossier applied for is called: a worker that died between making the key and marking it done
    finds the key it made.
    """
    return f"key-{dossier.lower()}"
