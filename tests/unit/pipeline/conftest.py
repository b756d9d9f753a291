from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.pipeline.sealing import Keyring
from tests.unit.trust.serving import answering


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """The development PKI we ship, made now. Read only."""
    return Keyring.in_folder(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def answered(keyring: Keyring) -> Iterator[None]:
    """The CAs of the keyring answer over HTTP: NSS trusts no cert that names OCSP and CRLs unless it hears of them."""
    with answering(keyring.pki):
        yield
