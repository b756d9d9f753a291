"""资质延续: for five years more, applied for three months before the end (管理规定 第十八条; domain text, §11.4)."""

from __future__ import annotations

from signing_service.domain.expiry import MONTHS_TO_RENEW
from signing_service.domain.licences import LicenceType
from signing_service.procedures.qualification.apply import PEOPLE
from signing_service.procedures.qualification.form import ENTERPRISE, FILES, LICENCE_NO, MEANS, OFFICERS, STAFF
from signing_service.procedures.qualification.licences import RENEWED, ApplicationShown, NoticeShown
from signing_service.procedures.qualification.steps import (
    APPOINTED,
    DEADLINES,
    DECISION_DAYS,
    EDITION,
    EMPLOYER,
    FORM,
    LEADER,
    PUBLIC_DAYS,
    REPRESENTATIVE,
    ROLES,
    RULES,
    SIGNATORIES,
    examined,
    recalling,
)
from signing_service.procedures.shared import decided, form_closed, issued, licence_issued, signed_in_order, taken_in
from signing_service.workflows.changes import ListStaff
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_qualifications import (
    MeetsStandard,
    NoObjectionHolds,
    OwnQualification,
    ProfessionalsConfirmed,
    RenewedInTime,
)
from signing_service.workflows.effects import AskProfessionals, RenderLicence
from signing_service.workflows.procedure import Procedure, Section
from signing_service.workflows.qualifying import LevelOfLicence

MONTHS = MONTHS_TO_RENEW[LicenceType.QUALIFICATION]

eq_renew = Procedure(
    key="eq.renew",
    code="EQYX",
    title="建筑业企业资质延续",
    title_en="Renewal of a construction enterprise's qualification",
    edition=EDITION,
    basis=f"{RULES}第十八条",
    decision_days=DECISION_DAYS,
    decided_by=LevelOfLicence(),
    initiator=EMPLOYER,
    roles=ROLES,
    parties_from=APPOINTED,
    licence_field="licence_no",
    form=(Section("延续的证书", (LICENCE_NO,), "The licence"), ENTERPRISE, OFFICERS, STAFF, MEANS, FILES),
    steps=(
        *recalling(
            (
                *signed_in_order(
                    FORM, LEADER, REPRESENTATIVE, EMPLOYER, by=EMPLOYER, shows=(ApplicationShown("renew"),),
                    provided=(
                        OwnQualification(), RenewedInTime(MONTHS), *SIGNATORIES, HasKey(LEADER), *PEOPLE, MeetsStandard(),
                    ),
                    before=(ProfessionalsConfirmed(),), prepared=(ListStaff(),), then=(AskProfessionals("eq.confirm"),),
                ),
                *taken_in(),
            )
        ),
        *examined(NoticeShown(PUBLIC_DAYS)),
        *decided(
            (*form_closed(FORM), *licence_issued(RenderLicence(LicenceType.QUALIFICATION, RENEWED))),
            provided=(OwnQualification(), NoObjectionHolds(), *PEOPLE),
        ),
        issued(),
    ),
    deadlines=DEADLINES,
    summary="有效期届满三个月前申请，证书上的全部资质延续五年。",
    summary_en="Three months before the end: everything on the licence for five years more.",
)  # fmt: skip
