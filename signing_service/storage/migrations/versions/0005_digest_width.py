"""The intent of a signature keeps the digest that is signed: up to SHA-512, 128 hex digits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sealing") as sealing:
        sealing.alter_column(
            "digest", type_=sa.String(length=128), existing_type=sa.String(length=64), existing_nullable=False
        )


def downgrade() -> None:
    with op.batch_alter_table("sealing") as sealing:
        sealing.alter_column(
            "digest", type_=sa.String(length=64), existing_type=sa.String(length=128), existing_nullable=False
        )
