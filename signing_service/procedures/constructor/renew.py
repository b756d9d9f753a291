"""延续注册: specialties go on for three years from their own ends, applied for in time (注册建造师管理规定 第十条)."""

from __future__ import annotations

from signing_service.domain.dossier import Stage
from signing_service.procedures.constructor.kinds import (
    ATTACHMENTS,
    CONSTRUCTOR,
    DEADLINES,
    DECISION,
    DECISION_DAYS,
    EDITION,
    EDUCATION,
    EMPLOYER,
    EMPLOYER_USCC,
    HOLDER,
    LICENCE_NO,
    MOBILE,
    PROFESSIONAL_TITLE,
    PROMISE,
    ROLES,
    RULES,
    TEMPORARY,
    Kind,
    confirmed_by_employer,
    specialties,
    with_employer,
)
from signing_service.procedures.constructor.licences import RenewSpecialties
from signing_service.procedures.shared import (
    decided,
    form_closed,
    issued,
    licence_issued,
    notice_sent,
    reviewed,
    taken_in,
    written_and_signed,
)
from signing_service.workflows.changes import RecheckLicences
from signing_service.workflows.effects import RenderLicence
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section
from signing_service.workflows.registration import SpecialtiesRenewable, TrainingComplete, YoungerThan

FORM = "c2_renew_form"
RENEWED = RenewSpecialties()
OPENS, CLOSES = 90, 30
"""Days before the end of a specialty between which its renewal is applied for."""


def _renew(kind: Kind) -> Procedure:
    return Procedure(
        key=kind.key("renew"),
        code=f"{kind.code}RN",
        title=f"{kind.title}延续注册",
        title_en=f"Renewal of a {kind.title_en}'s registration",
        edition=EDITION,
        basis=f"{RULES}第十条",
        decision_days=DECISION_DAYS,
        initiator=HOLDER,
        roles=ROLES,
        licence_field="licence_no",
        parties_from={EMPLOYER: "employer_uscc"},
        form=(
            Section("个人信息", (LICENCE_NO, EMPLOYER_USCC, MOBILE, EDUCATION, PROFESSIONAL_TITLE), "About you"),
            Section(
                "延续注册",
                (
                    specialties(
                        "renewed", "申请延续的专业", "Specialties to renew",
                        hint="每个专业自其原有效期届满之次日起延续三年。",
                        hint_en="Each goes on for three years from its own end.",
                    ),
                    Field("training_compulsory", "必修学时", "Compulsory hours", FieldType.INTEGER, most=1000),
                    Field("training_elective", "选修学时", "Elective hours", FieldType.INTEGER, most=1000),
                    Field("training_no", "继续教育证明编号", "Number of the training certificate", FieldType.TEXT, most=40),
                    Field("training_proof", "继续教育合格证明", "Proof of training", FieldType.FILE),
                    ATTACHMENTS,
                    PROMISE,
                ),
                "Renewal",
            ),
        ),
        steps=(
            *written_and_signed(
                FORM, by=HOLDER, to=Stage.SUBMITTED, shows=(RENEWED,),
                provided=(
                    *with_employer(kind), YoungerThan(65), TrainingComplete(60, 60),
                    SpecialtiesRenewable("renewed", OPENS, CLOSES),
                ),
            ),
            *confirmed_by_employer(FORM),
            *taken_in(),
            *reviewed(),
            *decided(
                (
                    *form_closed(FORM),
                    *notice_sent(DECISION, RENEWED),
                    *licence_issued(RenderLicence(kind.type, RENEWED)),
                )
            ),
            issued(RecheckLicences()),
        ),
        deadlines=DEADLINES,
        summary="注册专业到期前 90 日至 30 日内申请，延续三年。",
        summary_en="Between 90 and 30 days before a specialty ends: three years more.",
    )  # fmt: skip


renew = _renew(CONSTRUCTOR)
renew_temporary = _renew(TEMPORARY)
