"""What becomes of projects: numbered, entered, changed, removed (domain text, §10.2, §13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.codes import Region
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.numbers import ProjectNo
from signing_service.domain.projects import Project
from signing_service.storage import documents, dossiers, outbox, projects
from signing_service.storage.numbers import next_number
from signing_service.workflows.apply.case import Case
from signing_service.workflows.changes_of_projects import (
    ChangeProject,
    EnterProject,
    RemoveProject,
    ReserveProjectNo,
    VoidAllForms,
)
from signing_service.workflows.sections import unit_works_of

PER_DAY = 99
"""Numbers that a county can give to one kind of project on one day: the serial has two digits."""


def reserve_project_no(connection: Connection, cases: Sequence[tuple[ReserveProjectNo, Case]], _now: datetime) -> None:
    """Raises Problem NUMBERS_USED_UP when a county has registered too many on one day."""
    for _, case in cases:
        region, kind = Region(case.after.form["region"]), case.after.form["project_category"]
        reserved = case.after.facts.get("project_no", "")
        if reserved and (reserved[:6], reserved[12:14]) == (region, kind):
            continue
        today = case.situation.today
        serial = next_number(connection, f"project/{region}/{today:%y%m%d}/{kind}")
        if serial > PER_DAY:
            raise Problem(
                "NUMBERS_USED_UP",
                f"“{region.name}”今日项目编号已用完，请明日再登记。",
                f"Region {region} has no project number left for today: register it tomorrow.",
                status=409,
            )
        dossiers.note(connection, case.number, {"project_no": ProjectNo.mint(region, today, kind, serial)})


def enter_project(connection: Connection, cases: Sequence[tuple[EnterProject, Case]], _now: datetime) -> None:
    for change, case in cases:
        form = case.before.form
        projects.add(
            connection,
            Project(
                number=case.before.facts["project_no"],
                name=form["project_name"],
                region=form["region"],
                developer=case.before.parties[SignatoryRole.DEVELOPER],
                leader=form["leader_id_no"],
                early=change.early,
                facts=facts_of(form),
                unit_works=unit_works_of(form),
                dossier=case.number,
            ),
        )


def change_project(connection: Connection, cases: Sequence[tuple[ChangeProject, Case]], _now: datetime) -> None:
    for _, case in cases:
        form = case.before.form
        before = _free(connection, form["project_no"])
        projects.put(
            connection,
            Project(
                number=before.number,
                name=form["project_name"],
                region=before.region,
                developer=before.developer,
                leader=form["leader_id_no"],
                early=before.early,
                facts=facts_of(form),
                unit_works=unit_works_of(form),
                dossier=before.dossier,
            ),
        )


def remove_project(connection: Connection, cases: Sequence[tuple[RemoveProject, Case]], _now: datetime) -> None:
    for _, case in cases:
        projects.remove(connection, _free(connection, case.before.form["project_no"]).number)


def void_all_forms(connection: Connection, cases: Sequence[tuple[VoidAllForms, Case]], now: datetime) -> None:
    """A form that is void waits for nobody's signature, and what is owed behind it goes on."""
    for _, case in cases:
        documents.void_forms(connection, case.number)
        outbox.hasten(connection, case.number, now)


def facts_of(form: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in form.items() if key not in ("unit_works", "project_no")}


def _free(connection: Connection, number: str) -> Project:
    """The project, held, with nothing on it. Raises Problem PROJECT_IN_USE."""
    project = projects.find(connection, number, held=True)
    if project is None or any(section.state.is_live for section in project.sections):
        raise in_use()
    return project


def in_use() -> Problem:
    return Problem(
        "PROJECT_IN_USE",
        "该项目已有发包、承接、审查或许可事项，不能修改或删除；请先撤回相关事项。",
        "Work of this project is put out, taken on, reviewed or permitted, so it can be neither changed nor removed: "
        "withdraw that first.",
        status=409,
    )
