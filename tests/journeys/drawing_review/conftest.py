"""One studio for the journeys of a file; each journey has a project of its own in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.drawing_review.studio import Studio, studio_in


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with studio_in(tmp_path_factory.mktemp("studio") / "var") as studio:
        yield studio
