"""施工、监理发包: the tender office confirms the way of contracting first (domain text, §13, step 3, and §13.1).

asked -> confirmed -> public: tendered by the trading centre, which names the winner; direct: whom the developer chose
      -> the order is drawn with the contractor, seen, sealed -> taken on as any other
"""

from __future__ import annotations

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.projects import SectionKind, SectionState
from signing_service.domain.staff import Level
from signing_service.procedures.contract.common import (
    AUTHORITY,
    DEVELOPER,
    DISSOLVED,
    EDITION,
    called_off,
    may_put_out,
    order_of,
    published,
    taken_on_by,
    to_be_taken_on,
)
from signing_service.procedures.contract.fields import ORGANISATIONS, put_out
from signing_service.procedures.contract.shown import OrderShown, TenderShown
from signing_service.procedures.shared import AUTHORITY as TENDER_OFFICE
from signing_service.procedures.shared import PLATFORM, TO_CORRECT, notice_sent, withdrawn_by
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.changes_of_projects import (
    AskTradingCentre,
    CallBackFromTradingCentre,
    PutSectionOut,
    ReserveSectionNo,
    SetSectionState,
)
from signing_service.workflows.checks_of_sections import MethodIs
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import ProveAndArchive, RenderForm, Seal, TakeStep
from signing_service.workflows.procedure import Field, FieldType, Procedure, Step, any_of

DAYS = 5
"""Working days of the tender office; it is reminded, nothing is deemed confirmed."""

OPINION = Field("opinion", "确认意见", "Opinion", FieldType.LONG_TEXT, most=200)
ORGANISATION = Field("organisation", "组织形式", "Organised by", FieldType.CHOICE, choices=ORGANISATIONS)
AWARDED = (
    Field("award_no", "中标通知书编号", "Number of the award", FieldType.TEXT, most=60),
    Field("awarded_on", "中标日期", "Awarded on", FieldType.DATE),
    Field("manager", "投标项目负责人", "Leader in the bid", FieldType.TEXT, required=False, most=40),
)


def put_out_by_tender_office(
    kind: SectionKind, code: str, title: str, title_en: str, summary: tuple[str, str]
) -> Procedure:
    return Procedure(
        key=f"ct.{kind.value}",
        code=code,
        title=title,
        title_en=title_en,
        edition=EDITION,
        basis="《必须招标的工程项目规定》（发改委令2018年第16号）",
        decision_days=DAYS,
        initiator=DEVELOPER,
        roles=(DEVELOPER, kind.contractor, AUTHORITY, SignatoryRole.PLATFORM),
        form=put_out(kind),
        project_field="project_no",
        parties_from={kind.contractor: f"{kind.contractor.value}_uscc"},
        decided_at=RegionLevel.COUNTY,
        steps=(
            *_asked(kind),
            *_confirmed(kind),
            *_tendered(kind),
            *_ordered(kind),
            *published(PutSectionOut(kind, SectionState.TENDER_CONFIRMED)),
            *taken_on_by(kind),
        ),
        deadlines=(Deadline("tender", (Stage.CONFIRMED,), working(DAYS)), TO_CORRECT, to_be_taken_on(kind)),
        summary=summary[0],
        summary_en=summary[1],
    )


def _asked(kind: SectionKind) -> tuple[Step, ...]:
    """Nothing is sealed yet: what the tender office confirms is its own letter."""
    return (
        *(
            Step(
                "apply", "提交招标办确认", by=any_of(DEVELOPER), at=at, to=Stage.CONFIRMED, reads_draft=True,
                provided=may_put_out(kind), changes=(ReserveSectionNo(kind), PutSectionOut(kind)),
                title_en="Ask the tender office",
            )
            for at in (Stage.DRAFT, Stage.CORRECTION)
        ),
        *withdrawn_by(any_of(DEVELOPER), Stage.DRAFT),
        called_off(Stage.CORRECTION),
        called_off(Stage.CONFIRMED),
    )  # fmt: skip


def _confirmed(kind: SectionKind) -> tuple[Step, ...]:
    """招标业务管理: 确认 or 退回; which of the two confirmations it is follows from the developer's choice."""
    letter = notice_sent("tender_confirm", TenderShown(kind))
    known = SetSectionState(SectionState.TENDER_CONFIRMED)
    return (
        Step(
            "confirm_open", "确认公开招标，进场交易", by=TENDER_OFFICE, at=Stage.CONFIRMED, to=Stage.EXTERNAL,
            provided=(MethodIs(("open",)),), changes=(known, AskTradingCentre(kind)), then=letter,
            form=(ORGANISATION, OPINION), level=Level.TENDER, title_en="Confirm a public tender",
        ),
        Step(
            "confirm_direct", "确认邀请招标或直接发包", by=TENDER_OFFICE, at=Stage.CONFIRMED, to=Stage.PREPARED,
            provided=(MethodIs(("invited", "direct")),), changes=(known,),
            then=(*letter, RenderForm(order_of(kind), (OrderShown(),))),
            form=(OPINION,), level=Level.TENDER, title_en="Confirm an invited tender or direct contracting",
        ),
        Step(
            "return", "退回", by=TENDER_OFFICE, at=Stage.CONFIRMED, to=Stage.CORRECTION, reason_required=True,
            changes=(VoidForm(), SetSectionState(SectionState.RETURNED)), then=notice_sent("correction_notice"),
            form_goes_back=True, level=Level.TENDER, title_en="Return",
        ),
        Step(
            "lapse", "逾期未补正", by=PLATFORM, at=Stage.CORRECTION, to=Stage.LAPSED,
            changes=(SetSectionState(SectionState.LAPSED),), title_en="Lapse",
        ),
    )  # fmt: skip


def _tendered(kind: SectionKind) -> tuple[Step, ...]:
    """What the trading centre sends back: 中标, or 流标."""
    return (
        Step(
            "award", "中标", by=PLATFORM, at=Stage.EXTERNAL, to=Stage.PREPARED, form=AWARDED,
            then=(RenderForm(order_of(kind), (OrderShown(),)),), title_en="Awarded",
        ),
        Step(
            "tender_failed", "流标", by=PLATFORM, at=Stage.EXTERNAL, to=Stage.CORRECTION, reason_required=True,
            changes=(SetSectionState(SectionState.RETURNED),), form_goes_back=True, title_en="The tender failed",
        ),
        called_off(Stage.EXTERNAL, CallBackFromTradingCentre()),
    )  # fmt: skip


def _ordered(kind: SectionKind) -> tuple[Step, ...]:
    """The developer sees the order with the contractor on it, and seals it; who changes it has to ask again."""
    order = order_of(kind)
    return (
        Step(
            "submit", "盖章发包", by=any_of(DEVELOPER), at=Stage.PREPARED, to=Stage.REVIEWED,
            provided=may_put_out(kind), title_en="Seal the order",
            then=(Seal(order, DEVELOPER), ProveAndArchive(order), TakeStep("publish")),
        ),
        Step(
            "revise", "返回修改（须重新确认）", by=any_of(DEVELOPER), at=Stage.PREPARED, to=Stage.DRAFT, optional=True,
            changes=(*DISSOLVED, SetSectionState(SectionState.RETURNED)), form_goes_back=True,
            title_en="Go back and change: it has to be confirmed again",
        ),
        called_off(Stage.PREPARED),
    )  # fmt: skip
