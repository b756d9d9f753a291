"""Every licence has a place in the status list, and the signed lists are kept where the portal reads them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # licences that were issued before have codes that name no place, and stay in no list
    op.add_column("licence", sa.Column("status_index", sa.Integer(), nullable=True))
    op.create_index("ix_licence_status_index", "licence", ["status_index"], unique=True)
    op.create_index("ix_licence_changed_at", "licence", ["changed_at"])
    op.create_table(
        "status_list",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("covers", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_status_list"),
    )


def downgrade() -> None:
    op.drop_table("status_list")
    op.drop_index("ix_licence_changed_at", "licence")
    op.drop_index("ix_licence_status_index", "licence")
    # not in batch mode, which would make the table anew, and others refer to it
    op.drop_column("licence", "status_index")
