"""Whom enterprises list in their applications for a qualification. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select

from signing_service.domain.dossier import Stage
from signing_service.storage import tables

NOT_LISTED_AT = (*(stage for stage in Stage if stage.is_final), Stage.DRAFT)
"""An application that is over, or was taken back to be written anew, claims nobody."""


def put(connection: Connection, dossier: str, enterprise: str, people: Collection[str]) -> None:
    """In place of those that the application listed before."""
    listing = tables.listing
    connection.execute(delete(listing).where(listing.c.dossier == dossier))
    rows = [{"dossier": dossier, "person": person, "enterprise": enterprise} for person in sorted(set(people))]
    if rows:
        connection.execute(insert(listing), rows)


def elsewhere(connection: Connection, people: Collection[str], enterprise: str) -> frozenset[str]:
    """Those of ``people`` whom another enterprise lists in an application that is open."""
    listing, dossier = tables.listing, tables.dossier
    wanted = (
        select(listing.c.person)
        .join(dossier, dossier.c.number == listing.c.dossier)
        .where(
            listing.c.person.in_(set(people)),
            listing.c.enterprise != enterprise,
            dossier.c.stage.not_in([stage.value for stage in NOT_LISTED_AT]),
        )
    )
    return frozenset(connection.scalars(wanted))
