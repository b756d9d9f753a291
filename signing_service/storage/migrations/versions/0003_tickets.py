"""Invitations to sign with one's own key, and the tickets that are signed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("dossier", sa.String(length=18), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("party", sa.String(length=18), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.number"], name="fk_invitation_dossier_dossier"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_invitation"),
    )
    op.create_index("ix_invitation_dossier", "invitation", ["dossier"], unique=False)
    op.create_table(
        "ticket",
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("invitation", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("field", sa.String(length=30), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("base_sha256", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=128), nullable=False),
        sa.Column("chain", sa.JSON(), nullable=False),
        sa.Column("algorithm", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("seal_id", sa.String(length=36), nullable=True),
        sa.Column("seal_version", sa.Integer(), nullable=True),
        sa.Column("claimed_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.Column("signed_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.document_id"], name="fk_ticket_document_id_document"),
        sa.ForeignKeyConstraint(["invitation"], ["invitation.token_sha256"], name="fk_ticket_invitation_invitation"),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_ticket"),
    )
    in_play = sa.text("state IN ('open', 'signed')")
    op.create_index(
        "ix_ticket_in_play",
        "ticket",
        ["document_id", "field"],
        unique=True,
        sqlite_where=in_play,
        postgresql_where=in_play,
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_in_play", table_name="ticket")
    op.drop_table("ticket")
    op.drop_index("ix_invitation_dossier", table_name="invitation")
    op.drop_table("invitation")
