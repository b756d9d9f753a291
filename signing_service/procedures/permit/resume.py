"""恢复施工报告: works go on; after a year of standing still the permit is verified first (建筑法 第十条)."""

from __future__ import annotations

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.domain.staff import Level
from signing_service.procedures.permit.common import (
    BUILDER,
    DEVELOPER,
    EDITION,
    LAW,
    SUPERVISOR,
    drawn_and_sealed_by_others,
    locked,
    sheets_issued,
    the_permit,
)
from signing_service.procedures.permit.suspend import DAYS, FORM, OF_SITE, ROLES, returned
from signing_service.procedures.shared import AUTHORITY as BY_AUTHORITY
from signing_service.procedures.shared import (
    TO_CORRECT,
    decided,
    handled_within,
    issued,
    notice_sent,
    reviewed,
    to_decide,
)
from signing_service.workflows.changes_of_permits import RecordResumption
from signing_service.workflows.checks_of_permits import DayAfterPermit, PermitStands, StandsStill, VerifiedFirst
from signing_service.workflows.checks_of_projects import ProjectKnown
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.licensing_of_permits import NOTED
from signing_service.workflows.procedure import Check, Field, FieldType, Procedure, Section, Step, all_of
from signing_service.workflows.shown_of_permits import ResumptionShown

MAY_RESUME: tuple[Check, ...] = (
    ProjectKnown(), PermitStands(), StandsStill(stopped=True), DayAfterPermit("resumed_on"),
)  # fmt: skip
GRANTED = (*locked(FORM), *sheets_issued(NOTED, ResumptionShown()))

resume = Procedure(
    key="pm.resume",
    code="SGHF",
    title="恢复施工报告",
    title_en="Report that works go on",
    edition=EDITION,
    basis=f"{LAW}第十条",
    decision_days=DAYS,
    initiator=DEVELOPER,
    roles=ROLES,
    project_field="project_no",
    parties_of_project=(BUILDER, SUPERVISOR),
    licence_field="licence_no",
    decided_at=RegionLevel.COUNTY,
    form=(
        the_permit(),
        Section(
            "恢复施工",
            (
                Field("resumed_on", "恢复施工日期", "Going on from", FieldType.DATE),
                *OF_SITE,
                Field("safety", "安全措施与复工条件", "Safety and conditions", FieldType.LONG_TEXT, most=200),
            ),
            "Going on",
        ),
    ),
    steps=(
        *drawn_and_sealed_by_others(FORM, all_of(BUILDER, SUPERVISOR), MAY_RESUME, ResumptionShown()),
        Step(
            "take_note", "收悉", by=BY_AUTHORITY, at=Stage.CONFIRMED, to=Stage.ISSUING, level=Level.ACCEPT,
            provided=(VerifiedFirst(verified=False),), then=GRANTED, title_en="Take note",
        ),
        Step(
            "accept", "受理核验", by=BY_AUTHORITY, at=Stage.CONFIRMED, to=Stage.ACCEPTED, level=Level.ACCEPT,
            provided=(VerifiedFirst(verified=True),), then=notice_sent("acceptance_notice"),
            title_en="Accept, to be verified",
        ),
        *returned(),
        *reviewed(),
        *decided(GRANTED),
        issued(RecordResumption()),
    ),
    deadlines=(handled_within(10), Deadline("accept", (Stage.CONFIRMED,), working(DAYS)), TO_CORRECT, to_decide(DAYS)),
    summary="中止施工的工程恢复施工前报告发证机关；中止施工满一年的，须先核验施工许可证。",
    summary_en="Before works go on they are reported; after a year of standing still the permit is verified first.",
)  # fmt: skip
