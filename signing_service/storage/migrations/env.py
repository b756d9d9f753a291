"""Runs the migrations on the connection handed over or, from the alembic command, on the configured database."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from signing_service.settings import Settings
from signing_service.storage.database import open_database
from signing_service.storage.tables import metadata


def migrate_on(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    migrate_on(handed_over)
else:
    with open_database(Settings().database).changing_tables() as own:
        migrate_on(own)
