"""Asking registered persons to agree to their practising seal, and going on when they have answered.

Both belong into the transaction that stores that they are done: nobody is asked twice, and no answer is lost. The sheets
are looked at once more when the seals go on (``refuse_without_consent``): a seal is refused to what nobody agreed to.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.projects import SectionKind
from signing_service.domain.sheets import Sheet
from signing_service.storage import dossiers, sheets
from signing_service.workflows.engine import Event
from signing_service.workflows.looking_up import StoredRegister
from signing_service.workflows.perform.piece import Piece, each
from signing_service.workflows.sheet_consents import WAITS, asked, evidence_of, standing
from signing_service.workflows.workshop import Workshop

PLATFORM, AUTHORITY = SignatoryRole.PLATFORM, SignatoryRole.AUTHORITY


def ask_registered_persons(shop: Workshop, pieces: Sequence[Piece]) -> None:
    def ask(piece: Piece) -> None:
        piece.besides.append(partial(_ask, shop, piece, piece.effect.procedure, piece.form_version))
        piece.done += 1

    each(pieces, ask)


def go_on_with_sheets(shop: Workshop, pieces: Sequence[Piece]) -> None:
    def go_on(piece: Piece) -> None:
        piece.besides.append(partial(_go_on, shop, piece.dossier.number))
        piece.done += 1

    each(pieces, go_on)


def refuse_without_consent(connection: Connection, handed: Dossier, found: Sequence[Sheet]) -> None:
    """Before practising seals go on ``found``. Raises Problem CONSENT_MISSING, CONSENT_DECLINED, CONSENT_VOID."""
    if problem := standing(handed, _kind_of(found), found, StoredRegister(connection)):
        raise problem


def _ask(shop: Workshop, piece: Piece, procedure: str, form_version: int, connection: Connection) -> None:
    """What was taken back meanwhile asks nobody."""
    handed = dossiers.load(connection, piece.dossier.number)
    if handed.form_version != form_version or handed.stage is not Stage.SUBMITTED:
        return
    found = sheets.of_dossier(connection, handed.number)
    who = {role: handed.parties[role] for role in (PLATFORM, AUTHORITY)}
    for key, form in asked(handed, _kind_of(found), found).items():
        number = shop.desk.begin_filled_in(
            procedure, who, form, region=handed.region, request_key=key, within=connection
        )
        if dossiers.load(connection, number).stage is Stage.DRAFT:
            shop.desk.record(connection, number, Event("prepare", _platform(handed)))


def _go_on(shop: Workshop, number: str, connection: Connection) -> None:
    """An answer to what was taken back meanwhile, or was handed over anew, moves nothing."""
    consent = dossiers.load(connection, number)
    handed = dossiers.load(connection, consent.form["handed_over_with"], held=True)
    if handed.stage is not Stage.SUBMITTED:
        return
    found = sheets.of_dossier(connection, handed.number)
    wanted, register = asked(handed, _kind_of(found), found), StoredRegister(connection)
    begun = register.begun_with(list(wanted))
    if number not in {one.number for one in begun.values()}:
        return
    if problem := standing(handed, _kind_of(found), found, register):
        if problem.code != WAITS:
            _give_back(shop, connection, handed, _answer_of(consent, register) or problem.zh)
        return
    try:
        shop.desk.record(
            connection, handed.number, Event("seal", _platform(handed), evidence=evidence_of(wanted, begun))
        )
    except Problem as refused:
        # the engine refuses before anything is written: who has left the unit meanwhile seals nothing for it
        _give_back(shop, connection, handed, refused.zh)


def _give_back(shop: Workshop, connection: Connection, handed: Dossier, reason: str) -> None:
    shop.desk.record(connection, handed.number, Event("give_back", _platform(handed), reason))


def _answer_of(consent: Dossier, register: StoredRegister) -> str:
    """Who did not agree, and why, as the unit is told."""
    person = register.party(consent.form["id_no"])
    name = str(person.name) if person is not None else ""
    if consent.stage is Stage.REFUSED:
        return f"{name}：{consent.facts.get('reason', '')}"
    return f"{name} 未在期限内确认加盖执业印章。" if consent.stage is Stage.LAPSED else ""


def _kind_of(found: Sequence[Sheet]) -> SectionKind:
    return found[0].kind if found else SectionKind.DESIGN


def _platform(handed: Dossier) -> Actor:
    return Actor(PLATFORM, handed.parties[PLATFORM], "platform")
