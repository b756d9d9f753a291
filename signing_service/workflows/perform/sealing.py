"""Sealing: policy and intent are stored, the key is asked, what it gave is stored; a crash leaves no stray signature.

A seal for the long term is made at B-T and brought to its level after that: what the key has signed is kept when there
is no evidence to be had yet, and the key is not asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from signing_service.domain.documents import PadesLevel, SealedPdf, SignatoryRole, sha256_of
from signing_service.domain.keys import TimeStamp, TimeStampingAuthority
from signing_service.pipeline.appearance import draw
from signing_service.pipeline.extend import extend
from signing_service.pipeline.page_image import page_of
from signing_service.pipeline.seal import PreparedSeal, begin_seal, finish_seal
from signing_service.storage import documents, sealings, tickets
from signing_service.storage.sealings import Given, Reached, Sealing
from signing_service.workflows import use_of_keys
from signing_service.workflows.perform.outside import seal_from_outside
from signing_service.workflows.perform.piece import Piece, each, each_by_service, is_licence, signs_itself, together
from signing_service.workflows.use_of_keys import Chosen, Occasion, Use
from signing_service.workflows.workshop import Workshop


@dataclass(slots=True)
class Signing:
    """A piece on its way past the key."""

    piece: Piece
    asked: Occasion
    chosen: Chosen | None = None
    prepared: PreparedSeal | None = None
    planned: Sealing | None = None
    sealed: SealedPdf | None = None
    given: Given | None = None
    is_new: bool = False
    """Whether the key has signed just now."""

    @property
    def use(self) -> Use:
        if self.chosen is None or self.planned is None:
            msg = f"{self.asked.row.number}: no key was chosen"
            raise LookupError(msg)
        return Use(self.asked, self.chosen, self.planned)


def seal(shop: Workshop, pieces: Sequence[Piece]) -> None:
    """Fill the field of the role that each piece's effect names, and bring the seal to its level."""
    ours: list[Piece] = []
    standing: list[Piece] = []
    given = _given(shop, pieces)

    def look(piece: Piece) -> None:
        row = piece.turn_to(piece.effect.template)
        if row.state == documents.VOID:
            piece.done += 1
        elif any(revision.field is piece.effect.role for revision in piece.history):
            standing.append(piece)
        elif (row.document_id, piece.effect.role) in given or signs_itself(piece.situation.parties[piece.effect.role]):
            seal_from_outside(shop, piece)
            standing.append(piece)
        else:
            ours.append(piece)

    each(pieces, look)
    _bring_to_level(shop, [*standing, *_sealed(shop, ours)])


def _given(shop: Workshop, pieces: Sequence[Piece]) -> set[tuple[str, SignatoryRole]]:
    """Where a party has signed with its own key what is reserved: that is finished, whatever key the party has by now.

    Nobody has been shown what was drawn in this run.
    """
    ids = {row.document_id for piece in pieces for row in piece.rows if piece.histories.get(row.document_id)}
    if not ids:
        return set()
    with shop.database.reading() as connection:
        signed = tickets.all_kept(connection, ids)
        intents = sealings.of_documents(connection, ids)
    return {of for of, ticket in signed.items() if of in intents and intents[of].digest == ticket.digest}


def _sealed(shop: Workshop, pieces: Sequence[Piece]) -> list[Piece]:
    """Those whose field is filled now."""
    under_way: dict[str, Signing] = {}

    def ask(piece: Piece) -> None:
        under_way[piece.run.dossier] = Signing(piece, _occasion(shop, piece))

    def of(piece: Piece) -> Signing:
        return under_way[piece.run.dossier]

    prepared = each(_chosen(shop, each(pieces, ask), under_way), lambda piece: _prepare(shop, of(piece)))
    admitted = _admitted(shop, prepared, under_way)
    signed = each_by_service(
        admitted, lambda piece: str(of(piece).use.chosen.key), lambda piece: _sign(shop, of(piece))
    )
    kept = _kept(shop, signed, under_way)
    return each(kept, lambda piece: _put_forward(shop, of(piece)))


def _occasion(shop: Workshop, piece: Piece) -> Occasion:
    role, row = piece.effect.role, piece.turn_to(piece.effect.template)
    page = piece.pages[role] if role in piece.pages else page_of(piece.as_it_stands(shop.blobs).data, role)
    party = piece.situation.parties[role]
    return Occasion.after(piece.line, row, piece.base, page, role, party, is_stored=piece.base in piece.stored)


def _chosen(shop: Workshop, pieces: Sequence[Piece], under_way: dict[str, Signing]) -> list[Piece]:
    asked = [under_way[piece.run.dossier] for piece in pieces]
    for one, found in zip(asked, use_of_keys.choose_all(shop, [one.asked for one in asked]), strict=True):
        if isinstance(found, Exception):
            one.piece.problem = found
        else:
            one.chosen = found
    return [one.piece for one in asked if one.chosen]


def _prepare(shop: Workshop, one: Signing) -> None:
    piece, chosen = one.piece, one.chosen
    if chosen is None:
        return
    level: PadesLevel = piece.effect.level
    one.prepared = begin_seal(
        piece.as_it_stands(shop.blobs),
        one.asked.role,
        chosen.signer,
        chosen.claimed_at,
        level=level,
        appearance=draw(chosen.seal.artwork, shop.fonts.folder) if chosen.seal else None,
        excused=frozenset(SignatoryRole(role) for role in piece.dossier.facts.get("excused", ())),
    )
    one.planned = Sealing(
        document_id=one.asked.row.document_id,
        field=one.asked.role,
        base_sha256=one.asked.base.sha256,
        digest=one.prepared.digest.hex(),
        key_ref=str(chosen.key),
        cert_sha256=sha256_of(chosen.signer.cert),
        seal_id=chosen.seal.seal_id if chosen.seal else None,
        party=str(one.asked.party.number),
        claimed_at=chosen.claimed_at,
        level=level,
    )


def _admitted(shop: Workshop, pieces: Sequence[Piece], under_way: dict[str, Signing]) -> list[Piece]:
    """Those whose use is admitted and whose intent is stored; of the others the refusal is."""
    problems: dict[str, Exception | None] = {}

    def write(connection: Connection, wanted: Sequence[Piece]) -> None:
        uses = [under_way[piece.run.dossier].use for piece in wanted]
        found = use_of_keys.admit_all(connection, uses, shop.clock())
        problems.update({piece.run.dossier: one for piece, one in zip(wanted, found, strict=True)})

    for piece in (written := together(shop, pieces, write)):
        piece.problem = problems[piece.run.dossier]
    return [piece for piece in written if piece.problem is None]


def _sign(shop: Workshop, one: Signing) -> None:
    """With what the key gave before, when that is kept; else the key is asked."""
    chosen, planned, prepared = one.use.chosen, one.use.planned, one.prepared
    if prepared is None:
        return
    before = chosen.intent.given if chosen.intent is not None and chosen.intent == planned else None
    if before is not None:
        one.sealed = finish_seal(prepared, before.signature, _Kept(before.stamp) if before.stamp else None)
        one.given = before
        return
    signature = shop.keys.sign(chosen.key, prepared.to_be_signed)
    listener = _Heard(shop.tsa)
    one.sealed = finish_seal(prepared, signature, listener)
    one.given = Given(signature, listener.stamp, one.sealed.sha256)
    one.is_new = True


def _kept(shop: Workshop, pieces: Sequence[Piece], under_way: dict[str, Signing]) -> list[Piece]:
    """Signature and ledger are stored together, so that both are there or neither is."""

    def write(connection: Connection, wanted: Sequence[Piece]) -> None:
        new = [one for piece in wanted if (one := under_way[piece.run.dossier]).is_new]
        given = [(one.use, one.given) for one in new if one.given is not None]
        sealings.keep(connection, [(use.planned, what) for use, what in given])
        use_of_keys.record_done(connection, [(use, what.result_sha256) for use, what in given], shop.clock())

    return together(shop, pieces, write)


def _put_forward(shop: Workshop, one: Signing) -> None:
    if one.sealed is None:
        return
    level: PadesLevel = one.piece.effect.level
    one.piece.put_forward(shop, one.sealed, one.asked.role)
    made = PadesLevel.B_T if level.is_long_term else level
    one.piece.reached.append(Reached(one.asked.row.document_id, one.asked.role, made))


@dataclass(slots=True)
class _Heard:
    """An authority that remembers what it said."""

    tsa: TimeStampingAuthority
    stamp: TimeStamp | None = None

    def time_stamp(self, digest: bytes) -> TimeStamp:
        self.stamp = self.tsa.time_stamp(digest)
        return self.stamp


@dataclass(frozen=True, slots=True)
class _Kept:
    """The time stamp that was kept with a signature."""

    stamp: TimeStamp

    def time_stamp(self, _digest: bytes) -> TimeStamp:
        return self.stamp


# ---- the long term


def _bring_to_level(shop: Workshop, pieces: Sequence[Piece]) -> None:
    """As a further revision; nothing is to be done where the level is reached."""

    def reach(piece: Piece) -> None:
        level: PadesLevel = piece.effect.level
        if level.is_long_term and not _reached(shop, piece).reaches(level):
            _extend(shop, piece, level, shop.clock())
        piece.done += 1

    each_by_service(pieces, is_licence, reach)


def _reached(shop: Workshop, piece: Piece) -> PadesLevel:
    role = piece.effect.role
    for one in reversed(piece.reached):
        if one.field is role:
            return one.level
    with shop.database.reading() as connection:
        return sealings.levels_reached(connection, piece.turn_to(piece.effect.template).document_id)[role]


def _extend(shop: Workshop, piece: Piece, level: PadesLevel, now: datetime) -> None:
    row, sealed = piece.turn_to(piece.effect.template), piece.as_it_stands(shop.blobs)
    if not isinstance(sealed, SealedPdf):
        msg = f"{row.number}: nothing is sealed that could be extended"
        raise TypeError(msg)
    piece.put_forward(shop, extend(sealed, level, shop.trust_services, now), None)
    piece.reached.append(Reached(row.document_id, piece.effect.role, level))
