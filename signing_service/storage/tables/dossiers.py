"""Dossiers: where each is, who takes part, what was done, who is waited for, and the work that is owed."""

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
