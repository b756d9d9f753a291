"""Where a project stands on the five steps, and what is missing (domain text, §13).

    项目报建 -> 施工图审查 -> 施工监理发包 -> 施工许可 -> 竣工备案

The gate of each step is what the earlier ones have brought forth, never a flag that somebody set: sections that were
taken on, results that were confirmed, dossiers that were closed. What is missing names the procedure that brings it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.codes import Region
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.fire import FireMatter, FireResult, is_settled, latest
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.permits import Permit
from signing_service.domain.projects import Project, SectionKind, SectionState
from signing_service.domain.staff import Grant
from signing_service.storage import dossiers, fire_results, licences, permits, projects
from signing_service.workflows.lateness import Late, lateness_of


class StepState(StrEnum):
    DONE = "done"
    UNDER_WAY = "under_way"
    """Something of it was begun, something is missing."""
    OPEN = "open"
    """It may be begun now."""
    WAITING = "waiting"
    """An earlier step comes first."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What a step still needs, and the procedure with which it is brought."""

    zh: str
    en: str
    procedure: str
    unit_works: tuple[str, ...] = ()
    """Of which; empty: of the project."""


@dataclass(frozen=True, slots=True)
class Underway:
    """A dossier of the step that is not finished."""

    number: str
    procedure: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class StepView:
    key: str
    zh: str
    en: str
    state: StepState
    missing: tuple[Missing, ...] = ()
    under_way: tuple[Underway, ...] = ()
    done_by: tuple[str, ...] = ()
    """Numbers of the dossiers that it rests on."""
    late: tuple[tuple[str, Late], ...] = ()
    """What was filed after its days, by the number of the dossier."""


@dataclass(frozen=True, slots=True)
class PermitView:
    """A construction permit of the project and what became of it."""

    permit: Permit
    status: LicenceStatus
    late: tuple[tuple[str, Late], ...] = ()
    """Stops that were reported after their month, by the number of the report."""

    @property
    def stands(self) -> bool:
        """Whether the works are, or were, allowed by it: one that lapsed or was replaced does not count."""
        return self.status in (LicenceStatus.IN_FORCE, LicenceStatus.SUSPENDED, LicenceStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class ProjectView:
    project: Project
    steps: tuple[StepView, ...]
    permits: tuple[PermitView, ...] = ()

    @property
    def next_step(self) -> StepView | None:
        """Where something is to be done now; None: the project is finished."""
        return next((step for step in self.steps if step.state is not StepState.DONE), None)

    def to_record(self) -> dict[str, Any]:
        """For the API: no ID numbers."""
        return {
            "project_no": self.project.number,
            "project_name": self.project.name,
            "region": self.project.region,
            "early": self.project.early,
            "permits": [
                {
                    "number": one.permit.number,
                    "status": one.status.value,
                    "issued_on": one.permit.issued_on.isoformat(),
                    "start_by": one.permit.start_by.isoformat(),
                    "started_on": one.permit.started_on.isoformat() if one.permit.started_on else None,
                    "stopped_on": one.permit.stopped_on.isoformat() if one.permit.stopped_on else None,
                    "ended_on": one.permit.ended_on.isoformat() if one.permit.ended_on else None,
                    "late_stops": _recorded(one.late),
                }
                for one in self.permits
            ],
            "steps": [
                {
                    "key": step.key,
                    "title": step.zh,
                    "title_en": step.en,
                    "state": step.state.value,
                    "missing": [
                        {
                            "title": one.zh,
                            "title_en": one.en,
                            "procedure": one.procedure,
                            "unit_works": list(one.unit_works),
                        }
                        for one in step.missing
                    ],
                    "under_way": [
                        {"dossier": one.number, "procedure": one.procedure, "stage": one.stage.value}
                        for one in step.under_way
                    ],
                    "late": _recorded(step.late),
                }
                for step in self.steps
            ],
        }


def _recorded(told: Sequence[tuple[str, Late]]) -> list[dict[str, str]]:
    return [{"dossier": number, "told": late.sentence[0], "told_en": late.sentence[1]} for number, late in told]


@dataclass(frozen=True, slots=True)
class _Step:
    key: str
    zh: str
    en: str
    procedures: tuple[str, ...]
    """Whose dossiers belong to it."""
    outcome: tuple[str, ...] = ()
    """Of these one that is closed is what the step is for."""
    filings: tuple[str, ...] = ()
    """Whose dossiers have to come in within days that are told of here."""


REPORTED = _Step("report", "项目报建", "Registration", ("prj.register", "prj.early", "prj.change"))
REVIEWED = _Step(
    "review", "施工图审查", "Drawing review",
    ("ct.survey", "ct.design", "ct.survey_change", "ct.design_change", "out.survey", "out.design", "rv.survey", "rv.design", "rv.early"),
    ("rv.design", "rv.early"),
)  # fmt: skip
CONTRACTED = _Step(
    "contract", "施工监理发包", "Construction and supervision", ("ct.construction", "ct.supervision", "ct.construction_change", "ct.supervision_change"),
)  # fmt: skip
PERMITTED = _Step(
    "permit", "施工许可", "Construction permit", ("pm.permit", "pm.permit_early"), ("pm.permit", "pm.permit_early")
)  # fmt: skip
FILED = _Step(
    "filing", "竣工备案", "Completion filing", ("fin.filing",), ("fin.filing",), filings=("fs.record", "fin.filing")
)  # fmt: skip
STOP = "pm.suspend"
GONE = (Stage.DRAFT, Stage.WITHDRAWN, Stage.LAPSED)
STEPS = (REPORTED, REVIEWED, CONTRACTED, PERMITTED, FILED)


def of_party(connection: Connection, number: str, party: str) -> ProjectView:
    """For who plays a part in it, or is offered one. Raises Problem NOT_FOUND for everybody else."""
    project = projects.find(connection, number)
    if project is None or party not in {*project.parties.values(), *(one.contractor for one in project.sections)}:
        raise _not_found()
    return _viewed(connection, project)


def of_officer(connection: Connection, number: str, grants: Collection[Grant]) -> ProjectView:
    """For who may act in its county. Raises Problem NOT_FOUND for a project elsewhere: it does not exist to them."""
    project = projects.find(connection, number)
    if project is None or not any(grant.region.covers(Region(project.region)) for grant in grants):
        raise _not_found()
    return _viewed(connection, project)


def _viewed(connection: Connection, project: Project) -> ProjectView:
    found, held = dossiers.on_project(connection, project.number), permits.of_project(connection, project.number)
    now = licences.currents(connection, [one.number for one in held]) if held else {}
    told = [PermitView(one, now[one.number].status, _late_stops(one, found)) for one in held if one.number in now]
    return view_of(project, found, told, fire_results.of_project(connection, project.number))


def _late_stops(permit: Permit, found: Sequence[Dossier]) -> tuple[tuple[str, Late], ...]:
    return _late(one for one in found if one.procedure == STOP and one.facts.get("licence_no") == permit.number)


def _late(found: Iterable[Dossier]) -> tuple[tuple[str, Late], ...]:
    return tuple(
        (one.number, late) for one in found if one.stage not in GONE and (late := lateness_of(one)) is not None
    )


def view_of(
    project: Project,
    found: Sequence[Dossier],
    held: Sequence[PermitView] = (),
    fire: Sequence[FireResult] | None = None,
) -> ProjectView:
    """Pure: the same project, dossiers and permits, the same view. ``fire``: what came of its fire procedures; None:
    not asked.
    """
    views: list[StepView] = []
    for step in STEPS:
        earlier_done = all(view.state is StepState.DONE for view in views)
        missing = tuple(_missing(step, project, found, held, fire))
        views.append(_view(step, found, missing, earlier_done=earlier_done))
    return ProjectView(project, tuple(views), tuple(held))


def _view(step: _Step, found: Sequence[Dossier], missing: tuple[Missing, ...], *, earlier_done: bool) -> StepView:
    own = [one for one in found if one.procedure in step.procedures]
    closed = tuple(one.number for one in own if one.stage is Stage.CLOSED)
    under_way = tuple(
        Underway(one.number, one.procedure, one.stage)
        for one in own
        if not one.stage.is_final and not (one.stage is Stage.DRAFT and one.form_version == 1)
    )
    return StepView(
        step.key, step.zh, step.en, _state(missing, begun=bool(closed or under_way), earlier_done=earlier_done),
        missing, under_way, closed, _late(one for one in found if one.procedure in step.filings),
    )  # fmt: skip


def _state(missing: Collection[Missing], *, begun: bool, earlier_done: bool) -> StepState:
    if not missing:
        return StepState.DONE
    if begun:
        return StepState.UNDER_WAY
    return StepState.OPEN if earlier_done else StepState.WAITING


def _missing(
    step: _Step,
    project: Project,
    found: Sequence[Dossier],
    held: Sequence[PermitView],
    fire: Sequence[FireResult] | None,
) -> Iterator[Missing]:
    if step is REPORTED:
        if not project.unit_works:
            yield Missing("登记单位工程", "Register the unit works", "prj.change")
        return
    if step is REVIEWED:
        yield from _missing_of_review(project)
    if step is CONTRACTED:
        for kind in (SectionKind.CONSTRUCTION, SectionKind.SUPERVISION):
            yield from _not_taken_on(project, kind)
    done = any(one.procedure in step.outcome and one.stage is Stage.CLOSED for one in found)
    if step is FILED and not done and fire is not None and not is_settled(fire):
        # which of the two it is depends on the works; those that passed a design review are accepted
        accepted = latest(fire, FireMatter.DESIGN) is not None
        words = "消防验收合格或者消防验收备案", "Fire acceptance passed, or filed"
        yield Missing(*words, "fs.accept" if accepted else "fs.record")
    procedure = step.outcome[-1] if step.outcome and project.early and step is not FILED else "".join(step.outcome[:1])
    if step is PERMITTED and done and held and not any(one.stands for one in held):
        yield Missing("重新办理施工许可（原施工许可证已失效）", "A new permit: the former has ended", procedure)
    elif step.outcome and not done:
        yield Missing(f"办理{step.zh}", step.en, procedure)


def _missing_of_review(project: Project) -> Iterator[Missing]:
    """Of an early project the review was complete before: it brings its certificate and nothing else (§13.4)."""
    if project.early:
        return
    for kind in (SectionKind.SURVEY, SectionKind.DESIGN):
        yield from _not_taken_on(project, kind)
        open_works = _works(project, kind, taken_on=True) - _works(project, kind, confirmed=True)
        if open_works:
            yield Missing(
                f"{kind.zh}成果登记和确认",
                f"Results of the {kind.value}",
                f"out.{kind.value}",
                tuple(sorted(open_works)),
            )


def _not_taken_on(project: Project, kind: SectionKind) -> Iterator[Missing]:
    left = {work.code for work in project.unit_works} - _works(project, kind, taken_on=True)
    offered = left & {
        work for one in project.sections if one.kind is kind and one.state.is_live for work in one.unit_works
    }
    if offered:
        words = f"等待{kind.zh}单位承接", f"{kind.value.capitalize()}: somebody to take it on"
        yield Missing(*words, "", tuple(sorted(offered)))
    if left - offered:
        words = f"{kind.zh}发包和承接", f"{kind.value.capitalize()} put out and taken on"
        yield Missing(*words, f"ct.{kind.value}", tuple(sorted(left - offered)))


def _works(project: Project, kind: SectionKind, *, taken_on: bool = False, confirmed: bool = False) -> set[str]:
    """Codes of the unit works that a section covers which was taken on, or whose results are confirmed."""
    return {
        work
        for section in project.sections
        if section.kind is kind
        and (
            (taken_on and section.state.is_taken_on) or (confirmed and section.state is SectionState.RESULTS_CONFIRMED)
        )
        for work in section.unit_works
    }


def _not_found() -> Problem:
    return Problem("NOT_FOUND", "未找到该项目，请核对项目编号。", "No such project: check its number.", status=404)
