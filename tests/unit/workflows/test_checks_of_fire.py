"""Completion is not filed before the fire result is known (domain text, §14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pytest

from signing_service.domain.fire import FireMatter, FireResult
from signing_service.procedures import CATALOGUE
from signing_service.workflows.checks_of_fire import FireResultKnown
from signing_service.workflows.register import EmptyRegister
from tests.unit.workflows.tables import TODAY, dossier_of, situation_of

PROJECT = "3601022611290101"
RECORD = CATALOGUE.latest("fs.record", TODAY)


@dataclass
class Results(EmptyRegister):
    found: Sequence[FireResult]

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
