"""Who plays a part, and the seals they own. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from signing_service.domain.dates import to_stored
from signing_service.domain.errors import Problem
from signing_service.domain.key_policy import NextKey
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import Party, PartyKind, party_of
from signing_service.domain.seals import Seal, SealArtwork, SealKind, SealState
from signing_service.storage import tables


def put(connection: Connection, party: Party) -> None:
    """Write the party as it is now, in place of what was known of the same number."""
    values = party.to_record()
    changed = connection.execute(update(tables.party).where(tables.party.c.number == party.number).values(**values))
    if not changed.rowcount:
        connection.execute(insert(tables.party).values(**values))


def know(connection: Connection, number: str, facts: Mapping[str, Any]) -> None:
    """Of the party, besides what was known; a fact that is None is known no more. Nothing for a number nobody has."""
    table = tables.party
    row = connection.execute(select(table.c.facts).where(table.c.number == number).with_for_update()).first()
    if row is not None and facts:
        known = {name: value for name, value in {**row.facts, **facts}.items() if value is not None}
        connection.execute(update(table).where(table.c.number == number).values(facts=known))


def set_key(connection: Connection, number: str, key: KeyRef) -> None:
    """From now on this key signs for the party: one of ours, or ``outside`` when it signs itself."""
    connection.execute(update(tables.party).where(tables.party.c.number == number).values(key_ref=str(key)))


def drop_key(connection: Connection, number: str) -> None:
    """No key signs for the party any more."""
    connection.execute(update(tables.party).where(tables.party.c.number == number).values(key_ref=None))


def find(connection: Connection, number: str) -> Party | None:
    row = connection.execute(select(tables.party).where(tables.party.c.number == number)).mappings().first()
    return party_of(dict(row)) if row else None


def load(connection: Connection, number: str) -> Party:
    """Raises Problem PERSON_NOT_FOUND: one answer whatever it is that does not match."""
    return load_all(connection, [number])[number]


def load_all(connection: Connection, numbers: Collection[str]) -> dict[str, Party]:
    """As ``load`` for each of the numbers."""
    rows = connection.execute(select(tables.party).where(tables.party.c.number.in_(set(numbers)))).mappings()
    found = {row["number"]: party_of(dict(row)) for row in rows}
    for number in numbers:
        if number not in found:
            raise not_found()
    return found


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
            state=seal.state.value,
        )
    )
    permit(connection, seal.seal_id, seal.version, seal.permitted)


def permit(connection: Connection, seal_id: str, version: int, permitted: Iterable[str]) -> None:
    """Put certs (SHA-256) or keys (reference) on the list of those that may be used with a seal."""
    cert = tables.seal_cert
    known = set(
        connection.scalars(select(cert.c.permitted).where(cert.c.seal_id == seal_id, cert.c.version == version))
    )
    rows = [{"seal_id": seal_id, "version": version, "permitted": one} for one in sorted(set(permitted) - known)]
    if rows:
        connection.execute(insert(cert), rows)


def set_seal_state(connection: Connection, seal_id: str, state: SealState) -> None:
    """Of every version. Raises Problem SEAL_UNKNOWN."""
    changed = connection.execute(
        update(tables.seal).where(tables.seal.c.seal_id == seal_id).values(state=state.value)
    ).rowcount
    if not changed:
        raise Problem(
            "SEAL_UNKNOWN", "没有该编号的印章，请核对。", "There is no such seal: check its number.", status=404
        )


def seals(connection: Connection, owner: str | None = None) -> list[Seal]:
    """Every version of every seal, of one owner or of all."""
    seal, cert = tables.seal, tables.seal_cert
    wanted = select(seal).order_by(seal.c.owner, seal.c.seal_id, seal.c.version)
    listed = select(cert)
    if owner is not None:
        wanted = wanted.where(seal.c.owner == owner)
        listed = listed.join(seal, (seal.c.seal_id == cert.c.seal_id) & (seal.c.version == cert.c.version)).where(
            seal.c.owner == owner
        )
    permitted: dict[tuple[str, int], set[str]] = {}
    for row in connection.execute(listed):
        permitted.setdefault((row.seal_id, row.version), set()).add(row.permitted)
    return [
        _seal(row, permitted.get((row["seal_id"], row["version"]), ())) for row in connection.execute(wanted).mappings()
    ]


def next_key(connection: Connection, party: str) -> NextKey | None:
    """The key that takes over from the party's present one, when there is to be one."""
    row = connection.execute(select(tables.next_key).where(tables.next_key.c.party == party)).first()
    if row is None:
        return None
    return NextKey(KeyRef.parse(row.key_ref), date.fromisoformat(row.from_day) if row.from_day else None, row.days_left)


def put_next_key(connection: Connection, party: str, following: NextKey | None, at: datetime) -> None:
    """In place of what was planned before; None: nothing takes over."""
    table = tables.next_key
    connection.execute(delete(table).where(table.c.party == party))
    if following is not None:
        connection.execute(
            insert(table).values(
                party=party,
                key_ref=str(following.key),
                from_day=following.from_day.isoformat() if following.from_day else None,
                days_left=following.days_left,
                asked_at=to_stored(at),
            )
        )


def seal_version(connection: Connection, seal_id: str, version: int) -> Seal:
    """A seal as it was in one version, whether it may still be used or not."""
    seal = tables.seal
    query = select(seal).where(seal.c.seal_id == seal_id, seal.c.version == version)
    return _seal(connection.execute(query).mappings().one())


def _seal(row: RowMapping, permitted: Iterable[str] = ()) -> Seal:
    return Seal(
        seal_id=row["seal_id"],
        version=row["version"],
        owner=row["owner"],
        artwork=_artwork(row["artwork"]),
        key=KeyRef.parse(row["key_ref"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_until=date.fromisoformat(row["valid_until"]),
        state=SealState(row["state"]),
        permitted=frozenset(permitted),
    )


def not_found() -> Problem:
    """One answer, whatever it is that does not match."""
    return Problem(
        "PERSON_NOT_FOUND",
        "未找到已登记的人员或单位，请核对号码；未登记的请先办理实名登记或企业入库。",
        "No registered person or organisation has this number: check it, or register first.",
        status=404,
    )


def _artwork(stored: dict[str, Any]) -> SealArtwork:
    return SealArtwork(
        kind=SealKind(stored["kind"]),
        name=stored["name"],
        lines=tuple(stored["lines"]),
        code=stored["code"],
        strokes=tuple(tuple((x, y) for x, y in stroke) for stroke in stored["strokes"]),
        profession=stored.get("profession", ""),
    )
