"""Work on the sheets of a set. How each is done is in ``perform.sheets``."""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.domain.documents import PadesLevel, SignatoryRole
from signing_service.domain.projects import SectionKind
from signing_service.domain.sheets import SHEET_TEMPLATE


@dataclass(frozen=True, slots=True)
class StampSheets:
    """Every sheet of the dossier gets its code, its 查验码 and a field for each who is going to seal it."""

    kind: SectionKind


@dataclass(frozen=True, slots=True)
class SealSheets:
    """Fill the field of ``role`` on every sheet of the dossier, one after the other."""

    role: SignatoryRole
    level: PadesLevel = PadesLevel.B_T

    @property
    def template(self) -> str:
        return SHEET_TEMPLATE


EFFECTS_OF_SHEETS = (StampSheets, SealSheets)
