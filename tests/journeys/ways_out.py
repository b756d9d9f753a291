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
from signing_service.procedures import CATALOGUE
from signing_service.storage import dossiers, employments, fire_results, permits, projects, reviews, tables
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
)
REASON = "经核对，本次办理到此为止，请知悉。"
VOIDED = (changes.VoidForm, changes_of_projects.VoidAllForms)
OF_THE_DOSSIER = (*VOIDED, changes_of_reviews.GiveUpReview)
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
    for place, row in enumerate(ways_of(procedure, but)):
        _stands_at(journey, drawn, row)
        before = _register(journey, drawn)
        journey.service.desk.take_step(
            number, row.name, _who(drawn, row, place), REASON if row.name != "prepare" else "",
            given=(given or {}).get(row.name),
        )  # fmt: skip
        journey.settle(number)
        _left(journey, number, row, before)


def _stands_at(journey: Journey, drawn: Dossier, row: Step) -> None:
    """Nobody has decided anything of it, and its form counts."""
    with journey.service.desk.database.transaction() as connection:
        version = dossiers.load(connection, drawn.number, held=True).version
        again = row.at is Stage.CORRECTION and row.reads_draft
        dossier = replace(
            drawn, stage=row.at, version=version + 1, visit=frozenset(), draft=drawn.draft or drawn.form,
            form_version=drawn.form_version + again,
        )  # fmt: skip
        dossiers.save(connection, dossier, journey.clock())
        forms = (tables.document.c.dossier == drawn.number, tables.document.c.kind == DocumentKind.FORM.value)
        connection.execute(update(tables.document).where(*forms).values(state="drawn"))


def _who(drawn: Dossier, row: Step, place: int) -> Actor:
    role = next(one for one in row.by.roles if one in drawn.parties)
    grants = people.EVERY_GRANT if role is SignatoryRole.AUTHORITY else ()
    return Actor(role, drawn.parties[role], f"who-{place}", grants)


def _left(journey: Journey, number: str, row: Step, before: object) -> None:
    after, told = journey.dossier(number), f"{row.name}@{row.at.value}"
    assert after.stage is row.to, told
    papers = journey.papers(number)
    for letter in (effect for effect in row.then if isinstance(effect, effects.RenderNotice)):
        journey.assert_genuine(papers[letter.template])
    forms = [paper for paper in papers.values() if paper.template.startswith("forms/")]
    assert forms, told
    if any(isinstance(one, VOIDED) for one in row.changes):
        assert {paper.state for paper in forms} == {"void"}, told
    else:
        assert "void" not in {paper.state for paper in forms}, told
    if all(isinstance(one, OF_THE_DOSSIER) for one in row.changes):
        assert _register(journey, after) == before, told
    if row.to.is_final:
        assert journey.waiting(number) == set(), told


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
