"""Fire matters of projects, and the random draws for checks."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from signing_service.storage.tables.base import TIME, metadata

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
