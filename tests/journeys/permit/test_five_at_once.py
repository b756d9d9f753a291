"""The five leaders commit themselves at the same instant, over HTTP: each signature counts, and nothing is lost (domain text,
§18.6, scenario 9)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx2

from signing_service.domain.dossier import Actor, Stage
from signing_service.workflows.five_parties import FIVE
from tests.journeys.permit.world import Works
from tests.journeys.platforms import API
from tests.key_services import listening

WAIT = 60.0
"""Seconds that one of five may take when all of them sign at once."""


def sign_at_once(works: Works, number: str, actors: list[Actor]) -> list[httpx2.Response]:
    """Each has seen every page of the own document and holds PIN and code; then all let go at the same moment."""
    visitors = [works.journey.platforms.of(actor) for actor in actors]
    bodies = [
        visitor.made_ready(number, "confirm", actor.role) for visitor, actor in zip(visitors, actors, strict=True)
    ]
    start = threading.Barrier(len(actors))

    def sign(origin: str, position: int) -> httpx2.Response:
        with httpx2.Client(base_url=origin, timeout=WAIT) as client:
            address = f"{API}/dossiers/{number}/steps/confirm"
            start.wait(WAIT)
            return client.post(address, json=bodies[position], headers=visitors[position].headers)

    with listening(works.journey.platforms.app) as origin, ThreadPoolExecutor(len(actors)) as pool:
        return list(pool.map(sign, [origin] * len(actors), range(len(actors))))


def test_five_sign_five_commitments_at_one_instant_and_every_signature_counts(works: Works) -> None:
    journey, project = works.journey, works.project()
    number = works.drawn("pm.permit", works.application(project))
    before = journey.dossier(number)
    leaders = [works.leader(one) for one in FIVE]
    answers = sign_at_once(works, number, leaders)
    assert [answer.status_code for answer in answers] == [200] * 5, [answer.text for answer in answers]
    journey.settle(number)

    after = journey.dossier(number)
    assert after.version == before.version + 5, "none of the five was written over another"
    assert after.visit == {one.leader for one in FIVE}
    papers = journey.papers(number)
    for one in FIVE:
        assert journey.signed_by(papers[one.commitment]) == [one.leader.value]
        assert journey.signed_by(papers[one.authorisation]) == []
    assert {"legal_representative"} <= journey.waiting(number), "whose turn it is now that the five have signed"
    assert not {one.leader.value for one in FIVE} & journey.waiting(number)


def test_representatives_and_then_units_at_one_instant_bring_the_application_to_its_end(works: Works) -> None:
    journey, project = works.journey, works.project()
    number = works.drawn("pm.permit", works.application(project))
    for actors in ([works.leader(one) for one in FIVE], [works.representative(one) for one in FIVE]):
        assert {answer.status_code for answer in sign_at_once(works, number, actors)} == {200}
        journey.settle(number)
    last = [*(works.unit(one) for one in FIVE), works.legal_representative]
    assert {answer.status_code for answer in sign_at_once(works, number, last)} == {200}
    journey.settle(number)
    assert (journey.stage(number), journey.waiting(number)) == (Stage.PREPARED, {"developer"})
    papers = journey.papers(number)
    for one in FIVE:
        assert journey.signed_by(papers[one.authorisation]) == [one.representative.value, one.unit.value]
