"""Where either side may begin, and where a form appoints nobody to confirm: decided by the table alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.procedures.employment.bind import bind
from signing_service.procedures.employment.unbind import unbind
from signing_service.procedures.special_operation.correct import correct
from signing_service.workflows.effects import ProveAndArchive, Seal
from signing_service.workflows.engine import Event, Outcome, may_take, take_step, todos_of
from signing_service.workflows.procedure import Procedure
from tests.unit.workflows.tables import EMPLOYER, HOLDER, PLATFORM, actor, dossier_of, situation_of


def unconditional(procedure: Procedure) -> Procedure:
    """The table without its checks, which ask a register."""
    return replace(procedure, steps=tuple(replace(step, provided=()) for step in procedure.steps))


BIND, UNBIND, CORRECT = unconditional(bind), unconditional(unbind), unconditional(correct)


def taken(
    procedure: Procedure, dossier: Dossier, step: str, role: SignatoryRole, reason: str = "写错了合同日期"
) -> Outcome:
    return take_step(procedure, dossier, Event(step, actor(role), reason), situation_of(procedure))


def submitted(procedure: Procedure, beginner: SignatoryRole) -> Dossier:
    dossier = dossier_of(procedure, facts={"initiator": beginner.value})
    for step in ("prepare", "submit"):
        dossier = taken(procedure, dossier, step, beginner).dossier
    return dossier


@pytest.mark.parametrize(("beginner", "other"), [(HOLDER, EMPLOYER), (EMPLOYER, HOLDER)])
def test_who_began_waits_and_the_other_side_alone_may_answer(beginner: SignatoryRole, other: SignatoryRole) -> None:
    dossier = submitted(BIND, beginner)
    assert [todo.role for todo in todos_of(BIND, dossier)] == [other]
    assert {step.name for step in may_take(BIND, dossier, actor(beginner))} == {"withdraw"}
    assert {step.name for step in may_take(BIND, dossier, actor(other))} == {"confirm", "decline"}
    for step in ("confirm", "decline"):
        with pytest.raises(Problem) as refusal:
            taken(BIND, dossier, step, beginner)
        assert refusal.value.code == "NOT_YOUR_DOSSIER"


@pytest.mark.parametrize(("beginner", "other"), [(HOLDER, EMPLOYER), (EMPLOYER, HOLDER)])
def test_each_side_seals_with_its_own_step_and_nobody_for_the_other(
    beginner: SignatoryRole, other: SignatoryRole
) -> None:
    dossier = dossier_of(BIND, facts={"initiator": beginner.value})
    prepared = taken(BIND, dossier, "prepare", beginner).dossier
    first = taken(BIND, prepared, "submit", beginner)
    last = taken(BIND, first.dossier, "confirm", other)
    assert [first.row.then[due.position] for due in first.effects] == [Seal("emp_bind_form", beginner)]
    owed = [last.row.then[due.position] for due in last.effects]
    assert owed == [Seal("emp_bind_form", other), Seal("emp_bind_form", PLATFORM), ProveAndArchive("emp_bind_form")]
    assert last.dossier.stage is Stage.CLOSED


@pytest.mark.parametrize("beginner", [HOLDER, EMPLOYER])
def test_silence_ends_an_employment_and_excuses_the_silent_side(beginner: SignatoryRole) -> None:
    ended = taken(UNBIND, submitted(UNBIND, beginner), "end_in_silence", PLATFORM)
    assert ended.dossier.stage is Stage.CLOSED
    assert set(ended.dossier.facts["excused"]) == {HOLDER, EMPLOYER}


def test_a_form_that_appoints_nobody_to_confirm_goes_straight_to_the_authority() -> None:
    alone = dossier_of(CORRECT)
    alone = replace(alone, parties={role: party for role, party in alone.parties.items() if role is not EMPLOYER})
    prepared = taken(CORRECT, alone, "prepare", HOLDER).dossier
    sent = taken(CORRECT, prepared, "submit", HOLDER).dossier
    assert sent.stage is Stage.CONFIRMED
    assert sent.facts["excused"] == [EMPLOYER]
    asked = submitted(CORRECT, HOLDER)
    assert asked.stage is Stage.SUBMITTED
    assert "excused" not in asked.facts


def test_what_was_declined_is_remembered_so_that_it_is_not_sent_again_as_it_was() -> None:
    dossier = submitted(BIND, HOLDER)
    declined = taken(BIND, dossier, "decline", EMPLOYER).dossier
    assert declined.stage is Stage.DRAFT
    assert declined.form_version == 2
    assert declined.facts["returned_form"]
    revised = taken(BIND, taken(BIND, dossier_of(BIND), "prepare", HOLDER).dossier, "revise", HOLDER).dossier
    assert "returned_form" not in revised.facts, "who only looks again may send the same"
