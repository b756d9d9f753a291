"""What becomes of enterprises and their licences with a qualification (domain text, §11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from signing_service.domain.licences import LicenceStatus
from signing_service.domain.parties import Organisation
from signing_service.storage import licences, listings, parties
from signing_service.workflows.apply.case import Case
from signing_service.workflows.apply.keys_and_seals import take_seals_away
from signing_service.workflows.changes import CancelOvertaken, ListStaff, RecordChange, TakeSealsAway
from signing_service.workflows.checks_of_qualifications import CHANGEABLE
from signing_service.workflows.looking_up import StoredRegister
from signing_service.workflows.qualifying import EMPLOYER, held_by, listed, overtaken


def list_staff(connection: Connection, cases: Sequence[tuple[ListStaff, Case]], _now: datetime) -> None:
    for _, case in cases:
        people = [one.id_no for one in listed(case.before)]
        listings.put(connection, case.number, case.before.parties[EMPLOYER], people)


def record_change(connection: Connection, cases: Sequence[tuple[RecordChange, Case]], now: datetime) -> None:
    for change, case in cases:
        form, enterprise = case.before.form, parties.load(connection, case.before.parties[change.role])
        if not isinstance(enterprise, Organisation):
            msg = f"{case.number}: {change.role} is no enterprise"
            raise TypeError(msg)
        said = {key: form[f"new_{key}"] for key in CHANGEABLE if form.get(f"new_{key}")}
        name = form.get("new_name") or enterprise.name
        parties.put(connection, replace(enterprise, name=name, facts={**enterprise.facts, **said}))
        if name != enterprise.name:
            take_seals_away(connection, [(TakeSealsAway(change.role), case)], now)


def cancel_overtaken(connection: Connection, cases: Sequence[tuple[CancelOvertaken, Case]], now: datetime) -> None:
    for change, case in cases:
        held = held_by(StoredRegister(connection), case.before.parties[change.role], case.situation.today)
        for licence in held:
            if overtaken(licence, held):
                licences.set_status(connection, licence, LicenceStatus.CANCELLED, now)
