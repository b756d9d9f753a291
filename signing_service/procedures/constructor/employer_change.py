"""执业企业变更: a constructor goes to another enterprise; both enterprises seal the same form (注册建造师管理规定 第十三条)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceType
from signing_service.procedures.shared import (
    TO_ACCEPT,
    TO_CORRECT,
    accepted_reviewed_and_decided,
    declined,
    handled_within,
    to_decide,
    withdrawn_by,
    written_and_signed,
)
from signing_service.workflows.checks import (
    EmployedByLicenceEmployer,
    EmployersDiffer,
    HasKey,
    LicenceInForce,
)
from signing_service.workflows.effects import RenderLicence, Seal
from signing_service.workflows.fields import Prefill
from signing_service.workflows.licensing import ReplaceEmployer
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, all_of, any_of

HOLDER = SignatoryRole.HOLDER
FORMER_EMPLOYER, NEW_EMPLOYER = SignatoryRole.FORMER_EMPLOYER, SignatoryRole.NEW_EMPLOYER
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM
FORM = "c2_change_form"

employer_change = Procedure(
    key="c2.employer_change",
    code="C2EC",
    title="二级建造师执业企业变更",
    title_en="Change of a constructor's employer",
    edition=date(2026, 1, 1),
    basis="《注册建造师管理规定》（建设部令第153号）第十三条",
    decision_days=20,
    initiator=HOLDER,
    roles=(HOLDER, FORMER_EMPLOYER, NEW_EMPLOYER, AUTHORITY, PLATFORM),
    licence_field="licence_no",
    parties_from={FORMER_EMPLOYER: "former_employer_uscc", NEW_EMPLOYER: "new_employer_uscc"},
    form=(
        Section(
            "个人信息",
            (
                Field("licence_no", "注册编号", "Registration number", FieldType.LICENCE_NO, prefill=Prefill.LICENCE),
                Field("mobile", "手机号码", "Mobile number", FieldType.MOBILE, prefill=Prefill.MOBILE),
            ),
        ),
        Section(
            "变更信息",
            (
                Field("former_employer_uscc", "原聘用企业统一社会信用代码", "Former employer's USCC", FieldType.ENTERPRISE, prefill=Prefill.LICENCE_EMPLOYER),
                Field("new_employer_uscc", "现聘用企业统一社会信用代码", "New employer's USCC", FieldType.ENTERPRISE),
                Field("left_on", "解除聘用日期", "Date of leaving", FieldType.DATE, not_after="today"),
                Field("contract_from", "劳动合同起始日期", "Contract from", FieldType.DATE),
                Field("contract_until", "劳动合同终止日期", "Contract until", FieldType.DATE, not_before="contract_from"),
                Field("reason", "变更原因", "Reason", FieldType.LONG_TEXT),
                Field("projects", "在建工程任职情况", "Projects under way", FieldType.LONG_TEXT),
                Field("attachments", "附件", "Attachments", FieldType.ATTACHMENTS),
            ),
        ),
    ),
    steps=(
        *written_and_signed(
            FORM, by=HOLDER, to=Stage.SUBMITTED,
            provided=(
                LicenceInForce(LicenceType.CONSTRUCTOR), EmployersDiffer(), EmployedByLicenceEmployer(FORMER_EMPLOYER),
                HasKey(HOLDER), HasKey(FORMER_EMPLOYER), HasKey(NEW_EMPLOYER),
            ),
        ),
        Step(
            "confirm", "同意", by=all_of(FORMER_EMPLOYER, NEW_EMPLOYER), at=Stage.SUBMITTED, to=Stage.CONFIRMED,
            then=(Seal(FORM, FORMER_EMPLOYER), Seal(FORM, NEW_EMPLOYER)), title_en="Agree and seal",
        ),
        declined(any_of(FORMER_EMPLOYER, NEW_EMPLOYER)),
        *withdrawn_by(any_of(HOLDER), Stage.SUBMITTED, Stage.CONFIRMED),
        *accepted_reviewed_and_decided(FORM, RenderLicence(LicenceType.CONSTRUCTOR, ReplaceEmployer())),
    ),
    deadlines=(handled_within(10), TO_ACCEPT, TO_CORRECT, to_decide(20)),
    summary="换到另一家企业执业：本人申请，原、现聘用企业在同一份表上盖章。",
    summary_en="Go to another enterprise: you apply, and both enterprises seal the same form.",
)  # fmt: skip
