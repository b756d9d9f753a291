"""What SQLite and PostgreSQL both promise: all or nothing, writers queue, readers cannot write, numbers leave no gap."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Connection, Integer, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from signing_service.domain.errors import Problem
from signing_service.storage import tables
from signing_service.storage.database import Database, migrations, open_database
from signing_service.storage.numbers import next_number
from signing_service.storage.tables import journal, metadata, series

THREADS = 8


def last_of(database: Database, name: str) -> int | None:
    with database.reading() as connection:
        return connection.execute(select(series.c.last).where(series.c.name == name)).scalar()


# --- transactions


def test_what_a_transaction_wrote_is_there_when_it_ended(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(insert(series).values(name="a", last=1))
    assert last_of(database, "a") == 1


def test_what_a_transaction_wrote_is_gone_when_it_raised(database: Database) -> None:
    with pytest.raises(KeyError), database.transaction() as connection:
        connection.execute(insert(series).values(name="a", last=1))
        raise KeyError
    assert last_of(database, "a") is None


def test_who_reads_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reading() as connection:
        connection.execute(insert(series).values(name="a", last=1))
    assert last_of(database, "a") is None


def test_a_connection_that_was_used_for_reading_can_write_afterwards(database: Database) -> None:
    for number in range(1, 4):
        last_of(database, "a")
        with database.transaction() as connection:
            assert next_number(connection, "a") == number


def test_a_reader_sees_one_moment_while_others_write(database: Database) -> None:
    with database.reading() as reader:
        assert reader.execute(select(func.count()).select_from(series)).scalar_one() == 0
        with database.transaction() as writer:
            writer.execute(insert(series).values(name="a", last=1))
        assert reader.execute(select(func.count()).select_from(series)).scalar_one() == 0
    assert last_of(database, "a") == 1


def test_of_two_writers_the_second_waits_and_does_not_fail(database: Database) -> None:
    first_has_written, both_done = threading.Event(), []

    def first() -> None:
        with database.transaction() as connection:
            next_number(connection, "a")
            first_has_written.set()
            threading.Event().wait(0.3)

    def second() -> None:
        first_has_written.wait()
        with database.transaction() as connection:
            both_done.append(next_number(connection, "a"))

    with ThreadPoolExecutor(2) as pool:
        for writer in [pool.submit(first), pool.submit(second)]:
            writer.result()
    assert both_done == [2]


def test_a_row_that_belongs_to_nothing_is_refused(database: Database) -> None:
    orphan = {"dossier": "none", "line": 1, "at": "", "actor": "", "role": "", "step": "", "facts": {}}
    with pytest.raises(IntegrityError), database.transaction() as connection:
        connection.execute(insert(journal).values(from_stage="", to_stage="", **orphan))


# --- numbers


def test_the_first_number_of_a_series_is_one_and_each_series_counts_by_itself(database: Database) -> None:
    with database.transaction() as connection:
        assert [next_number(connection, "赣建安2026"), next_number(connection, "赣建安2026")] == [1, 2]
        assert next_number(connection, "赣建安2027") == 1


def test_a_number_whose_transaction_failed_is_given_to_the_next(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as connection:
        next_number(connection, "a")
        raise RuntimeError
    with database.transaction() as connection:
        assert next_number(connection, "a") == 1


def test_eight_writers_at_once_take_numbers_without_gap_or_double(database: Database) -> None:
    """Every third transaction fails after taking its number; even the very first use is contended."""
    start = threading.Barrier(THREADS)

    def take(writer: int) -> list[int]:
        start.wait()
        return [number for turn in range(12) if (number := take_one(fails=(writer + turn) % 3 == 0))]

    def take_one(*, fails: bool) -> int | None:
        try:
            with database.transaction() as connection:
                number = next_number(connection, "a")
                if fails:
                    raise RuntimeError
                return number
        except RuntimeError:
            return None

    with ThreadPoolExecutor(THREADS) as pool:
        taken = sorted(number for numbers in pool.map(take, range(THREADS)) for number in numbers)
    assert taken == list(range(1, THREADS * 12 * 2 // 3 + 1))


# --- migrations


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))


def test_migrated_tables_are_the_tables_of_the_code(empty_database_url: str) -> None:
    """When this fails, storage/tables was changed without a migration: run ``alembic revision --autogenerate``."""
    database = open_database(empty_database_url)
    database.migrate()
    with database.reading() as connection:
        assert differences(connection) == []
    database.close()


def test_a_database_is_current_only_after_it_was_migrated(empty_database_url: str) -> None:
    database = open_database(empty_database_url)
    assert not database.is_current()
    database.migrate()
    assert database.is_current()
    database.migrate()
    assert database.is_current()
    database.close()


def test_every_migration_can_be_taken_back_and_done_again(empty_database_url: str) -> None:
    database = open_database(empty_database_url)
    database.migrate()
    with database.transaction() as connection:
        command.downgrade(migrations(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    database.migrate()
    assert database.is_current()
    database.close()


def test_the_last_migrations_can_be_taken_back_when_there_are_documents(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(insert(tables.party).values(number="1", kind="person", name="n", facts={}))
        blank = {JSON: {}, Integer: 1}
        columns = {c.name: blank.get(type(c.type), "") for c in tables.dossier.columns if not c.nullable}
        connection.execute(insert(tables.dossier).values(**columns | {"number": "d"}))
        columns = {c.name: blank.get(type(c.type), "") for c in tables.document.columns if not c.nullable}
        connection.execute(insert(tables.document).values(**columns | {"document_id": "x", "dossier": "d"}))
        connection.execute(insert(tables.revision).values(document_id="x", revision=0, sha256="s", size=1, made_at="t"))
    with database.changing_tables() as connection:
        command.downgrade(migrations(connection), "0005")
    database.migrate()
    assert database.is_current()
    with database.reading() as connection:
        assert connection.execute(select(tables.revision.c.sha256)).scalars().all() == ["s"]


def test_migrations_leave_no_reference_behind_and_references_are_watched_after_them(database: Database) -> None:
    orphan = insert(tables.revision).values(document_id="nothing", revision=0, sha256="s", size=1, made_at="t")
    with pytest.raises((LookupError, IntegrityError)), database.changing_tables() as connection:
        connection.execute(text("CREATE TABLE another (one INTEGER)"))
        connection.execute(orphan)
    with pytest.raises(IntegrityError), database.transaction() as connection:
        connection.execute(orphan)


MIGRATE = """
import sys
from signing_service.storage.database import open_database
database = open_database(sys.argv[1])
database.migrate()
assert database.is_current()
"""


def test_four_processes_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    starts = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, empty_database_url], env=environment(), stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [(start.communicate()[1], start.returncode) for start in starts] == [(b"", 0)] * 4


# --- a database that cannot work


SAVE = """
import sys
from signing_service.domain.errors import Problem
from signing_service.storage.database import open_database
from signing_service.storage.numbers import next_number
try:
    with open_database(sys.argv[1]).transaction() as connection:
        next_number(connection, "a")
except Problem as problem:
    print(problem.code)
"""


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONIOENCODING": "utf-8"}


def as_an_account_bound_by_permissions() -> list[str]:
    """Root ignores permissions as long as it has this capability."""
    if os.geteuid():
        return []
    if not shutil.which("setpriv"):
        pytest.skip("not run on this machine: root without setpriv ignores file permissions")
    return ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]


@pytest.mark.parametrize("mode", [0o555, 0o000], ids=["readable", "closed"])
def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(sqlite_url: str, tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    account = as_an_account_bound_by_permissions()
    told = subprocess.run([*account, sys.executable, "-c", SAVE, sqlite_url], env=environment(), capture_output=True)
    tmp_path.chmod(0o755)
    assert told.stdout.decode().strip() == "STORE_READ_ONLY", told.stderr.decode()


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Problem) as told:
        open_database(f"sqlite:///{tmp_path / 'file' / 'below' / 'store.sqlite3'}")
    assert told.value.code == "STORE_READ_ONLY"
    assert "below" in told.value.zh


def test_a_disk_that_is_full_is_told_and_nothing_is_saved(sqlite_database: Database) -> None:
    with pytest.raises(Problem) as told, sqlite_database.transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for number in range(10_000):
            next_number(connection, f"{number:070}")
    assert told.value.code == "STORE_FULL"
    assert last_of(sqlite_database, f"{0:070}") is None


def test_a_database_server_that_is_away_is_told_without_its_address() -> None:
    with pytest.raises(Problem) as told, open_database("postgresql://u:secret@127.0.0.1:9/store").transaction():
        pass
    assert (told.value.code, told.value.status) == ("STORE_UNAVAILABLE", 503)
    assert "secret" not in f"{told.value} {told.value.to_document()}"


def test_a_session_the_server_ended_is_told_and_the_next_one_works(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    with pytest.raises(Problem) as told, database.transaction() as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    assert told.value.code == "STORE_UNAVAILABLE"
    with database.transaction() as connection:
        assert next_number(connection, "a") == 1
    database.close()


def test_sqlite_in_memory_is_refused_because_it_would_forget() -> None:
    with pytest.raises(Problem) as told:
        open_database("sqlite://")
    assert told.value.code == "STORE_ADDRESS"


def test_a_committed_transaction_survives_a_power_cut_on_sqlite(sqlite_database: Database) -> None:
    """Durability is what these two settings mean (sqlite.org/pragma.html#pragma_synchronous)."""
    with sqlite_database.reading() as connection:
        asked = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous")]
    assert asked == ["wal", 2]
