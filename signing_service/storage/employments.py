"""Who works for whom, and who leads a project under way. Every function works inside the caller's transaction."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, insert, select, update

from signing_service.domain.employment import ContractKind, Employment, EmploymentEnd, ProjectLock
from signing_service.storage import tables


def start(connection: Connection, employment: Employment) -> None:
    """Raises IntegrityError when the person has one that has not ended."""
    connection.execute(
        insert(tables.employment).values(
            employment_id=str(uuid4()),
            person=employment.person,
            enterprise=employment.enterprise,
            post=employment.post,
            contract=employment.contract.value,
            begins=employment.begins.isoformat(),
            until=employment.until.isoformat() if employment.until else None,
            dossier=employment.dossier,
            ended_on=employment.ended_on.isoformat() if employment.ended_on else None,
            end=employment.end.value if employment.end else None,
        )
    )


def end(connection: Connection, person: str, on: date, why: EmploymentEnd) -> None:
    """The one that has not ended; when there is none, nothing."""
    employment = tables.employment
    connection.execute(
        update(employment)
        .where(employment.c.person == person, employment.c.ended_on.is_(None))
        .values(ended_on=on.isoformat(), end=why.value)
    )


def active(connection: Connection, person: str) -> Employment | None:
    employment = tables.employment
    wanted = select(employment).where(employment.c.person == person, employment.c.ended_on.is_(None))
    row = connection.execute(wanted).mappings().first()
    return _row(row) if row else None


def history(connection: Connection, person: str) -> list[Employment]:
    """Of a person, the newest first."""
    employment = tables.employment
    wanted = select(employment).where(employment.c.person == person).order_by(employment.c.begins.desc())
    return [_row(row) for row in connection.execute(wanted).mappings()]


def staff_of(connection: Connection, enterprise: str) -> list[Employment]:
    """Everybody whom an enterprise employs."""
    employment = tables.employment
    wanted = (
        select(employment)
        .where(employment.c.enterprise == enterprise, employment.c.ended_on.is_(None))
        .order_by(employment.c.person)
    )
    return [_row(row) for row in connection.execute(wanted).mappings()]


def past_their_contract(connection: Connection, today: date) -> list[Employment]:
    """Not ended, though the last day of the contract is past."""
    employment = tables.employment
    wanted = select(employment).where(employment.c.ended_on.is_(None), employment.c.until < today.isoformat())
    return [_row(row) for row in connection.execute(wanted).mappings()]


def _row(row: RowMapping) -> Employment:
    return Employment(
        person=row["person"],
        enterprise=row["enterprise"],
        post=row["post"],
        contract=ContractKind(row["contract"]),
        begins=date.fromisoformat(row["begins"]),
        until=date.fromisoformat(row["until"]) if row["until"] else None,
        dossier=row["dossier"],
        ended_on=date.fromisoformat(row["ended_on"]) if row["ended_on"] else None,
        end=EmploymentEnd(row["end"]) if row["end"] else None,
    )


def lock(connection: Connection, one: ProjectLock) -> None:
    connection.execute(
        insert(tables.project_lock).values(
            person=one.person, project=one.project, name=one.name, since=one.since.isoformat(), until=None
        )
    )


def unlock(connection: Connection, project: str, on: date) -> None:
    """Everybody who leads it."""
    locked = tables.project_lock
    connection.execute(
        update(locked).where(locked.c.project == project, locked.c.until.is_(None)).values(until=on.isoformat())
    )


def free(connection: Connection, person: str, project: str, on: date) -> None:
    """One who leads it no longer."""
    locked = tables.project_lock
    held = (locked.c.person == person, locked.c.project == project, locked.c.until.is_(None))
    connection.execute(update(locked).where(*held).values(until=on.isoformat()))


def locks_of(connection: Connection, person: str) -> list[ProjectLock]:
    """That still hold."""
    locked = tables.project_lock
    wanted = select(locked).where(locked.c.person == person, locked.c.until.is_(None)).order_by(locked.c.project)
    return [
        ProjectLock(row["person"], row["project"], row["name"], date.fromisoformat(row["since"]))
        for row in connection.execute(wanted).mappings()
    ]
