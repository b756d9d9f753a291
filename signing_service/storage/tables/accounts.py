"""Accounts: who may log in as whom and by what, sessions, tries and one-time codes, and what happened to them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from signing_service.storage.tables.base import ID, TIME, metadata

account = Table(
    "account",
    metadata,
    Column("account_id", ID, primary_key=True),
    Column("kind", String(12), nullable=False),  # person | enterprise | staff
    Column("login", String(40), nullable=False),
    Column("party", String(18), nullable=False),
    Column("name", String(120), nullable=False),
    Column("person", String(18)),
    Column("mobile", String(11), nullable=False),
    Column("email", String(254), nullable=False),
    Column("region", String(6)),
    Column("dept", String(80), nullable=False),
    Column("post", String(80), nullable=False),
    Column("admin", String(10)),
    Column("developer", Integer, nullable=False),  # 0 | 1
    Column("state", String(12), nullable=False),  # active | unconfirmed | disabled
    Column("made_at", TIME, nullable=False),
    Column("made_by", String(60), nullable=False),
    UniqueConstraint("kind", "login"),
    Index(None, "party"),
    Index(None, "state", "made_at"),
    # an ID number that is an officer elsewhere has to be released there first
    Index(
        "ix_account_officer",
        "person",
        unique=True,
        sqlite_where=text("kind = 'staff' AND state = 'active'"),
        postgresql_where=text("kind = 'staff' AND state = 'active'"),
    ),
)

staff_grant = Table(  # what an officer may do: procedures × level × region and all below it
    "staff_grant",
    metadata,
    Column("account_id", ID, ForeignKey("account.account_id"), primary_key=True),
    Column("procedures", String(60), primary_key=True),
    Column("level", String(10), primary_key=True),
    Column("region", String(6), primary_key=True),
)

password = Table(
    "password",
    metadata,
    Column("account_id", ID, ForeignKey("account.account_id"), primary_key=True),
    Column("hash", String(160), nullable=False),  # Argon2id in PHC form
    Column("must_change", Integer, nullable=False),  # 0 | 1
    Column("set_at", TIME, nullable=False),
)

totp = Table(
    "totp",
    metadata,
    Column("account_id", ID, ForeignKey("account.account_id"), primary_key=True),
    Column("secret", Text, nullable=False),  # encrypted with the key of the accounts
    Column("last_step", Integer, nullable=False),  # of the last digits taken: each is taken once
    Column("confirmed_at", TIME),  # None: being set up, and no factor yet
)

passkey = Table(
    "passkey",
    metadata,
    Column("credential_id", String(1400), primary_key=True),  # base64url
    Column("account_id", ID, ForeignKey("account.account_id"), nullable=False),
    Column("public_key", LargeBinary, nullable=False),  # COSE
    Column("sign_count", Integer, nullable=False),
    Column("label", String(60), nullable=False),
    Column("made_at", TIME, nullable=False),
    Column("used_at", TIME),
    Index(None, "account_id"),
)

wechat_binding = Table(  # one openid, one person
    "wechat_binding",
    metadata,
    Column("openid", String(64), primary_key=True),
    Column("account_id", ID, ForeignKey("account.account_id"), nullable=False, unique=True),
    Column("bound_at", TIME, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("session_id", String(64), primary_key=True),  # SHA-256 of the token
    Column("account_id", ID, ForeignKey("account.account_id"), nullable=False),
    Column("factors", JSON, nullable=False),
    Column("made_at", TIME, nullable=False),
    Column("seen_at", TIME, nullable=False),
    Column("ends_at", TIME, nullable=False),
    Column("address", String(45), nullable=False),
    Column("agent", String(200), nullable=False),
    Index(None, "account_id"),
    Index(None, "ends_at"),
)

attempt = Table(  # tries in a row that were not right, the one under way included
    "attempt",
    metadata,
    Column("subject", String(100), primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("locked_until", TIME),
)

rate_hit = Table(  # what was asked for, within the window that is looked at
    "rate_hit",
    metadata,
    Column("hit_id", Integer, primary_key=True, autoincrement=True),
    Column("bucket", String(100), nullable=False),
    Column("at", TIME, nullable=False),
    Index(None, "bucket", "at"),
)

one_time_code = Table(  # of one holder, purpose and subject the newest counts
    "one_time_code",
    metadata,
    Column("holder", String(100), primary_key=True),  # an account, or a hash of where it was sent
    Column("purpose", String(20), primary_key=True),
    Column("subject", String(100), primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("expires_at", TIME, nullable=False),
    Index(None, "expires_at"),
)

challenge = Table(  # a nonce that was handed out, and is used up once
    "challenge",
    metadata,
    Column("challenge_id", String(64), primary_key=True),  # SHA-256 of what the bearer holds
    Column("purpose", String(20), nullable=False),
    Column("account_id", ID),
    Column("facts", JSON, nullable=False),
    Column("expires_at", TIME, nullable=False),
    Index(None, "expires_at"),
)

registration = Table(  # of a 建设单位; made its party when the e-mail address is confirmed
    "registration",
    metadata,
    Column("account_id", ID, ForeignKey("account.account_id"), primary_key=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("expires_at", TIME, nullable=False),
    Column("facts", JSON, nullable=False),
)

account_event = Table(  # what happened to accounts; rows are added and never changed
    "account_event",
    metadata,
    Column("event_id", Integer, primary_key=True, autoincrement=True),
    Column("account_id", ID, nullable=False),
    Column("at", TIME, nullable=False),
    Column("event", String(40), nullable=False),
    Column("by", String(60), nullable=False),
    Column("address", String(45), nullable=False),
    Column("facts", JSON, nullable=False),
    Index(None, "account_id", "at"),
)
