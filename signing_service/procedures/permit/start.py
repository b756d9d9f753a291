"""开工登记: the works have begun within their time, so the permit does not lapse (建筑法 第九条)."""

from __future__ import annotations

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.procedures.permit.common import AUTHORITY, DEVELOPER, EDITION, LAW, PLATFORM, the_permit
from signing_service.procedures.shared import withdrawn_by
from signing_service.workflows.changes_of_permits import RecordStart
from signing_service.workflows.checks_of_permits import DayAfterPermit, NotStartedYet, PermitStands
from signing_service.workflows.checks_of_projects import ProjectKnown
from signing_service.workflows.procedure import Field, FieldType, Procedure, Step, any_of

start = Procedure(
    key="pm.start",
    code="SGKG",
    title="开工登记",
    title_en="Start of the works",
    edition=EDITION,
    basis=f"{LAW}第九条",
    decision_days=0,
    initiator=DEVELOPER,
    roles=(DEVELOPER, AUTHORITY, PLATFORM),
    project_field="project_no",
    licence_field="licence_no",
    decided_at=RegionLevel.COUNTY,
    form=(
        the_permit(
            Field("started_on", "开工日期", "Begun on", FieldType.DATE, not_after="today"),
            Field("order", "监理单位签发的开工令", "The supervisor's order to begin", FieldType.FILE),
        ),
    ),
    steps=(
        Step(
            "submit", "登记开工", by=any_of(DEVELOPER), at=Stage.DRAFT, to=Stage.CLOSED, reads_draft=True,
            provided=(ProjectKnown(), PermitStands(), NotStartedYet(), DayAfterPermit("started_on")),
            changes=(RecordStart(),), title_en="Register the start",
        ),
        *withdrawn_by(any_of(DEVELOPER), Stage.DRAFT),
    ),
    summary="自发证之日起三个月内开工的，登记开工日期；既不开工也不延期的，施工许可证自行废止。",
    summary_en="Register that the works have begun within three months; otherwise the permit lapses by itself.",
)  # fmt: skip
