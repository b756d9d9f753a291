"""证书延续（延期复核）: a special-operation licence goes on for two years (建质〔2008〕75号, 第二十二至二十六条)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceType
from signing_service.procedures.shared import accepted_reviewed_and_decided, withdrawn_by
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.checks import (
    EmployedByLicenceEmployer,
    HasKey,
    LicenceInForce,
    PhotoOnRecord,
    RenewalWindowOpen,
)
from signing_service.workflows.effects import RenderForm, RenderLicence, Seal
from signing_service.workflows.licensing import Renew
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, any_of

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM
FORM = "so_renew_form"

renew = Procedure(
    key="so.renew",
    code="SORN",
    title="建筑施工特种作业操作资格证书延续",
    title_en="Renewal of a special-operation licence",
    edition=date(2026, 1, 1),
    basis="《建筑施工特种作业人员管理规定》（建质〔2008〕75号）第二十三条",
    decision_days=10,
    initiator=HOLDER,
    roles=(HOLDER, EMPLOYER, AUTHORITY, PLATFORM),
    licence_field="licence_no",
    parties_from={EMPLOYER: "employer_uscc"},
    form=(
        Section(
            "证书信息",
            (
                Field("licence_no", "证书编号", "Licence number", FieldType.LICENCE_NO),
                Field("employer_uscc", "用人单位统一社会信用代码", "Employer's USCC", FieldType.USCC),
                Field("mobile", "手机号码", "Mobile number", FieldType.MOBILE),
            ),
        ),
        Section(
            "复核情况",
            (
                Field("working_since", "从事本工种时间", "In this trade since", FieldType.TEXT),
                Field("health", "身体状况", "State of health", FieldType.LONG_TEXT),
                Field("training", "安全教育培训", "Safety training", FieldType.LONG_TEXT),
                Field("conduct", "安全生产情况", "Safety record", FieldType.LONG_TEXT),
                Field("attachments", "附件", "Attachments", FieldType.ATTACHMENTS),
            ),
        ),
    ),
    steps=(
        Step(
            "submit", "提交", by=any_of(HOLDER), at=Stage.DRAFT, to=Stage.SUBMITTED,
            provided=(
                LicenceInForce(LicenceType.SPECIAL_OPERATION), RenewalWindowOpen(months=3),
                EmployedByLicenceEmployer(EMPLOYER), PhotoOnRecord(), HasKey(HOLDER), HasKey(EMPLOYER),
            ),
            then=(RenderForm(FORM), Seal(FORM, HOLDER)),
        ),
        Step(
            "confirm", "同意", by=any_of(EMPLOYER), at=Stage.SUBMITTED, to=Stage.CONFIRMED, then=(Seal(FORM, EMPLOYER),)
        ),
        Step(
            "decline", "不同意", by=any_of(EMPLOYER), at=Stage.SUBMITTED, to=Stage.DRAFT,
            changes=(VoidForm(),), reason_required=True, form_renewed=True,
        ),
        *withdrawn_by(any_of(HOLDER), Stage.DRAFT, Stage.SUBMITTED, Stage.CONFIRMED),
        *accepted_reviewed_and_decided(FORM, RenderLicence(LicenceType.SPECIAL_OPERATION, Renew(years=2))),
    ),
)  # fmt: skip
