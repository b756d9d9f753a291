"""聘用关系 begins and ends (domain text, §9.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from signing_service.domain.employment import ContractKind, Employment
from signing_service.storage import employments
from signing_service.workflows.apply.case import Case
from signing_service.workflows.changes import BeginEmployment, EndEmployment
from signing_service.workflows.checks_of_employment import already_bound


def begin_employment(connection: Connection, cases: Sequence[tuple[BeginEmployment, Case]], _now: datetime) -> None:
    """Raises Problem EMP_ALREADY_BOUND."""
    for change, case in cases:
        form = case.before.form
        until = form.get("contract_until")
        try:
            employments.start(
                connection,
                Employment(
                    person=case.holder,
                    enterprise=case.before.parties[change.employer],
                    post=form.get("post", ""),
                    contract=ContractKind(form.get("contract_kind", ContractKind.FIXED)),
                    begins=date.fromisoformat(form.get("contract_from", case.situation.today.isoformat())),
                    until=date.fromisoformat(until) if until else None,
                    dossier=case.number,
                ),
            )
        except IntegrityError:
            raise already_bound() from None


def end_employment(connection: Connection, cases: Sequence[tuple[EndEmployment, Case]], _now: datetime) -> None:
    for change, case in cases:
        employments.end(connection, case.holder, case.situation.today, change.why)
