"""归集: what national registers have to be told of licences, written in the transaction that changes the licence.

Entries of one licence are told in the order in which the changes came. Every function works inside the caller's
transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, or_, select, update

from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.licences import Licence, LicenceStatus
from signing_service.domain.national import SCHEMES, is_told
from signing_service.storage import tables


class EntryState(StrEnum):
    DUE = "due"
    """To be told; once more when the last attempt found nobody."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """With a reason; told again when somebody has seen to it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one version of a licence."""

    entry: int
    reference: str
    """Ours, and the same at every attempt: what arrives twice is one entry."""
    number: str
    version: int
    before: LicenceStatus
    status: LicenceStatus
    at: datetime
    state: EntryState
    attempts: int
    problem: Mapping[str, Any] | None
    answer: Mapping[str, Any] | None
    answered_at: datetime | None


def owe(connection: Connection, changed: Iterable[Licence], status: LicenceStatus, at: datetime) -> None:
    """``changed``: licences as they were before they came into this state. One without a file is told of to nobody."""
    rows = [_owed(one, status, at) for one in changed if one.document_id and is_told(one.type, status)]
    if rows:
        connection.execute(insert(tables.national_entry), rows)


def _owed(licence: Licence, status: LicenceStatus, at: datetime) -> dict[str, Any]:
    moment = to_stored(at)
    said = f"{licence.identifier}|{status.value}|{moment}"
    return {
        "reference": hashlib.sha256(said.encode()).hexdigest()[:32],
        "number": licence.number,
        "version": licence.version,
        "before": licence.status.value,
        "status": status.value,
        "at": moment,
        "state": EntryState.DUE.value,
        "attempts": 0,
        "due_at": moment,
    }


def out_of_date(connection: Connection, first: date, last: date) -> list[tuple[str, int]]:
    """Number and version of what is in force by the register, ended between two days, and was told as expired to nobody."""
    licence, entry = tables.licence, tables.national_entry
    told = exists().where(
        entry.c.number == licence.c.number,
        entry.c.version == licence.c.version,
        entry.c.status == LicenceStatus.EXPIRED.value,
    )
    wanted = select(licence.c.number, licence.c.version).where(
        licence.c.status == LicenceStatus.IN_FORCE.value,
        licence.c.valid_until.between(first.isoformat(), last.isoformat()),
        licence.c.document_id.is_not(None),
        licence.c.type.in_([one.value for one in SCHEMES]),
        ~told,
    )
    return [(row.number, row.version) for row in connection.execute(wanted)]


def due(connection: Connection, now: datetime, most: int) -> list[Entry]:
    """The oldest first. An entry waits for those before it: of its licence those still due, of its version any not accepted."""
    entry, earlier = tables.national_entry, tables.national_entry.alias("earlier")
    held_up = exists().where(
        earlier.c.number == entry.c.number,
        earlier.c.entry < entry.c.entry,
        or_(
            earlier.c.state == EntryState.DUE.value,
            and_(earlier.c.version == entry.c.version, earlier.c.state == EntryState.REFUSED.value),
        ),
    )
    wanted = (
        select(entry)
        .where(entry.c.state == EntryState.DUE.value, entry.c.due_at <= to_stored(now), ~held_up)
        .order_by(entry.c.entry)
        .limit(most)
    )
    return [_entry(row) for row in connection.execute(wanted)]


def of_licence(connection: Connection, number: str) -> list[Entry]:
    entry = tables.national_entry
    rows = connection.execute(select(entry).where(entry.c.number == number).order_by(entry.c.entry))
    return [_entry(row) for row in rows]


def in_state(connection: Connection, states: Collection[EntryState], most: int) -> list[Entry]:
    """The oldest first."""
    entry = tables.national_entry
    wanted = select(entry).where(entry.c.state.in_([one.value for one in states])).order_by(entry.c.entry).limit(most)
    return [_entry(row) for row in connection.execute(wanted)]


def last_known(connection: Connection, number: str, version: int) -> int | None:
    """Of the versions before this one the newest that the register has accepted; None: it has none."""
    entry = tables.national_entry
    wanted = select(func.max(entry.c.version)).where(
        entry.c.number == number, entry.c.version < version, entry.c.state == EntryState.ACCEPTED.value
    )
    newest: int | None = connection.scalar(wanted)
    return newest


def answered(connection: Connection, told: Entry, state: EntryState, answer: Mapping[str, Any], at: datetime) -> None:
    """What another worker has marked accepted meanwhile stays so."""
    entry = tables.national_entry
    connection.execute(
        update(entry)
        .where(entry.c.entry == told.entry, entry.c.state != EntryState.ACCEPTED.value)
        .values(state=state.value, answer=dict(answer), answered_at=to_stored(at), problem=None)
    )


def postpone(connection: Connection, told: Entry, problem: Mapping[str, Any], due_at: datetime) -> None:
    entry = tables.national_entry
    connection.execute(
        update(entry)
        .where(entry.c.entry == told.entry, entry.c.state == EntryState.DUE.value)
        .values(problem=dict(problem), attempts=told.attempts + 1, due_at=to_stored(due_at))
    )


def tell_again(connection: Connection, numbers: Collection[str], now: datetime) -> int:
    """What was refused of these licences is due once more, and what waits for its next attempt is due now; how many."""
    entry = tables.national_entry
    waiting = entry.c.state.in_([EntryState.REFUSED.value, EntryState.DUE.value])
    changed = connection.execute(
        update(entry)
        .where(entry.c.number.in_(numbers), waiting)
        .values(state=EntryState.DUE.value, due_at=to_stored(now), attempts=0)
    )
    return changed.rowcount


def _entry(row: Any) -> Entry:
    return Entry(
        entry=row.entry,
        reference=row.reference,
        number=row.number,
        version=row.version,
        before=LicenceStatus(row.before),
        status=LicenceStatus(row.status),
        at=from_stored(row.at),
        state=EntryState(row.state),
        attempts=row.attempts,
        problem=row.problem,
        answer=row.answer,
        answered_at=from_stored(row.answered_at) if row.answered_at else None,
    )
