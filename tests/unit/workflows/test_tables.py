"""What holds for the table of every procedure, those that are not written yet included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.dossier import FINAL, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.numbers import DossierNo
from signing_service.domain.staff import Level
from signing_service.pipeline.templates import Template, latest, load
from signing_service.procedures import CATALOGUE
from signing_service.settings import ROOT
from signing_service.workflows import effects
from signing_service.workflows.apply import APPLIED_BY
from signing_service.workflows.changes import PutLicenceInForce, VoidForm
from signing_service.workflows.changes_of_projects import VoidAllForms
from signing_service.workflows.perform import PERFORMERS
from signing_service.workflows.procedure import Effect, Procedure, Side, Step
from signing_service.workflows.words import CHANGES, CHECKS, EFFECTS
from tests.unit.workflows.tables import KIND_OF, PROCEDURES, RENEW

TEMPLATES = ROOT / "templates"
every_procedure = pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda procedure: procedure.key)


def paths(procedure: Procedure) -> Iterator[tuple[Step, ...]]:
    """Every way from the draft to an end that takes no row twice."""

    def onwards(stage: Stage, taken: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
        if stage.is_final:
            yield taken
            return
        for step in procedure.steps:
            if step.at is stage and step not in taken:
                yield from onwards(step.to, (*taken, step))

    yield from onwards(Stage.DRAFT, ())


def acting(step: Step, initiator: SignatoryRole) -> tuple[SignatoryRole, ...]:
    """Who takes a row of a dossier that this role began: the beginner, the other side, or all whom it names."""
    if step.by.quorum != "any" or len(step.by.roles) == 1:
        return step.by.roles
    mine = step.at.lies_with_initiator or step.side is Side.BEGINNER
    if initiator not in step.by:
        return step.by.roles[:1]
    others = tuple(role for role in step.by.roles if role is not initiator)
    return (initiator,) if mine else others[:1]


def owed(step: Step, initiator: SignatoryRole) -> list[Effect]:
    """The effects that are due: of one of the step's own parties only when that party takes it."""
    by = acting(step, initiator)
    return [effect for effect in step.then if (role := getattr(effect, "role", None)) not in step.by or role in by]


def excused_on(path: tuple[Step, ...]) -> set[SignatoryRole]:
    """Whose field may stay empty at the end of a way."""
    return {role for step in path for role in (*step.excuses, step.stands_in_for) if role is not None}


def stages(procedure: Procedure) -> set[Stage]:
    return {step.at for step in procedure.steps} | {step.to for step in procedure.steps}


def drawn(procedure: Procedure) -> dict[str, Template]:
    """The template of each document that the procedure makes."""
    return {
        effect.template: load(TEMPLATES, latest(TEMPLATES, KIND_OF[type(effect)], effect.template))
        for step in procedure.steps
        for effect in step.then
        if isinstance(effect, (effects.RenderForm, effects.RenderNotice, effects.RenderLicence, effects.RenderCopy))
    }


# ---- stages


@every_procedure
def test_every_stage_is_reached_from_the_draft(procedure: Procedure) -> None:
    reached = {Stage.DRAFT}
    while more := {step.to for step in procedure.steps if step.at in reached} - reached:
        reached |= more
    assert stages(procedure) == reached


@every_procedure
def test_from_every_stage_there_is_a_way_to_an_end(procedure: Procedure) -> None:
    ends = set(FINAL)
    while more := {step.at for step in procedure.steps if step.to in ends} - ends:
        ends |= more
    assert stages(procedure) <= ends


@every_procedure
def test_nothing_follows_an_end(procedure: Procedure) -> None:
    assert not [step.name for step in procedure.steps if step.at.is_final]
    assert {stage for stage in stages(procedure) if not stage.is_final} == {step.at for step in procedure.steps}


@every_procedure
def test_a_step_has_one_row_at_a_stage(procedure: Procedure) -> None:
    rows = [(step.name, step.at, role) for step in procedure.steps for role in step.by.roles]
    assert len(set(rows)) == len(rows), "of two rows of a name each role has one"


@every_procedure
def test_steps_that_several_must_take_are_alone_in_gathering_confirmations_at_their_stage(procedure: Procedure) -> None:
    """The visit of a stage counts who has confirmed, so two such rows would count each other's."""
    gathering = [step.at for step in procedure.steps if step.by.quorum == "all"]
    assert len(set(gathering)) == len(gathering)


# ---- parties


@every_procedure
def test_only_the_roles_of_the_procedure_act_and_sign(procedure: Procedure) -> None:
    taking = {role for step in procedure.steps for role in step.by.roles}
    signing = {effect.role for step in procedure.steps for effect in step.then if isinstance(effect, effects.Seal)}
    assert taking | signing <= set(procedure.roles)
    assert procedure.initiator in procedure.roles
    assert all(step.by.roles for step in procedure.steps)


@every_procedure
def test_the_initiator_alone_takes_the_first_step(procedure: Procedure) -> None:
    first = {role for step in procedure.steps if step.at is Stage.DRAFT for role in step.by.roles}
    assert first == set(procedure.beginners)


@every_procedure
def test_the_form_appoints_parties_by_fields_it_has(procedure: Procedure) -> None:
    keys = {field.key for field in procedure.fields}
    assert set(procedure.parties_from.values()) <= keys
    assert set(procedure.parties_from) <= set(procedure.roles)
    assert procedure.licence_field is None or procedure.licence_field in keys
    assert len(keys) == len(list(procedure.fields))


# ---- documents


@every_procedure
def test_every_document_has_a_template_with_a_field_for_whoever_seals_it(procedure: Procedure) -> None:
    templates = drawn(procedure)
    for step in procedure.steps:
        for effect in step.then:
            if isinstance(effect, effects.Seal):
                assert effect.role in templates[effect.template].roles, (step.name, effect)
            if isinstance(effect, effects.ProveAndArchive):
                assert effect.template in templates


@every_procedure
def test_whoever_has_a_field_is_a_party_of_the_procedure(procedure: Procedure) -> None:
    for template in drawn(procedure).values():
        assert set(template.roles) <= set(procedure.roles), template.template_id


@every_procedure
def test_on_every_way_a_document_is_drawn_then_signed_by_each_once_then_proven(procedure: Procedure) -> None:
    templates = drawn(procedure)
    for initiator, path in ((role, path) for role in procedure.beginners for path in paths(procedure)):
        open_fields: dict[str, list[SignatoryRole]] = {}
        proven: set[str] = set()
        excused = excused_on(path)
        for step in path:
            if any(isinstance(change, VoidForm | VoidAllForms) for change in step.changes):
                voided = [name for name in open_fields if templates[name].template_id.kind is DocumentKind.FORM]
                for name in voided:
                    del open_fields[name]
            if step.form_goes_back:
                # what is drawn from now on belongs to another version of the form
                for name, template in templates.items():
                    if template.template_id.kind is not DocumentKind.LICENCE:
                        open_fields.pop(name, None)
                        proven.discard(name)
            for effect in owed(step, initiator):
                follow(effect, templates, open_fields, proven, excused)


def follow(
    effect: Effect,
    templates: dict[str, Template],
    open_fields: dict[str, list[SignatoryRole]],
    proven: set[str],
    excused: set[SignatoryRole],
) -> None:
    match effect:
        case effects.RenderForm() | effects.RenderNotice() | effects.RenderLicence() | effects.RenderCopy():
            if isinstance(effect, effects.RenderNotice) and effect.template in proven:
                # a step that is taken again sends a letter of its own
                proven.discard(effect.template)
                del open_fields[effect.template]
            assert effect.template not in proven
            assert effect.template not in open_fields
            open_fields[effect.template] = list(templates[effect.template].roles)
        case effects.Seal():
            assert effect.role in open_fields[effect.template], "each field is filled once, after it was laid"
            if effect.role is templates[effect.template].roles[-1]:
                assert set(open_fields[effect.template]) - excused <= {effect.role}, "who locks comes last"
            open_fields[effect.template].remove(effect.role)
        case effects.ProveAndArchive():
            assert set(open_fields[effect.template]) <= excused, "nobody is missing when it is proven"
            proven.add(effect.template)


@every_procedure
def test_a_licence_counts_only_after_its_file_is_sealed_and_proven(procedure: Procedure) -> None:
    """Nothing can take it back any more: the dossier is closed, or is closed by telling somebody."""
    for path in paths(procedure):
        proven: list[type] = []
        for step in path:
            if any(isinstance(change, PutLicenceInForce) for change in step.changes):
                assert step.to is Stage.CLOSED or {one.to for one in procedure.steps if one.at is step.to} == {
                    Stage.CLOSED
                }
                assert proven[-1] is effects.ProveAndArchive
                assert effects.RenderLicence in proven
            proven += [type(effect) for effect in step.then if not isinstance(effect, effects.TakeStep)]


@every_procedure
def test_a_dossier_that_does_not_succeed_puts_no_licence_in_force(procedure: Procedure) -> None:
    """One that succeeds puts in force what it drew: some make no licence, and change what is said of one."""
    for path in paths(procedure):
        made = [change for step in path for change in step.changes if isinstance(change, PutLicenceInForce)]
        assert not made or path[-1].to is Stage.CLOSED
        drawn_licences = [
            effect
            for step in path
            for effect in step.then
            if isinstance(effect, effects.RenderLicence) and not effect.sheet
        ]
        assert len(drawn_licences) == len(made) <= 1


@every_procedure
def test_a_form_that_goes_back_or_is_withdrawn_is_void_and_no_other(procedure: Procedure) -> None:
    has_form = any(isinstance(effect, effects.RenderForm) for step in procedure.steps for effect in step.then)
    for step in procedure.steps:
        voids = any(isinstance(change, VoidForm | VoidAllForms) for change in step.changes)
        given_up = step.to is Stage.WITHDRAWN or (step.to is Stage.LAPSED and step.at is not Stage.CORRECTION)
        # whoever decides leaves the form as it was signed; a party that will not sign may make it void
        not_signed = step.to is Stage.REFUSED and SignatoryRole.AUTHORITY not in step.by
        goes_back = step.to.is_editable or (step.to is Stage.PREPARED and step.at is not Stage.DRAFT)
        # what comes back from another system had no form yet
        comes_back = step.to.is_editable and step.at is not Stage.EXTERNAL
        assert voids or not (comes_back or (given_up and has_form)), step.name
        assert not voids or step.form_goes_back or goes_back or given_up or not_signed, step.name
        assert step.form_goes_back or not step.to.is_editable, step.name


@every_procedure
def test_who_sends_back_or_refuses_says_why(procedure: Procedure) -> None:
    negative = {"decline", "return", "send_back", "not_accept", "refuse", "fail", "drop"}
    assert {step.name for step in procedure.steps if step.name in negative and not step.reason_required} == set()


@every_procedure
def test_a_step_that_the_platform_takes_by_itself_is_the_last_thing_owed(procedure: Procedure) -> None:
    for step in procedure.steps:
        taken = [position for position, effect in enumerate(step.then) if isinstance(effect, effects.TakeStep)]
        assert taken in ([], [len(step.then) - 1])
        for position in taken:
            following = procedure.step(step.then[position].step, step.to)  # type: ignore[attr-defined]
            assert following.by.roles == (SignatoryRole.PLATFORM,)


# ---- closed lists, catalogue


def test_every_check_change_and_effect_is_on_its_closed_list() -> None:
    for procedure in PROCEDURES:
        for step in procedure.steps:
            assert {type(check) for check in step.provided} <= set(CHECKS)
            assert {type(change) for change in step.changes} <= set(CHANGES)
            assert {type(effect) for effect in step.then} <= set(EFFECTS)
    assert set(PERFORMERS) == set(EFFECTS)
    assert set(APPLIED_BY) == set(CHANGES)


def test_keys_codes_and_editions_are_unique_and_codes_make_dossier_numbers() -> None:
    assert len({(procedure.key, procedure.edition) for procedure in PROCEDURES}) == len(PROCEDURES)
    codes = {procedure.code: procedure.key for procedure in PROCEDURES}
    assert len(codes) == len({procedure.key for procedure in PROCEDURES})
    for code in codes:
        minted = DossierNo.mint(code, date(2026, 11, 22), 1)
        assert DossierNo.parse(minted) == minted


def test_procedures_speak_both_languages_and_name_their_law() -> None:
    for procedure in PROCEDURES:
        assert procedure.title
        assert procedure.title_en.isascii()
        assert procedure.basis.startswith("《")
        decides = any(step.level is Level.DECIDE for step in procedure.steps)
        assert procedure.decision_days > 0 or not decides, procedure.key
        assert all(field.label and field.label_en for field in procedure.fields)


def test_a_dossier_begins_with_the_latest_edition_in_effect_and_keeps_it() -> None:
    assert CATALOGUE.latest("so.renew", date(2026, 1, 1)) is RENEW
    assert CATALOGUE.pinned("so.renew", RENEW.edition) is RENEW
    for ask in (
        lambda: CATALOGUE.latest("so.renew", date(2025, 12, 31)),
        lambda: CATALOGUE.latest("so.unheard_of", date(2026, 1, 1)),
        lambda: CATALOGUE.pinned("so.renew", date(2025, 1, 1)),
    ):
        with pytest.raises(Problem) as refusal:
            ask()
        assert refusal.value.code == "PROCEDURE_UNKNOWN"
