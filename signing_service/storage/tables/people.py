"""People, organisations and offices, whom they employ, and the seals they sign with."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    text,
)

from signing_service.storage.tables.base import ID, TIME, metadata

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

listing = Table(  # whom an enterprise counts among its people in an application for a qualification
    "listing",
    metadata,
    Column("dossier", String(18), ForeignKey("dossier.number"), primary_key=True),
    Column("person", String(18), primary_key=True),
    Column("enterprise", String(18), nullable=False),
    Index(None, "person"),
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
