"""Every table, once, in a module a subject; ``tables.dossier`` names each. All belong to one ``metadata``.

A new table is written in the module of its subject, and named here; its migration is made by ``alembic revision
--autogenerate``.
"""

from __future__ import annotations

from signing_service.storage.tables.accounts import (
    account,
    account_event,
    attempt,
    challenge,
    one_time_code,
    passkey,
    password,
    rate_hit,
    registration,
    session,
    staff_grant,
    totp,
    wechat_binding,
)
from signing_service.storage.tables.base import metadata
from signing_service.storage.tables.documents import archive, document, invitation, revision, sealing, ticket
from signing_service.storage.tables.dossiers import dossier, effect, journal, part, series, timer, todo
from signing_service.storage.tables.fire import draw, fire_result
from signing_service.storage.tables.licences import (
    legacy_licence,
    licence,
    licence_check,
    licence_view,
    licence_view_change,
    national_entry,
    status_list,
)
from signing_service.storage.tables.messages import delivery, message
from signing_service.storage.tables.people import (
    employment,
    id_view,
    listing,
    party,
    party_alias,
    project_lock,
    real_name,
    seal,
    seal_cert,
)
from signing_service.storage.tables.projects import permit, project, section, section_code, trade, unit_work
from signing_service.storage.tables.reviews import opinion, review, reviewer, sheet, upload, upload_part
from signing_service.storage.tables.use_of_keys import (
    key_alarm,
    key_policy,
    key_release,
    next_key,
    pin_state,
    seal_ledger,
    seal_ledger_head,
)

__all__ = [
    "account",
    "account_event",
    "archive",
    "attempt",
    "challenge",
    "delivery",
    "document",
    "dossier",
    "draw",
    "effect",
    "employment",
    "fire_result",
    "id_view",
    "invitation",
    "journal",
    "key_alarm",
    "key_policy",
    "key_release",
    "legacy_licence",
    "licence",
    "licence_check",
    "licence_view",
    "licence_view_change",
    "listing",
    "message",
    "metadata",
    "national_entry",
    "next_key",
    "one_time_code",
    "opinion",
    "part",
    "party",
    "party_alias",
    "passkey",
    "password",
    "permit",
    "pin_state",
    "project",
    "project_lock",
    "rate_hit",
    "real_name",
    "registration",
    "review",
    "reviewer",
    "revision",
    "seal",
    "seal_cert",
    "seal_ledger",
    "seal_ledger_head",
    "sealing",
    "section",
    "section_code",
    "series",
    "session",
    "sheet",
    "staff_grant",
    "status_list",
    "ticket",
    "timer",
    "todo",
    "totp",
    "trade",
    "unit_work",
    "upload",
    "upload_part",
    "wechat_binding",
]  # fmt: skip
