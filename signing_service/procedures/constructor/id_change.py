"""身份证变更: licence, log-in and everything that is the person's go over to the new number (domain text, §9.6)."""

from __future__ import annotations

from dataclasses import replace

from signing_service.domain.dossier import Stage
from signing_service.domain.new_keys import Withdrawal
from signing_service.procedures.constructor.kinds import (
    ATTACHMENTS,
    CONSTRUCTOR,
    DEADLINES,
    DECISION,
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
    Kind,
    confirmed_by_employer,
    with_employer,
)
from signing_service.procedures.constructor.licences import RekeyHolder
from signing_service.procedures.shared import (
    decided,
    form_closed,
    issued,
    licence_issued,
    notice_sent,
    taken_in,
    written_and_signed,
)
from signing_service.workflows.changes import RekeyPerson
from signing_service.workflows.effects import RenderLicence, WithdrawKeys
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section
from signing_service.workflows.registration import IdNumberFree

FORM = "c2_id_form"
REKEYED = RekeyHolder()
BIRTH_OR_SEX = {"same": "与原号码一致", "changed": "随号码一并更正，附公安机关证明"}


def _id_change(kind: Kind) -> Procedure:
    return Procedure(
        key=kind.key("id_change"),
        code=f"{kind.code}ID",
        title=f"{kind.title}身份证号码变更",
        title_en=f"Change of a {kind.title_en}'s ID number",
        edition=EDITION,
        basis=f"{RULES}第十三条",
        decision_days=DECISION_DAYS,
        initiator=HOLDER,
        roles=ROLES,
        licence_field="licence_no",
        parties_from={EMPLOYER: "employer_uscc"},
        form=(
            Section("个人信息", (LICENCE_NO, EMPLOYER_USCC, MOBILE), "About you"),
            Section(
                "身份证号码变更",
                (
                    Field(
                        "new_id_no", "现身份证号码", "New ID number", FieldType.ID_NO,
                        hint="须先持新身份证在实名制窗口重新登记。",
                        hint_en="To be registered at a window first, with the new card.",
                    ),
                    Field("birth_or_sex", "出生日期或性别", "Birth or sex", FieldType.CHOICE, choices=BIRTH_OR_SEX),
                    Field("reason", "变更原因", "Reason", FieldType.TEXT),
                    Field("proof", "公安机关证明", "Proof of the police", FieldType.FILE),
                    ATTACHMENTS,
                ),
                "Change of ID number",
            ),
        ),
        steps=(
            *written_and_signed(
                FORM, by=HOLDER, to=Stage.SUBMITTED,
                provided=(*with_employer(kind), IdNumberFree("new_id_no", "birth_or_sex")),
            ),
            *confirmed_by_employer(FORM),
            *taken_in(),
            *decided(
                (
                    *form_closed(FORM),
                    *notice_sent(DECISION, REKEYED),
                    *licence_issued(RenderLicence(kind.type, REKEYED)),
                ),
                at=Stage.ACCEPTED,
            ),
            replace(
                issued(RekeyPerson("new_id_no")), then=(WithdrawKeys(HOLDER, Withdrawal.RENAMED),)
            ),
        ),
        deadlines=DEADLINES,
        summary="公安机关更正身份证号码后，证书和登录号码一并改用新号码。",
        summary_en="When the police have corrected your ID number: licence and log-in move to the new one.",
    )  # fmt: skip


id_change = _id_change(CONSTRUCTOR)
id_change_temporary = _id_change(TEMPORARY)
