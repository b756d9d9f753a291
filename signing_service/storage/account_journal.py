"""What happened to accounts, and who saw whose full ID number. Rows are added; the database refuses to change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from signing_service.domain.dates import from_stored, to_stored
from signing_service.storage import tables


@dataclass(frozen=True, slots=True)
class AccountEvent:
    at: datetime
    event: str
    by: str
    address: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IdView:
    account_id: str
    person: str
    at: datetime
    why: str


def note(
    connection: Connection,
    account_id: str,
    event: str,
    at: datetime,
    *,
    by: str = "",
    address: str = "",
    **facts: Any,
) -> None:
    """``by``: the account that did it; empty: the account itself."""
    connection.execute(
        insert(tables.account_event).values(
            account_id=account_id, at=to_stored(at), event=event, by=by or account_id, address=address, facts=facts
        )
    )


def events_of(connection: Connection, account_id: str, limit: int = 100) -> list[AccountEvent]:
    """The newest first."""
    table = tables.account_event
    rows = connection.execute(
        select(table).where(table.c.account_id == account_id).order_by(table.c.event_id.desc()).limit(limit)
    )
    return [AccountEvent(from_stored(row.at), row.event, row.by, row.address, row.facts) for row in rows]


def devices_of(connection: Connection, account_id: str, limit: int = 200) -> set[str]:
    """With which somebody logged in to the account, of the last ``limit`` times."""
    events = tables.account_event
    rows = connection.execute(
        select(events.c.facts)
        .where(events.c.account_id == account_id, events.c.event == "logged_in")
        .order_by(events.c.event_id.desc())
        .limit(limit)
    )
    return {row.facts["device"] for row in rows if "device" in row.facts}


def note_view(connection: Connection, account_id: str, person: str, at: datetime, why: str) -> None:
    """In the same transaction in which the full number is read for somebody's eyes."""
    connection.execute(
        insert(tables.id_view).values(account_id=account_id, person=person, at=to_stored(at), why=why[:200])
    )


def views_of(connection: Connection, person: str) -> list[IdView]:
    """The newest first."""
    table = tables.id_view
    rows = connection.execute(select(table).where(table.c.person == person).order_by(table.c.view_id.desc()))
    return [IdView(row.account_id, row.person, from_stored(row.at), row.why) for row in rows]
