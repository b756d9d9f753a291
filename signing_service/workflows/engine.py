"""The decision, and nothing else: pure, without database, clock or keys.

``take_step`` says what a dossier becomes when a party takes a step, what is journalled, which changes the register
takes in the same transaction, which effects are due, who is waited for next and until when. Whoever may not is told why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage, form_digest
from signing_service.domain.errors import Problem
from signing_service.domain.staff import Level, permitted
from signing_service.workflows.deadlines import clocks_after, due_on
from signing_service.workflows.procedure import Change, Effect, Procedure, Quorum, Side, Situation, Step

SHORTEST_REASON = 5
MOVES_WITH = "confirm"
"""The step for which another may stand in when its party is silent."""


@dataclass(frozen=True, slots=True)
class Event:
    """A party takes a step."""

    step: str
    actor: Actor
    reason: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    """Values of the step's own form, read already."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """For the journal: the hash that was seen, how the person proved who they are, from where; points of a correction."""


@dataclass(frozen=True, slots=True)
class DueEffect:
    """Where the effect stands in the procedure's table: the table itself is data, so a position names it."""

    step: str
    stage: Stage
    by: SignatoryRole
    """Who took the step: of two rows of a name the one that is theirs."""
    position: int


@dataclass(frozen=True, slots=True)
class Todo:
    """Somebody is waited for."""

    role: SignatoryRole
    steps: tuple[str, ...]
    level: Level | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Outcome:
    dossier: Dossier
    step: Step
    row: Step
    """Whose effects are due: the step itself, or the one that it stands in for."""
    from_stage: Stage
    changes: tuple[Change, ...]
    effects: tuple[DueEffect, ...]
    todos: tuple[Todo, ...]
    event: Event


def take_step(procedure: Procedure, dossier: Dossier, event: Event, situation: Situation) -> Outcome:
    """Decide. Raises Problem: STATE_CONFLICT, NOT_YOUR_DOSSIER, ALREADY_CONFIRMED, SLOT_NOT_OPEN, NOT_FOUND (another region's),
    LEVEL_NOT_GRANTED, FOUR_EYES, REASON_REQUIRED, or what a check refuses.
    """
    step = procedure.step(event.step, dossier.stage, event.actor.role)
    _refuse_strangers(procedure, step, dossier, event.actor)
    _refuse_out_of_turn(step, dossier, event.actor, situation)
    _refuse_without_grant(step, dossier, event.actor)
    _refuse_same_officer(step, dossier, event.actor)
    _refuse_without_reason(step, event)
    asked = replace(dossier, facts=_with_given(dossier, step, event)) if event.given else dossier
    for check in step.provided:
        if problem := check.refusal(asked, situation):
            raise problem
    counted = step.stands_in_for or event.actor.role
    row = procedure.step(MOVES_WITH, dossier.stage, counted) if step.stands_in_for else step
    taken = dossier.visit | {counted}
    absent = _played_by_nobody(row, dossier)
    moves = row.by.quorum is Quorum.ANY or taken >= set(row.by.roles) - set(absent)
    effects = tuple(
        DueEffect(row.name, row.at, counted, position)
        for position, effect in enumerate(row.then)
        if _is_due(effect, row, event.actor.role, moves=moves)
    )
    to, passed_over = _landing(procedure, dossier, row.to)
    after = replace(
        dossier,
        stage=to if moves else dossier.stage,
        version=dossier.version + 1,
        form_version=dossier.form_version + (1 if row.form_goes_back and moves else 0),
        visit=frozenset() if moves else taken,
    )
    facts = _facts_after(procedure, dossier, after, step, event, situation, moves=moves)
    after = replace(after, facts={**facts, "ended_by": step.name} if after.stage.is_final else facts)
    if moves and (empty := (*passed_over, *absent)):
        excused = sorted({*after.facts.get("excused", ()), *(role.value for role in empty)})
        after = replace(after, facts={**after.facts, "excused": excused})
    changes = (*(step.changes if step is not row else ()), *(row.changes if moves else ()))
    return Outcome(after, step, row, dossier.stage, changes, effects, todos_of(procedure, after), event)


def _still_before(step: Step, dossier: Dossier, role: SignatoryRole) -> tuple[SignatoryRole, ...]:
    """Who has to act before ``role``; nobody waits for a role that nobody plays."""
    return tuple(one for one in step.by.still_before(role, dossier.visit) if one in dossier.parties)


def _played_by_nobody(row: Step, dossier: Dossier) -> tuple[SignatoryRole, ...]:
    """Roles whose confirmation nobody can be asked for; their fields stay empty."""
    return tuple(role for role in row.by.roles if row.name == MOVES_WITH and role not in dossier.parties)


def _landing(procedure: Procedure, dossier: Dossier, to: Stage) -> tuple[Stage, tuple[SignatoryRole, ...]]:
    """Where a dossier comes to rest: a stage at which the others confirm is passed over when the form appoints none of
    them. Their fields may stay empty.
    """
    for row in procedure.rows_at(to):
        if row.name == MOVES_WITH and not any(role in dossier.parties for role in row.by.roles):
            return row.to, row.by.roles
    return to, ()


def todos_of(procedure: Procedure, dossier: Dossier) -> tuple[Todo, ...]:
    """Who is waited for. A draft that was never sent waits for nobody."""
    if dossier.stage.is_final or (dossier.stage is Stage.DRAFT and dossier.form_version == 1):
        return ()
    ours = {initiator_of(procedure, dossier)} if dossier.stage.lies_with_initiator else set(procedure.roles)
    open_to = ours - {SignatoryRole.PLATFORM} - dossier.visit
    waiting: dict[SignatoryRole, list[Step]] = {}
    for step in procedure.rows_at(dossier.stage):
        for role in step.by.roles:
            if (
                role in open_to
                and role in dossier.parties
                and not step.optional
                and not _still_before(step, dossier, role)
                and _is_for(procedure, step, dossier, role)
            ):
                waiting.setdefault(role, []).append(step)
    due = due_on(dossier.facts.get("clocks", {}))
    return tuple(Todo(role, tuple(step.name for step in steps), steps[0].level, due) for role, steps in waiting.items())


def _is_for(procedure: Procedure, step: Step, dossier: Dossier, role: SignatoryRole) -> bool:
    if step.side is Side.ANY or role is SignatoryRole.PLATFORM:
        return True
    return (role is initiator_of(procedure, dossier)) is (step.side is Side.BEGINNER)


def initiator_of(procedure: Procedure, dossier: Dossier) -> SignatoryRole:
    return SignatoryRole(dossier.facts.get("initiator", procedure.initiator))


def may_take(procedure: Procedure, dossier: Dossier, actor: Actor) -> tuple[Step, ...]:
    """The rows open to an actor now, whatever their checks will say."""
    return tuple(
        step
        for step in procedure.rows_at(dossier.stage)
        if actor.role in step.by
        and not _still_before(step, dossier, actor.role)
        and not _refused(procedure, step, dossier, actor)
    )


def _refused(procedure: Procedure, step: Step, dossier: Dossier, actor: Actor) -> bool:
    try:
        _refuse_strangers(procedure, step, dossier, actor)
        _refuse_without_grant(step, dossier, actor)
        _refuse_same_officer(step, dossier, actor)
    except Problem:
        return True
    return False


def _refuse_strangers(procedure: Procedure, step: Step, dossier: Dossier, actor: Actor) -> None:
    begun_by_another = dossier.stage.lies_with_initiator and actor.role is not SignatoryRole.PLATFORM
    if (
        actor.role not in step.by
        or dossier.parties.get(actor.role) != actor.party
        or (begun_by_another and actor.role is not initiator_of(procedure, dossier))
        or not _is_for(procedure, step, dossier, actor.role)
    ):
        raise Problem(
            "NOT_YOUR_DOSSIER",
            "您不是该环节的办理人，不能执行此操作。",
            "This step is not yours to take.",
            status=403,
        )
    if actor.role in dossier.visit and not step.optional:
        raise Problem(
            "ALREADY_CONFIRMED",
            "您已办理本环节，无需重复操作，请等待其他方办理。",
            "You have already done this; the others are still to act.",
            status=409,
        )


def _refuse_out_of_turn(step: Step, dossier: Dossier, actor: Actor, situation: Situation) -> None:
    if before := _still_before(step, dossier, actor.role):
        names = [str(situation.parties[role].name) for role in before if role in situation.parties]
        raise Problem(
            "SLOT_NOT_OPEN",
            f"还没有轮到您签署：请等待 {'、'.join(names)} 签署后再办理。",
            f"It is not your turn to sign yet: {', '.join(names)} signs before you.",
            status=409,
        )


def _refuse_without_grant(step: Step, dossier: Dossier, actor: Actor) -> None:
    """Region first: what lies elsewhere does not exist to an officer (domain text, §15)."""
    if actor.role is not SignatoryRole.AUTHORITY or step.level is None:
        return
    if not any(grant.covers(dossier.procedure, dossier.region) for grant in actor.grants):
        raise Problem("NOT_FOUND", "未找到该办件，请核对办件编号。", "No such dossier: check the number.", status=404)
    if not permitted(actor.grants, dossier.procedure, step.level, dossier.region):
        raise Problem(
            "LEVEL_NOT_GRANTED",
            f"您没有“{step.title}”的权限，请由有权限的人员办理，或请管理员授权。",
            f"You have no permission for “{step.title_en or step.name}”: somebody who has it has to act, or ask the "
            "administrator for it.",
            status=403,
        )


def _refuse_same_officer(step: Step, dossier: Dossier, actor: Actor) -> None:
    """A level is a stage: what comes back to it may be done again by whoever did it."""
    levels, here = dossier.facts.get("officers", {}), step.counts_at or dossier.stage
    elsewhere = {person for level, persons in levels.items() if level != here for person in persons}
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


def _with_given(dossier: Dossier, step: Step, event: Event) -> dict[str, Any]:
    """The facts with what is given with this step, as its checks see it and as it is kept."""
    return {**dossier.facts, "given": {**dossier.facts.get("given", {}), step.name: dict(event.given)}}


def _given_after(given: Mapping[str, Any], step: Step, event: Event) -> dict[str, Any]:
    """What was given with steps until now, without what this one makes void, with what is given with it."""
    kept = {name: told for name, told in given.items() if name not in step.forgets}
    if event.given:
        kept[step.name] = dict(event.given)
    return {"given": kept} if kept or given else {}


def _facts_after(
    procedure: Procedure,
    before: Dossier,
    after: Dossier,
    step: Step,
    event: Event,
    situation: Situation,
    *,
    moves: bool,
) -> dict[str, Any]:
    facts = dict(before.facts)
    if step.form_goes_back and moves:
        # a form that comes back is a new one: who returned it may accept it, who was excused is asked again
        facts |= {"officers": {}, "excused": []}
        # what an authority returned has come in once: in time or late it was then, whenever it comes again
        facts["came_in"] = facts.get("came_in", False) or after.stage is Stage.CORRECTION
        facts["came_in_on"] = facts.get("came_in_on") or (facts.get("submitted_on") if facts["came_in"] else None)
        if step.reason_required:
            facts["returned_form"] = form_digest(before.form)
    elif event.actor.role is SignatoryRole.AUTHORITY:
        levels = facts.get("officers", {})
        level = (step.counts_at or before.stage).value
        facts["officers"] = {**levels, level: sorted({*levels.get(level, ()), event.actor.person})}
    if before.stage.lies_with_initiator and not after.stage.lies_with_initiator:
        facts["submitted_on"] = situation.today.isoformat()
    excused = {*step.excuses, *((step.stands_in_for,) if step.stands_in_for else ())}
    if excused:
        facts["excused"] = sorted({*facts.get("excused", ()), *(role.value for role in excused)})
    facts |= _given_after(facts.get("given", {}), step, event)
    if event.reason.strip():
        facts["reason"] = event.reason.strip()
    if points := event.evidence.get("points"):
        facts["points"] = points
    if moves:
        held = tuple(one.of(after.form) for one in procedure.deadlines if one.applies_to(after.form))
        clocks = clocks_after(held, facts.get("clocks", {}), before.stage, after.stage, situation.today)
        facts["clocks"] = clocks
    return facts
