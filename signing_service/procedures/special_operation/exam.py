"""安全技术考核发证: application, admission, examination, result, and the licence for two years (建质〔2008〕75号, 第八至十四条)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dictionaries import PASS_MARKS
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceType
from signing_service.domain.staff import Level
from signing_service.procedures.either_side import BOTH, written_by_either
from signing_service.procedures.shared import AUTHORITY as BY_AUTHORITY
from signing_service.procedures.shared import (
    TO_ACCEPT,
    TO_CORRECT,
    form_closed,
    handled_within,
    issued,
    licence_issued,
    notice_sent,
    taken_in,
    withdrawn_by,
)
from signing_service.procedures.special_operation.common import (
    ATTACHMENTS,
    AUTHORITY,
    CATEGORY,
    EDUCATION,
    EMPLOYER,
    HOLDER,
    MOBILE,
    OWN_EMPLOYER,
    PLATFORM,
    REGULATION,
    TOLD,
)
from signing_service.workflows.changes import RecheckLicences, VoidForm
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_employment import EmployedBy, EnterpriseTakenIn, NameAndNumberAgree
from signing_service.workflows.checks_of_special_operation import Examined, NoSecondLicence, OfAge
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import RenderLicence, Seal
from signing_service.workflows.fields import Prefill
from signing_service.workflows.licensing import SpecialOperationNumber
from signing_service.workflows.licensing_of_trades import TYPE_CODE, IssueTrade
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Side, Step

FORM = "so_exam_form"
TICKET = notice_sent("so_ticket")
ADMISSION = (
    Field("theory_on", "理论考核日期", "Day of the written part", FieldType.DATE, not_before="today"),
    Field("theory_time", "理论考核时间", "Time", FieldType.TEXT, most=20),
    Field("theory_room", "考场", "Room", FieldType.TEXT, most=20),
    Field("seat", "座位号", "Seat", FieldType.TEXT, most=10),
    Field("practice_on", "实操考核日期", "Day of the practical part", FieldType.DATE, not_before="theory_on"),
    Field("practice_time", "实操考核时间", "Time", FieldType.TEXT, most=20),
    Field("practice_room", "实操场地", "Place of the practical part", FieldType.TEXT, most=40),
    Field("exam_place", "考核地点", "Address", FieldType.TEXT, most=80),
)
SCORES = (
    Field("theory_score", "理论成绩", "Score of the written part", FieldType.INTEGER, least=0, most=100),
    Field("practice_score", "实操成绩", "Score of the practical part", FieldType.INTEGER, least=0, most=100),
    Field("examined_on", "考核结束日期", "Last day of the examination", FieldType.DATE, not_after="today"),
)
LICENCE = RenderLicence(
    LicenceType.SPECIAL_OPERATION,
    IssueTrade(
        LicenceType.SPECIAL_OPERATION, SpecialOperationNumber("赣", "A"), TYPE_CODE, years=2,
        face=("category", "category_name"),
    ),
)  # fmt: skip
MAY_APPLY = (NameAndNumberAgree(), OfAge(18), NoSecondLicence(), EnterpriseTakenIn(), EmployedBy())


def _admitted() -> tuple[Step, ...]:
    """受理 gives out the 准考证; an application that counts as accepted because nobody acted is still to be given a seat."""
    rows = tuple(
        replace(step, to=Stage.EXTERNAL) if step.name == "accept" else step for step in taken_in(ADMISSION, TICKET)
    )
    return (
        *rows,
        Step(
            "arrange", "安排考核", by=BY_AUTHORITY, at=Stage.ACCEPTED, to=Stage.EXTERNAL, then=TICKET, form=ADMISSION,
            level=Level.ACCEPT, title_en="Arrange the examination",
        ),
    )  # fmt: skip


exam = Procedure(
    key="so.exam",
    code="SOEX",
    title="建筑施工特种作业人员安全技术考核发证",
    title_en="Examination for a special-operation licence",
    edition=date(2026, 1, 1),
    basis=f"{REGULATION}第十条",
    decision_days=10,
    decided_at=RegionLevel.PREFECTURE,
    initiator=HOLDER,
    initiators=(HOLDER, EMPLOYER),
    roles=(HOLDER, EMPLOYER, AUTHORITY, PLATFORM),
    parties_from={HOLDER: "id_no", EMPLOYER: "employer_uscc"},
    told={**TOLD, "theory_pass": PASS_MARKS["theory"], "practice_pass": PASS_MARKS["practice"]},
    form=(
        Section(
            "申请人",
            (
                Field("name", "姓名", "Name", FieldType.NAME, prefill=Prefill.NAME),
                Field("id_no", "身份证号码", "ID number", FieldType.ID_NO, prefill=Prefill.ID_NO),
                EDUCATION,
                MOBILE,
                OWN_EMPLOYER,
            ),
            "The applicant",
        ),
        Section(
            "申请考核",
            (
                CATEGORY,
                Field(
                    "category_note", "其他工种名称", "Which other trade", FieldType.TEXT, most=30,
                    visible_if=("category", ("99",)),
                ),
                Field("health", "体检情况", "Medical examination", FieldType.LONG_TEXT, most=300),
                Field("no_illness", "无妨碍疾病声明", "Statement of health", FieldType.LONG_TEXT, most=300),
                Field("training", "安全技术培训", "Training", FieldType.LONG_TEXT, required=False, most=300),
                Field("medical", "体检合格证明", "Medical certificate", FieldType.FILE),
                Field("training_proof", "培训证明", "Proof of training", FieldType.FILE, required=False),
                ATTACHMENTS,
            ),
            "The examination",
        ),
    ),
    steps=(
        *written_by_either(
            FORM, provided=(*MAY_APPLY, HasKey(HOLDER), HasKey(EMPLOYER)), editable=(Stage.DRAFT, Stage.CORRECTION)
        ),
        Step(
            "confirm", "同意", by=BOTH, at=Stage.SUBMITTED, to=Stage.CONFIRMED, provided=(EmployedBy(EMPLOYER, 403),),
            then=(Seal(FORM, HOLDER), Seal(FORM, EMPLOYER)), side=Side.OTHERS, title_en="Agree and sign",
        ),
        Step(
            "decline", "不同意", by=BOTH, at=Stage.SUBMITTED, to=Stage.DRAFT, changes=(VoidForm(),),
            reason_required=True, form_goes_back=True, side=Side.OTHERS, title_en="Decline",
        ),
        *(replace(step, side=Side.BEGINNER) for step in withdrawn_by(BOTH, Stage.CONFIRMED)),
        *_admitted(),
        Step(
            "score", "登记成绩", by=BY_AUTHORITY, at=Stage.EXTERNAL, to=Stage.REVIEWED, form=SCORES,
            level=Level.REVIEW, title_en="Enter the scores",
        ),
        Step(
            "send_back", "退回核对成绩", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.EXTERNAL, reason_required=True,
            level=Level.DECIDE, title_en="Send back to check the scores",
        ),
        Step(
            "grant", "公布成绩并发证", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.ISSUING, level=Level.DECIDE,
            provided=(Examined(PASS_MARKS["theory"], PASS_MARKS["practice"]), NoSecondLicence()),
            then=(*notice_sent("so_exam_result"), *form_closed(FORM), *licence_issued(LICENCE)),
            title_en="Publish the result and grant",
        ),
        Step(
            "fail", "公布成绩，不予发证", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.REFUSED, level=Level.DECIDE,
            provided=(Examined(PASS_MARKS["theory"], PASS_MARKS["practice"], passed=False),),
            then=notice_sent("so_exam_failed"), reason_required=True, title_en="Publish the result; not passed",
        ),
        issued(RecheckLicences()),
    ),
    deadlines=(
        handled_within(10),
        TO_ACCEPT,
        TO_CORRECT,
        Deadline("publish", (Stage.REVIEWED,), working(10)),
        Deadline("issue", (Stage.ISSUING,), working(10)),
    ),
    summary="年满十八周岁、身体合格的作业人员，经考核合格取得两年有效的操作资格证书。",
    summary_en="Who is of age and fit is examined, and with a pass gets a licence for two years.",
)  # fmt: skip
