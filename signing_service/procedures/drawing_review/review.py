"""勘察文件报审、施工图设计文件报审: applied for, taken in, reviewed in rounds, passed or not, filed (domain text, §10.5).

    prepared - sealed by the developer -> agency takes it in, appoints experts -> experts review, each concludes
      -> the opinions are drawn up -> every expert signs them -> the agency seals them
      -> sent, clock stands still -> the unit answers each, hands over new versions -> reviewed again
      -> everything passes -> the agency's head signs -> every sheet sealed, 合格书 issued -> filed with the authority
      -> or not passed: returned to the developer with reasons

Limits: 15 working days for large works and 10 for others, a survey 7 (甲级) or 5 (13号令 第十一条); neither the time in
which the unit changes its work nor that of reviewing it anew counts: the clock goes on once it has passed.
"""

from __future__ import annotations

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.projects import SectionKind
from signing_service.domain.sheets import DISCIPLINES, SUBJECTS
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
    TO_FILE,
    UNIT_WORKS,
    applied,
    lapsed,
    pass_issued,
    taken_in_by_agency,
)
from signing_service.procedures.shared import PLATFORM, TO_ACCEPT, TO_CORRECT
from signing_service.workflows.changes import PutLicenceInForce, VoidForm
from signing_service.workflows.changes_of_reviews import (
    AppointExperts,
    AskForChanges,
    FailReview,
    FixSheetList,
    GiveUpReview,
    OpenRound,
    PassReview,
    ReviewAnew,
)
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_projects import ProjectKnown, UnitWorksKnown
from signing_service.workflows.checks_of_reviews import (
    AgencyListed,
    EveryExpertConcluded,
    EveryOpinionAnswered,
    EverythingPasses,
    ExpertsFit,
    FirstOrChange,
    OpinionsOpen,
    SheetListUnchanged,
    SheetsReady,
    SurveyPassed,
)
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import ProveAndArchive, RenderNotice, Seal, Shown
from signing_service.workflows.effects_of_reviews import ReportViolations
from signing_service.workflows.effects_of_sheets import SealSheets
from signing_service.workflows.procedure import (
    Check,
    Effect,
    Ending,
    Field,
    FieldType,
    Procedure,
    Section,
    Step,
    all_of,
    any_of,
)
from signing_service.workflows.review_experts import EXPERTS, ExpertsTakePart
from signing_service.workflows.shown_of_reviews import (
    REVIEWS,
    OfOpinions,
    OfPass,
    OfRefusal,
    OfReviewedProject,
    OfSheets,
)

VIOLATIONS = "rv.violations"
OPINION, NOTICE = "rv_opinion", "rv_notice"
GRADES = {
    SectionKind.SURVEY: {"first": "甲级", "other": "乙级及以下"},
    SectionKind.DESIGN: {"large": "大型", "medium": "中型", "small": "小型"},
}
DAYS = {
    SectionKind.SURVEY: ((7, ("first",)), (5, ("other",))),
    SectionKind.DESIGN: ((15, ("large",)), (10, ("medium", "small"))),
}


def _letter(template: str, *shows: Shown) -> tuple[Effect, ...]:
    """Of the agency: sealed, proven, archived."""
    return (RenderNotice(template, shows, AGENCY), Seal(template, AGENCY), ProveAndArchive(template))


def _form(kind: SectionKind) -> tuple[Section, ...]:
    kinds = {code: name for code, name in REVIEWS.items() if (code == "survey") is (kind is SectionKind.SURVEY)}
    return (
        Section(
            "申请审查",
            (
                PROJECT_NO,
                UNIT_WORKS,
                AGENCY_USCC,
                Field("review_kinds", "审查类别", "What is reviewed", FieldType.CHOICES, choices=kinds, least=1),
                Field(
                    "review_nature", "审查性质", "First review or a change", FieldType.CHOICE,
                    choices={"first": "首次", "change": "变更"},
                ),
                Field(
                    "former_pass_no", "原合格书编号", "Number of the 合格书 to be changed", FieldType.LICENCE_NO,
                    visible_if=("review_nature", ("change",)),
                ),
                Field(
                    "engineering_grade", "工程等级" if kind is SectionKind.DESIGN else "勘察等级", "Grade",
                    FieldType.CHOICE, choices=GRADES[kind],
                ),
                SCALE,
                SPECIAL,
                APPROVALS,
            ),
            "What is to be reviewed",
        ),
    )  # fmt: skip


def _experts(kind: SectionKind) -> Field:
    return Field(
        "experts", "审查人员", "Experts", FieldType.ROWS, least=1,
        hint="每个送审专业一人，不得与建设单位、编制单位有利害关系。",
        hint_en="One for each discipline, who belongs neither to the developer nor to the unit.",
        rows=(
            Field("discipline", "专业", "Discipline", FieldType.CHOICE, choices=DISCIPLINES[kind]),
            Field("id_no", "身份证号码", "ID number", FieldType.ID_NO),
            Field("registration_no", "注册号", "Registration number", FieldType.TEXT, most=40),
        ),
    )  # fmt: skip


def _appointed(kind: SectionKind, at: Stage) -> Step:
    """Who does not go on is replaced by another, who signs in that place; what was drawn up before counts no more."""
    anew = (ReviewAnew(),) if at is Stage.SIGNING else ()
    return Step(
        "reappoint", "另行指定审查人员", by=BY_AGENCY, at=at, to=Stage.ACCEPTED, form=(_experts(kind),),
        provided=(ExpertsFit(kind, "reappoint"),), changes=(*anew, AppointExperts("reappoint")),
        appoints=ExpertsTakePart(), reason_required=True, form_goes_back=bool(anew), optional=True,
        title_en="Appoint other experts",
    )  # fmt: skip


def _signed(kind: SectionKind) -> tuple[Step, ...]:
    """审查意见书: nobody has concluded before having signed what was drawn up."""
    return (
        Step(
            "draw_up", "汇总审查意见", by=PLATFORM, at=Stage.ACCEPTED, to=Stage.SIGNING,
            provided=(EveryExpertConcluded(),), then=(RenderNotice(OPINION, (OfOpinions(kind),), AGENCY),),
            title_en="Draw up the opinions",
        ),
        _appointed(kind, Stage.ACCEPTED),
        Step(
            "confirm", "签署审查意见书", by=all_of(*EXPERTS), at=Stage.SIGNING, to=Stage.SIGNED,
            then=tuple(Seal(OPINION, role) for role in EXPERTS), title_en="Sign the opinions",
        ),
        Step(
            "decline", "不签署，重新审查", by=any_of(*EXPERTS), at=Stage.SIGNING, to=Stage.ACCEPTED,
            changes=(ReviewAnew(),), reason_required=True, form_goes_back=True, title_en="Do not sign: review anew",
        ),
        _appointed(kind, Stage.SIGNING),
    )  # fmt: skip


def _taken_in(kind: SectionKind) -> tuple[Step, ...]:
    return (
        Step(
            "accept", "受理并指定审查人员", by=BY_AGENCY, at=Stage.CONFIRMED, to=Stage.ACCEPTED, form=(_experts(kind),),
            provided=(SheetListUnchanged(kind), ExpertsFit(kind, "accept")), changes=(AppointExperts("accept"),),
            appoints=ExpertsTakePart(), then=taken_in_by_agency(), title_en="Take in and appoint experts",
        ),
        Step(
            "return", "退回补正", by=BY_AGENCY, at=Stage.CONFIRMED, to=Stage.CORRECTION,
            changes=(VoidForm(), GiveUpReview()),
            reason_required=True, form_goes_back=True, title_en="Return for correction",
        ),
        Step(
            "not_accept", "不予受理", by=BY_AGENCY, at=Stage.CONFIRMED, to=Stage.NOT_ACCEPTED,
            changes=(GiveUpReview(),), reason_required=True, title_en="Do not accept",
        ),
        lapsed(),
    )  # fmt: skip


def _rounds(kind: SectionKind) -> tuple[Step, ...]:
    opinions = (Seal(OPINION, AGENCY), ProveAndArchive(OPINION))
    return (
        Step(
            "ask_changes", "发出审查意见", by=BY_AGENCY, at=Stage.SIGNED, to=Stage.SUBMITTED,
            provided=(OpinionsOpen(),), changes=(AskForChanges(),), then=opinions,
            title_en="Send the opinions",
        ),
        # papers of the next round are of a version of their own
        Step(
            "reply", "回复意见并送复审", by=any_of(kind.contractor), at=Stage.SUBMITTED, to=Stage.ACCEPTED,
            provided=(EveryOpinionAnswered(kind),), changes=(OpenRound(),), form_goes_back=True,
            title_en="Hand in replies and new versions",
        ),
        Step(
            "conclude", "审查合格", by=BY_AGENCY, at=Stage.SIGNED, to=Stage.REVIEWED,
            provided=(EverythingPasses(),), then=opinions, title_en="It has passed",
        ),
        Step(
            "fail", "审查不合格", by=BY_AGENCY, at=Stage.SIGNED, to=Stage.REFUSED,
            provided=(OpinionsOpen(),), changes=(FailReview(),),
            then=(*opinions, *_letter(NOTICE, OfRefusal(kind)), ReportViolations(VIOLATIONS)), reason_required=True, title_en="It has not passed",
            ending=Ending("void", "审查不合格", "It has not passed", "审查意见见下方文书。", "The document below has the opinions."),
        ),
    )  # fmt: skip


def _decided(kind: SectionKind) -> tuple[Step, ...]:
    return (
        Step(
            "grant", "签发合格书", by=BY_HEAD, at=Stage.REVIEWED, to=Stage.ISSUING, provided=(EverythingPasses(),),
            then=(SealSheets(AGENCY), *pass_issued(OfPass(kind))), title_en="Sign the 合格书",
        ),
        Step(
            "send_back", "退回审查", by=BY_HEAD, at=Stage.REVIEWED, to=Stage.ACCEPTED, changes=(ReviewAnew(),),
            reason_required=True, form_goes_back=True, title_en="Send back to be reviewed",
        ),
        Step(
            "issue", "制证", by=PLATFORM, at=Stage.ISSUING, to=Stage.EXTERNAL,
            changes=(PutLicenceInForce(), PassReview()), title_en="Issue",
        ),
        Step("file", "报主管部门备案", by=BY_AGENCY, at=Stage.EXTERNAL, to=Stage.CLOSED, title_en="File with the authority"),
    )  # fmt: skip


def _reviewed(kind: SectionKind, code: str, title_en: str, *more: Check) -> Procedure:
    provided: tuple[Check, ...] = (
        ProjectKnown(), UnitWorksKnown(), *more, AgencyListed(), FirstOrChange(kind), SheetsReady(kind),
        HasKey(DEVELOPER),
    )  # fmt: skip
    limits = tuple(
        Deadline(
            f"review_{days}", (Stage.ACCEPTED, Stage.SIGNING, Stage.SIGNED, Stage.REVIEWED), working(days),
            paused_at=(Stage.SUBMITTED, Stage.CORRECTION), resumes_at=(Stage.REVIEWED,), applies_if=("engineering_grade", grades),
        )
        for days, grades in DAYS[kind]
    )  # fmt: skip
    return Procedure(
        key=f"rv.{kind.value}",
        code=code,
        title=f"{SUBJECTS[kind]}报审",
        title_en=title_en,
        edition=EDITION,
        basis=BASIS,
        decision_days=DAYS[kind][0][0],
        initiator=DEVELOPER,
        roles=(DEVELOPER, kind.contractor, *EXPERTS, AGENCY, HEAD, AUTHORITY, SignatoryRole.PLATFORM),
        project_field="project_no",
        parties_of_project=(kind.contractor,),
        parties_from={AGENCY: "review_agency_uscc"},
        represented={HEAD: AGENCY},
        decided_at=RegionLevel.COUNTY,
        form=_form(kind),
        steps=(
            *applied(
                Stage.CONFIRMED, provided=provided, before=(SheetListUnchanged(kind),), fix=FixSheetList(kind),
                shows=(OfReviewedProject(), OfSheets(kind)),
            ),
            *_taken_in(kind),
            *_signed(kind),
            *_rounds(kind),
            *_decided(kind),
        ),
        deadlines=(
            Deadline(TO_ACCEPT.key, TO_ACCEPT.stages, TO_ACCEPT.limit),
            TO_CORRECT,
            *limits,
            Deadline("modify", (Stage.SUBMITTED,), working(20), paused_at=()),
            TO_FILE,
        ),
        summary=f"建设单位将盖章齐全的{SUBJECTS[kind]}报审查机构，按专业审查、逐条答复、复审，合格后取得审查合格书。",
        summary_en="The developer hands in what its unit has sealed; experts review it in rounds until every opinion is "
        "closed.",
    )  # fmt: skip


survey = _reviewed(SectionKind.SURVEY, "KCSC", "Review of a survey")
design = _reviewed(SectionKind.DESIGN, "SJSC", "Review of construction drawings", SurveyPassed())
