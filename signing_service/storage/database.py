"""The database that remembers everything: SQLite beside the service by default, PostgreSQL for many servers.

What is saved is saved in one transaction or not at all, and a transaction is opened only at the edge (the desk, the
worker's tasks). Both databases keep the same promises: a committed transaction survives a power cut, two writers
queue instead of failing, and who only reads cannot write.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, Select, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError

from signing_service.domain.errors import Problem
from signing_service.storage.prepared_read import PreparedRead
from signing_service.storage.turns import Turns

MIGRATIONS = Path(__file__).parent / "migrations"

WRITER_WAITS_SECONDS = 30
"""How long a writer queues behind another before it is told to come back."""

MIGRATION_LOCK = 7_464_693
"""PostgreSQL advisory lock held by the one process that migrates."""

_READING = {"signing_service_reading": True}


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. Safe to share between threads; a forked process opens its own."""

    engine: Engine
    _reads: dict[str, PreparedRead] = field(default_factory=dict, repr=False, compare=False)
    _writers: Turns = field(default_factory=Turns, repr=False, compare=False)

    def read(self, name: str, statement: Callable[[str], Select[Any]]) -> PreparedRead:
        """The question ``name``, made ready when it is first asked; ``statement`` is given the kind of database.

        What keeps the database from answering is raised as in ``reading``.
        """
        known = self._reads.get(name)
        if known is None:
            engine = self.engine
            prepared = PreparedRead(
                engine, statement(engine.dialect.name), lambda error: _problem_of(error, engine.url)
            )
            known = self._reads.setdefault(name, prepared)
        return known

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose work is committed when the block ends and undone when it raises.

        On SQLite the one write lock is taken at once, so that two writers queue and neither fails half-way; those of
        one process in the order in which they came. Hence a transaction is never opened inside another: it would wait
        for itself.
        """
        with self._turn(), _told(self.engine.url), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self.engine.dialect.name != "sqlite":
            yield
            return
        with ExitStack() as stack:
            try:
                stack.enter_context(self._writers.turn(WRITER_WAITS_SECONDS))
            except TimeoutError:
                raise unavailable("数据库", "The database") from None
            yield

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the database and refuses to write."""
        with _told(self.engine.url, reading=True), self.engine.connect() as fresh:
            connection = fresh.execution_options(**_reading_options(self.engine))
            with connection.begin():
                yield connection

    def migrate(self) -> None:
        """Bring the tables to what this release needs. Of two processes that start at once one waits for the other.

        All or nothing: both databases change their tables inside the transaction.
        """
        with self.changing_tables() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            command.upgrade(migrations(connection), "head")

    @contextmanager
    def changing_tables(self) -> Iterator[Connection]:
        """A transaction in which a table may be written anew although others refer to it.

        SQLite changes a constraint by making another table of the same name, which it refuses while references are
        watched (https://sqlite.org/lang_altertable.html, 7): they are looked at before the commit instead.
        """
        if self.engine.dialect.name != "sqlite":
            with self.transaction() as connection:
                yield connection
            return
        with self._turn(), _told(self.engine.url), self.engine.connect() as connection:
            # a pragma does nothing inside a transaction, which the first statement of SQLAlchemy's would begin
            driver = connection.connection.driver_connection
            driver.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
            try:
                with connection.begin():
                    before = connection.exec_driver_sql("PRAGMA schema_version").scalar()
                    yield connection
                    is_changed = connection.exec_driver_sql("PRAGMA schema_version").scalar() != before
                    if is_changed and (astray := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                        msg = f"a row of {astray[0]} refers to nothing in {astray[2]}"
                        raise LookupError(msg)
            finally:
                driver.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]

    def is_current(self) -> bool:
        """Whether the tables are those of this release: nothing to migrate, and not newer than we are."""
        head = ScriptDirectory.from_config(migrations()).get_current_head()
        with self.reading() as connection:
            return MigrationContext.configure(connection).get_current_revision() == head

    def close(self) -> None:
        for read in self._reads.values():
            read.close()
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open ``sqlite:////path/to/file`` or ``postgresql+psycopg://user@host/name``; the folder of a file is made.

    A PostgreSQL address may be written ``postgresql://``. Nothing is migrated. Raises Problem STORE_READ_ONLY when
    the folder cannot be written, STORE_ADDRESS for an address that is none.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        # the address may hold a password, so it is not repeated
        raise Problem(
            "STORE_ADDRESS",
            "数据库地址无法识别，请写作 sqlite:////路径/文件 或 postgresql://用户@主机/库名。",
            "The database address cannot be read: write sqlite:////path/to/file or postgresql://user@host/name.",
            status=500,
        ) from None
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "sqlite":
        return Database(_open_sqlite(address))
    return Database(_open_postgresql(address))


def open_prepared(url: str) -> Database:
    """The database of a process that makes no tables itself. Raises Problem STORE_NOT_PREPARED, and as ``open_database``."""
    database = open_database(url)
    if not database.is_current():
        database.close()
        raise Problem(
            "STORE_NOT_PREPARED",
            "数据库中的表尚未建立或与本版本不符，请先运行 signing-service prepare。",
            "The tables of the database are not those of this release: run signing-service prepare first.",
        )
    return database


def migrations(connection: Connection | None = None) -> Config:
    """The migrations inside this package, to be run on ``connection``."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _open_postgresql(address: URL) -> Engine:
    return create_engine(
        address,
        pool_size=10,
        max_overflow=30,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "application_name": "signing-service"},
    )


def _open_sqlite(address: URL) -> Engine:
    if not address.database:
        raise Problem(
            "STORE_ADDRESS",
            "SQLite 地址必须指明数据库文件，例如 sqlite:////srv/signing-service/data.sqlite3。",
            "A SQLite address has to name a file, for example sqlite:////srv/signing-service/data.sqlite3.",
            status=500,
        )
    try:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise read_only(Path(address.database).parent) from error
    engine = create_engine(address, pool_size=10, max_overflow=30, connect_args={"isolation_level": None})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {WRITER_WAITS_SECONDS * 1000}")
    _keep_a_write_ahead_log(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _keep_a_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    """WAL lets readers go on while one writes. SQLite does not queue for this switch: who comes second asks again."""
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    give_up = time.monotonic() + WRITER_WAITS_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if _sqlite_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    reading = bool(connection.get_execution_options().get("signing_service_reading"))
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _reading_options(engine: Engine) -> dict[str, Any]:
    if engine.dialect.name == "postgresql":
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return _READING


@contextmanager
def _told(address: URL, *, reading: bool = False) -> Iterator[None]:
    """Say in one sentence what the operator has to do when the database itself cannot work; the log has the rest.

    A write inside ``reading`` is no trouble of the database but a mistake of ours, and stays what it is.
    """
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        problem = _problem_of(error.orig, address, lost=error.connection_invalidated)
        refused = reading and getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY
        if problem is None or refused:
            raise
        raise problem from error


def _problem_of(error: BaseException | None, address: URL, *, lost: bool = False) -> Problem | None:
    """What a driver's error says to the operator; None when it is no trouble of the database."""
    if isinstance(error, sqlite3.Error):
        return _sqlite_problem(_sqlite_code(error), Path(address.database or ""))
    if lost or getattr(error, "sqlstate", None) in (None, "57P01", "57P02", "57P03"):
        return unavailable("数据库", "The database")
    return None


def _sqlite_code(error: sqlite3.Error) -> int:
    """The primary result code: the low byte of the extended one (sqlite.org/rescode.html)."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _sqlite_problem(code: int, file: Path) -> Problem | None:
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return read_only(file.parent)
    if code == sqlite3.SQLITE_FULL:
        return full(file.parent)
    if code == sqlite3.SQLITE_BUSY:
        return unavailable("数据库", "The database")
    return None


def read_only(folder: Path) -> Problem:
    return Problem(
        "STORE_READ_ONLY",
        f"数据目录“{folder.name}”不可写：请让运行本服务的账户对该目录有写权限，并确认磁盘不是只读。",
        f"The data folder “{folder.name}” cannot be written: give the account that runs the service write permission, "
        "and see that the disk is not read-only.",
        status=503,
    )


def full(folder: Path) -> Problem:
    return Problem(
        "STORE_FULL",
        f"数据目录“{folder.name}”所在磁盘已满，本次没有保存任何内容：请清理或扩容后重试。",
        f"The disk of the data folder “{folder.name}” is full and nothing was saved: make room, then try again.",
        status=503,
    )


def unavailable(zh: str, en: str) -> Problem:
    return Problem(
        "STORE_UNAVAILABLE",
        f"{zh}暂时不可用，本次没有保存任何内容：请稍后重试。",
        f"{en} cannot be reached just now and nothing was saved: try again in a moment.",
        status=503,
    )
