"""强制注销: one side asks for it because the other does not co-operate; neither objection nor silence blocks (domain text, §9.8)."""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.employment import EmploymentEnd
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.staff import Level
from signing_service.procedures.constructor.kinds import (
    ATTACHMENTS,
    CONSTRUCTOR,
    DECISION_DAYS,
    EDITION,
    EMPLOYER,
    EMPLOYER_USCC,
    HOLDER,
    LICENCE_NO,
    MOBILE,
    ON_THE_WAY,
    ROLES,
    RULES,
    TEMPORARY,
    THE_AUTHORITY,
    Kind,
)
from signing_service.procedures.constructor.licences import DropSpecialties, Opinion
from signing_service.procedures.shared import (
    PLATFORM as THE_PLATFORM,
)
from signing_service.procedures.shared import (
    TO_ACCEPT,
    TO_CORRECT,
    form_closed,
    handled_within,
    notice_sent,
    reviewed,
    taken_in,
    withdrawn_by,
    written_and_signed,
)
from signing_service.workflows.changes import EndEmploymentWith, RecheckLicences, SetLicenceStatus
from signing_service.workflows.checks import EmployedByLicenceEmployer, HasKey
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import Seal
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Ending, Field, FieldType, Procedure, Section, Step, any_of
from signing_service.workflows.registration import NotForcedLately, NotLeadingProject, OwnLicence

LETTER, NO_LETTER = "c2_cancel_decision", "c2_no_cancel_decision"
AGAIN_AFTER = 30
"""Days in which a licence is not the subject of a second one."""
WHOLE = DropSpecialties()

HEARD = Deadline(
    "decide", (Stage.ACCEPTED, Stage.REVIEWED), working(DECISION_DAYS), paused_at=(Stage.CORRECTION, Stage.EXTERNAL)
)  # fmt: skip
"""The time stands still while both sides are heard."""

STATEMENT = Field("statement", "事实经过", "What happened", FieldType.LONG_TEXT, most=600)
LEFT_ON = Field("left_on", "解除劳动关系日期", "Day on which the employment ended", FieldType.DATE, not_after="today")
EVIDENCE = Field("evidence", "主要证据", "Main evidence", FieldType.FILE)
OBJECTION = (
    Field("objection", "异议理由", "Reason of the objection", FieldType.LONG_TEXT, most=600),
    Field("objection_proof", "异议证据", "Evidence", FieldType.FILE, required=False),
)

BY_PERSON = {
    "01": "聘用企业不配合办理注销",
    "02": "聘用企业营业执照已注销或者被吊销",
    "03": "聘用企业下落不明或者无法联系",
}
BY_ENTERPRISE = {
    "01": "建造师不配合办理注销",
    "02": "建造师下落不明或者无法联系",
    "03": "建造师死亡或者丧失行为能力",
}


@dataclass(frozen=True, slots=True)
class Side:
    """Who asks, and who is asked."""

    name: str
    code: str
    form: str
    asks: SignatoryRole
    other: SignatoryRole
    title: str
    title_en: str


PERSON = Side(
    "force_cancel_person", "FP", "c2_force_p_form", HOLDER, EMPLOYER, "个人发起", "asked for by the person"
)  # fmt: skip
ENTERPRISE = Side(
    "force_cancel_ent", "FE", "c2_force_e_form", EMPLOYER, HOLDER, "企业发起", "asked for by the enterprise"
)  # fmt: skip


def _sections(side: Side) -> tuple[Section, ...]:
    if side is PERSON:
        return (
            Section("个人信息", (LICENCE_NO, EMPLOYER_USCC, MOBILE), "About you"),
            Section(
                "强制注销",
                (
                    Field("reason", "申请原因", "Reason", FieldType.CHOICE, choices=BY_PERSON),
                    STATEMENT, LEFT_ON, EVIDENCE, ATTACHMENTS,
                ),
                "Forced cancellation",
            ),
        )  # fmt: skip
    return (
        Section(
            "企业和建造师",
            (
                LICENCE_NO,
                Field("holder_id_no", "建造师身份证号码", "The constructor's ID number", FieldType.ID_NO),
                Field("employer_phone", "企业联系电话", "Telephone", FieldType.PHONE),
                Field("contact_name", "经办人", "Contact", FieldType.NAME),
                Field("mobile", "经办人手机号码", "The contact's mobile number", FieldType.MOBILE, prefill=Prefill.MOBILE),
            ),
            "Enterprise and constructor",
        ),
        Section(
            "强制注销",
            (
                Field("reason", "申请原因", "Reason", FieldType.CHOICE, choices=BY_ENTERPRISE),
                STATEMENT, LEFT_ON,
                Field("served_on", "解除通知送达日期", "Day of service", FieldType.DATE, not_after="today"),
                EVIDENCE, ATTACHMENTS,
            ),
            "Forced cancellation",
        ),
    )  # fmt: skip


def _other_side(side: Side) -> tuple[Step, ...]:
    """同意 with a seal, 异议 with reason and evidence, or nothing at all: it goes on in each case."""
    other = any_of(side.other)
    return (
        Step(
            "confirm", "同意", by=other, at=Stage.SUBMITTED, to=Stage.CONFIRMED, then=(Seal(side.form, side.other),),
            title_en="Agree",
        ),
        Step(
            "object", "提出异议", by=other, at=Stage.SUBMITTED, to=Stage.CONFIRMED, form=OBJECTION,
            excuses=(side.other,), title_en="Object",
        ),
        Step(
            "pass_over", "逾期未处理", by=THE_PLATFORM, at=Stage.SUBMITTED, to=Stage.CONFIRMED,
            excuses=(side.other,), title_en="Silent until the time was over",
        ),
        *withdrawn_by(any_of(side.asks), *ON_THE_WAY),
    )  # fmt: skip


def _decided(side: Side) -> tuple[Step, ...]:
    said = Opinion(side.other)
    return (
        *reviewed(),
        Step(
            "hear", "约谈双方", by=THE_AUTHORITY, at=Stage.ACCEPTED, to=Stage.EXTERNAL, level=Level.REVIEW,
            form=(
                Field("hearing_on", "约谈日期", "Day of the hearing", FieldType.DATE, not_before="today"),
                Field("hearing_at", "约谈地点", "Place", FieldType.TEXT, most=100),
            ),
            optional=True, title_en="Call both sides",
        ),
        Step(
            "heard", "约谈完毕", by=THE_AUTHORITY, at=Stage.EXTERNAL, to=Stage.ACCEPTED, level=Level.REVIEW,
            form=(Field("hearing_record", "约谈记录", "Record", FieldType.LONG_TEXT),), title_en="Both were heard",
        ),
        Step(
            "grant", "准予注销", by=THE_AUTHORITY, at=Stage.REVIEWED, to=Stage.CLOSED, level=Level.DECIDE,
            provided=(NotLeadingProject(),),
            changes=(
                SetLicenceStatus(LicenceStatus.CANCELLED), EndEmploymentWith(EMPLOYER, EmploymentEnd.CANCELLED),
                RecheckLicences(),
            ),
            then=(*form_closed(side.form), *notice_sent(LETTER, WHOLE, said)), title_en="Cancel the licence",
            ending=Ending("none", "注册已注销", "The registration is cancelled", "决定书可在下方下载。", "The decision can be downloaded below."),
        ),
        Step(
            "refuse", "不予注销", by=THE_AUTHORITY, at=Stage.REVIEWED, to=Stage.REFUSED, level=Level.DECIDE,
            then=notice_sent(NO_LETTER, said), reason_required=True, title_en="Do not cancel",
            ending=Ending("void", "不予注销", "Not cancelled", "理由和救济途径见决定书。", "The decision says why, and what can be done about it."),
        ),
    )  # fmt: skip


def _force_cancel(kind: Kind, side: Side) -> Procedure:
    by_person = side is PERSON
    both = tuple(kind.key(one.name) for one in (PERSON, ENTERPRISE))
    return Procedure(
        key=kind.key(side.name),
        code=f"{kind.code}{side.code}",
        title=f"{kind.title}强制注销（{side.title}）",
        title_en=f"Forced cancellation of a {kind.title_en}'s registration, {side.title_en}",
        edition=EDITION,
        basis=f"{RULES}第十七条",
        decision_days=DECISION_DAYS,
        initiator=side.asks,
        roles=ROLES,
        licence_field="licence_no",
        parties_from={EMPLOYER: "employer_uscc"} if by_person else {HOLDER: "holder_id_no"},
        form=_sections(side),
        steps=(
            *written_and_signed(
                side.form, by=side.asks, to=Stage.SUBMITTED,
                provided=(
                    OwnLicence(kind.type), EmployedByLicenceEmployer(EMPLOYER), NotLeadingProject(),
                    NotForcedLately(both, AGAIN_AFTER), HasKey(side.asks),
                ),
            ),
            *_other_side(side),
            *taken_in(),
            *_decided(side),
        ),
        deadlines=(handled_within(10, then="pass_over"), TO_ACCEPT, TO_CORRECT, HEARD),
        summary="对方不配合办理注销时申请；对方可以同意、异议，逾期未处理也继续办理。"
        if by_person
        else "建造师不配合办理注销时由企业申请；本人可以同意、异议，逾期未处理也继续办理。",
        summary_en="When the other side does not co-operate: it may agree or object, and its silence does not block.",
    )  # fmt: skip


force_cancel_person = _force_cancel(CONSTRUCTOR, PERSON)
force_cancel_ent = _force_cancel(CONSTRUCTOR, ENTERPRISE)
force_cancel_person_temporary = _force_cancel(TEMPORARY, PERSON)
force_cancel_ent_temporary = _force_cancel(TEMPORARY, ENTERPRISE)
