"""Numbers that leave no gap: a licence number once given is never given again, and none is skipped.

An auditor asks for every number of a year; a missing one is a question nobody can answer. So the number belongs to
the transaction that uses it, and the next one waits until that transaction is decided.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

_NEXT = text(
    "INSERT INTO series (name, last) VALUES (:series, 1) "
    "ON CONFLICT (name) DO UPDATE SET last = series.last + 1 RETURNING last"
)


def next_number(connection: Connection, series: str) -> int:
    """The next number of ``series``, from 1. Undone with the transaction of ``connection``, so it leaves no gap.

    Other transactions that want a number of the same series wait for this one, so take it late.
    """
    return int(connection.execute(_NEXT, {"series": series}).scalar_one())
