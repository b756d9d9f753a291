"""What parties were told, and by which channel it is on its way."""

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
)

from signing_service.storage.tables.base import ID, TIME, metadata

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
