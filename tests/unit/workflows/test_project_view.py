"""Where a project stands on the five steps, and what it lacks (domain text, §13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.fire import FireMatter, FireResult
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.permits import Permit
from signing_service.domain.projects import Project, Section, SectionKind, SectionState, UnitWork
from signing_service.workflows.project_view import PermitView, ProjectView, StepState, view_of

DEVELOPER = "91360100MA99001679"
PROJECT = Project(
    number="3601022611290101",
    name="匠心家园",
    region="360102",
    developer=DEVELOPER,
    leader="360403197812310034",
    early=False,
    facts={},
    unit_works=(UnitWork("001", "1#住宅楼"), UnitWork("002", "幼儿园")),
)


def section(kind: SectionKind, state: SectionState, *works: str) -> Section:
    number = f"{PROJECT.number}-{kind.letters}-{'-'.join(works)}"
    return Section(number, PROJECT.number, kind, "标段", works, state, "9136010099900011XN", "360102199003070014")


def everything(*kinds: SectionKind, state: SectionState = SectionState.ACCEPTED) -> tuple[Section, ...]:
    return tuple(section(kind, state, "001", "002") for kind in kinds)


def dossier(procedure: str, stage: Stage, form_version: int = 1) -> Dossier:
    return Dossier(
        number=f"TEST20261129{len(procedure):06d}",
        procedure=procedure,
        edition=date(2026, 1, 1),
        stage=stage,
        version=1,
        form_version=form_version,
        region=PROJECT.region,
        parties={},
        form={},
        visit=frozenset(),
        opened_at=datetime(2026, 11, 29, tzinfo=UTC),
    )


def fire_result(matter: FireMatter) -> FireResult:
    return FireResult(PROJECT.number, matter, passed=True, on=date(2026, 11, 29), dossier="TEST20261129000001")


def states(view: ProjectView) -> list[str]:
    return [step.state.value for step in view.steps]


def missing(view: ProjectView) -> list[tuple[str, tuple[str, ...]]]:
    assert view.next_step is not None
    return [(one.procedure, one.unit_works) for one in view.next_step.missing]


SURVEYED_AND_DESIGNED = everything(SectionKind.SURVEY, SectionKind.DESIGN, state=SectionState.RESULTS_CONFIRMED)


def test_a_project_just_registered_may_go_to_review_and_nowhere_else() -> None:
    view = view_of(PROJECT, [])
    assert states(view) == ["done", "open", "waiting", "waiting", "waiting"]
    both = ("001", "002")
    assert missing(view) == [("ct.survey", both), ("ct.design", both), ("rv.design", ())]


def test_a_project_without_unit_works_is_not_registered_wholly() -> None:
    view = view_of(replace(PROJECT, unit_works=()), [])
    assert missing(view) == [("prj.change", ())]


def test_unit_works_that_nobody_has_taken_on_and_results_that_are_not_confirmed_are_named() -> None:
    sections = (
        section(SectionKind.SURVEY, SectionState.RESULTS_CONFIRMED, "001"),
        section(SectionKind.SURVEY, SectionState.PUBLISHED, "002"),
        section(SectionKind.DESIGN, SectionState.RESULTS_REGISTERED, "001", "002"),
    )
    view = view_of(replace(PROJECT, sections=sections), [dossier("ct.survey", Stage.CLOSED)])
    assert states(view)[1] == "under_way"
    assert missing(view) == [("", ("002",)), ("out.design", ("001", "002")), ("rv.design", ())]


def test_a_missing_party_is_named_with_the_procedure_that_brings_it() -> None:
    sections = (*SURVEYED_AND_DESIGNED, *everything(SectionKind.CONSTRUCTION))
    view = view_of(replace(PROJECT, sections=sections), [dossier("rv.design", Stage.CLOSED)])
    assert states(view) == ["done", "done", "open", "waiting", "waiting"]
    assert missing(view) == [("ct.supervision", ("001", "002"))]


def test_a_project_is_finished_when_its_completion_is_filed() -> None:
    sections = (*SURVEYED_AND_DESIGNED, *everything(SectionKind.CONSTRUCTION, SectionKind.SUPERVISION))
    closed = [dossier(key, Stage.CLOSED) for key in ("rv.design", "pm.permit", "fin.filing")]
    ready = replace(PROJECT, sections=sections)
    assert missing(view_of(ready, closed[:1])) == [("pm.permit", ())]
    assert missing(view_of(ready, closed[:2])) == [("fin.filing", ())]
    finished = view_of(ready, closed)
    assert states(finished) == [StepState.DONE] * 5
    assert finished.next_step is None


def test_completion_is_not_filed_before_fire_is_settled_and_the_way_to_it_is_named() -> None:
    sections = (*SURVEYED_AND_DESIGNED, *everything(SectionKind.CONSTRUCTION, SectionKind.SUPERVISION))
    ready, closed = (
        replace(PROJECT, sections=sections),
        [dossier(key, Stage.CLOSED) for key in ("rv.design", "pm.permit")],
    )
    assert missing(view_of(ready, closed, (), [])) == [("fs.record", ()), ("fin.filing", ())]
    reviewed, filed = fire_result(FireMatter.DESIGN), fire_result(FireMatter.FILING)
    assert missing(view_of(ready, closed, (), [reviewed])) == [("fs.accept", ()), ("fin.filing", ())]
    assert missing(view_of(ready, closed, (), [filed])) == [("fin.filing", ())]


def test_what_was_withdrawn_or_never_sent_is_not_under_way() -> None:
    found = [dossier("ct.survey", Stage.WITHDRAWN), dossier("ct.design", Stage.DRAFT)]
    assert states(view_of(PROJECT, found))[1] == "open"
    sent_back = view_of(PROJECT, [dossier("ct.design", Stage.DRAFT, form_version=2)])
    assert states(sent_back)[1] == "under_way"
    assert [one.procedure for one in sent_back.steps[1].under_way] == ["ct.design"]


def test_an_early_project_brings_its_certificate_instead_of_survey_and_design() -> None:
    early = replace(PROJECT, early=True)
    assert missing(view_of(early, [])) == [("rv.early", ())]
    contracted = replace(early, sections=everything(SectionKind.CONSTRUCTION, SectionKind.SUPERVISION))
    assert missing(view_of(contracted, [dossier("rv.early", Stage.CLOSED)])) == [("pm.permit_early", ())]


def test_what_machines_are_told_holds_no_id_number() -> None:
    sections = (*SURVEYED_AND_DESIGNED, *everything(SectionKind.CONSTRUCTION))
    told = str(view_of(replace(PROJECT, sections=sections), []).to_record())
    assert PROJECT.number in told
    assert PROJECT.leader not in told
    assert "360102199003070014" not in told


def test_a_permit_that_lapsed_is_no_permit_and_one_that_was_completed_still_is() -> None:
    found = [dossier("rv.design", Stage.CLOSED), dossier("pm.permit", Stage.CLOSED)]
    project = replace(
        PROJECT,
        sections=(*SURVEYED_AND_DESIGNED, *everything(SectionKind.CONSTRUCTION, SectionKind.SUPERVISION)),
    )
    permit = Permit("360102202603010101", PROJECT.number, ("001", "002"), date(2026, 3, 1), date(2026, 6, 1))
    for status in (LicenceStatus.IN_FORCE, LicenceStatus.COMPLETED):
        assert states(view_of(project, found, held=[PermitView(permit, status)]))[3] == "done"
    for status in (LicenceStatus.EXPIRED, LicenceStatus.CANCELLED):
        view = view_of(project, found, held=[PermitView(permit, status)])
        assert states(view)[3] == "under_way"
        assert missing(view) == [("pm.permit", ())]
