"""Licences (电子证照): what is issued to a person, an enterprise or a project, version after version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

PLACES = 1 << 20
"""Of one status list, half a megabyte before it is compressed; index 1048577 is place 1 of list 1."""


class LicenceStatus(StrEnum):
    """State in the register; which of the national codes it is differs per type (domain text, §5)."""

    ISSUING = "issuing"
    """Number and identifier are taken, the sealed file does not exist yet; not public."""
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    ANNULLED = "annulled"
    FORFEITED = "forfeited"
    TRANSFERRED = "transferred"
    """转出: another province keeps it now."""
    SUPERSEDED = "superseded"
    COMPLETED = "completed"
    """竣工: the works that a construction permit allowed are finished and filed."""


class LicenceType(StrEnum):
    """Types we issue; the value is also the name of the template."""

    SPECIAL_OPERATION = "special_operation"
    CONSTRUCTOR = "constructor"
    QUALIFICATION = "qualification"
    """建筑业企业资质证书, held by an enterprise."""
    REVIEW_PASS = "review_pass"  # noqa: S105  a pass, no password
    """施工图设计文件审查合格书, of a project; its issuer is the review agency."""
    CONSTRUCTION_PERMIT = "construction_permit"
    """建筑工程施工许可证; its duplicate (副本) is drawn from the same facts by ``construction_permit_duplicate``."""
    COMPLETION_FILING = "completion_filing"
    """竣工验收备案证明书"""
    CONSTRUCTOR_TEMPORARY = "constructor_temporary"
    """二级建造师临时执业证书: granted without an examination long ago, and now only renewed, changed or cancelled."""

    @property
    def has_photo(self) -> bool:
        """Whether it is a person's, whose portrait is on the face."""
        return self in (LicenceType.SPECIAL_OPERATION, LicenceType.CONSTRUCTOR, LicenceType.CONSTRUCTOR_TEMPORARY)


@dataclass(frozen=True, slots=True)
class Licence:
    """One version of a licence as the register holds it."""

    number: str
    version: int
    type: LicenceType
    identifier: str
    """电子证照标识, GB/T 36904."""
    status: LicenceStatus
    holder: str
    holder_name: str
    employer: str | None
    authority: str
    issued_on: date
    valid_from: date
    valid_until: date
    facts: Mapping[str, Any]
    """The face: every value the template draws that is not a field above."""
    document_id: str | None = None
    dossier: str | None = None
    status_index: int | None = None
    """Place in the status lists, of this version alone; None: in none."""

    def status_on(self, day: date) -> LicenceStatus:
        """What the public is told."""
        return status_on(self.status, self.valid_until, day)


def status_on(status: LicenceStatus, valid_until: date, day: date) -> LicenceStatus:
    """A licence in force past its last day has expired."""
    return LicenceStatus.EXPIRED if status is LicenceStatus.IN_FORCE and day > valid_until else status
