"""中止施工报告: works that stop are reported within a month, with builder and supervisor (建筑法 第十条)."""

from __future__ import annotations

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.domain.staff import Level
from signing_service.procedures.permit.common import (
    AUTHORITY,
    BUILDER,
    DEVELOPER,
    EDITION,
    LAW,
    OTHER_FILES,
    PLATFORM,
    SUPERVISOR,
    drawn_and_sealed_by_others,
    locked,
    sheets_issued,
    the_permit,
)
from signing_service.procedures.shared import AUTHORITY as BY_AUTHORITY
from signing_service.procedures.shared import PLATFORM as BY_PLATFORM
from signing_service.procedures.shared import TO_CORRECT, handled_within, issued, notice_sent
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.changes_of_permits import RecordStop
from signing_service.workflows.checks_of_permits import DayAfterPermit, HasStarted, PermitStands, StandsStill
from signing_service.workflows.checks_of_projects import ProjectKnown
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.licensing_of_permits import NOTED
from signing_service.workflows.procedure import Check, Field, FieldType, Procedure, Section, Step, all_of
from signing_service.workflows.shown_of_permits import StopShown

FORM = "pm_suspend_form"
DAYS = 5
"""Working days of the authority, which is reminded; nothing is deemed."""
ROLES = (DEVELOPER, BUILDER, SUPERVISOR, AUTHORITY, PLATFORM)
MAY_STOP: tuple[Check, ...] = (
    ProjectKnown(), PermitStands(), HasStarted(), StandsStill(stopped=False), DayAfterPermit("stopped_on"),
)  # fmt: skip
OF_SITE = (
    Field("position", "在施部位", "Where the works were", FieldType.TEXT, most=60),
    Field("reason", "原因", "Reason", FieldType.LONG_TEXT, most=200),
    Field("care", "维护管理措施", "Care of the site", FieldType.LONG_TEXT, most=200),
    OTHER_FILES,
)


def returned() -> tuple[Step, ...]:
    """A report that is not complete goes back once; who does not answer has not reported."""
    return (
        Step(
            "return", "退回补正", by=BY_AUTHORITY, at=Stage.CONFIRMED, to=Stage.CORRECTION, changes=(VoidForm(),),
            then=notice_sent("correction_notice"), reason_required=True, form_goes_back=True, level=Level.ACCEPT,
            title_en="Return for correction",
        ),
        Step("lapse", "逾期未补正", by=BY_PLATFORM, at=Stage.CORRECTION, to=Stage.LAPSED, title_en="Lapse"),
    )  # fmt: skip


suspend = Procedure(
    key="pm.suspend",
    code="SGZZ",
    title="中止施工报告",
    title_en="Report that works stop",
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
            "中止施工",
            (
                Field(
                    "stopped_on", "中止施工日期", "Stopped on", FieldType.DATE, not_after="today",
                    hint="自中止施工之日起一个月内报告。", hint_en="It is reported within a month.",
                ),
                *OF_SITE,
            ),
            "The stop",
        ),
    ),
    steps=(
        *drawn_and_sealed_by_others(FORM, all_of(BUILDER, SUPERVISOR), MAY_STOP, StopShown()),
        Step(
            "accept", "收悉", by=BY_AUTHORITY, at=Stage.CONFIRMED, to=Stage.ISSUING, level=Level.ACCEPT,
            then=(*locked(FORM), *sheets_issued(NOTED, StopShown())), title_en="Take note",
        ),
        *returned(),
        issued(RecordStop()),
    ),
    deadlines=(handled_within(10), Deadline("accept", (Stage.CONFIRMED,), working(DAYS)), TO_CORRECT),
    summary="在建工程因故中止施工的，建设单位自中止之日起一个月内报告发证机关，施工、监理单位共同盖章。",
    summary_en="Works that stop are reported within a month, under the seals of developer, builder and supervisor.",
)  # fmt: skip
