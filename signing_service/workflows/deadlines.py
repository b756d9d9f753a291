"""期限: a clock that starts when a dossier enters certain stages, reminds on its way, and may make the platform act.

Limits of the authority run in working days and stand still while the form lies with the applicant for correction
(行政许可法 第三十二条、第四十五条、第八十二条); those of people run in calendar days unless the row says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from signing_service.domain.dates import SHANGHAI
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.working_days import CALENDAR

DUE = -1
"""Position of the deadline itself among its reminders, which count from 0."""


@dataclass(frozen=True, slots=True)
class Days:
    count: int
    working: bool = True
    last: date | None = None
    """The last day itself, where it is known and not counted."""

    def after(self, day: date) -> date:
        """The last day of the limit; the day on which it begins does not count (民法典 第二百零一条)."""
        if self.last is not None:
            return self.last
        return CALENDAR.after(day, self.count) if self.working else day + timedelta(days=self.count)


def working(count: int) -> Days:
    return Days(count)


def calendar(count: int) -> Days:
    return Days(count, working=False)


@dataclass(frozen=True, slots=True)
class Deadline:
    """One clock of a procedure."""

    key: str
    stages: tuple[Stage, ...]
    """It starts when the dossier enters one of them and goes on from one to the next."""
    limit: Days
    then: str | None = None
    """The step that the platform takes when the last day is over; None: it is overdue, and those above are told."""
    remind: tuple[Days, ...] = ()
    """After so many days those who are to act are told again; empty: at half of the limit and at four fifths."""
    waits_for: tuple[SignatoryRole, ...] = ()
    """Who is reminded; empty: whoever has a todo."""
    paused_at: tuple[Stage, ...] = (Stage.CORRECTION,)
    resumes_at: tuple[Stage, ...] = ()
    """Of its ``stages`` those at which it goes on once it has stood still; empty: all of them."""
    applies_if: tuple[str, tuple[str, ...]] | None = None
    """A field of the form and the values of it with which this limit holds."""
    until: str = ""
    """A field of the form that says the last day, in place of counting the ``limit``."""

    def of(self, form: Mapping[str, Any]) -> Deadline:
        """As it holds for a dossier with this form."""
        if not self.until:
            return self
        return replace(self, limit=replace(self.limit, last=date.fromisoformat(form[self.until])))

    def applies_to(self, form: Mapping[str, Any]) -> bool:
        return self.applies_if is None or form.get(self.applies_if[0]) in self.applies_if[1]

    @property
    def reminders(self) -> tuple[Days, ...]:
        if self.remind:
            return self.remind
        points = dict.fromkeys((self.limit.count // 2, self.limit.count * 4 // 5))
        return tuple(Days(count, self.limit.working) for count in points if 0 < count < self.limit.count)


Clock = dict[str, Any]
"""``since`` and ``due`` (ISO days) of one that runs, ``left`` (days) of one that stands still."""


def clocks_after(
    deadlines: tuple[Deadline, ...], clocks: Mapping[str, Clock], before: Stage, after: Stage, today: date
) -> dict[str, Clock]:
    """What runs when a dossier has moved from one stage to another: pure."""
    running: dict[str, Clock] = {}
    for deadline in deadlines:
        clock = clocks.get(deadline.key)
        if after in deadline.stages:
            running[deadline.key] = _going_on(deadline, clock, before, after, today)
        elif after in deadline.paused_at and clock is not None:
            running[deadline.key] = clock if "left" in clock else {**clock, "left": _left(deadline, clock, today)}
    return running


def _going_on(deadline: Deadline, clock: Clock | None, before: Stage, after: Stage, today: date) -> Clock:
    if clock is not None and "left" in clock:
        if deadline.resumes_at and after not in deadline.resumes_at:
            return clock
        due = Days(clock["left"], deadline.limit.working).after(today)
        return {"since": clock["since"], "due": due.isoformat()}
    if clock is not None and before in deadline.stages and before is not after:
        return dict(clock)
    return {"since": today.isoformat(), "due": deadline.limit.after(today).isoformat()}


def _left(deadline: Deadline, clock: Clock, today: date) -> int:
    due = date.fromisoformat(clock["due"])
    return CALENDAR.between(today, due) if deadline.limit.working else max((due - today).days, 0)


@dataclass(frozen=True, slots=True)
class Alarm:
    """When a timer of a dossier goes off: a reminder on its day, the deadline when its last day is over."""

    deadline: str
    position: int
    due_at: datetime


def alarms_of(deadlines: tuple[Deadline, ...], clocks: Mapping[str, Clock]) -> tuple[Alarm, ...]:
    found: list[Alarm] = []
    for deadline in deadlines:
        clock = clocks.get(deadline.key)
        if clock is None or "left" in clock:
            continue
        since = date.fromisoformat(clock["since"])
        found += [
            Alarm(deadline.key, position, _morning(days.after(since)))
            for position, days in enumerate(deadline.reminders)
        ]
        found.append(Alarm(deadline.key, DUE, _morning(date.fromisoformat(clock["due"]) + timedelta(days=1))))
    return tuple(found)


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def due_on(clocks: Mapping[str, Clock]) -> date | None:
    """The first last day of what runs."""
    days = [date.fromisoformat(clock["due"]) for clock in clocks.values() if "left" not in clock]
    return min(days, default=None)
