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
    op.create_index("ix_party_kind", "party", ["kind"])
    op.create_index("ix_sealing_party_cert_sha256", "sealing", ["party", "cert_sha256"])
    op.create_index("ix_ticket_document_id_field", "ticket", ["document_id", "field"])


def downgrade() -> None:
    op.drop_index("ix_ticket_document_id_field", "ticket")
    op.drop_index("ix_sealing_party_cert_sha256", "sealing")
    op.drop_index("ix_party_kind", "party")
    op.drop_index("ix_licence_dossier", "licence")
    op.drop_index("ix_effect_state_lease_until", "effect")
    op.drop_column("sealing", "stamp")
    op.drop_column("sealing", "signature")
