"""Every table, once. Times are UTC ISO 8601 text with microseconds, dates ISO text: they sort as they read, the same
on SQLite and PostgreSQL.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text, UniqueConstraint, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(36)
TIME = String(32)

party = Table(
    "party",
    metadata,
    Column("number", String(18), primary_key=True),  # ID number of a person, USCC of an organisation
    Column("kind", String(12), nullable=False),  # person | enterprise | authority | platform
    Column("name", String(120), nullable=False),
    Column("key_ref", String(80)),
    Column("facts", JSON, nullable=False),
)

seal = Table(
    "seal",
    metadata,
    Column("seal_id", ID, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("owner", String(18), ForeignKey("party.number"), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("artwork", JSON, nullable=False),
    Column("key_ref", String(80), nullable=False),
    Column("valid_from", String(10), nullable=False),
    Column("valid_until", String(10), nullable=False),
    Index(None, "owner", "kind"),
)

series = Table(  # gap-free numbers: allocated in the transaction that uses them
    "series",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("last", Integer, nullable=False),
)

dossier = Table(
    "dossier",
    metadata,
    Column("number", String(18), primary_key=True),
    Column("procedure", String(60), nullable=False),
    Column("edition", String(10), nullable=False),
    Column("stage", String(40), nullable=False),
    Column("version", Integer, nullable=False),  # optimistic: a writer names the version it read
    Column("form_version", Integer, nullable=False),
    Column("region", String(6), nullable=False),
    Column("parties", JSON, nullable=False),  # role -> party number
    Column("form", JSON, nullable=False),
    Column("visit", JSON, nullable=False),  # what has been confirmed in this visit to the stage
    Column("facts", JSON, nullable=False),  # what steps and effects established: licence in question, decision ...
    Column("request_key", String(120), unique=True),  # the initiator's idempotency key
    Column("opened_at", TIME, nullable=False),
    Column("changed_at", TIME, nullable=False),
    Index(None, "procedure", "stage", "region"),
)

journal = Table(
    "journal",
    metadata,
    Column("dossier", String(18), ForeignKey("dossier.number"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("at", TIME, nullable=False),
    Column("actor", String(60), nullable=False),
    Column("role", String(30), nullable=False),
    Column("step", String(40), nullable=False),
    Column("from_stage", String(40), nullable=False),
    Column("to_stage", String(40), nullable=False),
    Column("facts", JSON, nullable=False),
)

effect = Table(  # the outbox: work due after a step, done by the worker, in order within a dossier
    "effect",
    metadata,
    Column("effect_id", Integer, primary_key=True, autoincrement=True),
    Column("dossier", String(18), ForeignKey("dossier.number"), nullable=False),
    Column("line", Integer, nullable=False),  # journal line that caused it
    Column("position", Integer, nullable=False),  # order among the effects of that line
    Column("kind", String(40), nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("state", String(10), nullable=False),  # pending | queued | running | done | waiting
    Column("attempts", Integer, nullable=False),
    Column("due_at", TIME, nullable=False),
    Column("lease_until", TIME),
    Column("lease_token", String(36)),
    Column("problem", JSON),  # why it waits: the last problem document
    Column("done_at", TIME),
    UniqueConstraint("dossier", "line", "position"),
    Index(None, "state", "due_at"),
)

document = Table(
    "document",
    metadata,
    Column("document_id", ID, primary_key=True),
    Column("dossier", String(18), ForeignKey("dossier.number"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("template", String(120), nullable=False),
    Column("title", String(200), nullable=False),
    Column("number", String(60), nullable=False),
    Column("form_version", Integer, nullable=False),
    Column("code", String(26), nullable=False, unique=True),  # in the QR: 128 bits, base32
    Column("check_code", String(12), nullable=False, unique=True),  # 查验码, typed
    Column("signed_code", Text),  # digits of the signed code in the QR; None: the QR is an address only
    Column("state", String(10), nullable=False),  # open | complete | archived | void
    Column("facts", JSON, nullable=False),  # what was rendered: the canonical data
    Column("made_at", TIME, nullable=False),
    UniqueConstraint("dossier", "template", "form_version"),
    Index(None, "number"),
)

revision = Table(  # every file that ever was the document, immutable
    "revision",
    metadata,
    Column("document_id", ID, ForeignKey("document.document_id"), primary_key=True),
    Column("revision", Integer, primary_key=True),  # 0 is the signable one
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("field", String(30)),  # the field this revision filled
    Column("made_at", TIME, nullable=False),
    Index(None, "sha256"),
)

sealing = Table(  # intent, stored before a key is used
    "sealing",
    metadata,
    Column("document_id", ID, ForeignKey("document.document_id"), primary_key=True),
    Column("field", String(30), primary_key=True),
    Column("base_sha256", String(64), nullable=False),
    Column("digest", String(128), nullable=False),  # hex, over the byte range, by the digest of the key's algorithm
    Column("key_ref", String(80), nullable=False),
    Column("cert_sha256", String(64), nullable=False),
    Column("seal_id", ID),
    Column("party", String(18), nullable=False),
    Column("claimed_at", TIME, nullable=False),
    Column("level", String(5), nullable=False),  # that was asked for: B-B | B-T | B-LT | B-LTA
    Column("result_sha256", String(64)),
    Column("proven_at", TIME),  # of the time stamp; None at level B-B
    Column("reached", String(5)),  # B-T until the evidence is in the file, then what was asked for
)

licence = Table(  # one row a version; of one number at most one is in_force
    "licence",
    metadata,
    Column("number", String(40), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("type", String(40), nullable=False),
    Column("identifier", String(100), nullable=False, unique=True),
    Column("status", String(12), nullable=False),
    Column("holder", String(18), nullable=False),
    Column("holder_name", String(120), nullable=False),
    Column("employer", String(18)),
    Column("authority", String(18), nullable=False),
    Column("issued_on", String(10), nullable=False),
    Column("valid_from", String(10), nullable=False),
    Column("valid_until", String(10), nullable=False),
    Column("facts", JSON, nullable=False),  # the face: what the licence template draws
    Column("document_id", ID, ForeignKey("document.document_id")),  # None: taken over from the paper register
    Column("dossier", String(18)),
    Column("changed_at", TIME, nullable=False),
    Index(None, "holder", "type", "status"),
    Index(None, "document_id"),
)

archive = Table(  # one row a generation: the file as it was issued, and each renewal of its time stamp
    "archive",
    metadata,
    Column("document_id", ID, ForeignKey("document.document_id"), primary_key=True),
    Column("generation", Integer, primary_key=True),  # 0 is what was issued
    Column("sha256", String(64), nullable=False),
    Column("report_sha256", String(64), nullable=False),
    Column("archived_at", TIME, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("stamp_until", TIME),  # the end of the cert behind the last document time stamp; None without one
    Column("stamp_algorithms", String(80)),  # what that time stamp rests on, names apart by a space
    Index(None, "stamp_until"),
)

invitation = Table(  # a link that lets a party sign in one role of one dossier; its token is nowhere but in the link
    "invitation",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("dossier", String(18), ForeignKey("dossier.number"), nullable=False),
    Column("role", String(30), nullable=False),
    Column("party", String(18), nullable=False),
    Column("made_at", TIME, nullable=False),
    Column("expires_at", TIME, nullable=False),
    Index(None, "dossier"),
)

ticket = Table(  # what a party was given to sign with its own key, and the signature it gave back
    "ticket",
    metadata,
    Column("ticket_id", ID, primary_key=True),
    Column("invitation", String(64), ForeignKey("invitation.token_sha256"), nullable=False),
    Column("document_id", ID, ForeignKey("document.document_id"), nullable=False),
    Column("field", String(30), nullable=False),
    Column("origin", String(200), nullable=False),
    Column("base_sha256", String(64), nullable=False),
    Column("digest", String(128), nullable=False),  # message digest over the byte range, hex
    Column("chain", JSON, nullable=False),  # certs, DER in base64: the signing cert first, without the root
    Column("algorithm", String(40), nullable=False),
    Column("level", String(10), nullable=False),
    Column("seal_id", ID),
    Column("seal_version", Integer),
    Column("claimed_at", TIME, nullable=False),
    Column("expires_at", TIME, nullable=False),
    Column("state", String(10), nullable=False),  # open | signed | used | superseded
    Column("signature", Text),  # base64, from the moment it was given until for ever
    Column("signed_at", TIME),
    # of one field at most one ticket can still become a signature
    Index(
        "ix_ticket_in_play",
        "document_id",
        "field",
        unique=True,
        sqlite_where=text("state IN ('open', 'signed')"),
        postgresql_where=text("state IN ('open', 'signed')"),
    ),
)
