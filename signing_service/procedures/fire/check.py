"""抽查: what was drawn is checked on site within fifteen working days, by two officers at least (domain text, §14)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.domain.fire import FireMatter
from signing_service.domain.staff import Level
from signing_service.procedures.fire.common import (
    AUTHORITY,
    DEVELOPER,
    OFFICERS,
    PLATFORM,
    PROJECT_NO,
    REGULATION,
    SITE_RECORD,
    document_sent,
    inspected,
    settled,
)
from signing_service.procedures.shared import AUTHORITY as BY_AUTHORITY
from signing_service.procedures.shared import PLATFORM as BY_PLATFORM
from signing_service.workflows.changes_of_fire import RecordFireResult
from signing_service.workflows.checks_of_fire import SiteConcluded
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import TakeStep
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step
from signing_service.workflows.shown_of_fire import Concluded, NumberIn, NumberOf, OfDraw, OfProject, Visited

NOTICE, RESULT = "fs_draw_notice", "fs_check_notice"
DAYS = 15
RECEIPT_NO = NumberIn("receipt_no", "fs_receipt", "record_no")
LETTER = (OfProject(), RECEIPT_NO, Visited(), NumberOf("site_record_no", SITE_RECORD))

check = Procedure(
    key="fs.check",
    code="XFCC",
    title="消防验收备案抽查",
    title_en="Check of a fire safety filing",
    edition=date(2026, 1, 1),
    basis=f"{REGULATION}第三十八条",
    decision_days=DAYS,
    decided_at=RegionLevel.COUNTY,
    initiator=DEVELOPER,
    initiators=(PLATFORM,),
    roles=(DEVELOPER, AUTHORITY, PLATFORM),
    project_field="project_no",
    on_offer=False,
    form=(
        Section(
            "被抽中的备案",
            (
                PROJECT_NO,
                Field("record_no", "备案办件编号", "Dossier of the filing", FieldType.TEXT, most=18),
                Field("recorded_on", "备案日期", "Filed on", FieldType.DATE),
                Field("draw_no", "抽取记录编号", "Record of the draw", FieldType.TEXT, most=18),
                Field("drawn_on", "抽取日期", "Drawn on", FieldType.DATE),
                Field("address", "工程地址", "Address of the works", FieldType.TEXT, most=100),
            ),
            "The filing that was drawn",
        ),
    ),
    steps=(
        Step("open", "抽中立案", by=BY_PLATFORM, at=Stage.DRAFT, to=Stage.CONFIRMED, title_en="Open"),
        Step(
            "arrange", "安排检查", by=BY_AUTHORITY, at=Stage.CONFIRMED, to=Stage.EXTERNAL, level=Level.ACCEPT,
            form=(Field("check_on", "检查日期", "Day of the check", FieldType.DATE, not_before="today"), OFFICERS),
            then=document_sent(NOTICE, OfProject(), RECEIPT_NO, OfDraw()), title_en="Arrange the check",
        ),
        inspected("现场检查", "Check on site", at=Stage.EXTERNAL, to=Stage.REVIEWED, occasion="check"),
        Step(
            "send_back", "退回现场检查", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.EXTERNAL, reason_required=True,
            level=Level.DECIDE, title_en="Send back to the site",
        ),
        Step(
            "pass", "审核：合格", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.ISSUING, level=Level.DECIDE,
            provided=(SiteConcluded(passed=True),),
            then=(*document_sent(RESULT, *LETTER, Concluded(passed=True)), TakeStep("issue")), title_en="Passed",
        ),
        Step(
            "fail", "审核：不合格", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.REFUSED, level=Level.DECIDE,
            provided=(SiteConcluded(passed=False),),
            form=(Field("rectify_by", "整改期限", "To be put right by", FieldType.DATE, not_before="today"),),
            changes=(RecordFireResult(FireMatter.CHECK, passed=False, template=RESULT),),
            then=document_sent(RESULT, *LETTER, Concluded(passed=False)), reason_required=True,
            title_en="Not passed: stop using it and put it right",
        ),
        settled(RecordFireResult(FireMatter.CHECK, passed=True, template=RESULT)),
    ),
    deadlines=(Deadline("check", (Stage.CONFIRMED, Stage.EXTERNAL, Stage.REVIEWED), working(DAYS), paused_at=()),),
    summary="备案被随机抽中的，十五个工作日内现场检查；不合格的停止使用，整改后申请复查。",
    summary_en="A filing that was drawn is checked on site within fifteen working days.",
)  # fmt: skip
