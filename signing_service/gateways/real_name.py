"""The real-name register (实名核验): does this ID number belong to this name, and is this face that person's?

Signed JSON over HTTP. Each request carries a time, a nonce and the HMAC-SHA256 of all that it says; each answer is
signed over the nonce it answers, so that neither can be repeated or exchanged. What the register keeps of a person
never comes back: it says yes, no, unknown, and a score.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from signing_service.domain.codes import IdNo, PersonName
from signing_service.gateways.over_http import Answer, HttpLine
from signing_service.gateways.problems import REAL_NAME, away, refused

CHECK, FACE = "/v1/identity/check", "/v1/face/compare"


class Identity(StrEnum):
    """What the register says of an ID number and a name together."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"
    """No such number."""


@dataclass(frozen=True, slots=True)
class RealNameAccess:
    address: str
    client: str
    secret: str = field(repr=False)
    threshold: float = 80.0
    """A face that scores less, of 100, is not the person's."""


@dataclass(frozen=True, slots=True)
class Face:
    identity: Identity
    score: float
    """0 to 100: how alike the picture and the register's portrait are; 0 unless the identity matches."""
    same: bool
    """The identity matches and the score reaches the threshold."""


class RealNameGateway:
    """For many threads. ``clock`` and ``nonce`` are passed in."""

    def __init__(
        self,
        access: RealNameAccess,
        seconds: float,
        clock: Callable[[], datetime],
        nonce: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._access = access
        self._line = HttpLine(REAL_NAME, access.address, seconds)
        self._clock = clock
        self._nonce = nonce

    def check(self, id_no: IdNo, name: PersonName) -> Identity:
        """Raises Problem GATEWAY_AWAY, GATEWAY_REFUSED."""
        return _identity(self._ask(CHECK, {"id_no": str(id_no), "name": str(name)}))

    def compare(self, id_no: IdNo, name: PersonName, picture: bytes) -> Face:
        """``picture``: JPEG or PNG of one face. Raises Problem GATEWAY_AWAY, GATEWAY_REFUSED."""
        asked = {"id_no": str(id_no), "name": str(name), "image": base64.b64encode(picture).decode()}
        answer = self._ask(FACE, asked)
        identity = _identity(answer)
        score = _score(answer) if identity is Identity.MATCH else 0.0
        return Face(identity, score, identity is Identity.MATCH and score >= self._access.threshold)

    def _ask(self, path: str, asked: Mapping[str, Any]) -> Answer:
        body = json.dumps(asked, ensure_ascii=False, separators=(",", ":")).encode()
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
            raise refused(REAL_NAME, f"HTTP {answer.status} {answer.text('code')[:40]}".strip())
        expected = answer_signature(self._access.secret, nonce, answer.body)
        if not hmac.compare_digest(expected.encode(), answer.headers.get("x-signature", "").encode()):
            raise away(REAL_NAME, "answers without its signature")
        return answer


def request_signature(secret: str, path: str, moment: str, nonce: str, body: bytes) -> str:
    """Hex HMAC-SHA256 of method, path, Unix seconds, nonce and the body's SHA-256, a line each."""
    lines = ("POST", path, moment, nonce, hashlib.sha256(body).hexdigest())
    return hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def answer_signature(secret: str, nonce: str, body: bytes) -> str:
    lines = ("ANSWER", nonce, hashlib.sha256(body).hexdigest())
    return hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def _identity(answer: Answer) -> Identity:
    try:
        return Identity(answer.text("result"))
    except ValueError:
        raise away(REAL_NAME, "answers with a result we do not know") from None


def _score(answer: Answer) -> float:
    score = answer.document.get("score")
    if not isinstance(score, int | float) or isinstance(score, bool) or not 0 <= score <= 100:
        raise away(REAL_NAME, "answers with a score that is none")
    return float(score)
