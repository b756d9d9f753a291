"""复查: what failed a check was put right, the developer reports it, and it is seen again within seven working days."""

from __future__ import annotations

from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.domain.fire import FireMatter
from signing_service.domain.staff import Level
from signing_service.procedures.fire.common import (
    AUTHORITY,
    DEVELOPER,
    OTHER_FILES,
    PLATFORM,
    PROJECT_NO,
    REGULATION,
    SITE_RECORD,
    document_sent,
    inspected,
    letter_and_form,
    settled,
)
from signing_service.procedures.shared import AUTHORITY as BY_AUTHORITY
from signing_service.procedures.shared import written_and_signed
from signing_service.workflows.changes_of_fire import RecordFireResult
from signing_service.workflows.checks_of_fire import CheckFailedBefore, SignersHaveKeys, SiteConcluded
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step
from signing_service.workflows.shown_of_fire import Concluded, NumberIn, NumberOf, OfProject, Visited

FORM, RESULT = "fs_recheck_form", "fs_recheck_notice"
DAYS = 7
CHECK_NOTICE_NO = NumberIn("check_notice_no", "fs_check_notice", "check_no")
LETTER = (OfProject(), CHECK_NOTICE_NO, Visited(), NumberOf("site_record_no", SITE_RECORD))


def _reported() -> tuple[Step, ...]:
    """Written, seen and sealed; nothing is returned for correction: what is missing is found on site."""
    written = written_and_signed(
        FORM,
        by=DEVELOPER,
        to=Stage.CONFIRMED,
        provided=(CheckFailedBefore(), SignersHaveKeys((DEVELOPER,))),
        shows=(OfProject(), CHECK_NOTICE_NO),
    )
    return tuple(step for step in written if step.at is not Stage.CORRECTION)


recheck = Procedure(
    key="fs.recheck",
    code="XFFC",
    title="消防验收备案抽查不合格复查",
    title_en="Second check after a failed one",
    edition=date(2026, 1, 1),
    basis=f"{REGULATION}第三十九条",
    decision_days=DAYS,
    decided_at=RegionLevel.COUNTY,
    initiator=DEVELOPER,
    roles=(DEVELOPER, AUTHORITY, PLATFORM),
    project_field="project_no",
    form=(
        Section(
            "整改情况",
            (
                PROJECT_NO,
                Field("check_no", "抽查办件编号", "Dossier of the failed check", FieldType.TEXT, most=18),
                Field("address", "工程地址", "Address of the works", FieldType.TEXT, most=100),
                Field("mobile", "联系电话", "Telephone", FieldType.PHONE),
                Field("rectified_on", "整改完成日期", "Put right on", FieldType.DATE, not_after="today"),
                Field("rectification", "整改情况", "How it was put right", FieldType.LONG_TEXT, most=1000),
                Field("proof", "整改证明材料", "Proof", FieldType.FILE),
                OTHER_FILES,
            ),
            "How it was put right",
        ),
    ),
    steps=(
        *_reported(),
        inspected("现场复查", "Check on site again", at=Stage.CONFIRMED, to=Stage.REVIEWED, occasion="recheck"),
        Step(
            "send_back", "退回现场复查", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.CONFIRMED, reason_required=True,
            level=Level.DECIDE, title_en="Send back to the site",
        ),
        Step(
            "pass", "审核：合格", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.ISSUING, level=Level.DECIDE,
            provided=(SiteConcluded(passed=True),),
            then=letter_and_form(RESULT, FORM, *LETTER, Concluded(passed=True)), title_en="Passed",
        ),
        Step(
            "fail", "审核：不合格", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.REFUSED, level=Level.DECIDE,
            provided=(SiteConcluded(passed=False),),
            form=(Field("rectify_by", "整改期限", "To be put right by", FieldType.DATE, not_before="today"),),
            changes=(RecordFireResult(FireMatter.RECHECK, passed=False, template=RESULT),),
            then=document_sent(RESULT, *LETTER, Concluded(passed=False)), reason_required=True,
            title_en="Not passed again",
        ),
        settled(RecordFireResult(FireMatter.RECHECK, passed=True, template=RESULT)),
    ),
    deadlines=(Deadline("recheck", (Stage.CONFIRMED, Stage.REVIEWED), working(DAYS), paused_at=()),),
    summary="抽查不合格的，整改完成后申请复查，七个工作日内复查并出具复查结果通知书。",
    summary_en="What failed a check was put right: it is seen again within seven working days.",
)  # fmt: skip
