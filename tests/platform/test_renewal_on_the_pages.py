"""A renewal from the catalogue to the licence, as people do it: page by page, without a line of JavaScript."""

from __future__ import annotations

from signing_service.demo import people
from tests.platform.office import (
    ACCEPTOR,
    BUILDER,
    DECIDER,
    HOLDER,
    REVIEWER,
    Office,
    confirmed_renewal,
)


def test_a_renewal_is_walked_from_the_catalogue_to_the_licence(office: Office) -> None:
    number = confirmed_renewal(office)
    for who, step in ((ACCEPTOR, "accept"), (REVIEWER, "review"), (DECIDER, "grant")):
        caller = office.of(who[0])
        assert number in caller.get("/platform/").text
        answer = caller.post(f"/platform/dossiers/{number}/steps/{step}")
        assert answer.status_code == 200, answer.text
        office.settle(number)
    page = office.of(HOLDER).get(f"/platform/dossiers/{number}").text
    assert "已办结" in page
    assert "打开：" in page, "what came of it is the next thing to do"
    held = office.of(HOLDER).get("/platform/licences").text
    assert people.SIGNALLER_LICENCE in held
    file = office.of(HOLDER).get(f"/platform/licences/{people.SIGNALLER_LICENCE}/file")
    assert file.status_code == 200
    assert file.content.startswith(b"%PDF-")
    assert "同意" in office.of(BUILDER).get(f"/platform/dossiers/{number}").text
