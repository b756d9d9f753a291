"""发包 and 承接: a developer puts work out under its seal, a contractor takes it on under its own (domain text, §12).

    the order is sealed -> published -> taken on: contract and team -> the acceptance is sealed -> on record

Until the acceptance is sealed either may step back: the contractor returns it with a reason, the developer calls it off;
after thirty days it lapses by itself.
"""

from __future__ import annotations

from datetime import date

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.projects import SectionKind, SectionState
from signing_service.procedures.contract.fields import taking_on
from signing_service.procedures.contract.shown import AcceptanceShown
from signing_service.procedures.shared import PLATFORM
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.changes_of_projects import (
    LockLeader,
    SetSectionState,
    TakeSectionOn,
    VoidAllForms,
    VoidSectionCode,
)
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_employment import EnterpriseTakenIn
from signing_service.workflows.checks_of_projects import ProjectKnown, UnitWorksKnown
from signing_service.workflows.checks_of_sections import (
    BuilderAndSupervisorDiffer,
    DatesWarned,
    LeaderFit,
    LeaderFree,
    TeamFit,
    TenderWarned,
    UnitWorksFree,
    WorksCovered,
)
from signing_service.workflows.deadlines import Deadline, calendar
from signing_service.workflows.effects import ProveAndArchive, RenderForm, Seal, TakeStep
from signing_service.workflows.procedure import Change, Check, Step, any_of
from signing_service.workflows.sections import TAKEN_ON

DEVELOPER, AUTHORITY = SignatoryRole.DEVELOPER, SignatoryRole.AUTHORITY
EDITION = date(2026, 1, 1)
BASIS = "《中华人民共和国建筑法》第十五条、第二十二条"

DISSOLVED: tuple[Change, ...] = (VoidAllForms(), VoidSectionCode())
"""Whatever was signed of it counts no more, and nobody gets in by its code."""


def may_put_out(kind: SectionKind) -> tuple[Check, ...]:
    apart = (BuilderAndSupervisorDiffer(kind),) if is_tendered(kind) else ()
    return (
        ProjectKnown(), UnitWorksKnown(), UnitWorksFree(kind), EnterpriseTakenIn(kind.contractor), *apart,
        TenderWarned(kind), DatesWarned(), HasKey(DEVELOPER),
    )  # fmt: skip


def may_take_on(kind: SectionKind) -> tuple[Check, ...]:
    """Asked when contract and team are given, and again when they are sealed: licences are looked at live."""
    builds = kind is SectionKind.CONSTRUCTION
    apart = (BuilderAndSupervisorDiffer(kind),) if is_tendered(kind) else ()
    free = (LeaderFree(),) if builds else ()
    return (
        EnterpriseTakenIn(kind.contractor), *apart, LeaderFit(kind, registered=builds), *free, TeamFit(kind),
        WorksCovered(), DatesWarned(TAKEN_ON), HasKey(kind.contractor),
    )  # fmt: skip


def is_tendered(kind: SectionKind) -> bool:
    return kind in (SectionKind.CONSTRUCTION, SectionKind.SUPERVISION)


def order_of(kind: SectionKind) -> str:
    """Template of 任务委托单 or 发包登记表."""
    return {
        SectionKind.SURVEY: "ct_survey_form",
        SectionKind.DESIGN: "ct_design_form",
        SectionKind.CONSTRUCTION: "ct_constr_form",
        SectionKind.SUPERVISION: "ct_superv_form",
    }[kind]


def acceptance_of(kind: SectionKind) -> str:
    """Template of 承接确认书."""
    return order_of(kind).replace("ct_", "ct_accept_")


def published(*changes: Change) -> tuple[Step, ...]:
    """The contractor is asked when the developer's seal is on the order, not before. What follows is another form."""
    return (
        Step(
            "publish", "发包", by=PLATFORM, at=Stage.REVIEWED, to=Stage.SUBMITTED, changes=changes, form_goes_back=True,
            title_en="Publish",
        ),
        called_off(Stage.REVIEWED),
    )  # fmt: skip


def called_off(at: Stage, *changes: Change) -> Step:
    return Step(
        "withdraw", "撤回发包", by=any_of(DEVELOPER), at=at, to=Stage.WITHDRAWN, optional=True,
        changes=(*DISSOLVED, SetSectionState(SectionState.WITHDRAWN), *changes), title_en="Call it off",
    )  # fmt: skip


def taken_on_by(kind: SectionKind) -> tuple[Step, ...]:
    """承接: the contractor gives contract and team, sees the acceptance, seals it; or returns the order."""
    contractor, form = any_of(kind.contractor), acceptance_of(kind)
    locked = (LockLeader(kind),) if kind is SectionKind.CONSTRUCTION else ()
    return (
        Step(
            TAKEN_ON, "承接：填写合同和项目组", by=contractor, at=Stage.SUBMITTED, to=Stage.ACCEPTED,
            provided=may_take_on(kind), form=taking_on(kind), title_en="Take on: contract and team",
            then=(RenderForm(form, (AcceptanceShown(kind, order_of(kind)),)),),
        ),
        Step(
            "decline", "退回发包方", by=contractor, at=Stage.SUBMITTED, to=Stage.DRAFT, reason_required=True,
            changes=(*DISSOLVED, SetSectionState(SectionState.RETURNED)), form_goes_back=True,
            title_en="Return to the developer",
        ),
        called_off(Stage.SUBMITTED),
        Step(
            "confirm", "确认承接并盖章", by=contractor, at=Stage.ACCEPTED, to=Stage.ISSUING,
            provided=may_take_on(kind), changes=locked, title_en="Take on and seal",
            then=(Seal(form, kind.contractor), ProveAndArchive(form), TakeStep("record")),
        ),
        Step(
            "rewrite", "返回修改", by=contractor, at=Stage.ACCEPTED, to=Stage.SUBMITTED, changes=(VoidForm(),),
            form_goes_back=True, optional=True, title_en="Go back and change",
        ),
        called_off(Stage.ACCEPTED),
        Step(
            "record", "承接登记", by=PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED,
            changes=(TakeSectionOn(kind), VoidSectionCode()), title_en="Enter in the register",
        ),
        *(
            Step(
                "lapse", "逾期未承接", by=PLATFORM, at=at, to=Stage.LAPSED,
                changes=(*DISSOLVED, SetSectionState(SectionState.LAPSED)), title_en="Lapse",
            )
            for at in (Stage.SUBMITTED, Stage.ACCEPTED)
        ),
    )  # fmt: skip


def to_be_taken_on(kind: SectionKind) -> Deadline:
    """Reminded after fifteen days, over after thirty (domain text, §12)."""
    return Deadline(
        "taken_on", (Stage.SUBMITTED, Stage.ACCEPTED), calendar(30), then="lapse", remind=(calendar(15),),
        waits_for=(kind.contractor,), paused_at=(),
    )  # fmt: skip
