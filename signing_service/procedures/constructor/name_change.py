"""姓名变更: the licence takes on the name that the real-name record has (注册建造师管理规定 第十三条)."""

from __future__ import annotations

from signing_service.domain.dossier import Stage
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
from signing_service.procedures.constructor.licences import RenameHolder
from signing_service.procedures.shared import (
    decided,
    form_closed,
    issued,
    licence_issued,
    notice_sent,
    taken_in,
    written_and_signed,
)
from signing_service.workflows.changes import RecheckLicences
from signing_service.workflows.effects import RenderLicence
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section
from signing_service.workflows.registration import NameIsOnRecord

FORM = "c2_name_form"
RENAMED = RenameHolder()


def _name_change(kind: Kind) -> Procedure:
    return Procedure(
        key=kind.key("name_change"),
        code=f"{kind.code}NC",
        title=f"{kind.title}姓名变更",
        title_en=f"Change of a {kind.title_en}'s name",
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
                "姓名变更",
                (
                    Field(
                        "new_name", "现姓名", "New name", FieldType.NAME, prefill=Prefill.NAME,
                        hint="须与实名登记一致；尚未更新的，请先到实名制窗口更新。",
                        hint_en="As on your real-name record: have that changed at a window first.",
                    ),
                    Field("reason", "变更原因", "Reason", FieldType.TEXT),
                    Field("proof", "户口簿或公安机关证明", "Proof of the police", FieldType.FILE),
                    ATTACHMENTS,
                ),
                "Change of name",
            ),
        ),
        steps=(
            *written_and_signed(
                FORM, by=HOLDER, to=Stage.SUBMITTED, shows=(RENAMED,),
                provided=(*with_employer(kind), NameIsOnRecord("new_name")),
            ),
            *confirmed_by_employer(FORM),
            *taken_in(),
            *decided(
                (
                    *form_closed(FORM),
                    *notice_sent(DECISION, RENAMED),
                    *licence_issued(RenderLicence(kind.type, RENAMED)),
                ),
                at=Stage.ACCEPTED,
            ),
            issued(RecheckLicences()),
        ),
        deadlines=DEADLINES,
        summary="依法变更姓名后换发证书；先到窗口更新实名登记。",
        summary_en="After a change of name: first the real-name record, then the licence.",
    )  # fmt: skip


name_change = _name_change(CONSTRUCTOR)
name_change_temporary = _name_change(TEMPORARY)
