"""Which alarms were raised already. Inside the caller's transaction."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, delete, insert, select

from signing_service.storage import tables

SUBJECT_LENGTH = 160


def first_time(connection: Connection, subject: str, threshold: int, today: date, *, daily: bool) -> bool:
    """Whether the alarm is to be raised now: never yet, or (``daily``) not yet today. Remembers that it was."""
    table, name = tables.key_alarm, subject[:SUBJECT_LENGTH]
    mine = (table.c.subject == name) & (table.c.threshold == threshold)
    raised_on = connection.scalar(select(table.c.raised_on).where(mine).with_for_update())
    if raised_on is not None and (not daily or raised_on >= today.isoformat()):
        return False
    connection.execute(delete(table).where(mine))
    connection.execute(insert(table).values(subject=name, threshold=threshold, raised_on=today.isoformat()))
    return True
