"""项目报建: a developer registers a project and its unit works, and the project has its number (domain text, §10.2, §13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.procedures.project.form import AUTHORITY, DEVELOPER, FORM, PLATFORM, PROJECT_FORM, ProjectShown
from signing_service.procedures.shared import PLATFORM as BY_PLATFORM
from signing_service.procedures.shared import uncorrected, withdrawn_by, written_and_signed
from signing_service.workflows.changes_of_projects import EnterProject, ReserveProjectNo
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_projects import LeaderKnown, MobileConfirmed
from signing_service.workflows.effects import ProveAndArchive, TakeStep
from signing_service.workflows.procedure import Change, Check, Procedure, Step, any_of

EDITION = date(2026, 1, 1)
BASIS = "《江西省人民政府办公厅关于推进投资项目审批提质增效改革的实施意见》（赣府厅发〔2018〕33号）"
ROLES: tuple[SignatoryRole, ...] = (DEVELOPER, AUTHORITY, PLATFORM)
MAY_REGISTER: tuple[Check, ...] = (LeaderKnown(), MobileConfirmed(), HasKey(DEVELOPER))


def sealed_by_developer(to: Stage, *checks: Check, then: TakeStep | None = None) -> tuple[Step, ...]:
    """The form is drawn with the project's number, seen, and sealed; what is not sealed yet may be withdrawn."""
    finished = (ProveAndArchive(FORM), *((then,) if then else ()))
    steps = written_and_signed(
        FORM, by=DEVELOPER, to=to, provided=(*checks, *MAY_REGISTER), then=finished, shows=(ProjectShown(),)
    )
    return tuple(replace(one, changes=(ReserveProjectNo(),)) if one.name == "prepare" else one for one in steps)


def recorded(*changes: Change) -> tuple[Step, ...]:
    """The register follows the sealed form, not the click."""
    return (
        Step(
            "record", "登记入库", by=BY_PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED, changes=changes,
            title_en="Enter in the register",
        ),
        *withdrawn_by(any_of(DEVELOPER), Stage.ISSUING),
    )  # fmt: skip


register = Procedure(
    key="prj.register",
    code="XMBJ",
    title="项目报建",
    title_en="Registration of a project",
    edition=EDITION,
    basis=BASIS,
    decision_days=0,
    initiator=DEVELOPER,
    roles=ROLES,
    form=PROJECT_FORM,
    decided_at=RegionLevel.COUNTY,
    steps=(*uncorrected(sealed_by_developer(Stage.ISSUING, then=TakeStep("record"))), *recorded(EnterProject())),
    summary="建设单位登记项目基本信息和单位工程，取得项目编号，供以后各环节使用。",
    summary_en="The developer registers a project and its unit works and gets the project's number, which every later "
    "step uses.",
)
