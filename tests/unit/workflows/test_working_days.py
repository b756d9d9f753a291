"""工作日: weekends and holidays do not count, the weekend days that are made working days do."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing_service.domain.working_days import CALENDAR

days = st.dates(date(2025, 1, 1), date(2029, 12, 31))


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),
        (date(2026, 2, 14), True),
        (date(2026, 2, 15), False),
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),
    ],
)
def test_days_of_2026(day: date, working: bool) -> None:
    assert CALENDAR.is_working(day) is working


def test_the_first_day_does_not_count() -> None:
    friday = date(2026, 11, 20)
    assert CALENDAR.after(friday, 0) == friday
    assert CALENDAR.after(friday, 1) == date(2026, 11, 23)
    assert CALENDAR.after(date(2026, 11, 22), 10) == date(2026, 12, 4)


def test_a_limit_goes_on_over_the_holidays_of_october() -> None:
    assert CALENDAR.after(date(2026, 9, 30), 2) == date(2026, 10, 9)
    assert CALENDAR.after(date(2026, 9, 30), 3) == date(2026, 10, 10), "a Saturday on which people work"


@given(days, st.integers(1, 60))
def test_a_limit_ends_on_a_working_day_with_that_many_behind_it(day: date, count: int) -> None:
    end = CALENDAR.after(day, count)
    assert CALENDAR.is_working(end)
    between = (day + timedelta(days=offset) for offset in range(1, (end - day).days + 1))
    assert sum(CALENDAR.is_working(one) for one in between) == count


def test_every_holiday_and_every_worked_weekend_is_a_day_where_it_makes_a_difference() -> None:
    assert all(day.weekday() >= 5 for day in CALENDAR.worked)
    assert not CALENDAR.worked & CALENDAR.holidays
