"""特殊建设工程: their fire protection design passes review before they are permitted (domain text, §13.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.fire import FireMatter, FireResult
from signing_service.procedures import CATALOGUE
from signing_service.workflows.checks_of_permits import FireDesignOfSpecialWorks
from signing_service.workflows.register import EmptyRegister
from tests.unit.workflows.tables import TODAY, dossier_of, situation_of

PROJECT = "3601022611290101"
PERMIT, REVIEW, EARLY = (CATALOGUE.latest(key, TODAY) for key in ("pm.permit", "rv.design", "rv.early"))


@dataclass
class Begun(EmptyRegister):
    dossiers: Sequence[Dossier] = ()
    found: Sequence[FireResult] = ()

    def dossiers_on(self, project: str) -> Sequence[Dossier]:
        return self.dossiers if project == PROJECT else ()

    def fire_results(self, project: str) -> Sequence[FireResult]:
        return self.found if project == PROJECT else ()


def review(special: str, stage: Stage = Stage.CLOSED, work: str = "001", **said: str) -> Dossier:
    form = {"unit_works": [{"code": work}], "special": special, **said}
    return replace(dossier_of(EARLY if said else REVIEW), form=form, stage=stage)


def refusal(*reviews: Dossier, said: str = "no", found: Sequence[FireResult] = ()) -> str | None:
    form = {"project_no": PROJECT, "unit_works": [{"code": "001"}], "special_fire": said}
    situation = situation_of(PERMIT, register=Begun(reviews, found))
    problem = FireDesignOfSpecialWorks().refusal(replace(dossier_of(PERMIT), form=form), situation)
    return problem.code if problem else None


def test_works_that_form_and_reviews_take_for_ordinary_need_no_review_of_their_fire_design() -> None:
    assert refusal(review("no")) is None
    assert refusal(review("no"), said="yes") == "FIRE_DESIGN_MISSING"


@pytest.mark.parametrize("said", [{}, {"subject": "design"}])
@pytest.mark.parametrize("stage", [Stage.ACCEPTED, Stage.CLOSED])
def test_works_whose_drawings_were_reviewed_as_special_are_special_whatever_the_form_says(
    stage: Stage, said: dict[str, str]
) -> None:
    special = review("yes", stage, **said)
    assert refusal(special) == "FIRE_DESIGN_MISSING"
    passed = FireResult(PROJECT, FireMatter.DESIGN, passed=True, on=TODAY, dossier="D")
    assert refusal(special, found=[passed]) is None


@pytest.mark.parametrize(
    "other",
    [
        review("yes", Stage.WITHDRAWN),
        review("yes", Stage.DRAFT),
        review("yes", work="002"),
        review("yes", subject="survey"),
    ],
)
def test_reviews_that_came_to_nothing_or_are_about_something_else_do_not_count(other: Dossier) -> None:
    assert refusal(other) is None


def test_the_last_review_of_the_drawings_holds() -> None:
    assert refusal(review("yes"), review("no")) is None
    assert refusal(review("no"), review("yes")) == "FIRE_DESIGN_MISSING"
