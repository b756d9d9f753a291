"""What is in the works of one dossier, between the effect that begins it and the transaction that stores what came of it.

Of a licence nothing but the finished file has to be stored when it is issued in one go: its page is drawn from facts
that are stored, and what keys have signed is kept beside their intents. It is written once, together with its first
signature: what was drawn before that is no file and no revision, only its hash is named in the intent and the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.documents import (
    ArchivedDocument,
    Blobs,
    DocumentKind,
    SealedPdf,
    Sha256,
    SignablePdf,
    SignatoryRole,
    sha256_of,
)
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import Problem
from signing_service.domain.licences import Licence
from signing_service.domain.parties import Party
from signing_service.pipeline.lay_out import as_it_stands
from signing_service.storage import outbox
from signing_service.storage.documents import DocumentRow, Revision
from signing_service.storage.dossiers import JournalLine
from signing_service.storage.outbox import DueEffect, Run
from signing_service.storage.sealings import Reached
from signing_service.workflows import effects
from signing_service.workflows.engine import Event
from signing_service.workflows.procedure import Procedure, Situation
from signing_service.workflows.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Made:
    """A revision that is not stored yet."""

    revision: Revision
    data: bytes


@dataclass(slots=True)
class Piece:
    """One dossier's run of effects, how far it is with it, and what is to be stored."""

    run: Run
    dossier: Dossier
    procedure: Procedure
    situation: Situation
    lines: Mapping[int, JournalLine]
    """Of the steps that owe the effects, by number."""
    rows: list[DocumentRow]
    """The documents of the dossier."""
    histories: dict[str, list[Revision]]
    """Their stored revisions."""
    licence: Licence | None
    """That the dossier brings forth, once it has its number."""
    done: int = 0
    """So many effects of the run."""
    problem: Exception | None = None
    """Why the next effect has to wait."""
    row: DocumentRow | None = None
    """The document that is worked on."""
    pdf: SignablePdf | SealedPdf | None = None
    """That document as it stands; None: it has to be read from the store."""
    drawing: Revision | None = None
    """What it is going to be as long as it is drawn and not written: revision 0 if it is laid down unsigned."""
    pages: dict[SignatoryRole, int] = field(default_factory=dict)
    """Where each role signs, from 0, of a document that was drawn in this run."""
    made: list[Made] = field(default_factory=list)
    reached: list[Reached] = field(default_factory=list)
    archived: ArchivedDocument | None = None
    papers: dict[Sha256, bytes] = field(default_factory=dict)
    """What the archive holds beside the revisions."""
    event: Event | None = None
    """The step that the platform takes."""
    besides: list[Callable[[Connection], None]] = field(default_factory=list)
    """What else belongs into the transaction that stores the results."""
    is_ours: bool | None = None
    """As ``goes_on`` found it."""

    @property
    def due(self) -> DueEffect:
        return self.run.effects[self.done]

    @property
    def effect(self) -> Any:
        """As the procedure's table has it."""
        return effect_of(self.procedure, self.due)

    @property
    def form_version(self) -> int:
        """Of the step that owes the effect; the dossier's own may have moved on."""
        return int(self.due.arguments["form_version"])

    @property
    def line(self) -> JournalLine:
        return self.lines[self.due.line]

    @property
    def history(self) -> list[Revision]:
        """Every revision of the document that is worked on, stored or not."""
        return [*self.stored, *(made.revision for made in self.made)]

    @property
    def stored(self) -> list[Revision]:
        return self.histories.get(self.row.document_id, []) if self.row else []

    @property
    def base(self) -> Revision:
        """What the next signature is put on: the last revision, or the drawing."""
        if self.drawing is not None:
            return self.drawing
        return self.history[-1]

    def turn_to(self, template: str) -> DocumentRow:
        """The document that an effect names, the newest of its kind, from now on the one that is worked on."""
        for row in reversed(self.rows):
            if row.template.split("/")[1] == template and row.form_version == self.form_version:
                self.row = row
                return row
        msg = f"{self.dossier.number}: {template} is to be worked on before it was drawn"
        raise LookupError(msg)

    def as_it_stands(self, blobs: Blobs) -> SignablePdf | SealedPdf:
        if self.pdf is None:
            self.pdf = as_it_stands(blobs.get(self.history[-1].sha256))
        return self.pdf

    def lay_out(self, shop: Workshop, pdf: SignablePdf) -> None:
        """``pdf`` has been drawn, and is not written yet."""
        self.pdf, self.drawing = pdf, self._revision(shop, pdf.data, None)

    def lay_down(self) -> None:
        """Write the drawing unsigned: from now on it is a revision, which others may see, and the first signature is
        appended to it.
        """
        if self.drawing is not None and self.pdf is not None:
            self.made.append(Made(self.drawing, self.pdf.data))
            self.drawing = None

    def give_up(self) -> None:
        """Forget the drawing: it is drawn again, from the same facts, and is the same."""
        self.pdf, self.drawing, self.done = None, None, 0

    def put_forward(self, shop: Workshop, pdf: SealedPdf, role: SignatoryRole | None) -> Revision:
        """``pdf`` is the document from now on; ``role`` has just sealed it."""
        revision = self._revision(shop, pdf.data, role)
        self.made.append(Made(revision, pdf.data))
        self.pdf, self.drawing = pdf, None
        return revision

    def _revision(self, shop: Workshop, data: bytes, role: SignatoryRole | None) -> Revision:
        if self.row is None:
            msg = f"{self.dossier.number}: a revision of no document"
            raise LookupError(msg)
        return Revision(self.row.document_id, len(self.history), sha256_of(data), len(data), role, shop.clock())

    @property
    def goes_on(self) -> bool:
        """Whether the next effect is to be done before anything is stored: only on the way of a licence of our own."""
        return self.problem is None and self.done < len(self.run.effects) and self._is_ours()

    def _is_ours(self) -> bool:
        """Whether the run makes one licence from its beginning, and no party has to be waited for."""
        if self.is_ours is None:
            due = [effect_of(self.procedure, one) for one in self.run.effects]
            seals = (one for one in due if isinstance(one, effects.Seal))
            drawn = [one for one in due if isinstance(one, effects.RenderLicence | effects.RenderCopy)]
            self.is_ours = drawn == due[:1] and not any(signs_itself(self.situation.parties[one.role]) for one in seals)
        return self.is_ours


def effect_of(procedure: Procedure, due: DueEffect) -> Any:
    return procedure.owed_effect(due.arguments)


def signs_itself(party: Party) -> bool:
    """With a key in its own hands, which is not ours to try."""
    return party.key is not None and party.key.held_outside


def is_licence(piece: Piece) -> bool:
    return piece.row is not None and piece.row.kind is DocumentKind.LICENCE


# ---- one bad piece holds up no other


def unhindered(pieces: Iterable[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.problem is None]


def each(pieces: Iterable[Piece], do: Callable[[Piece], None]) -> list[Piece]:
    """``do`` for each; one that fails waits with its problem. Returns the others."""
    for piece in pieces:
        try:
            do(piece)
        except Exception as problem:  # noqa: BLE001 - the worker tells it and tries again
            piece.problem = problem
    return unhindered(pieces)


def together(
    shop: Workshop,
    pieces: Iterable[Piece],
    write: Callable[[Connection, Sequence[Piece]], None],
    *,
    fenced: bool = False,
) -> list[Piece]:
    """``write`` for all in one transaction, which is refused to whoever has lost a run; returns those it was done for.

    When it fails it is done for each alone, so that one that cannot be written waits with its problem and holds up no
    other. ``write`` may be called again with fewer, and changes nothing but the database; one that is ``fenced`` sees
    itself that the runs are still held.
    """
    wanted = unhindered(pieces)
    if not wanted:
        return []
    try:
        with shop.database.transaction() as connection:
            write(connection, wanted)
            if not fenced:
                outbox.still_held(connection, [piece.run for piece in wanted])
    except Exception as problem:  # noqa: BLE001 - as above
        if len(wanted) > 1 and not is_away(problem):
            return [done for piece in wanted for done in together(shop, [piece], write, fenced=fenced)]
        for piece in wanted:
            piece.problem = problem
        return []
    return wanted


AWAY = frozenset({"KEY_UNAVAILABLE", "TSA_UNAVAILABLE", "REVOCATION_UNAVAILABLE", "STORE_UNAVAILABLE"})


def is_away(problem: Exception | None) -> bool:
    """Whether a service that many pieces need does not answer: it is not asked again for each of them."""
    return isinstance(problem, Problem) and problem.code in AWAY


def each_by_service(
    pieces: Iterable[Piece], service: Callable[[Piece], object], do: Callable[[Piece], None]
) -> list[Piece]:
    """As ``each``; once a service is away, the others that need the same one wait with the same problem."""
    away: dict[object, Exception] = {}

    def unless_away(piece: Piece) -> None:
        key = service(piece)
        if key in away:
            raise away[key]
        try:
            do(piece)
        except Problem as problem:
            if is_away(problem):
                away[key] = problem
            raise

    return each(pieces, unless_away)
