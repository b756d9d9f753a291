from __future__ import annotations

import pytest

from tests.security import signed_files
from tests.security.signed_files import Pki


@pytest.fixture(scope="session")
def pki() -> Pki:
    return Pki.make()


@pytest.fixture(scope="session")
def one(pki: Pki) -> bytes:
    """One certifying seal, B-T."""
    return signed_files.one_seal(pki)


@pytest.fixture(scope="session")
def two(pki: Pki) -> bytes:
    """The employer's and the authority's seal, B-T, fields laid beforehand."""
    return signed_files.two_seals(pki)


@pytest.fixture(scope="session")
def two_untimed(pki: Pki) -> bytes:
    """The same at level B-B: small, and quick to validate."""
    return signed_files.two_seals(pki, timestamped=False)
