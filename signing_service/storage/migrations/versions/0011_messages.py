"""Messages to parties and their deliveries outside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# the portal may read by default what is made (tools/portal_role.sh); what people are told is none of its business
NOT_FOR_THE_PORTAL = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal') THEN
    REVOKE ALL ON message, delivery FROM portal;
  END IF;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("message_id", sa.String(36), nullable=False),
        sa.Column("party", sa.String(60), nullable=False),
        sa.Column("event", sa.String(30), nullable=False),
        sa.Column("dossier", sa.String(18)),
        sa.Column("once", sa.String(120)),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("read_at", sa.String(32)),
        sa.PrimaryKeyConstraint("message_id", name="pk_message"),
        sa.UniqueConstraint("once", name="uq_message_once"),
    )
    op.create_index("ix_message_party_at", "message", ["party", "at"])
    op.create_index("ix_message_dossier", "message", ["dossier"])
    op.create_table(
        "delivery",
        sa.Column("delivery_id", sa.String(36), nullable=False),
        sa.Column("message", sa.String(36), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("facts", sa.JSON()),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(32), nullable=False),
        sa.Column("until", sa.String(32)),
        sa.Column("first_at", sa.String(32)),
        sa.Column("lease_until", sa.String(32)),
        sa.Column("lease_token", sa.String(36)),
        sa.Column("sent_at", sa.String(32)),
        sa.Column("problem", sa.JSON()),
        sa.ForeignKeyConstraint(["message"], ["message.message_id"], name="fk_delivery_message_message"),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_delivery"),
    )
    op.create_index("ix_delivery_channel_state_due_at", "delivery", ["channel", "state", "due_at"])
    op.create_index("ix_delivery_message", "delivery", ["message"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(NOT_FOR_THE_PORTAL)


def downgrade() -> None:
    op.drop_table("delivery")
    op.drop_table("message")
