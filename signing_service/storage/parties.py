"""Who plays a part, and the seals they own. Every function works inside the caller's transaction."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import Party, PartyKind, party_of
from signing_service.domain.seals import Seal, SealArtwork, SealKind
from signing_service.storage import tables


def put(connection: Connection, party: Party) -> None:
    """Write the party as it is now, in place of what was known of the same number."""
    connection.execute(delete(tables.party).where(tables.party.c.number == party.number))
    connection.execute(insert(tables.party).values(**party.to_record()))


def set_key(connection: Connection, number: str, key: KeyRef) -> None:
    """From now on this key signs for the party: one of ours, or ``outside`` when it signs itself."""
    connection.execute(update(tables.party).where(tables.party.c.number == number).values(key_ref=str(key)))


def find(connection: Connection, number: str) -> Party | None:
    row = connection.execute(select(tables.party).where(tables.party.c.number == number)).mappings().first()
    return party_of(dict(row)) if row else None


def load(connection: Connection, number: str) -> Party:
    """Raises Problem PERSON_NOT_FOUND: one answer whatever it is that does not match."""
    party = find(connection, number)
    if party is None:
        raise Problem(
            "PERSON_NOT_FOUND",
            "未找到已登记的人员或单位，请核对号码；未登记的请先办理实名登记或企业入库。",
            "No registered person or organisation has this number: check it, or register first.",
            status=404,
        )
    return party


def of_kind(connection: Connection, kind: PartyKind) -> list[Party]:
    """By number."""
    party = tables.party
    rows = connection.execute(select(party).where(party.c.kind == kind.value).order_by(party.c.number)).mappings()
    return [party_of(dict(row)) for row in rows]


def put_seal(connection: Connection, seal: Seal) -> None:
    connection.execute(
        insert(tables.seal).values(
            seal_id=seal.seal_id,
            version=seal.version,
            owner=seal.owner,
            kind=seal.artwork.kind.value,
            artwork=asdict(seal.artwork),
            key_ref=str(seal.key),
            valid_from=seal.valid_from.isoformat(),
            valid_until=seal.valid_until.isoformat(),
        )
    )


def seal_of(connection: Connection, owner: str, on: date) -> Seal | None:
    """The newest seal of an owner that is valid on a day."""
    seal = tables.seal
    row = (
        connection.execute(
            select(seal)
            .where(seal.c.owner == owner, seal.c.valid_from <= on.isoformat(), seal.c.valid_until >= on.isoformat())
            .order_by(seal.c.version.desc())
        )
        .mappings()
        .first()
    )
    return _seal(row) if row else None


def seal_version(connection: Connection, seal_id: str, version: int) -> Seal:
    """A seal as it was in one version, whether it is still valid or not."""
    seal = tables.seal
    query = select(seal).where(seal.c.seal_id == seal_id, seal.c.version == version)
    return _seal(connection.execute(query).mappings().one())


def _seal(row: RowMapping) -> Seal:
    return Seal(
        seal_id=row["seal_id"],
        version=row["version"],
        owner=row["owner"],
        artwork=_artwork(row["artwork"]),
        key=KeyRef.parse(row["key_ref"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_until=date.fromisoformat(row["valid_until"]),
    )


def _artwork(stored: dict[str, Any]) -> SealArtwork:
    return SealArtwork(
        kind=SealKind(stored["kind"]),
        name=stored["name"],
        lines=tuple(stored["lines"]),
        code=stored["code"],
        strokes=tuple(tuple((x, y) for x, y in stroke) for stroke in stored["strokes"]),
    )
