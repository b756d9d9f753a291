"""The real-name register: invented citizens with a portrait each, asked with signed requests.

How alike two faces are is measured, not pretended: the pictures are made small, grey and evenly lit, and correlated.
That knows a portrait again, also after it was scaled or pressed; it is no face recognition.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import io
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from PIL import Image, ImageOps
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from signing_service.gateways.real_name import (
    CHECK,
    FACE,
    Identity,
    RealNameAccess,
    answer_signature,
    request_signature,
)
from signing_service.outside.kept import OnceOnly

SECONDS_OFF = 300
LARGEST_REQUEST = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
SIDE = 32


@dataclass(frozen=True, slots=True)
class Citizen:
    id_no: str = field(repr=False)
    name: str = field(repr=False)
    portrait: Callable[[], bytes] | None = field(default=None, repr=False)
    """Gives JPEG or PNG; None: the register has none, so no face is alike."""


class RegisterRefused(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class RealNameRegister:
    """For the client of ``access``. Citizens may be entered while it runs."""

    def __init__(self, access: RealNameAccess, clock: Callable[[], datetime], citizens: Iterable[Citizen] = ()) -> None:
        self._access = access
        self._clock = clock
        self._nonces = OnceOnly(SECONDS_OFF)
        self._citizens = {citizen.id_no: citizen for citizen in citizens}

    def enter(self, citizen: Citizen) -> None:
        """In place of what was known of the number."""
        self._citizens[citizen.id_no] = citizen

    def routes(self) -> list[Route]:
        return [Route(path, self._answer, methods=["POST"]) for path in (CHECK, FACE)]

    async def _answer(self, request: Request) -> Response:
        try:
            body = await request.body()
            self._admit(request, body)
            document = self._said(request.url.path, _object(body))
        except RegisterRefused as refused:
            return Response(json.dumps({"code": refused.code}), refused.status, media_type="application/json")
        answer = json.dumps(document).encode()
        signed = answer_signature(self._access.secret, request.headers["x-nonce"], answer)
        return Response(answer, 200, {"X-Signature": signed}, media_type="application/json")

    def _admit(self, request: Request, body: bytes) -> None:
        headers = request.headers
        moment, nonce = headers.get("x-timestamp", ""), headers.get("x-nonce", "")
        if len(body) > LARGEST_REQUEST:
            raise RegisterRefused(413, "TOO_LARGE")
        if headers.get("x-client") != self._access.client:
            raise RegisterRefused(401, "CLIENT_UNKNOWN")
        expected = request_signature(self._access.secret, request.url.path, moment, nonce, body)
        if not hmac.compare_digest(expected.encode(), headers.get("x-signature", "").encode()):
            raise RegisterRefused(401, "SIGNATURE_WRONG")
        now = self._clock().timestamp()
        if not moment.isascii() or not moment.isdigit() or abs(now - int(moment)) > SECONDS_OFF:
            raise RegisterRefused(401, "TIMESTAMP_OLD")
        if not nonce or not self._nonces.is_new(nonce, now):
            raise RegisterRefused(401, "NONCE_USED")

    def _said(self, path: str, asked: dict[str, object]) -> dict[str, object]:
        citizen = self._citizens.get(str(asked.get("id_no", "")))
        if citizen is None:
            return {"result": Identity.UNKNOWN.value, "score": 0}
        if citizen.name != asked.get("name"):
            return {"result": Identity.MISMATCH.value, "score": 0}
        if path == CHECK:
            return {"result": Identity.MATCH.value}
        try:
            picture = base64.b64decode(str(asked.get("image", "")), validate=True)
            score = alike(citizen.portrait(), picture) if citizen.portrait else 0.0
        except (binascii.Error, ValueError, OSError, Image.DecompressionBombError):
            raise RegisterRefused(422, "IMAGE_UNREADABLE") from None
        return {"result": Identity.MATCH.value, "score": round(score, 1)}


def alike(one: bytes, other: bytes) -> float:
    """0 to 100: the correlation of two pictures, 32 × 32, grey and evenly lit; below none is 0."""
    a, b = _looks(one), _looks(other)
    product = sum(x * y for x, y in zip(a, b, strict=True))
    size = math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))
    return max(0.0, 100 * product / size) if size else 0.0


def _looks(picture: bytes) -> list[float]:
    with Image.open(io.BytesIO(picture), formats=("JPEG", "PNG")) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            msg = "too many pixels"
            raise ValueError(msg)
        small = ImageOps.fit(ImageOps.grayscale(opened), (SIDE, SIDE), Image.Resampling.BOX)
    values = list(ImageOps.equalize(small).tobytes())
    middle = sum(values) / len(values)
    return [value - middle for value in values]


def _object(body: bytes) -> dict[str, object]:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise RegisterRefused(422, "NOT_JSON")
    return document
