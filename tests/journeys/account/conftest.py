"""A town of its own for each journey file of accounts."""

from __future__ import annotations

from tests.journeys.constructor.conftest import shared_town, town

__all__ = ["shared_town", "town"]
