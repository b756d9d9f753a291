"""Numbers that leave no gap: a licence number once given is never given again, and none is skipped.

An auditor asks for every number of a year; a missing one is a question nobody can answer. So the number belongs to
the transaction that uses it, and the next one waits until that transaction is decided.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

_NEXT = text(
    "INSERT INTO series (name, last) VALUES (:series, :count) "
    "ON CONFLICT (name) DO UPDATE SET last = series.last + :count RETURNING last"
)


def next_number(connection: Connection, series: str) -> int:
    """The next number of ``series``, from 1. Undone with the transaction of ``connection``, so it leaves no gap.

    Other transactions that want a number of the same series wait for this one, so take it late.
    """
    return next_numbers(connection, series, 1)[0]


def next_numbers(connection: Connection, series: str, count: int) -> range:
    """The next ``count`` numbers of ``series``, as ``next_number`` gives one."""
    last = int(connection.execute(_NEXT, {"series": series, "count": count}).scalar_one())
    return range(last - count + 1, last + 1)
