"""What becomes of licences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from signing_service.domain.licences import LicenceStatus
from signing_service.storage import licences
from signing_service.workflows.apply.case import Case
from signing_service.workflows.changes import PutLicenceInForce, SetLicenceStatus


def put_in_force(connection: Connection, cases: Sequence[tuple[PutLicenceInForce, Case]], now: datetime) -> None:
    numbers = [case.number for _, case in cases]
    issued = licences.of_dossiers(connection, numbers)
    for number in numbers:
        if number not in issued:
            msg = f"{number} issues a licence that it never made"
            raise LookupError(msg)
    before = licences.currents(connection, [licence.number for licence in issued.values()])
    licences.set_statuses(connection, before.values(), LicenceStatus.SUPERSEDED, now)
    licences.set_statuses(connection, issued.values(), LicenceStatus.IN_FORCE, now)


def set_status(connection: Connection, cases: Sequence[tuple[SetLicenceStatus, Case]], now: datetime) -> None:
    for change, case in cases:
        licences.set_status(connection, case.licence, change.status, now)
