"""Licences issued in one go: what a key gave is kept until its file is stored, and every query has its index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sealing", sa.Column("signature", sa.LargeBinary(), nullable=True))
    op.add_column("sealing", sa.Column("stamp", sa.LargeBinary(), nullable=True))
    op.create_index("ix_effect_state_lease_until", "effect", ["state", "lease_until"])
    op.create_index("ix_licence_dossier", "licence", ["dossier"])


def downgrade() -> None:
    op.drop_index("ix_licence_dossier", "licence")
    op.drop_index("ix_effect_state_lease_until", "effect")
    op.drop_column("sealing", "stamp")
    op.drop_column("sealing", "signature")
