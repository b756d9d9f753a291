"""工程码 as they are kept: hashes, never the codes. Every function works inside the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from signing_service.domain.dates import from_stored, to_stored
from signing_service.storage import tables


@dataclass(frozen=True, slots=True)
class KeptCode:
    section: str
    mobile: str
    hash: str
    expires_at: datetime


def put(connection: Connection, code: KeptCode, now: datetime) -> None:
    """In place of every code that the section had."""
    void(connection, code.section, now)
    connection.execute(
        insert(tables.section_code).values(
            code_id=str(uuid4()),
            section=code.section,
            mobile=code.mobile,
            hash=code.hash,
            made_at=to_stored(now),
            expires_at=to_stored(code.expires_at),
            void_at=None,
        )
    )


def void(connection: Connection, section: str, now: datetime) -> None:
    code = tables.section_code
    connection.execute(
        update(code).where(code.c.section == section, code.c.void_at.is_(None)).values(void_at=to_stored(now))
    )


def of_mobile(connection: Connection, mobile: str, now: datetime) -> list[KeptCode]:
    """Those that may be right, the newest first: a project leader may have several sections."""
    code = tables.section_code
    wanted = (
        select(code)
        .where(code.c.mobile == mobile, code.c.void_at.is_(None), code.c.expires_at > to_stored(now))
        .order_by(code.c.made_at.desc())
    )
    return [_kept(row) for row in connection.execute(wanted)]


def of_section(connection: Connection, section: str, now: datetime) -> KeptCode | None:
    """The one that opens it now."""
    code = tables.section_code
    wanted = select(code).where(code.c.section == section, code.c.void_at.is_(None), code.c.expires_at > to_stored(now))
    row = connection.execute(wanted).first()
    return _kept(row) if row else None


def _kept(row: Row[Any]) -> KeptCode:
    return KeptCode(row.section, row.mobile, row.hash, from_stored(row.expires_at))
