"""What runs out is told 90, 30 and 7 days before, once each, and in the last week every day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import structlog
from sqlalchemy import update

from signing_service.demo import people
from signing_service.domain.alarms import Ending
from signing_service.domain.keys import KeyRef
from signing_service.keystores import open_key_stores
from signing_service.storage import parties, tables
from signing_service.storage.database import Database
from signing_service.worker.alarms import Watched, endings, raise_due
from signing_service.workflows.roll_over import hand_over
from tests.unit.workflows.workbench import Workbench

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def ending(mark: str = "ab") -> Ending:
    return Ending("key", "soft:authority", mark, NOW + 100 * DAY)


def raised(database: Database, now: datetime, *found: Ending) -> list[int]:
    with structlog.testing.capture_logs() as logs:
        raise_due(database, found or [ending()], now)
    assert all(line["code"] == "CERT_EXPIRES_SOON" and line["log_level"] == "warning" for line in logs)
    return [line["days_left"] for line in logs]


def test_an_alarm_is_raised_once_a_threshold_and_daily_in_the_last_week(database: Database) -> None:
    told = {day: raised(database, NOW + day * DAY) for day in range(105)}
    again = {day: raised(database, NOW + day * DAY) for day in (10, 70, 93)}
    assert {day for day, days_left in told.items() if days_left} == {10, 70, *range(93, 105)}
    assert (told[10], told[70], told[93]) == ([90], [30], [7])
    assert again == {10: [], 70: [], 93: []}, "not twice a day"


def test_a_cert_that_was_renewed_has_alarms_of_its_own(database: Database) -> None:
    assert raised(database, NOW + 10 * DAY) == [90]
    assert raised(database, NOW + 11 * DAY, ending("cd")) == [89]


@pytest.fixture
def watched(bench: Workbench) -> Watched:
    return Watched(bench.desk.database, open_key_stores(bench.service.settings), bench.service.anchors)


def test_keys_chains_tsa_anchors_and_seals_are_watched(bench: Workbench, watched: Watched) -> None:
    found, problems = endings(watched)
    assert problems == []
    assert {one.kind for one in found} == {"key", "chain", "tsa", "anchor", "seal"}
    assert {one.name for one in found if one.kind == "key"} >= {"soft:authority", "soft:platform"}
    assert [one.ends for one in found] == sorted(one.ends for one in found)
    assert raise_due(watched.database, found, bench.clock()) == []


def test_a_key_that_cannot_be_read_is_told_and_hides_no_other(bench: Workbench, watched: Watched) -> None:
    with bench.desk.database.transaction() as connection:
        parties.set_key(connection, str(people.BUILDER.number), KeyRef("soft", "nobody"))
    found, problems = endings(watched)
    assert [problem.code for problem in problems] == ["KEY_UNKNOWN"]
    assert "soft:authority" in {one.name for one in found}


def test_a_key_in_the_partys_own_hands_is_nobodys_to_watch(bench: Workbench, watched: Watched) -> None:
    hand_over(bench.desk.database, str(people.BUILDER.number), bench.clock())
    found, problems = endings(watched)
    assert problems == []
    assert not [one.name for one in found if one.name.startswith("outside")]


def test_a_seal_that_is_withdrawn_has_no_end_any_more(bench: Workbench, watched: Watched) -> None:
    with bench.desk.database.transaction() as connection:
        connection.execute(update(tables.seal).values(state="withdrawn"))
    assert "seal" not in {one.kind for one in endings(watched)[0]}
