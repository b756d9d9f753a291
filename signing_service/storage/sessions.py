"""Sessions, tries, one-time codes and nonces: what accounts keep for minutes. Inside the caller's transaction."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from signing_service.domain.accounts import CODE_TRIES, Factor, Session
from signing_service.domain.dates import from_stored, to_stored
from signing_service.storage import tables

# ---- sessions


def open_session(connection: Connection, session: Session) -> None:
    connection.execute(
        insert(tables.session).values(
            session_id=session.session_id,
            account_id=session.account_id,
            factors=[factor.value for factor in session.factors],
            made_at=to_stored(session.made_at),
            seen_at=to_stored(session.seen_at),
            ends_at=to_stored(session.ends_at),
            address=session.address,
            agent=session.agent,
        )
    )


def session(connection: Connection, session_id: str) -> Session | None:
    row = connection.execute(select(tables.session).where(tables.session.c.session_id == session_id)).mappings().first()
    return _session(row) if row else None


def sessions_of(connection: Connection, account_id: str) -> list[Session]:
    """The newest first."""
    table = tables.session
    query = select(table).where(table.c.account_id == account_id).order_by(table.c.seen_at.desc())
    return [_session(row) for row in connection.execute(query).mappings()]


def seen(connection: Connection, session_id: str, at: datetime) -> None:
    table = tables.session
    connection.execute(update(table).where(table.c.session_id == session_id).values(seen_at=to_stored(at)))


def end(connection: Connection, session_id: str, account_id: str) -> bool:
    table = tables.session
    gone = connection.execute(delete(table).where(table.c.session_id == session_id, table.c.account_id == account_id))
    return gone.rowcount == 1


def end_all(connection: Connection, account_id: str, but: str = "") -> None:
    table = tables.session
    connection.execute(delete(table).where(table.c.account_id == account_id, table.c.session_id != but))


def forget_ended(connection: Connection, now: datetime, idle: timedelta) -> None:
    table = tables.session
    ended = (table.c.ends_at <= to_stored(now)) | (table.c.seen_at <= to_stored(now - idle))
    connection.execute(delete(table).where(ended))


def _session(row: RowMapping) -> Session:
    return Session(
        session_id=row["session_id"],
        account_id=row["account_id"],
        factors=tuple(Factor(value) for value in row["factors"]),
        made_at=from_stored(row["made_at"]),
        seen_at=from_stored(row["seen_at"]),
        ends_at=from_stored(row["ends_at"]),
        address=row["address"],
        agent=row["agent"],
    )


# ---- tries


@dataclass(frozen=True, slots=True)
class Attempts:
    tries: int
    locked_until: datetime | None


def attempts(connection: Connection, subject: str) -> Attempts:
    """Nobody else counts a try of this subject until the transaction ends."""
    table = tables.attempt
    row = connection.execute(select(table).where(table.c.subject == subject).with_for_update()).first()
    if row is None:
        return Attempts(0, None)
    return Attempts(row.tries, from_stored(row.locked_until) if row.locked_until else None)


def count_attempt(connection: Connection, subject: str, tries: int, locked_until: datetime | None) -> None:
    table = tables.attempt
    lock = to_stored(locked_until) if locked_until else None
    changed = connection.execute(update(table).where(table.c.subject == subject).values(tries=tries, locked_until=lock))
    if not changed.rowcount:
        connection.execute(insert(table).values(subject=subject, tries=tries, locked_until=lock))


def clear_attempts(connection: Connection, subject: str) -> None:
    connection.execute(delete(tables.attempt).where(tables.attempt.c.subject == subject))


# ---- rates


def hit(connection: Connection, bucket: str, window: timedelta, now: datetime) -> int:
    """Count one more; how many there were within the window, this one included. Older ones of the bucket are forgotten."""
    table = tables.rate_hit
    connection.execute(delete(table).where(table.c.bucket == bucket, table.c.at <= to_stored(now - window)))
    connection.execute(insert(table).values(bucket=bucket, at=to_stored(now)))
    return int(connection.scalar(select(func.count()).select_from(table).where(table.c.bucket == bucket)) or 0)


def forget_hits(connection: Connection, before: datetime) -> None:
    connection.execute(delete(tables.rate_hit).where(tables.rate_hit.c.at <= to_stored(before)))


# ---- one-time codes


def put_code(
    connection: Connection, holder: str, purpose: str, subject: str, hashed: str, expires_at: datetime
) -> None:
    """In place of the one before of the same holder, purpose and subject."""
    table = tables.one_time_code
    key = (table.c.holder == holder) & (table.c.purpose == purpose) & (table.c.subject == subject)
    connection.execute(delete(table).where(key))
    connection.execute(
        insert(table).values(
            holder=holder, purpose=purpose, subject=subject, hash=hashed, tries=0, expires_at=to_stored(expires_at)
        )
    )


def try_code(connection: Connection, holder: str, purpose: str, subject: str, now: datetime) -> str | None:
    """Count a try; the hash to compare with, None when there is no code that can still be right."""
    table = tables.one_time_code
    key = (table.c.holder == holder) & (table.c.purpose == purpose) & (table.c.subject == subject)
    counted = connection.execute(
        update(table)
        .where(key, table.c.tries < CODE_TRIES, table.c.expires_at > to_stored(now))
        .values(tries=table.c.tries + 1)
    )
    return connection.scalar(select(table.c.hash).where(key)) if counted.rowcount else None


def use_code(connection: Connection, holder: str, purpose: str, subject: str, hashed: str) -> bool:
    """Use it up: of any number that bring it at once, one is let through."""
    table = tables.one_time_code
    gone = connection.execute(
        delete(table).where(
            table.c.holder == holder, table.c.purpose == purpose, table.c.subject == subject, table.c.hash == hashed
        )
    )
    return gone.rowcount == 1


def forget_codes(connection: Connection, now: datetime) -> None:
    for table in (tables.one_time_code, tables.challenge):
        connection.execute(delete(table).where(table.c.expires_at <= to_stored(now)))


# ---- nonces


@dataclass(frozen=True, slots=True)
class Challenge:
    account_id: str | None
    facts: Mapping[str, Any]


def put_challenge(
    connection: Connection,
    challenge_id: str,
    purpose: str,
    account_id: str | None,
    facts: Mapping[str, Any],
    expires_at: datetime,
) -> None:
    connection.execute(
        insert(tables.challenge).values(
            challenge_id=challenge_id,
            purpose=purpose,
            account_id=account_id,
            facts=dict(facts),
            expires_at=to_stored(expires_at),
        )
    )


def take_challenge(connection: Connection, challenge_id: str, purpose: str, now: datetime) -> Challenge | None:
    """Use it up. None: unknown, used, too old, or handed out for something else."""
    table = tables.challenge
    row = connection.execute(
        select(table).where(table.c.challenge_id == challenge_id, table.c.purpose == purpose).with_for_update()
    ).first()
    if row is None or not hmac.compare_digest(row.challenge_id, challenge_id):
        return None
    taken = connection.execute(delete(table).where(table.c.challenge_id == challenge_id))
    if not taken.rowcount or from_stored(row.expires_at) <= now:
        return None
    return Challenge(row.account_id, row.facts)


def see_challenge(connection: Connection, challenge_id: str, purpose: str, now: datetime) -> Challenge | None:
    """As ``take_challenge``, and leaves it for another try."""
    table = tables.challenge
    row = connection.execute(
        select(table).where(table.c.challenge_id == challenge_id, table.c.purpose == purpose)
    ).first()
    return Challenge(row.account_id, row.facts) if row is not None and from_stored(row.expires_at) > now else None
