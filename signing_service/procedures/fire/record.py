"""竣工验收消防备案: ordinary works are filed, get a receipt, and go into the day's draw (domain text, §14).

Between the receipt and the draw nobody has a step: what is filed can neither be taken out of the draw nor put into it.
"""

from __future__ import annotations

from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.fire import FireMatter
from signing_service.domain.projects import SectionKind
from signing_service.domain.staff import Level
from signing_service.procedures.fire.common import (
    AUTHORITY,
    DEVELOPER,
    INSPECTED,
    OTHER_FILES,
    PERMIT,
    PLATFORM,
    REGULATION,
    REPRESENTATIVE,
    SHOWN_OF_WORKS,
    THE_DEVELOPER,
    document_sent,
    letter_and_form,
    shown_on_form,
    the_works,
    units,
    written_and_confirmed,
)
from signing_service.procedures.shared import AUTHORITY as BY_AUTHORITY
from signing_service.procedures.shared import PLATFORM as BY_PLATFORM
from signing_service.procedures.shared import TO_CORRECT, handled_within, taken_in
from signing_service.workflows.changes_of_fire import RecordFireResult
from signing_service.workflows.checks_of_fire import (
    CommitmentAllowed,
    OwnInspectionPassed,
    PermitOfProject,
    SpecialProject,
)
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, all_of
from signing_service.workflows.shown_of_fire import Filed, NotFiled, OfCategory

FORM, RECEIPT, NO_RECEIPT = "fs_record_form", "fs_receipt", "fs_no_receipt"
UNITS = (SignatoryRole.DESIGNER, SignatoryRole.BUILDER, SignatoryRole.SUPERVISOR)
KINDS = (SectionKind.DESIGN, SectionKind.CONSTRUCTION, SectionKind.SUPERVISION)
CATEGORIES = {"general": "一般项目", "key": "重点项目"}
GROUNDS = {
    "incomplete": "备案材料不齐全",
    "invalid": "备案材料不符合规定",
    "special": "属于特殊建设工程，应当申请消防验收",
}
WITH_DOCUMENTS = ("way", ("documents",))
BY_COMMITMENT = ("way", ("commitment",))


def _decided() -> tuple[Step, ...]:
    """备案 or 不予备案; the rest of taking in is as everywhere, only that silence files nothing."""
    return (
        Step(
            "accept", "准予备案", by=BY_AUTHORITY, at=Stage.CONFIRMED, to=Stage.ISSUING, level=Level.ACCEPT,
            form=(
                Field(
                    "category", "确认项目类别", "Category confirmed", FieldType.CHOICE, choices=CATEGORIES,
                    hint="设有人员密集场所的为重点项目。", hint_en="Where people gather it is a key project.",
                ),
            ),
            then=letter_and_form(RECEIPT, FORM, *SHOWN_OF_WORKS, OfCategory(), Filed()), title_en="File",
        ),
        *(step for step in taken_in() if step.name in ("return", "lapse")),
        Step(
            "not_accept", "不予备案", by=BY_AUTHORITY, at=Stage.CONFIRMED, to=Stage.NOT_ACCEPTED, level=Level.ACCEPT,
            form=(
                Field("ground", "情形", "Ground", FieldType.CHOICE, choices=GROUNDS),
                Field(
                    "missing", "需要补正的材料", "What is missing", FieldType.LONG_TEXT, required=False, most=600,
                ),
            ),
            then=document_sent(NO_RECEIPT, *SHOWN_OF_WORKS, NotFiled()), reason_required=True, title_en="Do not file",
        ),
    )  # fmt: skip


record = Procedure(
    key="fs.record",
    code="XFBA",
    title="建设工程消防验收备案",
    title_en="Filing of fire safety acceptance",
    edition=date(2026, 1, 1),
    basis=f"{REGULATION}第五章",
    decision_days=0,
    decided_at=RegionLevel.COUNTY,
    initiator=DEVELOPER,
    roles=(DEVELOPER, REPRESENTATIVE, *UNITS, AUTHORITY, PLATFORM),
    project_field="project_no",
    parties_of_project=UNITS,
    parties_from={REPRESENTATIVE: "legal_representative_id_no"},
    form=(
        THE_DEVELOPER,
        the_works(*PERMIT),
        units(*KINDS, others=True),
        Section("竣工验收消防查验", INSPECTED, "Own fire inspection"),
        Section(
            "备案方式和材料",
            (
                Field(
                    "way", "备案方式", "Way of filing", FieldType.CHOICE,
                    choices={"documents": "提交材料", "commitment": "告知承诺（一般项目）"},
                ),
                Field(
                    "commitment", "告知承诺", "Commitment", FieldType.STATEMENT, visible_if=BY_COMMITMENT,
                    hint="本单位已知晓备案条件，承诺工程符合消防技术标准，材料齐全并留存备查，愿意承担不实承诺的法律责任。",
                    hint_en="We know the conditions; the works comply, the documents are complete and kept for inspection, "
                    "and we answer in law for a false commitment.",
                ),
                Field(
                    "completion_report", "工程竣工验收报告", "Report of completion", FieldType.FILE,
                    visible_if=WITH_DOCUMENTS,
                ),
                Field(
                    "as_built", "涉及消防的建设工程竣工图纸", "As-built drawings", FieldType.FILE,
                    visible_if=WITH_DOCUMENTS,
                ),
                OTHER_FILES,
            ),
            "Way of filing and documents",
        ),
    ),
    steps=(
        *written_and_confirmed(
            FORM, by=all_of(*UNITS, REPRESENTATIVE), provided=(SpecialProject(special=False), OwnInspectionPassed(), CommitmentAllowed(), PermitOfProject()),
            shows=shown_on_form(*KINDS, more=(OfCategory(),)),
        ),
        *_decided(),
        Step(
            "issue", "送达备案凭证", by=BY_PLATFORM, at=Stage.ISSUING, to=Stage.ACCEPTED,
            changes=(RecordFireResult(FireMatter.FILING, passed=True, template=RECEIPT),),
            title_en="Deliver the receipt",
        ),
        Step("drawn", "被抽中", by=BY_PLATFORM, at=Stage.ACCEPTED, to=Stage.CLOSED, title_en="Drawn for a check"),
        Step("not_drawn", "未抽中", by=BY_PLATFORM, at=Stage.ACCEPTED, to=Stage.CLOSED, title_en="Not drawn"),
    ),
    deadlines=(handled_within(10), Deadline("accept", (Stage.CONFIRMED,), working(5)), TO_CORRECT),
    summary="其他建设工程竣工验收合格之日起五个工作日内备案；一般项目可以告知承诺。备案后进入当日随机抽查。",
    summary_en="Ordinary works are filed within five working days of completion; every filing goes into the day's draw.",
)  # fmt: skip
