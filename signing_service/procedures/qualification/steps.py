"""The way of an application for a 建筑业企业资质: signed in order, taken in, examined, put to the public, decided (domain text, §11.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.staff import Level
from signing_service.procedures.qualification.licences import ReplyShown
from signing_service.procedures.shared import AUTHORITY, PLATFORM, TO_ACCEPT, TO_CORRECT, handled_within, notice_sent
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_employment import EnterpriseTakenIn, NameAndNumberAgree
from signing_service.workflows.checks_of_qualifications import ObjectionAnswered, ObjectionWaits
from signing_service.workflows.deadlines import Deadline, calendar, working
from signing_service.workflows.effects import RecallProfessionals, Shown
from signing_service.workflows.procedure import Field, FieldType, Step

EMPLOYER, LEADER = SignatoryRole.EMPLOYER, SignatoryRole.TECHNICAL_LEADER
REPRESENTATIVE = SignatoryRole.LEGAL_REPRESENTATIVE
ROLES = (EMPLOYER, LEADER, REPRESENTATIVE, SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM)
APPOINTED = {LEADER: "technical_leader_id_no", REPRESENTATIVE: "legal_representative_id_no"}
EDITION = date(2026, 1, 1)
RULES = "《建筑业企业资质管理规定》（住房和城乡建设部令第22号）"
FORM, CHANGE_FORM = "eq_form", "eq_change_form"
PUBLIC_NOTICE, OBJECTION_REPLY = "eq_public_notice", "eq_objection_reply"
DECISION_DAYS, PUBLIC_DAYS, ISSUE_DAYS = 20, 10, 10

SIGNATORIES = (
    EnterpriseTakenIn(EMPLOYER),
    NameAndNumberAgree("legal_representative", REPRESENTATIVE),
    HasKey(REPRESENTATIVE),
    HasKey(EMPLOYER),
)
DEADLINES = (
    handled_within(15),
    TO_ACCEPT,
    TO_CORRECT,
    Deadline(
        "public_notice", (Stage.EXTERNAL,), calendar(PUBLIC_DAYS), then="notice_over", paused_at=(Stage.ACCEPTED,)
    ),
    Deadline(
        "decide", (Stage.ACCEPTED, Stage.REVIEWED), working(DECISION_DAYS), paused_at=(Stage.CORRECTION, Stage.EXTERNAL)
    ),
    Deadline("issue", (Stage.ISSUING,), working(ISSUE_DAYS)),
)
"""公示 and expert review do not count towards the decision (行政许可法 第四十五条); 公示 stands still while an objection is heard. The licence is issued
within ten days of the decision (第四十四条)."""

OPINION = (
    Field("opinion", "审查意见", "Opinion", FieldType.LONG_TEXT, most=500),
    Field(
        "experts", "评审专家", "Experts", FieldType.ROWS, required=False, most=20,
        rows=(
            Field("name", "姓名", "Name", FieldType.NAME),
            Field("conclusion", "评审结论", "Conclusion", FieldType.TEXT, most=200),
        ),
        hint="组织专家评审的填写。", hint_en="Where experts were heard.",
    ),
)  # fmt: skip


OBJECTION = (
    Field(
        "objector", "异议人", "Who objects", FieldType.TEXT, most=60, for_officers=True,
        hint="公示期内书面提出异议的单位或者个人；不向申请企业公开。", hint_en="Anybody may, in writing; not told to the applicant.",
    ),
    Field("objector_contact", "异议人联系方式", "How to reach them", FieldType.TEXT, most=60, for_officers=True),
    Field("objected_on", "收到日期", "Received on", FieldType.DATE, not_after="today"),
    Field("objection", "异议内容", "What is objected to", FieldType.LONG_TEXT, most=500),
    Field("objection_evidence", "证据材料", "Evidence", FieldType.FILE, required=False, for_officers=True),
)  # fmt: skip
FINDING = (Field("finding", "核查情况", "What was found", FieldType.LONG_TEXT, most=500),)
"""Of an objection: it may be told to whoever raised it, to the applicant and to who decides."""


def examined(shown: Shown) -> tuple[Step, ...]:
    """审查, then 公示 for ten days; silence lets it go on to the decision.

    In that time anybody may object in writing. The objection is heard where the application was examined, by the same
    officers or others of their level, and never by who decides: the application is theirs again, and the days of 公示
    stand still. One that does not hold is answered, and the rest of the days runs; one that holds goes to the decision
    with what was found. Nothing is put to the public anew while an objection waits for its answer.
    """
    return (
        Step(
            "review", "审查通过并公示", by=AUTHORITY, at=Stage.ACCEPTED, to=Stage.EXTERNAL, level=Level.REVIEW,
            provided=(ObjectionAnswered(),), form=OPINION, then=notice_sent(PUBLIC_NOTICE, shown),
            title_en="Put to the public",
        ),
        Step(
            "object", "登记异议", by=AUTHORITY, at=Stage.EXTERNAL, to=Stage.ACCEPTED, level=Level.REVIEW,
            form=OBJECTION, forgets=("answer", "uphold"), counts_at=Stage.ACCEPTED, optional=True,
            title_en="Record an objection",
        ),
        Step(
            "answer", "异议不成立，继续公示", by=AUTHORITY, at=Stage.ACCEPTED, to=Stage.EXTERNAL, level=Level.REVIEW,
            provided=(ObjectionWaits(),), form=FINDING, then=notice_sent(OBJECTION_REPLY, ReplyShown(upheld=False)),
            optional=True, title_en="The objection does not hold",
        ),
        Step(
            "uphold", "异议成立，报决定", by=AUTHORITY, at=Stage.ACCEPTED, to=Stage.REVIEWED, level=Level.REVIEW,
            provided=(ObjectionWaits(),), form=FINDING, then=notice_sent(OBJECTION_REPLY, ReplyShown(upheld=True)),
            optional=True, title_en="The objection holds",
        ),
        Step(
            "notice_over", "公示期满", by=PLATFORM, at=Stage.EXTERNAL, to=Stage.REVIEWED, title_en="Public notice over",
        ),
        Step(
            "send_back", "退回审查", by=AUTHORITY, at=Stage.REVIEWED, to=Stage.ACCEPTED, level=Level.DECIDE,
            reason_required=True, forgets=("object", "answer", "uphold"), title_en="Send back a level",
        ),
    )  # fmt: skip


def recalling(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Wherever the form becomes void, its professionals need not confirm it any more."""
    return tuple(
        replace(step, then=(*step.then, RecallProfessionals())) if VoidForm() in step.changes else step
        for step in steps
    )
