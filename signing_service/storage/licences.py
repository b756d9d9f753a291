"""The register of licences: one row a version. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from signing_service.domain.dates import to_stored
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.storage import national_entries, tables


def add(connection: Connection, licence: Licence, at: datetime) -> None:
    add_all(connection, [licence], at)


def add_all(connection: Connection, added: Iterable[Licence], at: datetime) -> None:
    rows = [
        {
            "number": licence.number,
            "version": licence.version,
            "type": licence.type.value,
            "identifier": licence.identifier,
            "status": licence.status.value,
            "holder": licence.holder,
            "holder_name": licence.holder_name,
            "employer": licence.employer,
            "authority": licence.authority,
            "issued_on": licence.issued_on.isoformat(),
            "valid_from": licence.valid_from.isoformat(),
            "valid_until": licence.valid_until.isoformat(),
            "facts": dict(licence.facts),
            "document_id": licence.document_id,
            "dossier": licence.dossier,
            "status_index": licence.status_index,
            "changed_at": to_stored(at),
        }
        for licence in added
    ]
    if rows:
        connection.execute(insert(tables.licence), rows)


def current(connection: Connection, number: str) -> Licence | None:
    """The version that counts: the last that is not being issued and not superseded."""
    return currents(connection, [number]).get(number)


def currents(connection: Connection, numbers: Collection[str]) -> dict[str, Licence]:
    """Of each number the version that counts; one that has none is left out."""
    licence = tables.licence
    hidden = (LicenceStatus.ISSUING.value, LicenceStatus.SUPERSEDED.value)
    rows = connection.execute(
        select(licence)
        .where(licence.c.number.in_(numbers), licence.c.status.not_in(hidden))
        .order_by(licence.c.number, licence.c.version)
    ).mappings()
    return {row["number"]: _licence(row) for row in rows}


def versions(connection: Connection, number: str) -> list[Licence]:
    rows = connection.execute(
        select(tables.licence).where(tables.licence.c.number == number).order_by(tables.licence.c.version)
    ).mappings()
    return [_licence(row) for row in rows]


def of_dossier(connection: Connection, dossier: str) -> Licence | None:
    """The version that a dossier brought forth."""
    return of_dossiers(connection, [dossier]).get(dossier)


def of_dossiers(connection: Connection, numbers: Collection[str]) -> dict[str, Licence]:
    """The version that each dossier brought forth; one that brought none is left out."""
    rows = connection.execute(select(tables.licence).where(tables.licence.c.dossier.in_(numbers))).mappings()
    return {row["dossier"]: _licence(row) for row in rows}


def of_holder(connection: Connection, holder: str, licence_type: LicenceType) -> list[Licence]:
    """Every version of a type that a holder has or is being issued, superseded ones left out."""
    licence = tables.licence
    rows = connection.execute(
        select(licence)
        .where(
            licence.c.holder == holder,
            licence.c.type == licence_type.value,
            licence.c.status != LicenceStatus.SUPERSEDED.value,
        )
        .order_by(licence.c.number, licence.c.version)
    ).mappings()
    return [_licence(row) for row in rows]


def all_of_holder(connection: Connection, holder: str) -> list[Licence]:
    """Of every number that a holder has, the version that counts."""
    licence = tables.licence
    hidden = (LicenceStatus.ISSUING.value, LicenceStatus.SUPERSEDED.value)
    rows = connection.execute(
        select(licence)
        .where(licence.c.holder == holder, licence.c.status.not_in(hidden))
        .order_by(licence.c.number, licence.c.version)
    ).mappings()
    return list({row["number"]: _licence(row) for row in rows}.values())


def ending_between(connection: Connection, first: date, last: date) -> list[Licence]:
    """Those in force, or that ran out without anybody ending them, whose last day lies between two days, both included."""
    licence = tables.licence
    rows = connection.execute(
        select(licence)
        .where(
            licence.c.valid_until.between(first.isoformat(), last.isoformat()),
            licence.c.status.in_((LicenceStatus.IN_FORCE.value, LicenceStatus.EXPIRED.value)),
        )
        .order_by(licence.c.valid_until, licence.c.number)
    ).mappings()
    return [_licence(row) for row in rows]


def set_documents(connection: Connection, documents: Mapping[str, str]) -> None:
    """By dossier, the document of the version that it brings forth."""
    licence = tables.licence
    change = update(licence).where(licence.c.dossier == bindparam("of_dossier"))
    rows = [{"of_dossier": dossier, "document": document_id} for dossier, document_id in documents.items()]
    if rows:
        connection.execute(change.values(document_id=bindparam("document")), rows)


def set_status(connection: Connection, licence: Licence, status: LicenceStatus, at: datetime) -> None:
    set_statuses(connection, [licence], status, at)


def set_statuses(connection: Connection, changed: Iterable[Licence], status: LicenceStatus, at: datetime) -> None:
    """And owe the national registers the news, in the same transaction."""
    licence, changed = tables.licence, list(changed)
    rows = [{"of_number": one.number, "of_version": one.version} for one in changed]
    change = update(licence).where(
        licence.c.number == bindparam("of_number"), licence.c.version == bindparam("of_version")
    )
    if rows:
        connection.execute(change.values(status=status.value, changed_at=to_stored(at)), rows)
        national_entries.owe(connection, changed, status, at)


def note_replaced(connection: Connection, licence: Licence, by: str) -> None:
    """Another licence, of this number, took the place of one that ended."""
    table = tables.licence
    of = (table.c.number == licence.number) & (table.c.version == licence.version)
    connection.execute(update(table).where(of).values(facts={**licence.facts, "replaced_by": by}))


def set_holder(connection: Connection, licence: Licence, holder: str, at: datetime) -> None:
    """Of one that was taken over from the former register and turned out to be another person's."""
    table = tables.licence
    of = (table.c.number == licence.number) & (table.c.version == licence.version)
    connection.execute(update(table).where(of).values(holder=holder, changed_at=to_stored(at)))


def _licence(row: RowMapping) -> Licence:
    return Licence(
        number=row["number"],
        version=row["version"],
        type=LicenceType(row["type"]),
        identifier=row["identifier"],
        status=LicenceStatus(row["status"]),
        holder=row["holder"],
        holder_name=row["holder_name"],
        employer=row["employer"],
        authority=row["authority"],
        issued_on=date.fromisoformat(row["issued_on"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_until=date.fromisoformat(row["valid_until"]),
        facts=row["facts"],
        document_id=row["document_id"],
        dossier=row["dossier"],
        status_index=row["status_index"],
    )
