"""What a fire procedure established of its project."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.fire import FireMatter, FireResult, design_digest
from signing_service.storage import fire_results
from signing_service.workflows.apply.case import Case
from signing_service.workflows.changes_of_fire import RecordFireResult
from signing_service.workflows.lateness import lateness_of


def record_fire_result(connection: Connection, cases: Sequence[tuple[RecordFireResult, Case]], _now: datetime) -> None:
    for change, case in cases:
        result = FireResult(
            project=case.before.facts["project_no"],
            matter=change.matter,
            passed=change.passed,
            on=case.situation.today,
            dossier=case.number,
            facts=_facts(change.matter, case),
        )
        fire_results.add(connection, result, change.template)


def _facts(matter: FireMatter, case: Case) -> dict[str, Any]:
    form = case.before.form
    match matter:
        case FireMatter.DESIGN:
            return {"design": design_digest(form)}
        case FireMatter.FILING:
            return {"late": lateness_of(case.before) is not None}
        case FireMatter.RECHECK:
            return {"of": form["check_no"]}
    return {}
