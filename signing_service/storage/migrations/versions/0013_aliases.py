"""Former ID numbers of a person: they stay searchable, and nobody else is entered under them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "party_alias",
        sa.Column("number", sa.String(18), nullable=False),
        sa.Column("person", sa.String(18), nullable=False),
        sa.Column("dossier", sa.String(18), nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["party.number"], name="fk_party_alias_person_party"),
        sa.PrimaryKeyConstraint("number", name="pk_party_alias"),
    )
    op.create_index("ix_party_alias_person", "party_alias", ["person"])


def downgrade() -> None:
    op.drop_table("party_alias")
