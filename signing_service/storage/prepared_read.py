"""A question that is asked thousands of times a second, made ready once: the statement compiled, the connection kept.

It goes to the driver directly and is its own transaction: one SELECT sees one moment of the database, the last that
was committed. Its connections cannot write.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, Select

MOST_IDLE = 8
"""Connections kept for the next question; threads that ask at once beyond that open one for themselves."""

ASKED = "asked"
"""The one parameter of a statement."""


class PreparedRead:
    """Answers ``statement``, whose only parameter is ``bindparam(ASKED)``. Safe to share between threads."""

    def __init__(self, engine: Engine, statement: Select[Any], told: Callable[[Exception], Exception | None]) -> None:
        compiled = statement.compile(dialect=engine.dialect)
        self._engine = engine
        self._sql = str(compiled)
        self._order = tuple(compiled.positiontup or ())
        self._others = compiled.construct_params({ASKED: ""})
        self._told = told
        self._idle: deque[Any] = deque()
        self._errors = engine.dialect.dbapi.Error if engine.dialect.dbapi else Exception

    @property
    def sql(self) -> str:
        """As the driver gets it."""
        return self._sql

    def __call__(self, asked: str) -> tuple[tuple[Any, ...], ...]:
        """The rows. Raises what ``told`` makes of the driver's error, else that error.

        A connection that was kept may have been ended meanwhile by its server: then it is asked once more, of a new one.
        """
        named = {**self._others, ASKED: asked}
        values: Any = [named[name] for name in self._order] if self._order else named
        while True:
            connection, kept = self._connection()
            try:
                rows = tuple(connection.execute(self._sql, values).fetchall())
            except self._errors as error:
                _close(connection)
                if kept:
                    continue
                problem = self._told(error)
                if problem is None:
                    raise
                raise problem from error
            if len(self._idle) < MOST_IDLE:
                self._idle.append(connection)
            else:
                _close(connection)
            return rows

    def close(self) -> None:
        while self._idle:
            _close(self._idle.pop())

    def _connection(self) -> tuple[Any, bool]:
        """A connection, and whether it was kept from before."""
        try:
            return self._idle.pop(), True
        except IndexError:
            return self._open(), False

    def _open(self) -> Any:
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        if self._engine.dialect.name == "sqlite":
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.autocommit = True
            connection.prepare_threshold = 0
            connection.execute("SET default_transaction_read_only = on")
        return connection


def _close(connection: Any) -> None:
    connection.close()
