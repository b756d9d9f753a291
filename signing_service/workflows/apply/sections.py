"""What becomes of sections: numbered, put out, taken on, taken back (domain text, §12, §17.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from signing_service.domain.employment import ProjectLock
from signing_service.domain.numbers import ProjectNo
from signing_service.domain.projects import Project, Section, SectionKind, SectionState
from signing_service.storage import dossiers, employments, projects
from signing_service.storage.numbers import next_number
from signing_service.workflows import section_codes, tenders
from signing_service.workflows.apply.case import Case
from signing_service.workflows.changes_of_projects import (
    AskTradingCentre,
    CallBackFromTradingCentre,
    ChangeSection,
    LockLeader,
    PutSectionOut,
    ReserveSectionNo,
    SendSectionCode,
    SetSectionState,
    TakeSectionOn,
    VoidSectionCode,
)
from signing_service.workflows.checks_of_sections import unit_work_taken
from signing_service.workflows.sections import AGREED_ANEW, TAKEN_ON, TERMS, taken_on, works_of


def reserve_section_no(connection: Connection, cases: Sequence[tuple[ReserveSectionNo, Case]], _now: datetime) -> None:
    for change, case in cases:
        _section_no(connection, case, change.kind)


def put_section_out(connection: Connection, cases: Sequence[tuple[PutSectionOut, Case]], _now: datetime) -> None:
    """Raises Problem UNIT_WORK_TAKEN: of two dossiers that put out the same work at once, one is told."""
    for change, case in cases:
        form, number = case.after.form, _section_no(connection, case, change.kind)
        project = _project(connection, form["project_no"])
        if other := project.live(change.kind, works_of(form), but=number):
            raise unit_work_taken(other)
        projects.put_section(
            connection,
            Section(
                number=number,
                project=project.number,
                kind=change.kind,
                name=form["section_name"],
                unit_works=works_of(form),
                state=change.state,
                contractor=case.after.parties.get(change.kind.contractor),
                facts={key: value for key, value in form.items() if key not in ("project_no", "unit_works")},
                dossier=case.number,
            ),
        )


def set_section_state(connection: Connection, cases: Sequence[tuple[SetSectionState, Case]], _now: datetime) -> None:
    for change, case in cases:
        section = section_in_question(connection, case)
        if section is not None:
            projects.put_section(connection, replace(section, state=change.state))


def take_section_on(connection: Connection, cases: Sequence[tuple[TakeSectionOn, Case]], _now: datetime) -> None:
    for change, case in cases:
        section = _own_section(connection, case)
        given = taken_on(case.before)
        projects.put_section(
            connection,
            replace(
                section,
                contractor=case.before.parties[change.kind.contractor],
                leader=given["leader_id_no"],
                state=section.state.ACCEPTED,
                facts={**section.facts, TAKEN_ON: given, "taken_on": case.situation.today.isoformat()},
            ),
        )


def change_section(connection: Connection, cases: Sequence[tuple[ChangeSection, Case]], _now: datetime) -> None:
    """Raises LookupError for a section that is gone; the form was checked when the contractor sealed it."""
    for change, case in cases:
        form, section = case.before.form, section_in_question(connection, case)
        if section is None:
            msg = f"{case.number}: its section is gone"
            raise LookupError(msg)
        after = _agreed_anew(section, case) if form["change"] == AGREED_ANEW else _ended(section)
        projects.put_section(connection, after)
        if change.kind is SectionKind.CONSTRUCTION:
            _hold_leader(connection, section, after, case)


def _agreed_anew(section: Section, case: Case) -> Section:
    form = case.before.form
    given = {**section.facts.get(TAKEN_ON, {}), **{key: form[key] for key in TERMS if key in form}}
    facts = {**section.facts, TAKEN_ON: given, "changed": [*section.facts.get("changed", ()), case.number]}
    return replace(section, leader=form["leader_id_no"], facts=facts)


def _ended(section: Section) -> Section:
    return replace(section, state=SectionState.WITHDRAWN)


def _hold_leader(connection: Connection, before: Section, after: Section, case: Case) -> None:
    """Whoever leads another section of the project stays held."""
    project = _project(connection, after.project)
    leading = {one.leader for one in project.sections if one.kind is SectionKind.CONSTRUCTION and one.state.is_taken_on}
    if before.leader and before.leader not in leading:
        employments.free(connection, before.leader, project.number, case.situation.today)
    if after.state.is_taken_on and after.leader:
        held = {lock.project for lock in employments.locks_of(connection, after.leader)}
        if project.number not in held:
            one = ProjectLock(after.leader, project.number, project.name, case.situation.today)
            employments.lock(connection, one)


def lock_leader(connection: Connection, cases: Sequence[tuple[LockLeader, Case]], _now: datetime) -> None:
    for _, case in cases:
        section = _own_section(connection, case)
        person, name = taken_on(case.before)["leader_id_no"], case.before.facts["project_name"]
        held = {lock.project for lock in employments.locks_of(connection, person)}
        if section.project not in held:
            employments.lock(connection, ProjectLock(person, section.project, name, case.situation.today))


def send_section_code(connection: Connection, cases: Sequence[tuple[SendSectionCode, Case]], now: datetime) -> None:
    for change, case in cases:
        section, form = _own_section(connection, case), case.before.form
        section_codes.issue(
            connection,
            section,
            mobile=form["contractor_leader_mobile"],
            contractor=case.before.parties[change.kind.contractor],
            project_name=case.before.facts["project_name"],
            now=now,
        )


def void_section_code(connection: Connection, cases: Sequence[tuple[VoidSectionCode, Case]], now: datetime) -> None:
    for _, case in cases:
        if section := projects.section_of_dossier(connection, case.number):
            section_codes.void(connection, section.number, now)


def ask_trading_centre(connection: Connection, cases: Sequence[tuple[AskTradingCentre, Case]], now: datetime) -> None:
    for _, case in cases:
        section = _own_section(connection, case)
        project = _project(connection, section.project)
        tenders.ask(connection, case.before, project, section, now)


def call_back_from_trading_centre(
    connection: Connection, cases: Sequence[tuple[CallBackFromTradingCentre, Case]], now: datetime
) -> None:
    for _, case in cases:
        tenders.call_back(connection, case.number, now)


def section_in_question(connection: Connection, case: Case) -> Section | None:
    """That which the form names, else that which the dossier put out."""
    if number := case.before.form.get("section_no"):
        return projects.section(connection, number)
    return projects.section_of_dossier(connection, case.number)


def _section_no(connection: Connection, case: Case, kind: SectionKind) -> str:
    """The number the dossier has, or the next of the project; a form that names another project needs another."""
    project = case.after.form["project_no"]
    reserved: str = dossiers.load(connection, case.number).facts.get("section_no", "")
    if reserved.startswith(f"{project}-"):
        return reserved
    serial = next_number(connection, f"section/{project}/{kind.letters}")
    number = f"{ProjectNo(project)}-{kind.letters}-{serial:03d}"
    dossiers.note(connection, case.number, {"section_no": number})
    return number


def _project(connection: Connection, number: str) -> Project:
    project = projects.find(connection, number, held=True)
    if project is None:
        msg = f"the project {number} is gone"
        raise LookupError(msg)
    return project


def _own_section(connection: Connection, case: Case) -> Section:
    section = projects.section_of_dossier(connection, case.number)
    if section is None:
        msg = f"{case.number}: its section is gone"
        raise LookupError(msg)
    return section
