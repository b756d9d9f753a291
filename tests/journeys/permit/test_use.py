"""What becomes of a permit: extended twice and no more, lapsed by itself, begun, stopped, resumed (domain text, §13.2)."""

from __future__ import annotations

from datetime import timedelta

from signing_service.domain.dates import add_months, in_chinese
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from tests.journeys.permit.world import Works


def test_it_is_extended_twice_the_third_time_is_refused_and_then_it_lapses_by_itself(works: Works) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project)
    issued = works.permit(permit)
    number = journey.begin("pm.extend", works.developer, works.extension(project, permit, months="4"))
    refusal = journey.refused(number, "prepare", works.developer)
    assert [error.field for error in refusal.errors] == ["months"]

    first = works.extended(project, permit)
    assert works.permit(permit).start_by == add_months(issued.start_by, 2)
    licence = works.licence(permit)
    assert (licence.version, licence.status, licence.issued_on) == (2, LicenceStatus.IN_FORCE, issued.issued_on)
    papers = journey.papers(first)
    for sheet in ("construction_permit", "construction_permit_duplicate", "pm_extend_form"):
        journey.assert_genuine(papers[sheet])
    until = in_chinese(works.permit(permit).start_by)
    assert f"应于{until}前开工" in journey.text_of(papers["construction_permit"])
    assert [one.status for one in journey.versions(permit)] == [LicenceStatus.SUPERSEDED, LicenceStatus.IN_FORCE]

    works.extended(project, permit)
    last = works.permit(permit)
    assert (last.extensions, last.start_by) == (2, add_months(add_months(issued.start_by, 2), 2))
    journey.keep(number, works.developer, works.extension(project, permit))
    refusal = journey.refused(number, "prepare", works.developer)
    assert refusal.code == "EXTENSION_LIMIT"
    assert in_chinese(last.start_by) in refusal.zh

    journey.time_passes((last.start_by - journey.today).days)
    works.night()
    assert works.licence(permit).status is LicenceStatus.IN_FORCE, "on the last day it may still begin"
    journey.time_passes(1)
    works.night()
    assert works.licence(permit).status is LicenceStatus.EXPIRED
    assert works.permit(permit).ended_on == journey.today
    (lapse,) = [one for one in works.of_procedure("pm.abolish") if journey.dossier(one).facts["licence_no"] == permit]
    assert journey.stage(lapse) is Stage.CLOSED
    notice = journey.papers(lapse)["pm_abolish_notice"]
    journey.assert_genuine(notice)
    assert in_chinese(last.start_by + timedelta(days=1)) in journey.text_of(notice)
    works.night()
    assert works.of_procedure("pm.abolish").count(lapse) == 1
    began = journey.begin("pm.start", works.developer, works.about(project, permit, started_on=str(journey.today),
                          order=journey.file()))  # fmt: skip
    assert journey.refused(began, "submit", works.developer).code == "PERMIT_ENDED"
    again = journey.begin("pm.permit", works.developer, works.application(project))
    journey.take(again, "prepare", works.developer)
    journey.settle(again)


def test_an_extension_that_was_applied_for_in_time_holds_the_end_up_until_it_is_decided(works: Works) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project)
    number = journey.begin("pm.extend", works.developer, works.extension(project, permit))
    journey.submit(number, works.developer)
    journey.settle(number)
    journey.take(number, "accept", journey.officer("tang"))
    journey.time_passes((works.permit(permit).start_by - journey.today).days + 1)
    works.night()
    assert works.licence(permit).status is LicenceStatus.IN_FORCE
    journey.take(number, "refuse", journey.officer("zheng"), "理由不成立，现场已具备开工条件。")
    journey.settle(number)
    works.night()
    assert works.licence(permit).status is LicenceStatus.EXPIRED


def test_works_that_have_begun_neither_lapse_nor_are_extended(works: Works) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project)
    early = works.about(
        project, permit, started_on=str(journey.today - timedelta(days=1)), order=journey.file("开工令.pdf")
    )
    number = journey.begin("pm.start", works.developer, early)
    assert journey.refused(number, "submit", works.developer).code == "DATE_ORDER"
    works.begun(project, permit)
    assert works.permit(permit).started_on == journey.today
    extension = journey.begin("pm.extend", works.developer, works.extension(project, permit))
    assert journey.refused(extension, "prepare", works.developer).code == "ALREADY_STARTED"
    journey.time_passes(200)
    works.night()
    assert works.licence(permit).status is LicenceStatus.IN_FORCE


def test_works_that_stop_are_reported_under_three_seals_and_go_on_when_that_is_reported(works: Works) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project)
    stop = works.of_site(project, permit, stopped_on=str(journey.today))
    number = journey.begin("pm.suspend", works.developer, stop)
    assert journey.refused(number, "prepare", works.developer).code == "NOT_STARTED"
    works.begun(project, permit)
    number = works.reported("pm.suspend", stop)
    assert set(journey.signed_by(journey.papers(number)["pm_suspend_form"])) == {"builder", "supervisor", "developer"}
    journey.take(number, "return", journey.officer("tang"), "请补充边坡监测记录。")
    journey.settle(number)
    journey.take(number, "prepare", works.developer)
    journey.settle(number)
    assert journey.waiting(number) == {"builder", "supervisor"}
    journey.take(number, "withdraw", works.developer)

    number = works.reported("pm.suspend", stop)
    journey.take(number, "accept", journey.officer("tang"))
    journey.settle(number)
    assert works.permit(permit).stopped_on == journey.today
    assert "中止施工" in works.licence(permit).facts["remarks"]
    filing = journey.begin("fin.filing", works.developer, works.filing(project, permit))
    assert journey.refused(filing, "prepare", works.developer).code == "WORKS_STOPPED"

    journey.time_passes(40)
    going_on = works.of_site(project, permit, resumed_on=str(journey.today), safety="边坡加固完成并经监理验收。")
    number = works.reported("pm.resume", going_on)
    assert journey.refused(number, "accept", journey.officer("tang")).code == "NOT_TO_VERIFY"
    journey.take(number, "take_note", journey.officer("tang"))
    journey.settle(number)
    assert works.permit(permit).stopped_on is None
    assert works.licence(permit).version == 3
    idle = journey.begin("pm.resume", works.developer, going_on)
    assert journey.refused(idle, "prepare", works.developer).code == "NOT_STOPPED"


def test_after_a_year_of_standing_still_the_permit_is_verified_by_others_before_works_go_on(works: Works) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project, started=True)
    number = works.reported("pm.suspend", works.of_site(project, permit, stopped_on=str(journey.today)))
    journey.take(number, "accept", journey.officer("tang"))
    journey.settle(number)
    resumed = add_months(journey.today, 12)
    number = works.reported(
        "pm.resume", works.of_site(project, permit, resumed_on=str(resumed), safety="已复核安全条件。")
    )
    assert journey.refused(number, "take_note", journey.officer("tang")).code == "VERIFICATION_REQUIRED"
    for step, officer in (("accept", "tang"), ("review", "song"), ("grant", "zheng")):
        journey.take(number, step, journey.officer(officer))
    journey.settle(number)
    assert "经核验恢复施工" in works.licence(permit).facts["remarks"]
    assert works.permit(permit).stopped_on is None
