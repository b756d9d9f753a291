"""Documents: every file that one ever was, the seals in it, who may sign it elsewhere, and its archive."""

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
    Column("sequence", Integer, nullable=False),  # from 0: a step that is taken again sends a letter of its own
    UniqueConstraint("dossier", "template", "form_version", "sequence"),
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
    Column(
        "reached", String(5)
    ),  # in a stored revision; B-T until the evidence is in the file, then what was asked for
    Column("signature", LargeBinary),  # what the key gave, until a revision with it is stored
    Column("stamp", LargeBinary),  # the time stamp over it
    Index(None, "party", "cert_sha256"),
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
    Index(None, "document_id", "field"),
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
