"""A key for the party that applied for one: its name and its last day.

The label comes from the dossier, so that a worker that died between the key and the mark finds the key it made.
"""

from __future__ import annotations

from datetime import date

from signing_service.domain.dates import add_years


def key_label(dossier: str) -> str:
    return f"key-{dossier.lower()}"


def last_day_of(first: date, years: int) -> date:
    return date.fromordinal(add_years(first, years).toordinal() - 1)
