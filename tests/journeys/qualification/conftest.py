"""One service for the journeys of a file; each has enterprises and people of its own in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.constructor.driver import FIRST_MORNING, Town, town_in


@pytest.fixture(scope="module")
def shared_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town_in(tmp_path_factory.mktemp("town") / "var") as town:
        yield town


@pytest.fixture
def town(shared_town: Town) -> Iterator[Town]:
    """The clock goes back to its first morning after each journey."""
    yield shared_town
    shared_town.clock.now = FIRST_MORNING
