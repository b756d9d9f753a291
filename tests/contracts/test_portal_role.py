"""The portal's own role in the database reads what the portal shows, and nothing of how people log in."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from signing_service.storage.database import open_database

SECRET = (
    "password",
    "totp",
    "passkey",
    "session",
    "one_time_code",
    "pin_state",
    "real_name",
    "message",
    "delivery",
    "listing",
)
SHOWN = ("licence", "document", "revision", "sealing", "party", "status_list", "licence_view")


@pytest.fixture
def database_with_portal(postgresql_server: str) -> Iterator[str]:
    """Made as tools/portal_role.sh makes it, before the tables are."""
    name = f"portal_{os.getpid()}"
    admin = create_engine(make_url(postgresql_server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        if connection.execute(text("SELECT count(*) FROM pg_roles WHERE rolname = 'portal'")).scalar_one() == 0:
            connection.execute(text("CREATE ROLE portal LOGIN"))
    address = make_url(postgresql_server).set(database=name)
    inside = create_engine(address, isolation_level="AUTOCOMMIT")
    try:
        with inside.connect() as connection:
            connection.execute(text("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO portal"))
        inside.dispose()
        yield address.render_as_string(hide_password=False)
    finally:
        inside.dispose()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
            connection.execute(text("DROP ROLE portal"))
        admin.dispose()


def test_the_portal_reads_what_it_shows_and_nothing_of_how_people_log_in(database_with_portal: str) -> None:
    database = open_database(database_with_portal)
    database.migrate()
    with database.reading() as connection:

        def may_read(table: str) -> bool:
            asked = text("SELECT has_table_privilege('portal', :name, 'SELECT')")
            return bool(connection.execute(asked, {"name": f'"{table}"'}).scalar_one())

        assert [table for table in SECRET if may_read(table)] == []
        assert [table for table in SHOWN if not may_read(table)] == []
    database.close()
