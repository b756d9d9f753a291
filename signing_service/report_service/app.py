"""The report service on HTTP: one address, one client, one kind of document. TLS is the proxy's, as everywhere."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from signing_service.domain.errors import Problem
from signing_service.domain.validation_statement import LONGEST_STATEMENT, ReportSealer, ValidationStatement

AT_ONCE = 2
SHORTEST_TOKEN = 20
"""Characters."""


def make_report_service(sealer: ReportSealer, token: str) -> Starlette:
    """``POST /reports``: a statement as JSON in, a sealed PDF out. Raises Problem REPORT_TOKEN_WEAK for a short token."""
    if len(token) < SHORTEST_TOKEN:
        raise Problem(
            "REPORT_TOKEN_WEAK",
            f"报告服务的口令少于 {SHORTEST_TOKEN} 个字符，请在 SIGNING_REPORT_TOKEN_FILE 所指文件中换一个随机口令。",
            f"The token of the report service has fewer than {SHORTEST_TOKEN} characters: put a random one into the "
            "file that SIGNING_REPORT_TOKEN_FILE names.",
            status=500,
        )
    expected = hashlib.sha256(token.encode()).digest()
    sealing = anyio.CapacityLimiter(AT_ONCE)

    async def seal(request: Request) -> Response:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not hmac.compare_digest(
            hashlib.sha256(given.strip().encode()).digest(), expected
        ):
            raise Problem(
                "REPORT_CLIENT_UNKNOWN", "报告服务的口令不符。", "The bearer token is not the one expected.", status=401
            )
        statement = ValidationStatement.from_json(await _json_of(request.stream()))
        sealed = await anyio.to_thread.run_sync(sealer.seal_report, statement, limiter=sealing)
        return Response(sealed, media_type="application/pdf")

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[Route("/reports", seal, methods=["POST"]), Route("/healthz", healthz)],
        exception_handlers={Problem: _refused},
    )


async def _json_of(stream: AsyncIterator[bytes]) -> object:
    body = b""
    async for chunk in stream:
        body += chunk
        if len(body) > LONGEST_STATEMENT:
            raise Problem("STATEMENT_SIZE", "查验结论过长。", "The statement is too long.", status=413)
    try:
        return json.loads(body)
    except ValueError:
        return None


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - the handler is registered for this class alone
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return JSONResponse(error.to_document(), error.status, headers, media_type="application/problem+json")
