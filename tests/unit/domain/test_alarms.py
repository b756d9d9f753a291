from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from signing_service.domain.alarms import Ending

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "threshold"), [(400, None), (91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (0, 7), (-3, 7)]
)
def test_an_end_passes_90_30_and_7_days(days: int, threshold: int | None) -> None:
    ending = Ending("key", "soft:authority", "ab", NOW + timedelta(days=days, hours=1))
    assert ending.threshold(NOW) == threshold


def test_an_alarm_is_one_line_in_two_languages() -> None:
    line = Ending("tsa", "soft:tsa", "ab", NOW + timedelta(days=5)).told(NOW)
    assert "剩 5 天" in line
    assert "5 days left" in line
    assert "\n" not in line
    assert "已到期" in Ending("seal", "s", "1", NOW - timedelta(days=1)).told(NOW)
