"""What became of the fire matters of projects. Every function works inside the caller's transaction."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, insert, select

from signing_service.domain.fire import FireMatter, FireResult
from signing_service.storage import documents, tables


def add(connection: Connection, result: FireResult, template: str) -> None:
    """``template`` names the document of the dossier that says so."""
    connection.execute(
        insert(tables.fire_result).values(
            project=result.project,
            matter=result.matter.value,
            passed=int(result.passed),
            at=result.on.isoformat(),
            dossier=result.dossier,
            template=template,
            facts=dict(result.facts),
        )
    )


def of_project(connection: Connection, project: str) -> list[FireResult]:
    """In the order in which they came."""
    table = tables.fire_result
    rows = connection.execute(select(table).where(table.c.project == project).order_by(table.c.result_id)).all()
    papers = documents.of_dossiers(connection, {row.dossier for row in rows})
    numbers = {
        (paper.dossier, paper.template.split("/")[1]): paper.number for found in papers.values() for paper in found
    }
    return [
        FireResult(
            project=row.project,
            matter=FireMatter(row.matter),
            passed=bool(row.passed),
            on=date.fromisoformat(row.at),
            dossier=row.dossier,
            number=numbers.get((row.dossier, row.template)),
            facts=row.facts,
        )
        for row in rows
    ]
