"""A developer is reminded before a permit lapses: once at each threshold, with a todo, and never in vain (domain text, §13.2)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.dates import in_chinese
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.messages import Event
from signing_service.storage import dossiers, licences, messages
from signing_service.workflows.start_reminders import REMIND, end_reminders, remind_of_start
from tests.journeys.permit.world import Works

THRESHOLDS = (30, 7, 1)


def told(works: Works, permit: str) -> list[str]:
    """What the developer was told of this permit, the first first."""
    with works.journey.service.desk.database.reading() as connection:
        found = messages.of_party(connection, works.developer.party)
    return [one.zh for one in reversed(found) if one.event is Event.START_DUE and permit in one.zh]


def waiting(works: Works, permit: str) -> list[str]:
    with works.journey.service.desk.database.reading() as connection:
        return dossiers.open_on_licence(connection, REMIND, permit)


def days_before(works: Works, start_by: date, days: int) -> None:
    """So many days before the last one, and the night's work is done; the service does it by itself, too."""
    works.journey.time_passes((start_by - works.journey.today).days - days)
    for _ in range(2):
        remind_of_start(works.journey.service.desk, THRESHOLDS)
        end_reminders(works.journey.service.desk)


def test_a_developer_is_told_at_each_threshold_once_and_a_todo_waits_until_the_start_is_registered(
    works: Works,
) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project)
    last = works.permit(permit).start_by
    days_before(works, last, 31)
    assert told(works, permit) == []
    days_before(works, last, 30)
    (first,) = told(works, permit)
    assert f"最迟应于 {in_chinese(last)} 开工，还有 30 天" in first
    assert "还可延期 2 次" in first
    (todo,) = waiting(works, permit)
    assert journey.waiting(todo) == {"developer"}
    assert journey.dossier(todo).facts["clocks"]["start"]["due"] == last.isoformat()
    days_before(works, last, 29)
    assert len(told(works, permit)) == 1
    journey.take(todo, "acknowledge", works.developer)
    assert (journey.stage(todo), waiting(works, permit)) == (Stage.CLOSED, [])

    days_before(works, last, 6)
    assert len(told(works, permit)) == 2, "the threshold of 7 days, found a day late"
    (todo,) = waiting(works, permit)
    works.begun(project, permit)
    end_reminders(journey.service.desk)
    assert waiting(works, permit) == []
    assert journey.dossier(todo).facts["ended_by"] == "end"
    days_before(works, last, 0)
    assert len(told(works, permit)) == 2, "works have begun"


def test_nobody_is_reminded_while_an_extension_is_decided_and_after_it_of_the_new_day_alone(works: Works) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project)
    before = works.permit(permit).start_by
    days_before(works, before, 20)
    assert len(waiting(works, permit)) == 1
    number = journey.begin("pm.extend", works.developer, works.extension(project, permit))
    journey.submit(number, works.developer)
    journey.settle(number)
    journey.take(number, "accept", journey.officer("tang"))
    days_before(works, before, 5)
    assert (len(told(works, permit)), waiting(works, permit)) == (1, [])
    journey.take(number, "grant", journey.officer("zheng"))
    journey.settle(number)
    after = works.permit(permit).start_by
    days_before(works, before, 1)
    assert len(told(works, permit)) == 1
    days_before(works, after, 30)
    assert f"最迟应于 {in_chinese(after)} 开工" in told(works, permit)[-1]
    assert "还可延期 1 次" in told(works, permit)[-1]
    (todo,) = waiting(works, permit)
    journey.time_passes((after - journey.today).days + 1)
    assert journey.stage(todo) is Stage.CLOSED, "the last day is over, and the todo with it"


def test_a_permit_that_is_suspended_reminds_nobody(works: Works) -> None:
    journey, project = works.journey, works.project()
    permit = works.permitted(project)
    last = works.permit(permit).start_by
    days_before(works, last, 25)
    assert len(waiting(works, permit)) == 1
    with journey.service.desk.database.transaction() as connection:
        licences.set_status(connection, works.licence(permit), LicenceStatus.SUSPENDED, journey.clock())
    days_before(works, last, 7)
    assert (len(told(works, permit)), waiting(works, permit)) == (1, [])
