"""Kinds of seal that an enterprise may apply for (domain text, §7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from signing_service.domain.seals import SealKind


@dataclass(frozen=True, slots=True)
class AppliedKind:
    title: str
    artwork: SealKind
    lines: tuple[str, ...] = ()
    """Across the seal, under its star."""
    has_code: bool = False


SEAL_KINDS: Mapping[str, AppliedKind] = MappingProxyType(
    {
        "official": AppliedKind("公章", SealKind.ENTERPRISE, has_code=True),
        "contract": AppliedKind("合同专用章", SealKind.AUTHORITY, ("合同专用章",)),
        "business": AppliedKind("业务专用章", SealKind.AUTHORITY, ("业务专用章",)),
        "drawing": AppliedKind("出图专用章", SealKind.AUTHORITY, ("出图专用章",)),
        "review": AppliedKind("审查专用章", SealKind.AUTHORITY, ("审查专用章",)),
        "name": AppliedKind("法定代表人名章", SealKind.NAME),
    }
)
