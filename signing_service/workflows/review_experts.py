"""审图专家 who sign: each person has one place on the documents of a review, in the order of their disciplines (domain text,
§10.5, §17.1: experts, then the agency). The agency appoints them when it takes a review in, and may appoint others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from signing_service.domain.documents import SignatoryRole

EXPERTS = tuple(SignatoryRole(f"review_expert_{place}") for place in range(1, 10))
GIVEN = "experts"
"""The field of a step's form that names them, a row a discipline."""
PLACES = tuple(f"expert_{place}" for place in range(1, len(EXPERTS) + 1))
"""The facts that say beside a signature for what it stands."""


def places_of(persons: Iterable[str]) -> dict[SignatoryRole, str]:
    """Whose place is which; who answers for several disciplines signs once."""
    return dict(zip(EXPERTS, dict.fromkeys(persons), strict=False))


@dataclass(frozen=True, slots=True)
class ExpertsTakePart:
    """Whom the agency names signs what is found; whom it replaces signs no more."""

    @property
    def roles(self) -> tuple[SignatoryRole, ...]:
        return EXPERTS

    def appointed(self, given: Mapping[str, Any], /) -> Mapping[SignatoryRole, str]:
        return places_of(row["id_no"] for row in given[GIVEN])
