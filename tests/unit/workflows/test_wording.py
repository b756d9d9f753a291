"""What people read of licences has words for every kind and every state."""

from __future__ import annotations

from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.workflows.wording import LICENCE_TITLES, STATUSES


def test_every_kind_and_every_state_of_a_licence_is_called_something() -> None:
    assert set(LICENCE_TITLES) == set(LicenceType)
    assert set(STATUSES) == set(LicenceStatus)
