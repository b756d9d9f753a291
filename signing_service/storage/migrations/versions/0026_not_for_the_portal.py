"""What the portal never asks for is not its to read: passwords, second factors, sessions, codes, PINs, real names, todos."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

SECRET = (
    "account", "account_event", "attempt", "challenge", "id_view", "legacy_licence", "one_time_code", "party_alias",
    "passkey", "password", "pin_state", "rate_hit", "real_name", "registration", "section_code", "session",
    "staff_grant", "ticket", "timer", "todo", "totp", "trade", "wechat_binding",
)  # fmt: skip

# the portal may read by default what is made (tools/portal_role.sh)
NOT_FOR_THE_PORTAL = f"""
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal') THEN
    REVOKE ALL ON {", ".join(f'"{table}"' for table in SECRET)} FROM portal;
  END IF;
END $$
"""  # noqa: S608  names of our own tables, written above


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(NOT_FOR_THE_PORTAL)


def downgrade() -> None:
    """Nothing is given back: nothing of it was ever needed."""
