"""Projects in the database. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Connection, RowMapping, delete, false, insert, or_, select, update

from signing_service.domain.projects import Project, Section, SectionKind, SectionState, UnitWork
from signing_service.storage import tables


def add(connection: Connection, project: Project) -> None:
    connection.execute(
        insert(tables.project).values(
            number=project.number,
            name=project.name,
            region=project.region,
            developer=project.developer,
            leader=project.leader,
            early=int(project.early),
            facts=dict(project.facts),
            dossier=project.dossier,
        )
    )
    _put_unit_works(connection, project)


def put(connection: Connection, project: Project) -> None:
    """Write the project's own facts and its unit works as they are now; its sections stay."""
    connection.execute(
        update(tables.project)
        .where(tables.project.c.number == project.number)
        .values(name=project.name, region=project.region, leader=project.leader, facts=dict(project.facts))
    )
    connection.execute(delete(tables.unit_work).where(tables.unit_work.c.project == project.number))
    _put_unit_works(connection, project)


def _put_unit_works(connection: Connection, project: Project) -> None:
    rows = [
        {"project": project.number, "code": one.code, "name": one.name, "facts": dict(one.facts)}
        for one in project.unit_works
    ]
    if rows:
        connection.execute(insert(tables.unit_work), rows)


def remove(connection: Connection, number: str) -> None:
    """A project on which nothing hangs; sections of it that nobody took on go with it."""
    for table in (tables.section, tables.unit_work):
        connection.execute(delete(table).where(table.c.project == number))
    connection.execute(delete(tables.project).where(tables.project.c.number == number))


def find(connection: Connection, number: str, *, held: bool = False) -> Project | None:
    """With its unit works and sections. ``held``: nobody else changes what hangs on it until the transaction ends."""
    if held:
        project = tables.project
        connection.execute(select(project.c.number).where(project.c.number == number).with_for_update())
    return load_all(connection, [number]).get(number)


def load_all(connection: Connection, numbers: Collection[str]) -> dict[str, Project]:
    """Those that there are, by number."""
    project, unit_work = tables.project, tables.unit_work
    rows = connection.execute(select(project).where(project.c.number.in_(numbers))).mappings()
    found = {row["number"]: _project(row) for row in rows}
    works = connection.execute(
        select(unit_work).where(unit_work.c.project.in_(found)).order_by(unit_work.c.project, unit_work.c.code)
    ).mappings()
    for row in works:
        one = found[row["project"]]
        work = UnitWork(row["code"], row["name"], row["facts"])
        found[row["project"]] = replace(one, unit_works=(*one.unit_works, work))
    for section in _sections(connection, found):
        one = found[section.project]
        found[section.project] = replace(one, sections=(*one.sections, section))
    return found


def of_developer(connection: Connection, developer: str) -> list[Project]:
    project = tables.project
    wanted = select(project.c.number).where(project.c.developer == developer).order_by(project.c.number.desc())
    numbers = list(connection.scalars(wanted))
    found = load_all(connection, numbers)
    return [found[number] for number in numbers]


def of_contractor(connection: Connection, contractor: str) -> list[Project]:
    """Projects of which an enterprise has, or is offered, a section."""
    section = tables.section
    numbers = sorted(set(connection.scalars(select(section.c.project).where(section.c.contractor == contractor))))
    found = load_all(connection, numbers)
    return [found[number] for number in numbers]


def of_party(connection: Connection, party: str, most: int) -> list[Project]:
    """Of which an enterprise is the developer, has or is offered a section, or which a person leads; the newest first."""
    project, section = tables.project, tables.section
    own = select(project.c.number).where((project.c.developer == party) | (project.c.leader == party))
    theirs = select(section.c.project).where((section.c.contractor == party) | (section.c.leader == party))
    numbers = sorted({*connection.scalars(own), *connection.scalars(theirs)}, key=_age, reverse=True)[:most]
    found = load_all(connection, numbers)
    return [found[number] for number in numbers]


def in_regions(connection: Connection, prefixes: Collection[str], words: str, most: int) -> list[Project]:
    """Of regions whose codes begin with one of these, whose number or name has the words in it; the newest first."""
    project = tables.project
    here = or_(*(project.c.region.startswith(prefix, autoescape=True) for prefix in prefixes)) if prefixes else false()
    asked = or_(project.c.number.contains(words, autoescape=True), project.c.name.contains(words, autoescape=True))
    wanted = select(project.c.number).where(here, asked)
    numbers = sorted(connection.scalars(wanted), key=_age, reverse=True)[:most]
    found = load_all(connection, numbers)
    return [found[number] for number in numbers]


def _age(number: str) -> str:
    """A project's number without its region begins with its day."""
    return number[6:]


def put_section(connection: Connection, one: Section) -> None:
    """A new section, or what it has become."""
    values = {
        "project": one.project,
        "kind": one.kind.value,
        "name": one.name,
        "unit_works": list(one.unit_works),
        "state": one.state.value,
        "contractor": one.contractor,
        "leader": one.leader,
        "facts": dict(one.facts),
        "dossier": one.dossier,
    }
    section = tables.section
    changed = connection.execute(update(section).where(section.c.number == one.number).values(**values))
    if not changed.rowcount:
        connection.execute(insert(section).values(number=one.number, **values))


def section(connection: Connection, number: str) -> Section | None:
    row = connection.execute(select(tables.section).where(tables.section.c.number == number)).mappings().first()
    return _section(row) if row else None


def section_of_dossier(connection: Connection, dossier: str) -> Section | None:
    """That which the dossier put out."""
    wanted = select(tables.section).where(tables.section.c.dossier == dossier)
    row = connection.execute(wanted).mappings().first()
    return _section(row) if row else None


def _sections(connection: Connection, projects: Collection[str]) -> list[Section]:
    table = tables.section
    rows = connection.execute(select(table).where(table.c.project.in_(projects)).order_by(table.c.number)).mappings()
    return [_section(row) for row in rows]


def _project(row: RowMapping) -> Project:
    return Project(
        number=row["number"],
        name=row["name"],
        region=row["region"],
        developer=row["developer"],
        leader=row["leader"],
        early=bool(row["early"]),
        facts=row["facts"],
        dossier=row["dossier"],
    )


def _section(row: RowMapping) -> Section:
    return Section(
        number=row["number"],
        project=row["project"],
        kind=SectionKind(row["kind"]),
        name=row["name"],
        unit_works=tuple(row["unit_works"]),
        state=SectionState(row["state"]),
        contractor=row["contractor"],
        leader=row["leader"],
        facts=row["facts"],
        dossier=row["dossier"],
    )
