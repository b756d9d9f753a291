"""Invitations to sign with one's own key, and tickets that are used up once. Every function works inside the
caller's transaction.

    open -> signed -> used      superseded: a newer ticket for the same field took its place

A ticket is ``signed`` when the party's signature is kept with it, and ``used`` when that signature stands in a stored
revision. The database itself holds that at most one ticket of a field is in play, and that it is signed once.
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.documents import PadesLevel, Sha256, SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, SigningCert
from signing_service.storage import tables


class TicketState(StrEnum):
    OPEN = "open"
    SIGNED = "signed"
    USED = "used"
    SUPERSEDED = "superseded"


IN_PLAY = (TicketState.OPEN, TicketState.SIGNED)


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who may sign in which role of which dossier, until when. The token is known to its bearer alone."""

    token_sha256: Sha256
    dossier: str
    role: SignatoryRole
    party: str
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TicketRow:
    """Everything that makes the same revision with the same hole again, byte for byte."""

    ticket_id: str
    invitation: Sha256
    document_id: str
    field: SignatoryRole
    origin: str
    base_sha256: Sha256
    digest: str
    signer: SigningCert
    level: PadesLevel
    seal_id: str | None
    seal_version: int | None
    claimed_at: datetime
    expires_at: datetime
    state: TicketState = TicketState.OPEN
    signature: bytes | None = None


def invite(connection: Connection, invitation: Invitation) -> None:
    connection.execute(
        insert(tables.invitation).values(
            token_sha256=invitation.token_sha256,
            dossier=invitation.dossier,
            role=invitation.role.value,
            party=invitation.party,
            made_at=to_stored(invitation.made_at),
            expires_at=to_stored(invitation.expires_at),
        )
    )


def invitation(connection: Connection, token_sha256: Sha256) -> Invitation | None:
    row = (
        connection.execute(select(tables.invitation).where(tables.invitation.c.token_sha256 == token_sha256))
        .mappings()
        .first()
    )
    if row is None:
        return None
    return Invitation(
        token_sha256=Sha256(row["token_sha256"]),
        dossier=row["dossier"],
        role=SignatoryRole(row["role"]),
        party=row["party"],
        made_at=from_stored(row["made_at"]),
        expires_at=from_stored(row["expires_at"]),
    )


def hand_out(connection: Connection, row: TicketRow) -> None:
    """Store a new ticket; one of the same field that is still open counts no more.

    Raises Problem SIGNATURE_KEPT when one of that field is signed already, TICKET_RACE when another process hands
    one out at this very moment.
    """
    if kept(connection, row.document_id, row.field):
        raise already_signed()
    ticket = tables.ticket
    connection.execute(
        update(ticket)
        .where(
            ticket.c.document_id == row.document_id,
            ticket.c.field == row.field.value,
            ticket.c.state == TicketState.OPEN,
        )
        .values(state=TicketState.SUPERSEDED)
    )
    try:
        connection.execute(insert(ticket).values(_values(row)))
    except IntegrityError:
        raise Problem(
            "TICKET_RACE",
            "另一窗口正在准备同一处签署，请关闭其他窗口后重试。",
            "Another window is preparing this very signature: close it, then try again.",
            status=409,
        ) from None


def find(connection: Connection, ticket_id: str) -> TicketRow | None:
    row = connection.execute(select(tables.ticket).where(tables.ticket.c.ticket_id == ticket_id)).mappings().first()
    return _ticket(row) if row else None


def kept(connection: Connection, document_id: str, field: SignatoryRole) -> TicketRow | None:
    """The ticket whose signature was given and is not yet in a stored revision."""
    return all_kept(connection, [document_id]).get((document_id, field))


def all_kept(connection: Connection, document_ids: Collection[str]) -> dict[tuple[str, SignatoryRole], TicketRow]:
    """The same, of many documents, by document and field."""
    ticket = tables.ticket
    rows = connection.execute(
        select(ticket).where(ticket.c.document_id.in_(document_ids), ticket.c.state == TicketState.SIGNED)
    ).mappings()
    return {(one.document_id, one.field): one for one in map(_ticket, rows)}


def keep_signature(connection: Connection, ticket_id: str, signature: bytes, now: datetime) -> None:
    """Use the ticket up: of any number that try, one is let through. Raises Problem TICKET_USED."""
    ticket = tables.ticket
    taken = connection.execute(
        update(ticket)
        .where(ticket.c.ticket_id == ticket_id, ticket.c.state == TicketState.OPEN)
        .values(state=TicketState.SIGNED, signature=base64.b64encode(signature).decode(), signed_at=to_stored(now))
    )
    if taken.rowcount != 1:
        raise used_up()


def put_in_place(connection: Connection, ticket_id: str) -> None:
    """The signature stands in a stored revision: belongs into the transaction that stores it."""
    ticket = tables.ticket
    placed = connection.execute(
        update(ticket)
        .where(ticket.c.ticket_id == ticket_id, ticket.c.state == TicketState.SIGNED)
        .values(state=TicketState.USED)
    )
    if placed.rowcount != 1:
        msg = f"the signature of ticket {ticket_id} is put in its place twice"
        raise LookupError(msg)


def let_go(connection: Connection, ticket_id: str) -> None:
    """The signature cannot be put in its place any more: the ticket makes room for another."""
    ticket = tables.ticket
    kept = update(ticket).where(ticket.c.ticket_id == ticket_id, ticket.c.state == TicketState.SIGNED)
    connection.execute(kept.values(state=TicketState.SUPERSEDED))


def used_up() -> Problem:
    return Problem(
        "TICKET_USED",
        "这张签署凭单已经使用或已作废，不能再次使用；请刷新页面查看最新状态。",
        "This signing ticket was used or replaced and cannot be used again: reload to see where things stand.",
        status=409,
    )


def already_signed() -> Problem:
    return Problem(
        "SIGNATURE_KEPT",
        "您的签名已收到，正在加盖时间戳，无需再次签署；完成后页面会自动更新。",
        "Your signature has arrived and is being time-stamped: no need to sign again, the page will tell when it is done.",
        status=409,
    )


def _values(row: TicketRow) -> dict[str, object]:
    signer = row.signer
    return {
        "ticket_id": row.ticket_id,
        "invitation": row.invitation,
        "document_id": row.document_id,
        "field": row.field.value,
        "origin": row.origin,
        "base_sha256": row.base_sha256,
        "digest": row.digest,
        "chain": [base64.b64encode(der).decode() for der in (signer.cert, *signer.chain)],
        "algorithm": signer.algorithm.value,
        "level": row.level.value,
        "seal_id": row.seal_id,
        "seal_version": row.seal_version,
        "claimed_at": to_stored(row.claimed_at),
        "expires_at": to_stored(row.expires_at),
        "state": row.state.value,
    }


def _ticket(row: RowMapping) -> TicketRow:
    cert, *chain = (base64.b64decode(text) for text in row["chain"])
    return TicketRow(
        ticket_id=row["ticket_id"],
        invitation=Sha256(row["invitation"]),
        document_id=row["document_id"],
        field=SignatoryRole(row["field"]),
        origin=row["origin"],
        base_sha256=Sha256(row["base_sha256"]),
        digest=row["digest"],
        signer=SigningCert(cert, tuple(chain), KeyAlgorithm(row["algorithm"])),
        level=PadesLevel(row["level"]),
        seal_id=row["seal_id"],
        seal_version=row["seal_version"],
        claimed_at=from_stored(row["claimed_at"]),
        expires_at=from_stored(row["expires_at"]),
        state=TicketState(row["state"]),
        signature=base64.b64decode(row["signature"]) if row["signature"] else None,
    )
