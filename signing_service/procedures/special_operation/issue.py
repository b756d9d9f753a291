"""批量制证: the authority issues special-operation licences to those who passed the examination (domain text, §8.4)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.dictionaries import SPECIAL_OPERATION_TRADES
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceType
from signing_service.domain.staff import Level
from signing_service.procedures.shared import issued, licence_issued
from signing_service.workflows.checks import PhotoOnRecord
from signing_service.workflows.effects import RenderLicence
from signing_service.workflows.licensing import IssueNew, SpecialOperationNumber
from signing_service.workflows.licensing_of_trades import TYPE_CODE
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, any_of

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM

issue = Procedure(
    key="so.issue",
    code="SOIS",
    title="建筑施工特种作业操作资格证书制证",
    title_en="Issue of special-operation licences",
    edition=date(2026, 1, 1),
    basis="《建筑施工特种作业人员管理规定》（建质〔2008〕75号）第十三条",
    decision_days=10,
    initiator=AUTHORITY,
    roles=(HOLDER, EMPLOYER, AUTHORITY, PLATFORM),
    parties_from={HOLDER: "id_no", EMPLOYER: "employer_uscc"},
    form=(
        Section(
            "持证人",
            (
                Field("id_no", "身份证号", "ID number", FieldType.ID_NO),
                Field("employer_uscc", "用人单位统一社会信用代码", "Employer's USCC", FieldType.USCC),
                Field("category", "操作类别", "Trade", FieldType.CHOICE, choices=SPECIAL_OPERATION_TRADES),
                Field("photo", "证件照", "Portrait", FieldType.BLOB, required=False),
            ),
        ),
    ),
    steps=(
        Step(
            "grant", "准予", by=any_of(AUTHORITY), at=Stage.DRAFT, to=Stage.ISSUING, level=Level.DECIDE,
            provided=(PhotoOnRecord(),),
            then=licence_issued(
                RenderLicence(
                    LicenceType.SPECIAL_OPERATION,
                    IssueNew(
                        LicenceType.SPECIAL_OPERATION,
                        SpecialOperationNumber("赣", "A"),
                        TYPE_CODE,
                        years=2,
                        face=("category", "category_name", "photo"),
                    ),
                )
            ),
        ),
        issued(),
    ),
    on_offer=False,
)  # fmt: skip
