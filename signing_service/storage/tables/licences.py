"""Licences: every version, its standing, what the register of before says, and what national registers are told."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from signing_service.storage.tables.base import ID, TIME, metadata

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
