"""A question that is asked thousands of times a second, made ready once: the statement compiled, the connection kept.

It goes to the driver directly and is its own transaction: one SELECT sees one moment of the database, the last that
was committed. Its connections cannot write. SQLite tells for next to nothing whether anybody has committed since
(PRAGMA data_version); until then what was read is what would be read again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, Select

MOST_IDLE = 8
"""Connections kept for the next question; threads that ask at once beyond that open one for themselves."""

MOST_REMEMBERED = 256
"""Answers kept with a connection to SQLite until the next commit."""
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
        self._idle: deque[_Connection] = deque()
        self._errors = engine.dialect.dbapi.Error if engine.dialect.dbapi else Exception

    @property
    def sql(self) -> str:
        """As the driver gets it."""
        return self._sql

    def __call__(self, asked: str) -> Rows:
        """The rows. Raises what ``told`` makes of the driver's error, else that error.

        A connection that was kept may have been ended meanwhile by its server: then it is asked once more, of a new one.
        """
        named = {**self._others, ASKED: asked}
        values: Any = [named[name] for name in self._order] if self._order else named
        while True:
            connection, kept = self._connection()
            try:
                rows = connection.rows(asked, self._sql, values)
            except self._errors as error:
                connection.close()
                if kept:
                    continue
                problem = self._told(error)
                if problem is None:
                    raise
                raise problem from error
            if len(self._idle) < MOST_IDLE:
                self._idle.append(connection)
            else:
                connection.close()
            return rows

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _connection(self) -> tuple[_Connection, bool]:
        """A connection, and whether it was kept from before."""
        try:
            return self._idle.pop(), True
        except IndexError:
            return self._open(), False

    def _open(self) -> _Connection:
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        if self._engine.dialect.name == "sqlite":
            connection.execute("PRAGMA query_only = ON")
            return _SqliteConnection(connection)
        connection.autocommit = True
        connection.prepare_threshold = 0
        connection.execute("SET default_transaction_read_only = on")
        return _Connection(connection)


Rows = tuple[tuple[Any, ...], ...]


class _Connection:
    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def rows(self, _asked: str, sql: str, values: Any) -> Rows:
        return tuple(self._driver.execute(sql, values).fetchall())

    def close(self) -> None:
        self._driver.close()


class _SqliteConnection(_Connection):
    """Its own commits do not count in data_version, and it makes none (sqlite.org/pragma.html#pragma_data_version)."""

    def __init__(self, driver: Any) -> None:
        super().__init__(driver)
        self._version = -1
        self._known: dict[str, Rows] = {}

    def rows(self, asked: str, sql: str, values: Any) -> Rows:
        version = self._driver.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version or len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
            self._version = version
        known = self._known.get(asked)
        if known is None:
            # a commit between the two is seen by the next question, which finds the version changed
            known = self._known[asked] = super().rows(asked, sql, values)
        return known
