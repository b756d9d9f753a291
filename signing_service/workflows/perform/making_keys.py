"""Keys for those who applied for one, and certs that are taken back: asked of the authority that issues them.

What is owed is stored with the step that owes it, before any key is made; doing it again gives the same key.
"""

from __future__ import annotations

from collections.abc import Sequence

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.keys import KeyRef
from signing_service.domain.new_keys import HolderKind, NewKey, key_label
from signing_service.domain.parties import Person
from signing_service.domain.seals import SealState
from signing_service.storage import parties
from signing_service.workflows.licensing import last_day
from signing_service.workflows.perform.piece import Piece, each
from signing_service.workflows.workshop import Workshop


def make_keys(shop: Workshop, pieces: Sequence[Piece]) -> None:
    """The key each dossier applied for, with its cert; nobody can use it until a step gives it."""

    def make(piece: Piece) -> None:
        party = piece.situation.parties[piece.effect.role]
        kind = HolderKind.PERSON if isinstance(party, Person) else HolderKind.ENTERPRISE
        until = last_day(day_in_shanghai(shop.clock()), piece.effect.years)
        wanted = NewKey(key_label(piece.dossier.number), kind, str(party.name), str(party.number), until)
        shop.certs.make(wanted, shop.clock())
        piece.done += 1

    each(pieces, make)


def withdraw_keys(shop: Workshop, pieces: Sequence[Piece]) -> None:
    """Certs of the party's seals that were withdrawn are revoked, but for a key that still has a seal in use."""

    def withdraw(piece: Piece) -> None:
        party = piece.situation.parties[piece.effect.role]
        for key in sorted(_put_away(shop, str(party.number)), key=str):
            shop.certs.withdraw(key, piece.effect.why, shop.clock())
        piece.done += 1

    each(pieces, withdraw)


def _put_away(shop: Workshop, owner: str) -> set[KeyRef]:
    with shop.database.reading() as connection:
        seals = parties.seals(connection, owner)
    kept = {seal.key for seal in seals if seal.state is not SealState.WITHDRAWN}
    return {seal.key for seal in seals if seal.state is SealState.WITHDRAWN} - kept
