"""Saving: files first, each durable under its hash; then, in one transaction, the rows that say so and the mark "done".

Of a licence that was issued in one go the finished file is stored: every revision before it is the beginning of it.
Of everything else, and of what has to wait, every revision is stored. A document that waits before its first signature
is laid down unsigned, for those who sign or release it to see. Once its first signature is reserved, with a digest of
the file that is written in one go, it is given up instead and drawn again, so that the same is signed then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from signing_service.domain.documents import SealedPdf, Sha256
from signing_service.storage import documents, outbox, sealings
from signing_service.workflows.perform.piece import Piece, is_away, is_licence, together
from signing_service.workflows.workshop import Workshop

HANDED_ON = timedelta(minutes=1)
"""The lease of an effect that has to wait, until the worker puts it off."""


def save(shop: Workshop, pieces: Sequence[Piece]) -> None:
    """Store what came of each piece. One whose results cannot be stored has done nothing, and waits with that problem."""
    _lay_down(shop, [piece for piece in pieces if piece.drawing is not None])
    waits = {piece.run.dossier: piece.problem for piece in pieces}
    changed = [piece for piece in pieces if piece.done or piece.made]
    for piece in changed:
        piece.problem = None
    _store_files(shop, changed)
    together(shop, changed, lambda connection, wanted: _write(shop, connection, wanted, waits), fenced=True)
    refused = [piece for piece in changed if piece.problem is not None and piece.event is not None]
    for piece in changed:
        if piece.problem is None:
            piece.problem = waits[piece.run.dossier]
        elif piece not in refused:
            piece.done = 0
    _save_without_step(shop, refused)


def _lay_down(shop: Workshop, pieces: Sequence[Piece]) -> None:
    """Each drawing becomes a revision, or is given up where a signature is reserved that it waits for."""
    waiting = [piece for piece in pieces if piece.problem is not None]
    begun = _reserved(shop, waiting) if waiting else set()
    for piece in pieces:
        if piece in waiting and piece.row is not None and piece.row.document_id in begun:
            piece.give_up()
        else:
            piece.lay_down()


def _reserved(shop: Workshop, pieces: Sequence[Piece]) -> set[str]:
    """The documents with an intent; where the register does not say, all: what is given up is only drawn again."""
    ids = {piece.row.document_id for piece in pieces if piece.row}
    try:
        with shop.database.reading() as connection:
            return {document_id for document_id, _ in sealings.of_documents(connection, ids)}
    except Exception:  # noqa: BLE001 - the problem that each waits with is told
        return ids


def _save_without_step(shop: Workshop, pieces: Sequence[Piece]) -> None:
    """A step that cannot be taken now takes nothing with it: what comes before is stored, and the step waits."""
    for piece in pieces:
        piece.event, piece.done = None, piece.done - 1
        save(shop, [piece])


def _store_files(shop: Workshop, pieces: Sequence[Piece]) -> None:
    try:
        shop.blobs.put_all({name: data for piece in pieces for name, data in _files(piece).items()})
    except Exception as problem:  # noqa: BLE001 - the worker tells it and tries again
        if len(pieces) > 1 and not is_away(problem):
            for piece in pieces:
                _store_files(shop, [piece])
            return
        for piece in pieces:
            piece.problem = problem


def _files(piece: Piece) -> dict[Sha256, bytes]:
    in_one_go = is_licence(piece) and piece.archived is not None
    made = {} if in_one_go else {one.revision.sha256: one.data for one in piece.made}
    return {**made, **piece.papers}


def _write(shop: Workshop, connection: Connection, pieces: Sequence[Piece], waits: dict[str, Exception | None]) -> None:
    now = shop.clock()
    documents.add_revisions(connection, [made.revision for piece in pieces for made in piece.made])
    for piece in pieces:
        for write in piece.besides:
            write(connection)
    sealings.stand(
        connection, {(one.document_id, one.field): one for piece in pieces for one in piece.reached}.values()
    )
    complete = [piece.row.document_id for piece in pieces if piece.row and piece.made and _is_complete(piece)]
    if complete:
        documents.set_states(connection, complete, documents.COMPLETE)
    documents.add_all_archived(
        connection, {piece.row.document_id: piece.archived for piece in pieces if piece.row and piece.archived}
    )
    # dossiers before effects, as the desk does: two that wait for each other would wait for ever
    events = {piece.run.dossier: piece.event for piece in pieces if piece.event is not None}
    if events:
        shop.desk.record_all(connection, events)
    through = [(piece.run, piece.done) for piece in pieces if waits[piece.run.dossier] is None]
    waiting = [piece for piece in pieces if waits[piece.run.dossier] is not None]
    outbox.finish_first(connection, through, now)
    outbox.still_held(connection, [piece.run for piece in waiting if not piece.done])
    for piece in waiting:
        if piece.done:
            outbox.hand_on(connection, piece.run, piece.done, now, now + HANDED_ON)


def _is_complete(piece: Piece) -> bool:
    return isinstance(piece.pdf, SealedPdf) and piece.pdf.complete
