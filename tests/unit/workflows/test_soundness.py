"""A table that is not sound is refused at start-up, with every fault named."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.workflows.catalogue import Catalogue
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import Seal, TakeStep
from signing_service.workflows.procedure import Procedure, Step, any_of
from signing_service.workflows.soundness import faults
from tests.unit.workflows.tables import AUTHORITY, EMPLOYER, HOLDER, PLATFORM, PROCEDURES, RENEW


@dataclass(frozen=True)
class Invented:
    """A word that is in no list."""


def planted(*steps: Step) -> list[str]:
    return faults(replace(RENEW, steps=(*RENEW.steps, *steps)))


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda one: one.key)
def test_every_procedure_is_sound(procedure: Procedure) -> None:
    assert faults(procedure) == []


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        (Step("x", "x", by=any_of(SignatoryRole.DEVELOPER), at=Stage.DRAFT, to=Stage.CLOSED), "play no part"),
        (Step("x", "x", by=any_of(AUTHORITY), at=Stage.DRAFT, to=Stage.CLOSED), "have a level"),
        (Step("x", "x", by=any_of(HOLDER), at=Stage.CLOSED, to=Stage.DRAFT), "nothing happens after the end"),
        (Step("x", "x", by=any_of(HOLDER), at=Stage.EXTERNAL, to=Stage.CLOSED), "no way leads to external"),
        (Step("x", "x", by=any_of(HOLDER), at=Stage.DRAFT, to=Stage.EXTERNAL), "external: no way leads from here"),
        (
            Step("x", "x", by=any_of(HOLDER), at=Stage.DRAFT, to=Stage.CLOSED, changes=(Invented(),)),
            "Invented is not in the closed lists",
        ),
        (
            Step(
                "x", "x", by=any_of(HOLDER), at=Stage.DRAFT, to=Stage.CLOSED, then=(Seal("f", SignatoryRole.BUILDER),)
            ),
            "builder plays no part",
        ),
        (
            Step("x", "x", by=any_of(HOLDER), at=Stage.DRAFT, to=Stage.CLOSED, then=(TakeStep("nothing"),)),
            "there is no step nothing at closed",
        ),
    ],
)
def test_a_planted_fault_is_named(step: Step, fault: str) -> None:
    assert any(fault in one for one in planted(step)), planted(step)


def test_a_deadline_whose_step_the_platform_does_not_have_is_named() -> None:
    wrong = replace(RENEW, deadlines=(Deadline("late", (Stage.SUBMITTED,), working(3), then="confirm"),))
    assert any("the platform has no step confirm" in one for one in faults(wrong))


def test_a_catalogue_with_a_fault_does_not_open() -> None:
    with pytest.raises(ValueError, match="there is no field nowhere"):
        Catalogue((replace(RENEW, licence_field="nowhere"),))


def test_two_procedures_do_not_share_a_code() -> None:
    with pytest.raises(ValueError, match="SORN stands for"):
        Catalogue((RENEW, replace(RENEW, key="so.other")))


def test_roles_are_played_by_somebody() -> None:
    """What the tests above rest on."""
    assert {HOLDER, EMPLOYER, AUTHORITY, PLATFORM} == set(RENEW.roles)
