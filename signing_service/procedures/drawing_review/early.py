"""早期项目报审: what passed review before the platform began is entered by the agency that passed it (domain text, §13.4)."""

from __future__ import annotations

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.sheets import SUBJECTS
from signing_service.procedures.drawing_review.common import (
    AGENCY,
    AGENCY_USCC,
    APPROVALS,
    AUTHORITY,
    BASIS,
    BY_AGENCY,
    BY_HEAD,
    DEVELOPER,
    EDITION,
    HEAD,
    PROJECT_NO,
    SCALE,
    SPECIAL,
    UNIT_WORKS,
    applied,
    lapsed,
    pass_issued,
    taken_in_by_agency,
)
from signing_service.procedures.shared import PLATFORM, TO_ACCEPT, TO_CORRECT
from signing_service.workflows.changes import PutLicenceInForce, VoidForm
from signing_service.workflows.changes_of_reviews import EnterEarlyPass
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_projects import EarlyProject, ProjectKnown, ReachedBefore, UnitWorksKnown
from signing_service.workflows.checks_of_reviews import AgencyListed, NoPassYet
from signing_service.workflows.deadlines import Deadline
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step
from signing_service.workflows.shown_of_reviews import OfBackfilledPass, OfEarlyPass, OfReviewedProject

GRADES = {
    "large": "大型", "medium": "中型", "small": "小型", "first": "勘察甲级", "other": "勘察乙级及以下",
}  # fmt: skip
FOUND = (
    Field("reviewers", "各专业审查人员（注册号）", "Experts of the disciplines", FieldType.LONG_TEXT, most=300),
    Field(
        "first_pass", "一次审查是否通过", "Passed at first", FieldType.CHOICE,
        choices={"yes": "一次通过", "no": "未一次通过"},
    ),
    Field("mandatory_count", "违反强条数", "Mandatory clauses violated", FieldType.INTEGER, least=0, most=999),
)  # fmt: skip

early = Procedure(
    key="rv.early",
    code="ZQSC",
    title="早期项目报审",
    title_en="Review that an early project passed",
    edition=EDITION,
    basis=BASIS,
    decision_days=10,
    initiator=DEVELOPER,
    roles=(DEVELOPER, AGENCY, HEAD, AUTHORITY, SignatoryRole.PLATFORM),
    project_field="project_no",
    parties_from={AGENCY: "review_agency_uscc"},
    represented={HEAD: AGENCY},
    decided_at=RegionLevel.COUNTY,
    form=(
        Section(
            "早期项目审查情况",
            (
                PROJECT_NO,
                UNIT_WORKS,
                Field(
                    "subject", "审查对象", "What was reviewed", FieldType.CHOICE,
                    choices={kind.value: name for kind, name in SUBJECTS.items()},
                ),
                AGENCY_USCC,
                Field("milestone_on", "审查合格日期", "Passed on", FieldType.DATE, not_after="today"),
                Field("former_pass_no", "原合格书编号", "Number of the 合格书", FieldType.TEXT, most=40),
                Field("engineering_grade", "工程（勘察）等级", "Grade", FieldType.CHOICE, choices=GRADES),
                SCALE,
                SPECIAL,
                APPROVALS,
                Field("pass_scan", "原审查合格书扫描件", "Scan of the 合格书", FieldType.FILE),
            ),
            "What was reviewed",
        ),
    ),
    steps=(
        *applied(
            Stage.CONFIRMED,
            provided=(
                ProjectKnown(), EarlyProject(), ReachedBefore("review"), UnitWorksKnown(), NoPassYet(), AgencyListed(),
                HasKey(DEVELOPER),
            ),
            shows=(OfReviewedProject(), OfEarlyPass()),
            fix=None,
        ),
        Step(
            "accept", "核对并补录", by=BY_AGENCY, at=Stage.CONFIRMED, to=Stage.REVIEWED, form=FOUND,
            then=taken_in_by_agency(), title_en="Check it and enter it",
        ),
        Step(
            "return", "退回补正", by=BY_AGENCY, at=Stage.CONFIRMED, to=Stage.CORRECTION, changes=(VoidForm(),),
            reason_required=True, form_goes_back=True, title_en="Return for correction",
        ),
        Step(
            "not_accept", "不予受理", by=BY_AGENCY, at=Stage.CONFIRMED, to=Stage.NOT_ACCEPTED,
            reason_required=True, title_en="Do not accept",
        ),
        lapsed(),
        Step(
            "grant", "签发合格书", by=BY_HEAD, at=Stage.REVIEWED, to=Stage.ISSUING, then=pass_issued(OfBackfilledPass()),
            provided=(NoPassYet(),), title_en="Sign the 合格书",
        ),
        Step(
            "issue", "制证", by=PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED,
            changes=(PutLicenceInForce(), EnterEarlyPass()), title_en="Issue",
        ),
    ),
    deadlines=(Deadline(TO_ACCEPT.key, TO_ACCEPT.stages, TO_ACCEPT.limit), TO_CORRECT),
    summary="平台启用前已审查合格的早期项目，由原审查机构核对后补录审查合格书，不上传图纸。",
    summary_en="For an early project that passed review before the platform began: its agency enters the 合格书, and no "
    "sheets are uploaded.",
)  # fmt: skip
