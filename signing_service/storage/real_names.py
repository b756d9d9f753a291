"""实名登记: what was recorded of a person at the window, one row a visit. Inside the caller's transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from signing_service.domain.accounts import Card
from signing_service.domain.dates import from_stored, to_stored
from signing_service.storage import tables


@dataclass(frozen=True, slots=True)
class RealName:
    record_id: str
    card: Card
    portrait_sha256: str
    score: float
    """Likeness of the live face, 0 to 100."""
    consent: str
    clerk: str
    region: str
    at: datetime


def add(connection: Connection, record: RealName) -> None:
    connection.execute(
        insert(tables.real_name).values(
            record_id=record.record_id,
            person=record.card.id_no,
            card=asdict(record.card),
            portrait_sha256=record.portrait_sha256,
            score=round(record.score * 10),
            consent=record.consent,
            clerk=record.clerk,
            region=record.region,
            at=to_stored(record.at),
        )
    )


def of_person(connection: Connection, person: str) -> RealName | None:
    """The newest; None: not real-named."""
    table = tables.real_name
    row = connection.execute(select(table).where(table.c.person == person).order_by(table.c.at.desc())).first()
    if row is None:
        return None
    return RealName(
        record_id=row.record_id,
        card=Card(**row.card),
        portrait_sha256=row.portrait_sha256,
        score=row.score / 10,
        consent=row.consent,
        clerk=row.clerk,
        region=row.region,
        at=from_stored(row.at),
    )
