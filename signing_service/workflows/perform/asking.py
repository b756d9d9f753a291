"""Asking each professional of a form to confirm, in a dossier of the person's own: begun, and taken back, with the form.

It belongs into the transaction that stores that it is done, so nobody is asked twice and nobody is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.storage import dossiers
from signing_service.workflows.engine import Event
from signing_service.workflows.perform.piece import Piece, each
from signing_service.workflows.qualifying import asked
from signing_service.workflows.workshop import Workshop

MOST_PROFESSIONALS = 200
"""That a form may name: by now it may be a shorter one than that which asked."""
PLATFORM, AUTHORITY = SignatoryRole.PLATFORM, SignatoryRole.AUTHORITY


def ask_professionals(shop: Workshop, pieces: Sequence[Piece]) -> None:
    def ask(piece: Piece) -> None:
        piece.besides.append(partial(_ask, shop, piece, piece.effect.procedure, piece.form_version))
        piece.done += 1

    each(pieces, ask)


def recall_professionals(shop: Workshop, pieces: Sequence[Piece]) -> None:
    def recall(piece: Piece) -> None:
        piece.besides.append(partial(_recall, shop, piece, piece.form_version))
        piece.done += 1

    each(pieces, recall)


def _ask(shop: Workshop, piece: Piece, procedure: str, form_version: int, connection: Connection) -> None:
    """A form that was taken back meanwhile asks nobody."""
    dossier = dossiers.load(connection, piece.dossier.number)
    if dossier.form_version != form_version or dossier.stage is not Stage.SUBMITTED:
        return
    who = {role: dossier.parties[role] for role in (PLATFORM, AUTHORITY)}
    for key, form in asked(dossier, piece.situation).items():
        number = shop.desk.begin_filled_in(
            procedure, who, form, region=dossier.region, request_key=key, within=connection
        )
        if dossiers.load(connection, number).stage is Stage.DRAFT:
            shop.desk.record(connection, number, Event("prepare", _platform(who[PLATFORM])))


def _recall(shop: Workshop, piece: Piece, form_version: int, connection: Connection) -> None:
    """Of the version that was given up; what was signed stays archived and counts for that version alone."""
    prefix = f"ask/{piece.dossier.number}/{form_version}/"
    found = dossiers.by_request_keys(connection, [f"{prefix}{position}" for position in range(MOST_PROFESSIONALS)])
    for number, stage in found.values():
        if stage is Stage.SUBMITTED:
            platform = dossiers.load(connection, number).parties[PLATFORM]
            shop.desk.record(connection, number, Event("lapse", _platform(platform)))


def _platform(number: str) -> Actor:
    return Actor(PLATFORM, number, "platform")
