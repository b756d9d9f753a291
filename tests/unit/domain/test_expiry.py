"""When the holder of a licence is told that it ends: in time to have it renewed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from signing_service.domain.expiry import MONTHS_TO_RENEW, expiry_reminder, last_day_to_renew, reminders_of
from signing_service.domain.licences import LicenceType

TODAY = date(2026, 11, 23)
PERSON, FIRM = LicenceType.SPECIAL_OPERATION, LicenceType.QUALIFICATION


@pytest.mark.parametrize(
    ("left", "reminder"),
    [(91, None), (90, 90), (61, 90), (60, 60), (30, 30), (8, 30), (7, 7), (0, 7), (-1, -1), (-30, -1), (-31, None)],
)
def test_reminders_of_the_end_of_a_licence(left: int, reminder: int | None) -> None:
    assert expiry_reminder(PERSON, TODAY + timedelta(days=left), TODAY) == reminder


@pytest.mark.parametrize(
    ("left", "reminder"), [(181, None), (180, 180), (121, 180), (120, 120), (91, 120), (30, 30), (-1, -1)]
)
def test_an_enterprise_is_told_half_a_year_before_its_qualification_ends(left: int, reminder: int | None) -> None:
    assert expiry_reminder(FIRM, TODAY + timedelta(days=left), TODAY) == reminder


@pytest.mark.parametrize("kind", MONTHS_TO_RENEW)
def test_who_has_to_renew_some_time_before_the_end_is_told_twice_with_three_weeks_to_go(kind: LicenceType) -> None:
    for end in (TODAY + timedelta(days=day) for day in range(366)):
        told = [end - timedelta(days=days) for days in reminders_of(kind)]
        in_time = [day for day in told if day + timedelta(days=21) <= last_day_to_renew(kind, end)]
        assert len(in_time) >= 2, end
