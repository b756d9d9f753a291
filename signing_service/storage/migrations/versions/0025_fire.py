"""Fire: results of projects, and random draws."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fire_result",
        sa.Column("result_id", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("project", sa.String(16), nullable=False),
        sa.Column("matter", sa.String(12), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(10), nullable=False),
        sa.Column("dossier", sa.String(18), nullable=False),
        sa.Column("template", sa.String(40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.number"], name="fk_fire_result_project_project"),
        sa.PrimaryKeyConstraint("result_id", name="pk_fire_result"),
        sa.UniqueConstraint("dossier", "matter", name="uq_fire_result_dossier_matter"),
    )
    op.create_index("ix_fire_result_project", "fire_result", ["project"])
    op.create_table(
        "draw",
        sa.Column("number", sa.String(18), nullable=False),
        sa.Column("authority", sa.String(18), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("promised_at", sa.String(32), nullable=False),
        sa.Column("committed_at", sa.String(32)),
        sa.Column("candidates", sa.JSON()),
        sa.Column("list_hash", sa.String(64)),
        sa.Column("quotas", sa.JSON()),
        sa.Column("drawn_at", sa.String(32)),
        sa.Column("record", sa.JSON()),
        sa.ForeignKeyConstraint(["authority"], ["party.number"], name="fk_draw_authority_party"),
        sa.PrimaryKeyConstraint("number", name="pk_draw"),
    )
    op.create_index("ix_draw_authority_promised_at", "draw", ["authority", "promised_at"])


def downgrade() -> None:
    for table in ("draw", "fire_result"):
        op.drop_table(table)
