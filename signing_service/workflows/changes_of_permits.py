"""Changes of the register by construction permits (domain text, §13.2, §13.3). How each is made is in ``apply.permits``."""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.domain.licences import LicenceStatus


@dataclass(frozen=True, slots=True)
class EnterPermit:
    """The permit that this dossier brought forth has to be used within its time from now on."""


@dataclass(frozen=True, slots=True)
class ReplaceFormerPermit:
    """The permit that the form says is replaced is cancelled: developer or builder has changed."""


@dataclass(frozen=True, slots=True)
class ExtendStart:
    """The last day to begin is so many months later as the form says."""


@dataclass(frozen=True, slots=True)
class RecordStart:
    """The works have begun on the day of the form."""


@dataclass(frozen=True, slots=True)
class RecordStop:
    """The works stand still since the day of the form."""


@dataclass(frozen=True, slots=True)
class RecordResumption:
    """The works go on."""


@dataclass(frozen=True, slots=True)
class EndPermit:
    """The permit in question has another status from this moment, and nothing more is done with it."""

    status: LicenceStatus


@dataclass(frozen=True, slots=True)
class EnterEarlySections:
    """早期项目: the builder and the supervisor whom the form names have taken the works on, and the builder's manager is
    locked.
    """


@dataclass(frozen=True, slots=True)
class ReleaseLeaders:
    """Whoever led the project may lead another, once no permit of it is left."""


CHANGES_OF_PERMITS = (
    EnterPermit,
    ReplaceFormerPermit,
    ExtendStart,
    RecordStart,
    RecordStop,
    RecordResumption,
    EndPermit,
    EnterEarlySections,
    ReleaseLeaders,
)
