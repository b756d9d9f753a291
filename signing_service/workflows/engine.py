"""The decision, and nothing else: pure, without database, clock or keys.

``take_step`` says what a dossier becomes when a party takes a step, what is journalled, which changes the register
takes in the same transaction and which effects are due. Whoever may not is told why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.workflows.procedure import Change, Effect, Procedure, Quorum, Situation, Step

SHORTEST_REASON = 5


@dataclass(frozen=True, slots=True)
class Event:
    """A party takes a step."""

    step: str
    actor: Actor
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DueEffect:
    """Where the effect stands in the procedure's table: the table itself is data, so a position names it."""

    step: str
    stage: Stage
    position: int


@dataclass(frozen=True, slots=True)
class Outcome:
    dossier: Dossier
    step: Step
    from_stage: Stage
    changes: tuple[Change, ...]
    effects: tuple[DueEffect, ...]


def take_step(procedure: Procedure, dossier: Dossier, event: Event, situation: Situation) -> Outcome:
    """Decide. Raises Problem: STATE_CONFLICT, NOT_YOUR_DOSSIER, FOUR_EYES, REASON_REQUIRED, or what a check refuses."""
    step = procedure.step(event.step, dossier.stage)
    _refuse_strangers(step, dossier, event.actor)
    _refuse_same_officer(dossier, event.actor)
    _refuse_without_reason(step, event)
    for check in step.provided:
        if problem := check.refusal(dossier, situation):
            raise problem
    taken = dossier.visit | {event.actor.role}
    moves = step.by.quorum is Quorum.ANY or taken >= set(step.by.roles)
    effects = tuple(
        DueEffect(step.name, step.at, position)
        for position, effect in enumerate(step.then)
        if _is_due(effect, step, event.actor.role, moves=moves)
    )
    after = replace(
        dossier,
        stage=step.to if moves else dossier.stage,
        version=dossier.version + 1,
        form_version=dossier.form_version + (1 if step.form_renewed and moves else 0),
        visit=frozenset() if moves else taken,
        facts=_facts_after(dossier, event, situation, afresh=step.form_renewed and moves),
    )
    return Outcome(after, step, dossier.stage, step.changes if moves else (), effects)


def _refuse_strangers(step: Step, dossier: Dossier, actor: Actor) -> None:
    if actor.role not in step.by or dossier.parties.get(actor.role) != actor.party:
        raise Problem(
            "NOT_YOUR_DOSSIER",
            "您不是该环节的办理人，不能执行此操作。",
            "This step is not yours to take.",
            status=403,
        )
    if actor.role in dossier.visit:
        raise Problem(
            "ALREADY_CONFIRMED",
            "您已办理本环节，无需重复操作，请等待其他方办理。",
            "You have already done this; the others are still to act.",
            status=409,
        )


def _refuse_same_officer(dossier: Dossier, actor: Actor) -> None:
    """A level is a stage: what comes back to it may be done again by whoever did it."""
    levels = dossier.facts.get("officers", {})
    elsewhere = {person for level, persons in levels.items() if level != dossier.stage for person in persons}
    if actor.role is SignatoryRole.AUTHORITY and actor.person in elsewhere:
        raise Problem(
            "FOUR_EYES",
            "同一工作人员不能办理同一办件的两个审批环节，请由其他人员办理。",
            "One officer may not act on two levels of a dossier: another has to take this step.",
            status=403,
        )


def _refuse_without_reason(step: Step, event: Event) -> None:
    if step.reason_required and len(event.reason.strip()) < SHORTEST_REASON:
        raise Problem(
            "REASON_REQUIRED",
            f"请填写理由（至少 {SHORTEST_REASON} 个字），以便对方知道如何处理。",
            f"Give a reason of at least {SHORTEST_REASON} characters, so that the other side knows what to do.",
        )


def _is_due(effect: Effect, step: Step, actor: SignatoryRole, *, moves: bool) -> bool:
    """An effect of one of the step's own parties is due when that party acts, every other when the dossier moves."""
    role = getattr(effect, "role", None)
    return role is actor if role in step.by else moves


def _facts_after(dossier: Dossier, event: Event, situation: Situation, *, afresh: bool) -> dict[str, Any]:
    facts = dict(dossier.facts)
    if afresh:
        # a form that comes back is a new one: who returned it may accept it
        facts["officers"] = {}
    elif event.actor.role is SignatoryRole.AUTHORITY:
        levels = facts.get("officers", {})
        here = sorted({*levels.get(dossier.stage.value, ()), event.actor.person})
        facts["officers"] = {**levels, dossier.stage.value: here}
    if dossier.stage is Stage.DRAFT:
        facts["submitted_on"] = situation.today.isoformat()
    if event.reason.strip():
        facts["reason"] = event.reason.strip()
    return facts
