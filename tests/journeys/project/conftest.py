"""One building site for the journeys of a file; each journey has a project of its own on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.project.site import Site, site_in


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site") / "var") as site:
        yield site
