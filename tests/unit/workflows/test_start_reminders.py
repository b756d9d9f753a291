"""Before a construction permit lapses its developer is told at each threshold once, as long as works have to begin."""

from __future__ import annotations

from datetime import date

import pytest

from signing_service.domain.dossier import Stage
from signing_service.settings import Settings
from signing_service.workflows.deadlines import Deadline, calendar, clocks_after
from signing_service.workflows.start_reminders import START_REMINDERS, threshold_reached

LAST = date(2027, 2, 28)


@pytest.mark.parametrize(
    ("today", "reached"),
    [
        (date(2027, 1, 28), None),
        (date(2027, 1, 29), 30),
        (date(2027, 2, 20), 30),
        (date(2027, 2, 21), 7),
        (date(2027, 2, 27), 1),
        (date(2027, 2, 28), 1),
        (date(2027, 3, 1), None),
    ],
)
def test_a_threshold_that_was_missed_holds_until_the_next_and_none_after_the_last_day(
    today: date, reached: int | None
) -> None:
    assert threshold_reached(LAST, today, START_REMINDERS) == reached


def test_the_days_before_are_a_setting() -> None:
    assert Settings(permit_start_reminders="60, 10").days_before_start == (60, 10)
    assert Settings().days_before_start == START_REMINDERS
    with pytest.raises(ValueError, match="permit_start_reminders"):
        Settings(permit_start_reminders="a month")


def test_a_deadline_may_end_on_the_day_that_the_form_names() -> None:
    deadline = Deadline("start", (Stage.SUBMITTED,), calendar(0), until="start_by")
    form = {"start_by": LAST.isoformat()}
    clocks = clocks_after((deadline.of(form),), {}, Stage.DRAFT, Stage.SUBMITTED, date(2027, 1, 29))
    assert clocks["start"] == {"since": "2027-01-29", "due": "2027-02-28"}
