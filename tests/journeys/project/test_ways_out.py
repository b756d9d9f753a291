"""Whatever of a project, a contract or a result is taken back, declined, returned or lapses leaves everything as it was (§12, §18.5)."""

from __future__ import annotations

import pytest

from signing_service.domain.dossier import Stage
from signing_service.domain.projects import SectionKind, SectionState
from tests.journeys.project.site import Site
from tests.journeys.project.test_change import change, proposed, taken_on
from tests.journeys.project.test_construction_and_supervision import asked, confirmed_directly, published
from tests.journeys.project.test_results import results
from tests.journeys.ways_out import every_way_out

SURVEY, DESIGN = SectionKind.SURVEY, SectionKind.DESIGN
BUILD, SUPERVISE = SectionKind.CONSTRUCTION, SectionKind.SUPERVISION


@pytest.mark.parametrize("key", ["prj.register", "prj.early", "prj.change"])
def test_of_a_registration(site: Site, key: str) -> None:
    developer, form = site.developer(), site.registration()
    if key == "prj.early":
        form |= {"milestone_on": "2019-03-31", "milestone_proof": site.file("合格书.pdf")}
    if key == "prj.change":
        form["project_no"] = site.a_project().number
    number = site.begin(key, developer, form)
    site.take(number, "prepare", developer)
    site.settle(number)
    every_way_out(site, number)
    if key != "prj.change":
        assert site.project(site.dossier(number).facts["project_no"]) is None


def test_a_removal_that_is_not_sent_removes_nothing(site: Site) -> None:
    project = site.a_project()
    form = {"project_no": project.number, "why": "区划有误，重新报建。", "promise": True}
    number = site.begin("prj.remove", site.developer(), form)
    site.take(number, "withdraw", site.developer())
    assert site.stage(number) is Stage.WITHDRAWN
    assert site.project(project.number) is not None


@pytest.mark.parametrize("kind", [SURVEY, DESIGN])
def test_of_what_is_opened_with_a_code(site: Site, kind: SectionKind) -> None:
    number = site.begin(f"ct.{kind.value}", site.developer(), site.order(site.a_project(), kind))
    site.publish(number)
    every_way_out(site, number)


@pytest.mark.parametrize("kind", [BUILD, SUPERVISE])
def test_of_what_the_tender_office_confirms(site: Site, kind: SectionKind) -> None:
    number = asked(site, site.a_project(), kind)
    confirmed_directly(site, number)
    published(site, number)
    every_way_out(site, number)


@pytest.mark.parametrize("kind", list(SectionKind))
def test_of_a_change_of_what_is_taken_on(site: Site, kind: SectionKind) -> None:
    section = taken_on(site, site.a_project(), kind)
    number = proposed(site, section, change(site, section, contract_amount="99"))
    every_way_out(site, number)


@pytest.mark.parametrize("kind", [SURVEY, DESIGN])
def test_of_results(site: Site, kind: SectionKind) -> None:
    project = site.a_project()
    site.taken_on(project, SURVEY, SectionState.RESULTS_CONFIRMED)
    section = site.taken_on(project, kind)
    number = site.begin(f"out.{kind.value}", site.contractor(kind), results(site, section))
    site.take(number, "prepare", site.contractor(kind))
    site.settle(number)
    every_way_out(site, number)
