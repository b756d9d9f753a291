"""The rules of registration, one by one: days at the edge, ages, hours, what the form may leave out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.dossier import Dossier
from signing_service.domain.licences import LicenceType
from signing_service.domain.parties import Person
from signing_service.procedures import CATALOGUE
from signing_service.workflows.procedure import Situation
from signing_service.workflows.registration import (
    FieldIs,
    SilentUntilDue,
    SpecialtiesRegistered,
    SpecialtiesRenewable,
    TrainingComplete,
    YoungerThan,
)
from tests.unit.workflows.tables import HOLDER, TODAY, dossier_of, licence_of, situation_of

RENEW = CATALOGUE.latest("c2.renew", TODAY)
WINDOW = SpecialtiesRenewable("renewed", 90, 30)


def case(days: int, form: dict[str, object]) -> tuple[Dossier, Situation]:
    """A dossier with this form, of a licence whose only specialty ends in so many days."""
    ends = (TODAY + timedelta(days=days)).isoformat()
    facts = {"specialties": [{"name": "建筑工程", "code": "10401001", "valid_until": ends}]}
    licence = licence_of(RENEW, type=LicenceType.CONSTRUCTOR, facts=facts)
    return replace(dossier_of(RENEW), form=form), situation_of(RENEW, licence=licence)


@pytest.mark.parametrize(
    ("days", "code"), [(91, "RENEW_TOO_EARLY"), (90, None), (30, None), (29, "RENEW_EXPIRED"), (-5, "RENEW_EXPIRED")]
)
def test_a_specialty_is_renewed_from_the_ninetieth_to_the_thirtieth_day_before_its_end(
    days: int, code: str | None
) -> None:
    refusal = WINDOW.refusal(*case(days, {"renewed": ["10401001"]}))
    assert (refusal.code if refusal else None) == code


def test_a_specialty_that_was_not_chosen_may_end_when_it_likes() -> None:
    assert WINDOW.refusal(*case(400, {"renewed": []})) is None


@pytest.mark.parametrize(("compulsory", "elective", "enough"), [(60, 60, True), (59, 61, False), (61, 59, False)])
def test_hours_of_one_kind_do_not_stand_for_the_other(compulsory: int, elective: int, enough: bool) -> None:
    form = {"training_compulsory": compulsory, "training_elective": elective}
    assert (TrainingComplete(60, 60).refusal(*case(60, form)) is None) is enough


@pytest.mark.parametrize(("born", "may"), [(date(1960, 11, 23), True), (date(1960, 11, 22), False)])
def test_the_last_day_is_the_one_before_the_sixty_sixth_birthday(born: date, may: bool) -> None:
    """Older than 65 is who has had the 66th birthday; TODAY is 22 November 2026."""
    head = f"360103{born:%Y%m%d}201"
    from signing_service.domain.codes import id_check

    person = Person(IdNo(head + id_check(head)), PersonName("李长庚"))
    dossier, situation = case(60, {})
    parties = {**situation.parties, HOLDER: person}
    assert (YoungerThan(65).refusal(dossier, replace(situation, parties=parties)) is None) is may


def test_all_specialties_are_cancelled_as_a_whole_only() -> None:
    refusal = SpecialtiesRegistered("dropped", some_stay=True).refusal(*case(60, {"dropped": ["10401001"]}))
    assert refusal is not None
    assert refusal.code == "SPECIALTIES_ALL"
    assert SpecialtiesRegistered("dropped").refusal(*case(60, {"dropped": ["10401001"]})) is None


@pytest.mark.parametrize(("due", "silent"), [(TODAY - timedelta(days=1), True), (TODAY, False), (None, False)])
def test_the_last_day_belongs_to_the_other_side(due: date | None, silent: bool) -> None:
    dossier, situation = case(60, {})
    clocks = {"party": {"since": "2026-11-01", "due": due.isoformat()}} if due else {}
    dossier = replace(dossier, facts={"clocks": clocks})
    assert (SilentUntilDue("party").refusal(dossier, situation) is None) is silent


def test_a_decision_that_is_not_the_one_asked_for_names_the_other() -> None:
    refusal = FieldIs("scope", "all", ("请选择部分注销", "cancel some")).refusal(*case(60, {"scope": "part"}))
    assert refusal is not None
    assert (refusal.code, refusal.zh) == ("OTHER_DECISION", "请选择部分注销")
