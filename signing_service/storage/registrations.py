"""Registrations that wait for their e-mail address to be confirmed. Inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from signing_service.domain.dates import from_stored, to_stored
from signing_service.storage import tables


@dataclass(frozen=True, slots=True)
class Registration:
    account_id: str
    facts: Mapping[str, Any]


def put(
    connection: Connection, account_id: str, token_sha256: str, facts: Mapping[str, Any], expires_at: datetime
) -> None:
    """In place of the one before of the account: its link is void."""
    table = tables.registration
    connection.execute(delete(table).where(table.c.account_id == account_id))
    connection.execute(
        insert(table).values(
            account_id=account_id, token_sha256=token_sha256, facts=dict(facts), expires_at=to_stored(expires_at)
        )
    )


def facts_of(connection: Connection, account_id: str) -> dict[str, Any]:
    table = tables.registration
    return dict(connection.scalar(select(table.c.facts).where(table.c.account_id == account_id)) or {})


def take(connection: Connection, token_sha256: str, now: datetime) -> Registration | None:
    """Use the link up. None: unknown, used or too old."""
    table = tables.registration
    row = connection.execute(select(table).where(table.c.token_sha256 == token_sha256).with_for_update()).first()
    if row is None or from_stored(row.expires_at) <= now:
        return None
    gone = connection.execute(delete(table).where(table.c.token_sha256 == token_sha256))
    return Registration(row.account_id, row.facts) if gone.rowcount else None
