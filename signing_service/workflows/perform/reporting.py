"""Telling the supervising authority of violated mandatory clauses when a review has failed (13号令 第十三条).

It belongs into the transaction that stores that it is done, so nothing is reported twice and nothing is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.reviews import Nature, Review
from signing_service.domain.sheets import DISCIPLINES, SUBJECTS
from signing_service.storage import dossiers, parties, reviews
from signing_service.workflows.engine import Event
from signing_service.workflows.perform.piece import Piece, each
from signing_service.workflows.workshop import Workshop

PLATFORM, AUTHORITY, AGENCY = SignatoryRole.PLATFORM, SignatoryRole.AUTHORITY, SignatoryRole.REVIEW_AGENCY


def report_violations(shop: Workshop, pieces: Sequence[Piece]) -> None:
    def report(piece: Piece) -> None:
        piece.besides.append(partial(_report, shop, piece.dossier, piece.effect.procedure))
        piece.done += 1

    each(pieces, report)


def _report(shop: Workshop, failed: Dossier, procedure: str, connection: Connection) -> None:
    review = reviews.find(connection, failed.number)
    violations = _violations(review) if review is not None else []
    if review is None or not violations:
        return
    unit = parties.load(connection, failed.parties[review.kind.contractor])
    form = {
        "project_no": review.project,
        "project_name": failed.facts["project_name"],
        "subject": SUBJECTS[review.kind],
        "failed_with": failed.number,
        "unit_name": str(unit.name),
        "agency_name": str(parties.load(connection, review.agency).name),
        "violations": violations,
    }
    who = {role: failed.parties[role] for role in (PLATFORM, AUTHORITY, AGENCY)}
    number = shop.desk.begin_filled_in(
        procedure, who, form, region=failed.region, request_key=f"violations/{failed.number}", within=connection
    )
    if dossiers.load(connection, number).stage is Stage.DRAFT:
        shop.desk.record(connection, number, Event("report", Actor(PLATFORM, who[PLATFORM], "platform")))


def _violations(review: Review) -> list[dict[str, Any]]:
    """What was not mended when it failed."""
    return [
        {
            "discipline": DISCIPLINES[review.kind][one.discipline],
            "sheet_no": one.sheet_no,
            "clause": one.clause,
            "text": one.text,
        }
        for one in review.open_opinions
        if one.nature is Nature.MANDATORY
    ]
