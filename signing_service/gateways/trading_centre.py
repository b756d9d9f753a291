"""The 公共资源交易中心: a tender is registered there, and the 中标通知书 comes back (domain text, §13.1).

Signed JSON over HTTP, as with the real-name register: each request carries a time, a nonce and the HMAC-SHA256 of all
that it says, each answer is signed over the nonce it answers. A tender has a reference of ours: registered again with
the same contents it is the same tender, with others it is refused.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import uuid4

from signing_service.domain.codes import Uscc
from signing_service.domain.errors import Problem
from signing_service.gateways.over_http import Answer, HttpLine
from signing_service.gateways.problems import TRADING, away, refused
from signing_service.gateways.real_name import answer_signature, request_signature

REGISTER, AWARD, CALL_OFF = "/v1/tenders/register", "/v1/tenders/award", "/v1/tenders/call-off"
PRICE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
OPEN, AWARDED, FAILED = "open", "awarded", "failed"


@dataclass(frozen=True, slots=True)
class TradingAccess:
    address: str
    client: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Award:
    """中标结果. Without a ``winner`` the tender has failed (流标), for ``reason``."""

    winner: str | None
    """USCC."""
    number: str = ""
    """中标通知书编号"""
    price: str = ""
    """万元"""
    manager: str = ""
    """Name of the project manager in the bid."""
    awarded_on: date = date.min
    reason: str = ""
    signed: str = ""
    """The centre's signature of its answer."""

    def to_record(self) -> dict[str, Any]:
        return {
            "winner": self.winner,
            "number": self.number,
            "price": self.price,
            "manager": self.manager,
            "awarded_on": self.awarded_on.isoformat(),
            "reason": self.reason,
        }


class TradingCentre(Protocol):
    def register(self, tender: Mapping[str, Any], /) -> None: ...

    def award_of(self, reference: str, /) -> Award | None:
        """None: the tender is still open."""
        ...

    def call_off(self, reference: str, /) -> None: ...


class TradingCentreGateway:
    """For many threads. ``clock`` and ``nonce`` are passed in. Everything raises Problem GATEWAY_AWAY, GATEWAY_REFUSED."""

    def __init__(
        self,
        access: TradingAccess,
        seconds: float,
        clock: Callable[[], datetime],
        nonce: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._access = access
        self._line = HttpLine(TRADING, access.address, seconds)
        self._clock = clock
        self._nonce = nonce

    def register(self, tender: Mapping[str, Any]) -> None:
        self._ask(REGISTER, tender)

    def call_off(self, reference: str) -> None:
        self._ask(CALL_OFF, {"reference": reference})

    def award_of(self, reference: str) -> Award | None:
        answer = self._ask(AWARD, {"reference": reference})
        match answer.text("result"):
            case "open":
                return None
            case "failed":
                return Award(None, reason=answer.text("reason")[:200], signed=answer.headers["x-signature"])
            case "awarded":
                return _award(answer)
        raise away(TRADING, "answers with a result we do not know")

    def _ask(self, path: str, asked: Mapping[str, Any]) -> Answer:
        body = json.dumps(asked, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        moment, nonce = str(int(self._clock().timestamp())), self._nonce()
        headers = {
            "Content-Type": "application/json",
            "X-Client": self._access.client,
            "X-Timestamp": moment,
            "X-Nonce": nonce,
            "X-Signature": request_signature(self._access.secret, path, moment, nonce, body),
        }
        answer = self._line.ask("POST", path, body=body, headers=headers)
        if answer.status != 200:
            raise refused(TRADING, f"HTTP {answer.status} {answer.text('code')[:40]}".strip())
        expected = answer_signature(self._access.secret, nonce, answer.body)
        if not hmac.compare_digest(expected.encode(), answer.headers.get("x-signature", "").encode()):
            raise away(TRADING, "answers without its signature")
        return answer


def _price(text: str) -> str:
    """万元, six places at most. Raises ValueError for what is no amount."""
    if not PRICE.fullmatch(text):
        msg = "no price"
        raise ValueError(msg)
    return text


def _award(answer: Answer) -> Award:
    try:
        return Award(
            winner=str(Uscc.parse(answer.text("winner"))),
            number=answer.text("number")[:60],
            price=_price(answer.text("price")),
            manager=answer.text("manager")[:40],
            awarded_on=date.fromisoformat(answer.text("awarded_on")),
            signed=answer.headers["x-signature"],
        )
    except (Problem, ValueError):
        raise away(TRADING, "answers with an award that cannot be read") from None
