"""Sheets of drawings, their uploads in parts, reviews with reviewers and opinions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sheet",
        sa.Column("sheet_id", sa.String(36), nullable=False),
        sa.Column("project", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("discipline", sa.String(20), nullable=False),
        sa.Column("sheet_no", sa.String(40), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("uploaded_at", sa.String(32), nullable=False),
        sa.Column("pdf", sa.String(64)),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("dwg", sa.String(64)),
        sa.Column("dossier", sa.String(18)),
        sa.Column("document_id", sa.String(36)),
        sa.ForeignKeyConstraint(["project"], ["project.number"], name="fk_sheet_project_project"),
        sa.PrimaryKeyConstraint("sheet_id", name="pk_sheet"),
        sa.UniqueConstraint(
            "project", "kind", "discipline", "sheet_no", "version",
            name="uq_sheet_project_kind_discipline_sheet_no_version",
        ),
    )  # fmt: skip
    op.create_index("ix_sheet_dossier", "sheet", ["dossier"])
    op.create_table(
        "upload",
        sa.Column("upload_id", sa.String(36), nullable=False),
        sa.Column("owner", sa.String(18), nullable=False),
        sa.Column("project", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("discipline", sa.String(20), nullable=False),
        sa.Column("sheet_no", sa.String(40), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("file", sa.String(4), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", name="pk_upload"),
    )
    op.create_index("ix_upload_owner_project", "upload", ["owner", "project"])
    op.create_table(
        "upload_part",
        sa.Column("upload_id", sa.String(36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.upload_id"], name="fk_upload_part_upload_id_upload"),
        sa.PrimaryKeyConstraint("upload_id", "position", name="pk_upload_part"),
    )
    op.create_table(
        "review",
        sa.Column("dossier", sa.String(18), nullable=False),
        sa.Column("project", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("agency", sa.String(18), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("sheets", sa.JSON(), nullable=False),
        sa.Column("list_sha256", sa.String(64), nullable=False),
        sa.Column("licence_no", sa.String(40)),
        sa.Column("replaces", sa.String(40)),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.number"], name="fk_review_dossier_dossier"),
        sa.ForeignKeyConstraint(["project"], ["project.number"], name="fk_review_project_project"),
        sa.PrimaryKeyConstraint("dossier", name="pk_review"),
    )
    op.create_index("ix_review_project", "review", ["project"])
    op.create_table(
        "reviewer",
        sa.Column("dossier", sa.String(18), nullable=False),
        sa.Column("discipline", sa.String(20), nullable=False),
        sa.Column("expert", sa.String(18), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("registration_no", sa.String(40), nullable=False),
        sa.Column("conclusion", sa.String(8)),
        sa.ForeignKeyConstraint(["dossier"], ["review.dossier"], name="fk_reviewer_dossier_review"),
        sa.PrimaryKeyConstraint("dossier", "discipline", name="pk_reviewer"),
    )
    op.create_index("ix_reviewer_expert", "reviewer", ["expert"])
    op.create_table(
        "opinion",
        sa.Column("opinion_id", sa.String(36), nullable=False),
        sa.Column("dossier", sa.String(18), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("discipline", sa.String(20), nullable=False),
        sa.Column("expert", sa.String(18), nullable=False),
        sa.Column("sheet_no", sa.String(40), nullable=False),
        sa.Column("clause", sa.String(120), nullable=False),
        sa.Column("nature", sa.String(12), nullable=False),
        sa.Column("severity", sa.String(12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("replied_in", sa.Integer(), nullable=False),
        sa.Column("closed_in", sa.Integer(), nullable=False),
        sa.Column("insisted_in", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dossier"], ["review.dossier"], name="fk_opinion_dossier_review"),
        sa.PrimaryKeyConstraint("opinion_id", name="pk_opinion"),
    )
    op.create_index("ix_opinion_dossier", "opinion", ["dossier"])


def downgrade() -> None:
    for table in ("opinion", "reviewer", "review", "upload_part", "upload", "sheet"):
        op.drop_table(table)
