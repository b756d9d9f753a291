"""Construction permits after their issue. Every function works inside the caller's transaction."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, RowMapping, insert, select, update

from signing_service.domain.permits import Permit
from signing_service.storage import tables


def add(connection: Connection, permit: Permit) -> None:
    connection.execute(insert(tables.permit).values(number=permit.number, project=permit.project, **_columns(permit)))


def put(connection: Connection, permit: Permit) -> None:
    table = tables.permit
    connection.execute(update(table).where(table.c.number == permit.number).values(**_columns(permit)))


def find(connection: Connection, number: str) -> Permit | None:
    row = connection.execute(select(tables.permit).where(tables.permit.c.number == number)).mappings().first()
    return _permit(row) if row else None


def of_project(connection: Connection, project: str) -> list[Permit]:
    table = tables.permit
    rows = connection.execute(select(table).where(table.c.project == project).order_by(table.c.number)).mappings()
    return [_permit(row) for row in rows]


def not_started(connection: Connection, last: date) -> list[Permit]:
    """Those that have neither started nor ended and whose time to start ends on ``last`` or before."""
    table = tables.permit
    wanted = (
        select(table)
        .where(table.c.started_on.is_(None), table.c.ended_on.is_(None), table.c.start_by <= last.isoformat())
        .order_by(table.c.number)
    )
    return [_permit(row) for row in connection.execute(wanted).mappings()]


def _columns(permit: Permit) -> dict[str, object]:
    days = ("issued_on", "start_by", "started_on", "stopped_on", "ended_on")
    told = {key: getattr(permit, key) for key in days}
    return {
        "unit_works": list(permit.unit_works),
        "extensions": permit.extensions,
        **{key: day.isoformat() if day else None for key, day in told.items()},
    }


def _permit(row: RowMapping) -> Permit:
    def day(key: str) -> date | None:
        return date.fromisoformat(row[key]) if row[key] else None

    return Permit(
        number=row["number"],
        project=row["project"],
        unit_works=tuple(row["unit_works"]),
        issued_on=date.fromisoformat(row["issued_on"]),
        start_by=date.fromisoformat(row["start_by"]),
        extensions=row["extensions"],
        started_on=day("started_on"),
        stopped_on=day("stopped_on"),
        ended_on=day("ended_on"),
    )
