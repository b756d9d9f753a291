"""What a document is at each moment of its way: a distinct type per step, so that a step out of turn does not type-check.

    RenderedPdf -> StampedPdf -> SignablePdf -> SealedPdf -> ProvenPdf -> ArchivedDocument

(A QR stamped after a seal would break every seal.) Lengths are PDF points, 1/72 inch, from the lower left
corner of the page (ISO 32000-1, 8.3.2.3); pages count from 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType, Protocol

POINTS_PER_MM = 72 / 25.4

Sha256 = NewType("Sha256", str)
"""A SHA-256 as 64 lower-case hex digits: the name of a blob."""


def sha256_of(data: bytes) -> Sha256:
    return Sha256(hashlib.sha256(data).hexdigest())


class DocumentKind(StrEnum):
    """The three kinds of document."""

    FORM = "form"
    NOTICE = "notice"
    LICENCE = "licence"


class SignatoryRole(StrEnum):
    """Who signs in a field; the field in the PDF carries this name.

    They stand in the order in which they sign: people before organisations, so that a seal covers the signatures of
    those who act for it, then the authority, then the platform. The last field of a document locks it.
    """

    HOLDER = "holder"
    REGISTERED_PERSON = "registered_person"
    """注册执业人员, whose practising seal goes on every sheet of the own discipline."""
    TECHNICAL_LEADER = "technical_leader"
    LEGAL_REPRESENTATIVE = "legal_representative"
    """法定代表人, who signs for the enterprise in person before its seal goes on."""
    DEVELOPER_REPRESENTATIVE = "developer_representative"
    """法定代表人, of each of the five parties responsible for a project: who authorises its leader."""
    SURVEY_REPRESENTATIVE = "survey_representative"
    DESIGN_REPRESENTATIVE = "design_representative"
    BUILDER_REPRESENTATIVE = "builder_representative"
    SUPERVISOR_REPRESENTATIVE = "supervisor_representative"
    DEVELOPER_LEADER = "developer_leader"
    """项目负责人, of each of the five parties responsible for a project (五方责任主体)."""
    SURVEY_LEADER = "survey_leader"
    DESIGN_LEADER = "design_leader"
    BUILDER_LEADER = "builder_leader"
    SUPERVISOR_LEADER = "supervisor_leader"
    REVIEW_EXPERT = "review_expert"
    """审图专家, who speaks for the own discipline in a review and is no party of its dossier."""
    REVIEW_AGENCY_HEAD = "review_agency_head"
    EMPLOYER = "employer"
    """The enterprise: that a person works for, or that applies for itself."""
    FORMER_EMPLOYER = "former_employer"
    NEW_EMPLOYER = "new_employer"
    DEVELOPER = "developer"
    SURVEYOR = "surveyor"
    DESIGNER = "designer"
    BUILDER = "builder"
    SUPERVISOR = "supervisor"
    REVIEW_AGENCY = "review_agency"
    """施工图审查机构"""
    AUTHORITY = "authority"
    PLATFORM = "platform"


class PadesLevel(StrEnum):
    """ETSI EN 319 142-1 baseline levels."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"

    @property
    def is_long_term(self) -> bool:
        """Reached by updates after the signature, which is made at B-T."""
        return self in (PadesLevel.B_LT, PadesLevel.B_LTA)

    def reaches(self, other: PadesLevel) -> bool:
        """Whether it is this level or one above it."""
        return list(PadesLevel).index(self) >= list(PadesLevel).index(other)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in points, lower left and upper right corner."""

    page: int
    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom

    def overlaps(self, other: Box) -> bool:
        return (
            self.page == other.page
            and self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )


@dataclass(frozen=True, slots=True)
class Slice:
    """One strip of a seal that stands across the edges of several pages (骑缝章)."""

    box: Box
    place: int
    """From 0, from the left of the seal."""
    of: int


@dataclass(frozen=True, slots=True)
class SignatureArea:
    """Where a role signs. ``box`` is None for a signature that shows nothing on the page."""

    role: SignatoryRole
    box: Box | None
    seam: tuple[Slice, ...] = ()
    """Where the same seal stands across the edges of the pages besides."""


@dataclass(frozen=True, slots=True)
class TemplateId:
    """A template and its edition: ``forms/so_renew_form/2026-01``."""

    kind: DocumentKind
    name: str
    edition: str

    def __str__(self) -> str:
        return f"{self.kind}s/{self.name}/{self.edition}"


class Body(Protocol):
    """A document that has not been written as a file yet: it is written once, when everything is in it.

    Equal to every body, and to the bytes of every file, that reads the same when written.
    """

    @property
    def data(self) -> bytes:
        """The file it makes as it is now."""
        ...


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """The page as the template draws it: no QR, no signature field. PDF/A-2b in structure."""

    body: Body
    template: TemplateId
    title: str
    page_count: int
    qr_zones: tuple[Box, ...]
    """Reserved for the QR and the check code under it, one on each page that carries one."""
    areas: tuple[SignatureArea, ...]

    @property
    def data(self) -> bytes:
        return self.body.data


@dataclass(frozen=True, slots=True)
class StampedPdf:
    """Rendered, with QR and 查验码 in the reserved zones."""

    body: Body
    rendered: RenderedPdf
    address: str
    """What the QR says."""

    @property
    def data(self) -> bytes:
        return self.body.data


@dataclass(frozen=True, slots=True)
class SignablePdf:
    """Stamped, with every signature field laid, none filled. Same facts, same edition, same bytes."""

    body: Body | bytes
    """Bytes when it was read back; otherwise the first signature may still be written together with all the rest."""
    fields: tuple[SignatoryRole, ...]
    """In the order in which they are to be filled; the first certifies, the last locks."""

    @property
    def data(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else self.body.data

    @property
    def sha256(self) -> Sha256:
        return sha256_of(self.data)


@dataclass(frozen=True, slots=True)
class SealedPdf:
    """At least one field is filled; each further one is an incremental update."""

    data: bytes
    fields: tuple[SignatoryRole, ...]
    filled: tuple[SignatoryRole, ...]
    proven_at: datetime | None = None
    """Time of the last signature by its time stamp; None when it has none, or when the file was read back."""

    @property
    def sha256(self) -> Sha256:
        return sha256_of(self.data)

    @property
    def complete(self) -> bool:
        return set(self.filled) == set(self.fields)


@dataclass(frozen=True, slots=True)
class ProvenPdf:
    """Complete, validated as a stranger would, its QR read back from the rendered page."""

    data: bytes
    report: Mapping[str, Any]

    @property
    def sha256(self) -> Sha256:
        return sha256_of(self.data)


@dataclass(frozen=True, slots=True)
class StampTerm:
    """How long the last document time stamp of a file holds by itself."""

    until: datetime
    """When the cert of its authority runs out."""
    algorithms: tuple[str, ...]
    """Digests and key it rests on, by their names in ``domain.algorithms``."""


@dataclass(frozen=True, slots=True)
class ArchivedDocument:
    """Stored for ever under its hash, with the report that proved it."""

    sha256: Sha256
    report_sha256: Sha256
    size: int
    archived_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    stamp: StampTerm | None = None
    """None for a file without a document time stamp."""


class Blobs(Protocol):
    """Immutable bytes by SHA-256. What was put once is there for ever, and only that."""

    def put(self, data: bytes) -> Sha256:
        """Store and return the name; durable when it returns. Putting the same bytes again changes nothing."""
        ...

    def put_all(self, named: Mapping[Sha256, bytes]) -> None:
        """Store several, each under its name; all durable when it returns."""
        ...

    def get(self, name: Sha256) -> bytes:
        """The bytes, checked against their name. Raises KeyError when there is no such blob."""
        ...

    def __contains__(self, name: object) -> bool: ...
