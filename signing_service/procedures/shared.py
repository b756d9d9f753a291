"""Runs of steps that many procedures have in common."""

from __future__ import annotations

from signing_service.domain.documents import PadesLevel, SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.workflows.changes import PutLicenceInForce, VoidForm
from signing_service.workflows.effects import ProveAndArchive, RenderLicence, RenderNotice, Seal, TakeStep
from signing_service.workflows.procedure import Effect, Parties, Step, any_of

AUTHORITY = any_of(SignatoryRole.AUTHORITY)
PLATFORM = any_of(SignatoryRole.PLATFORM)
ACCEPTANCE_NOTICE = "acceptance_notice"
LICENCE_LEVEL = PadesLevel.B_LTA
"""Of the seal that closes a licence, which covers those before it: a licence is looked at for longer than certs live."""


def notice_sent(template: str) -> tuple[Effect, ...]:
    """A letter of the authority, sealed, proven, archived."""
    return (RenderNotice(template), Seal(template, SignatoryRole.AUTHORITY), ProveAndArchive(template))


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


def issued() -> Step:
    """Only now is the dossier closed and the licence public."""
    return Step("issue", "制证", by=PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED, changes=(PutLicenceInForce(),))


def withdrawn_by(parties: Parties, *stages: Stage) -> tuple[Step, ...]:
    """Free until the authority accepts (domain text, §3)."""
    return tuple(
        Step("withdraw", "撤回", by=parties, at=stage, to=Stage.WITHDRAWN, changes=(VoidForm(),)) for stage in stages
    )


def accepted_reviewed_and_decided(form: str, licence: RenderLicence) -> tuple[Step, ...]:
    """受理, 审核, 决定 by three officers, with return for correction and refusal, and the issue that follows."""
    return (
        Step(
            "accept", "受理", by=AUTHORITY, at=Stage.CONFIRMED, to=Stage.ACCEPTED, then=notice_sent(ACCEPTANCE_NOTICE)
        ),
        Step(
            "return", "退回补正", by=AUTHORITY, at=Stage.CONFIRMED, to=Stage.DRAFT,
            changes=(VoidForm(),), reason_required=True, form_renewed=True,
        ),
        Step(
            "not_accept", "不予受理", by=AUTHORITY, at=Stage.CONFIRMED, to=Stage.NOT_ACCEPTED, reason_required=True
        ),
        Step("review", "审核", by=AUTHORITY, at=Stage.ACCEPTED, to=Stage.REVIEWED),
        Step("send_back", "退回受理", by=AUTHORITY, at=Stage.REVIEWED, to=Stage.ACCEPTED, reason_required=True),
        Step(
            "grant", "准予", by=AUTHORITY, at=Stage.REVIEWED, to=Stage.ISSUING,
            then=(*form_closed(form), *licence_issued(licence)),
        ),
        Step("refuse", "不予许可", by=AUTHORITY, at=Stage.REVIEWED, to=Stage.REFUSED, reason_required=True),
        issued(),
    )  # fmt: skip
