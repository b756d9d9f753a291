"""PINs of keys, as hashes, with the tries that are counted before they are judged. Inside the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.keys import KeyRef
from signing_service.storage import tables


@dataclass(frozen=True, slots=True)
class PinState:
    hash: str
    tries: int
    """In a row that were not right, those under way included."""
    locked_until: datetime | None


def held(connection: Connection, key: KeyRef) -> PinState | None:
    """Nobody else counts a try until the transaction ends. None: the key has no PIN."""
    table = tables.pin_state
    row = connection.execute(select(table).where(table.c.key_ref == str(key)).with_for_update()).first()
    if row is None:
        return None
    return PinState(row.hash, row.tries, from_stored(row.locked_until) if row.locked_until else None)


def is_chosen(connection: Connection, key: KeyRef) -> bool:
    """Whether the key has a PIN. Asked in passing: nothing is locked, so it may be asked where nothing is written."""
    table = tables.pin_state
    return connection.execute(select(table.c.key_ref).where(table.c.key_ref == str(key))).first() is not None


def put(connection: Connection, key: KeyRef, hashed: str, at: datetime) -> None:
    """In place of the one before, with no try counted."""
    table = tables.pin_state
    connection.execute(delete(table).where(table.c.key_ref == str(key)))
    connection.execute(
        insert(table).values(key_ref=str(key), hash=hashed, tries=0, locked_until=None, set_at=to_stored(at))
    )


def count(connection: Connection, key: KeyRef, tries: int, locked_until: datetime | None) -> None:
    connection.execute(
        update(tables.pin_state)
        .where(tables.pin_state.c.key_ref == str(key))
        .values(tries=tries, locked_until=to_stored(locked_until) if locked_until else None)
    )
