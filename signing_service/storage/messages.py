"""What people were told, and what is still on its way to them. Every function works inside the caller's transaction.

    pending -> sending -> sent         failed: given up        lapsed: nobody wants it any more

A delivery is taken under a lease; when whoever took it has not been heard of for that long, it is taken again, with
the same reference. What it says in clear is wiped when it has left or was given up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Update, and_, func, insert, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.errors import Problem
from signing_service.domain.messages import Channel, Event
from signing_service.storage.tables import delivery, message

PAGE = 50


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Message:
    """As its party reads it."""

    message_id: str
    party: str
    event: Event
    zh: str
    en: str
    at: datetime
    dossier: str | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewDelivery:
    channel: Channel
    address: str = field(repr=False)
    facts: Mapping[str, str] = field(repr=False)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """Taken in hand. ``reference`` is the same at every attempt."""

    reference: str
    token: str
    event: Event
    channel: Channel
    address: str = field(repr=False)
    facts: Mapping[str, str] = field(repr=False)
    attempts: int
    """This one included."""
    first_at: datetime
    """When it was first tried."""
    told_at: datetime
    """When the party was told on the platform."""
    until: datetime | None
    """When nobody wants it any more."""


class DeliveryTaken(Problem):
    """Somebody else has the delivery now; what became of it is not stored."""

    def __init__(self) -> None:
        super().__init__(
            "LEASE_LOST",
            "该消息已由另一处理进程接手，本次结果未保存，无需处理。",
            "Another process has taken this message over; this result was not stored and nothing needs to be done.",
            status=409,
        )


def add(connection: Connection, told: Message, deliveries: Iterable[NewDelivery], *, once: str | None = None) -> bool:
    """Store a message and owe its deliveries; False, and nothing is stored, when ``once`` was told already."""
    # of two that tell the same thing at once, one is let through
    writing = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    stored = connection.scalar(
        writing(message)
        .values(
            message_id=told.message_id,
            party=told.party,
            event=told.event.value,
            dossier=told.dossier,
            once=once,
            zh=told.zh,
            en=told.en,
            at=to_stored(told.at),
            read_at=to_stored(told.read_at) if told.read_at else None,
        )
        .on_conflict_do_nothing(index_elements=["once"])
        .returning(message.c.message_id)
    )
    if stored is None:
        return False
    rows = [
        {
            "delivery_id": str(uuid4()),
            "message": told.message_id,
            "channel": one.channel.value,
            "address": one.address,
            "facts": dict(one.facts),
            "state": DeliveryState.PENDING.value,
            "attempts": 0,
            "due_at": to_stored(told.at),
            "until": to_stored(one.until) if one.until else None,
        }
        for one in deliveries
    ]
    if rows:
        connection.execute(insert(delivery), rows)
    return True


# ---- reading


def unread(connection: Connection, party: str) -> int:
    return connection.execute(
        select(func.count()).select_from(message).where(message.c.party == party, message.c.read_at.is_(None))
    ).scalar_one()


def of_party(connection: Connection, party: str, *, limit: int = PAGE, before: datetime | None = None) -> list[Message]:
    """The newest first; ``before``: only what is older, for the next page."""
    wanted = select(message).where(message.c.party == party)
    if before is not None:
        wanted = wanted.where(message.c.at < to_stored(before))
    rows = connection.execute(wanted.order_by(message.c.at.desc(), message.c.message_id).limit(limit)).mappings()
    return [
        Message(
            message_id=row["message_id"],
            party=row["party"],
            event=Event(row["event"]),
            zh=row["zh"],
            en=row["en"],
            at=from_stored(row["at"]),
            dossier=row["dossier"],
            read_at=from_stored(row["read_at"]) if row["read_at"] else None,
        )
        for row in rows
    ]


def mark_read(connection: Connection, party: str, now: datetime, message_ids: Collection[str] | None = None) -> int:
    """Of the party's own messages those named, or all; how many had not been read."""
    mine = update(message).where(message.c.party == party, message.c.read_at.is_(None))
    if message_ids is not None:
        mine = mine.where(message.c.message_id.in_(message_ids))
    return connection.execute(mine.values(read_at=to_stored(now))).rowcount


# ---- on the way


def is_due(connection: Connection, channel: Channel, now: datetime) -> bool:
    """Whether ``take`` would find something, told without writing."""
    return connection.scalar(select(delivery.c.delivery_id).where(_waits(channel, now)).limit(1)) is not None


def take(connection: Connection, channel: Channel, now: datetime, lease_until: datetime) -> DueDelivery | None:
    """The next delivery of the channel, in hand until ``lease_until``; None: nothing is due.

    What has an end goes first, for somebody waits for it: a code. Then what has been due longest. What nobody wants
    any more lapses on the way.
    """
    _let_lapse(connection, channel, now)
    stored = to_stored(now)
    row = (
        connection.execute(
            select(delivery)
            .where(_waits(channel, now))
            .order_by(delivery.c.until.is_(None), delivery.c.until, delivery.c.due_at, delivery.c.delivery_id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    told = connection.execute(select(message.c.event, message.c.at).where(message.c.message_id == row["message"])).one()
    token, first_at = str(uuid4()), row["first_at"] or stored
    connection.execute(
        update(delivery)
        .where(delivery.c.delivery_id == row["delivery_id"])
        .values(
            state=DeliveryState.SENDING.value,
            attempts=row["attempts"] + 1,
            first_at=first_at,
            lease_until=to_stored(lease_until),
            lease_token=token,
        )
    )
    return DueDelivery(
        reference=row["delivery_id"],
        token=token,
        event=Event(told.event),
        channel=channel,
        address=row["address"],
        facts=row["facts"],
        attempts=row["attempts"] + 1,
        first_at=from_stored(first_at),
        told_at=from_stored(told.at),
        until=from_stored(row["until"]) if row["until"] else None,
    )


def mark_sent(connection: Connection, due: DueDelivery, now: datetime) -> None:
    """It has left, and what it said is wiped. Raises LEASE_LOST when somebody else has it."""
    done = {"state": DeliveryState.SENT.value, "sent_at": to_stored(now), "problem": null(), **_LET_GO, **_WIPED}
    _held(connection, due, update(delivery).values(done))


def postpone(connection: Connection, due: DueDelivery, problem: Mapping[str, Any], due_at: datetime) -> None:
    """It is tried again at ``due_at``. Raises LEASE_LOST."""
    waits = {"state": DeliveryState.PENDING.value, "due_at": to_stored(due_at), "problem": dict(problem), **_LET_GO}
    _held(connection, due, update(delivery).values(waits))


def give_up(connection: Connection, due: DueDelivery, problem: Mapping[str, Any]) -> None:
    """It will never be taken; the message on the platform remains. Raises LEASE_LOST."""
    failed = {"state": DeliveryState.FAILED.value, "problem": dict(problem), **_LET_GO, **_WIPED}
    _held(connection, due, update(delivery).values(failed))


_LET_GO: dict[str, Any] = {"lease_until": None, "lease_token": None}
_WIPED: dict[str, Any] = {"facts": null()}


def _waits(channel: Channel, now: datetime) -> ColumnElement[bool]:
    """Its time has come, or whoever had it has not been heard of for longer than the lease."""
    stored = to_stored(now)
    return and_(
        delivery.c.channel == channel.value,
        or_(
            and_(delivery.c.state == DeliveryState.PENDING.value, delivery.c.due_at <= stored),
            and_(delivery.c.state == DeliveryState.SENDING.value, delivery.c.lease_until <= stored),
        ),
    )


def _let_lapse(connection: Connection, channel: Channel, now: datetime) -> None:
    stored = to_stored(now)
    abandoned = and_(delivery.c.state == DeliveryState.SENDING.value, delivery.c.lease_until <= stored)
    connection.execute(
        update(delivery)
        .where(
            delivery.c.channel == channel.value,
            delivery.c.until <= stored,
            or_(delivery.c.state == DeliveryState.PENDING.value, abandoned),
        )
        .values({"state": DeliveryState.LAPSED.value, **_LET_GO, **_WIPED})
    )


def _held(connection: Connection, due: DueDelivery, change: Update) -> None:
    held = change.where(
        delivery.c.delivery_id == due.reference,
        delivery.c.state == DeliveryState.SENDING.value,
        delivery.c.lease_token == due.token,
    )
    if connection.execute(held).rowcount != 1:
        raise DeliveryTaken
