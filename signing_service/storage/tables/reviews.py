"""Drawings and their review: sheets, files on their way, rounds, reviewers and opinions."""

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
)

from signing_service.storage.tables.base import ID, TIME, metadata

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
