"""One service for the journeys of a module: each has a project of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.permit.world import Works, works_in


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    with works_in(tmp_path_factory.mktemp("works") / "var") as works:
        yield works
