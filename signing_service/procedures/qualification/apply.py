"""资质认定: a first qualification, a further one, or a higher grade (管理规定 第十四条; domain text, §11)."""

from __future__ import annotations

from signing_service.domain.licences import LicenceType
from signing_service.procedures.qualification.form import ENTERPRISE, FILES, MEANS, OFFICERS, REQUEST, STAFF
from signing_service.procedures.qualification.licences import GRANTED, ApplicationShown, NoticeShown
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
from signing_service.workflows.changes import CancelOvertaken, ListStaff
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_qualifications import (
    FitsWhatIsHeld,
    MeetsStandard,
    NoObjectionHolds,
    OneIssuer,
    ProfessionalsConfirmed,
    StaffNotListedElsewhere,
    StaffUsable,
)
from signing_service.workflows.effects import AskProfessionals, RenderLicence
from signing_service.workflows.procedure import Procedure
from signing_service.workflows.qualifying import LevelOfRequested

PEOPLE = (StaffUsable(), StaffNotListedElsewhere())

eq_apply = Procedure(
    key="eq.apply",
    code="EQSQ",
    title="建筑业企业资质认定",
    title_en="A construction enterprise's qualification",
    edition=EDITION,
    basis=f"{RULES}第十四条",
    decision_days=DECISION_DAYS,
    decided_by=LevelOfRequested(),
    initiator=EMPLOYER,
    roles=ROLES,
    parties_from=APPOINTED,
    licence_field="licence_no",
    form=(REQUEST, ENTERPRISE, OFFICERS, STAFF, MEANS, FILES),
    steps=(
        *recalling(
            (
                *signed_in_order(
                    FORM, LEADER, REPRESENTATIVE, EMPLOYER, by=EMPLOYER, shows=(ApplicationShown(),),
                    provided=(OneIssuer(), FitsWhatIsHeld(), *SIGNATORIES, HasKey(LEADER), *PEOPLE, MeetsStandard()),
                    before=(ProfessionalsConfirmed(),), prepared=(ListStaff(),), then=(AskProfessionals("eq.confirm"),),
                ),
                *taken_in(),
            )
        ),
        *examined(NoticeShown(PUBLIC_DAYS)),
        *decided(
            (*form_closed(FORM), *licence_issued(RenderLicence(LicenceType.QUALIFICATION, GRANTED))),
            provided=(NoObjectionHolds(), *PEOPLE),
        ),
        issued(CancelOvertaken(EMPLOYER)),
    ),
    deadlines=DEADLINES,
    summary="首次申请、增项、升级：专业人员、技术负责人、法定代表人依次签名，企业盖章，经审查、公示后发证，有效五年。",
    summary_en="First, further or higher: professionals and officers sign, the enterprise seals; five years when granted.",
)  # fmt: skip
