"""Work that a review of drawings owes besides its documents. How it is done is in ``perform.reporting``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReportViolations:
    """The supervising authority learns which mandatory clauses are violated, in a dossier of its own that ``procedure``
    begins; where none is, there is nothing to report.
    """

    procedure: str


EFFECTS_OF_REVIEWS = (ReportViolations,)
