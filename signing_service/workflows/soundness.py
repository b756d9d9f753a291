"""What every procedure has to be before it may run: a table that is not sound is refused at start-up (domain text, §18.2)."""

from __future__ import annotations

from collections.abc import Iterator

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.workflows import effects
from signing_service.workflows.procedure import Procedure, Step
from signing_service.workflows.words import CHANGES, CHECKS, EFFECTS

CODE_LENGTH = 4


def faults(procedure: Procedure) -> list[str]:
    """What is wrong with a table, for who wrote it; empty when it may run."""
    return [
        f"{procedure.key}: {fault}"
        for fault in (*_in_steps(procedure), *_in_deadlines(procedure), *_in_ways(procedure), *_in_words(procedure))
    ]


def _in_steps(procedure: Procedure) -> Iterator[str]:
    for step in procedure.steps:
        where = f"step {step.name} at {step.at}"
        strangers = set(step.by.roles) - set(procedure.roles)
        if strangers:
            yield f"{where}: {sorted(strangers)} play no part"
        if SignatoryRole.AUTHORITY in step.by and step.level is None:
            yield f"{where}: the authority's steps have a level"
        if step.at.is_final:
            yield f"{where}: nothing happens after the end"
        words = (*CHECKS, *CHANGES, *EFFECTS)
        for word in (*step.provided, *step.changes, *step.then):
            if type(word) not in words:
                yield f"{where}: {type(word).__name__} is not in the closed lists"
        yield from _unknown_roles(procedure, step, where)


def _in_deadlines(procedure: Procedure) -> Iterator[str]:
    for deadline in procedure.deadlines:
        for stage in deadline.stages:
            named = [step for step in procedure.rows_at(stage) if step.name == deadline.then]
            if deadline.then and not any(SignatoryRole.PLATFORM in step.by for step in named):
                yield f"deadline {deadline.key}: the platform has no step {deadline.then} at {stage}"


def _unknown_roles(procedure: Procedure, step: Step, where: str) -> Iterator[str]:
    for effect in step.then:
        role = getattr(effect, "role", None)
        if role is not None and role not in procedure.roles:
            yield f"{where}: {role} plays no part"
        if isinstance(effect, effects.TakeStep) and not any(
            one.name == effect.step and one.at is step.to for one in procedure.steps
        ):
            yield f"{where}: there is no step {effect.step} at {step.to}"


def _in_ways(procedure: Procedure) -> Iterator[str]:
    """Every stage can be reached, and from every stage there is a way to an end."""
    reached, to_see = {Stage.DRAFT}, [Stage.DRAFT]
    while to_see:
        for step in procedure.rows_at(to_see.pop()):
            if step.to not in reached:
                reached.add(step.to)
                to_see.append(step.to)
    for step in procedure.steps:
        if step.at not in reached:
            yield f"step {step.name}: no way leads to {step.at}"
    ending = {stage for stage in reached if stage.is_final}
    while more := {step.at for step in procedure.steps if step.to in ending and step.at in reached} - ending:
        ending |= more
    for stage in sorted(reached - ending):
        yield f"{stage}: no way leads from here to an end"


def _in_words(procedure: Procedure) -> Iterator[str]:
    keys = [item.key for item in procedure.fields]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"field {key} is there twice"
    named = [
        *procedure.parties_from.values(),
        *(key for key in (procedure.licence_field, procedure.project_field) if key),
    ]
    for key in named:
        if key not in keys:
            yield f"there is no field {key}"
    if len(procedure.code) != CODE_LENGTH or not procedure.code.isalnum() or not procedure.code.isupper():
        yield f"the code {procedure.code} is not four capitals or digits"
    if procedure.initiator not in procedure.roles:
        yield f"{procedure.initiator} begins it and plays no part"
