"""证书注销: the holder gives the licence up; the employer is told, not asked (建质〔2008〕75号 第三十条)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.procedures.shared import (
    TO_ACCEPT,
    TO_CORRECT,
    taken_in,
    to_decide,
    withdrawn_by,
    written_and_signed,
)
from signing_service.procedures.special_operation.common import (
    AUTHORITY,
    HOLDER,
    LICENCE_NO,
    MOBILE,
    PLATFORM,
    REGULATION,
    TOLD,
    decided_at_once,
)
from signing_service.workflows.changes import RecheckLicences, SetLicenceStatus
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_special_operation import LicenceStands
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, any_of

FORM = "so_cancel_form"
REASONS = {"left": "不再从事该工种作业", "unfit": "年龄或者健康原因", "other": "其他"}

cancel = Procedure(
    key="so.cancel",
    code="SOCX",
    title="建筑施工特种作业操作资格证书注销",
    title_en="Cancellation of a special-operation licence",
    edition=date(2026, 1, 1),
    basis=f"{REGULATION}第三十条",
    decision_days=20,
    decided_at=RegionLevel.PREFECTURE,
    initiator=HOLDER,
    roles=(HOLDER, AUTHORITY, PLATFORM),
    licence_field="licence_no",
    told={**TOLD, "reason": "你申请注销该证书，自愿放弃该项操作资格。"},
    form=(
        Section(
            "注销",
            (
                LICENCE_NO,
                MOBILE,
                Field("cancel_reason", "注销原因", "Reason", FieldType.CHOICE, choices=REASONS),
                Field("explanation", "情况说明", "Explanation", FieldType.LONG_TEXT, most=300),
            ),
            "Cancellation",
        ),
    ),
    steps=(
        *written_and_signed(
            FORM, by=HOLDER, to=Stage.CONFIRMED,
            provided=(
                LicenceStands((LicenceStatus.IN_FORCE, LicenceStatus.EXPIRED, LicenceStatus.SUSPENDED)), HasKey(HOLDER),
            ),
        ),
        *withdrawn_by(any_of(HOLDER), Stage.CONFIRMED),
        *taken_in(),
        *decided_at_once(
            FORM, "注销", "Cancel", "cancellation_decision", SetLicenceStatus(LicenceStatus.CANCELLED), RecheckLicences()
        ),
    ),
    deadlines=(TO_ACCEPT, TO_CORRECT, to_decide(20)),
    summary="不再从事该工种作业的，由本人申请注销证书。",
    summary_en="Who does not work in the trade any more gives the licence up.",
)  # fmt: skip
