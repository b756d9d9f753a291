"""删除项目: a project with a wrong number is removed and registered anew, as long as nothing hangs on it (domain text, §13)."""

from __future__ import annotations

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.procedures.project.form import DEVELOPER
from signing_service.procedures.project.register import BASIS, EDITION, ROLES
from signing_service.procedures.shared import withdrawn_by
from signing_service.workflows.changes_of_projects import RemoveProject
from signing_service.workflows.checks_of_projects import NothingOnProject, ProjectKnown
from signing_service.workflows.fields import Field, FieldType, Section
from signing_service.workflows.procedure import Procedure, Step, any_of

remove = Procedure(
    key="prj.remove",
    code="XMSC",
    title="删除项目",
    title_en="Removal of a project",
    edition=EDITION,
    basis=BASIS,
    decision_days=0,
    initiator=DEVELOPER,
    roles=ROLES,
    project_field="project_no",
    decided_at=RegionLevel.COUNTY,
    form=(
        Section(
            "所删除的项目",
            (
                Field("project_no", "项目编号", "Project number", FieldType.LICENCE_NO),
                Field("why", "删除原因", "Reason", FieldType.LONG_TEXT, most=300),
                Field(
                    "promise", "确认删除", "Confirm the removal", FieldType.STATEMENT,
                    hint="项目删除后不能恢复，项目编号不再使用。",
                    hint_en="A project that is removed does not come back, and its number is never used again.",
                ),
            ),
            "The project",
        ),
    ),
    steps=(
        Step(
            "submit", "删除项目", by=any_of(DEVELOPER), at=Stage.DRAFT, to=Stage.CLOSED, reads_draft=True,
            provided=(ProjectKnown(), NothingOnProject()), changes=(RemoveProject(),), title_en="Remove the project",
        ),
        *withdrawn_by(any_of(DEVELOPER), Stage.DRAFT),
    ),
    summary="项目编号或区划有误、尚未办理任何事项的项目，可以删除后重新报建。",
    summary_en="A project of a wrong number or county on which nothing hangs may be removed and registered anew.",
)  # fmt: skip
