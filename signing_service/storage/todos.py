"""我的待办 and what becomes due by itself. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, func, insert, or_, select, update

from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.staff import Grant, Level
from signing_service.storage import tables


@dataclass(frozen=True, slots=True)
class TodoRow:
    """A dossier waits for a party, or for an officer of a level."""

    dossier: str
    role: SignatoryRole
    party: str
    procedure: str
    region: str
    level: Level | None
    steps: tuple[str, ...]
    since: datetime
    due_on: date | None


@dataclass(frozen=True, slots=True)
class TimerRow:
    dossier: str
    deadline: str
    position: int
    """Of its reminders; -1: the deadline itself."""
    due_at: datetime


def put(connection: Connection, dossiers: Collection[str], todos: Iterable[TodoRow]) -> None:
    """In place of everything that those dossiers waited for; what still waits for the same keeps its age."""
    todo = tables.todo
    before = {
        (row["dossier"], row["role"]): row
        for row in connection.execute(select(todo).where(todo.c.dossier.in_(dossiers))).mappings()
    }
    connection.execute(delete(todo).where(todo.c.dossier.in_(dossiers)))
    rows = [_stored(one, before.get((one.dossier, one.role.value))) for one in todos]
    if rows:
        connection.execute(insert(todo), rows)


def _stored(one: TodoRow, before: RowMapping | None) -> dict[str, Any]:
    same = before is not None and before["steps"] == list(one.steps)
    return {
        "dossier": one.dossier,
        "role": one.role.value,
        "party": one.party,
        "procedure": one.procedure,
        "region": one.region,
        "level": one.level.value if one.level else None,
        "steps": list(one.steps),
        "since": before["since"] if before is not None and same else to_stored(one.since),
        "due_on": one.due_on.isoformat() if one.due_on else None,
    }


def of_dossier(connection: Connection, number: str) -> list[TodoRow]:
    todo = tables.todo
    rows = connection.execute(select(todo).where(todo.c.dossier == number).order_by(todo.c.role)).mappings()
    return [_row(row) for row in rows]


def of_party(connection: Connection, party: str) -> list[TodoRow]:
    """What waits for a person or an enterprise, the most urgent first."""
    todo = tables.todo
    wanted = select(todo).where(todo.c.party == party, todo.c.level.is_(None))
    return _in_order(connection.execute(wanted).mappings())


def of_officer(connection: Connection, authority: str, grants: Sequence[Grant]) -> list[TodoRow]:
    """What waits for the levels, procedures and regions of an officer's grants, the most urgent first."""
    if not grants:
        return []
    rows = connection.execute(select(tables.todo).where(_within(authority, grants))).mappings()
    return _in_order(row for row in rows if _permits(grants, row))


def count_of_party(connection: Connection, party: str) -> int:
    todo = tables.todo
    wanted = select(func.count()).select_from(todo).where(todo.c.party == party, todo.c.level.is_(None))
    return connection.execute(wanted).scalar_one()


def _within(authority: str, grants: Sequence[Grant]) -> ColumnElement[bool]:
    todo = tables.todo
    levels = {grant.level.value for grant in grants}
    places = {_stem(grant.region) for grant in grants}
    return and_(
        todo.c.party == authority,
        todo.c.level.in_(levels),
        or_(*(todo.c.region.startswith(stem, autoescape=True) for stem in sorted(places))),
    )


def _stem(region: str) -> str:
    while region.endswith("00"):
        region = region[:-2]
    return region


def _permits(grants: Sequence[Grant], row: RowMapping) -> bool:
    return any(grant.permits(row["procedure"], Level(row["level"]), row["region"]) for grant in grants)


def _in_order(rows: Iterable[RowMapping]) -> list[TodoRow]:
    found = [_row(row) for row in rows]
    return sorted(found, key=lambda one: (one.due_on or date.max, one.since, one.dossier))


def _row(row: RowMapping) -> TodoRow:
    return TodoRow(
        dossier=row["dossier"],
        role=SignatoryRole(row["role"]),
        party=row["party"],
        procedure=row["procedure"],
        region=row["region"],
        level=Level(row["level"]) if row["level"] else None,
        steps=tuple(row["steps"]),
        since=from_stored(row["since"]),
        due_on=date.fromisoformat(row["due_on"]) if row["due_on"] else None,
    )


# ---- timers


def set_timers(connection: Connection, dossiers: Collection[str], timers: Iterable[TimerRow]) -> None:
    """In place of those dossiers' timers; one that went off for the same moment has gone off."""
    timer = tables.timer
    rows = connection.execute(select(timer).where(timer.c.dossier.in_(dossiers))).mappings()
    before = {(row["dossier"], row["deadline"], row["position"]): row for row in rows}
    connection.execute(delete(timer).where(timer.c.dossier.in_(dossiers)))
    new = []
    for one in timers:
        known = before.get((one.dossier, one.deadline, one.position))
        due_at = to_stored(one.due_at)
        fired = known["fired_at"] if known is not None and known["due_at"] == due_at else None
        new.append(
            {
                "dossier": one.dossier,
                "deadline": one.deadline,
                "position": one.position,
                "due_at": due_at,
                "fired_at": fired,
            }
        )
    if new:
        connection.execute(insert(timer), new)


def due_timers(connection: Connection, now: datetime, most: int = 100) -> list[TimerRow]:
    """What is to go off, the oldest first."""
    timer = tables.timer
    rows = connection.execute(
        select(timer)
        .where(timer.c.fired_at.is_(None), timer.c.due_at <= to_stored(now))
        .order_by(timer.c.due_at, timer.c.dossier, timer.c.position.desc())
        .limit(most)
    ).mappings()
    return [TimerRow(row["dossier"], row["deadline"], row["position"], from_stored(row["due_at"])) for row in rows]


def fire(connection: Connection, one: TimerRow, now: datetime) -> bool:
    """Mark it as gone off; False: it was set anew meanwhile, or another was first, and nothing is to be done."""
    timer = tables.timer
    done = connection.execute(
        update(timer)
        .where(
            timer.c.dossier == one.dossier,
            timer.c.deadline == one.deadline,
            timer.c.position == one.position,
            timer.c.due_at == to_stored(one.due_at),
            timer.c.fired_at.is_(None),
        )
        .values(fired_at=to_stored(now))
    )
    return done.rowcount == 1


def put_parts(connection: Connection, changed: Iterable[Dossier]) -> None:
    """Who plays a part in these dossiers, in place of what was written before."""
    dossiers = list(changed)
    part = tables.part
    connection.execute(delete(part).where(part.c.dossier.in_([one.number for one in dossiers])))
    rows = [
        {"dossier": one.number, "role": role.value, "party": party}
        for one in dossiers
        for role, party in one.parties.items()
        if role not in (SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM)
    ]
    if rows:
        connection.execute(insert(part), rows)
