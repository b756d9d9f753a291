"""用印台账: who used which key on what, why and when; one line when it is going to be, one when it is done.

A line holds the SHA-256 of the line before it, so a line that is changed, left out, put in or moved breaks the chain;
the head holds that of the last, so a line cut off the end is missed. Triggers of the database refuse every change.
Who owns the database can still write the whole chain anew: note the head (``keys ledger`` prints it) elsewhere.

No picture is kept: a line names the page that carries the seal and the revision by its hash, the revision is immutable,
and ``pipeline.page_image`` draws the page from it whenever somebody wants to see it.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, distinct, exists, func, insert, select, update

from signing_service.domain.dates import SHANGHAI, from_stored, to_stored
from signing_service.domain.key_policy import Counts
from signing_service.storage import tables

CHAIN = "seals"
NO_LINE = "0" * 64
"""What the first line has in place of the line before it."""

USES = uuid.UUID("5f0d2b39-0b1c-5f7e-9f5b-8d2f6b1c7a44")
"""Namespace of use ids (RFC 9562, 5.5): document and signature field name the use."""


class Outcome(StrEnum):
    INTENDED = "intended"
    """The key is going to be asked; stored with the intent."""
    DONE = "done"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    """An intent whose signature was never stored gave way to another."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one line says. ``digest`` and the hashes in hex; ``page`` counts from 0."""

    at: datetime
    outcome: Outcome
    use_id: str
    key_ref: str
    cert_sha256: str
    party: str
    actor: str
    dossier: str
    step: str
    reason: str
    document_id: str
    template: str
    number: str
    title: str
    field: str
    seal_id: str | None
    seal_version: int | None
    digest: str
    base_sha256: str
    page: int
    result_sha256: str | None = None
    officers: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    line: int
    previous: str
    entry: Entry

    def canonical(self) -> bytes:
        """What is hashed: JSON, keys sorted, no white space, UTF-8. The text of a time is the stored one."""
        return json.dumps(
            {"line": self.line, "previous": self.previous, **_stored(self.entry)},
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
        ).encode()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.canonical()).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold, and what is wrong with it."""

    line: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Head:
    line: int
    sha256: str


def use_id_of(document_id: str, field: str) -> str:
    """A field of a document is filled once, so this names the use however often it is tried."""
    return str(uuid.uuid5(USES, f"{document_id}/{field}"))


def hold(connection: Connection) -> Head:
    """The head. Until the transaction ends nobody else adds a line: what is counted now stays true."""
    head = tables.seal_ledger_head
    row = connection.execute(select(head).where(head.c.chain == CHAIN).with_for_update()).one()
    return Head(row.line, row.sha256)


def append(connection: Connection, entry: Entry) -> Line:
    """Add a line. Others that want to add one wait for this transaction, so take it late."""
    return append_all(connection, [entry])[0]


def append_all(connection: Connection, entries: Sequence[Entry]) -> list[Line]:
    """Add lines, one after the other, as ``append`` adds one."""
    if not entries:
        return []
    head = hold(connection)
    added: list[Line] = []
    rows = []
    for entry in entries:
        line = Line(head.line + 1, head.sha256, entry)
        head = Head(line.line, line.sha256)
        added.append(line)
        rows.append({"line": line.line, "previous": line.previous, **_stored(entry)})
    connection.execute(insert(tables.seal_ledger), rows)
    connection.execute(
        update(tables.seal_ledger_head)
        .where(tables.seal_ledger_head.c.chain == CHAIN)
        .values(line=head.line, sha256=head.sha256)
    )
    return added


def last_of(connection: Connection, use_id: str) -> Line | None:
    """The newest line of a use."""
    return last_of_each(connection, [use_id]).get(use_id)


def last_of_each(connection: Connection, use_ids: Collection[str]) -> dict[str, Line]:
    """The newest line of each use; one that has none is left out."""
    table = tables.seal_ledger
    rows = connection.execute(select(table).where(table.c.use_id.in_(use_ids)).order_by(table.c.line)).mappings()
    return {row["use_id"]: line for row, line in ((row, _line(row)) for row in rows)}


def counts(connection: Connection, key_ref: str, use_id: str, now: datetime) -> Counts:
    """How many other uses of a key were begun, today and in all. One that was superseded counts: the key may have signed."""
    table = tables.seal_ledger
    others = select(func.count(distinct(table.c.use_id))).where(
        table.c.key_ref == key_ref, table.c.outcome == Outcome.INTENDED.value, table.c.use_id != use_id
    )
    begins = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    today = others.where(table.c.at >= to_stored(begins), table.c.at < to_stored(begins + timedelta(days=1)))
    return Counts(today=connection.scalar(today) or 0, in_all=connection.scalar(others) or 0)


def lines(connection: Connection, key_ref: str | None = None) -> Iterator[Line]:
    """In order, of one key or of all."""
    for row in connection.execute(_in_order(key_ref), execution_options={"yield_per": 1000}).mappings():
        yield _line(row)


def find(connection: Connection, number: int) -> Line | None:
    table = tables.seal_ledger
    row = connection.execute(select(table).where(table.c.line == number)).mappings().first()
    return _line(row) if row else None


def head_of(connection: Connection) -> Head:
    row = connection.execute(
        select(tables.seal_ledger_head).where(tables.seal_ledger_head.c.chain == CHAIN)
    ).one_or_none()
    return Head(row.line, row.sha256) if row else Head(0, "")


def verify(connection: Connection) -> list[Break]:
    """Every place where the ledger does not hold; empty when it is whole. To be asked in one moment (``reading``)."""
    found: list[Break] = []
    number, previous = 0, NO_LINE
    for line in lines(connection):
        if line.line != number + 1:
            found.append(
                Break(
                    line.line,
                    f"第 {number} 行之后是第 {line.line} 行，中间缺行或插行",
                    f"after line {number} comes line {line.line}: lines are missing or were put in",
                )
            )
        if line.previous != previous:
            found.append(
                Break(
                    line.line,
                    f"第 {line.line} 行与其前一行不衔接：前一行被改动、删除或换位",
                    f"line {line.line} does not follow from the one before: that was changed, taken out or moved",
                )
            )
        number, previous = line.line, line.sha256
    head = head_of(connection)
    if (head.line, head.sha256) != (number, previous):
        found.append(
            Break(
                head.line,
                f"末行应为第 {head.line} 行，实为第 {number} 行，或末行被改动",
                f"the last line has to be {head.line} and is {number}, or it was changed",
            )
        )
    return [*found, *_missing(connection)]


def _missing(connection: Connection) -> list[Break]:
    """Signatures since the ledger began that it says nothing of."""
    sealing, table = tables.sealing, tables.seal_ledger
    began = connection.scalar(select(func.min(table.c.at)))
    said = exists().where(
        table.c.document_id == sealing.c.document_id,
        table.c.field == sealing.c.field,
        table.c.digest == sealing.c.digest,
        table.c.outcome == Outcome.DONE.value,
    )
    unsaid = select(sealing.c.document_id, sealing.c.field).where(
        sealing.c.result_sha256.is_not(None),
        sealing.c.claimed_at >= (began or "")[: len("2026-11-22T04:00:00")],  # a claimed time has no fraction
        ~said,
    )
    return [
        Break(
            0,
            f"文件 {row.document_id} 的签章 {row.field} 没有台账记录",
            f"the signature {row.field} of document {row.document_id} is not in the ledger",
        )
        for row in connection.execute(unsaid)
        if began
    ]


def _in_order(key_ref: str | None) -> Select[*tuple[Any, ...]]:
    table = tables.seal_ledger
    wanted = select(table).order_by(table.c.line)
    return wanted if key_ref is None else wanted.where(table.c.key_ref == key_ref)


def _stored(entry: Entry) -> dict[str, Any]:
    return {
        **{column.name: getattr(entry, column.name) for column in fields(Entry)},
        "at": to_stored(entry.at),
        "outcome": entry.outcome.value,
        "officers": list(entry.officers),
    }


def _line(row: RowMapping) -> Line:
    values = {column.name: row[column.name] for column in fields(Entry)}
    entry = Entry(**values)
    return Line(
        row["line"],
        row["previous"],
        replace(
            entry,
            at=from_stored(row["at"]),
            outcome=Outcome(row["outcome"]),
            officers=tuple(row["officers"]),
        ),
    )
