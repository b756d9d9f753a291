"""The intent of every seal, and what the key has signed until that stands in a stored file.

An intent is written down before the key is asked, and the signature as soon as the key has given it: whatever is cut
short after that makes the same file again and asks no key a second time. Every function works inside the caller's
transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from dataclasses import field as with_default
from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.documents import PadesLevel, Sha256, SignatoryRole
from signing_service.domain.keys import TimeStamp
from signing_service.storage import tables


@dataclass(frozen=True, slots=True)
class Given:
    """What the key has signed, and the time stamp over it."""

    signature: bytes
    stamp: TimeStamp | None
    """None at level B-B."""
    result_sha256: Sha256
    """Of the file with both in their place."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What is going to be signed, written down before the key is asked."""

    document_id: str
    field: SignatoryRole
    base_sha256: Sha256
    digest: str
    key_ref: str
    cert_sha256: Sha256
    seal_id: str | None
    party: str
    claimed_at: datetime
    level: PadesLevel
    given: Given | None = with_default(default=None, compare=False)
    """None before the key was asked, and when the file is stored."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A signature that stands in a stored revision, and its level there."""

    document_id: str
    field: SignatoryRole
    level: PadesLevel


def sealing(connection: Connection, document_id: str, role: SignatoryRole) -> Sealing | None:
    return of_documents(connection, [document_id]).get((document_id, role))


def of_documents(connection: Connection, document_ids: Collection[str]) -> dict[tuple[str, SignatoryRole], Sealing]:
    """By document and field."""
    table = tables.sealing
    rows = connection.execute(select(table).where(table.c.document_id.in_(document_ids))).mappings()
    return {(one.document_id, one.field): one for one in map(_sealing, rows)}


def reserve(connection: Connection, intents: Iterable[Sealing]) -> None:
    rows = [
        {
            "document_id": intent.document_id,
            "field": intent.field.value,
            "base_sha256": intent.base_sha256,
            "digest": intent.digest,
            "key_ref": intent.key_ref,
            "cert_sha256": intent.cert_sha256,
            "seal_id": intent.seal_id,
            "party": intent.party,
            "claimed_at": to_stored(intent.claimed_at),
            "level": intent.level.value,
        }
        for intent in intents
    ]
    if rows:
        connection.execute(insert(tables.sealing), rows)


def replace(connection: Connection, before: Sealing, after: Sealing) -> None:
    """Put another intent in the place of one whose signature stands in no stored revision."""
    table = tables.sealing
    connection.execute(
        delete(table).where(
            table.c.document_id == before.document_id,
            table.c.field == before.field.value,
            table.c.digest == before.digest,
            table.c.reached.is_(None),
        )
    )
    reserve(connection, [after])


def keep(connection: Connection, given: Iterable[tuple[Sealing, Given]]) -> None:
    """The key has signed. What it gave is kept until a revision with it is stored."""
    table = tables.sealing
    rows = [
        {
            "of": intent.document_id,
            "role": intent.field.value,
            "at_level": intent.level.value,
            "result": one.result_sha256,
            "proven": to_stored(one.stamp.at) if one.stamp else None,
            "signed": one.signature,
            "token": one.stamp.token if one.stamp else None,
        }
        for intent, one in given
    ]
    change = update(table).where(table.c.document_id == bindparam("of"), table.c.field == bindparam("role"))
    if rows:
        connection.execute(
            change.values(
                level=bindparam("at_level"),
                result_sha256=bindparam("result"),
                proven_at=bindparam("proven"),
                signature=bindparam("signed"),
                stamp=bindparam("token"),
            ),
            rows,
        )


def stand(connection: Connection, reached: Iterable[Reached]) -> None:
    """The signatures stand in stored revisions, at these levels: what the keys gave need not be kept any more."""
    table = tables.sealing
    rows = [{"of": one.document_id, "role": one.field.value, "now_at": one.level.value} for one in reached]
    change = update(table).where(table.c.document_id == bindparam("of"), table.c.field == bindparam("role"))
    if rows:
        connection.execute(change.values(reached=bindparam("now_at"), signature=None, stamp=None), rows)


def levels_reached(connection: Connection, document_id: str) -> dict[SignatoryRole, PadesLevel]:
    """The level of each signature that stands in a stored revision."""
    table = tables.sealing
    rows = connection.execute(
        select(table.c.field, table.c.reached).where(table.c.document_id == document_id, table.c.reached.is_not(None))
    )
    return {SignatoryRole(role): PadesLevel(level) for role, level in rows}


def levels_asked(connection: Connection, document_id: str) -> dict[SignatoryRole, PadesLevel]:
    return {role: one.level for (_, role), one in of_documents(connection, [document_id]).items()}


def _sealing(row: RowMapping) -> Sealing:
    stamp = TimeStamp(row["stamp"], from_stored(row["proven_at"])) if row["stamp"] else None
    given = Given(row["signature"], stamp, Sha256(row["result_sha256"])) if row["signature"] else None
    return Sealing(
        document_id=row["document_id"],
        field=SignatoryRole(row["field"]),
        base_sha256=Sha256(row["base_sha256"]),
        digest=row["digest"],
        key_ref=row["key_ref"],
        cert_sha256=Sha256(row["cert_sha256"]),
        seal_id=row["seal_id"],
        party=row["party"],
        claimed_at=from_stored(row["claimed_at"]),
        level=PadesLevel(row["level"]),
        given=given,
    )
