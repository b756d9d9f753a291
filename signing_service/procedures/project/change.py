"""项目登记变更: what is registered is corrected as long as nothing hangs on the project (domain text, §13, step 1)."""

from __future__ import annotations

from dataclasses import replace

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.procedures.project.form import DEVELOPER, FORM, PROJECT_FORM, ProjectShown
from signing_service.procedures.project.register import BASIS, EDITION, MAY_REGISTER, ROLES, recorded
from signing_service.procedures.shared import uncorrected, written_and_signed
from signing_service.workflows.changes_of_projects import ChangeProject
from signing_service.workflows.checks_of_projects import NothingOnProject, ProjectKnown, SameCounty
from signing_service.workflows.effects import ProveAndArchive, TakeStep
from signing_service.workflows.fields import Field, FieldType, Section
from signing_service.workflows.procedure import Procedure

WHICH = Section(
    "所变更的项目", (Field("project_no", "项目编号", "Project number", FieldType.LICENCE_NO),), "The project"
)

change = Procedure(
    key="prj.change",
    code="XMBG",
    title="项目登记变更",
    title_en="Change of a registered project",
    edition=EDITION,
    basis=BASIS,
    decision_days=0,
    initiator=DEVELOPER,
    roles=ROLES,
    form=(WHICH, *PROJECT_FORM),
    project_field="project_no",
    decided_at=RegionLevel.COUNTY,
    steps=(
        *uncorrected(written_and_signed(
            FORM, by=DEVELOPER, to=Stage.ISSUING,
            provided=(ProjectKnown(), NothingOnProject(), SameCounty(), *MAY_REGISTER),
            then=(ProveAndArchive(FORM), TakeStep("record")), shows=(ProjectShown(),),
        )),
        *(
            replace(step, title="变更登记", title_en="Change the register") if step.name == "record" else step
            for step in recorded(ChangeProject())
        ),
    ),
    summary="尚未发包、承接和办理其他事项的项目，可以变更登记信息。",
    summary_en="As long as nothing of it is put out or under way, what is registered of a project may be changed.",
)  # fmt: skip
