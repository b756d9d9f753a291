"""证书延续（延期复核）: a special-operation licence goes on for two years (建质〔2008〕75号, 第二十二至二十六条)."""

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
    HasKey,
    LicenceInForce,
    RenewalWindowOpen,
)
from signing_service.workflows.effects import RenderLicence, Seal
from signing_service.workflows.fields import Prefill
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
                Field("licence_no", "证书编号", "Licence number", FieldType.LICENCE_NO, prefill=Prefill.LICENCE),
                Field("employer_uscc", "用人单位统一社会信用代码", "Employer's USCC", FieldType.ENTERPRISE, prefill=Prefill.LICENCE_EMPLOYER),
                Field("mobile", "手机号码", "Mobile number", FieldType.MOBILE, prefill=Prefill.MOBILE),
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
        *written_and_signed(
            FORM, by=HOLDER, to=Stage.SUBMITTED,
            provided=(
                LicenceInForce(LicenceType.SPECIAL_OPERATION), RenewalWindowOpen(months=3),
                EmployedByLicenceEmployer(EMPLOYER), HasKey(HOLDER), HasKey(EMPLOYER),
            ),
        ),
        Step(
            "confirm", "同意", by=any_of(EMPLOYER), at=Stage.SUBMITTED, to=Stage.CONFIRMED, then=(Seal(FORM, EMPLOYER),),
            title_en="Agree and seal",
        ),
        declined(any_of(EMPLOYER)),
        *withdrawn_by(any_of(HOLDER), Stage.SUBMITTED, Stage.CONFIRMED),
        *accepted_reviewed_and_decided(FORM, RenderLicence(LicenceType.SPECIAL_OPERATION, Renew(years=2))),
    ),
    deadlines=(handled_within(10), TO_ACCEPT, TO_CORRECT, to_decide(10)),
    summary="证书到期前三个月内，由本人申请、用人单位确认，延续两年。",
    summary_en="In the last three months of the licence: apply, the employer confirms, and it goes on for two years.",
)  # fmt: skip
