"""注销注册: the whole registration or some of its specialties, with the employer's seal (注册建造师管理规定 第十七条)."""

from __future__ import annotations

from signing_service.domain.dictionaries import SPECIALTIES
from signing_service.domain.dossier import Stage
from signing_service.domain.employment import EmploymentEnd
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.staff import Level
from signing_service.procedures.constructor.kinds import (
    ATTACHMENTS,
    CONSTRUCTOR,
    DEADLINES,
    DECISION_DAYS,
    EDITION,
    EMPLOYER,
    EMPLOYER_USCC,
    HOLDER,
    LICENCE_NO,
    MOBILE,
    ROLES,
    RULES,
    TEMPORARY,
    THE_AUTHORITY,
    Kind,
    confirmed_by_employer,
)
from signing_service.procedures.constructor.licences import DropSpecialties, Opinion
from signing_service.procedures.shared import (
    form_closed,
    issued,
    licence_issued,
    notice_sent,
    reviewed,
    taken_in,
    written_and_signed,
)
from signing_service.workflows.changes import EndEmploymentWith, RecheckLicences, SetLicenceStatus
from signing_service.workflows.checks import EmployedByLicenceEmployer, HasKey
from signing_service.workflows.effects import RenderLicence
from signing_service.workflows.procedure import Ending, Field, FieldType, Procedure, Section, Step
from signing_service.workflows.registration import FieldIs, NotLeadingProject, OwnLicence, SpecialtiesRegistered

FORM = "c2_cancel_form"
LETTER, NO_LETTER = "c2_cancel_decision", "c2_no_cancel_decision"
DROPPED = DropSpecialties()
SCOPES = {"all": "全部专业，注销注册证书", "part": "下列专业，其余专业继续有效"}
REASONS = {
    "01": "已与聘用单位解除劳动关系的",
    "02": "距离注册专业有效期不足30天的",
    "03": "受到行政或刑事处罚且在处罚期内的",
    "04": "法律法规规定其他",
}

USE_PART = ("本件只申请注销部分专业，请选择“准予注销部分专业”。", "Only some specialties are to go: cancel those.")
USE_ALL = ("本件申请注销全部专业，请选择“准予注销”。", "The whole registration is to go: cancel the licence.")
SAID = Opinion(EMPLOYER)


def _cancel(kind: Kind) -> Procedure:
    return Procedure(
        key=kind.key("cancel"),
        code=f"{kind.code}CN",
        title=f"{kind.title}注销注册",
        title_en=f"Cancellation of a {kind.title_en}'s registration",
        edition=EDITION,
        basis=f"{RULES}第十七条",
        decision_days=DECISION_DAYS,
        initiator=HOLDER,
        roles=ROLES,
        licence_field="licence_no",
        parties_from={EMPLOYER: "employer_uscc"},
        form=(
            Section("个人信息", (LICENCE_NO, EMPLOYER_USCC, MOBILE), "About you"),
            Section(
                "注销注册",
                (
                    Field("scope", "注销范围", "What is cancelled", FieldType.CHOICE, choices=SCOPES),
                    Field(
                        "dropped", "申请注销的专业", "Specialties to cancel", FieldType.CHOICES, choices=SPECIALTIES,
                        least=1, visible_if=("scope", ("part",)),
                    ),
                    Field("reason", "注销原因", "Reason", FieldType.CHOICE, choices=REASONS),
                    Field("statement", "情况说明", "Explanation", FieldType.LONG_TEXT, required=False, most=300),
                    Field(
                        "handover", "工作交接", "Handover", FieldType.LONG_TEXT, most=300,
                        visible_if=("reason", ("01",)),
                        hint="已移交的工作、资料和印章。", hint_en="Work, papers and seals that were handed over.",
                    ),
                    ATTACHMENTS,
                ),
                "Cancellation",
            ),
        ),
        steps=(
            *written_and_signed(
                FORM, by=HOLDER, to=Stage.SUBMITTED, shows=(DROPPED,),
                provided=(
                    OwnLicence(kind.type), EmployedByLicenceEmployer(EMPLOYER), NotLeadingProject(),
                    SpecialtiesRegistered("dropped", some_stay=True), HasKey(HOLDER), HasKey(EMPLOYER),
                ),
            ),
            *confirmed_by_employer(FORM),
            *taken_in(),
            *reviewed(),
            Step(
                "grant", "准予注销", by=THE_AUTHORITY, at=Stage.REVIEWED, to=Stage.CLOSED, level=Level.DECIDE,
                provided=(FieldIs("scope", "all", USE_PART), NotLeadingProject()),
                changes=(
                    SetLicenceStatus(LicenceStatus.CANCELLED), EndEmploymentWith(EMPLOYER, EmploymentEnd.CANCELLED),
                RecheckLicences(),
                ),
                then=(*form_closed(FORM), *notice_sent(LETTER, DROPPED, SAID)), title_en="Cancel the licence",
            ),
            Step(
                "grant_part", "准予注销部分专业", by=THE_AUTHORITY, at=Stage.REVIEWED, to=Stage.ISSUING,
                level=Level.DECIDE, provided=(FieldIs("scope", "part", USE_ALL), NotLeadingProject()),
                then=(
                    *form_closed(FORM), *notice_sent(LETTER, DROPPED, SAID),
                    *licence_issued(RenderLicence(kind.type, DROPPED)),
                ),
                title_en="Cancel some specialties",
            ),
            Step(
                "refuse", "不予注销", by=THE_AUTHORITY, at=Stage.REVIEWED, to=Stage.REFUSED, level=Level.DECIDE,
                then=notice_sent(NO_LETTER, SAID), reason_required=True, title_en="Do not cancel",
                ending=Ending("void", "不予注销", "Not cancelled", "理由和救济途径见决定书。", "The decision says why, and what can be done about it."),
            ),
            issued(RecheckLicences()),
        ),
        deadlines=DEADLINES,
        summary="不再执业、解除劳动关系或者专业临近到期时注销全部或部分专业。",
        summary_en="Give up the registration or some of its specialties.",
    )  # fmt: skip


cancel = _cancel(CONSTRUCTOR)
cancel_temporary = _cancel(TEMPORARY)
