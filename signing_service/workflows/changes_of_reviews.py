"""Changes of the register by drawings and their review (domain text, §10.5, §17.2). How each
is made is in ``apply.reviews``.
"""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.domain.projects import SectionKind


@dataclass(frozen=True, slots=True)
class SubmitSheets:
    """送交: what the unit has uploaded belongs to this dossier and never changes again."""

    kind: SectionKind


@dataclass(frozen=True, slots=True)
class ReleaseSheets:
    """The sheets of this dossier are sealed, and may be reviewed."""


@dataclass(frozen=True, slots=True)
class GiveSheetsBack:
    """The sheets of this dossier are their unit's again, to be changed and handed over anew."""


@dataclass(frozen=True, slots=True)
class FixSheetList:
    """报审: exactly these versions are going to be reviewed."""

    kind: SectionKind


@dataclass(frozen=True, slots=True)
class GiveUpReview:
    """It goes back to the developer, and the sheets are the unit's again."""


@dataclass(frozen=True, slots=True)
class AppointExperts:
    """受理: one expert for each discipline."""


@dataclass(frozen=True, slots=True)
class AskForChanges:
    """The unit is to answer every opinion."""


@dataclass(frozen=True, slots=True)
class OpenRound:
    """复审: what the unit has submitted since is under review, and every expert concludes anew."""


@dataclass(frozen=True, slots=True)
class PassReview:
    """合格: its sheets are approved; a review it replaces counts no more, nor does that one's 合格书."""


@dataclass(frozen=True, slots=True)
class FailReview:
    """不合格: it is over, and the sheets are the unit's again."""


@dataclass(frozen=True, slots=True)
class EnterEarlyPass:
    """补录: the project has a 合格书 from before the platform."""

    kind_field: str = "subject"


CHANGES_OF_REVIEWS = (
    SubmitSheets,
    ReleaseSheets,
    GiveSheetsBack,
    FixSheetList,
    GiveUpReview,
    AppointExperts,
    AskForChanges,
    OpenRound,
    PassReview,
    FailReview,
    EnterEarlyPass,
)
