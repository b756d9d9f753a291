"""执业企业变更: a constructor goes to another enterprise; both enterprises seal the same form (注册建造师管理规定 第十三条)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceType
from signing_service.procedures.shared import accepted_reviewed_and_decided, withdrawn_by
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.checks import (
    EmployedByLicenceEmployer,
    EmployersDiffer,
    HasKey,
    LicenceInForce,
    PhotoOnRecord,
)
from signing_service.workflows.effects import RenderForm, RenderLicence, Seal
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
                Field("licence_no", "注册编号", "Registration number", FieldType.LICENCE_NO),
                Field("mobile", "手机号码", "Mobile number", FieldType.MOBILE),
            ),
        ),
        Section(
            "变更信息",
            (
                Field("former_employer_uscc", "原聘用企业统一社会信用代码", "Former employer's USCC", FieldType.USCC),
                Field("new_employer_uscc", "现聘用企业统一社会信用代码", "New employer's USCC", FieldType.USCC),
                Field("left_on", "解除聘用日期", "Date of leaving", FieldType.DATE),
                Field("contract_from", "劳动合同起始日期", "Contract from", FieldType.DATE),
                Field("contract_until", "劳动合同终止日期", "Contract until", FieldType.DATE),
                Field("reason", "变更原因", "Reason", FieldType.LONG_TEXT),
                Field("projects", "在建工程任职情况", "Projects under way", FieldType.LONG_TEXT),
                Field("attachments", "附件", "Attachments", FieldType.ATTACHMENTS),
            ),
        ),
    ),
    steps=(
        Step(
            "submit", "提交", by=any_of(HOLDER), at=Stage.DRAFT, to=Stage.SUBMITTED,
            provided=(
                LicenceInForce(LicenceType.CONSTRUCTOR), EmployersDiffer(), EmployedByLicenceEmployer(FORMER_EMPLOYER),
                PhotoOnRecord(), HasKey(HOLDER), HasKey(FORMER_EMPLOYER), HasKey(NEW_EMPLOYER),
            ),
            then=(RenderForm(FORM), Seal(FORM, HOLDER)),
        ),
        Step(
            "confirm", "同意", by=all_of(FORMER_EMPLOYER, NEW_EMPLOYER), at=Stage.SUBMITTED, to=Stage.CONFIRMED,
            then=(Seal(FORM, FORMER_EMPLOYER), Seal(FORM, NEW_EMPLOYER)),
        ),
        Step(
            "decline", "不同意", by=any_of(FORMER_EMPLOYER, NEW_EMPLOYER), at=Stage.SUBMITTED, to=Stage.DRAFT,
            changes=(VoidForm(),), reason_required=True, form_renewed=True,
        ),
        *withdrawn_by(any_of(HOLDER), Stage.DRAFT, Stage.SUBMITTED, Stage.CONFIRMED),
        *accepted_reviewed_and_decided(FORM, RenderLicence(LicenceType.CONSTRUCTOR, ReplaceEmployer())),
    ),
)  # fmt: skip
