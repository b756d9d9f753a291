"""What either of two sides may begin: who begins signs first, the other side confirms, and nobody agrees to the own request."""

from __future__ import annotations

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.effects import ProveAndArchive, RenderForm, Seal
from signing_service.workflows.procedure import Change, Check, Effect, Side, Step, any_of

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
BOTH = any_of(HOLDER, EMPLOYER)


def written_by_either(
    form: str, *, provided: tuple[Check, ...] = (), editable: tuple[Stage, ...] = (Stage.DRAFT,)
) -> tuple[Step, ...]:
    """The form is drawn from what the beginner typed, who has seen it and signs exactly that; free until the other acts.

    ``editable`` are the stages at which it is written: where an authority may return it, CORRECTION too.
    """
    return (
        *(
            Step(
                "prepare", "生成登记单", by=BOTH, at=stage, to=Stage.PREPARED, provided=provided,
                then=(RenderForm(form),), reads_draft=True, title_en="Draw the form",
            )
            for stage in editable
        ),
        Step(
            "submit", "签署并提交", by=BOTH, at=Stage.PREPARED, to=Stage.SUBMITTED, provided=provided,
            then=(Seal(form, HOLDER), Seal(form, EMPLOYER)), title_en="Sign and submit",
        ),
        Step(
            "revise", "返回修改", by=BOTH, at=Stage.PREPARED, to=Stage.DRAFT, changes=(VoidForm(),),
            form_goes_back=True, optional=True, title_en="Go back and change",
        ),
        *(
            Step(
                "withdraw", "撤回", by=BOTH, at=stage, to=Stage.WITHDRAWN, changes=(VoidForm(),), optional=True,
                side=Side.BEGINNER, title_en="Withdraw",
            )
            for stage in (*editable, Stage.PREPARED, Stage.SUBMITTED)
        ),
    )  # fmt: skip


def confirmed_by_the_other(
    form: str,
    *,
    to: Stage,
    provided: tuple[Check, ...] = (),
    changes: tuple[Change, ...] = (),
    then: tuple[Effect, ...] = (),
) -> tuple[Step, ...]:
    """One row for each side that may be the other; declined, the form goes back to its author with the reason."""
    return (
        Step(
            "confirm", "同意", by=BOTH, at=Stage.SUBMITTED, to=to, provided=provided, changes=changes,
            then=(Seal(form, HOLDER), Seal(form, EMPLOYER), *then), side=Side.OTHERS, title_en="Agree and sign",
        ),
        Step(
            "decline", "不同意", by=BOTH, at=Stage.SUBMITTED, to=Stage.DRAFT, changes=(VoidForm(),),
            reason_required=True, form_goes_back=True, side=Side.OTHERS, title_en="Decline",
        ),
    )  # fmt: skip


def locked(form: str) -> tuple[Effect, ...]:
    """Where no authority decides, the platform closes the form and archives it."""
    return (Seal(form, SignatoryRole.PLATFORM), ProveAndArchive(form))
