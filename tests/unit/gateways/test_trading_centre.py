"""公共资源交易中心: tenders registered once, awards read, nothing believed that is not signed (domain text, §13.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.applications import Starlette

from signing_service.domain.errors import Problem
from signing_service.gateways.trading_centre import TradingCentreGateway
from signing_service.outside.trading_centre import TradingCentreStandIn
from tests.key_services import listening
from tests.outside import Outside

REFERENCE = "SGFB20261129000001-01"
TENDER = {"reference": REFERENCE, "section_no": "3601022611290101-SG-001", "estimate": "20150"}
WINNER = "9136010099900011XN"


def refused(centre: TradingCentreGateway, tender: dict[str, str]) -> tuple[str, str]:
    with pytest.raises(Problem) as refusal:
        centre.register(tender)
    return refusal.value.code, str(refusal.value.facts["why"])


def test_a_tender_registered_again_is_the_same_and_with_other_contents_refused(outside: Outside) -> None:
    centre = outside.gateways.trading
    centre.register(TENDER)
    centre.register(dict(reversed(TENDER.items())))
    assert outside.stand_ins.trading.tenders[REFERENCE].registered == 2
    changed = refused(centre, {**TENDER, "estimate": "1"})
    assert changed == ("GATEWAY_REFUSED", "HTTP 409 REFERENCE_USED")


def test_an_award_is_read_when_it_is_there(outside: Outside) -> None:
    centre = outside.gateways.trading
    centre.register(TENDER)
    assert centre.award_of(REFERENCE) is None
    number = outside.stand_ins.trading.decide(REFERENCE, WINNER, "19876.55", "李芳华")
    award = centre.award_of(REFERENCE)
    assert award is not None
    assert (award.winner, award.number, award.price, award.manager) == (WINNER, number, "19876.55", "李芳华")
    assert len(award.signed) == 64


def test_a_tender_that_failed_has_a_reason_and_no_winner(outside: Outside) -> None:
    centre = outside.gateways.trading
    centre.register(TENDER)
    outside.stand_ins.trading.fail(REFERENCE, "投标人不足三家")
    award = centre.award_of(REFERENCE)
    assert award is not None
    assert (award.winner, award.reason) == (None, "投标人不足三家")


@pytest.mark.parametrize(("name", "value"), [("winner", "91360100999000999X"), ("price", "about"), ("price", "-1")])
def test_an_award_that_cannot_be_read_is_not_taken(outside: Outside, name: str, value: str) -> None:
    centre = outside.gateways.trading
    centre.register(TENDER)
    given = {"winner": WINNER, "price": "19876.55", "manager": "李芳华", name: value}
    outside.stand_ins.trading.decide(REFERENCE, **given)
    with pytest.raises(Problem, match="GATEWAY_AWAY"):
        centre.award_of(REFERENCE)


def test_a_tender_nobody_registered_has_no_award(outside: Outside) -> None:
    with pytest.raises(Problem, match="GATEWAY_REFUSED"):
        outside.gateways.trading.award_of(REFERENCE)


def test_a_request_signed_with_another_secret_or_sent_twice_is_refused(outside: Outside) -> None:
    access = outside.accesses.trading
    assert access is not None
    forger = TradingCentreGateway(replace(access, secret="guessed"), 5.0, outside.clock)
    assert refused(forger, TENDER) == ("GATEWAY_REFUSED", "HTTP 401 SIGNATURE_WRONG")
    echo = TradingCentreGateway(access, 5.0, outside.clock, nonce=lambda: "the same")
    echo.register(TENDER)
    assert refused(echo, TENDER) == ("GATEWAY_REFUSED", "HTTP 401 NONCE_USED")


def test_an_answer_signed_by_somebody_else_is_not_believed(outside: Outside) -> None:
    access = outside.accesses.trading
    assert access is not None

    class Impostor(TradingCentreStandIn):
        def _admit(self, request: object, body: bytes) -> None:
            """Takes everything."""

    impostor = Impostor(replace(access, secret="another"), outside.clock)
    with listening(Starlette(routes=impostor.routes())) as address:
        deceived = TradingCentreGateway(replace(access, address=address), 5.0, outside.clock)
        with pytest.raises(Problem, match="GATEWAY_AWAY"):
            deceived.register(TENDER)
