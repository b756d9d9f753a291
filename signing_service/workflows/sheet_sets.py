"""成套图纸: what stands of a project's survey or drawings, and what whoever looks may do about it (domain text, §10.5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection

from signing_service.domain.projects import Project, SectionKind
from signing_service.domain.reviews import Review
from signing_service.domain.sheets import DISCIPLINES, SUBJECTS, Sheet, SheetState, Upload, missing_disciplines
from signing_service.domain.staff import Grant
from signing_service.storage import reviews, sheets
from signing_service.workflows.sheets import has_taken_on, is_supervised, refuse_uninvolved


@dataclass(frozen=True, slots=True)
class SheetSet:
    """Every sheet in its last version."""

    project: Project
    kind: SectionKind
    sheets: Sequence[Sheet]
    reviews: Sequence[Review]
    """Of this kind, in the order in which they were begun."""
    uploads: Sequence[Upload]
    """Begun by the viewer and not complete."""
    own: bool
    """Whether the viewer is the unit whose work it is."""

    @property
    def subject(self) -> str:
        return SUBJECTS[self.kind]

    @property
    def disciplines(self) -> Mapping[str, str]:
        return DISCIPLINES[self.kind]

    @property
    def missing(self) -> tuple[str, ...]:
        return missing_disciplines(self.kind, str(self.project.facts.get("project_category", "")), self.sheets)

    @property
    def by_discipline(self) -> list[tuple[str, list[Sheet]]]:
        return by_discipline(self.kind, self.sheets)

    @property
    def under_review(self) -> Review | None:
        """The one that forbids any change."""
        return next((one for one in self.reviews if one.state.locks_sheets), None)

    @property
    def drafts(self) -> int:
        return self.count(SheetState.DRAFT)

    def count(self, *states: SheetState) -> int:
        return sum(one.state in states for one in self.sheets)


def sheet_set(
    connection: Connection, party: str, number: str, kind: SectionKind, grants: Collection[Grant] = ()
) -> SheetSet:
    """For whoever plays a part in the project, and for officers who supervise its review (``grants``): what was handed
    over. Raises Problem NOT_FOUND.
    """
    project = refuse_uninvolved(connection, party, number, kind, grants)
    found = sheets.latest(connection, number, kind)
    if is_supervised(project, kind, grants):
        found = [one for one in found if one.state is not SheetState.DRAFT]
    return SheetSet(
        project=project,
        kind=kind,
        sheets=found,
        reviews=[one for one in reviews.of_project(connection, number) if one.kind is kind],
        uploads=[one for one in sheets.uploads_of(connection, party, number) if one.kind is kind],
        own=has_taken_on(project, party, kind),
    )


def by_discipline(kind: SectionKind, found: Sequence[Sheet]) -> list[tuple[str, list[Sheet]]]:
    """Name of each discipline with its sheets, in the order in which disciplines are always told."""
    order = list(DISCIPLINES[kind])
    ordered = sorted(found, key=lambda one: (order.index(one.discipline), one.sheet_no))
    return [(name, list(of)) for name, of in groupby(ordered, key=lambda one: one.discipline_zh)]


def kinds_of(
    connection: Connection, party: str, project: Project, grants: Collection[Grant] | None = None
) -> list[SectionKind]:
    """Of which kinds there are sheets to see, or to bring. ``grants``: of an officer, who sees only what they cover."""
    return [
        kind
        for kind in DISCIPLINES
        if (grants is None or is_supervised(project, kind, grants))
        and (has_taken_on(project, party, kind) or sheets.latest(connection, project.number, kind))
    ]
