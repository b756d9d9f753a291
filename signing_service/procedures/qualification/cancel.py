"""资质注销: an enterprise gives a licence up (管理规定 第三十条)."""

from __future__ import annotations

from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.staff import Level
from signing_service.procedures.qualification.change import APPOINTED_HERE, CONTACT, OFFICE_ROLES
from signing_service.procedures.qualification.form import ATTACHMENTS, LICENCE_NO, REPRESENTATIVE
from signing_service.procedures.qualification.licences import CancellationShown
from signing_service.procedures.qualification.steps import CHANGE_FORM, EDITION, EMPLOYER, RULES, SIGNATORIES
from signing_service.procedures.qualification.steps import REPRESENTATIVE as REPRESENTATIVE_ROLE
from signing_service.procedures.shared import (
    AUTHORITY,
    TO_ACCEPT,
    TO_CORRECT,
    form_closed,
    handled_within,
    notice_sent,
    reviewed,
    signed_in_order,
    taken_in,
    to_decide,
)
from signing_service.workflows.changes import SetLicenceStatus
from signing_service.workflows.checks_of_qualifications import OwnQualification
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step
from signing_service.workflows.qualifying import LevelOfLicence

DECISION_DAYS = 20
REASONS = {"ended": "企业终止", "given_up": "不再从事该类业务", "merged": "企业合并、分立或者重组", "other": "其他"}
SHOWN = CancellationShown()
STANDS = OwnQualification((LicenceStatus.IN_FORCE, LicenceStatus.EXPIRED, LicenceStatus.SUSPENDED))

eq_cancel = Procedure(
    key="eq.cancel",
    code="EQZX",
    title="建筑业企业资质注销",
    title_en="Cancellation of a construction enterprise's qualification",
    edition=EDITION,
    basis=f"{RULES}第三十条",
    decision_days=DECISION_DAYS,
    decided_by=LevelOfLicence(),
    initiator=EMPLOYER,
    roles=OFFICE_ROLES,
    parties_from=APPOINTED_HERE,
    licence_field="licence_no",
    form=(
        Section(
            "注销",
            (
                LICENCE_NO,
                Field("cancel_reason", "注销原因", "Reason", FieldType.CHOICE, choices=REASONS),
                Field("explanation", "情况说明", "Explanation", FieldType.LONG_TEXT, most=300),
                *REPRESENTATIVE, *CONTACT, ATTACHMENTS,
            ),
            "Cancellation",
        ),
    ),
    steps=(
        *signed_in_order(
            CHANGE_FORM, REPRESENTATIVE_ROLE, EMPLOYER, by=EMPLOYER, shows=(SHOWN,), provided=(STANDS, *SIGNATORIES),
        ),
        *taken_in(),
        *reviewed(),
        Step(
            "grant", "注销", by=AUTHORITY, at=Stage.REVIEWED, to=Stage.CLOSED, provided=(STANDS,), level=Level.DECIDE,
            changes=(SetLicenceStatus(LicenceStatus.CANCELLED),),
            then=(*form_closed(CHANGE_FORM), *notice_sent("cancellation_decision", SHOWN)), title_en="Cancel the licence",
        ),
        Step(
            "refuse", "不予许可", by=AUTHORITY, at=Stage.REVIEWED, to=Stage.REFUSED, then=notice_sent("refusal_notice"),
            reason_required=True, level=Level.DECIDE, title_en="Refuse",
        ),
    ),
    deadlines=(handled_within(15), TO_ACCEPT, TO_CORRECT, to_decide(DECISION_DAYS)),
    summary="企业终止或者不再从事该类业务的，申请注销资质证书。",
    summary_en="An enterprise that ends, or does such work no more, gives the licence up.",
)  # fmt: skip
