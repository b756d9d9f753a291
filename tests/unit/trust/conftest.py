from __future__ import annotations

from collections.abc import Iterator

import pytest

from signing_service.trust.pki import Pki, ensure
from tests.factories_pki import DESCRIPTION, NOW
from tests.unit.trust.serving import Served, served_pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """The development PKI we ship, made afresh. Read only: tests that write take their own."""
    return ensure(tmp_path_factory.mktemp("pki"), DESCRIPTION, NOW)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The PKI and its services over HTTP on loopback. A test that revokes takes a holder that no other looks at."""
    with served_pki(tmp_path_factory.mktemp("served")) as services:
        yield services
