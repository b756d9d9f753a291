"""What becomes of a form that is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from signing_service.storage import documents, outbox
from signing_service.workflows.apply.case import Case
from signing_service.workflows.changes import VoidForm


def void_forms(connection: Connection, cases: Sequence[tuple[VoidForm, Case]], now: datetime) -> None:
    """A form that is void waits for nobody's signature, and what is owed behind it goes on."""
    for _, case in cases:
        documents.void_form_version(connection, case.number, case.before.form_version)
        outbox.hasten(connection, case.number, now)
