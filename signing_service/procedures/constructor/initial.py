"""初始注册: who holds the qualification and is employed gets a number and a licence (注册建造师管理规定 第七条)."""

from __future__ import annotations

from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceType
from signing_service.procedures.constructor.kinds import (
    ATTACHMENTS,
    DEADLINES,
    DECISION,
    DECISION_DAYS,
    EDITION,
    EDUCATION,
    EMPLOYER,
    HOLDER,
    MOBILE,
    PROFESSIONAL_TITLE,
    PROMISE,
    ROLES,
    RULES,
    confirmed_by_employer,
    specialties,
)
from signing_service.procedures.constructor.licences import YEARS, ConstructorNumber, RegisterFirst
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
from signing_service.workflows.checks import HasKey
from signing_service.workflows.effects import RenderLicence
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section
from signing_service.workflows.registration import EmployedBy, NoneOfType, YoungerThan

FORM = "c2_initial_form"
TYPE_CODE = "11360000999000013K102"
"""证照类型代码: the authority's own USCC and 102; the ministry's codes are not ours to give out."""

FIRST = RegisterFirst(
    LicenceType.CONSTRUCTOR, ConstructorNumber(), TYPE_CODE, years=YEARS, face=("qualification_no",)
)  # fmt: skip

initial = Procedure(
    key="c2.initial",
    code="C2IN",
    title="二级建造师初始注册",
    title_en="First registration of a constructor",
    edition=EDITION,
    basis=f"{RULES}第七条",
    decision_days=DECISION_DAYS,
    initiator=HOLDER,
    roles=ROLES,
    parties_from={EMPLOYER: "employer_uscc"},
    form=(
        Section(
            "个人信息",
            (
                Field(
                    "employer_uscc", "聘用企业统一社会信用代码", "Employer's USCC", FieldType.ENTERPRISE,
                    prefill=Prefill.EMPLOYER,
                ),
                MOBILE, EDUCATION, PROFESSIONAL_TITLE,
            ),
            "About you",
        ),
        Section(
            "执业资格和聘用",
            (
                Field("qualification_no", "资格证书管理号", "Number of the qualification", FieldType.TEXT, most=40),
                Field("qualified_on", "取得资格日期", "Qualified on", FieldType.DATE, not_after="today"),
                specialties("specialties", "申请注册的专业", "Specialties"),
                Field("contract_from", "劳动合同起始日期", "Contract from", FieldType.DATE),
                Field(
                    "contract_until", "劳动合同终止日期", "Contract until", FieldType.DATE, required=False,
                    not_before="contract_from",
                ),
                Field(
                    "training", "继续教育", "Continuing education", FieldType.TEXT, required=False, most=60,
                    hint="取得资格超过三年的须填写。", hint_en="Where the qualification is older than three years.",
                ),
                Field("qualification_proof", "资格证书", "Qualification", FieldType.FILE),
                Field("contract_proof", "劳动合同", "Contract", FieldType.FILE),
                ATTACHMENTS,
                PROMISE,
            ),
            "Qualification and employment",
        ),
    ),
    steps=(
        *written_and_signed(
            FORM, by=HOLDER, to=Stage.SUBMITTED, shows=(FIRST,),
            provided=(
                EmployedBy(EMPLOYER), YoungerThan(65),
                NoneOfType((LicenceType.CONSTRUCTOR, LicenceType.CONSTRUCTOR_TEMPORARY)), HasKey(HOLDER), HasKey(EMPLOYER),
            ),
        ),
        *confirmed_by_employer(FORM),
        *taken_in(),
        *reviewed(),
        *decided(
            (
                *form_closed(FORM),
                *notice_sent(DECISION, FIRST),
                *licence_issued(RenderLicence(LicenceType.CONSTRUCTOR, FIRST)),
            )
        ),
        issued(RecheckLicences()),
    ),
    deadlines=DEADLINES,
    summary="取得二级建造师资格、已有聘用企业的，申请注册证书。",
    summary_en="With the qualification and an employer: apply for the licence.",
)  # fmt: skip
