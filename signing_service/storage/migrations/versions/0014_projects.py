"""Projects, unit works and sections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "project",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("region", sa.String(6), nullable=False),
        sa.Column("developer", sa.String(18), nullable=False),
        sa.Column("leader", sa.String(18), nullable=False),
        sa.Column("early", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("dossier", sa.String(18)),
        sa.ForeignKeyConstraint(["developer"], ["party.number"], name="fk_project_developer_party"),
        sa.PrimaryKeyConstraint("number", name="pk_project"),
    )
    op.create_index("ix_project_developer", "project", ["developer"])
    op.create_index("ix_project_region", "project", ["region"])
    op.create_table(
        "unit_work",
        sa.Column("project", sa.String(16), nullable=False),
        sa.Column("code", sa.String(4), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.number"], name="fk_unit_work_project_project"),
        sa.PrimaryKeyConstraint("project", "code", name="pk_unit_work"),
    )
    op.create_table(
        "section",
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("project", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("unit_works", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("contractor", sa.String(18)),
        sa.Column("leader", sa.String(18)),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("dossier", sa.String(18)),
        sa.ForeignKeyConstraint(["project"], ["project.number"], name="fk_section_project_project"),
        sa.PrimaryKeyConstraint("number", name="pk_section"),
    )
    op.create_index("ix_section_project", "section", ["project"])
    op.create_index("ix_section_contractor", "section", ["contractor"])


def downgrade() -> None:
    for table in ("section", "unit_work", "project"):
        op.drop_table(table)
