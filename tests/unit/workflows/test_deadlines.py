"""Clocks of procedures: when they start, stand still, remind and run out."""

from __future__ import annotations

from datetime import date, datetime

from signing_service.domain.dates import SHANGHAI
from signing_service.domain.dossier import Stage
from signing_service.domain.working_days import CALENDAR
from signing_service.procedures.drawing_review.review import design
from signing_service.procedures.shared import TO_ACCEPT, TO_CORRECT, handled_within, to_decide
from signing_service.workflows.deadlines import DUE, Deadline, alarms_of, calendar, clocks_after, due_on, working

DECIDE = to_decide(20)
MONDAY = date(2026, 11, 23)


def test_a_limit_in_working_days_skips_weekends_and_holidays() -> None:
    assert working(5).after(MONDAY) == date(2026, 11, 30)
    assert working(1).after(date(2026, 9, 30)) == date(2026, 10, 8)
    assert calendar(30).after(MONDAY) == date(2026, 12, 23)


def test_a_clock_starts_when_its_stage_is_entered_and_goes_on_to_the_next() -> None:
    started = clocks_after((DECIDE,), {}, Stage.CONFIRMED, Stage.ACCEPTED, MONDAY)
    assert started == {"decide": {"since": "2026-11-23", "due": "2026-12-21"}}
    later = clocks_after((DECIDE,), started, Stage.ACCEPTED, Stage.REVIEWED, date(2026, 12, 1))
    assert later == started


def test_a_clock_ends_with_its_stages() -> None:
    started = clocks_after((TO_ACCEPT, DECIDE), {}, Stage.SUBMITTED, Stage.CONFIRMED, MONDAY)
    assert set(started) == {"accept"}
    assert set(clocks_after((TO_ACCEPT, DECIDE), started, Stage.CONFIRMED, Stage.ACCEPTED, MONDAY)) == {"decide"}
    assert clocks_after((TO_ACCEPT, DECIDE), started, Stage.CONFIRMED, Stage.WITHDRAWN, MONDAY) == {}


def test_the_authority_s_clock_stands_still_while_the_form_is_being_corrected() -> None:
    """Five working days are gone of twenty; after the correction fifteen are left, however long it took."""
    clock = {"decide": {"since": "2026-11-23", "due": "2026-12-21"}}
    paused = clocks_after((DECIDE, TO_CORRECT), clock, Stage.ACCEPTED, Stage.CORRECTION, date(2026, 11, 30))
    assert paused["decide"]["left"] == 15
    assert due_on(paused) == date(2026, 12, 21), "only the applicant's clock runs"
    resumed = clocks_after((DECIDE, TO_CORRECT), paused, Stage.CORRECTION, Stage.ACCEPTED, date(2026, 12, 14))
    assert resumed == {"decide": {"since": "2026-11-23", "due": CALENDAR.after(date(2026, 12, 14), 15).isoformat()}}


def test_the_time_of_changes_and_of_reviewing_them_does_not_count_against_a_review_of_drawings() -> None:
    """Five of fifteen days are gone when changes are asked for; ten are left when it has passed, however long that took."""
    (review,) = [one for one in design.deadlines if one.key == "review_15"]
    clock = {"review_15": {"since": "2026-11-23", "due": "2026-12-14"}}
    asked = clocks_after((review,), clock, Stage.SIGNED, Stage.SUBMITTED, date(2026, 11, 30))
    assert asked["review_15"]["left"] == 10
    for before, after, day in (
        (Stage.SUBMITTED, Stage.ACCEPTED, date(2026, 12, 7)),
        (Stage.ACCEPTED, Stage.SIGNING, date(2027, 1, 18)),
        (Stage.SIGNING, Stage.SIGNED, date(2027, 1, 19)),
    ):
        asked = clocks_after((review,), asked, before, after, day)
        assert asked["review_15"]["left"] == 10, after
        assert due_on(asked) is None
        assert alarms_of((review,), asked) == ()
    passed = clocks_after((review,), asked, Stage.SIGNED, Stage.REVIEWED, date(2027, 1, 20))
    assert passed["review_15"]["due"] == CALENDAR.after(date(2027, 1, 20), 10).isoformat()
    back = clocks_after((review,), passed, Stage.REVIEWED, Stage.ACCEPTED, date(2027, 1, 21))
    assert back == passed, "what its head sends back is not the unit's time"


def test_a_stage_that_is_entered_again_starts_its_clock_afresh() -> None:
    party = handled_within(10)
    first = clocks_after((party,), {}, Stage.PREPARED, Stage.SUBMITTED, MONDAY)
    declined = clocks_after((party,), first, Stage.SUBMITTED, Stage.DRAFT, date(2026, 11, 25))
    assert declined == {}
    again = clocks_after((party,), declined, Stage.PREPARED, Stage.SUBMITTED, date(2026, 12, 1))
    assert again["party"]["since"] == "2026-12-01"


def test_reminders_come_on_their_days_and_the_deadline_when_its_last_day_is_over() -> None:
    party = handled_within(10)
    clocks = clocks_after((party,), {}, Stage.PREPARED, Stage.SUBMITTED, MONDAY)
    assert [(one.position, one.due_at) for one in alarms_of((party,), clocks)] == [
        (0, datetime(2026, 11, 26, tzinfo=SHANGHAI)),
        (1, datetime(2026, 11, 30, tzinfo=SHANGHAI)),
        (DUE, datetime(2026, 12, 8, tzinfo=SHANGHAI)),
    ]


def test_without_days_of_their_own_reminders_come_at_half_and_at_four_fifths() -> None:
    assert DECIDE.reminders == (working(10), working(16))
    assert Deadline("short", (Stage.SUBMITTED,), working(1)).reminders == ()


def test_a_clock_that_stands_still_alarms_nobody() -> None:
    assert alarms_of((DECIDE,), {"decide": {"since": "2026-11-23", "due": "2026-12-21", "left": 15}}) == ()
