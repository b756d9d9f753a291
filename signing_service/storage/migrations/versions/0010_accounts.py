"""Accounts: passwords and other factors, sessions, one-time codes, permissions, journals of views and events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OFFICER = "kind = 'staff' AND state = 'active'"
TABLES = (
    "account",
    "staff_grant",
    "password",
    "totp",
    "passkey",
    "wechat_binding",
    "session",
    "attempt",
    "rate_hit",
    "one_time_code",
    "challenge",
    "registration",
    "real_name",
    "id_view",
    "account_event",
)
"""In the order they are made."""

JOURNALS = ("id_view", "account_event")
"""Rows are added and never changed."""


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("login", sa.String(40), nullable=False),
        sa.Column("party", sa.String(18), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("person", sa.String(18)),
        sa.Column("mobile", sa.String(11), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("region", sa.String(6)),
        sa.Column("dept", sa.String(80), nullable=False),
        sa.Column("post", sa.String(80), nullable=False),
        sa.Column("admin", sa.String(10)),
        sa.Column("developer", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("made_by", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_account"),
        sa.UniqueConstraint("kind", "login", name="uq_account_kind_login"),
    )
    op.create_index(
        "ix_account_officer",
        "account",
        ["person"],
        unique=True,
        sqlite_where=sa.text(OFFICER),
        postgresql_where=sa.text(OFFICER),
    )
    op.create_index("ix_account_party", "account", ["party"])
    op.create_index("ix_account_state_made_at", "account", ["state", "made_at"])
    op.create_table(
        "staff_grant",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("procedures", sa.String(60), nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("region", sa.String(6), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.account_id"], name="fk_staff_grant_account_id_account"),
        sa.PrimaryKeyConstraint("account_id", "procedures", "level", "region", name="pk_staff_grant"),
    )
    op.create_table(
        "password",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("hash", sa.String(160), nullable=False),
        sa.Column("must_change", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.account_id"], name="fk_password_account_id_account"),
        sa.PrimaryKeyConstraint("account_id", name="pk_password"),
    )
    op.create_table(
        "totp",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.String(32)),
        sa.ForeignKeyConstraint(["account_id"], ["account.account_id"], name="fk_totp_account_id_account"),
        sa.PrimaryKeyConstraint("account_id", name="pk_totp"),
    )
    op.create_table(
        "passkey",
        sa.Column("credential_id", sa.String(1400), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(60), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("used_at", sa.String(32)),
        sa.ForeignKeyConstraint(["account_id"], ["account.account_id"], name="fk_passkey_account_id_account"),
        sa.PrimaryKeyConstraint("credential_id", name="pk_passkey"),
    )
    op.create_index("ix_passkey_account_id", "passkey", ["account_id"])
    op.create_table(
        "wechat_binding",
        sa.Column("openid", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("bound_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.account_id"], name="fk_wechat_binding_account_id_account"),
        sa.PrimaryKeyConstraint("openid", name="pk_wechat_binding"),
        sa.UniqueConstraint("account_id", name="uq_wechat_binding_account_id"),
    )
    op.create_table(
        "session",
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("factors", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.Column("ends_at", sa.String(32), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.account_id"], name="fk_session_account_id_account"),
        sa.PrimaryKeyConstraint("session_id", name="pk_session"),
    )
    op.create_index("ix_session_account_id", "session", ["account_id"])
    op.create_index("ix_session_ends_at", "session", ["ends_at"])
    op.create_table(
        "attempt",
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(32)),
        sa.PrimaryKeyConstraint("subject", name="pk_attempt"),
    )
    op.create_table(
        "rate_hit",
        sa.Column("hit_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("bucket", sa.String(100), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("hit_id", name="pk_rate_hit"),
    )
    op.create_index("ix_rate_hit_bucket_at", "rate_hit", ["bucket", "at"])
    op.create_table(
        "one_time_code",
        sa.Column("holder", sa.String(100), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("holder", "purpose", "subject", name="pk_one_time_code"),
    )
    op.create_index("ix_one_time_code_expires_at", "one_time_code", ["expires_at"])
    op.create_table(
        "challenge",
        sa.Column("challenge_id", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("account_id", sa.String(36)),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("challenge_id", name="pk_challenge"),
    )
    op.create_index("ix_challenge_expires_at", "challenge", ["expires_at"])
    op.create_table(
        "registration",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.account_id"], name="fk_registration_account_id_account"),
        sa.PrimaryKeyConstraint("account_id", name="pk_registration"),
        sa.UniqueConstraint("token_sha256", name="uq_registration_token_sha256"),
    )
    op.create_table(
        "real_name",
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("person", sa.String(18), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("portrait_sha256", sa.String(64), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("consent", sa.String(20), nullable=False),
        sa.Column("clerk", sa.String(36), nullable=False),
        sa.Column("region", sa.String(6), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["party.number"], name="fk_real_name_person_party"),
        sa.PrimaryKeyConstraint("record_id", name="pk_real_name"),
    )
    op.create_index("ix_real_name_person_at", "real_name", ["person", "at"])
    op.create_table(
        "id_view",
        sa.Column("view_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("person", sa.String(18), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("view_id", name="pk_id_view"),
    )
    op.create_index("ix_id_view_account_id_at", "id_view", ["account_id", "at"])
    op.create_index("ix_id_view_person_at", "id_view", ["person", "at"])
    op.create_table(
        "account_event",
        sa.Column("event_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_account_event"),
    )
    op.create_index("ix_account_event_account_id_at", "account_event", ["account_id", "at"])
    _hold_the_journals()


def _hold_the_journals() -> None:
    if op.get_bind().dialect.name != "postgresql":
        for table in JOURNALS:
            for what in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_{what.lower()} BEFORE {what} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION account_journal_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'journals of accounts only grow'; END $$"
    )
    for table in JOURNALS:
        op.execute(
            f"CREATE TRIGGER {table}_row BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION account_journal_only_grows()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_all BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION account_journal_only_grows()"
        )
    # the portal may read by default what is made (tools/portal_role.sh); these are none of its business
    for table in TABLES:
        op.execute(
            "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal') THEN "  # noqa: S608  our own names
            f"REVOKE ALL ON {table} FROM portal; END IF; END $$"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)  # its triggers go with it
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION account_journal_only_grows()")
