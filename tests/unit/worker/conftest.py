from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.outside import Outside, outside_in


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    with outside_in(tmp_path) as running:
        yield running
