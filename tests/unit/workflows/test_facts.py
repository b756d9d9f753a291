"""What a template is given to draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

import pytest

from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.parties import Party, Person
from signing_service.pipeline.templates import latest, load
from signing_service.settings import ROOT
from signing_service.storage.dossiers import JournalLine
from signing_service.workflows import effects
from signing_service.workflows.facts import facts_of_form, facts_of_licence, facts_of_notice, facts_shown
from signing_service.workflows.procedure import Procedure, Situation, Step
from tests.unit.workflows.tables import (
    AUTHORITY,
    CHANGE,
    HOLDER,
    KIND_OF,
    NOW,
    PARTIES,
    PERSON,
    PROCEDURES,
    RENEW,
    TODAY,
    dossier_of,
    licence_of,
    situation_of,
)

TEMPLATES = ROOT / "templates"


def drawn_by(kind: DocumentKind, name: str) -> set[str]:
    """What a template must have, lists by their own name."""
    template = load(TEMPLATES, latest(TEMPLATES, kind, name))
    return {fact.partition("[")[0] for fact, required in template.facts.items() if required}


RENEWAL = next(effect for step in RENEW.steps for effect in step.then if isinstance(effect, effects.RenderForm))

OF_THE_PERSON = {"education", "professional_title", "email", "qualification_no"}
"""What the register knows of the holder besides; the person of these tables has none of it."""
FACE = {"photo": "p", "category": "04", "category_name": "c", "employer_name": "e", "specialties": [{"name": "s"}]}
"""What the licence of a person says."""


def drawn() -> Iterator[tuple[Procedure, Step, effects.RenderForm | effects.RenderNotice]]:
    for procedure in PROCEDURES:
        for step in procedure.steps:
            for effect in step.then:
                if isinstance(effect, effects.RenderForm | effects.RenderNotice):
                    yield procedure, step, effect


def of_permit(procedure: Procedure) -> bool:
    return procedure.key.startswith("pm.")


def writing(procedure: Procedure) -> dict[SignatoryRole, Party]:
    """The parties, each organisation with a head for its letters: a review agency writes them too."""
    who = {role: PARTIES[role] for role in procedure.roles}
    return {
        role: party if isinstance(party, Person) else replace(party, facts={"letter_head": "示", **party.facts})
        for role, party in who.items()
    }


def given_to(procedure: Procedure, step: Step, effect: effects.RenderForm | effects.RenderNotice) -> set[str]:
    """Nothing is drawn and no register is asked: what is worked out is what ``shows`` says it gives."""
    asked = {one.name: {field.key: "-" for field in one.form} for one in procedure.steps if one.form}
    dossier = dossier_of(procedure, facts={"given": asked})
    face = dict.fromkeys(drawn_by(DocumentKind.LICENCE, "construction_permit"), "-") if of_permit(procedure) else FACE
    situation = situation_of(procedure, licence=licence_of(procedure, facts=face), parties=writing(procedure))
    worked_out = {name for one in effect.shows for name in one.gives}
    if isinstance(effect, effects.RenderForm):
        return worked_out | set(facts_of_form(replace(effect, shows=()), procedure, dossier, situation))
    line = JournalLine(dossier.number, 3, NOW, "tang", step.by.roles[0], step.name, step.at, step.to, {})
    return worked_out | set(facts_of_notice(replace(effect, shows=()), procedure, dossier, situation, 7, line))


@pytest.mark.parametrize(
    ("procedure", "step", "effect"),
    [
        pytest.param(*one, id=f"{one[0].key}-{one[2].template}")
        for one in {(one[0].key, one[2].template): one for one in drawn()}.values()
    ],
)
def test_a_document_is_given_every_fact_its_template_must_have(
    procedure: Procedure, step: Step, effect: effects.RenderForm | effects.RenderNotice
) -> None:
    kind = KIND_OF[type(effect)]
    given = given_to(procedure, step, effect)
    missing = sorted(drawn_by(kind, effect.template) - given - OF_THE_PERSON)
    assert not missing, (
        f"{procedure.key} draws {kind}s/{effect.template} at “{step.name}”, which must have {missing}, and nobody gives "
        f"that. Call a field of the form so, give it with shows=, or let it be absent ({{{missing[0]}?}}); "
        f"workflows/facts.py says where facts come from. "
        f"Fields of the form: {sorted(field.key for field in procedure.fields)}; given in all: {sorted(given)}"
    )


def test_a_notice_is_given_every_fact_its_template_must_have() -> None:
    dossier = dossier_of(RENEW, facts={"submitted_on": "2026-11-20"})
    line = JournalLine(
        dossier.number, 3, NOW, "tang", AUTHORITY, "accept", Stage.CONFIRMED, Stage.ACCEPTED, {"title": "受理"}
    )
    given = facts_of_notice(effects.RenderNotice("acceptance_notice"), RENEW, dossier, situation_of(RENEW), 7, line)
    assert drawn_by(DocumentKind.NOTICE, "acceptance_notice") <= set(given)
    assert given["notice_no"] == "示建许受〔2026〕第000007号"
    letter = effects.RenderNotice("acceptance_notice", mark="建消审字")
    marked = facts_of_notice(letter, RENEW, dossier, situation_of(RENEW), 7, line)
    assert marked["notice_no"] == "示建消审字〔2026〕第0007号"
    assert (given["applied_on"], given["accepted_on"], given["decide_by"]) == ("2026-11-20", "2026-11-22", "2026-12-04")


def test_a_renewal_form_says_the_end_that_the_renewed_licence_will_have() -> None:
    licence = licence_of(RENEW, valid_until=date(2027, 1, 1))
    given = facts_of_form(RENEWAL, RENEW, dossier_of(RENEW), situation_of(RENEW, licence=licence))
    assert given["requested_until"] == "2029-01-01"
    assert given["renewal_count"] == 1
    of_change = facts_of_form(effects.RenderForm("c2_change_form"), CHANGE, dossier_of(CHANGE), situation_of(CHANGE))
    assert "requested_until" not in of_change


@dataclass(frozen=True, slots=True)
class Undeclared:
    """Says more than it says it gives."""

    gives: ClassVar[tuple[str, ...]] = ("decision",)

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        return {"decision": dossier.number, "licence_no": str(situation.today)}


def test_what_a_document_shows_is_refused_unless_it_says_that_it_gives_it() -> None:
    with pytest.raises(LookupError, match=r"Undeclared shows \['licence_no'\]"):
        facts_shown((Undeclared(),), dossier_of(RENEW), situation_of(RENEW))
    (renewed,) = RENEWAL.shows
    assert set(facts_shown((renewed,), dossier_of(RENEW), situation_of(RENEW))) == set(renewed.gives)


def test_a_form_says_which_submission_it_is() -> None:
    given = facts_of_form(RENEWAL, RENEW, dossier_of(RENEW, form_version=3), situation_of(RENEW))
    assert given["form_version"] == "2026-01 / 第 3 次提交"
    assert given["dossier_no"] == dossier_of(RENEW).number


def test_what_the_applicant_writes_does_not_replace_number_and_date_of_the_office() -> None:
    forged = dossier_of(
        RENEW, form={"dossier_no": "forged", "applied_on": "2020-01-01", "requested_until": "2099-01-01"}
    )
    given = facts_of_form(RENEWAL, RENEW, forged, situation_of(RENEW))
    assert given["dossier_no"] == forged.number
    assert given["applied_on"] == TODAY.isoformat()
    assert given["requested_until"] == "2029-01-01"


def test_of_a_person_the_identity_number_tells_sex_and_birth() -> None:
    given = facts_of_form(RENEWAL, RENEW, dossier_of(RENEW), situation_of(RENEW))
    assert (given["id_no"], given["gender"], given["birth_date"]) == (str(PERSON.number), "男", "1990-03-07")


def test_on_a_licence_stands_what_was_granted_whatever_the_register_says_later() -> None:
    issued = licence_of(RENEW, facts={"photo": "granted", "employer_name": "granted"})
    moved = {**PARTIES, HOLDER: replace(PERSON, facts={"photo": "later", "employer_name": "later"})}
    given = facts_of_licence(issued, situation_of(RENEW, parties=moved))
    assert (given["photo"], given["employer_name"]) == ("granted", "granted")
    assert given["licence_no"] == issued.number


@pytest.mark.parametrize(("procedure", "name"), [(RENEW, "special_operation"), (CHANGE, "constructor")])
def test_a_licence_is_given_every_fact_its_template_must_have(procedure: Procedure, name: str) -> None:
    licence = licence_of(
        procedure,
        identifier="1.2.156.3005.2.11360000999000013K101.11360000999000013K.A042024000123.001.M",
        facts={
            "photo": "p", "category": "04", "category_name": "c", "employer_name": "e",
            "specialties": [{"name": "s", "code": "1", "valid_until": "2027-01-01"}],
        },
    )  # fmt: skip
    given = facts_of_licence(licence, situation_of(procedure))
    assert drawn_by(DocumentKind.LICENCE, name) - set(given) <= {"qualification_no"}
