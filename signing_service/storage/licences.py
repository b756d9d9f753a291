"""The register of licences: one row a version. Every function works inside the caller's transaction."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from signing_service.domain.dates import to_stored
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.storage import tables


def add(connection: Connection, licence: Licence, at: datetime) -> None:
    connection.execute(
        insert(tables.licence).values(
            number=licence.number,
            version=licence.version,
            type=licence.type.value,
            identifier=licence.identifier,
            status=licence.status.value,
            holder=licence.holder,
            holder_name=licence.holder_name,
            employer=licence.employer,
            authority=licence.authority,
            issued_on=licence.issued_on.isoformat(),
            valid_from=licence.valid_from.isoformat(),
            valid_until=licence.valid_until.isoformat(),
            facts=dict(licence.facts),
            document_id=licence.document_id,
            dossier=licence.dossier,
            status_index=licence.status_index,
            changed_at=to_stored(at),
        )
    )


def current(connection: Connection, number: str) -> Licence | None:
    """The version that counts: the last that is not being issued and not superseded."""
    licence = tables.licence
    hidden = (LicenceStatus.ISSUING.value, LicenceStatus.SUPERSEDED.value)
    row = (
        connection.execute(
            select(licence)
            .where(licence.c.number == number, licence.c.status.not_in(hidden))
            .order_by(licence.c.version.desc())
        )
        .mappings()
        .first()
    )
    return _licence(row) if row else None


def versions(connection: Connection, number: str) -> list[Licence]:
    rows = connection.execute(
        select(tables.licence).where(tables.licence.c.number == number).order_by(tables.licence.c.version)
    ).mappings()
    return [_licence(row) for row in rows]


def of_dossier(connection: Connection, dossier: str) -> Licence | None:
    """The version that a dossier brought forth."""
    row = connection.execute(select(tables.licence).where(tables.licence.c.dossier == dossier)).mappings().first()
    return _licence(row) if row else None


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


def set_document(connection: Connection, dossier: str, document_id: str) -> None:
    """The document of the version that a dossier brings forth."""
    connection.execute(
        update(tables.licence).where(tables.licence.c.dossier == dossier).values(document_id=document_id)
    )


def set_status(connection: Connection, licence: Licence, status: LicenceStatus, at: datetime) -> None:
    connection.execute(
        update(tables.licence)
        .where(tables.licence.c.number == licence.number, tables.licence.c.version == licence.version)
        .values(status=status.value, changed_at=to_stored(at))
    )


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
