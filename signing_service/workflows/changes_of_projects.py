"""Changes of the register by projects and sections (domain text, §10.2, §12, §13). How each
is made is in ``apply.projects`` and ``apply.sections``.
"""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.domain.projects import SectionKind, SectionState


@dataclass(frozen=True, slots=True)
class ReserveProjectNo:
    """The dossier has its 项目编号 from now on, and keeps it when the form is drawn again for the same county and kind."""


@dataclass(frozen=True, slots=True)
class EnterProject:
    """The project of the form, with its unit works, is in the register under the reserved number."""

    early: bool = False


@dataclass(frozen=True, slots=True)
class ChangeProject:
    """The project says what the form says."""


@dataclass(frozen=True, slots=True)
class RemoveProject:
    """The project is no more; its number is never given again."""


@dataclass(frozen=True, slots=True)
class VoidAllForms:
    """As ``VoidForm``, for a dossier whose parties have signed forms of their own: all of them."""


@dataclass(frozen=True, slots=True)
class ReserveSectionNo:
    """The dossier has the number of its section from now on."""

    kind: SectionKind


@dataclass(frozen=True, slots=True)
class PutSectionOut:
    """发包: the section of the form waits for who takes it on."""

    kind: SectionKind
    state: SectionState = SectionState.PUBLISHED


@dataclass(frozen=True, slots=True)
class SetSectionState:
    """The section that this dossier put out, or whose results it is about, has another state."""

    state: SectionState


@dataclass(frozen=True, slots=True)
class TakeSectionOn:
    """承接: contractor, leader and contract stand in the section from now on."""

    kind: SectionKind


@dataclass(frozen=True, slots=True)
class ChangeSection:
    """变更发包: what both sides agreed anew stands in the section, or nobody has taken it on any more; who leads it no
    longer is free, and who does now is not.
    """

    kind: SectionKind


@dataclass(frozen=True, slots=True)
class LockLeader:
    """在建锁定: the leader of the section may neither change employer nor lead another project."""

    kind: SectionKind


@dataclass(frozen=True, slots=True)
class SendSectionCode:
    """工程码: a new one is texted to the contractor's project leader, and the former opens nothing any more."""

    kind: SectionKind


@dataclass(frozen=True, slots=True)
class VoidSectionCode:
    """The 工程码 of the section opens nothing any more."""


@dataclass(frozen=True, slots=True)
class AskTradingCentre:
    """进场交易: the section is put out to tender by the 公共资源交易中心."""

    kind: SectionKind


@dataclass(frozen=True, slots=True)
class CallBackFromTradingCentre:
    """The tender is called off."""


CHANGES_OF_PROJECTS = (
    ReserveProjectNo,
    EnterProject,
    ChangeProject,
    RemoveProject,
    VoidAllForms,
    ReserveSectionNo,
    PutSectionOut,
    SetSectionState,
    TakeSectionOn,
    ChangeSection,
    LockLeader,
    SendSectionCode,
    VoidSectionCode,
    AskTradingCentre,
    CallBackFromTradingCentre,
)
