"""The signed code of a licence: stored before it is printed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("document", sa.Column("signed_code", sa.Text(), nullable=True))


def downgrade() -> None:
    # not in batch mode, which would make the table anew, and others refer to it
    op.drop_column("document", "signed_code")
