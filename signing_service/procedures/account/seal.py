"""企业电子印章: the legal representative signs for it, the authority looks at it, key and seal are issued (§17, row 45)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.new_keys import Withdrawal
from signing_service.domain.staff import Level
from signing_service.procedures.shared import AUTHORITY as THE_AUTHORITY
from signing_service.procedures.shared import PLATFORM as THE_PLATFORM
from signing_service.procedures.shared import (
    TO_ACCEPT,
    TO_CORRECT,
    declined,
    form_closed,
    handled_within,
    notice_sent,
    taken_in,
    to_decide,
    withdrawn_by,
)
from signing_service.workflows.account_checks import LegalRepresentativeOnRecord, SealTextOnRecord
from signing_service.workflows.changes import GiveKey
from signing_service.workflows.checks import HasKey
from signing_service.workflows.effects import MakeKey, RenderForm, Seal, TakeStep, WithdrawKeys
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, any_of
from signing_service.workflows.seal_kinds import SEAL_KINDS

EMPLOYER, REPRESENTATIVE = SignatoryRole.EMPLOYER, SignatoryRole.LEGAL_REPRESENTATIVE
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM
FORM = "seal_form"
YEARS = 3
DECISION_DAYS = 5
REASONS = {
    "first": "首次申领",
    "renamed": "企业名称变更",
    "expired": "有效期届满",
    "lost": "遗失或者停用后重新申领",
}

ent_seal = Procedure(
    key="ent.seal",
    code="ETSL",
    title="企业电子印章申领",
    title_en="An enterprise's electronic seal",
    edition=date(2026, 1, 1),
    basis="《国务院关于在线政务服务的若干规定》（国务院令第716号）第九条",
    decision_days=DECISION_DAYS,
    initiator=EMPLOYER,
    roles=(EMPLOYER, REPRESENTATIVE, AUTHORITY, PLATFORM),
    parties_from={REPRESENTATIVE: "representative_id_no"},
    form=(
        Section(
            "企业信息",
            (
                Field(
                    "representative_id_no", "法定代表人身份证号码", "Legal representative's ID number", FieldType.ID_NO
                ),
                Field("contact_name", "经办人", "Contact", FieldType.NAME),
                Field("mobile", "联系电话", "Mobile number", FieldType.MOBILE, prefill=Prefill.MOBILE),
            ),
            "Enterprise",
        ),
        Section(
            "电子印章",
            (
                Field(
                    "seal_kind", "印章种类", "Kind of seal", FieldType.CHOICE,
                    choices={code: kind.title for code, kind in SEAL_KINDS.items()},
                ),
                Field(
                    "seal_text", "印章文字", "Text of the seal", FieldType.TEXT, most=60,
                    hint="与登记名称完全一致。", hint_en="The registered name in full.",
                ),
                Field(
                    "seal_code", "印章编码", "Code of the seal", FieldType.TEXT, required=False, most=13,
                    hint="公安机关备案的 13 位编码。", hint_en="The 13 digits that the police gave it.",
                ),
                Field("reason", "申领原因", "Reason", FieldType.CHOICE, choices=REASONS),
                Field("keeper_name", "保管人", "Keeper", FieldType.NAME),
                Field("business_licence", "营业执照", "Business licence", FieldType.FILE),
                Field("attachments", "其他材料", "Other documents", FieldType.ATTACHMENTS, required=False),
            ),
            "The seal",
        ),
    ),
    steps=(
        *(
            Step(
                "prepare", "生成申领表", by=any_of(EMPLOYER), at=stage, to=Stage.SUBMITTED,
                provided=(LegalRepresentativeOnRecord(), SealTextOnRecord(), HasKey(REPRESENTATIVE)),
                then=(RenderForm(FORM),), reads_draft=True, title_en="Draw the form",
            )
            for stage in (Stage.DRAFT, Stage.CORRECTION)
        ),
        Step(
            "confirm", "法定代表人签署", by=any_of(REPRESENTATIVE), at=Stage.SUBMITTED, to=Stage.CONFIRMED,
            then=(Seal(FORM, REPRESENTATIVE),), title_en="Sign",
        ),
        declined(any_of(REPRESENTATIVE)),
        *withdrawn_by(any_of(EMPLOYER), Stage.DRAFT, Stage.CORRECTION, Stage.SUBMITTED, Stage.CONFIRMED),
        *taken_in(),
        Step(
            "grant", "准予制发", by=THE_AUTHORITY, at=Stage.ACCEPTED, to=Stage.ISSUING, level=Level.REVIEW,
            then=(*form_closed(FORM), MakeKey(EMPLOYER, YEARS), TakeStep("issue")), title_en="Grant",
        ),
        Step(
            "refuse", "不予制发", by=THE_AUTHORITY, at=Stage.ACCEPTED, to=Stage.REFUSED, level=Level.REVIEW,
            then=notice_sent("refusal_notice"), reason_required=True, title_en="Refuse",
        ),
        Step(
            "issue", "制发", by=THE_PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED, changes=(GiveKey(EMPLOYER, YEARS),),
            then=(WithdrawKeys(EMPLOYER, Withdrawal.REPLACED),), title_en="Issue",
        ),
    ),
    deadlines=(handled_within(10), TO_ACCEPT, TO_CORRECT, to_decide(DECISION_DAYS)),
    summary="法定代表人签署、主管部门审核后，平台制发电子印章和密钥，有效三年。",
    summary_en="The legal representative signs, the authority looks at it, then seal and key are issued for three years.",
)  # fmt: skip
