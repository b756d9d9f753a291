"""What a page of a dossier knows of its project: the way to it, and what the form need not have its author look up."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from signing_service.domain.errors import Problem
from signing_service.domain.projects import Project
from signing_service.domain.viewer import AccountKind, Viewer
from signing_service.storage import projects
from signing_service.web.platform.form_fields import Widget
from signing_service.web.platform.house import House
from signing_service.workflows import project_view
from signing_service.workflows.shelf import DossierView

MOST_PROPOSED = 100
"""Projects of a developer; who has more types the number."""
UNIT_WORKS = "unit_works."


def project_of(house: House, viewer: Viewer, view: DossierView) -> Project | None:
    """Whose dossier it is; None: it belongs to no project, or to one that the viewer does not see."""
    typed, key = view.dossier.form or view.dossier.draft, view.procedure.project_field
    number = str(view.dossier.facts.get("project_no") or (typed.get(key, "") if key else ""))
    with house.desk.database.reading() as connection, suppress(Problem):
        if number and viewer.kind is AccountKind.STAFF:
            return project_view.of_officer(connection, number, viewer.grants).project
        if number:
            return project_view.of_party(connection, number, viewer.party).project
    return None


@dataclass(frozen=True, slots=True)
class Proposals:
    """Numbers that the form asks for, each with what it is called; another one is not refused for it."""

    key: str | None = None
    """Of the field that takes the project's number."""
    projects: Mapping[str, str] = field(default_factory=dict)
    unit_works: Mapping[str, str] = field(default_factory=dict)
    """Of the project that is named."""

    @classmethod
    def of(cls, house: House, viewer: Viewer, view: DossierView, named: str) -> Proposals:
        if view.procedure.project_field is None:
            return cls()
        with house.desk.database.reading() as connection:
            found = projects.of_party(connection, viewer.party, MOST_PROPOSED)
        works = {work.code: work.name for one in found if one.number == named for work in one.unit_works}
        return cls(view.procedure.project_field, {one.number: one.name for one in found}, works)

    def into(self, one: Widget) -> Widget:
        if one.name == self.key:
            return _proposing(one, self.projects)
        if one.name.startswith(UNIT_WORKS) and one.name.endswith(".code"):
            return _proposing(one, self.unit_works)
        return replace(one, rows=tuple(tuple(map(self.into, row)) for row in one.rows))


def _proposing(one: Widget, known: Mapping[str, str]) -> Widget:
    """What is in it already is told by its name."""
    name = known.get(str(one.value), "")
    return replace(one, proposed=tuple(known.items()), hint=(name, name) if name else one.hint)
