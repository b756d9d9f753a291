"""One service for the journeys of a module: each has a project of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.fire.world import Fire, fire_in


@pytest.fixture(scope="module")
def fire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fire]:
    with fire_in(tmp_path_factory.mktemp("fire") / "var") as fire:
        yield fire
