"""Requests as the real-name register and the trading centre want them: of a known client, signed, in time, each once."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from signing_service.gateways.real_name import answer_signature, request_signature
from signing_service.outside.kept import OnceOnly

SECONDS_OFF = 300


class RequestRefused(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code

    def answer(self) -> Response:
        return Response(json.dumps({"code": self.code}), self.status, media_type="application/json")


class SignedRequests:
    """Of one client; ``largest``: of a body, in bytes."""

    def __init__(self, client: str, secret: str, clock: Callable[[], datetime], largest: int) -> None:
        self._client = client
        self._secret = secret
        self._clock = clock
        self._largest = largest
        self._nonces = OnceOnly(SECONDS_OFF)

    def admit(self, request: Request, body: bytes) -> None:
        """Raises RequestRefused."""
        headers = request.headers
        moment, nonce = headers.get("x-timestamp", ""), headers.get("x-nonce", "")
        if len(body) > self._largest:
            raise RequestRefused(413, "TOO_LARGE")
        if headers.get("x-client") != self._client:
            raise RequestRefused(401, "CLIENT_UNKNOWN")
        expected = request_signature(self._secret, request.url.path, moment, nonce, body)
        if not hmac.compare_digest(expected.encode(), headers.get("x-signature", "").encode()):
            raise RequestRefused(401, "SIGNATURE_WRONG")
        now = self._clock().timestamp()
        if not moment.isascii() or not moment.isdigit() or abs(now - int(moment)) > SECONDS_OFF:
            raise RequestRefused(401, "TIMESTAMP_OLD")
        if not nonce or not self._nonces.is_new(nonce, now):
            raise RequestRefused(401, "NONCE_USED")

    def answer(self, request: Request, document: Mapping[str, Any]) -> Response:
        """Signed over the nonce that it answers."""
        answer = json.dumps(document, ensure_ascii=False).encode()
        signed = answer_signature(self._secret, request.headers["x-nonce"], answer)
        return Response(answer, 200, {"X-Signature": signed}, media_type="application/json")


def object_of(body: bytes) -> dict[str, Any]:
    """Raises RequestRefused for what is no JSON object."""
    try:
        asked = json.loads(body)
    except ValueError:
        raise RequestRefused(422, "NOT_JSON") from None
    if not isinstance(asked, dict):
        raise RequestRefused(422, "NOT_JSON")
    return asked
