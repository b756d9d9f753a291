"""What a key may be used for, who released it, and the ledger of every use, which can only grow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0006"
branch_labels = None
depends_on = None

NO_LINE = "0" * 64

POSTGRESQL = (
    """
    CREATE FUNCTION seal_ledger_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the ledger of seals only grows'; END $$
    """,
    (
        "CREATE TRIGGER seal_ledger_row BEFORE UPDATE OR DELETE ON seal_ledger "
        "FOR EACH ROW EXECUTE FUNCTION seal_ledger_only_grows()"
    ),
    (
        "CREATE TRIGGER seal_ledger_all BEFORE TRUNCATE ON seal_ledger "
        "FOR EACH STATEMENT EXECUTE FUNCTION seal_ledger_only_grows()"
    ),
    (
        "CREATE TRIGGER seal_ledger_head_back BEFORE UPDATE ON seal_ledger_head "
        "FOR EACH ROW WHEN (NEW.line < OLD.line) EXECUTE FUNCTION seal_ledger_only_grows()"
    ),
    (
        "CREATE TRIGGER seal_ledger_head_row BEFORE DELETE ON seal_ledger_head "
        "FOR EACH ROW EXECUTE FUNCTION seal_ledger_only_grows()"
    ),
    (
        "CREATE TRIGGER seal_ledger_head_all BEFORE TRUNCATE ON seal_ledger_head "
        "FOR EACH STATEMENT EXECUTE FUNCTION seal_ledger_only_grows()"
    ),
    # the portal may read by default what is made (tools/portal_role.sh); these are none of its business
    """
    DO $$ BEGIN
      IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal') THEN
        REVOKE ALL ON pin_state, key_policy, key_release, seal_ledger, seal_ledger_head FROM portal;
      END IF;
    END $$
    """,
)
SQLITE = (
    (
        "CREATE TRIGGER seal_ledger_row_changed BEFORE UPDATE ON seal_ledger "
        "BEGIN SELECT RAISE(ABORT, 'the ledger of seals only grows'); END"
    ),
    (
        "CREATE TRIGGER seal_ledger_row_gone BEFORE DELETE ON seal_ledger "
        "BEGIN SELECT RAISE(ABORT, 'the ledger of seals only grows'); END"
    ),
    (
        "CREATE TRIGGER seal_ledger_head_back BEFORE UPDATE ON seal_ledger_head WHEN NEW.line < OLD.line "
        "BEGIN SELECT RAISE(ABORT, 'the ledger of seals only grows'); END"
    ),
    (
        "CREATE TRIGGER seal_ledger_head_gone BEFORE DELETE ON seal_ledger_head "
        "BEGIN SELECT RAISE(ABORT, 'the ledger of seals only grows'); END"
    ),
)


def upgrade() -> None:
    with op.batch_alter_table("seal") as seal:
        seal.add_column(sa.Column("state", sa.String(length=10), nullable=False, server_default="active"))
    op.create_table(
        "seal_cert",
        sa.Column("seal_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("permitted", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["seal_id", "version"], ["seal.seal_id", "seal.version"], name="fk_seal_cert_seal_id_version_seal"
        ),
        sa.PrimaryKeyConstraint("seal_id", "version", "permitted", name="pk_seal_cert"),
    )
    op.create_table(
        "key_policy",
        sa.Column("key_ref", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.Column("changed_by", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("key_ref", "version", name="pk_key_policy"),
    )
    op.create_table(
        "next_key",
        sa.Column("party", sa.String(length=18), nullable=False),
        sa.Column("key_ref", sa.String(length=80), nullable=False),
        sa.Column("from_day", sa.String(length=10), nullable=True),
        sa.Column("days_left", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["party"], ["party.number"], name="fk_next_key_party_party"),
        sa.PrimaryKeyConstraint("party", name="pk_next_key"),
    )
    op.create_table(
        "key_release",
        sa.Column("release_id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("field", sa.String(length=30), nullable=False),
        sa.Column("base_sha256", sa.String(length=64), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("dossier", sa.String(length=18), nullable=False),
        sa.Column("key_ref", sa.String(length=80), nullable=False),
        sa.Column("party", sa.String(length=18), nullable=False),
        sa.Column("stepped_by", sa.String(length=60), nullable=False),
        sa.Column("officers", sa.JSON(), nullable=False),
        sa.Column("first_officer", sa.String(length=60), nullable=True),
        sa.Column("second_officer", sa.String(length=60), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.document_id"], name="fk_key_release_document_id_document"),
        sa.PrimaryKeyConstraint("release_id", name="pk_key_release"),
        sa.UniqueConstraint(
            "document_id", "field", "base_sha256", "round", name="uq_key_release_document_id_field_base_sha256_round"
        ),
    )
    op.create_index("ix_key_release_state_expires_at", "key_release", ["state", "expires_at"], unique=False)
    op.create_table(
        "seal_ledger",
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("use_id", sa.String(length=36), nullable=False),
        sa.Column("key_ref", sa.String(length=80), nullable=False),
        sa.Column("cert_sha256", sa.String(length=64), nullable=False),
        sa.Column("party", sa.String(length=18), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("dossier", sa.String(length=18), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("template", sa.String(length=120), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("field", sa.String(length=30), nullable=False),
        sa.Column("seal_id", sa.String(length=36), nullable=True),
        sa.Column("seal_version", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=128), nullable=False),
        sa.Column("base_sha256", sa.String(length=64), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("result_sha256", sa.String(length=64), nullable=True),
        sa.Column("officers", sa.JSON(), nullable=False),
        sa.Column("problem", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("line", name="pk_seal_ledger"),
    )
    op.create_index("ix_seal_ledger_key_ref_at", "seal_ledger", ["key_ref", "at"], unique=False)
    op.create_index("ix_seal_ledger_use_id", "seal_ledger", ["use_id"], unique=False)
    op.create_index("ix_seal_ledger_dossier", "seal_ledger", ["dossier"], unique=False)
    head = op.create_table(
        "seal_ledger_head",
        sa.Column("chain", sa.String(length=20), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name="pk_seal_ledger_head"),
    )
    op.bulk_insert(head, [{"chain": "seals", "line": 0, "sha256": NO_LINE}])
    op.create_table(
        "pin_state",
        sa.Column("key_ref", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=160), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(length=32), nullable=True),
        sa.Column("set_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("key_ref", name="pk_pin_state"),
    )
    op.create_table(
        "key_alarm",
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("raised_on", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("subject", "threshold", name="pk_key_alarm"),
    )
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("key_alarm")
    op.drop_table("pin_state")
    op.drop_table("seal_ledger_head")  # its triggers go with it
    op.drop_table("seal_ledger")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION seal_ledger_only_grows()")
    op.drop_table("key_release")
    op.drop_table("next_key")
    op.drop_table("key_policy")
    op.drop_table("seal_cert")
    with op.batch_alter_table("seal") as seal:
        seal.drop_column("state")
