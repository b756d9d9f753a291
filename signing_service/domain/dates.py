"""Dates and times as the authority reckons them: Asia/Shanghai, and calendar months that keep inside the month."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def to_stored(moment: datetime) -> str:
    """UTC with microseconds: sorts as text in the order of time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_stored(text: str) -> datetime:
    return datetime.fromisoformat(text)


def day_in_shanghai(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the last of that month: 30 November + 3 is 28 or 29 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date:
    return add_months(day, 12 * years)


def in_chinese(day: date) -> str:
    """2026年11月22日"""
    return f"{day.year}年{day.month}月{day.day}日"


def moments(name: str, at: datetime) -> dict[str, str]:
    """A time as messages tell it: two facts, ``time`` and ``time_en``."""
    day, clock = day_in_shanghai(at), f"{at.astimezone(SHANGHAI):%H:%M}"
    return {name: f"{in_chinese(day)} {clock}", f"{name}_en": f"{clock} on {in_english(day)}"}


def in_english(day: date) -> str:
    """22 November 2026"""
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"
