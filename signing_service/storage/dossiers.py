"""Dossiers and their journal in the database. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, exists, func, insert, or_, select, update

from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.storage import tables


@dataclass(frozen=True, slots=True)
class JournalLine:
    """What was done, by whom, when. Lines of a dossier count from 1 and are never changed."""

    dossier: str
    line: int
    at: datetime
    actor: str
    role: SignatoryRole
    step: str
    from_stage: Stage
    to_stage: Stage
    facts: Mapping[str, Any]


def add(connection: Connection, dossier: Dossier, request_key: str | None) -> None:
    connection.execute(
        insert(tables.dossier).values(
            number=dossier.number,
            procedure=dossier.procedure,
            edition=dossier.edition.isoformat(),
            parties={role.value: number for role, number in dossier.parties.items()},
            request_key=request_key,
            opened_at=to_stored(dossier.opened_at),
            **_changing(dossier, dossier.opened_at),
        )
    )


def load(connection: Connection, number: str, *, held: bool = False) -> Dossier:
    """Raises Problem NOT_FOUND: the same answer for what does not exist and what is not yours to know.

    ``held`` keeps the dossier as it is until the transaction ends: a step taken meanwhile waits.
    """
    return load_all(connection, [number], held=held)[number]


def load_all(connection: Connection, numbers: Collection[str], *, held: bool = False) -> dict[str, Dossier]:
    """As ``load`` for each of the numbers."""
    wanted = select(tables.dossier).where(tables.dossier.c.number.in_(numbers)).order_by(tables.dossier.c.number)
    rows = connection.execute(wanted.with_for_update() if held else wanted).mappings()
    found = {row["number"]: _dossier(row) for row in rows}
    if not found.keys() >= set(numbers):
        raise unknown()
    return found


def unknown() -> Problem:
    """The same for what does not exist and for what is not theirs who ask."""
    return Problem("NOT_FOUND", "未找到该办件，请核对办件编号。", "No such dossier: check the number.", status=404)


def by_request_key(connection: Connection, request_key: str) -> Dossier | None:
    """The dossier that an earlier request with this idempotency key opened."""
    rows = connection.execute(select(tables.dossier).where(tables.dossier.c.request_key == request_key))
    row = rows.mappings().first()
    return _dossier(row) if row else None


def by_request_keys(connection: Connection, request_keys: Collection[str]) -> dict[str, tuple[str, Stage]]:
    """By key, number and stage of the dossier that an earlier request with it opened."""
    table = tables.dossier
    wanted = select(table.c.request_key, table.c.number, table.c.stage).where(table.c.request_key.in_(request_keys))
    return {row.request_key: (row.number, Stage(row.stage)) for row in connection.execute(wanted)}


def save_all(connection: Connection, held: Iterable[Dossier], at: datetime) -> None:
    """Write the states that follow those which this transaction has loaded and holds."""
    dossier = tables.dossier
    rows = [
        {
            "of_number": one.number,
            "parties": {role.value: number for role, number in one.parties.items()},
            **_changing(one, at),
        }
        for one in held
    ]
    if rows:
        connection.execute(update(dossier).where(dossier.c.number == bindparam("of_number")), rows)


def save(connection: Connection, dossier: Dossier, at: datetime) -> None:
    """Write the state that follows the version before. Raises Problem REVISION_CHANGED when another writer was first."""
    saved = connection.execute(
        update(tables.dossier)
        .where(tables.dossier.c.number == dossier.number, tables.dossier.c.version == dossier.version - 1)
        .values(
            parties={role.value: number for role, number in dossier.parties.items()},
            **_changing(dossier, at),
        )
    )
    if saved.rowcount != 1:
        raise Problem(
            "REVISION_CHANGED",
            "办件刚被他人更新，请刷新后重试，您填写的内容不会丢失。",
            "Somebody else has just changed this dossier: reload and try again; nothing you typed is lost.",
            status=409,
        )


def note(connection: Connection, number: str, facts: Mapping[str, Any]) -> None:
    """Add to the facts of a dossier that this transaction holds: a number that was reserved for it."""
    dossier = tables.dossier
    known = connection.scalar(select(dossier.c.facts).where(dossier.c.number == number)) or {}
    connection.execute(update(dossier).where(dossier.c.number == number).values(facts={**known, **facts}))


@dataclass(frozen=True, slots=True)
class Move:
    """A step that was taken, as the journal tells it."""

    before: Dossier
    after: Dossier
    actor: Actor
    step: str
    facts: Mapping[str, Any]


def append_journal(connection: Connection, moves: Sequence[Move], at: datetime) -> list[int]:
    """Write the next line of each dossier and return their numbers."""
    journal = tables.journal
    numbers = [move.after.number for move in moves]
    last = select(journal.c.dossier, func.max(journal.c.line)).where(journal.c.dossier.in_(numbers))
    lines: dict[str, int] = {row[0]: row[1] for row in connection.execute(last.group_by(journal.c.dossier))}
    rows: list[dict[str, Any]] = [
        {
            "dossier": move.after.number,
            "line": lines.get(move.after.number, 0) + 1,
            "at": to_stored(at),
            "actor": move.actor.person,
            "role": move.actor.role.value,
            "step": move.step,
            "from_stage": move.before.stage.value,
            "to_stage": move.after.stage.value,
            "facts": dict(move.facts),
        }
        for move in moves
    ]
    connection.execute(insert(journal), rows)
    return [row["line"] for row in rows]


def journal_lines(connection: Connection, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], JournalLine]:
    """Single lines, by dossier and number."""
    journal = tables.journal
    rows = connection.execute(
        select(journal).where(journal.c.dossier.in_({dossier for dossier, _ in wanted}))
    ).mappings()
    lines = (_line(row) for row in rows)
    return {(line.dossier, line.line): line for line in lines if (line.dossier, line.line) in wanted}


def journal_of(connection: Connection, number: str) -> list[JournalLine]:
    rows = connection.execute(
        select(tables.journal).where(tables.journal.c.dossier == number).order_by(tables.journal.c.line)
    ).mappings()
    return [_line(row) for row in rows]


def _line(row: RowMapping) -> JournalLine:
    return JournalLine(
        dossier=row["dossier"],
        line=row["line"],
        at=from_stored(row["at"]),
        actor=row["actor"],
        role=SignatoryRole(row["role"]),
        step=row["step"],
        from_stage=Stage(row["from_stage"]),
        to_stage=Stage(row["to_stage"]),
        facts=row["facts"],
    )


def open_on_licence(connection: Connection, procedure: str, licence_no: str) -> list[str]:
    """Numbers of dossiers of a procedure that are still open on a licence."""
    dossier = tables.dossier
    still_open = [stage.value for stage in Stage if not stage.is_final]
    rows = connection.execute(
        select(dossier.c.number, dossier.c.facts).where(
            dossier.c.procedure == procedure, dossier.c.stage.in_(still_open)
        )
    )
    return [row.number for row in rows if row.facts.get("licence_no") == licence_no]


def on_project(connection: Connection, project: str) -> list[Dossier]:
    """Everything that was begun on a project, the oldest first. Its number begins with its region, which narrows it down."""
    dossier = tables.dossier
    wanted = select(dossier).where(dossier.c.region == project[:6]).order_by(dossier.c.opened_at)
    return [_dossier(row) for row in connection.execute(wanted).mappings() if row["facts"].get("project_no") == project]


def last_opened(connection: Connection, procedures: Collection[str], licence_no: str, but: str) -> datetime | None:
    """When the latest dossier of these procedures on a licence was opened, without ``but`` and those that were withdrawn."""
    dossier = tables.dossier
    rows = connection.execute(
        select(dossier.c.opened_at)
        .where(
            dossier.c.procedure.in_(procedures),
            dossier.c.number != but,
            dossier.c.stage != Stage.WITHDRAWN.value,
            dossier.c.facts["licence_no"].as_string() == licence_no,
        )
        .order_by(dossier.c.opened_at.desc())
        .limit(1)
    )
    row = rows.first()
    return from_stored(row.opened_at) if row else None


def at_stages(connection: Connection, procedure: str, stages: Collection[Stage]) -> list[Dossier]:
    """Of a procedure those that are at one of some stages, by number."""
    dossier = tables.dossier
    there = dossier.c.stage.in_([stage.value for stage in stages])
    wanted = select(dossier).where(dossier.c.procedure == procedure, there).order_by(dossier.c.number)
    return [_dossier(row) for row in connection.execute(wanted).mappings()]


def of_party(connection: Connection, party: str, most: int) -> list[tuple[Dossier, datetime]]:
    """Those in which a party plays a part, each with when it was last changed, the newest first."""
    dossier, part = tables.dossier, tables.part
    mine = select(part.c.dossier).where(part.c.party == party)
    wanted = select(dossier).where(dossier.c.number.in_(mine)).order_by(dossier.c.changed_at.desc()).limit(most)
    return [(_dossier(row), from_stored(row["changed_at"])) for row in connection.execute(wanted).mappings()]


def in_regions(
    connection: Connection,
    regions: Collection[str],
    most: int,
    *,
    procedures: Collection[str] = (),
    stages: Collection[Stage] = (),
    handled_by: str = "",
) -> list[tuple[Dossier, datetime]]:
    """Those of regions and all below them, each with when it was last changed, the newest first.

    ``procedures``, ``stages``: only these; empty: any. ``handled_by``: only those in which this account took a step.
    """
    dossier, journal = tables.dossier, tables.journal
    wanted = select(dossier).where(
        or_(*(dossier.c.region.startswith(stem, autoescape=True) for stem in sorted(map(_stem, regions))))
    )
    if procedures:
        wanted = wanted.where(dossier.c.procedure.in_(procedures))
    if stages:
        wanted = wanted.where(dossier.c.stage.in_([stage.value for stage in stages]))
    if handled_by:
        wanted = wanted.where(exists().where(journal.c.dossier == dossier.c.number, journal.c.actor == handled_by))
    rows = connection.execute(wanted.order_by(dossier.c.changed_at.desc()).limit(most)).mappings()
    return [(_dossier(row), from_stored(row["changed_at"])) for row in rows]


def _stem(region: str) -> str:
    """What the codes of a region and those in it begin with."""
    while region.endswith("00"):
        region = region[:-2]
    return region


def _changing(dossier: Dossier, at: datetime) -> dict[str, Any]:
    return {
        "region": dossier.region,
        "stage": dossier.stage.value,
        "version": dossier.version,
        "form_version": dossier.form_version,
        "form": dict(dossier.form),
        "visit": sorted(role.value for role in dossier.visit),
        "facts": dict(dossier.facts),
        "draft": dict(dossier.draft),
        "changed_at": to_stored(at),
    }


def _dossier(row: RowMapping) -> Dossier:
    return Dossier(
        number=row["number"],
        procedure=row["procedure"],
        edition=date.fromisoformat(row["edition"]),
        stage=Stage(row["stage"]),
        version=row["version"],
        form_version=row["form_version"],
        region=row["region"],
        parties={SignatoryRole(role): number for role, number in row["parties"].items()},
        form=row["form"],
        visit=frozenset(SignatoryRole(role) for role in row["visit"]),
        opened_at=from_stored(row["opened_at"]),
        facts=row["facts"],
        draft=row["draft"] or {},
    )
