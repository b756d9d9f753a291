"""Use policies of keys, a row for each version of one. Every function works inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from signing_service.domain.dates import to_stored
from signing_service.domain.key_policy import KeyPolicy, default_policy, policy_of
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import PartyKind
from signing_service.storage import tables


def put(connection: Connection, key: KeyRef, policy: KeyPolicy, by: str, at: datetime) -> int:
    """From now on this holds; what held before stays readable. Returns the version."""
    table = tables.key_policy
    last = connection.scalar(select(func.max(table.c.version)).where(table.c.key_ref == str(key))) or 0
    connection.execute(
        insert(table).values(
            key_ref=str(key),
            version=last + 1,
            policy=policy.to_record(),
            changed_at=to_stored(at),
            changed_by=by,
        )
    )
    return last + 1


def find(connection: Connection, key: KeyRef) -> KeyPolicy | None:
    """The newest version, None when the key has no policy of its own."""
    table = tables.key_policy
    record = connection.scalar(
        select(table.c.policy).where(table.c.key_ref == str(key)).order_by(table.c.version.desc()).limit(1)
    )
    return None if record is None else policy_of(record)


def of(connection: Connection, key: KeyRef, owner: PartyKind) -> KeyPolicy:
    """The key's own policy, else the default of its owner's kind."""
    return find(connection, key) or default_policy(owner)
