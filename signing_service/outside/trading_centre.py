"""The 公共资源交易中心 as its protocol has it: tenders are registered, awards are asked for, all of it signed.

Who plays the centre decides tenders with ``decide`` and ``fail``; it keeps everything in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from signing_service.domain.dates import day_in_shanghai
from signing_service.gateways.trading_centre import AWARD, AWARDED, CALL_OFF, FAILED, OPEN, REGISTER, TradingAccess
from signing_service.outside.signed_requests import RequestRefused, SignedRequests, object_of

LARGEST_REQUEST = 64 * 1024


@dataclass
class Tender:
    asked: Mapping[str, Any]
    result: Mapping[str, Any]
    registered: int = 1
    """How often it was registered: more than once is the same tender."""
    called_off: bool = False


class TradingCentreStandIn:
    """For the client of ``access``. Safe for threads."""

    def __init__(self, access: TradingAccess, clock: Callable[[], datetime]) -> None:
        self._requests = SignedRequests(access.client, access.secret, clock, LARGEST_REQUEST)
        self._clock = clock
        self._lock = threading.Lock()
        self._tenders: dict[str, Tender] = {}

    @property
    def tenders(self) -> dict[str, Tender]:
        with self._lock:
            return dict(self._tenders)

    def decide(self, reference: str, winner: str, price: str, manager: str) -> str:
        """定标; the number of the 中标通知书."""
        with self._lock:
            tender = self._tenders[reference]
            today = day_in_shanghai(self._clock())
            number = f"示招中〔{today.year}〕{len(self._tenders):04d}号"
            tender.result = {
                "result": AWARDED,
                "winner": winner,
                "number": number,
                "price": price,
                "manager": manager,
                "awarded_on": today.isoformat(),
            }
            return number

    def fail(self, reference: str, reason: str) -> None:
        """流标"""
        with self._lock:
            self._tenders[reference].result = {"result": FAILED, "reason": reason}

    def routes(self) -> list[Route]:
        return [Route(path, self._answer, methods=["POST"]) for path in (REGISTER, AWARD, CALL_OFF)]

    async def _answer(self, request: Request) -> Response:
        try:
            body = await request.body()
            self._admit(request, body)
            with self._lock:
                document = self._said(request.url.path, object_of(body))
        except RequestRefused as refused:
            return refused.answer()
        return self._requests.answer(request, document)

    def _admit(self, request: Request, body: bytes) -> None:
        self._requests.admit(request, body)

    def _said(self, path: str, asked: dict[str, Any]) -> dict[str, Any]:
        reference = str(asked.get("reference", ""))
        tender = self._tenders.get(reference)
        if path == REGISTER:
            return self._register(reference, tender, asked)
        if tender is None:
            raise RequestRefused(404, "TENDER_UNKNOWN")
        if path == CALL_OFF:
            tender.called_off = True
            return {"reference": reference}
        return dict(tender.result)

    def _register(self, reference: str, known: Tender | None, asked: dict[str, Any]) -> dict[str, Any]:
        if not reference:
            raise RequestRefused(422, "REFERENCE_MISSING")
        if known is None:
            self._tenders[reference] = Tender(asked, {"result": OPEN})
        elif known.asked == asked:
            known.registered += 1
        else:
            raise RequestRefused(409, "REFERENCE_USED")
        return {"reference": reference}
