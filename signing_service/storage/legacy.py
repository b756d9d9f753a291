"""历史数据库: the licences of the register of before, each linked to one person once. Inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from signing_service.domain.dates import to_stored
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.view_states import Business, matched_id
from signing_service.storage import tables


@dataclass(frozen=True, slots=True)
class LegacyLicence:
    """A row as it was written down; what it does not say is empty."""

    legacy_id: str
    number: str
    written_id_no: str
    name: str
    sex: str
    born: date | None
    category: str
    employer_uscc: str
    employer_name: str
    authority_name: str
    first_issued_on: date
    valid_from: date
    valid_until: date
    status: LicenceStatus = LicenceStatus.IN_FORCE
    business: Business = Business.RENEWED
    settled: bool = True
    linked_to: str | None = None
    contested_by: str | None = None


def add_all(connection: Connection, rows: Iterable[LegacyLicence], today: date) -> None:
    """Take over rows of the former register."""
    values = [
        {
            "legacy_id": row.legacy_id,
            "number": row.number,
            "id_no": matched_id(row.written_id_no, today),
            "written_id_no": row.written_id_no,
            "name": row.name,
            "sex": row.sex,
            "born": row.born.isoformat() if row.born else None,
            "category": row.category,
            "employer_uscc": row.employer_uscc,
            "employer_name": row.employer_name,
            "authority_name": row.authority_name,
            "first_issued_on": row.first_issued_on.isoformat(),
            "valid_from": row.valid_from.isoformat(),
            "valid_until": row.valid_until.isoformat(),
            "status": row.status.value,
            "business": row.business.value,
            "settled": row.settled,
            "linked_to": row.linked_to,
        }
        for row in rows
    ]
    if values:
        connection.execute(insert(tables.legacy_licence), values)


def of_ids(connection: Connection, id_nos: Collection[str]) -> list[LegacyLicence]:
    """By any of the ID numbers that a person has or had, linked or not."""
    table = tables.legacy_licence
    rows = connection.execute(select(table).where(table.c.id_no.in_(id_nos)).order_by(table.c.legacy_id)).mappings()
    return [_row(row) for row in rows]


def linked_to(connection: Connection, person: str) -> list[LegacyLicence]:
    """What a person was found in, or contests."""
    table = tables.legacy_licence
    mine = (table.c.linked_to == person) | (table.c.contested_by == person)
    open_ones = mine & (table.c.status != LicenceStatus.TRANSFERRED.value)
    rows = connection.execute(select(table).where(open_ones).order_by(table.c.legacy_id)).mappings()
    return [_row(row) for row in rows]


def by_number(connection: Connection, number: str) -> LegacyLicence | None:
    table = tables.legacy_licence
    row = connection.execute(select(table).where(table.c.number == number).limit(1)).mappings().first()
    return _row(row) if row else None


def link(connection: Connection, legacy_id: str, person: str, at: datetime) -> bool:
    """Whether it is linked to this person now: what was linked once is linked for ever."""
    table = tables.legacy_licence
    free = update(table).where(table.c.legacy_id == legacy_id, table.c.linked_to.is_(None))
    connection.execute(free.values(linked_to=person, linked_at=to_stored(at)))
    return connection.scalar(select(table.c.linked_to).where(table.c.legacy_id == legacy_id)) == person


def contest(connection: Connection, legacy_id: str, person: str) -> None:
    """A second person it matches: neither may use it until the authority has decided."""
    table = tables.legacy_licence
    connection.execute(update(table).where(table.c.legacy_id == legacy_id).values(contested_by=person))


def decide(connection: Connection, legacy_id: str, person: str) -> None:
    """The authority has found whose it is."""
    table = tables.legacy_licence
    change = update(table).where(table.c.legacy_id == legacy_id)
    connection.execute(change.values(linked_to=person, contested_by=None))


def settle(connection: Connection, number: str) -> None:
    """The archive is confirmed, or the exchange finished."""
    table = tables.legacy_licence
    connection.execute(update(table).where(table.c.number == number).values(settled=True))


def close(connection: Connection, number: str) -> None:
    """A record that has become another: it is nobody's licence any more, and is not shown."""
    table, view = tables.legacy_licence, tables.licence_view
    connection.execute(update(table).where(table.c.number == number).values(status=LicenceStatus.TRANSFERRED.value))
    connection.execute(delete(view).where(view.c.number == number))


def _row(row: RowMapping) -> LegacyLicence:
    return LegacyLicence(
        legacy_id=row["legacy_id"],
        number=row["number"],
        written_id_no=row["written_id_no"],
        name=row["name"],
        sex=row["sex"],
        born=date.fromisoformat(row["born"]) if row["born"] else None,
        category=row["category"],
        employer_uscc=row["employer_uscc"],
        employer_name=row["employer_name"],
        authority_name=row["authority_name"],
        first_issued_on=date.fromisoformat(row["first_issued_on"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_until=date.fromisoformat(row["valid_until"]),
        status=LicenceStatus(row["status"]),
        business=Business(row["business"]),
        settled=bool(row["settled"]),
        linked_to=row["linked_to"],
        contested_by=row["contested_by"],
    )
