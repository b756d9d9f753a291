"""变更发包: work that was taken on goes to another contractor only when developer and contractor have both sealed that it ends
(domain text, §12). The unit works may be put out again then; a construction permit in the old builder's name is replaced.
"""

from __future__ import annotations

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.projects import SectionKind
from signing_service.procedures.contract.common import BASIS, DEVELOPER, EDITION
from signing_service.procedures.contract.fields import PROJECT_NO
from signing_service.procedures.contract.shown import EndShown
from signing_service.procedures.shared import (
    PLATFORM,
    declined,
    handled_within,
    uncorrected,
    withdrawn_by,
    written_and_signed,
)
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.changes_of_projects import EndSection
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_permits import NoPermitUnderWay
from signing_service.workflows.checks_of_projects import ProjectKnown
from signing_service.workflows.checks_of_sections import SectionToEnd
from signing_service.workflows.deadlines import Deadline, calendar
from signing_service.workflows.effects import ProveAndArchive, Seal, TakeStep
from signing_service.workflows.procedure import Check, Field, FieldType, Procedure, Section, Step, any_of

CODES = {
    SectionKind.SURVEY: "KCBG",
    SectionKind.DESIGN: "SJBG",
    SectionKind.CONSTRUCTION: "SGBG",
    SectionKind.SUPERVISION: "JLBG",
}


def form_of(kind: SectionKind) -> str:
    return f"ct_change_{kind.value}_form"


def _form(kind: SectionKind) -> tuple[Section, ...]:
    return (
        Section(
            "变更的标段",
            (
                PROJECT_NO,
                Field("section_no", "标段编号", "Number of the section", FieldType.LICENCE_NO),
                Field("contractor_uscc", f"原{kind.zh}单位", "Present contractor", FieldType.ENTERPRISE),
            ),
            "The section",
        ),
        Section(
            "变更事项",
            (
                Field("ended_on", "解除合同日期", "The contract ended on", FieldType.DATE, not_after="today"),
                Field("reason", "变更原因", "Why", FieldType.LONG_TEXT, most=300),
                Field("done_so_far", "已完成工作和移交情况", "What is done and handed over", FieldType.LONG_TEXT, most=300),
                Field("agreement", "解除合同协议", "Agreement to end the contract", FieldType.FILE),
                Field("attachments", "其他材料", "Other documents", FieldType.ATTACHMENTS, required=False),
            ),
            "The change",
        ),
    )  # fmt: skip


def _change(kind: SectionKind) -> Procedure:
    contractor, form = any_of(kind.contractor), form_of(kind)
    may_end: tuple[Check, ...] = (ProjectKnown(), SectionToEnd(kind), NoPermitUnderWay())
    return Procedure(
        key=f"ct.change_{kind.value}",
        code=CODES[kind],
        title=f"{kind.zh}变更发包",
        title_en=f"Change of the contractor: {kind.value}",
        edition=EDITION,
        basis=BASIS,
        decision_days=0,
        initiator=DEVELOPER,
        roles=(DEVELOPER, kind.contractor, SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM),
        form=_form(kind),
        project_field="project_no",
        parties_from={kind.contractor: "contractor_uscc"},
        decided_at=RegionLevel.COUNTY,
        steps=(
            *uncorrected(written_and_signed(
                form, by=DEVELOPER, to=Stage.SUBMITTED, shows=(EndShown(kind),),
                provided=(*may_end, HasKey(DEVELOPER), HasKey(kind.contractor)),
            )),
            Step(
                "confirm", "同意解除并盖章", by=contractor, at=Stage.SUBMITTED, to=Stage.ISSUING, provided=may_end,
                then=(Seal(form, kind.contractor), ProveAndArchive(form), TakeStep("record")),
                title_en="Agree and seal",
            ),
            declined(contractor),
            *withdrawn_by(any_of(DEVELOPER), Stage.SUBMITTED),
            Step(
                "record", "解除登记", by=PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED, changes=(EndSection(kind),),
                title_en="Enter in the register",
            ),
            Step("lapse", "逾期未确认", by=PLATFORM, at=Stage.SUBMITTED, to=Stage.LAPSED, changes=(VoidForm(),), title_en="Lapse"),
        ),
        deadlines=(
            handled_within(10),
            Deadline("agreed", (Stage.SUBMITTED,), calendar(30), then="lapse", remind=(calendar(15),), paused_at=()),
        ),
        summary=f"已承接的{kind.zh}标段更换单位的，建设单位和原{kind.zh}单位盖章解除后重新发包；已领施工许可证的，随后重新申领。",
        summary_en="Work that was taken on goes to another: both seal that it ends, then it is put out again, and a permit "
        "that names the old one is applied for anew.",
    )  # fmt: skip


CHANGES_OF_CONTRACTORS = tuple(_change(kind) for kind in SectionKind)
