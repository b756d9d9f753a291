"""消防验收: taken in, assessed on site by two officers at least, 初审, 终审; fifteen working days (domain text, §14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.fire import FireMatter
from signing_service.domain.projects import SectionKind
from signing_service.domain.staff import Level
from signing_service.procedures.fire.common import (
    AUTHORITY,
    DEVELOPER,
    INSPECTED,
    OTHER_FILES,
    PERMIT,
    PLATFORM,
    REGULATION,
    REPRESENTATIVE,
    SHOWN_OF_WORKS,
    SITE_RECORD,
    THE_DEVELOPER,
    document_sent,
    inspected,
    letter_and_form,
    settled,
    shown_on_form,
    the_works,
    units,
    written_and_confirmed,
)
from signing_service.procedures.shared import AUTHORITY as BY_AUTHORITY
from signing_service.procedures.shared import TO_ACCEPT, TO_CORRECT, handled_within, taken_in
from signing_service.workflows.changes_of_fire import RecordFireResult
from signing_service.workflows.checks_of_fire import (
    DesignUnchanged,
    FireDesignPassed,
    OwnInspectionPassed,
    PermitOfProject,
    SiteConcluded,
    SpecialProject,
)
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, all_of
from signing_service.workflows.shown_of_fire import Concluded, NumberOf, OfDesign, Visited

FORM, OPINION = "fs_accept_form", "fs_accept_op"
UNITS = (SignatoryRole.DESIGNER, SignatoryRole.BUILDER, SignatoryRole.SUPERVISOR)
KINDS = (SectionKind.DESIGN, SectionKind.CONSTRUCTION, SectionKind.SUPERVISION)
DAYS = 15
LETTER = (*SHOWN_OF_WORKS, Visited(), NumberOf("site_record_no", SITE_RECORD))


def _taken_in_for_the_visit() -> tuple[Step, ...]:
    return tuple(replace(step, to=Stage.EXTERNAL) if step.to is Stage.ACCEPTED else step for step in taken_in())


accept = Procedure(
    key="fs.accept",
    code="XFYS",
    title="特殊建设工程消防验收",
    title_en="Fire safety acceptance",
    edition=date(2026, 1, 1),
    basis=f"{REGULATION}第四章",
    decision_days=DAYS,
    decided_at=RegionLevel.COUNTY,
    initiator=DEVELOPER,
    roles=(DEVELOPER, REPRESENTATIVE, *UNITS, AUTHORITY, PLATFORM),
    project_field="project_no",
    parties_of_project=UNITS,
    parties_from={REPRESENTATIVE: "legal_representative_id_no"},
    form=(
        THE_DEVELOPER,
        the_works(
            *PERMIT,
            Field(
                "special_design", "特殊消防设计", "Special fire protection design", FieldType.CHOICE,
                choices={"yes": "是", "no": "否"},
            ),
        ),
        units(*KINDS, others=True),
        Section("竣工验收消防查验", INSPECTED, "Own fire inspection"),
        Section(
            "申请材料",
            (
                Field("completion_report", "工程竣工验收报告", "Report of completion", FieldType.FILE),
                Field("as_built", "涉及消防的建设工程竣工图纸", "As-built drawings", FieldType.FILE),
                OTHER_FILES,
            ),
            "Documents",
        ),
    ),
    steps=(
        *written_and_confirmed(
            FORM, by=all_of(*UNITS, REPRESENTATIVE),
            provided=(SpecialProject(), FireDesignPassed(), DesignUnchanged(), OwnInspectionPassed(), PermitOfProject()),
            shows=shown_on_form(*KINDS, more=(OfDesign(),)),
        ),
        *_taken_in_for_the_visit(),
        inspected("现场评定", "Assess on site", at=Stage.EXTERNAL, to=Stage.ACCEPTED, occasion="accept"),
        Step(
            "repeat", "退回现场评定", by=BY_AUTHORITY, at=Stage.ACCEPTED, to=Stage.EXTERNAL, reason_required=True,
            level=Level.REVIEW, title_en="Send back to the site",
        ),
        Step(
            "review", "初审", by=BY_AUTHORITY, at=Stage.ACCEPTED, to=Stage.REVIEWED, level=Level.REVIEW,
            title_en="First review",
        ),
        Step(
            "send_back", "退回初审", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.ACCEPTED, reason_required=True,
            level=Level.DECIDE, title_en="Send back a level",
        ),
        Step(
            "grant", "终审合格", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.ISSUING, level=Level.DECIDE,
            provided=(SiteConcluded(passed=True),),
            then=letter_and_form(OPINION, FORM, *LETTER, Concluded(passed=True)), title_en="Passed",
        ),
        Step(
            "refuse", "终审不合格", by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.REFUSED, level=Level.DECIDE,
            changes=(RecordFireResult(FireMatter.ACCEPTANCE, passed=False, template=OPINION),),
            then=document_sent(OPINION, *LETTER, Concluded(passed=False)), reason_required=True, title_en="Not passed",
        ),
        settled(RecordFireResult(FireMatter.ACCEPTANCE, passed=True, template=OPINION)),
    ),
    deadlines=(
        handled_within(10),
        TO_ACCEPT,
        TO_CORRECT,
        Deadline("decide", (Stage.EXTERNAL, Stage.ACCEPTED, Stage.REVIEWED), working(DAYS)),
    ),
    summary="消防设计审查合格的特殊建设工程竣工后申请；两名以上人员现场评定，未经验收合格不得投入使用。",
    summary_en="When special works are complete: two officers or more assess them on site; not to be used before they pass.",
)  # fmt: skip
