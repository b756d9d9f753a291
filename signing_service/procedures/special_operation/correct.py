"""证书纠错: what a licence says wrongly is put right, each item with its proof; number and term stay (domain text, §8.4)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.procedures.shared import (
    TO_ACCEPT,
    TO_CORRECT,
    decided,
    declined,
    form_closed,
    handled_within,
    issued,
    licence_issued,
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
)
from signing_service.workflows.changes import RecheckLicences, RetireFormerNumber
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_employment import EmployedBy
from signing_service.workflows.checks_of_special_operation import LicenceStands
from signing_service.workflows.correcting import ITEMS, Correct, CorrectionsShown, SomethingToCorrect
from signing_service.workflows.effects import RenderLicence
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, any_of

FORM = "so_correct_form"
CORRECTION = (
    Field("item", "项目", "Item", FieldType.CHOICE, choices=ITEMS),
    Field("after", "更正值", "New value", FieldType.TEXT, most=60),
    Field("proof", "依据材料", "Proof", FieldType.FILE),
)
LICENCE = RenderLicence(LicenceType.SPECIAL_OPERATION, Correct())

correct = Procedure(
    key="so.correct",
    code="SOCR",
    title="建筑施工特种作业操作资格证书信息纠错",
    title_en="Correction of a special-operation licence",
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
        Section("证书", (LICENCE_NO, MOBILE), "The licence"),
        Section(
            "更正事项",
            (
                Field("corrections", "更正事项", "What is to be corrected", FieldType.ROWS, rows=CORRECTION, least=1, most=9),
                Field(
                    "employer_uscc", "更正后的用人单位", "The new employer", FieldType.ENTERPRISE, required=False,
                    hint="更正用人单位的填写，由其盖章确认；其他更正留空。",
                    hint_en="Only when the employer is corrected, who then has to confirm.",
                ),
            ),
            "Corrections",
        ),
    ),
    steps=(
        *written_and_signed(
            FORM, by=HOLDER, to=Stage.SUBMITTED, shows=(CorrectionsShown(),),
            provided=(
                LicenceStands((LicenceStatus.IN_FORCE, LicenceStatus.EXPIRED)), SomethingToCorrect(), EmployedBy(),
                HasKey(HOLDER),
            ),
        ),
        confirmed_by_employer(FORM),
        declined(any_of(EMPLOYER)),
        *withdrawn_by(any_of(HOLDER), Stage.SUBMITTED, Stage.CONFIRMED),
        *taken_in(),
        *decided((*form_closed(FORM), *licence_issued(LICENCE)), at=Stage.ACCEPTED),
        issued(RetireFormerNumber(), RecheckLicences()),
    ),
    deadlines=(handled_within(10), TO_ACCEPT, TO_CORRECT, to_decide(10)),
    summary="证书上的信息有误，逐项提出更正并附依据材料。",
    summary_en="What the licence says wrongly is corrected, each item with its proof.",
)  # fmt: skip
