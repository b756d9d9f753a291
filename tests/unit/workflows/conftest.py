from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.workflows.workbench import Workbench, prepare_office, workbench_in


@pytest.fixture(scope="session")
def prepared_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def bench(prepared_office: Path, tmp_path: Path) -> Iterator[Workbench]:
    with workbench_in(tmp_path, prepared_office) as made:
        yield made
