"""证书补录: a licence on paper that the historical database has not got is entered, and counts once the archive is confirmed (domain text, §8.4)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.domain.staff import Level
from signing_service.procedures.shared import AUTHORITY as BY_AUTHORITY
from signing_service.procedures.shared import (
    TO_ACCEPT,
    TO_CORRECT,
    declined,
    handled_within,
    taken_in,
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
    decided_at_once,
)
from signing_service.workflows.changes import ConfirmArchive, EnterBackfilled, RecheckLicences
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_employment import EmployedBy
from signing_service.workflows.checks_of_special_operation import NumberOfOurs
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, any_of

FORM = "so_backfill_form"

backfill = Procedure(
    key="so.backfill",
    code="SOBF",
    title="建筑施工特种作业操作资格证书补录",
    title_en="A special-operation licence on paper is entered into the register",
    edition=date(2026, 1, 1),
    basis=f"{REGULATION}第十四条",
    decision_days=10,
    decided_at=RegionLevel.PREFECTURE,
    initiator=HOLDER,
    roles=(HOLDER, EMPLOYER, AUTHORITY, PLATFORM),
    licence_field="licence_no",
    parties_from={EMPLOYER: "employer_uscc"},
    told=TOLD,
    form=(
        Section("申请人", (EDUCATION, MOBILE, OWN_EMPLOYER), "The applicant"),
        Section(
            "原证书",
            (
                Field("licence_no", "证书编号", "Licence number", FieldType.LICENCE_NO),
                CATEGORY,
                Field("first_issued_on", "初次领证日期", "First issued", FieldType.DATE, not_after="today"),
                Field("valid_from", "有效期起", "Valid from", FieldType.DATE, not_before="first_issued_on"),
                Field("valid_until", "有效期至", "Valid until", FieldType.DATE, not_before="valid_from"),
                Field("issuer", "发证机关", "Issued by", FieldType.TEXT, most=60),
                Field("scan", "原证扫描件", "Scan of the licence", FieldType.FILE),
                ATTACHMENTS,
            ),
            "The licence",
        ),
    ),
    steps=(
        *written_and_signed(
            FORM, by=HOLDER, to=Stage.SUBMITTED,
            provided=(NumberOfOurs("licence_no"), EmployedBy(), HasKey(HOLDER), HasKey(EMPLOYER)),
        ),
        confirmed_by_employer(FORM),
        declined(any_of(EMPLOYER)),
        *withdrawn_by(any_of(HOLDER), Stage.SUBMITTED, Stage.CONFIRMED),
        *taken_in(),
        *decided_at_once(
            FORM, "同意补录", "Enter it", "so_backfill_result", EnterBackfilled(), RecheckLicences(), to=Stage.EXTERNAL
        ),
        Step(
            "archive", "归档确认", by=BY_AUTHORITY, at=Stage.EXTERNAL, to=Stage.CLOSED,
            changes=(ConfirmArchive(), RecheckLicences()), level=Level.REVIEW, title_en="Confirm the archive",
        ),
    ),
    deadlines=(handled_within(10), TO_ACCEPT, TO_CORRECT, to_decide(10)),
    summary="历史数据库中没有的本省纸质证书，凭原证补入电子证照库。",
    summary_en="A licence of this province on paper that was not found is entered with its scan.",
)  # fmt: skip
