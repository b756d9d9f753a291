"""Working days, in which the authority's time limits run (行政许可法 第八十二条): not weekends, not holidays, but the
weekend days that the State Council makes working days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """A year's arrangement is data; a year that is not in it has weekends only."""

    holidays: frozenset[date]
    worked: frozenset[date]
    """Weekend days on which people work."""

    def is_working(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < SATURDAY and day not in self.holidays)

    def after(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``; the day itself does not count (民法典 第二百零一条)."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_working(day)
        return day

    def between(self, day: date, last: date) -> int:
        """How many working days are left after ``day`` until ``last``, which counts; 0 when it is past."""
        count = 0
        while day < last:
            day += timedelta(days=1)
            count += self.is_working(day)
        return count


def _days(year: int, *spans: tuple[int, int, int]) -> Iterable[date]:
    for month, first, length in spans:
        start = date(year, month, first)
        yield from (start + timedelta(days=offset) for offset in range(length))


CALENDAR = WorkingCalendar(
    # 国务院办公厅关于2026年部分节假日安排的通知: month, first day, days
    holidays=frozenset(_days(2026, (1, 1, 3), (2, 15, 9), (4, 4, 3), (5, 1, 5), (6, 19, 3), (9, 25, 3), (10, 1, 7))),
    worked=frozenset(_days(2026, (1, 4, 1), (2, 14, 1), (2, 28, 1), (5, 9, 1), (9, 20, 1), (10, 10, 1))),
)
