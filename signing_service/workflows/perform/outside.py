"""A party that signs itself: without its signature the effect waits; with it, it is time-stamped and put in its place."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from signing_service.domain.documents import PadesLevel
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, TimeStamp
from signing_service.pipeline.page_image import page_of
from signing_service.pipeline.seal import finish_seal
from signing_service.storage import outbox, sealings, tickets
from signing_service.storage.sealings import Given, Reached
from signing_service.storage.tickets import TicketRow
from signing_service.workflows import held_outside, use_of_keys
from signing_service.workflows.perform.piece import Piece
from signing_service.workflows.use_of_keys import Occasion, Use
from signing_service.workflows.workshop import Workshop


def seal_from_outside(shop: Workshop, piece: Piece) -> None:
    """Raises ``outbox.PutOff`` as long as the party has not signed, and Problem as ``use_of_keys.refuse_unfit``."""
    role, row = piece.effect.role, piece.turn_to(piece.effect.template)
    party = piece.situation.parties[role]
    ticket = _signature_of(shop, piece)
    base = shop.blobs.get(ticket.base_sha256)
    with shop.database.reading() as connection:
        owned = held_outside.seal_of(connection, ticket)
        intent = sealings.sealing(connection, row.document_id, role)
    asked = Occasion.after(piece.line, row, piece.base, page_of(base, role), role, party)
    if intent is None or ticket.signature is None or ticket.base_sha256 != piece.base.sha256:
        raise use_of_keys.intent_changed()
    # the key it was signed with, which need not be the party's any more
    key = KeyRef.parse(intent.key_ref)
    planned = held_outside.planned(ticket, party, key)
    if intent != planned or not key.held_outside:
        raise use_of_keys.intent_changed()
    use = Use(asked, held_outside.chosen_of(ticket, key, owned, intent), planned)
    prepared = held_outside.rebuilt(ticket, base, owned, shop.fonts.folder)
    if prepared.digest.hex() != ticket.digest:
        raise use_of_keys.intent_changed()
    _refuse_unfit(shop, ticket)
    sealed = finish_seal(prepared, ticket.signature, shop.tsa)
    # the ticket keeps the signature: only when it was and what came of it is noted here
    stamp = TimeStamp(b"", sealed.proven_at) if sealed.proven_at else None
    given = Given(ticket.signature, stamp, piece.put_forward(shop, sealed, role).sha256)
    level: PadesLevel = piece.effect.level
    piece.reached.append(Reached(row.document_id, role, PadesLevel.B_T if level.is_long_term else level))

    def put_in_place(connection: Connection) -> None:
        sealings.keep(connection, [(planned, given)])
        use_of_keys.record_done(connection, [(use, given.result_sha256)], shop.clock())
        tickets.put_in_place(connection, ticket.ticket_id)

    piece.besides.append(put_in_place)


def _refuse_unfit(shop: Workshop, ticket: TicketRow) -> None:
    """It may have waited for its time stamp: what was fit when it was given need not be fit now."""
    try:
        use_of_keys.refuse_unfit(shop, ticket.signer, ticket.claimed_at, shop.clock())
    except Problem:
        with shop.database.transaction() as connection:
            tickets.let_go(connection, ticket.ticket_id)
        raise


def _signature_of(shop: Workshop, piece: Piece) -> TicketRow:
    """The ticket with the party's signature, else the effect is put off: one transaction, so that none slips by."""
    due, now, role = piece.due, shop.clock(), piece.effect.role
    with shop.database.transaction() as connection:
        outbox.hold(connection, due.effect_id, due.token, now + timedelta(minutes=1))
        if kept := tickets.kept(connection, piece.turn_to(piece.effect.template).document_id, role):
            return kept
        told = held_outside.awaits_signature(piece.situation.parties[role]).to_document()
        outbox.postpone(connection, due.effect_id, due.token, told, now + held_outside.PATIENCE)
    raise outbox.PutOff
