"""出赣: a licence goes to another province; the proof of it is what that province exchanges (domain text, §17, row 10)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dictionaries import PROVINCES
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus, LicenceType
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
    AUTHORITY,
    EMPLOYER,
    HOLDER,
    LICENCE_NO,
    MOBILE,
    PLATFORM,
    REGULATION,
    TOLD,
    confirmed_by_employer,
    decided_at_once,
)
from signing_service.workflows.changes import RecheckLicences, SetLicenceStatus
from signing_service.workflows.checks import HasKey, LicenceInForce
from signing_service.workflows.checks_of_special_operation import EmployerAsOnLicence
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, any_of

FORM = "so_transfer_out_form"

transfer_out = Procedure(
    key="so.transfer_out",
    code="SOTO",
    title="建筑施工特种作业操作资格证书出赣（跨省调出）",
    title_en="A special-operation licence goes to another province",
    edition=date(2026, 1, 1),
    basis=f"{REGULATION}第十四条",
    decision_days=4,
    decided_at=RegionLevel.PREFECTURE,
    initiator=HOLDER,
    roles=(HOLDER, EMPLOYER, AUTHORITY, PLATFORM),
    licence_field="licence_no",
    parties_from={EMPLOYER: "employer_uscc"},
    told=TOLD,
    form=(
        Section(
            "证书与调往地",
            (
                LICENCE_NO,
                MOBILE,
                Field(
                    "employer_uscc", "现用人单位", "Present employer", FieldType.ENTERPRISE, required=False,
                    prefill=Prefill.EMPLOYER, hint="仍在证书所载单位任职的填写，由其确认；已离职的留空。",
                    hint_en="Who still works for the enterprise on the licence names it, and it confirms.",
                ),
                Field("to_province", "调往省份", "To which province", FieldType.CHOICE, choices=PROVINCES),
                Field("to_employer", "调往单位", "To which employer", FieldType.TEXT, required=False, most=60),
                Field("explanation", "调出原因", "Reason", FieldType.LONG_TEXT, most=300),
            ),
            "The licence and where it goes",
        ),
    ),
    steps=(
        *written_and_signed(
            FORM, by=HOLDER, to=Stage.SUBMITTED,
            provided=(LicenceInForce(LicenceType.SPECIAL_OPERATION), EmployerAsOnLicence(), HasKey(HOLDER)),
        ),
        confirmed_by_employer(FORM),
        declined(any_of(EMPLOYER)),
        *withdrawn_by(any_of(HOLDER), Stage.SUBMITTED, Stage.CONFIRMED),
        *taken_in(),
        *decided_at_once(
            FORM, "准予调出", "Let it go", "so_transfer_out_proof", SetLicenceStatus(LicenceStatus.TRANSFERRED),
            RecheckLicences(),
        ),
    ),
    deadlines=(handled_within(10), TO_ACCEPT, TO_CORRECT, to_decide(4)),
    summary="赴外省从业的，办理证书调出，凭调出证明在外省换证。",
    summary_en="Who goes to another province takes the licence along; the proof is exchanged there.",
)  # fmt: skip
