"""The discipline of keys: policies, releases, the ledger of every seal, PINs and alarms."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from signing_service.storage.tables.base import ID, TIME, metadata

key_policy = Table(  # one row a version, so that it is known what held when; the newest counts
    "key_policy",
    metadata,
    Column("key_ref", String(80), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("policy", JSON, nullable=False),
    Column("changed_at", TIME, nullable=False),
    Column("changed_by", String(60), nullable=False),
)

next_key = Table(  # the key that takes over from a party's present one
    "next_key",
    metadata,
    Column("party", String(18), ForeignKey("party.number"), primary_key=True),
    Column("key_ref", String(80), nullable=False),
    Column("from_day", String(10)),  # None: when the present cert has few days left
    Column("days_left", Integer, nullable=False),
    Column("asked_at", TIME, nullable=False),
)

key_release = Table(  # one use of a key that officers have to release; bound to the revision they saw
    "key_release",
    metadata,
    Column("release_id", ID, primary_key=True),
    Column("document_id", ID, ForeignKey("document.document_id"), nullable=False),
    Column("field", String(30), nullable=False),
    Column("base_sha256", String(64), nullable=False),  # of the revision that is shown
    Column("round", Integer, nullable=False),  # a release that has run out is asked for again
    Column("dossier", String(18), nullable=False),
    Column("key_ref", String(80), nullable=False),
    Column("party", String(18), nullable=False),
    Column("stepped_by", String(60), nullable=False),  # may not release what follows from the own step
    Column("officers", JSON, nullable=False),  # who may release; empty: anybody else
    Column("first_officer", String(60)),
    Column("second_officer", String(60)),
    Column("state", String(10), nullable=False),  # asked | released | refused | used
    Column("reason", Text, nullable=False),
    Column("asked_at", TIME, nullable=False),
    Column("expires_at", TIME, nullable=False),
    Column("decided_at", TIME),
    UniqueConstraint("document_id", "field", "base_sha256", "round"),
    Index(None, "state", "expires_at"),
)

seal_ledger = Table(  # 用印台账: rows are added and never changed; triggers refuse the rest
    "seal_ledger",
    metadata,
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("previous", String(64), nullable=False),  # SHA-256 of the canonical form of the line before
    Column("at", TIME, nullable=False),
    Column("outcome", String(12), nullable=False),  # intended | done | refused | superseded
    Column("use_id", ID, nullable=False),  # one a signature field of a document
    Column("key_ref", String(80), nullable=False),
    Column("cert_sha256", String(64), nullable=False),
    Column("party", String(18), nullable=False),
    Column("actor", String(60), nullable=False),
    Column("dossier", String(18), nullable=False),
    Column("step", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("document_id", ID, nullable=False),
    Column("template", String(120), nullable=False),
    Column("number", String(60), nullable=False),
    Column("title", String(200), nullable=False),
    Column("field", String(30), nullable=False),
    Column("seal_id", ID),
    Column("seal_version", Integer),
    Column("digest", String(128), nullable=False),  # over the byte range that the signature covers
    Column("base_sha256", String(64), nullable=False),  # the revision that was shown
    Column("page", Integer, nullable=False),  # from 0, the one that carries the seal
    Column("result_sha256", String(64)),  # the sealed revision
    Column("officers", JSON, nullable=False),  # who released it
    Column("problem", String(40), nullable=False),  # why it was refused
    Index(None, "key_ref", "at"),
    Index(None, "use_id"),
    Index(None, "dossier"),
)

seal_ledger_head = Table(  # the last line and its hash: a line cut off the end is missed
    "seal_ledger_head",
    metadata,
    Column("chain", String(20), primary_key=True),
    Column("line", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
)

pin_state = Table(
    "pin_state",
    metadata,
    Column("key_ref", String(80), primary_key=True),
    Column("hash", String(160), nullable=False),  # Argon2id in PHC form
    Column("tries", Integer, nullable=False),  # since the last right one, the one under way included
    Column("locked_until", TIME),
    Column("set_at", TIME, nullable=False),
)

key_alarm = Table(  # an alarm that was raised: once a threshold, daily near the end
    "key_alarm",
    metadata,
    Column("subject", String(160), primary_key=True),  # kind, name and what tells a renewed cert from the old
    Column("threshold", Integer, primary_key=True),
    Column("raised_on", String(10), nullable=False),
)
