"""Whom enterprises list in their applications for a qualification."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "listing",
        sa.Column("dossier", sa.String(18), nullable=False),
        sa.Column("person", sa.String(18), nullable=False),
        sa.Column("enterprise", sa.String(18), nullable=False),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.number"], name="fk_listing_dossier_dossier"),
        sa.PrimaryKeyConstraint("dossier", "person", name="pk_listing"),
    )
    op.create_index("ix_listing_person", "listing", ["person"])


def downgrade() -> None:
    op.drop_table("listing")
