"""What becomes of enterprises: they are taken in, and what the register knows of them changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from signing_service.domain.codes import Region
from signing_service.domain.parties import Organisation
from signing_service.storage import parties
from signing_service.workflows.apply.case import Case
from signing_service.workflows.changes import TakeIn


def take_in(connection: Connection, cases: Sequence[tuple[TakeIn, Case]], _now: datetime) -> None:
    """What is known besides stays; the region of the form, if it names one, is where the enterprise belongs."""
    for change, case in cases:
        form, enterprise = case.before.form, parties.load(connection, case.before.parties[change.role])
        if not isinstance(enterprise, Organisation):
            msg = f"{case.number}: {change.role} is no enterprise"
            raise TypeError(msg)
        said = {key: form[key] for key in change.fields if form.get(key)}
        region = Region(form["region"]) if form.get("region") else enterprise.region
        facts = {**enterprise.facts, **said, "onboarded": True}
        parties.put(connection, replace(enterprise, region=region, facts=facts))
