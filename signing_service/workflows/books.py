"""业务管理: the books of an authority's back office, each with what waits, what was handled and what has ended (domain text, §15).

A book is a list of procedures. Whoever has a permission for one of them, at whatever level, has the book; in it stand
the dossiers of the own regions and no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from sqlalchemy import Connection

from signing_service.domain.codes import Region
from signing_service.domain.dossier import Stage
from signing_service.domain.viewer import Viewer
from signing_service.storage import dossiers, todos
from signing_service.workflows.catalogue import Catalogue
from signing_service.workflows.shelf import DossierLine, Shelf

MOST = 300
"""Lines of a list; who looks for something older narrows it down."""


class Tab(StrEnum):
    WAITING = "waiting"
    """待办: it waits for this officer's level."""
    HANDLED = "handled"
    """已办: this officer took a step in it, and it goes on."""
    ENDED = "ended"
    """办结"""
    EVERY = "every"
    """Whatever was submitted."""


@dataclass(frozen=True, slots=True)
class Book:
    key: str
    zh: str
    en: str
    procedures: tuple[str, ...]
    """Keys, or fields (``pm.*``)."""

    def holds(self, procedure: str) -> bool:
        return any(fnmatchcase(procedure, one) for one in self.procedures)

    def keys(self, catalogue: Catalogue) -> tuple[str, ...]:
        return tuple(one.key for one in catalogue if self.holds(one.key))


BOOKS = (
    Book("project", "项目报建管理", "Projects registered", ("prj.*",)),
    Book("drawing-review", "施工图审查管理", "Drawing reviews", ("rv.survey", "rv.design", "rv.early")),
    Book("tender", "招标业务管理", "Tenders", ("ct.construction", "ct.supervision")),
    Book("permit", "施工许可管理", "Construction permits", ("pm.*",)),
    Book("filing", "竣工备案管理", "Completion filing", ("fin.*",)),
    Book("fire-design", "消防设计审查业务管理", "Fire: design reviews", ("fs.design",)),
    Book("fire-acceptance", "消防验收业务管理", "Fire: acceptance", ("fs.accept",)),
    Book("fire-filing", "消防备案及抽查业务管理", "Fire: filing and checks", ("fs.record", "fs.draw", "fs.check", "fs.recheck")),
)  # fmt: skip


SUBMITTED = tuple(stage for stage in Stage if stage is not Stage.DRAFT)
"""A draft is nobody's business but its author's."""


@dataclass(frozen=True, slots=True)
class BookOnDesk:
    """A book as it lies on an officer's desk."""

    book: Book
    waiting: int


def on_desk(shelf: Shelf, viewer: Viewer) -> list[BookOnDesk]:
    """The officer's books with how much waits in each; one for which the catalogue has nothing is left out."""
    waiting = [todo.procedure.key for todo in shelf.todos(viewer)]
    return [
        BookOnDesk(book, sum(map(book.holds, waiting))) for book in BOOKS if _has(viewer, book, shelf.desk.catalogue)
    ]


def find(shelf: Shelf, viewer: Viewer, key: str) -> Book | None:
    return next((book for book in BOOKS if book.key == key and _has(viewer, book, shelf.desk.catalogue)), None)


def lines(shelf: Shelf, viewer: Viewer, book: Book, tab: Tab, within: Region | None = None) -> Sequence[DossierLine]:
    """The last changed first; what waits: the most urgent first. ``within``: only of this region and those in it."""
    with shelf.desk.database.reading() as connection:
        if tab is Tab.WAITING:
            return _waiting(connection, shelf, viewer, book, within)
        final = tab is Tab.ENDED
        rows = dossiers.in_regions(
            connection,
            [within] if within else [grant.region for grant in viewer.grants],
            MOST,
            procedures=book.keys(shelf.desk.catalogue),
            stages=[one for one in SUBMITTED if tab is Tab.EVERY or one.is_final is final],
            handled_by=viewer.account if tab is Tab.HANDLED else "",
        )
        return shelf.lines(connection, [(dossier, at) for dossier, at in rows if viewer.sees(dossier)])


def _waiting(
    connection: Connection, shelf: Shelf, viewer: Viewer, book: Book, within: Region | None
) -> Sequence[DossierLine]:
    mine = [
        row
        for row in todos.of_officer(connection, viewer.party, viewer.grants)
        if book.holds(row.procedure) and (within is None or within.covers(Region(row.region)))
    ]
    found = dossiers.load_all(connection, [row.dossier for row in mine]) if mine else {}
    return shelf.lines(connection, [(found[row.dossier], row.since) for row in mine])


def _has(viewer: Viewer, book: Book, catalogue: Catalogue) -> bool:
    return any(grant.covers(key, grant.region) for key in book.keys(catalogue) for grant in viewer.grants)
