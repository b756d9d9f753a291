"""消防设计审查: 受理, 初审, 终审 by three officers, fifteen working days; the experts' time does not count (domain text, §14)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.fire import FireMatter
from signing_service.domain.fire_classes import SITUATIONS
from signing_service.domain.projects import SectionKind
from signing_service.domain.staff import Level
from signing_service.procedures.fire.common import (
    AUTHORITY,
    DEVELOPER,
    OTHER_FILES,
    PLATFORM,
    REGULATION,
    REPRESENTATIVE,
    SHOWN_OF_WORKS,
    THE_DEVELOPER,
    document_sent,
    letter_and_form,
    settled,
    shown_on_form,
    the_works,
    units,
    written_and_confirmed,
)
from signing_service.procedures.shared import AUTHORITY as BY_AUTHORITY
from signing_service.procedures.shared import TO_ACCEPT, TO_CORRECT, handled_within, taken_in
from signing_service.workflows.changes_of_fire import RecordFireResult
from signing_service.workflows.checks_of_fire import ExpertsHeard, SpecialDesign, SpecialProject
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, in_order
from signing_service.workflows.shown_of_fire import Concluded, NumberOf, OfSituations

FORM, OPINION = "fs_design_form", "fs_design_op"
DESIGNER = SignatoryRole.DESIGNER
DAYS, EXPERT_DAYS = 15, 20
SITUATIONS_CONFIRMED = Field(
    "situations", "确认特殊建设工程情形", "Items of article 14 confirmed", FieldType.CHOICES,
    choices={code: one.title for code, one in SITUATIONS.items()},
    hint="平台按申请表的单体建筑给出建议，请核对后确认。",
    hint_en="The platform proposes by the buildings of the form: check and confirm.",
)  # fmt: skip
EXPERTS = (
    Field("met_on", "评审日期", "Day of the meeting", FieldType.DATE, not_after="today"),
    Field("experts", "评审专家", "Experts", FieldType.TEXT, most=100),
    Field("opinion", "评审意见", "Opinion", FieldType.LONG_TEXT, most=1000),
    Field("agreed", "评审结论", "Conclusion", FieldType.CHOICE, choices={"yes": "同意", "no": "不同意"}),
)
LETTER = (*SHOWN_OF_WORKS, NumberOf("acceptance_no", "acceptance_notice", otherwise="逾期未告知，视为受理"))

design = Procedure(
    key="fs.design",
    code="XFSJ",
    title="特殊建设工程消防设计审查",
    title_en="Review of fire protection design",
    edition=date(2026, 1, 1),
    basis=f"{REGULATION}第三章",
    decision_days=DAYS,
    decided_at=RegionLevel.COUNTY,
    initiator=DEVELOPER,
    roles=(DEVELOPER, REPRESENTATIVE, DESIGNER, AUTHORITY, PLATFORM),
    project_field="project_no",
    parties_of_project=(DESIGNER,),
    parties_from={REPRESENTATIVE: "legal_representative_id_no"},
    form=(
        THE_DEVELOPER,
        the_works(
            Field("planning_no", "建设工程规划许可文件", "Planning permit", FieldType.TEXT, most=60),
            Field(
                "temporary_no", "临时性建筑批准文件", "Approval of temporary buildings", FieldType.TEXT, required=False,
                most=60,
            ),
            Field(
                "special_design", "特殊消防设计", "Special fire protection design", FieldType.CHOICE,
                choices={"yes": "是", "no": "否"},
            ),
            Field("investment", "工程投资额（万元）", "Investment (10,000 yuan)", FieldType.MONEY),
        ),
        units(SectionKind.DESIGN),
        Section(
            "申请材料",
            (
                Field("design_files", "消防设计文件", "Fire protection design", FieldType.FILE),
                Field("planning_permit", "建设工程规划许可证", "Planning permit", FieldType.FILE),
                Field(
                    "review_pass", "施工图设计文件审查合格书", "Certificate of drawing review", FieldType.FILE,
                    required=False,
                ),
                Field(
                    "special_files", "特殊消防设计技术资料", "Technical data of the special design", FieldType.FILE,
                    visible_if=("special_design", ("yes",)),
                ),
                OTHER_FILES,
            ),
            "Documents",
        ),
    ),
    steps=(
        *written_and_confirmed(
            FORM, by=in_order(DESIGNER, REPRESENTATIVE), provided=(SpecialProject(),),
            shows=shown_on_form(SectionKind.DESIGN, more=(OfSituations(),)),
        ),
        *taken_in(),
        Step(
            "to_experts", "送专家评审", by=BY_AUTHORITY, at=Stage.ACCEPTED, to=Stage.EXTERNAL, level=Level.REVIEW,
            provided=(SpecialDesign(),), optional=True, title_en="Send to the experts",
        ),
        Step(
            "experts", "登记专家评审意见", by=BY_AUTHORITY, at=Stage.EXTERNAL, to=Stage.ACCEPTED, level=Level.REVIEW,
            form=EXPERTS, title_en="Enter the experts' opinion",
        ),
        Step(
            "review", "初审", by=BY_AUTHORITY, at=Stage.ACCEPTED, to=Stage.REVIEWED, level=Level.REVIEW,
            provided=(ExpertsHeard(),), form=(SITUATIONS_CONFIRMED,), title_en="First review",
        ),
        Step(
            "send_back", "退回初审", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.ACCEPTED, reason_required=True,
            level=Level.DECIDE, title_en="Send back a level",
        ),
        Step(
            "grant", "终审合格", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.ISSUING, level=Level.DECIDE,
            then=letter_and_form(OPINION, FORM, *LETTER, Concluded(passed=True)), title_en="Passed",
        ),
        Step(
            "refuse", "终审不合格", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.REFUSED, level=Level.DECIDE,
            changes=(RecordFireResult(FireMatter.DESIGN, passed=False, template=OPINION),),
            then=document_sent(OPINION, *LETTER, Concluded(passed=False)), reason_required=True, title_en="Not passed",
        ),
        settled(RecordFireResult(FireMatter.DESIGN, passed=True, template=OPINION)),
    ),
    deadlines=(
        handled_within(10),
        TO_ACCEPT,
        TO_CORRECT,
        Deadline(
            "decide", (Stage.ACCEPTED, Stage.REVIEWED), working(DAYS), paused_at=(Stage.CORRECTION, Stage.EXTERNAL)
        ),
        Deadline("experts", (Stage.EXTERNAL,), working(EXPERT_DAYS), paused_at=()),
    ),
    summary="特殊建设工程施工前申请；设计单位盖章、法定代表人签署后由建设单位提交，十五个工作日内出具审查意见书。",
    summary_en="Before special works are built: sealed by the designer, signed and sealed by the developer, decided in "
    "fifteen working days.",
)  # fmt: skip
