"""What becomes of construction permits and of who leads their works (domain text, §13.2, §13.3, §9.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.employment import ProjectLock
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.permits import Permit, start_by
from signing_service.domain.projects import Section, SectionState
from signing_service.storage import employments, licences, permits, projects
from signing_service.storage.numbers import next_number
from signing_service.workflows.apply.case import Case
from signing_service.workflows.changes_of_permits import (
    EndPermit,
    EnterEarlySections,
    EnterPermit,
    ExtendStart,
    RecordResumption,
    RecordStart,
    RecordStop,
    ReleaseLeaders,
    ReplaceFormerPermit,
)
from signing_service.workflows.five_parties import CONTRACTORS, Responsible, given_of
from signing_service.workflows.sections import TAKEN_ON, works_of

EARLY = CONTRACTORS[2:]
"""Whom the form of an early project names: builder and supervisor."""


def enter_permit(connection: Connection, cases: Sequence[tuple[EnterPermit, Case]], _now: datetime) -> None:
    for _, case in cases:
        licence = licences.of_dossier(connection, case.number)
        if licence is None:
            msg = f"{case.number} enters a permit that it never made"
            raise LookupError(msg)
        permits.add(
            connection,
            Permit(
                number=licence.number,
                project=case.before.facts["project_no"],
                unit_works=works_of(case.before.form),
                issued_on=licence.issued_on,
                start_by=start_by(licence.issued_on),
            ),
        )


def replace_former_permit(
    connection: Connection, cases: Sequence[tuple[ReplaceFormerPermit, Case]], now: datetime
) -> None:
    for _, case in cases:
        number, new = case.before.form.get("former_permit_no", ""), licences.of_dossier(connection, case.number)
        licence = licences.current(connection, number) if number else None
        if licence is not None and new is not None:
            licences.set_status(connection, licence, LicenceStatus.CANCELLED, now)
            licences.note_replaced(connection, licence, new.number)
            permits.put(connection, replace(_permit(connection, number), ended_on=case.situation.today))


def extend_start(connection: Connection, cases: Sequence[tuple[ExtendStart, Case]], _now: datetime) -> None:
    for _, case in cases:
        permit = _in_question(connection, case)
        later = permit.extended_until(case.before.form["months"])
        permits.put(connection, replace(permit, start_by=later, extensions=permit.extensions + 1))


def record_start(connection: Connection, cases: Sequence[tuple[RecordStart, Case]], _now: datetime) -> None:
    for _, case in cases:
        permit = _in_question(connection, case)
        permits.put(connection, replace(permit, started_on=date.fromisoformat(case.after.form["started_on"])))


def record_stop(connection: Connection, cases: Sequence[tuple[RecordStop, Case]], _now: datetime) -> None:
    for _, case in cases:
        permit = _in_question(connection, case)
        permits.put(connection, replace(permit, stopped_on=date.fromisoformat(case.before.form["stopped_on"])))


def record_resumption(connection: Connection, cases: Sequence[tuple[RecordResumption, Case]], _now: datetime) -> None:
    for _, case in cases:
        permits.put(connection, replace(_in_question(connection, case), stopped_on=None))


def end_permit(connection: Connection, cases: Sequence[tuple[EndPermit, Case]], now: datetime) -> None:
    for change, case in cases:
        licences.set_status(connection, case.licence, change.status, now)
        permits.put(connection, replace(_in_question(connection, case), ended_on=case.situation.today))


def enter_early_sections(
    connection: Connection, cases: Sequence[tuple[EnterEarlySections, Case]], _now: datetime
) -> None:
    for _, case in cases:
        for one in EARLY:
            projects.put_section(connection, _early_section(connection, one, case))
        person, facts = case.before.parties[SignatoryRole.BUILDER_LEADER], case.before.facts
        if facts["project_no"] not in {one.project for one in employments.locks_of(connection, person)}:
            today = case.situation.today
            employments.lock(connection, ProjectLock(person, facts["project_no"], facts["project_name"], today))


def release_leaders(connection: Connection, cases: Sequence[tuple[ReleaseLeaders, Case]], _now: datetime) -> None:
    for _, case in cases:
        project = case.before.facts["project_no"]
        if not any(permit.is_live for permit in permits.of_project(connection, project)):
            employments.unlock(connection, project, case.situation.today)


def _early_section(connection: Connection, one: Responsible, case: Case) -> Section:
    """As taking it on would have left it."""
    kind, before, project = one.kind, case.before, case.before.facts["project_no"]
    if kind is None:
        msg = "the developer takes nothing on"
        raise ValueError(msg)
    serial = next_number(connection, f"section/{project}/{kind.letters}")
    given = given_of(one, before, case.situation)
    return Section(
        number=f"{project}-{kind.letters}-{serial:03d}",
        project=project,
        kind=kind,
        name=f"{before.facts['project_name']}{kind.zh}",
        unit_works=works_of(before.form),
        state=SectionState.ACCEPTED,
        contractor=before.parties[one.unit],
        leader=before.parties[one.leader],
        facts={"early": True, TAKEN_ON: given, "taken_on": case.situation.today.isoformat()},
        dossier=case.number,
    )


def _in_question(connection: Connection, case: Case) -> Permit:
    return _permit(connection, case.licence.number)


def _permit(connection: Connection, number: str) -> Permit:
    permit = permits.find(connection, number)
    if permit is None:
        msg = f"the permit {number} was never entered"
        raise LookupError(msg)
    return permit
