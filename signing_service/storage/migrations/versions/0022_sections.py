"""工程码 and what is exchanged with the trading centre."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "section_code",
        sa.Column("code_id", sa.String(36), nullable=False),
        sa.Column("section", sa.String(40), nullable=False),
        sa.Column("mobile", sa.String(11), nullable=False),
        sa.Column("hash", sa.String(160), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("void_at", sa.String(32)),
        sa.PrimaryKeyConstraint("code_id", name="pk_section_code"),
    )
    op.create_index("ix_section_code_section", "section_code", ["section"])
    op.create_index("ix_section_code_mobile", "section_code", ["mobile"])
    op.create_table(
        "trade",
        sa.Column("reference", sa.String(24), nullable=False),
        sa.Column("dossier", sa.String(18), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(32), nullable=False),
        sa.Column("problem", sa.JSON()),
        sa.Column("answer", sa.JSON()),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.number"], name="fk_trade_dossier_dossier"),
        sa.PrimaryKeyConstraint("reference", name="pk_trade"),
    )
    op.create_index("ix_trade_dossier", "trade", ["dossier"])
    op.create_index("ix_trade_state_due_at", "trade", ["state", "due_at"])


def downgrade() -> None:
    for table in ("trade", "section_code"):
        op.drop_table(table)
