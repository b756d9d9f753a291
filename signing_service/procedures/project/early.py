"""早期项目登记: a project whose drawing review was complete before the platform's module began (domain text, §13.4)."""

from __future__ import annotations

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.domain.staff import Level
from signing_service.procedures.project.form import DEVELOPER, PROJECT_FORM
from signing_service.procedures.project.register import BASIS, EDITION, ROLES, recorded, sealed_by_developer
from signing_service.procedures.shared import AUTHORITY, PLATFORM, TO_CORRECT, notice_sent, withdrawn_by
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.changes_of_projects import EnterProject
from signing_service.workflows.checks_of_projects import ReachedBefore
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import TakeStep
from signing_service.workflows.fields import Field, FieldType, Section
from signing_service.workflows.procedure import Procedure, Step, any_of

DAYS = 5
EARLY = Section(
    "早期项目",
    (
        Field(
            "milestone_on", "施工图审查完成日期", "Drawing review complete on", FieldType.DATE, not_after="today",
            hint="须早于平台审图模块启用日。", hint_en="Before the platform's review module began.",
        ),
        Field("milestone_proof", "施工图审查合格书", "The review's certificate", FieldType.FILE),
    ),
    "The early project",
)  # fmt: skip

early = Procedure(
    key="prj.early",
    code="XMZQ",
    title="早期项目登记",
    title_en="Registration of an early project",
    edition=EDITION,
    basis=BASIS,
    decision_days=DAYS,
    initiator=DEVELOPER,
    roles=ROLES,
    form=(*PROJECT_FORM, EARLY),
    decided_at=RegionLevel.COUNTY,
    steps=(
        *sealed_by_developer(Stage.CONFIRMED, ReachedBefore("review")),
        Step(
            "grant", "审核通过", by=AUTHORITY, at=Stage.CONFIRMED, to=Stage.ISSUING, then=(TakeStep("record"),),
            level=Level.REVIEW, title_en="Pass",
        ),
        Step(
            "return", "退回补正", by=AUTHORITY, at=Stage.CONFIRMED, to=Stage.CORRECTION, changes=(VoidForm(),),
            then=notice_sent("correction_notice"), reason_required=True, form_goes_back=True, level=Level.REVIEW,
            title_en="Return for correction",
        ),
        Step(
            "refuse", "不予登记", by=AUTHORITY, at=Stage.CONFIRMED, to=Stage.REFUSED,
            then=notice_sent("refusal_notice"), reason_required=True, level=Level.REVIEW, title_en="Refuse",
        ),
        Step("lapse", "逾期未补正", by=PLATFORM, at=Stage.CORRECTION, to=Stage.LAPSED, title_en="Lapse"),
        *withdrawn_by(any_of(DEVELOPER), Stage.CONFIRMED),
        *(step for step in recorded(EnterProject(early=True)) if step.name == "record"),
    ),
    deadlines=(Deadline("review", (Stage.CONFIRMED,), working(DAYS)), TO_CORRECT),
    summary="平台审图模块启用前已完成施工图审查的项目，按早期项目登记。",
    summary_en="A project whose drawing review was complete before the platform's module began.",
)  # fmt: skip
