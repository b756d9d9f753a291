"""The level of each seal, asked for and reached; an archive in generations, each with the term of its time stamp."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # what was sealed before levels were recorded was asked for, and made, with a time stamp
    with op.batch_alter_table("sealing") as sealing:
        sealing.add_column(sa.Column("level", sa.String(length=5), nullable=False, server_default="B-T"))
        sealing.add_column(sa.Column("reached", sa.String(length=5), nullable=True))
    op.execute("UPDATE sealing SET reached = 'B-T' WHERE result_sha256 IS NOT NULL")
    with op.batch_alter_table("archive") as archive:
        archive.drop_constraint("pk_archive", type_="primary")
        archive.add_column(sa.Column("generation", sa.Integer(), nullable=False, server_default="0"))
        archive.add_column(sa.Column("stamp_until", sa.String(length=32), nullable=True))
        archive.add_column(sa.Column("stamp_algorithms", sa.String(length=80), nullable=True))
        archive.create_primary_key("pk_archive", ["document_id", "generation"])
    op.create_index("ix_archive_stamp_until", "archive", ["stamp_until"], unique=False)
    # the defaults were for the rows that were there; from now on everybody says it
    with op.batch_alter_table("sealing") as sealing:
        sealing.alter_column("level", server_default=None)
    with op.batch_alter_table("archive") as archive:
        archive.alter_column("generation", server_default=None)


def downgrade() -> None:
    op.drop_index("ix_archive_stamp_until", table_name="archive")
    op.execute("DELETE FROM archive WHERE generation > 0")
    with op.batch_alter_table("archive") as archive:
        archive.drop_constraint("pk_archive", type_="primary")
        archive.drop_column("stamp_algorithms")
        archive.drop_column("stamp_until")
        archive.drop_column("generation")
        archive.create_primary_key("pk_archive", ["document_id"])
    with op.batch_alter_table("sealing") as sealing:
        sealing.drop_column("reached")
        sealing.drop_column("level")
