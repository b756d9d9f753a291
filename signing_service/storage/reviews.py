"""Reviews of drawings, their experts and opinions, in the database. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from signing_service.domain.projects import SectionKind
from signing_service.domain.reviews import Conclusion, Nature, Opinion, Review, Reviewer, ReviewState, Severity
from signing_service.storage import tables


def put(connection: Connection, one: Review) -> None:
    """A review that begins, or its own facts as they are now; reviewers and opinions stay."""
    review = tables.review
    values: dict[str, Any] = {
        "project": one.project, "kind": one.kind.value, "agency": one.agency, "state": one.state.value,
        "round": one.round, "sheets": list(one.sheets), "list_sha256": one.list_sha256, "licence_no": one.licence_no,
        "replaces": one.replaces, "facts": dict(one.facts),
    }  # fmt: skip
    known = connection.execute(update(review).where(review.c.dossier == one.dossier).values(**values))
    if not known.rowcount:
        connection.execute(insert(review).values(dossier=one.dossier, **values))


def remove(connection: Connection, dossier: str) -> None:
    """One that was never accepted."""
    connection.execute(delete(tables.review).where(tables.review.c.dossier == dossier))


def find(connection: Connection, dossier: str, *, held: bool = False) -> Review | None:
    """With its reviewers and opinions; ``held``: nobody else changes it until the transaction ends."""
    wanted = select(tables.review).where(tables.review.c.dossier == dossier)
    row = connection.execute(wanted.with_for_update() if held else wanted).mappings().first()
    return _review(connection, row) if row else None


def of_project(connection: Connection, project: str) -> list[Review]:
    wanted = select(tables.review).where(tables.review.c.project == project).order_by(tables.review.c.dossier)
    return [_review(connection, row) for row in connection.execute(wanted).mappings().all()]


def of_expert(connection: Connection, expert: str) -> list[Review]:
    reviewer = tables.reviewer
    numbers = connection.scalars(select(reviewer.c.dossier).where(reviewer.c.expert == expert).distinct())
    found = (find(connection, number) for number in sorted(numbers))
    return [one for one in found if one is not None]


def waiting_for(connection: Connection, expert: str) -> list[str]:
    """Dossiers of reviews under way in which this expert has still to conclude."""
    review, reviewer = tables.review, tables.reviewer
    wanted = (
        select(review.c.dossier)
        .join(reviewer, reviewer.c.dossier == review.c.dossier)
        .where(
            reviewer.c.expert == expert,
            reviewer.c.conclusion.is_(None),
            review.c.state == ReviewState.IN_REVIEW.value,
        )
        .distinct()
        .order_by(review.c.dossier)
    )
    return list(connection.scalars(wanted))


def appoint(connection: Connection, dossier: str, reviewers: Iterable[Reviewer]) -> None:
    """One expert a discipline, in place of whoever was appointed before."""
    connection.execute(delete(tables.reviewer).where(tables.reviewer.c.dossier == dossier))
    connection.execute(insert(tables.reviewer), [{"dossier": dossier, **asdict(one)} for one in reviewers])


def conclude(connection: Connection, dossier: str, discipline: str, conclusion: Conclusion | None) -> None:
    reviewer = tables.reviewer
    of = (reviewer.c.dossier == dossier) & (reviewer.c.discipline == discipline)
    connection.execute(update(reviewer).where(of).values(conclusion=conclusion.value if conclusion else None))


def open_round(connection: Connection, dossier: str, round_: int) -> None:
    """The next round: every expert concludes anew."""
    connection.execute(update(tables.review).where(tables.review.c.dossier == dossier).values(round=round_))
    connection.execute(update(tables.reviewer).where(tables.reviewer.c.dossier == dossier).values(conclusion=None))


def add_opinion(connection: Connection, dossier: str, one: Opinion) -> None:
    opinion = tables.opinion
    count = connection.execute(select(func.count()).select_from(opinion).where(opinion.c.dossier == dossier))
    connection.execute(insert(opinion).values(dossier=dossier, position=count.scalar_one(), **asdict(one)))


def change_opinion(connection: Connection, opinion_id: str, **values: object) -> None:
    connection.execute(update(tables.opinion).where(tables.opinion.c.opinion_id == opinion_id).values(**values))


def _review(connection: Connection, row: RowMapping) -> Review:
    reviewer, opinion = tables.reviewer, tables.opinion
    experts = connection.execute(
        select(reviewer).where(reviewer.c.dossier == row["dossier"]).order_by(reviewer.c.discipline)
    ).mappings()
    told = connection.execute(
        select(opinion).where(opinion.c.dossier == row["dossier"]).order_by(opinion.c.position)
    ).mappings()
    return Review(
        dossier=row["dossier"],
        project=row["project"],
        kind=SectionKind(row["kind"]),
        agency=row["agency"],
        state=ReviewState(row["state"]),
        round=row["round"],
        sheets=tuple(row["sheets"]),
        list_sha256=row["list_sha256"],
        licence_no=row["licence_no"],
        replaces=row["replaces"],
        facts=row["facts"],
        reviewers=tuple(_reviewer(one) for one in experts),
        opinions=tuple(_opinion(one) for one in told),
    )


def _reviewer(row: RowMapping) -> Reviewer:
    conclusion = Conclusion(row["conclusion"]) if row["conclusion"] else None
    return Reviewer(row["discipline"], row["expert"], row["name"], row["registration_no"], conclusion)


def _opinion(row: RowMapping) -> Opinion:
    values = {key: value for key, value in row.items() if key not in ("dossier", "position")}
    return Opinion(**{**values, "nature": Nature(values["nature"]), "severity": Severity(values["severity"])})
