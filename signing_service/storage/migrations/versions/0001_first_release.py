"""The tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dossier",
        sa.Column("number", sa.String(length=18), nullable=False),
        sa.Column("procedure", sa.String(length=60), nullable=False),
        sa.Column("edition", sa.String(length=10), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("parties", sa.JSON(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("visit", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("request_key", sa.String(length=120), nullable=True),
        sa.Column("opened_at", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_dossier"),
        sa.UniqueConstraint("request_key", name="uq_dossier_request_key"),
    )
    op.create_index("ix_dossier_procedure_stage_region", "dossier", ["procedure", "stage", "region"], unique=False)
    op.create_table(
        "party",
        sa.Column("number", sa.String(length=18), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("key_ref", sa.String(length=80), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_party"),
    )
    op.create_table(
        "series",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_series"),
    )
    op.create_table(
        "document",
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("dossier", sa.String(length=18), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("template", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=26), nullable=False),
        sa.Column("check_code", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.number"], name="fk_document_dossier_dossier"),
        sa.PrimaryKeyConstraint("document_id", name="pk_document"),
        sa.UniqueConstraint("check_code", name="uq_document_check_code"),
        sa.UniqueConstraint("code", name="uq_document_code"),
        sa.UniqueConstraint("dossier", "template", "form_version", name="uq_document_dossier_template_form_version"),
    )
    op.create_index("ix_document_number", "document", ["number"], unique=False)
    op.create_table(
        "effect",
        sa.Column("effect_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("dossier", sa.String(length=18), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(length=32), nullable=False),
        sa.Column("lease_until", sa.String(length=32), nullable=True),
        sa.Column("lease_token", sa.String(length=36), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("done_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.number"], name="fk_effect_dossier_dossier"),
        sa.PrimaryKeyConstraint("effect_id", name="pk_effect"),
        sa.UniqueConstraint("dossier", "line", "position", name="uq_effect_dossier_line_position"),
    )
    op.create_index("ix_effect_state_due_at", "effect", ["state", "due_at"], unique=False)
    op.create_table(
        "journal",
        sa.Column("dossier", sa.String(length=18), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("from_stage", sa.String(length=40), nullable=False),
        sa.Column("to_stage", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.number"], name="fk_journal_dossier_dossier"),
        sa.PrimaryKeyConstraint("dossier", "line", name="pk_journal"),
    )
    op.create_table(
        "seal",
        sa.Column("seal_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=18), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("artwork", sa.JSON(), nullable=False),
        sa.Column("key_ref", sa.String(length=80), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("valid_until", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["party.number"], name="fk_seal_owner_party"),
        sa.PrimaryKeyConstraint("seal_id", "version", name="pk_seal"),
    )
    op.create_index("ix_seal_owner_kind", "seal", ["owner", "kind"], unique=False)
    op.create_table(
        "archive",
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("report_sha256", sa.String(length=64), nullable=False),
        sa.Column("archived_at", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.document_id"], name="fk_archive_document_id_document"),
        sa.PrimaryKeyConstraint("document_id", name="pk_archive"),
    )
    op.create_table(
        "licence",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("identifier", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("holder", sa.String(length=18), nullable=False),
        sa.Column("holder_name", sa.String(length=120), nullable=False),
        sa.Column("employer", sa.String(length=18), nullable=True),
        sa.Column("authority", sa.String(length=18), nullable=False),
        sa.Column("issued_on", sa.String(length=10), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("valid_until", sa.String(length=10), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=True),
        sa.Column("dossier", sa.String(length=18), nullable=True),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.document_id"], name="fk_licence_document_id_document"),
        sa.PrimaryKeyConstraint("number", "version", name="pk_licence"),
        sa.UniqueConstraint("identifier", name="uq_licence_identifier"),
    )
    op.create_index("ix_licence_document_id", "licence", ["document_id"], unique=False)
    op.create_index("ix_licence_holder_type_status", "licence", ["holder", "type", "status"], unique=False)
    op.create_table(
        "revision",
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=30), nullable=True),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.document_id"], name="fk_revision_document_id_document"),
        sa.PrimaryKeyConstraint("document_id", "revision", name="pk_revision"),
    )
    op.create_index("ix_revision_sha256", "revision", ["sha256"], unique=False)
    op.create_table(
        "sealing",
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("field", sa.String(length=30), nullable=False),
        sa.Column("base_sha256", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("key_ref", sa.String(length=80), nullable=False),
        sa.Column("cert_sha256", sa.String(length=64), nullable=False),
        sa.Column("seal_id", sa.String(length=36), nullable=True),
        sa.Column("party", sa.String(length=18), nullable=False),
        sa.Column("claimed_at", sa.String(length=32), nullable=False),
        sa.Column("result_sha256", sa.String(length=64), nullable=True),
        sa.Column("proven_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.document_id"], name="fk_sealing_document_id_document"),
        sa.PrimaryKeyConstraint("document_id", "field", name="pk_sealing"),
    )


def downgrade() -> None:
    op.drop_table("sealing")
    op.drop_index("ix_revision_sha256", table_name="revision")
    op.drop_table("revision")
    op.drop_index("ix_licence_holder_type_status", table_name="licence")
    op.drop_index("ix_licence_document_id", table_name="licence")
    op.drop_table("licence")
    op.drop_table("archive")
    op.drop_index("ix_seal_owner_kind", table_name="seal")
    op.drop_table("seal")
    op.drop_table("journal")
    op.drop_index("ix_effect_state_due_at", table_name="effect")
    op.drop_table("effect")
    op.drop_index("ix_document_number", table_name="document")
    op.drop_table("document")
    op.drop_table("series")
    op.drop_table("party")
    op.drop_index("ix_dossier_procedure_stage_region", table_name="dossier")
    op.drop_table("dossier")
