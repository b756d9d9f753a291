"""What the embedded PKI publishes over HTTP, at the addresses that its certs name: OCSP, CRLs, CA certs, time stamps.

RFC 6960 appendix A and RFC 5019 for OCSP, RFC 3161, 3.4 for time stamps, RFC 5280, 4.2.1.13 and 4.2.2.1 for the rest.
Only keys of CAs, responders and the time-stamping authority are opened on the way to an answer, never a seal's.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlsplit

import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from signing_service.domain.errors import Problem
from signing_service.trust.embedded import EmbeddedServices
from signing_service.trust.ocsp import LONGEST_REQUEST as LONGEST_OCSP
from signing_service.trust.ocsp import has_nonce
from signing_service.trust.tsa import LONGEST_REQUEST as LONGEST_TSA

KEPT_SECONDS = 60
"""For which a proxy may keep an answer: a revocation is known everywhere after that."""

DEFAULT_PATH = "/pki"

_KEPT = f"max-age={KEPT_SECONDS}, public, no-transform, must-revalidate"
_NOT_KEPT = "no-store"


def path_of(services: EmbeddedServices) -> str:
    """Below which path the services answer: that of ``publish`` in pki.toml."""
    return urlsplit(services.pki.description.publish).path.rstrip("/") or DEFAULT_PATH


def beside(services: EmbeddedServices, other: ASGIApp) -> Starlette:
    """The services at their path, and another app, with whatever it wraps its own answers in, at all others."""
    return Starlette(routes=[Mount(path_of(services), make_app(services)), Mount("", other)])


def alone(services: EmbeddedServices) -> Starlette:
    """The services at their path, and nothing else but ``/healthz``."""

    async def healthz(_: Request) -> Response:
        await anyio.to_thread.run_sync(services.keep_current)
        return JSONResponse({"status": "ok"})

    routes = [Mount(path_of(services), make_app(services)), Route("/healthz", healthz)]
    return Starlette(routes=routes, exception_handlers={Problem: _refused})


def make_app(services: EmbeddedServices) -> Starlette:
    """The services as an ASGI app, to be mounted at ``path_of``."""
    desk = _Desk(services)
    return Starlette(
        routes=[
            Route("/ocsp/{ca}", desk.ocsp_posted, methods=["POST"]),
            Route("/ocsp/{ca}/{asked:path}", desk.ocsp_got, methods=["GET"]),
            Route("/crl/{ca}.crl", desk.crl, methods=["GET"]),
            Route("/ca/{ca}.cer", desk.ca_cert, methods=["GET"]),
            Route("/tsa", desk.time_stamp, methods=["POST"]),
        ],
        exception_handlers={Problem: _refused},
    )


class _Desk:
    """One answer a method; signing is done on threads, so that nobody waits for somebody else's."""

    def __init__(self, services: EmbeddedServices) -> None:
        self._services = services

    async def ocsp_posted(self, request: Request) -> Response:
        ca = self._ca(request, answers_ocsp=True)
        asked = await _body(request, "application/ocsp-request", LONGEST_OCSP)
        return await self._ocsp(ca, asked, kept=False)

    async def ocsp_got(self, request: Request) -> Response:
        ca = self._ca(request, answers_ocsp=True)
        text = request.path_params["asked"]
        try:
            asked = base64.b64decode(text, validate=True) if len(text) <= LONGEST_OCSP * 2 else b""
        except (binascii.Error, ValueError):
            asked = b""
        return await self._ocsp(ca, asked, kept=bool(asked) and not has_nonce(asked))

    async def _ocsp(self, ca: str, asked: bytes, *, kept: bool) -> Response:
        answer = await anyio.to_thread.run_sync(self._services.responder.answer, ca, asked)
        return _answer(answer, "application/ocsp-response", kept=kept)

    async def crl(self, request: Request) -> Response:
        ca = self._ca(request)
        return _answer(await anyio.to_thread.run_sync(self._services.crl, ca), "application/pkix-crl", kept=True)

    async def ca_cert(self, request: Request) -> Response:
        return _answer(self._services.pki.der_of_ca(self._ca(request)), "application/pkix-cert", kept=True)

    async def time_stamp(self, request: Request) -> Response:
        asked = await _body(request, "application/timestamp-query", LONGEST_TSA)
        answer = await anyio.to_thread.run_sync(self._services.time_stamp, asked)
        return _answer(answer, "application/timestamp-reply", kept=False)

    def _ca(self, request: Request, *, answers_ocsp: bool = False) -> str:
        ca: str = request.path_params["ca"]
        if ca not in self._services.pki.cas or (answers_ocsp and not self._services.responder.answers_for(ca)):
            raise HTTPException(404)
        return ca


async def _body(request: Request, kind: str, longest: int) -> bytes:
    """The body of a request, of one kind and at most so long; no more of it is read than that."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != kind:
        raise HTTPException(415, f"{kind} only")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > longest:
            raise HTTPException(413, f"at most {longest} bytes")
    return bytes(body)


def _answer(body: bytes, kind: str, *, kept: bool) -> Response:
    headers = {"Cache-Control": _KEPT if kept else _NOT_KEPT, "X-Content-Type-Options": "nosniff"}
    return Response(body, media_type=kind, headers=headers)


async def _refused(_: Request, error: Exception) -> Response:
    """What the CA cannot say now; its reason is in the log of whoever runs it, not in the answer's address."""
    problem = error if isinstance(error, Problem) else Problem("INTERNAL", "内部错误。", "Internal error.", status=500)
    return JSONResponse(problem.to_document(), problem.status, media_type="application/problem+json")
