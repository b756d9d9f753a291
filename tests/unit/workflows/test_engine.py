"""The decision, by itself: who may, in which order, and what follows; and chance walks through every procedure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing_service.domain.codes import Region
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.staff import Grant, Level
from signing_service.procedures import CATALOGUE
from signing_service.workflows import effects
from signing_service.workflows.changes import PutLicenceInForce, VoidForm
from signing_service.workflows.engine import Event, Outcome, take_step, todos_of
from signing_service.workflows.procedure import Procedure, Step, any_of
from tests.unit.workflows.tables import (
    AUTHORITY,
    CHANGE,
    EMPLOYER,
    FORMER_EMPLOYER,
    HOLDER,
    ISSUE,
    NEW_EMPLOYER,
    PLATFORM,
    PROCEDURES,
    RENEW,
    STRANGER,
    actor,
    dossier_of,
    situation_of,
)

OFFICERS = ("tang", "song", "zheng", "feng")


def taken(
    procedure: Procedure, dossier: Dossier, step: str, role: SignatoryRole, person: str = "", reason: str = "材料不齐全"
) -> Outcome:
    return take_step(procedure, dossier, Event(step, actor(role, person), reason), situation_of(procedure))


def walked(procedure: Procedure, *steps: tuple[str, SignatoryRole, str]) -> Dossier:
    dossier = dossier_of(procedure)
    for step, role, person in steps:
        dossier = taken(procedure, dossier, step, role, person).dossier
    return dossier


def refused(procedure: Procedure, dossier: Dossier, step: str, who: Actor, reason: str = "材料不齐全") -> str:
    with pytest.raises(Problem) as refusal:
        take_step(procedure, dossier, Event(step, who, reason), situation_of(procedure))
    return refusal.value.code


def due(procedure: Procedure, outcome: Outcome) -> list[object]:
    step = procedure.step(outcome.step.name, outcome.from_stage)
    assert all((one.step, one.stage) == (step.name, step.at) for one in outcome.effects)
    return [step.then[one.position] for one in outcome.effects]


SUBMITTED = (("prepare", HOLDER, ""), ("submit", HOLDER, ""))
ACCEPTED = (*SUBMITTED, ("confirm", EMPLOYER, ""), ("accept", AUTHORITY, "tang"))
REVIEWED = (*ACCEPTED, ("review", AUTHORITY, "song"))


# ---- who may


def test_a_step_of_another_stage_is_refused_with_the_stage() -> None:
    with pytest.raises(Problem) as refusal:
        taken(RENEW, dossier_of(RENEW), "grant", AUTHORITY)
    assert (refusal.value.code, refusal.value.status) == ("STATE_CONFLICT", 409)
    assert refusal.value.facts == {"stage": "draft"}
    assert refused(RENEW, dossier_of(RENEW), "no such step", actor(HOLDER)) == "STATE_CONFLICT"


def test_a_party_in_another_role_and_another_party_in_the_role_are_strangers() -> None:
    submitted = walked(RENEW, *SUBMITTED)
    assert refused(RENEW, submitted, "confirm", actor(HOLDER)) == "NOT_YOUR_DOSSIER"
    assert refused(RENEW, submitted, "confirm", Actor(EMPLOYER, str(STRANGER.number), "clerk")) == "NOT_YOUR_DOSSIER"
    assert refused(RENEW, submitted, "confirm", Actor(EMPLOYER, "", "clerk")) == "NOT_YOUR_DOSSIER"


def test_a_role_that_nobody_plays_is_played_by_nobody() -> None:
    dossier = dossier_of(RENEW, stage=Stage.SUBMITTED, parties={HOLDER: str(actor(HOLDER).party)})
    assert refused(RENEW, dossier, "confirm", actor(EMPLOYER)) == "NOT_YOUR_DOSSIER"


def test_one_officer_acts_on_one_level_only() -> None:
    accepted = walked(RENEW, *ACCEPTED)
    assert refused(RENEW, accepted, "review", actor(AUTHORITY, "tang")) == "FOUR_EYES"
    reviewed = walked(RENEW, *REVIEWED)
    assert refused(RENEW, reviewed, "grant", actor(AUTHORITY, "tang")) == "FOUR_EYES"
    assert refused(RENEW, reviewed, "refuse", actor(AUTHORITY, "song")) == "FOUR_EYES"
    assert taken(RENEW, reviewed, "grant", AUTHORITY, "zheng").dossier.stage is Stage.ISSUING


def test_three_officers_are_enough_when_a_level_sends_back() -> None:
    """What comes back to a level is done again by whoever sits there, and by nobody of another level."""
    sent_back = walked(RENEW, *REVIEWED, ("send_back", AUTHORITY, "zheng"))
    assert refused(RENEW, sent_back, "review", actor(AUTHORITY, "zheng")) == "FOUR_EYES"
    again = taken(RENEW, sent_back, "review", AUTHORITY, "song").dossier
    assert refused(RENEW, again, "grant", actor(AUTHORITY, "song")) == "FOUR_EYES"
    assert taken(RENEW, again, "grant", AUTHORITY, "zheng").dossier.stage is Stage.ISSUING


def test_who_takes_a_step_that_counts_at_another_stage_counts_among_its_officers() -> None:
    """An objection that comes while the public is heard is recorded by who examined, and makes nobody an officer more."""
    steps = tuple(
        replace(step, at=Stage.REVIEWED, counts_at=Stage.ACCEPTED) if step.name == "send_back" else step
        for step in RENEW.steps
    )
    elsewhere = replace(RENEW, steps=steps)
    reviewed = walked(elsewhere, *REVIEWED)
    assert refused(elsewhere, reviewed, "send_back", actor(AUTHORITY, "tang")) == "FOUR_EYES"
    after = taken(elsewhere, reviewed, "send_back", AUTHORITY, "song").dossier
    assert after.facts["officers"][Stage.ACCEPTED] == ["song"]
    assert Stage.REVIEWED not in after.facts["officers"]


def test_a_step_makes_void_what_was_given_with_the_steps_it_names() -> None:
    steps = tuple(replace(step, forgets=("review",)) if step.name == "send_back" else step for step in RENEW.steps)
    forgetful = replace(RENEW, steps=steps)
    reviewed = walked(forgetful, *REVIEWED)
    told = replace(
        reviewed, facts={**reviewed.facts, "given": {"review": {"opinion": "符合"}, "accept": {"room": "1"}}}
    )
    after = taken(forgetful, told, "send_back", AUTHORITY, "zheng").dossier
    assert after.facts["given"] == {"accept": {"room": "1"}}


def test_who_reviewed_first_may_not_decide_when_another_reviewed_again() -> None:
    again = walked(RENEW, *REVIEWED, ("send_back", AUTHORITY, "zheng"), ("review", AUTHORITY, "feng"))
    assert refused(RENEW, again, "grant", actor(AUTHORITY, "song")) == "FOUR_EYES"


def test_whoever_returned_a_form_may_accept_the_new_one() -> None:
    confirmed = walked(RENEW, *SUBMITTED, ("confirm", EMPLOYER, ""), ("return", AUTHORITY, "tang"))
    again = confirmed
    for step, role in (("prepare", HOLDER), ("submit", HOLDER), ("confirm", EMPLOYER), ("accept", AUTHORITY)):
        again = taken(RENEW, again, step, role, "tang").dossier
    assert again.stage is Stage.ACCEPTED


@pytest.mark.parametrize(
    ("reason", "enough"), [("", False), ("不同意。", False), ("  不同意。 ", False), ("合同未到期", True)]
)
def test_a_refusal_without_five_characters_of_reason_is_refused(reason: str, enough: bool) -> None:
    submitted = walked(RENEW, *SUBMITTED)
    if enough:
        assert taken(RENEW, submitted, "decline", EMPLOYER, reason=reason).dossier.facts["reason"] == reason
    else:
        assert refused(RENEW, submitted, "decline", actor(EMPLOYER), reason) == "REASON_REQUIRED"


def test_a_check_is_asked_only_when_the_party_may_take_the_step() -> None:
    """A stranger learns nothing of a licence from a refusal."""
    nothing_in_order = situation_of(RENEW, licence=None)
    for who, code in ((actor(EMPLOYER), "NOT_YOUR_DOSSIER"), (actor(HOLDER), "NOT_FOUND")):
        with pytest.raises(Problem) as refusal:
            take_step(RENEW, dossier_of(RENEW), Event("prepare", who), nothing_in_order)
        assert refusal.value.code == code


def test_an_officer_without_the_level_is_told_and_of_another_region_finds_nothing() -> None:
    accepted = replace(walked(RENEW, *ACCEPTED), region="360102")

    def who(*grants: Grant) -> Actor:
        return replace(actor(AUTHORITY, "song"), grants=grants)

    review = Grant("so.*", Level.REVIEW, Region("360100"))
    assert refused(RENEW, accepted, "review", who()) == "NOT_FOUND"
    assert refused(RENEW, accepted, "review", who(replace(review, region=Region("360400")))) == "NOT_FOUND"
    assert refused(RENEW, accepted, "review", who(replace(review, procedures="c2.*"))) == "NOT_FOUND"
    assert refused(RENEW, accepted, "review", who(replace(review, level=Level.DECIDE))) == "LEVEL_NOT_GRANTED"
    moved = take_step(RENEW, accepted, Event("review", who(review)), situation_of(RENEW))
    assert moved.dossier.stage is Stage.REVIEWED


# ---- who is waited for


def test_todos_name_who_is_to_act_with_which_steps_until_when() -> None:
    assert todos_of(RENEW, dossier_of(RENEW)) == (), "a draft that was never sent waits for nobody"
    prepared = taken(RENEW, dossier_of(RENEW), "prepare", HOLDER)
    assert [(todo.role, todo.steps, todo.level) for todo in prepared.todos] == [(HOLDER, ("submit",), None)]
    submitted = taken(RENEW, prepared.dossier, "submit", HOLDER)
    assert [(todo.role, todo.steps, todo.due_on) for todo in submitted.todos] == [
        (EMPLOYER, ("confirm", "decline"), date(2026, 12, 4))
    ]
    confirmed = taken(RENEW, submitted.dossier, "confirm", EMPLOYER)
    assert [(todo.role, todo.level) for todo in confirmed.todos] == [(AUTHORITY, Level.ACCEPT)]
    returned = taken(RENEW, confirmed.dossier, "return", AUTHORITY, "tang")
    assert [(todo.role, todo.steps) for todo in returned.todos] == [(HOLDER, ("prepare",))]


def test_of_two_who_have_to_confirm_only_the_other_is_still_waited_for() -> None:
    half = taken(CHANGE, walked(CHANGE, *SUBMITTED), "confirm", NEW_EMPLOYER)
    assert [todo.role for todo in half.todos] == [FORMER_EMPLOYER]


def test_the_end_waits_for_nobody() -> None:
    assert taken(RENEW, dossier_of(RENEW), "withdraw", HOLDER).todos == ()


def test_who_did_not_begin_it_cannot_sign_it_for_the_other() -> None:
    """Of two who may begin, the one who did is the one who writes and signs."""
    both = replace(
        RENEW, initiators=(HOLDER, EMPLOYER),
        steps=(*RENEW.steps, Step("prepare", "生成", by=any_of(EMPLOYER), at=Stage.DRAFT, to=Stage.PREPARED)),
    )  # fmt: skip
    begun = dossier_of(both, facts={"initiator": EMPLOYER.value})
    assert refused(both, begun, "prepare", actor(HOLDER)) == "NOT_YOUR_DOSSIER"
    assert taken(both, begun, "prepare", EMPLOYER).dossier.stage is Stage.PREPARED


# ---- silence


WAIVE = Step(
    "waive", "原企业不配合，直接办理", by=any_of(HOLDER), at=Stage.SUBMITTED, to=Stage.CONFIRMED,
    stands_in_for=FORMER_EMPLOYER, optional=True,
)  # fmt: skip


def test_one_may_stand_in_for_a_party_that_is_silent_and_its_field_may_stay_empty() -> None:
    waivable = replace(CHANGE, steps=(*CHANGE.steps, WAIVE))
    waived = taken(waivable, walked(waivable, *SUBMITTED), "waive", HOLDER)
    assert (waived.dossier.stage, waived.effects) == (Stage.SUBMITTED, ())
    assert waived.dossier.facts["excused"] == ["former_employer"]
    moved = taken(waivable, waived.dossier, "confirm", NEW_EMPLOYER)
    assert moved.dossier.stage is Stage.CONFIRMED
    assert due(waivable, moved) == [effects.Seal("c2_change_form", NEW_EMPLOYER)]
    assert refused(waivable, waived.dossier, "confirm", actor(FORMER_EMPLOYER)) == "ALREADY_CONFIRMED"


def test_a_form_that_comes_back_asks_everybody_again() -> None:
    waivable = replace(CHANGE, steps=(*CHANGE.steps, WAIVE))
    waived = taken(waivable, walked(waivable, *SUBMITTED), "waive", HOLDER).dossier
    declined = taken(waivable, waived, "decline", NEW_EMPLOYER).dossier
    assert declined.facts["excused"] == []


# ---- what follows


def test_a_step_of_several_parties_moves_the_dossier_when_the_last_has_confirmed() -> None:
    submitted = walked(CHANGE, *SUBMITTED)
    for first, second in ((FORMER_EMPLOYER, NEW_EMPLOYER), (NEW_EMPLOYER, FORMER_EMPLOYER)):
        half = taken(CHANGE, submitted, "confirm", first)
        assert (half.dossier.stage, half.dossier.visit) == (Stage.SUBMITTED, {first})
        assert due(CHANGE, half) == [effects.Seal("c2_change_form", first)]
        assert refused(CHANGE, half.dossier, "confirm", actor(first)) == "ALREADY_CONFIRMED"
        whole = taken(CHANGE, half.dossier, "confirm", second)
        assert (whole.dossier.stage, whole.dossier.visit) == (Stage.CONFIRMED, frozenset())
        assert due(CHANGE, whole) == [effects.Seal("c2_change_form", second)]


def test_a_confirmation_counts_for_this_visit_only() -> None:
    half = taken(CHANGE, walked(CHANGE, *SUBMITTED), "confirm", NEW_EMPLOYER).dossier
    declined = taken(CHANGE, half, "decline", FORMER_EMPLOYER)
    assert declined.changes == (VoidForm(),)
    assert (declined.dossier.stage, declined.dossier.visit) == (Stage.DRAFT, frozenset())
    assert declined.dossier.form_version == 2
    again = taken(CHANGE, taken(CHANGE, declined.dossier, "prepare", HOLDER).dossier, "submit", HOLDER).dossier
    assert taken(CHANGE, again, "confirm", FORMER_EMPLOYER).dossier.stage is Stage.SUBMITTED


def test_the_grant_owes_everything_and_closes_nothing() -> None:
    granted = taken(RENEW, walked(RENEW, *REVIEWED), "grant", AUTHORITY, "zheng")
    assert granted.dossier.stage is Stage.ISSUING
    assert granted.changes == ()
    assert [type(effect).__name__ for effect in due(RENEW, granted)] == [
        "Seal", "Seal", "ProveAndArchive", "RenderLicence", "Seal", "Seal", "ProveAndArchive", "TakeStep",
    ]  # fmt: skip
    issued = taken(RENEW, granted.dossier, "issue", PLATFORM)
    assert (issued.dossier.stage, issued.changes[0]) == (Stage.CLOSED, PutLicenceInForce())
    assert issued.effects == ()


def test_a_decision_leaves_the_dossier_it_was_made_on_as_it_was() -> None:
    dossier = walked(RENEW, *ACCEPTED)
    before = replace(dossier, facts=dict(dossier.facts))
    taken(RENEW, dossier, "review", AUTHORITY, "song")
    assert dossier == before
    assert taken(RENEW, dossier, "review", AUTHORITY, "song") == taken(RENEW, dossier, "review", AUTHORITY, "song")


def test_the_day_of_the_submission_is_kept() -> None:
    assert walked(RENEW, *SUBMITTED).facts["submitted_on"] == "2026-11-22"
    assert walked(ISSUE, ("grant", AUTHORITY, "tang")).facts["submitted_on"] == "2026-11-22"


# ---- chance


def events(procedure: Procedure) -> st.SearchStrategy[Event]:
    """Steps of the procedure by its own parties, officers and strangers, with and without reason."""
    names = sorted({step.name for step in procedure.steps})
    actors = [actor(role) for role in procedure.roles if role is not AUTHORITY]
    officers = [actor(AUTHORITY, person) for person in OFFICERS]
    strangers = [Actor(AUTHORITY, str(STRANGER.number), "tang"), Actor(HOLDER, str(STRANGER.number), "holder")]
    return st.builds(
        Event,
        st.sampled_from(names),
        st.sampled_from([*actors, *officers, *strangers]),
        st.sampled_from(["", "不行", "材料不齐全，请补正。"]),
    )


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda procedure: procedure.key)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_on_every_walk_the_rules_hold(procedure: Procedure, data: st.DataObject) -> None:
    dossier, situation = dossier_of(procedure), situation_of(procedure)
    levels: dict[Stage, set[str]] = {}
    in_force = 0
    issues = any(isinstance(effect, effects.RenderLicence) for step in procedure.steps for effect in step.then)
    for anything in data.draw(st.lists(events(procedure), max_size=60)):
        # half of the time a step that exists here, so that walks get somewhere
        here = sorted({step.name for step in procedure.steps if step.at is dossier.stage})
        likely = bool(here) and data.draw(st.booleans())
        event = replace(anything, step=data.draw(st.sampled_from(here))) if likely else anything
        try:
            outcome = take_step(procedure, dossier, event, situation)
        except Problem:
            continue
        after = outcome.dossier
        step = procedure.step(event.step, dossier.stage)
        assert after.version == dossier.version + 1
        assert dossier.parties[event.actor.role] == event.actor.party
        assert event.actor.role not in dossier.visit, "never two confirmations by one role in a visit"
        assert after.visit <= set(step.by.roles)
        assert after.form_version == dossier.form_version + (step.form_goes_back and after.stage is not dossier.stage)
        assert after.stage in (dossier.stage, step.to)
        if event.actor.role is AUTHORITY:
            others = {person for level, persons in levels.items() if level is not dossier.stage for person in persons}
            assert event.actor.person not in others, "four eyes"
            levels.setdefault(dossier.stage, set()).add(event.actor.person)
        if step.form_goes_back:
            levels = {}
        in_force += outcome.changes.count(PutLicenceInForce())
        voids = any(type(change).__name__.startswith("Void") for change in outcome.changes)
        assert voids or after.form_version == dossier.form_version, "what comes back is void"
        assert in_force <= (after.stage is Stage.CLOSED and issues), "nothing is in force before the end"
        dossier = after
    if dossier.stage.is_final:
        for role in procedure.roles:
            assert refused(procedure, dossier, "withdraw", actor(role)) == "STATE_CONFLICT"


def of_project(procedure: Procedure, *but: SignatoryRole) -> Dossier:
    """At the stage at which the units confirm; nobody plays the parts ``but``."""
    dossier = dossier_of(procedure)
    parties = {role: party for role, party in dossier.parties.items() if role not in but}
    return replace(dossier, stage=Stage.SUBMITTED, parties=parties)


def test_a_role_that_nobody_plays_is_not_waited_for_and_its_field_stays_empty() -> None:
    accept = CATALOGUE.latest("fs.accept", date(2026, 11, 22))
    dossier = of_project(accept, SignatoryRole.DESIGNER, SignatoryRole.SUPERVISOR)
    for role in (SignatoryRole.BUILDER, SignatoryRole.LEGAL_REPRESENTATIVE):
        assert dossier.stage is Stage.SUBMITTED
        dossier = taken(accept, dossier, "confirm", role).dossier
    assert dossier.stage is Stage.PREPARED
    assert dossier.facts["excused"] == ["designer", "supervisor"]


def test_in_order_nobody_waits_for_a_role_that_nobody_plays() -> None:
    design = CATALOGUE.latest("fs.design", date(2026, 11, 22))
    representative = actor(SignatoryRole.LEGAL_REPRESENTATIVE)
    assert refused(design, of_project(design), "confirm", representative) == "SLOT_NOT_OPEN"
    dossier = of_project(design, SignatoryRole.DESIGNER)
    assert SignatoryRole.LEGAL_REPRESENTATIVE in {todo.role for todo in todos_of(design, dossier)}
    after = taken(design, dossier, "confirm", SignatoryRole.LEGAL_REPRESENTATIVE).dossier
    assert (after.stage, after.facts["excused"]) == (Stage.PREPARED, ["designer"])
