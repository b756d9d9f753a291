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


@dataclass(frozen=True, slots=True)
class AskRegisteredPersons:
    """Have each registered person agree to the list of sheets that is to carry the own practising seal, in a dossier of
    the person's own that ``procedure`` begins.
    """

    procedure: str
    role: SignatoryRole
    """The unit, which hands over and lets its own key be used for the same list once everybody has agreed."""


@dataclass(frozen=True, slots=True)
class GoOnWithSheets:
    """A registered person has answered: with the last who agrees the sheets are sealed, with the first who does not they
    go back to their unit.
    """


EFFECTS_OF_SHEETS = (StampSheets, SealSheets, AskRegisteredPersons, GoOnWithSheets)
