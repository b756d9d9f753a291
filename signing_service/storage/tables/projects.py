"""Projects: their unit works and sections, what the trading centre is owed, and their permits."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
)

from signing_service.storage.tables.base import ID, TIME, metadata

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
