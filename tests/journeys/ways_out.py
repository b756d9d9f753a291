"""Every row of a table by which a dossier goes back, lapses or comes to nothing: taken from where it stands, and what it leaves.

What leads to the stage is walked elsewhere, under everybody's signature. Here a dossier whose form is drawn is put there,
so that a row costs no more than its own letter and none is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import update

from signing_service.demo import people
from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.projects import Section, SectionState
from signing_service.procedures import CATALOGUE
from signing_service.storage import dossiers, employments, fire_results, permits, projects, reviews, tables
from signing_service.storage.documents import DocumentRow
from signing_service.workflows import changes, changes_of_projects, changes_of_reviews, effects
from signing_service.workflows.procedure import Procedure, Step
from tests.journeys.driver import Journey

WAYS = (
    "withdraw",
    "revise",
    "rewrite",
    "decline",
    "return",
    "not_accept",
    "deem_accepted",
    "lapse",
    "refuse",
    "send_back",
    "tender_failed",
)
REASON = "经核对，本次办理到此为止，请知悉。"
OF_THE_DOSSIER = (changes.VoidForm, changes_of_projects.VoidAllForms, changes_of_reviews.GiveUpReview)
"""Changes that leave the register as it is."""


def ways_of(procedure: Procedure, but: Sequence[str] = ()) -> Iterator[Step]:
    """Last of all what begins anew after a correction: it draws another version of the form."""
    yield from (row for row in procedure.steps if row.name in WAYS and f"{row.name}@{row.at.value}" not in but)
    yield from (row for row in procedure.steps if row.at is Stage.CORRECTION and row.reads_draft)


def every_way_out(
    journey: Journey, number: str, given: Mapping[str, Mapping[str, Any]] | None = None, but: Sequence[str] = ()
) -> None:
    """Of the dossier, whose form is drawn. ``given`` with a step; ``but`` those that rest on what was given before."""
    drawn = journey.dossier(number)
    procedure = CATALOGUE.pinned(drawn.procedure, drawn.edition)
    with journey.service.desk.database.reading() as connection:
        section = projects.section_of_dossier(connection, number)
    for place, row in enumerate(ways_of(procedure, but)):
        _stands_at(journey, drawn, row, section)
        before = _register(journey, drawn)
        journey.service.desk.take_step(
            number, row.name, _who(drawn, row, place), REASON if row.name != "prepare" else "",
            given=(given or {}).get(row.name),
        )  # fmt: skip
        journey.settle(number)
        _left(journey, number, row, before)


def _stands_at(journey: Journey, drawn: Dossier, row: Step, section: Section | None) -> None:
    """Nobody has decided anything of it, its form counts, and what it put out is put out."""
    with journey.service.desk.database.transaction() as connection:
        if section is not None:
            projects.put_section(connection, section)
        version = dossiers.load(connection, drawn.number, held=True).version
        dossier = replace(
            drawn, stage=row.at, version=version + 1, visit=frozenset(), draft=drawn.draft or drawn.form,
            form_version=_form_version(journey, drawn, row),
        )  # fmt: skip
        dossiers.save(connection, dossier, journey.clock())
        forms = (tables.document.c.dossier == drawn.number, tables.document.c.kind == DocumentKind.FORM.value)
        connection.execute(update(tables.document).where(*forms).values(state="drawn"))


def _form_version(journey: Journey, drawn: Dossier, row: Step) -> int:
    """That of the order until it is published; what begins anew draws the next."""
    first = min((paper.form_version for paper in _forms(journey, drawn.number)), default=drawn.form_version)
    if row.at is Stage.CORRECTION and row.reads_draft:
        return drawn.form_version + 1
    return drawn.form_version if row.at in (Stage.SUBMITTED, Stage.ACCEPTED) else first


def _forms(journey: Journey, number: str) -> list[DocumentRow]:
    return [paper for paper in journey.papers(number).values() if paper.template.startswith("forms/")]


def _who(drawn: Dossier, row: Step, place: int) -> Actor:
    role = next(one for one in row.by.roles if one in drawn.parties)
    grants = people.EVERY_GRANT if role is SignatoryRole.AUTHORITY else ()
    return Actor(role, drawn.parties[role], f"who-{place}", grants)


def _left(journey: Journey, number: str, row: Step, before: object) -> None:
    after, told = journey.dossier(number), f"{row.name}@{row.at.value}"
    assert after.stage is row.to, told
    papers, forms = journey.papers(number), _forms(journey, number)
    for letter in (effect for effect in row.then if isinstance(effect, effects.RenderNotice)):
        journey.assert_genuine(papers[letter.template])
    version = after.form_version - row.form_goes_back
    void = {paper.template for paper in forms if paper.state == "void"}
    if any(isinstance(one, changes_of_projects.VoidAllForms) for one in row.changes):
        assert void == {paper.template for paper in forms}, told
    elif any(isinstance(one, changes.VoidForm) for one in row.changes):
        assert void == {paper.template for paper in forms if paper.form_version == version}, told
    else:
        assert not void, told
    for state in (one.state for one in row.changes if isinstance(one, changes_of_projects.SetSectionState)):
        assert _section_of(journey, after) in (state, None), told
    if all(isinstance(one, OF_THE_DOSSIER) for one in row.changes):
        assert _register(journey, after) == before, told
    if row.to.is_final:
        assert journey.waiting(number) == set(), told


def _section_of(journey: Journey, dossier: Dossier) -> SectionState | None:
    """That which the form names, else that which the dossier put out; None before it did."""
    with journey.service.desk.database.reading() as connection:
        named = dossier.form.get("section_no")
        found = (
            projects.section(connection, named) if named else projects.section_of_dossier(connection, dossier.number)
        )
    return found.state if found else None


def _register(journey: Journey, dossier: Dossier) -> object:
    """What the dossier is about: none of it follows from what came to nothing."""
    number = dossier.facts.get("project_no", "")
    with journey.service.desk.database.reading() as connection:
        others = [one for one in reviews.of_project(connection, number) if one.dossier != dossier.number]
        return (
            projects.find(connection, number),
            permits.of_project(connection, number),
            fire_results.of_project(connection, number),
            others,
            employments.locks_of(connection, people.CONSTRUCTOR_ID),
        )
