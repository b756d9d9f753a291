"""进赣换证: another province's licence is exchanged for one of ours; its term stays (domain text, §8.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dictionaries import PROVINCES
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
from signing_service.procedures.special_operation.common import (
    ATTACHMENTS,
    AUTHORITY,
    CATEGORY,
    EDUCATION,
    EMPLOYER,
    HOLDER,
    MOBILE,
    OWN_EMPLOYER,
    PLATFORM,
    REGULATION,
    TOLD,
    confirmed_by_employer,
)
from signing_service.workflows.changes import FinishExchange, RecheckLicences
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_employment import EmployedBy
from signing_service.workflows.checks_of_special_operation import (
    NoSecondLicence,
    NumberOfAnotherProvince,
    OriginStillInForce,
)
from signing_service.workflows.effects import RenderLicence
from signing_service.workflows.licensing import SpecialOperationNumber
from signing_service.workflows.licensing_of_trades import TYPE_CODE, ExchangeForOurs
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, any_of

FORM = "so_transfer_form"
LICENCE = RenderLicence(
    LicenceType.SPECIAL_OPERATION,
    ExchangeForOurs(
        LicenceType.SPECIAL_OPERATION, SpecialOperationNumber("赣", "A"), TYPE_CODE, years=2,
        face=("category", "category_name"),
    ),
)  # fmt: skip

transfer_in = Procedure(
    key="so.transfer_in",
    code="SOTI",
    title="建筑施工特种作业操作资格证书进赣换证",
    title_en="Another province's special-operation licence is exchanged",
    edition=date(2026, 1, 1),
    basis=f"{REGULATION}第十四条",
    decision_days=10,
    decided_at=RegionLevel.PREFECTURE,
    initiator=HOLDER,
    roles=(HOLDER, EMPLOYER, AUTHORITY, PLATFORM),
    parties_from={EMPLOYER: "employer_uscc"},
    told=TOLD,
    form=(
        Section("申请人", (EDUCATION, MOBILE, OWN_EMPLOYER), "The applicant"),
        Section(
            "外省证书",
            (
                Field("origin_no", "外省证书编号", "Its number", FieldType.LICENCE_NO),
                Field("origin_province", "发证省份", "Its province", FieldType.CHOICE, choices=PROVINCES),
                Field("origin_authority", "发证机关", "Issued by", FieldType.TEXT, most=60),
                Field("origin_identifier", "电子证照标识", "Its identifier", FieldType.TEXT, required=False, most=100),
                CATEGORY,
                Field("first_issued_on", "初次领证日期", "First issued", FieldType.DATE, not_after="today"),
                Field("origin_until", "有效期至", "Valid until", FieldType.DATE, not_before="first_issued_on"),
                Field("origin_proof", "原证或转出证明", "The licence, or proof of its transfer", FieldType.FILE),
                ATTACHMENTS,
            ),
            "The licence",
        ),
    ),
    steps=(
        *written_and_signed(
            FORM, by=HOLDER, to=Stage.SUBMITTED,
            provided=(
                NumberOfAnotherProvince("origin_no"), OriginStillInForce(), NoSecondLicence(), EmployedBy(),
                HasKey(HOLDER), HasKey(EMPLOYER),
            ),
        ),
        confirmed_by_employer(FORM),
        declined(any_of(EMPLOYER)),
        *withdrawn_by(any_of(HOLDER), Stage.SUBMITTED, Stage.CONFIRMED),
        *(
            replace(step, provided=(OriginStillInForce(), NoSecondLicence())) if step.name == "grant" else step
            for step in accepted_reviewed_and_decided(FORM, LICENCE, FinishExchange(), RecheckLicences())
        ),
    ),
    deadlines=(handled_within(10), TO_ACCEPT, TO_CORRECT, to_decide(10)),
    summary="持外省证书来赣从业的，换发本省证书，有效期不变。",
    summary_en="Who comes with another province's licence gets one of ours; its term stays.",
)  # fmt: skip
