"""我的证书: the historical database, the checks of each licence and the state they lead to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "legacy_licence",
        sa.Column("legacy_id", sa.String(40), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("id_no", sa.String(18), nullable=False),
        sa.Column("written_id_no", sa.String(18), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("sex", sa.String(4), nullable=False),
        sa.Column("born", sa.String(10)),
        sa.Column("category", sa.String(4), nullable=False),
        sa.Column("employer_uscc", sa.String(18), nullable=False),
        sa.Column("employer_name", sa.String(120), nullable=False),
        sa.Column("authority_name", sa.String(120), nullable=False),
        sa.Column("first_issued_on", sa.String(10), nullable=False),
        sa.Column("valid_from", sa.String(10), nullable=False),
        sa.Column("valid_until", sa.String(10), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("business", sa.String(20), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("linked_to", sa.String(18)),
        sa.Column("linked_at", sa.String(32)),
        sa.Column("contested_by", sa.String(18)),
        sa.PrimaryKeyConstraint("legacy_id", name="pk_legacy_licence"),
    )
    op.create_index("ix_legacy_licence_id_no", "legacy_licence", ["id_no"])
    op.create_index("ix_legacy_licence_number", "legacy_licence", ["number"])
    op.create_index("ix_legacy_licence_linked_to", "legacy_licence", ["linked_to"])
    op.create_table(
        "licence_check",
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("check", sa.String(4), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("checked_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("number", "check", name="pk_licence_check"),
    )
    op.create_table(
        "licence_view",
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(18), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("number", "holder", name="pk_licence_view"),
    )
    op.create_index("ix_licence_view_holder", "licence_view", ["holder"])
    op.create_table(
        "licence_view_change",
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("before", sa.String(12)),
        sa.Column("after", sa.String(12), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", "line", name="pk_licence_view_change"),
    )


def downgrade() -> None:
    for table in ("licence_view_change", "licence_view", "licence_check", "legacy_licence"):
        op.drop_table(table)
