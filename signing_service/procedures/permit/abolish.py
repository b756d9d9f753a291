"""施工许可证自行废止: neither begun nor extended in time, the permit has lost its force, and the developer is told
(建筑法 第九条). The platform begins it by itself.
"""

from __future__ import annotations

from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.procedures.permit.common import AUTHORITY, DEVELOPER, EDITION, LAW, PLATFORM, the_permit
from signing_service.procedures.shared import PLATFORM as BY_PLATFORM
from signing_service.procedures.shared import notice_sent
from signing_service.workflows.changes_of_permits import EndPermit
from signing_service.workflows.effects import TakeStep
from signing_service.workflows.procedure import Ending, Procedure, Step
from signing_service.workflows.shown_of_permits import AbolitionShown

NOTICE = "pm_abolish_notice"

LAPSED = Ending(
    "void", "施工许可证已自行废止", "The permit has lapsed", "不得再凭该证施工；拟继续建设的，请重新申请施工许可。",
    "Nothing may be built under it any more: to go on, apply for a new permit.",
)  # fmt: skip

abolish = Procedure(
    key="pm.abolish",
    code="SGFZ",
    title="施工许可证自行废止",
    title_en="A construction permit lapses",
    edition=EDITION,
    basis=f"{LAW}第九条",
    decision_days=0,
    initiator=DEVELOPER,
    initiators=(PLATFORM,),
    roles=(DEVELOPER, AUTHORITY, PLATFORM),
    project_field="project_no",
    licence_field="licence_no",
    on_offer=False,
    form=(the_permit(),),
    steps=(
        Step(
            "abolish", "自行废止", by=BY_PLATFORM, at=Stage.DRAFT, to=Stage.ISSUING,
            changes=(EndPermit(LicenceStatus.EXPIRED),),
            then=(*notice_sent(NOTICE, AbolitionShown()), TakeStep("issue")), title_en="Lapse",
        ),
        Step("issue", "送达通知", by=BY_PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED, title_en="Deliver the notice", ending=LAPSED),
    ),
    summary="逾期既不开工也不延期的施工许可证，由平台自动登记失效并发出通知。",
    summary_en="A permit under which works neither began nor were put off in time is entered as lapsed.",
)  # fmt: skip
