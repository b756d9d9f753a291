from __future__ import annotations

import pytest

from signing_service.trust.pki import Pki, ensure
from tests.factories_pki import DESCRIPTION, NOW


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """The development PKI we ship, made afresh. Read only: tests that write take their own."""
    return ensure(tmp_path_factory.mktemp("pki"), DESCRIPTION, NOW)
