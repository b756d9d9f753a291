"""企业入库: an enterprise comes into the register, after which it can be chosen as a party (domain text, §1, §17 row 20)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.procedures.shared import PLATFORM, TO_CORRECT, decided_by_one, handled_within, signed_in_order
from signing_service.workflows.changes import TakeIn
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_employment import NameAndNumberAgree
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import ProveAndArchive, TakeStep
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step

EMPLOYER, REPRESENTATIVE = SignatoryRole.EMPLOYER, SignatoryRole.LEGAL_REPRESENTATIVE
FORM = "onboard_form"
DECISION_DAYS = 5
CATEGORIES = {
    "survey": "勘察", "design": "设计", "build": "施工", "supervise": "监理", "develop": "建设", "review": "施工图审查",
    "agency": "招标代理", "consult": "造价咨询",
}  # fmt: skip
RECORD = (
    "legal_representative", "legal_representative_id_no", "address", "business_address", "enterprise_type",
    "registered_capital", "established_on", "registrar", "categories", "contact_name", "contact_mobile", "email",
)  # fmt: skip
"""What the register keeps of the form; the mobile for messages is the contact's."""

onboard = Procedure(
    key="ent.onboard",
    code="QYRK",
    title="企业入库",
    title_en="An enterprise is taken into the register",
    edition=date(2026, 1, 1),
    basis="《建筑市场信用管理暂行办法》（建市〔2017〕241号）第六条",
    decision_days=DECISION_DAYS,
    decided_at=RegionLevel.PREFECTURE,
    initiator=EMPLOYER,
    roles=(EMPLOYER, REPRESENTATIVE, SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM),
    parties_from={REPRESENTATIVE: "legal_representative_id_no"},
    form=(
        Section(
            "企业基本情况",
            (
                Field("region", "注册地", "Place of registration", FieldType.COUNTY),
                Field("enterprise_type", "企业类型", "Kind of enterprise", FieldType.TEXT, most=60),
                Field("address", "注册地址", "Registered address", FieldType.TEXT, most=120),
                Field("business_address", "经营地址", "Business address", FieldType.TEXT, most=120),
                Field("registered_capital", "注册资本（万元）", "Registered capital, 10,000 CNY", FieldType.MONEY),
                Field("established_on", "成立日期", "Established on", FieldType.DATE, not_after="today"),
                Field("registrar", "登记机关", "Registration authority", FieldType.TEXT, most=60),
                Field(
                    "business_term", "营业期限", "Term of business", FieldType.TEXT, most=60,
                    hint="与营业执照一致，如 2009年4月16日至长期。", hint_en="As on the business licence.",
                ),
                Field("business_scope", "经营范围", "Scope of business", FieldType.LONG_TEXT, most=400),
                Field("categories", "入库类别", "Categories", FieldType.CHOICES, choices=CATEGORIES),
            ),
            "Enterprise",
        ),
        Section(
            "法定代表人和联系人",
            (
                Field("legal_representative", "法定代表人", "Legal representative", FieldType.NAME),
                Field(
                    "legal_representative_id_no", "法定代表人身份证号码", "Legal representative's ID number",
                    FieldType.ID_NO, hint="须已办理实名登记和电子签名。",
                    hint_en="Registered by real name, with an electronic signature.",
                ),
                Field("legal_representative_mobile", "法定代表人电话", "Legal representative's mobile", FieldType.MOBILE),
                Field("contact_name", "平台联系人", "Contact", FieldType.NAME),
                Field("contact_mobile", "联系电话", "Contact's mobile", FieldType.MOBILE, prefill=Prefill.MOBILE),
                Field("email", "电子邮箱", "E-mail", FieldType.EMAIL, required=False),
            ),
            "People",
        ),
        Section(
            "资质和许可",
            (
                Field(
                    "permits", "已有的资质证书和安全生产许可证", "Licences held", FieldType.ROWS, required=False, most=20,
                    rows=(
                        Field("name", "证书名称", "Name", FieldType.TEXT, most=40),
                        Field("licence_no", "证书编号", "Number", FieldType.LICENCE_NO),
                        Field("scope", "类别及等级", "Category and grade", FieldType.TEXT, most=80),
                        Field("valid_until", "有效期至", "Valid until", FieldType.DATE),
                    ),
                ),
                Field("business_licence", "营业执照", "Business licence", FieldType.FILE),
                Field("attachments", "其他材料", "Other documents", FieldType.ATTACHMENTS, required=False),
            ),
            "Licences",
        ),
    ),
    steps=(
        *signed_in_order(
            FORM, REPRESENTATIVE, EMPLOYER, by=EMPLOYER,
            provided=(
                NameAndNumberAgree("legal_representative", REPRESENTATIVE), HasKey(REPRESENTATIVE), HasKey(EMPLOYER),
            ),
        ),
        *decided_by_one((ProveAndArchive(FORM), TakeStep("issue"))),
        Step(
            "issue", "入库", by=PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED, changes=(TakeIn(EMPLOYER, RECORD),),
            title_en="Enter",
        ),
    ),
    deadlines=(handled_within(10), TO_CORRECT, Deadline("decide", (Stage.CONFIRMED,), working(DECISION_DAYS))),
    summary="法定代表人签名、企业盖章，主管部门审核后进入企业名录，可被选为聘用单位、承接单位。",
    summary_en="The legal representative signs, the enterprise seals, the authority looks at it; then it can be chosen as a party.",
)  # fmt: skip
