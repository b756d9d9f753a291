"""Completion is not filed before the fire result is known (domain text, §14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pytest

from signing_service.domain.fire import FireMatter, FireResult
from signing_service.domain.permits import Permit, start_by
from signing_service.procedures import CATALOGUE
from signing_service.workflows.checks_of_fire import FireResultKnown, PermitOfProject
from signing_service.workflows.register import EmptyRegister
from tests.unit.workflows.tables import TODAY, dossier_of, situation_of

PROJECT = "3601022611290101"
RECORD = CATALOGUE.latest("fs.record", TODAY)


@dataclass
class Results(EmptyRegister):
    found: Sequence[FireResult] = ()
    permits: Sequence[Permit] = ()

    def permits_of(self, project: str) -> Sequence[Permit]:
        return [one for one in self.permits if one.project == project]

    def fire_results(self, project: str) -> Sequence[FireResult]:
        return [one for one in self.found if one.project == project]


def refusal(*results: FireResult) -> str | None:
    dossier = replace(dossier_of(RECORD), facts={"project_no": PROJECT})
    problem = FireResultKnown().refusal(dossier, situation_of(RECORD, register=Results(results)))
    return problem.code if problem else None


def passed(matter: FireMatter, project: str = PROJECT) -> FireResult:
    return FireResult(project, matter, passed=True, on=date(2026, 11, 20), dossier="D")


@pytest.mark.parametrize("matter", [FireMatter.ACCEPTANCE, FireMatter.FILING])
def test_with_an_acceptance_or_a_filing_completion_goes_on(matter: FireMatter) -> None:
    assert refusal(passed(matter)) is None


def test_without_one_or_with_another_projects_it_does_not() -> None:
    assert refusal() == "FIRE_RESULT_MISSING"
    assert refusal(passed(FireMatter.DESIGN)) == "FIRE_RESULT_MISSING"
    assert refusal(passed(FireMatter.FILING, "3601022611290199")) == "FIRE_RESULT_MISSING"


@pytest.mark.parametrize(
    ("known", "named", "code"),
    [
        ("360102202604150101", "360102202604150101", None),
        ("360102202604150101", "360102202604150102", "PERMIT_UNKNOWN"),
        ("", "360102201704150101", None),
    ],
)
def test_works_are_accepted_and_filed_under_a_permit_of_their_project(known: str, named: str, code: str | None) -> None:
    issued = date(2026, 4, 15)
    permits = [Permit(known, PROJECT, ("001",), issued, start_by(issued))] if known else []
    dossier = replace(dossier_of(RECORD), facts={"project_no": PROJECT}, form={"permit_no": named})
    problem = PermitOfProject().refusal(dossier, situation_of(RECORD, register=Results(permits=permits)))
    assert (problem.code if problem else None) == code
