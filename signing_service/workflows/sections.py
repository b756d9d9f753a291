"""What forms say of unit works and sections: those registered, those chosen, and what the contractor gave when taking them on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signing_service.domain.dossier import Dossier
from signing_service.domain.projects import Project, Section, UnitWork

TAKEN_ON = "take_on"
"""The step with which a contractor gives contract and team; what was given stands under its name."""


def unit_works_of(form: Mapping[str, Any]) -> tuple[UnitWork, ...]:
    """Numbered as they stand in the form: 001, 002."""
    return tuple(
        UnitWork(f"{position:03d}", row["name"], {key: value for key, value in row.items() if key != "name"})
        for position, row in enumerate(form.get("unit_works", ()), 1)
    )


def works_of(form: Mapping[str, Any]) -> tuple[str, ...]:
    """Codes of the unit works that the form chooses, each once."""
    return tuple(dict.fromkeys(row["code"] for row in form.get("unit_works", ())))


def taken_on(dossier: Dossier) -> dict[str, Any]:
    """What the contractor gave; empty before that."""
    return dict(dossier.facts.get("given", {}).get(TAKEN_ON, {}))


def section_of(project: Project, dossier: Dossier) -> Section | None:
    """The one the form names, else the one this dossier put out, else none yet."""
    if number := dossier.form.get("section_no"):
        return project.section(number)
    return next((one for one in project.sections if one.dossier == dossier.number), None)
