"""Runs of steps that many procedures have in common."""

from __future__ import annotations

from signing_service.domain.documents import PadesLevel, SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.staff import Level
from signing_service.workflows.changes import PutLicenceInForce, VoidForm
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import (
    ProveAndArchive,
    RenderForm,
    RenderLicence,
    RenderNotice,
    Seal,
    Shown,
    TakeStep,
)
from signing_service.workflows.procedure import Change, Check, Effect, Field, Parties, Step, any_of, in_order

AUTHORITY = any_of(SignatoryRole.AUTHORITY)
PLATFORM = any_of(SignatoryRole.PLATFORM)
ACCEPTANCE_NOTICE = "acceptance_notice"
LICENCE_LEVEL = PadesLevel.B_LTA
"""Of the seal that closes a licence, which covers those before it: a licence is looked at for longer than certs live."""

TO_ACCEPT = Deadline("accept", (Stage.CONFIRMED,), working(5), then="deem_accepted")
"""补正 is asked for within five days, else the application counts as accepted (行政许可法 第三十二条)."""
TO_CORRECT = Deadline("correct", (Stage.CORRECTION,), working(15), then="lapse", paused_at=())


def to_decide(days: int) -> Deadline:
    """Working days from acceptance, the time for correction not counted (行政许可法 第四十二条、第八十二条)."""
    return Deadline("decide", (Stage.ACCEPTED, Stage.EXTERNAL, Stage.REVIEWED), working(days))


def handled_within(days: int, then: str | None = None) -> Deadline:
    """The other parties' time, with reminders after three and five working days."""
    return Deadline(
        "party", (Stage.SUBMITTED,), working(days), then=then, remind=(working(3), working(5)), paused_at=()
    )


def notice_sent(template: str, *shows: Shown, mark: str = "") -> tuple[Effect, ...]:
    """A letter of the authority, sealed, proven, archived. ``mark``: 文书字 of a series of its own."""
    return (
        RenderNotice(template, shows, mark=mark),
        Seal(template, SignatoryRole.AUTHORITY),
        ProveAndArchive(template),
    )


def form_closed(template: str) -> tuple[Effect, ...]:
    """The decision on the form: the authority's seal, the platform's lock, the archive."""
    return (
        Seal(template, SignatoryRole.AUTHORITY),
        Seal(template, SignatoryRole.PLATFORM),
        ProveAndArchive(template),
    )


def licence_issued(licence: RenderLicence) -> tuple[Effect, ...]:
    """From the decision to the sealed file; only then does the platform close the dossier."""
    return (
        licence,
        Seal(licence.template, SignatoryRole.AUTHORITY),
        Seal(licence.template, SignatoryRole.PLATFORM, LICENCE_LEVEL),
        ProveAndArchive(licence.template),
        TakeStep("issue"),
    )


def issued(*changes: Change) -> Step:
    """Only now is the dossier closed and the licence public."""
    return Step(
        "issue", "制证", by=PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED, changes=(PutLicenceInForce(), *changes),
        title_en="Issue",
    )  # fmt: skip


def written_and_signed(
    form: str,
    *,
    by: SignatoryRole,
    to: Stage,
    provided: tuple[Check, ...] = (),
    then: tuple[Effect, ...] = (),
    shows: tuple[Shown, ...] = (),
) -> tuple[Step, ...]:
    """The form is drawn from what was typed, then its author has seen it and signs exactly that."""
    drawn = tuple(
        Step(
            "prepare", "生成申请表", by=any_of(by), at=stage, to=Stage.PREPARED, provided=provided,
            then=(RenderForm(form, shows),), reads_draft=True, title_en="Draw the form",
        )
        for stage in (Stage.DRAFT, Stage.CORRECTION)
    )  # fmt: skip
    return (
        *drawn,
        Step(
            "submit", "签署并提交", by=any_of(by), at=Stage.PREPARED, to=to, provided=provided,
            then=(Seal(form, by), *then), title_en="Sign and submit",
        ),
        Step(
            "revise", "返回修改", by=any_of(by), at=Stage.PREPARED, to=Stage.DRAFT, changes=(VoidForm(),),
            form_goes_back=True, optional=True, title_en="Go back and change",
        ),
        *withdrawn_by(any_of(by), Stage.DRAFT, Stage.CORRECTION, Stage.PREPARED),
    )  # fmt: skip


def uncorrected(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Those of a business that no authority accepts: nothing of it is ever returned for correction."""
    return tuple(step for step in steps if step.at is not Stage.CORRECTION)


def signed_in_order(
    form: str,
    *roles: SignatoryRole,
    by: SignatoryRole,
    provided: tuple[Check, ...] = (),
    shows: tuple[Shown, ...] = (),
    before: tuple[Check, ...] = (),
    prepared: tuple[Change, ...] = (),
    then: tuple[Effect, ...] = (),
) -> tuple[Step, ...]:
    """The form is drawn from what was typed, then everybody signs it one after the other and the last signature sends it.

    For who applies in one's own name through several people: an enterprise's seal covers the signatures of those who
    act for it. Until it is accepted it may be taken back; who does not agree sends it back to its author. ``provided``
    is held to when it is drawn and at every signature, ``before`` at the signatures alone.
    """
    others = any_of(*(role for role in roles if role is not by))
    return (
        *(
            Step(
                "prepare", "生成申请表", by=any_of(by), at=stage, to=Stage.SUBMITTED, provided=provided,
                changes=prepared, then=(RenderForm(form, shows), *then), reads_draft=True, title_en="Draw the form",
            )
            for stage in (Stage.DRAFT, Stage.CORRECTION)
        ),
        Step(
            "confirm", "签署", by=in_order(*roles), at=Stage.SUBMITTED, to=Stage.CONFIRMED, provided=(*provided, *before),
            then=tuple(Seal(form, role) for role in roles), title_en="Sign",
        ),
        Step(
            "revise", "返回修改", by=any_of(by), at=Stage.SUBMITTED, to=Stage.DRAFT, changes=(VoidForm(),),
            form_goes_back=True, optional=True, title_en="Go back and change",
        ),
        declined(others),
        *withdrawn_by(any_of(by), Stage.DRAFT, Stage.CORRECTION, Stage.SUBMITTED, Stage.CONFIRMED),
    )  # fmt: skip


def declined(by: Parties, title: str = "不同意") -> Step:
    """The form goes back to its author, and every seal on it is void."""
    return Step(
        "decline", title, by=by, at=Stage.SUBMITTED, to=Stage.DRAFT,
        changes=(VoidForm(),), reason_required=True, form_goes_back=True, title_en="Decline",
    )  # fmt: skip


def withdrawn_by(parties: Parties, *stages: Stage) -> tuple[Step, ...]:
    """Free until the authority accepts (domain text, §3)."""
    return tuple(
        Step(
            "withdraw", "撤回", by=parties, at=stage, to=Stage.WITHDRAWN, changes=(VoidForm(),), optional=True,
            title_en="Withdraw",
        )
        for stage in stages
    )  # fmt: skip


def taken_in(
    accepted: tuple[Field, ...] = (), then: tuple[Effect, ...] = notice_sent(ACCEPTANCE_NOTICE)
) -> tuple[Step, ...]:
    """受理, 退回补正, 不予受理; and what becomes of it when nobody acts."""
    return (
        Step(
            "accept", "受理", by=AUTHORITY, at=Stage.CONFIRMED, to=Stage.ACCEPTED, then=then, level=Level.ACCEPT,
            form=accepted, title_en="Accept",
        ),
        Step(
            "return", "退回补正", by=AUTHORITY, at=Stage.CONFIRMED, to=Stage.CORRECTION,
            changes=(VoidForm(),), then=notice_sent("correction_notice"), reason_required=True, form_goes_back=True,
            level=Level.ACCEPT, title_en="Return for correction",
        ),
        Step(
            "not_accept", "不予受理", by=AUTHORITY, at=Stage.CONFIRMED, to=Stage.NOT_ACCEPTED,
            then=notice_sent("non_acceptance_notice"), reason_required=True, level=Level.ACCEPT, title_en="Do not accept",
        ),
        Step(
            "deem_accepted", "逾期视为受理", by=PLATFORM, at=Stage.CONFIRMED, to=Stage.ACCEPTED,
            title_en="Deemed accepted",
        ),
        Step("lapse", "逾期未补正", by=PLATFORM, at=Stage.CORRECTION, to=Stage.LAPSED, title_en="Lapse"),
    )  # fmt: skip


def reviewed() -> tuple[Step, ...]:
    """审核, by another officer than who accepted; what is not clear goes back a level."""
    return (
        Step("review", "审核", by=AUTHORITY, at=Stage.ACCEPTED, to=Stage.REVIEWED, level=Level.REVIEW, title_en="Review"),
        Step(
            "send_back", "退回受理", by=AUTHORITY, at=Stage.REVIEWED, to=Stage.ACCEPTED, reason_required=True,
            level=Level.DECIDE, title_en="Send back a level",
        ),
    )  # fmt: skip


def decided(
    granted: tuple[Effect, ...], *, at: Stage = Stage.REVIEWED, provided: tuple[Check, ...] = ()
) -> tuple[Step, ...]:
    """决定: 准予 with what follows, or 不予许可 with its letter."""
    return (
        Step(
            "grant", "准予", by=AUTHORITY, at=at, to=Stage.ISSUING, then=granted, provided=provided,
            level=Level.DECIDE, title_en="Grant",
        ),
        Step(
            "refuse", "不予许可", by=AUTHORITY, at=at, to=Stage.REFUSED, then=notice_sent("refusal_notice"),
            reason_required=True, level=Level.DECIDE, title_en="Refuse",
        ),
    )  # fmt: skip


def decided_by_one(granted: tuple[Effect, ...], *, provided: tuple[Check, ...] = ()) -> tuple[Step, ...]:
    """审: whoever looks at it decides at once, and nobody has accepted it before (domain text, §17: one level).

    What is lacking is asked for once; an application that nobody touches is not deemed to be anything.
    """
    return (
        Step(
            "grant", "审核通过", by=AUTHORITY, at=Stage.CONFIRMED, to=Stage.ISSUING, then=granted, provided=provided,
            level=Level.REVIEW, title_en="Grant",
        ),
        Step(
            "return", "退回补正", by=AUTHORITY, at=Stage.CONFIRMED, to=Stage.CORRECTION, changes=(VoidForm(),),
            then=notice_sent("correction_notice"), reason_required=True, form_goes_back=True, level=Level.REVIEW,
            title_en="Return for correction",
        ),
        Step(
            "refuse", "审核不通过", by=AUTHORITY, at=Stage.CONFIRMED, to=Stage.REFUSED,
            then=notice_sent("refusal_notice"), reason_required=True, level=Level.REVIEW, title_en="Refuse",
        ),
        Step("lapse", "逾期未补正", by=PLATFORM, at=Stage.CORRECTION, to=Stage.LAPSED, title_en="Lapse"),
    )  # fmt: skip


def accepted_reviewed_and_decided(form: str, licence: RenderLicence, *changes: Change) -> tuple[Step, ...]:
    """受理, 审核, 决定 by three officers, with return for correction and refusal, and the issue that follows."""
    return (
        *taken_in(),
        *reviewed(),
        *decided((*form_closed(form), *licence_issued(licence))),
        issued(*changes),
    )
