"""The real-name register: invented citizens with a portrait each, asked with signed requests.

How alike two faces are is measured, not pretended: the pictures are made small, grey and evenly lit, and correlated.
That knows a portrait again, also after it was scaled or pressed; it is no face recognition.
"""

from __future__ import annotations

import base64
import binascii
import io
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
)
from signing_service.outside.signed_requests import RequestRefused, SignedRequests, object_of

LARGEST_REQUEST = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
SIDE = 32


@dataclass(frozen=True, slots=True)
class Citizen:
    id_no: str = field(repr=False)
    name: str = field(repr=False)
    portrait: Callable[[], bytes] | None = field(default=None, repr=False)
    """Gives JPEG or PNG; None: the register has none, so no face is alike."""


class RealNameRegister:
    """For the client of ``access``. Citizens may be entered while it runs."""

    def __init__(self, access: RealNameAccess, clock: Callable[[], datetime], citizens: Iterable[Citizen] = ()) -> None:
        self._requests = SignedRequests(access.client, access.secret, clock, LARGEST_REQUEST)
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
            document = self._said(request.url.path, object_of(body))
        except RequestRefused as refused:
            return refused.answer()
        return self._requests.answer(request, document)

    def _admit(self, request: Request, body: bytes) -> None:
        self._requests.admit(request, body)

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
            raise RequestRefused(422, "IMAGE_UNREADABLE") from None
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
