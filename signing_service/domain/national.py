"""What a national register is told of a licence: codes of states and operations, which differ from type to type (domain text, §5).

Confirmed for special-operation licences (ZWFW C0304-2022, dictionaries of states and operations). For the other types no
dictionary was at hand: what is in force and what is cancelled has the code that all dictionaries we know agree on, every
other state is told as 99 in words. A scheme is data: a dictionary that becomes known replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from signing_service.domain.licences import LicenceStatus, LicenceType

OTHER = "99"
"""A state without a code of its own; it is told in words."""

CITIZEN, ENTERPRISE = "111", "001"
"""GB/T 36903, annex A: the kinds of codes by which holders are known."""

PHOTO_LARGEST = 50 * 1024
"""Bytes, of a portrait as the register takes it (domain text, §2)."""


class Operation(StrEnum):
    """Why the register is told."""

    ISSUED = "issued"
    RENEWED = "renewed"
    CHANGED = "changed"
    SUSPENDED = "suspended"
    RETURNED = "returned"
    """暂扣发还"""
    EXPIRED = "expired"
    ENDED = "ended"
    """注销、撤销、吊销"""
    OTHER = "other"

    @property
    def brings_a_file(self) -> bool:
        """Whether a new version of the licence is entered, not another state of one that is there."""
        return self in (Operation.ISSUED, Operation.RENEWED, Operation.CHANGED)

    @property
    def replaces(self) -> bool:
        """Whether the version before has to be named (关联证照标识)."""
        return self in (Operation.RENEWED, Operation.CHANGED)


@dataclass(frozen=True, slots=True)
class Scheme:
    """The dictionaries of one type of licence."""

    states: Mapping[LicenceStatus, str]
    operations: Mapping[Operation, str]
    confirmed: bool
    """Whether the dictionaries are those of the national standard."""

    def state(self, status: LicenceStatus) -> str:
        return self.states.get(status, OTHER)

    def operation(self, operation: Operation) -> str:
        return self.operations[operation]


_OPERATIONS = {
    Operation.ISSUED: "01",
    Operation.RENEWED: "02",
    Operation.SUSPENDED: "03",
    Operation.EXPIRED: "04",
    Operation.ENDED: "05",
    Operation.RETURNED: "06",
    Operation.OTHER: "07",
    Operation.CHANGED: "08",
}
_SPECIAL_OPERATION = Scheme(
    {
        LicenceStatus.IN_FORCE: "01",
        LicenceStatus.SUSPENDED: "02",
        LicenceStatus.FORFEITED: "03",
        LicenceStatus.ANNULLED: "04",
        LicenceStatus.CANCELLED: "05",
        LicenceStatus.EXPIRED: "06",
    },
    _OPERATIONS,
    confirmed=True,
)
_UNKNOWN = Scheme({LicenceStatus.IN_FORCE: "01", LicenceStatus.CANCELLED: "05"}, _OPERATIONS, confirmed=False)

SCHEMES: Mapping[LicenceType, Scheme] = {
    LicenceType.SPECIAL_OPERATION: _SPECIAL_OPERATION,
    LicenceType.CONSTRUCTOR: _UNKNOWN,
    LicenceType.CONSTRUCTOR_TEMPORARY: _UNKNOWN,
    LicenceType.QUALIFICATION: _UNKNOWN,
    LicenceType.CONSTRUCTION_PERMIT: _UNKNOWN,
    LicenceType.COMPLETION_FILING: _UNKNOWN,
}
"""What is told at all; a review certificate is a review agency's word, no licence of an authority."""

UNTOLD = frozenset({LicenceStatus.ISSUING, LicenceStatus.SUPERSEDED})
"""States that the register is not told: the one is not public yet, the other follows from the version that replaces it."""


def is_told(licence_type: LicenceType, status: LicenceStatus) -> bool:
    return licence_type in SCHEMES and status not in UNTOLD


def operation_of(before: LicenceStatus, after: LicenceStatus, *, known: bool, renewed: bool) -> Operation:
    """``known``: the register has an earlier version of the licence. ``renewed``: this one prolongs it."""
    match after:
        case LicenceStatus.IN_FORCE if before is LicenceStatus.SUSPENDED:
            return Operation.RETURNED
        case LicenceStatus.IN_FORCE if known:
            return Operation.RENEWED if renewed else Operation.CHANGED
        case LicenceStatus.IN_FORCE:
            return Operation.ISSUED
        case LicenceStatus.SUSPENDED:
            return Operation.SUSPENDED
        case LicenceStatus.EXPIRED:
            return Operation.EXPIRED
        case LicenceStatus.CANCELLED | LicenceStatus.ANNULLED | LicenceStatus.FORFEITED:
            return Operation.ENDED
    return Operation.OTHER
