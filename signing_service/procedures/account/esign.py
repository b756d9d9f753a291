"""个人电子签名: a key made and kept by the platform, a name written by hand, a PIN; for a year, or until it is given up."""

from __future__ import annotations

from datetime import date

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.new_keys import Withdrawal
from signing_service.procedures.account.shown import TermOfSignature
from signing_service.procedures.shared import PLATFORM as THE_PLATFORM
from signing_service.procedures.shared import withdrawn_by
from signing_service.workflows.account_checks import HoldsKey
from signing_service.workflows.changes import GiveKey, TakeSealsAway, VoidForm
from signing_service.workflows.effects import MakeKey, ProveAndArchive, RenderForm, Seal, TakeStep, WithdrawKeys
from signing_service.workflows.fields import Prefill
from signing_service.workflows.handwriting import SignatureDrawn
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, any_of

HOLDER, PLATFORM = SignatoryRole.HOLDER, SignatoryRole.PLATFORM
FORM = "esign_form"
YEARS = 1
BASIS = "《中华人民共和国电子签名法》第十三条"
OF_HOLDER = any_of(HOLDER)

esign = Procedure(
    key="person.esign",
    code="PSES",
    title="个人电子签名申领",
    title_en="A person's electronic signature",
    edition=date(2026, 1, 1),
    basis=BASIS,
    decision_days=0,
    initiator=HOLDER,
    roles=(HOLDER, PLATFORM),
    form=(
        Section(
            "电子签名",
            (
                Field("mobile", "手机号码", "Mobile number", FieldType.MOBILE, prefill=Prefill.MOBILE),
                Field(
                    "strokes", "手写签名", "Signature by hand", FieldType.SIGNATURE,
                    hint="在签名板上书写本人姓名，至少三笔。", hint_en="Write your name in the box, at least three strokes.",
                ),
                Field(
                    "consent", "使用须知", "Terms", FieldType.STATEMENT,
                    hint="本人同意由平台生成和保管密钥，凭本人设置的口令使用；用它签署的文件与手写签名具有同等效力。",
                    hint_en="The platform makes and keeps my key, which is used with my PIN alone; what it signs binds me "
                    "as my hand does.",
                ),
            ),
            "Electronic signature",
        ),
    ),
    steps=(
        Step(
            "apply", "申领", by=OF_HOLDER, at=Stage.DRAFT, to=Stage.ISSUING, provided=(SignatureDrawn("strokes"),),
            then=(MakeKey(HOLDER, YEARS), TakeStep("key_made")), reads_draft=True, title_en="Apply",
        ),
        Step(
            "key_made", "签发数字证书", by=THE_PLATFORM, at=Stage.ISSUING, to=Stage.PREPARED,
            changes=(GiveKey(HOLDER, YEARS),), then=(RenderForm(FORM, (TermOfSignature(YEARS),)),),
            title_en="The cert is issued",
        ),
        Step(
            "submit", "首次签署", by=OF_HOLDER, at=Stage.PREPARED, to=Stage.CLOSED,
            then=(
                Seal(FORM, HOLDER), Seal(FORM, PLATFORM), ProveAndArchive(FORM),
                WithdrawKeys(HOLDER, Withdrawal.REPLACED),
            ),
            title_en="Sign for the first time",
        ),
        *withdrawn_by(OF_HOLDER, Stage.DRAFT),
        Step(
            "withdraw", "放弃", by=OF_HOLDER, at=Stage.PREPARED, to=Stage.WITHDRAWN,
            changes=(VoidForm(), TakeSealsAway(HOLDER)), then=(WithdrawKeys(HOLDER, Withdrawal.NOT_WANTED),),
            optional=True, title_en="Give it up",
        ),
    ),
    summary="在线签署申请表需要电子签名：写下姓名、设置口令，有效一年。",
    summary_en="To sign forms online: write your name, choose a PIN; for a year.",
)  # fmt: skip

REASONS = {"lost": "口令泄露或者怀疑被他人使用", "unwanted": "不再使用"}

esign_end = Procedure(
    key="person.esign_end",
    code="PSEE",
    title="个人电子签名注销",
    title_en="Giving up a person's electronic signature",
    edition=date(2026, 1, 1),
    basis="《中华人民共和国电子签名法》第十五条",
    decision_days=0,
    initiator=HOLDER,
    roles=(HOLDER, PLATFORM),
    form=(
        Section(
            "注销原因", (Field("reason", "注销原因", "Reason", FieldType.CHOICE, choices=REASONS),), "Why"
        ),
    ),
    steps=(
        Step(
            "revoke", "注销", by=OF_HOLDER, at=Stage.DRAFT, to=Stage.CLOSED, provided=(HoldsKey(HOLDER),),
            changes=(TakeSealsAway(HOLDER),), then=(WithdrawKeys(HOLDER, Withdrawal.COMPROMISED),), reads_draft=True,
            title_en="Give it up now",
        ),
        *withdrawn_by(OF_HOLDER, Stage.DRAFT),
    ),
    summary="口令泄露、手机遗失或者不再使用时立即注销；此前的签名仍然有效。",
    summary_en="At once, when the PIN is known to others or the phone is lost; what was signed before stays valid.",
)  # fmt: skip
