"""A step that is taken again sends a letter of its own: of one template and version of the form there may be several."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None

BEFORE = "uq_document_dossier_template_form_version"
AFTER = "uq_document_dossier_template_form_version_sequence"


def upgrade() -> None:
    with op.batch_alter_table("document") as document:
        document.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
        document.drop_constraint(BEFORE, type_="unique")
        document.create_unique_constraint(AFTER, ["dossier", "template", "form_version", "sequence"])
    # the default was for the rows that were there; from now on everybody says it
    with op.batch_alter_table("document") as document:
        document.alter_column("sequence", server_default=None)


def downgrade() -> None:
    """Fails where a letter was sent twice: none of them can be taken away."""
    with op.batch_alter_table("document") as document:
        document.drop_constraint(AFTER, type_="unique")
        document.create_unique_constraint(BEFORE, ["dossier", "template", "form_version"])
        document.drop_column("sequence")
