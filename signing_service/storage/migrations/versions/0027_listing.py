"""Whom enterprises list in their applications for a qualification. The portal never asks for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# the portal may read by default what is made (tools/portal_role.sh)
NOT_FOR_THE_PORTAL = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal') THEN
    REVOKE ALL ON listing FROM portal;
  END IF;
END $$
"""


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
    if op.get_bind().dialect.name == "postgresql":
        op.execute(NOT_FOR_THE_PORTAL)


def downgrade() -> None:
    op.drop_table("listing")
