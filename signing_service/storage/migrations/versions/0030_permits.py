"""What becomes of construction permits after their issue: when they have to start, extensions, stops, the end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "permit",
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("project", sa.String(16), nullable=False),
        sa.Column("unit_works", sa.JSON(), nullable=False),
        sa.Column("issued_on", sa.String(10), nullable=False),
        sa.Column("start_by", sa.String(10), nullable=False),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("started_on", sa.String(10)),
        sa.Column("stopped_on", sa.String(10)),
        sa.Column("ended_on", sa.String(10)),
        sa.ForeignKeyConstraint(["project"], ["project.number"], name="fk_permit_project_project"),
        sa.PrimaryKeyConstraint("number", name="pk_permit"),
    )
    op.create_index("ix_permit_project", "permit", ["project"])
    op.create_index("ix_permit_start_by", "permit", ["start_by"])


def downgrade() -> None:
    op.drop_table("permit")
