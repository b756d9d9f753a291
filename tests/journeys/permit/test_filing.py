"""竣工验收备案: blocked without a fire result, then five seals, one officer, and everybody is free (§13.3, §18.6 no. 15)."""

from __future__ import annotations

from signing_service.domain.dossier import Stage
from signing_service.domain.employment import ProjectLock
from signing_service.domain.fire import FireMatter
from signing_service.domain.licences import LicenceStatus
from signing_service.storage import employments
from signing_service.storage.public_register import PublicRegister
from signing_service.workflows.five_parties import CONTRACTORS, FIVE
from tests.journeys.permit.world import Works
from tests.journeys.project.site import LEADERS


def lock(works: Works, project: str) -> None:
    """As taking the work on left it."""
    with works.journey.service.desk.database.transaction() as connection:
        name = works.found(project).name
        employments.lock(connection, ProjectLock(LEADERS["construction"][0], project, name, works.journey.today))


def signed(works: Works, number: str) -> None:
    journey = works.journey
    for one in FIVE:
        journey.take(number, "confirm", works.leader(one))
    for one in CONTRACTORS:
        journey.take(number, "confirm", works.unit(one))
    journey.take(number, "submit", works.developer)
    journey.settle(number)


def test_it_waits_for_fire_then_five_sign_and_seal_one_officer_confirms_and_the_manager_is_free(works: Works) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project, started=True)
    lock(works, project)
    number = journey.begin("fin.filing", works.developer, works.filing(project, permit))
    refusal = journey.refused(number, "prepare", works.developer)
    assert refusal.code == "FIRE_RESULT_MISSING"
    works.fire_result(project, FireMatter.ACCEPTANCE)
    journey.take(number, "prepare", works.developer)
    journey.settle(number)
    builder = CONTRACTORS[2]
    assert journey.refused(number, "confirm", works.unit(builder)).code == "SLOT_NOT_OPEN"
    signed(works, number)
    form = journey.papers(number)["fin_form"]
    assert len(journey.signed_by(form)) == 10
    assert journey.signed_by(form)[-1] == "developer"
    assert works.locked() == [project]

    journey.take(number, "return", journey.officer("tang"), "缺少环保认可文件。")
    journey.settle(number)
    journey.take(number, "prepare", works.developer)
    journey.settle(number)
    signed(works, number)
    journey.take(number, "grant", journey.officer("tang"))
    journey.settle(number)
    assert journey.stage(number) is Stage.CLOSED
    papers = journey.papers(number)
    journey.assert_genuine(papers["fin_form"])
    journey.assert_genuine(papers["completion_filing"])
    assert permit in journey.text_of(papers["completion_filing"])
    certificate = journey.licence_of(number)
    assert (len(certificate.number), certificate.facts["late"]) == (20, False)
    assert works.licence(permit).status is LicenceStatus.COMPLETED
    assert works.locked() == []
    shown = PublicRegister(journey.service.desk.database).by_code(papers["completion_filing"].code)
    assert shown is not None
    assert shown.status == "in_force"
    again = journey.begin("fin.filing", works.developer, works.filing(project, permit))
    assert journey.refused(again, "prepare", works.developer).code == "PERMIT_ENDED"


def test_filed_late_it_is_accepted_and_says_so_and_a_bad_acceptance_is_done_again(works: Works) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project, started=True)
    works.fire_result(project, FireMatter.FILING)
    form = works.filing(project, permit)
    journey.time_passes(16)
    number = works.drawn("fin.filing", form)
    signed(works, number)
    journey.take(number, "refuse", journey.officer("tang"), "验收组织形式不符合规定，责令重新组织竣工验收。")
    journey.settle(number)
    assert journey.stage(number) is Stage.REFUSED
    assert works.licence(permit).status is LicenceStatus.IN_FORCE
    number = works.drawn("fin.filing", form)
    signed(works, number)
    journey.take(number, "grant", journey.officer("tang"))
    journey.settle(number)
    assert journey.licence_of(number).facts["late"]
    assert "逾期备案" in journey.text_of(journey.papers(number)["completion_filing"])


def test_of_housing_both_booklets_are_handed_in_and_works_that_never_began_are_not_filed(works: Works) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project)
    form = works.filing(project, permit)
    del form["housing_papers"]
    number = journey.begin("fin.filing", works.developer, form)
    refusal = journey.refused(number, "prepare", works.developer)
    assert [error.field for error in refusal.errors] == ["housing_papers"]
    journey.keep(number, works.developer, works.filing(project, permit))
    assert journey.refused(number, "prepare", works.developer).code == "NOT_STARTED"


def test_a_failed_check_that_was_not_put_right_holds_the_filing_up(works: Works) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project, started=True)
    works.fire_result(project, FireMatter.FILING)
    works.fire_result(project, FireMatter.CHECK, passed=False)
    number = journey.begin("fin.filing", works.developer, works.filing(project, permit))
    assert journey.refused(number, "prepare", works.developer).code == "FIRE_RESULT_MISSING"
