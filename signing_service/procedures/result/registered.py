"""成果登记 and 成果确认: the unit registers what it has made, its leader signs, the developer confirms (domain text, §12).

drawn -> sent to the leader, who signs -> sealed by the unit -> examined by the developer -> confirmed under its seal
"""

from __future__ import annotations

from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.projects import SectionKind, SectionState
from signing_service.procedures.result.shown import ConfirmationShown, ResultShown
from signing_service.procedures.shared import PLATFORM, withdrawn_by
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.changes_of_projects import SetSectionState, VoidAllForms
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_projects import LeaderKnown
from signing_service.workflows.checks_of_sections import LeaderOfSection, ResultsCover, SectionIs, SurveyConfirmed
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import ProveAndArchive, RenderForm, Seal, TakeStep
from signing_service.workflows.procedure import Check, Field, FieldType, Procedure, Section, Step, any_of

DEVELOPER, AUTHORITY = SignatoryRole.DEVELOPER, SignatoryRole.AUTHORITY
EDITION = date(2026, 1, 1)
BASIS = "《建设工程勘察设计管理条例》第二十六条"

IN_QUESTION = Section(
    "所登记的标段",
    (
        Field("project_no", "项目编号", "Project number", FieldType.LICENCE_NO),
        Field("section_no", "标段编号", "Section", FieldType.LICENCE_NO),
        Field("leader_name", "项目负责人", "Project leader", FieldType.NAME),
        Field("leader_id_no", "项目负责人身份证号码", "Leader's ID number", FieldType.ID_NO),
    ),
    "The section",
)

FILES = Field(
    "files", "成果文件", "Files", FieldType.ROWS, least=1,
    rows=(
        Field("file", "文件", "File", FieldType.FILE),
        Field("discipline", "专业", "Discipline", FieldType.TEXT, most=20),
        Field("version", "版次", "Version", FieldType.TEXT, most=10),
    ),
)  # fmt: skip

MADE_BY = (
    Field("prepared_by", "编制人", "Prepared by", FieldType.NAME),
    Field("reviewed_by", "审核人", "Reviewed by", FieldType.NAME),
    Field("approved_by", "批准人", "Approved by", FieldType.NAME),
)
RESULT = (
    Field("result_name", "成果名称", "Name of the results", FieldType.TEXT, most=100),
    Field("report_no", "报告（图纸）编号", "Number of the report", FieldType.TEXT, most=60),
    Field("completed_on", "完成日期", "Completed on", FieldType.DATE, not_after="today"),
)


def results_of(
    kind: SectionKind, code: str, title: str, title_en: str, summary: tuple[str, str], *sections: Section
) -> Procedure:
    """``sections``: what is asked of this kind of work."""
    return Procedure(
        key=f"out.{kind.value}",
        code=code,
        title=title,
        title_en=title_en,
        edition=EDITION,
        basis=BASIS,
        decision_days=0,
        initiator=kind.contractor,
        roles=(kind.leader, kind.contractor, DEVELOPER, AUTHORITY, SignatoryRole.PLATFORM),
        form=(IN_QUESTION, *sections),
        project_field="project_no",
        parties_of_project=(DEVELOPER,),
        parties_from={kind.leader: "leader_id_no"},
        decided_at=RegionLevel.COUNTY,
        steps=(*_registered(kind), *_confirmed(kind)),
        deadlines=(
            Deadline("sign", (Stage.SUBMITTED, Stage.CONFIRMED), working(10)),
            Deadline("confirm", (Stage.ACCEPTED, Stage.REVIEWED), working(10)),
        ),
        summary=summary[0],
        summary_en=summary[1],
    )


def _may_register(kind: SectionKind) -> tuple[Check, ...]:
    needs_survey = (SurveyConfirmed(),) if kind is SectionKind.DESIGN else ()
    return (
        SectionIs(kind, (SectionState.ACCEPTED,)), LeaderKnown(), LeaderOfSection(kind), ResultsCover(), *needs_survey,
        HasKey(kind.leader), HasKey(kind.contractor),
    )  # fmt: skip


def _registered(kind: SectionKind) -> tuple[Step, ...]:
    form, unit, leader, may = (
        f"out_{kind.value}_form",
        any_of(kind.contractor),
        any_of(kind.leader),
        _may_register(kind),
    )
    return (
        Step(
            "prepare", "生成登记表", by=unit, at=Stage.DRAFT, to=Stage.PREPARED, provided=may, reads_draft=True,
            then=(RenderForm(form, (ResultShown(),)),), title_en="Draw the form",
        ),
        Step(
            "submit", "送项目负责人签名", by=unit, at=Stage.PREPARED, to=Stage.SUBMITTED, provided=may,
            title_en="Send to the leader",
        ),
        Step(
            "revise", "返回修改", by=unit, at=Stage.PREPARED, to=Stage.DRAFT, changes=(VoidForm(),), form_goes_back=True,
            optional=True, title_en="Go back and change",
        ),
        Step(
            "confirm", "项目负责人签名", by=leader, at=Stage.SUBMITTED, to=Stage.CONFIRMED,
            then=(Seal(form, kind.leader),), title_en="Sign as leader",
        ),
        Step(
            "decline", "退回修改", by=leader, at=Stage.SUBMITTED, to=Stage.DRAFT, changes=(VoidForm(),),
            reason_required=True, form_goes_back=True, title_en="Return",
        ),
        Step(
            "seal", "单位盖章登记", by=unit, at=Stage.CONFIRMED, to=Stage.EXTERNAL, provided=may,
            then=(Seal(form, kind.contractor), ProveAndArchive(form), TakeStep("register")), title_en="Seal",
        ),
        Step(
            "register", "成果登记", by=PLATFORM, at=Stage.EXTERNAL, to=Stage.ACCEPTED, form_goes_back=True,
            changes=(SetSectionState(SectionState.RESULTS_REGISTERED),), title_en="Register the results",
        ),
        *withdrawn_by(unit, Stage.DRAFT, Stage.PREPARED, Stage.SUBMITTED, Stage.CONFIRMED),
    )  # fmt: skip


def _confirmed(kind: SectionKind) -> tuple[Step, ...]:
    form, confirmation, developer = f"out_{kind.value}_form", f"out_{kind.value}_confirm", any_of(DEVELOPER)
    back = SetSectionState(SectionState.ACCEPTED)
    return (
        Step(
            "examine", "填写确认意见", by=developer, at=Stage.ACCEPTED, to=Stage.REVIEWED, title_en="Write the opinion",
            provided=(HasKey(DEVELOPER),),
            form=(
                Field("result", "单位工程确认情况", "On the unit works", FieldType.TEXT, most=60),
                Field("opinion", "确认意见", "Opinion", FieldType.LONG_TEXT, most=300),
            ),
            then=(RenderForm(confirmation, (ConfirmationShown(form),)),),
        ),
        Step(
            "return", "退回修改", by=developer, at=Stage.ACCEPTED, to=Stage.DRAFT, reason_required=True,
            changes=(VoidAllForms(), back), form_goes_back=True, title_en="Return",
        ),
        Step(
            "confirm", "确认成果并盖章", by=developer, at=Stage.REVIEWED, to=Stage.ISSUING,
            then=(Seal(confirmation, DEVELOPER), ProveAndArchive(confirmation), TakeStep("record")),
            title_en="Confirm and seal",
        ),
        Step(
            "rewrite", "返回修改意见", by=developer, at=Stage.REVIEWED, to=Stage.ACCEPTED, changes=(VoidForm(),),
            form_goes_back=True, optional=True, title_en="Go back and change",
        ),
        Step(
            "record", "成果确认", by=PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED,
            changes=(SetSectionState(SectionState.RESULTS_CONFIRMED),), title_en="Enter in the register",
        ),
    )  # fmt: skip
