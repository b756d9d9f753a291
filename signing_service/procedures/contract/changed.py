"""变更发包: what is taken on is agreed anew or ended, under the seals of both sides (domain text, §12).

    the developer says what changes and seals -> the contractor seals the same form -> the section says what the form says

Until the contractor has sealed nothing has changed; who does not answer within thirty days has not agreed.
"""

from __future__ import annotations

from dataclasses import replace

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.projects import SectionKind
from signing_service.procedures.contract.common import AUTHORITY, BASIS, DEVELOPER, EDITION
from signing_service.procedures.contract.fields import PROJECT_NO, taking_on
from signing_service.procedures.contract.shown import ChangeShown
from signing_service.procedures.shared import PLATFORM, declined, uncorrected, withdrawn_by, written_and_signed
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.changes_of_projects import ChangeSection
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_employment import EnterpriseTakenIn
from signing_service.workflows.checks_of_permits import NoPermitUnderWay
from signing_service.workflows.checks_of_projects import ProjectKnown
from signing_service.workflows.checks_of_sections import DatesWarned, LeaderFit, LeaderFree, SectionToChange, TeamFit
from signing_service.workflows.deadlines import Deadline, calendar
from signing_service.workflows.effects import ProveAndArchive, Seal, TakeStep
from signing_service.workflows.procedure import Check, Field, FieldType, Procedure, Section, Step, any_of
from signing_service.workflows.sections import AGREED_ANEW, ENDED, TERMS

WHAT = {AGREED_ANEW: "变更合同或项目组", ENDED: "解除承接"}
ANEW = ("change", (AGREED_ANEW,))
CODES = {
    SectionKind.SURVEY: "KCBG", SectionKind.DESIGN: "SJBG", SectionKind.CONSTRUCTION: "SGBG",
    SectionKind.SUPERVISION: "JLBG",
}  # fmt: skip


def changed(kind: SectionKind) -> Procedure:
    form = change_form_of(kind)
    contractor, may = any_of(kind.contractor), _may_change(kind)
    return Procedure(
        key=f"ct.{kind.value}_change",
        code=CODES[kind],
        title=f"{kind.zh}发包变更",
        title_en=f"Change of the {kind.value} that is taken on",
        edition=EDITION,
        basis=BASIS,
        decision_days=0,
        initiator=DEVELOPER,
        roles=(DEVELOPER, kind.contractor, AUTHORITY, SignatoryRole.PLATFORM),
        form=_form(kind),
        project_field="project_no",
        parties_from={kind.contractor: f"{kind.contractor.value}_uscc"},
        decided_at=RegionLevel.COUNTY,
        steps=(
            *uncorrected(
                written_and_signed(
                    form, by=DEVELOPER, to=Stage.SUBMITTED, provided=may, shows=(ChangeShown(kind),),
                )
            ),
            Step(
                "confirm", "同意变更并盖章", by=contractor, at=Stage.SUBMITTED, to=Stage.ISSUING, provided=may,
                then=(Seal(form, kind.contractor), ProveAndArchive(form), TakeStep("record")),
                title_en="Agree to the change and seal",
            ),
            declined(contractor),
            *withdrawn_by(any_of(DEVELOPER), Stage.SUBMITTED),
            Step(
                "record", "变更登记", by=PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED, changes=(ChangeSection(kind),),
                title_en="Enter in the register",
            ),
            Step(
                "lapse", "逾期未同意", by=PLATFORM, at=Stage.SUBMITTED, to=Stage.LAPSED, changes=(VoidForm(),),
                title_en="Lapse",
            ),
        ),
        deadlines=(
            Deadline(
                "agreed", (Stage.SUBMITTED,), calendar(30), then="lapse", remind=(calendar(15),),
                waits_for=(kind.contractor,), paused_at=(),
            ),
        ),
        summary=f"已承接的{kind.zh}标段变更合同、工期、项目负责人和项目组，或者解除承接，须双方盖章。",
        summary_en="Contract, dates, leader and team of what is taken on change, or it is ended, under the seals of both.",
    )  # fmt: skip


def change_form_of(kind: SectionKind) -> str:
    """Template of 发包变更登记表."""
    return {
        SectionKind.SURVEY: "ct_change_survey_form",
        SectionKind.DESIGN: "ct_change_design_form",
        SectionKind.CONSTRUCTION: "ct_change_constr_form",
        SectionKind.SUPERVISION: "ct_change_superv_form",
    }[kind]


def _may_change(kind: SectionKind) -> tuple[Check, ...]:
    """As when it was taken on: people and licences are looked at live."""
    builds = kind is SectionKind.CONSTRUCTION
    free = (LeaderFree(),) if builds else ()
    return (
        ProjectKnown(), SectionToChange(kind), NoPermitUnderWay(), EnterpriseTakenIn(kind.contractor),
        LeaderFit(kind, registered=builds), *free, TeamFit(kind), DatesWarned(), HasKey(DEVELOPER),
        HasKey(kind.contractor),
    )  # fmt: skip


def _form(kind: SectionKind) -> tuple[Section, ...]:
    return (
        Section(
            "所变更的标段",
            (
                PROJECT_NO,
                Field("section_no", "标段编号", "Section", FieldType.LICENCE_NO),
                Field(f"{kind.contractor.value}_uscc", f"{kind.zh}单位", "Contractor", FieldType.ENTERPRISE),
                Field("change", "变更事项", "What changes", FieldType.CHOICE, choices=WHAT),
                Field("reason", "变更原因", "Reason", FieldType.LONG_TEXT, most=300),
            ),
            "The section",
        ),
        Section(
            "变更后的合同和项目组",
            tuple(replace(one, visible_if=ANEW) for one in taking_on(kind) if one.key in (*TERMS, "outside_plan")),
            "Contract and team from then on",
        ),
        Section(
            "材料",
            (Field("attachments", "其他材料", "Other documents", FieldType.ATTACHMENTS, required=False),),
            "Documents",
        ),
    )  # fmt: skip
