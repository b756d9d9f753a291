"""While a permit is applied for, what was taken on for its works stays as it is (domain text, §12, §13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.projects import Project, Section, SectionKind, SectionState, UnitWork
from signing_service.procedures import CATALOGUE
from signing_service.workflows.checks_of_permits import NoPermitUnderWay
from signing_service.workflows.register import EmptyRegister
from tests.unit.workflows.tables import TODAY, dossier_of, situation_of

CHANGE, PERMIT = (CATALOGUE.latest(key, TODAY) for key in ("ct.construction_change", "pm.permit"))
NUMBER = "3601022611290101"
SECTION = Section(f"{NUMBER}-SG-001", NUMBER, SectionKind.CONSTRUCTION, "施工", ("001",), SectionState.ACCEPTED)
PROJECT = Project(
    number=NUMBER,
    name="匠心家园",
    region="360102",
    developer="91360100MA99001679",
    leader="360403197812310034",
    early=False,
    facts={},
    unit_works=(UnitWork("001", "1#住宅楼"), UnitWork("002", "幼儿园")),
    sections=(SECTION,),
)


@dataclass
class Applied(EmptyRegister):
    found: Sequence[Dossier] = ()

    def project(self, number: str) -> Project | None:
        return PROJECT if number == NUMBER else None

    def dossiers_on(self, project: str) -> Sequence[Dossier]:
        return self.found if project == NUMBER else ()


@pytest.mark.parametrize(
    ("stage", "work", "code"),
    [
        (Stage.SUBMITTED, "001", "PERMIT_UNDER_WAY"),
        (Stage.ACCEPTED, "001", "PERMIT_UNDER_WAY"),
        (Stage.ACCEPTED, "002", None),
        (Stage.DRAFT, "001", None),
        (Stage.WITHDRAWN, "001", None),
        (Stage.CLOSED, "001", None),
    ],
)
def test_what_is_taken_on_is_not_changed_under_an_application_for_its_permit(
    stage: Stage, work: str, code: str | None
) -> None:
    form = {"project_no": NUMBER, "unit_works": [{"code": work}]}
    applied = replace(dossier_of(PERMIT), stage=stage, form=form)
    change = replace(dossier_of(CHANGE), form={"project_no": NUMBER, "section_no": SECTION.number})
    problem = NoPermitUnderWay().refusal(change, situation_of(CHANGE, register=Applied([applied])))
    assert (problem.code if problem else None) == code
