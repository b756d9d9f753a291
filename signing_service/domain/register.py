"""The public register: what anybody may learn of a document, and nothing more.

A field that is not here is not public: no birth date, mobile number, address, photo or full identity number, and
of a person's name the first character only (Personal Information Protection Law, articles 6 and 28).
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from signing_service.domain.documents import DocumentKind
from signing_service.domain.verdicts import Sentence

EXPIRING_DAYS = 90
"""A licence whose last day is at most this far away is said to expire soon."""

_IDENTITY_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_MOBILE_NUMBER = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])")
_MASKED_NAME = re.compile(r"[^*]\*+")


class RegisterStatus(StrEnum):
    """Where a document stands today. One list for the three kinds; which of them a kind may have is in ``ALLOWED``."""

    NOT_YET = "not_yet"
    """尚未生效: the term has not begun. Follows from the day, never stored."""
    IN_FORCE = "in_force"
    EXPIRING = "expiring"
    """即将到期: in force, 90 days or fewer to go. Follows from the day, never stored."""
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    """暂扣"""
    CANCELLED = "cancelled"
    """注销"""
    ANNULLED = "annulled"
    """撤销: should never have been granted"""
    FORFEITED = "forfeited"
    """吊销: taken away as a penalty"""
    SUPERSEDED = "superseded"
    """已替代: a newer version of the same licence was issued"""
    TRANSFERRED = "transferred"
    """转出: now kept in another register"""
    COMPLETED = "completed"
    """竣工: what a permit allowed is finished and filed"""
    IN_PROGRESS = "in_progress"
    """A form whose dossier is under way."""
    COMPLETE = "complete"
    """A form every signatory has signed; a notice that was issued."""
    VOID = "void"
    """A form that was returned or withdrawn; a notice that was taken back."""


ALLOWED: dict[DocumentKind, frozenset[RegisterStatus]] = {
    DocumentKind.FORM: frozenset({RegisterStatus.IN_PROGRESS, RegisterStatus.COMPLETE, RegisterStatus.VOID}),
    DocumentKind.NOTICE: frozenset({RegisterStatus.COMPLETE, RegisterStatus.VOID}),
    DocumentKind.LICENCE: frozenset(RegisterStatus)
    - {RegisterStatus.IN_PROGRESS, RegisterStatus.COMPLETE, RegisterStatus.VOID},
}


@dataclass(frozen=True, slots=True)
class PublicSeal:
    """One seal or signature on the document, as the register keeps it."""

    role: Sentence
    """颁发机关 / Issuing authority"""
    signer: str
    """An organisation by name; a person masked, 王**."""
    at: datetime | None
    proven: bool
    """``at`` is stated by a time-stamping authority, not by the signer alone."""


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What makes a file an annotated copy (加注件) of a licence: for one purpose, and for a time."""

    number: str
    """The copy's own number."""
    purpose: str
    """What it may be used for, as the holder wrote it: 投标."""
    valid_until: date
    """The last day on which it may be used, inclusive; at most 179 days after the day it was made."""


@dataclass(frozen=True, slots=True)
class End:
    """A licence lost its force before its term was over, or had no last day: when, and why."""

    on: date | None
    """The day; None: the register does not know it."""
    why: Sentence


ENDS: dict[RegisterStatus, Sentence] = {
    RegisterStatus.CANCELLED: Sentence("注销", "cancelled"),
    RegisterStatus.ANNULLED: Sentence("撤销", "annulled"),
    RegisterStatus.FORFEITED: Sentence("吊销", "forfeited"),
    RegisterStatus.SUPERSEDED: Sentence("被新版本替代", "replaced by a newer version"),
    RegisterStatus.TRANSFERRED: Sentence("转出", "transferred"),
    RegisterStatus.COMPLETED: Sentence("工程竣工备案", "the works were completed"),
}
"""Why a licence of this status is not in force any more; to one that expired on its last day nothing happened."""

LAPSED = Sentence("自行废止：逾期未开工也未延期", "lapsed: works neither began in time nor were put off")
"""Of a licence without a last day that lost its force by itself: a construction permit (建筑法 第九条)."""


@dataclass(frozen=True, slots=True)
class PublicDocument:
    """One document of the register, as a stranger may see it.

    Raises ValueError rather than carry what may not be public: a person's whole name, more than the last four
    of an identity number, an identity or mobile number inside a name.
    """

    kind: DocumentKind
    title: Sentence
    number: str
    """Licence number, number of the notice, or dossier number of the form."""
    status: RegisterStatus
    holder: str
    """A person masked, first character and stars; an organisation or project by its registered name."""
    issuer: str
    """The authority of a licence or notice; of a form, the authority that receives it."""
    status_since: date | None = None
    """The day the status began, where the register knows one."""
    holder_id_last4: str = ""
    """Last four characters of a person's identity number; empty for organisations."""
    organisation: str = ""
    """Employer or enterprise of the holder."""
    categories: tuple[Sentence, ...] = ()
    """Category, trade or specialties."""
    works: str = ""
    """工程名称 of a permit, a filing, a review; empty: the licence is of no works."""
    issued_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    """The last day of the term, inclusive. None: no end."""
    superseded: bool = False
    """A newer version of this document exists, whatever its own status is."""
    file_sha256: str = ""
    """The complete file, or for a form in progress its latest revision; empty when there is no file (taken over from
    paper)."""
    seals: tuple[PublicSeal, ...] = ()
    form_version: int | None = None
    stage: Sentence | None = None
    """Where the dossier of a form is, in words."""
    copy: CopyFacts | None = None
    """Not the licence itself but an annotated copy of it; status and term are the licence's."""
    replaced_by: str = ""
    """Number of the licence that took this one's place; empty: none, or a newer version under the same number."""

    def __post_init__(self) -> None:
        if self.status not in ALLOWED[self.kind]:
            msg = f"a {self.kind} is never {self.status}"
            raise ValueError(msg)
        if len(self.holder_id_last4) > 4:
            msg = "of an identity number only the last four are public"
            raise ValueError(msg)
        if self.holder_id_last4 and not _MASKED_NAME.fullmatch(self.holder):
            msg = "a person is shown as the first character of the name and stars"
            raise ValueError(msg)
        if self.copy is not None and self.kind is not DocumentKind.LICENCE:
            msg = "only a licence has annotated copies"
            raise ValueError(msg)
        purpose = self.copy.purpose if self.copy else ""
        for name in (
            self.holder,
            self.organisation,
            self.works,
            self.issuer,
            purpose,
            *(seal.signer for seal in self.seals),
        ):
            if _IDENTITY_NUMBER.search(name) or _MOBILE_NUMBER.search(name):
                msg = "a public name carries an identity or mobile number"
                raise ValueError(msg)

    @property
    def has_lapsed(self) -> bool:
        """Whether it lost its force by itself without having had a last day."""
        return self.status is RegisterStatus.EXPIRED and self.valid_until is None

    @property
    def end(self) -> End | None:
        """When and why it lost its force, where that was not its last day; None: it is in force, or ran out."""
        if self.kind is not DocumentKind.LICENCE:
            return None
        status = RegisterStatus.SUPERSEDED if self.superseded else self.status
        why = LAPSED if self.has_lapsed else ENDS.get(status)
        return End(self.status_since, why) if why else None

    def to_json(self) -> dict[str, Any]:
        """Every public field, and how it ended; dates as ISO 8601 text."""
        end = asdict(self.end) if self.end else None
        return {name: _as_json(value) for name, value in {**asdict(self), "end": end}.items()}


def status_on(document: PublicDocument, day: date) -> RegisterStatus:
    """The status on ``day``.

    A licence in force begins, comes near its end and expires without anybody's step; a licence in force, or a form
    that is not void, of which there is a newer version is superseded, or void.
    """
    if document.superseded and document.kind is DocumentKind.FORM:
        return RegisterStatus.VOID
    if document.status not in (RegisterStatus.IN_FORCE, RegisterStatus.EXPIRING):
        return document.status
    if document.superseded:
        return RegisterStatus.SUPERSEDED
    if document.valid_from is not None and day < document.valid_from:
        return RegisterStatus.NOT_YET
    if document.valid_until is None:
        return RegisterStatus.IN_FORCE
    days_left = (document.valid_until - day).days
    if days_left < 0:
        return RegisterStatus.EXPIRED
    return RegisterStatus.EXPIRING if days_left <= EXPIRING_DAYS else RegisterStatus.IN_FORCE


GOOD_STANDING = frozenset(
    {RegisterStatus.IN_FORCE, RegisterStatus.EXPIRING, RegisterStatus.IN_PROGRESS, RegisterStatus.COMPLETE}
)
"""正常使用: what a search by number finds. What counts against somebody answers only to the code on the document."""


def is_found_by_search(document: PublicDocument, day: date) -> bool:
    """Whether the public search shows the document on ``day``; a scanned QR code always does."""
    in_term = document.copy is None or day <= document.copy.valid_until
    return in_term and status_on(document, day) in GOOD_STANDING


def _as_json(value: Any) -> Any:
    if isinstance(value, date):  # datetime is a date
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _as_json(part) for name, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [_as_json(part) for part in value]
    return value
