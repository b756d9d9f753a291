"""What becomes of a person who is known by another number, or works for another enterprise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from signing_service.domain.employment import EmploymentEnd
from signing_service.domain.seals import SealState
from signing_service.storage import aliases, employments, parties
from signing_service.workflows import matching
from signing_service.workflows.apply.case import Case
from signing_service.workflows.apply.employment import begin_employment
from signing_service.workflows.changes import BeginEmployment, EndEmploymentWith, RekeyPerson, SwitchEmployment


def rekey_person(connection: Connection, cases: Sequence[tuple[RekeyPerson, Case]], now: datetime) -> None:
    for change, case in cases:
        old, new = case.holder, case.before.form[change.field]
        for seal_id in {seal.seal_id for seal in parties.seals(connection, old)}:
            parties.set_seal_state(connection, seal_id, SealState.WITHDRAWN)
        aliases.rekey(connection, old, new, case.number, now)
        matching.recheck(connection, new, now)


def end_employment_with(
    connection: Connection, cases: Sequence[tuple[EndEmploymentWith, Case]], _now: datetime
) -> None:
    for change, case in cases:
        present = employments.active(connection, case.holder)
        if present is not None and present.enterprise == case.before.parties[change.employer]:
            employments.end(connection, case.holder, case.situation.today, change.why)


def switch_employment(connection: Connection, cases: Sequence[tuple[SwitchEmployment, Case]], now: datetime) -> None:
    for change, case in cases:
        present = employments.active(connection, case.holder)
        if present is not None and present.enterprise == case.before.parties[change.employer]:
            continue
        employments.end(connection, case.holder, case.situation.today, EmploymentEnd.CHANGED)
        begin_employment(connection, [(BeginEmployment(change.employer), case)], now)
