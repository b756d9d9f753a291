"""Random draws: the secret's hash first, then the closed list, then the secret. Every function works inside the caller's transaction.

What the public is told never reads the secret before it is revealed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.draw import Candidate, HeldDraw, Quota
from signing_service.storage import tables
from signing_service.storage.database import Database

RECORD = "notices/draw_record"
"""The template of the sealed record."""


@dataclass(frozen=True, slots=True)
class DrawRow:
    """A draw as anybody may see it: ``record`` is None until it is held."""

    number: str
    authority: str
    secret_hash: str
    promised_at: datetime
    committed_at: datetime | None
    candidates: tuple[Candidate, ...]
    list_hash: str | None
    quotas: Mapping[str, Quota]
    drawn_at: datetime | None
    record: Mapping[str, Any] | None
    authority_name: str
    code: str | None
    """Of the sealed record, behind /v/; None until it is drawn."""

    @property
    def published(self) -> dict[str, Any]:
        """For machines: the whole record, before that what is promised and what is closed."""
        if self.record is not None:
            return dict(self.record)
        closed = {
            "list_hash": self.list_hash,
            "committed_at": to_stored(self.committed_at) if self.committed_at else None,
            "candidates": [{"dossier_no": one.number, "category": one.category} for one in self.candidates],
            "ratios": {key: f"{quota.percent}%" for key, quota in self.quotas.items()},
        }
        return {
            "record_no": self.number,
            "authority_name": self.authority_name,
            "secret_hash": self.secret_hash,
            "promised_at": to_stored(self.promised_at),
            **(closed if self.committed_at else {}),
        }

    @property
    def held(self) -> HeldDraw | None:
        if self.committed_at is None or self.drawn_at is None or self.record is None:
            return None
        return HeldDraw(self.number, self.secret_hash, self.promised_at, self.committed_at, self.drawn_at, self.record)


def promise(connection: Connection, number: str, authority: str, secret: bytes, secret_hash: str, at: datetime) -> None:
    connection.execute(
        insert(tables.draw).values(
            number=number,
            authority=authority,
            secret_hash=secret_hash,
            secret=secret.hex(),
            promised_at=to_stored(at),
        )
    )


def commit(
    connection: Connection,
    number: str,
    candidates: Sequence[Candidate],
    list_hash: str,
    quotas: Mapping[str, Quota],
    at: datetime,
) -> bool:
    """Close the list; False where it is closed already, and stays as it is."""
    table = tables.draw
    changed = connection.execute(
        update(table)
        .where(table.c.number == number, table.c.committed_at.is_(None))
        .values(
            committed_at=to_stored(at),
            candidates=[[one.number, one.category] for one in candidates],
            list_hash=list_hash,
            quotas={key: [quota.percent, str(quota.carried_in)] for key, quota in quotas.items()},
        )
    )
    return bool(changed.rowcount)


def secret_of(connection: Connection, number: str) -> bytes:
    """For the draw itself."""
    found = connection.scalars(select(tables.draw.c.secret).where(tables.draw.c.number == number)).one()
    return bytes.fromhex(found)


def reveal(connection: Connection, number: str, record: Mapping[str, Any], at: datetime) -> bool:
    """Publish what was drawn; False where it is published already."""
    table = tables.draw
    changed = connection.execute(
        update(table)
        .where(table.c.number == number, table.c.committed_at.is_not(None), table.c.drawn_at.is_(None))
        .values(drawn_at=to_stored(at), record=dict(record))
    )
    return bool(changed.rowcount)


def find(connection: Connection, number: str) -> DrawRow | None:
    row = connection.execute(_public().where(tables.draw.c.number == number)).mappings().first()
    return _row(row) if row else None


def not_held(connection: Connection) -> dict[str, DrawRow]:
    """By authority the draw that is promised or whose list is closed."""
    rows = connection.execute(_public().where(tables.draw.c.drawn_at.is_(None))).mappings()
    return {row["authority"]: _row(row) for row in rows}


def last_held(connection: Connection, authority: str) -> DrawRow | None:
    """The one that carries over what was not drawn."""
    table = tables.draw
    held = _public().where(table.c.authority == authority, table.c.drawn_at.is_not(None))
    row = connection.execute(held.order_by(table.c.drawn_at.desc()).limit(1)).mappings().first()
    return _row(row) if row else None


def newest(connection: Connection, most: int) -> list[DrawRow]:
    """For the public, the latest first."""
    rows = connection.execute(_public().order_by(tables.draw.c.promised_at.desc()).limit(most)).mappings()
    return [_row(row) for row in rows]


def _public() -> Any:
    draw, party, document = tables.draw, tables.party, tables.document
    sealed = (document.c.dossier == draw.c.number) & document.c.template.startswith(f"{RECORD}/", autoescape=True)
    return (
        select(
            *(column for column in draw.c if column.name != "secret"),
            party.c.name.label("authority_name"),
            document.c.code,
        )
        .join(party, party.c.number == draw.c.authority)
        .outerjoin(document, sealed)
    )


def _row(row: RowMapping) -> DrawRow:
    return DrawRow(
        number=row["number"],
        authority=row["authority"],
        secret_hash=row["secret_hash"],
        promised_at=from_stored(row["promised_at"]),
        committed_at=from_stored(row["committed_at"]) if row["committed_at"] else None,
        candidates=tuple(Candidate(number, category) for number, category in row["candidates"] or ()),
        list_hash=row["list_hash"],
        quotas={key: Quota(percent, Decimal(carried)) for key, (percent, carried) in (row["quotas"] or {}).items()},
        drawn_at=from_stored(row["drawn_at"]) if row["drawn_at"] else None,
        record=row["record"],
        authority_name=row["authority_name"],
        code=row["code"],
    )


@dataclass(frozen=True, slots=True)
class PublicDraws:
    """What the portal shows of them."""

    database: Database

    def newest(self, most: int) -> list[DrawRow]:
        with self.database.reading() as connection:
            return newest(connection, most)

    def find(self, number: str) -> DrawRow | None:
        with self.database.reading() as connection:
            return find(connection, number)
