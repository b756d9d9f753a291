from __future__ import annotations

import pytest

from tests.unit.pipeline.sealing import Keyring


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """The development PKI we ship, made now. Read only."""
    return Keyring.in_folder(tmp_path_factory.mktemp("pki"))
