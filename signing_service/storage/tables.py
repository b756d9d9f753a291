"""Every table, once. Times are UTC ISO 8601 text with microseconds, dates ISO text: they sort as they read, the same
on SQLite and PostgreSQL.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

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
    Index(None, "kind"),
)

party_alias = Table(  # former ID numbers of a person
    "party_alias",
    metadata,
    Column("number", String(18), primary_key=True),
    Column("person", String(18), ForeignKey("party.number"), nullable=False),
    Column("dossier", String(18), nullable=False),  # that moved the person to the present number
    Column("since", TIME, nullable=False),
    Index(None, "person"),
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
    Column("state", String(10), nullable=False, server_default="active"),  # active | suspended | lost | withdrawn
    Index(None, "owner", "kind"),
)

seal_cert = Table(  # the certs and keys that may be used with a seal; none: its own key only
    "seal_cert",
    metadata,
    Column("seal_id", ID, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("permitted", String(80), primary_key=True),  # SHA-256 of a cert, or a key reference
    ForeignKeyConstraint(
        ["seal_id", "version"], ["seal.seal_id", "seal.version"], name="fk_seal_cert_seal_id_version_seal"
    ),
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
    Column("draft", JSON),  # what the author has typed, right or wrong
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

part = Table(  # who plays a part in which dossier: the way from a party to its dossiers
    "part",
    metadata,
    Column("dossier", String(18), ForeignKey("dossier.number"), primary_key=True),
    Column("role", String(30), primary_key=True),
    Column("party", String(18), nullable=False),
    Index(None, "party", "dossier"),
)

todo = Table(  # 我的待办: what a dossier waits for now; made anew by each step
    "todo",
    metadata,
    Column("dossier", String(18), ForeignKey("dossier.number"), primary_key=True),
    Column("role", String(30), primary_key=True),
    Column("party", String(18), nullable=False),
    Column("procedure", String(60), nullable=False),
    Column("region", String(6), nullable=False),
    Column("level", String(10)),  # of the officer; None: a party
    Column("steps", JSON, nullable=False),  # names of the steps that are open to it
    Column("since", TIME, nullable=False),
    Column("due_on", String(10)),
    Index(None, "party", "due_on"),
    Index(None, "level", "region"),
)

timer = Table(  # what becomes due by itself; made anew when a clock starts, stops or is paused
    "timer",
    metadata,
    Column("dossier", String(18), ForeignKey("dossier.number"), primary_key=True),
    Column("deadline", String(30), primary_key=True),
    Column("position", Integer, primary_key=True),  # of its reminders; -1: the deadline itself
    Column("due_at", TIME, nullable=False),
    Column("fired_at", TIME),
    Index(None, "fired_at", "due_at"),
)

employment = Table(  # of a person at most one row has not ended
    "employment",
    metadata,
    Column("employment_id", ID, primary_key=True),
    Column("person", String(18), ForeignKey("party.number"), nullable=False),
    Column("enterprise", String(18), ForeignKey("party.number"), nullable=False),
    Column("post", String(80), nullable=False),
    Column("contract", String(10), nullable=False),
    Column("begins", String(10), nullable=False),
    Column("until", String(10)),
    Column("dossier", String(18)),
    Column("ended_on", String(10)),
    Column("end", String(12)),
    Index(
        "ix_employment_active",
        "person",
        unique=True,
        sqlite_where=text("ended_on IS NULL"),
        postgresql_where=text("ended_on IS NULL"),
    ),
    Index(None, "enterprise"),
)

project_lock = Table(  # 在建锁定
    "project_lock",
    metadata,
    Column("person", String(18), ForeignKey("party.number"), primary_key=True),
    Column("project", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("since", String(10), nullable=False),
    Column("until", String(10)),
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
    Index("ix_effect_state_lease_until", "state", "lease_until"),
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
    Column("sequence", Integer, nullable=False),  # from 0: a step that is taken again sends a letter of its own
    UniqueConstraint("dossier", "template", "form_version", "sequence"),
    Index(None, "number"),
)

listing = Table(  # whom an enterprise counts among its people in an application for a qualification
    "listing",
    metadata,
    Column("dossier", String(18), ForeignKey("dossier.number"), primary_key=True),
    Column("person", String(18), primary_key=True),
    Column("enterprise", String(18), nullable=False),
    Index(None, "person"),
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
    Column("status_index", Integer),  # place in the status lists, drawn by chance; None: its code names none
    Index(None, "holder", "type", "status"),
    Index(None, "document_id"),
    Index(None, "dossier"),
    Index(None, "status_index", unique=True),
    Index(None, "changed_at"),
)

status_list = Table(  # the newest signed list of each number, as it is published
    "status_list",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("token", LargeBinary, nullable=False),
    Column("made_at", TIME, nullable=False),
    Column("expires_at", TIME, nullable=False),
    Column("covers", TIME, nullable=False),  # the last change of a licence when it was made; "" before the first
)

legacy_licence = Table(  # 历史数据库: what the register of before says, linked to a person once
    "legacy_licence",
    metadata,
    Column("legacy_id", String(40), primary_key=True),
    Column("number", String(40), nullable=False),
    Column("id_no", String(18), nullable=False),  # as matched: 15 digits upgraded
    Column("written_id_no", String(18), nullable=False),  # as it was written down
    Column("name", String(120), nullable=False),
    Column("sex", String(4), nullable=False),
    Column("born", String(10)),
    Column("category", String(4), nullable=False),
    Column("employer_uscc", String(18), nullable=False),
    Column("employer_name", String(120), nullable=False),
    Column("authority_name", String(120), nullable=False),
    Column("first_issued_on", String(10), nullable=False),
    Column("valid_from", String(10), nullable=False),
    Column("valid_until", String(10), nullable=False),
    Column("status", String(12), nullable=False),
    Column("business", String(20), nullable=False),  # 业务办理类别
    Column("settled", Boolean, nullable=False),  # archive confirmed, exchange finished
    Column("linked_to", String(18)),  # the person, for ever
    Column("linked_at", TIME),
    Column("contested_by", String(18)),  # a second person it matched; the authority decides
    Index(None, "id_no"),
    Index(None, "number"),
    Index(None, "linked_to"),
)

licence_check = Table(  # C1 to C10 of each licence, as last done
    "licence_check",
    metadata,
    Column("number", String(40), primary_key=True),
    Column("check", String(4), primary_key=True),
    Column("passed", Boolean, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("checked_at", TIME, nullable=False),
)

licence_view = Table(  # the state that the checks lead to
    "licence_view",
    metadata,
    Column("number", String(40), primary_key=True),
    Column("holder", String(18), primary_key=True),  # of a contested record two
    Column("state", String(12), nullable=False),  # normal | new_archive | transfer_in | unusable
    Column("reasons", JSON, nullable=False),
    Column("since", TIME, nullable=False),
    Index(None, "holder"),
)

licence_view_change = Table(  # a change of it, told to the holder
    "licence_view_change",
    metadata,
    Column("number", String(40), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("at", TIME, nullable=False),
    Column("before", String(12)),  # None: first seen
    Column("after", String(12), nullable=False),
    Column("reasons", JSON, nullable=False),
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

# ---- the discipline of keys

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

message = Table(  # what a party was told; codes and links are masked here
    "message",
    metadata,
    Column("message_id", ID, primary_key=True),
    Column("party", String(60), nullable=False),  # number of a party, or an account of an officer
    Column("event", String(30), nullable=False),
    Column("dossier", String(18)),
    Column("once", String(120), unique=True),  # what is told a single time, however often it is asked for
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("at", TIME, nullable=False),
    Column("read_at", TIME),
    Index(None, "party", "at"),
    Index(None, "dossier"),
)

delivery = Table(  # a message on its way by one channel, done by the messenger
    "delivery",
    metadata,
    Column("delivery_id", ID, primary_key=True),  # the reference by which the outside recognises a second attempt
    Column("message", ID, ForeignKey("message.message_id"), nullable=False),
    Column("channel", String(10), nullable=False),  # sms | wechat | mail
    Column("address", String(254), nullable=False),
    Column("facts", JSON),  # in clear until it has left or was given up, then NULL
    Column("state", String(10), nullable=False),  # pending | sending | sent | failed | lapsed
    Column("attempts", Integer, nullable=False),
    Column("due_at", TIME, nullable=False),
    Column("until", TIME),  # nobody wants it any later: a code
    Column("first_at", TIME),  # of the first attempt
    Column("lease_until", TIME),
    Column("lease_token", String(36)),
    Column("sent_at", TIME),
    Column("problem", JSON),  # why it waits or failed: the last problem document
    Index(None, "channel", "state", "due_at"),
    Index(None, "message"),
)

# ---- accounts

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

real_name = Table(  # 实名登记: one row a visit to the window; the newest counts
    "real_name",
    metadata,
    Column("record_id", ID, primary_key=True),
    Column("person", String(18), ForeignKey("party.number"), nullable=False),
    Column("card", JSON, nullable=False),
    Column("portrait_sha256", String(64), nullable=False),
    Column("score", Integer, nullable=False),  # likeness of the live face, 0 to 1000
    Column("consent", String(20), nullable=False),
    Column("clerk", ID, nullable=False),
    Column("region", String(6), nullable=False),
    Column("at", TIME, nullable=False),
    Index(None, "person", "at"),
)

id_view = Table(  # who saw whose full ID number; rows are added and never changed
    "id_view",
    metadata,
    Column("view_id", Integer, primary_key=True, autoincrement=True),
    Column("account_id", ID, nullable=False),
    Column("person", String(18), nullable=False),
    Column("at", TIME, nullable=False),
    Column("why", String(200), nullable=False),
    Index(None, "person", "at"),
    Index(None, "account_id", "at"),
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


# ---- projects

project = Table(
    "project",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("region", String(6), nullable=False),
    Column("developer", String(18), ForeignKey("party.number"), nullable=False),
    Column("leader", String(18), nullable=False),
    Column("early", Integer, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("dossier", String(18)),
    Index(None, "developer"),
    Index(None, "region"),
)

unit_work = Table(
    "unit_work",
    metadata,
    Column("project", String(16), ForeignKey("project.number"), primary_key=True),
    Column("code", String(4), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("facts", JSON, nullable=False),
)

section_code = Table(  # 工程码, as hashes
    "section_code",
    metadata,
    Column("code_id", ID, primary_key=True),
    Column("section", String(40), nullable=False),
    Column("mobile", String(11), nullable=False),
    Column("hash", String(160), nullable=False),
    Column("made_at", TIME, nullable=False),
    Column("expires_at", TIME, nullable=False),
    Column("void_at", TIME),
    Index(None, "section"),
    Index(None, "mobile"),
)

trade = Table(  # what the trading centre is owed, and what came back
    "trade",
    metadata,
    Column("reference", String(24), primary_key=True),
    Column("dossier", String(18), ForeignKey("dossier.number"), nullable=False),
    Column("asked", JSON, nullable=False),
    Column("state", String(12), nullable=False),  # due | sent | call_back | done
    Column("attempts", Integer, nullable=False),
    Column("due_at", TIME, nullable=False),
    Column("problem", JSON),
    Column("answer", JSON),
    Index(None, "dossier"),
    Index(None, "state", "due_at"),
)

national_entry = Table(  # 归集: what a national register has to be told of a licence, in order, and what it answered
    "national_entry",
    metadata,
    Column("entry", Integer, primary_key=True, autoincrement=True),
    Column("reference", String(32), nullable=False, unique=True),
    Column("number", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("before", String(12), nullable=False),
    Column("status", String(12), nullable=False),
    Column("at", TIME, nullable=False),
    Column("state", String(12), nullable=False),  # due | accepted | refused
    Column("attempts", Integer, nullable=False),
    Column("due_at", TIME, nullable=False),
    Column("problem", JSON),  # why it waits
    Column("answer", JSON),  # what the register said
    Column("answered_at", TIME),
    Index(None, "state", "due_at"),
    Index(None, "number", "version"),
)

section = Table(  # 标段: work put out, and who has taken it on
    "section",
    metadata,
    Column("number", String(40), primary_key=True),
    Column("project", String(16), ForeignKey("project.number"), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("name", String(200), nullable=False),
    Column("unit_works", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("contractor", String(18)),
    Column("leader", String(18)),
    Column("facts", JSON, nullable=False),
    Column("dossier", String(18)),
    Index(None, "project"),
    Index(None, "contractor"),
)

permit = Table(  # what became of a construction permit since it was issued; its face is the licence's
    "permit",
    metadata,
    Column("number", String(40), primary_key=True),
    Column("project", String(16), ForeignKey("project.number"), nullable=False),
    Column("unit_works", JSON, nullable=False),  # their codes
    Column("issued_on", String(10), nullable=False),
    Column("start_by", String(10), nullable=False),
    Column("extensions", Integer, nullable=False),
    Column("started_on", String(10)),
    Column("stopped_on", String(10)),
    Column("ended_on", String(10)),
    Index(None, "project"),
    Index(None, "start_by"),
)

# ---- fire

fire_result = Table(  # what became of a project's fire matters; rows are added and never changed
    "fire_result",
    metadata,
    Column("result_id", Integer, primary_key=True, autoincrement=True),
    Column("project", String(16), ForeignKey("project.number"), nullable=False),
    Column("matter", String(12), nullable=False),
    Column("passed", Integer, nullable=False),  # 0 | 1
    Column("at", String(10), nullable=False),  # the day in Shanghai
    Column("dossier", String(18), nullable=False),
    Column("template", String(40), nullable=False),  # of the document that says so
    Column("facts", JSON, nullable=False),
    UniqueConstraint("dossier", "matter"),
    Index(None, "project"),
)

draw = Table(  # a random draw: first its secret's hash, then the closed list, then the secret
    "draw",
    metadata,
    Column("number", String(18), primary_key=True),  # of its dossier
    Column("authority", String(18), ForeignKey("party.number"), nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("secret", String(64), nullable=False),
    Column("promised_at", TIME, nullable=False),
    Column("committed_at", TIME),
    Column("candidates", JSON),  # [[number, category], ...]
    Column("list_hash", String(64)),
    Column("quotas", JSON),  # category -> [percent, carried in]
    Column("drawn_at", TIME),
    Column("record", JSON),
    Index(None, "authority", "promised_at"),
)


# ---- drawings and their review

sheet = Table(  # 图纸: every version of every sheet
    "sheet",
    metadata,
    Column("sheet_id", ID, primary_key=True),
    Column("project", String(16), ForeignKey("project.number"), nullable=False),
    Column("kind", String(12), nullable=False),  # survey | design
    Column("discipline", String(20), nullable=False),
    Column("sheet_no", String(40), nullable=False),
    Column("title", String(120), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("uploaded_at", TIME, nullable=False),
    Column("pdf", String(64)),
    Column("pages", Integer, nullable=False),
    Column("dwg", String(64)),
    Column("dossier", String(18)),
    Column("document_id", ID),
    UniqueConstraint("project", "kind", "discipline", "sheet_no", "version"),
    Index(None, "dossier"),
)

upload = Table(  # a file on its way; gone when it has arrived
    "upload",
    metadata,
    Column("upload_id", ID, primary_key=True),
    Column("owner", String(18), nullable=False),
    Column("project", String(16), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("discipline", String(20), nullable=False),
    Column("sheet_no", String(40), nullable=False),
    Column("title", String(120), nullable=False),
    Column("file", String(4), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("received", Integer, nullable=False),
    Column("begun_at", TIME, nullable=False),
    Index(None, "owner", "project"),
)

upload_part = Table(  # what has arrived of it
    "upload_part",
    metadata,
    Column("upload_id", ID, ForeignKey("upload.upload_id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),  # offset of its first byte
    Column("data", LargeBinary, nullable=False),
)

review = Table(
    "review",
    metadata,
    Column("dossier", String(18), ForeignKey("dossier.number"), primary_key=True),
    Column("project", String(16), ForeignKey("project.number"), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("agency", String(18), nullable=False),
    Column("state", String(12), nullable=False),
    Column("round", Integer, nullable=False),
    Column("sheets", JSON, nullable=False),
    Column("list_sha256", String(64), nullable=False),
    Column("licence_no", String(40)),
    Column("replaces", String(40)),
    Column("facts", JSON, nullable=False),
    Index(None, "project"),
)

reviewer = Table(
    "reviewer",
    metadata,
    Column("dossier", String(18), ForeignKey("review.dossier"), primary_key=True),
    Column("discipline", String(20), primary_key=True),
    Column("expert", String(18), nullable=False),
    Column("name", String(60), nullable=False),
    Column("registration_no", String(40), nullable=False),
    Column("conclusion", String(8)),  # of the round under way
    Index(None, "expert"),
)

opinion = Table(
    "opinion",
    metadata,
    Column("opinion_id", ID, primary_key=True),
    Column("dossier", String(18), ForeignKey("review.dossier"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("discipline", String(20), nullable=False),
    Column("expert", String(18), nullable=False),
    Column("sheet_no", String(40), nullable=False),
    Column("clause", String(120), nullable=False),
    Column("nature", String(12), nullable=False),
    Column("severity", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("replied_in", Integer, nullable=False),
    Column("closed_in", Integer, nullable=False),
    Column("insisted_in", Integer, nullable=False),
    Index(None, "dossier"),
)
