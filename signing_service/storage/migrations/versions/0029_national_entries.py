"""What national registers are told of licences, and what they answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

NOT_FOR_THE_PORTAL = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal') THEN
    REVOKE ALL ON "national_entry" FROM portal;
  END IF;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "national_entry",
        sa.Column("entry", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(12), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(32), nullable=False),
        sa.Column("problem", sa.JSON()),
        sa.Column("answer", sa.JSON()),
        sa.Column("answered_at", sa.String(32)),
        sa.PrimaryKeyConstraint("entry", name="pk_national_entry"),
        sa.UniqueConstraint("reference", name="uq_national_entry_reference"),
    )
    op.create_index("ix_national_entry_state_due_at", "national_entry", ["state", "due_at"])
    op.create_index("ix_national_entry_number_version", "national_entry", ["number", "version"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(NOT_FOR_THE_PORTAL)


def downgrade() -> None:
    op.drop_table("national_entry")
