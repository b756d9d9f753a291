"""Work that is due after a step. How each is done is in ``perform``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from signing_service.domain.documents import PadesLevel, SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.licences import LicenceType
from signing_service.domain.new_keys import Withdrawal
from signing_service.workflows.licensing import IssueNew, LicenceOperation
from signing_service.workflows.procedure import Situation


class Shown(Protocol):
    """What a document says beyond form, parties and licence: worked out from them, by the rule that will act on it."""

    @property
    def gives(self) -> tuple[str, ...]:
        """Names of all the facts that ``shown`` may say; it need not say each every time."""
        ...

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class RenderForm:
    """Check that nothing can stick, then draw the form, stamp it, lay its fields."""

    template: str
    shows: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderNotice:
    """A letter of the authority: accepted, returned, refused; or of another ``issuer`` that decides."""

    template: str
    shows: tuple[Shown, ...] = ()
    issuer: SignatoryRole = SignatoryRole.AUTHORITY
    with_data: bool = False
    """Whether what it says travels in the file for machines, too, as the data of a licence does."""
    mark: str = ""
    """文书字 of letters that are counted in a series of their own: 建消审字; empty: in that of all letters."""


@dataclass(frozen=True, slots=True)
class RenderLicence:
    """Take number and identifier, then draw the licence that ``operation`` makes of the one in question."""

    type: LicenceType
    operation: LicenceOperation | IssueNew
    shows: tuple[Shown, ...] = ()
    sheet: str = ""
    """Template of a further sheet of the same licence: 副本 beside 正本."""

    @property
    def template(self) -> str:
        return self.sheet or self.type.value


@dataclass(frozen=True, slots=True)
class RenderCopy:
    """加注件: take a number of its own, then draw a copy of the licence in question for one purpose."""

    days: int
    """Longest it may be used, the day it is made included."""

    @property
    def template(self) -> str:
        return "licence_copy"


@dataclass(frozen=True, slots=True)
class Seal:
    """Fill the field of ``role`` with the key and the seal of the party that plays it."""

    template: str
    role: SignatoryRole
    level: PadesLevel = PadesLevel.B_T


@dataclass(frozen=True, slots=True)
class ProveAndArchive:
    """Validate our own output as a stranger would, read its QR, and store it for ever."""

    template: str


@dataclass(frozen=True, slots=True)
class MakeKey:
    """Have a key made for the party in this role, and a cert for so many years."""

    role: SignatoryRole
    years: int


@dataclass(frozen=True, slots=True)
class WithdrawKeys:
    """Have the certs of the party's withdrawn seals revoked."""

    role: SignatoryRole
    why: Withdrawal


@dataclass(frozen=True, slots=True)
class AskProfessionals:
    """Have each registered professional of the form confirm, in a dossier of the person's own that this procedure begins."""

    procedure: str


@dataclass(frozen=True, slots=True)
class RecallProfessionals:
    """Nobody need confirm a form that counts no more: what was asked and not answered yet lapses."""


@dataclass(frozen=True, slots=True)
class TakeStep:
    """The platform takes the next step by itself."""

    step: str


GENERAL_EFFECTS = (
    RenderForm,
    RenderNotice,
    RenderLicence,
    RenderCopy,
    Seal,
    ProveAndArchive,
    MakeKey,
    WithdrawKeys,
    AskProfessionals,
    RecallProfessionals,
    TakeStep,
)
