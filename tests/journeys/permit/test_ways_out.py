"""Whatever of a permit or a filing is taken back, declined, returned, refused or lapses leaves everything as it was (§13, §18.5)."""

from __future__ import annotations

import pytest

from signing_service.domain.dossier import Stage
from signing_service.domain.fire import FireMatter
from signing_service.domain.projects import SectionKind
from signing_service.storage import permits
from tests.journeys.permit.world import Works
from tests.journeys.ways_out import every_way_out


@pytest.mark.parametrize("early", [False, True])
def test_of_a_permit(works: Works, early: bool) -> None:
    if early:
        project = works.project(SectionKind.SURVEY, SectionKind.DESIGN, reviewed=False, early=True)
        number = works.drawn("pm.permit_early", works.early_application(project))
    else:
        number = works.drawn("pm.permit", works.application(works.project()))
    every_way_out(works.journey, number)


@pytest.mark.parametrize("procedure", ["pm.suspend", "pm.resume", "fin.filing"])
def test_of_works_under_a_permit(works: Works, procedure: str) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project, started=True)
    today = str(journey.today)
    if procedure == "fin.filing":
        works.fire_result(project, FireMatter.ACCEPTANCE)
        form = works.filing(project, permit)
    elif procedure == "pm.resume":
        works.stands_still(permit)
        form = works.of_site(project, permit, resumed_on=today, safety="边坡加固完成并经监理验收。")
    else:
        form = works.of_site(project, permit, stopped_on=today)
    every_way_out(journey, works.drawn(procedure, form))


def test_of_an_extension(works: Works) -> None:
    project = works.project()
    every_way_out(works.journey, works.drawn("pm.extend", works.extension(project, works.permitted(project))))


def test_a_start_that_was_begun_and_not_registered(works: Works) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project)
    form = works.about(project, permit, started_on=str(journey.today), order=journey.file("开工令.pdf"))
    number = journey.begin("pm.start", works.developer, form)
    journey.take(number, "withdraw", works.developer)
    assert journey.stage(number) is Stage.WITHDRAWN
    with journey.service.desk.database.reading() as connection:
        found = permits.find(connection, permit)
    assert found is not None
    assert found.started_on is None
