"""What the agent answers on 127.0.0.1: which certs there are, and a signature for a ticket its site has signed.

Whoever asks has to be a page of a site the user named at the start, under this computer's own name, and every request
is one that a browser asks leave for first. The PIN never comes from a page.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from signing_service.agent.attributes import check_attributes
from signing_service.agent.memory import Memory
from signing_service.agent.tokens import TokenCert, Tokens
from signing_service.domain.errors import Problem
from signing_service.domain.tickets import Ticket, read_ticket

LARGEST_BODY = 64 * 1024

AskPin = Callable[[Ticket, TokenCert], str | None]
"""Shows what is signed and asks for the PIN; None when the user says no."""


@dataclass(frozen=True, slots=True)
class Agent:
    tokens: Tokens
    sites: Mapping[str, bytes]
    """Origin -> its ticket key."""
    memory: Memory
    ask_pin: AskPin
    told: Callable[[str], None]
    clock: Callable[[], datetime]
    port: int
    asking: threading.Lock

    def app(self) -> ASGIApp:
        routes = [Route("/certs", self._certs), Route("/sign", self._sign, methods=["POST"])]
        inner = Starlette(routes=routes, exception_handlers={Problem: _refused})
        return Gate(inner, frozenset(self.sites), self.port)

    async def _certs(self, request: Request) -> Response:
        del request
        certs = await anyio.to_thread.run_sync(self.tokens.certs)
        return JSONResponse(
            {
                "certs": [
                    {
                        "id": one.cert_id,
                        "label": one.token,
                        "subject": one.subject,
                        "chain": [base64.b64encode(der).decode() for der in (one.cert, *one.chain)],
                    }
                    for one in certs
                ]
            }
        )

    async def _sign(self, request: Request) -> Response:
        asked, origin = await _body(request), request.headers["origin"]
        signature = await anyio.to_thread.run_sync(self.sign, origin, asked)
        return JSONResponse({"signature": base64.b64encode(signature).decode()})

    def sign(self, origin: str, asked: Mapping[str, Any]) -> bytes:
        """A signature over what the ticket names. Raises Problem for everything else, before the PIN is asked."""
        try:
            text, cert_id = str(asked["ticket"]), str(asked["cert"])
            data = base64.b64decode(asked["to_be_signed"], validate=True)
        except (KeyError, TypeError, ValueError):
            raise _malformed() from None
        ticket = read_ticket(text, self.sites[origin], self.clock())
        if ticket.origin != origin:
            raise foreign_origin()
        cert = next((one for one in self.tokens.certs() if one.cert_id == cert_id), None)
        if cert is None:
            raise Problem(
                "CERT_UNKNOWN",
                "UKey 上没有这张证书，请重新插入 UKey 后重试。",
                "This cert is not on the token: plug it in again, then try once more.",
                status=404,
            )
        check_attributes(data, ticket, cert.cert)
        if not self.asking.acquire(blocking=False):
            raise Problem(
                "AGENT_BUSY",
                "助手窗口正在等待另一次签署的 PIN，请先处理。",
                "The agent is waiting for the PIN of another signature: see to that first.",
                status=409,
            )
        try:
            return self._with_consent(ticket, cert, data)
        finally:
            self.asking.release()

    def _with_consent(self, ticket: Ticket, cert: TokenCert, data: bytes) -> bytes:
        # used up before the question: a page that asks again and again gets one
        self.memory.use_up(ticket, self.clock())
        pin = self.ask_pin(ticket, cert)
        if pin is None:
            raise Problem(
                "CONSENT_REFUSED",
                "您在助手窗口取消了签署，未签名。",
                "You declined in the agent's window, so nothing was signed.",
                status=403,
            )
        signature = self.tokens.sign(cert, data, pin)
        self.told("已签名 / signed")
        return signature


class Gate:
    """Host, origin and the browser's question for leave, before anything else is looked at."""

    def __init__(self, app: ASGIApp, origins: frozenset[str], port: int) -> None:
        self._app = app
        self._origins = origins
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        origin = request.headers.get("origin", "")
        if request.headers.get("host") not in self._hosts or origin not in self._origins:
            # no header that lets a stranger read this
            await _refusal(foreign_origin(), {})(scope, receive, send)
            return
        allowed = {
            "Access-Control-Allow-Origin": origin,
            "Vary": "Origin",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        if request.method == "OPTIONS":
            await Response(status_code=204, headers={**allowed, **_leave(request)})(scope, receive, send)
            return
        if request.method == "GET" and request.headers.get("x-agent") != "1":
            # a plain request is sent without leave being asked; ours never is
            await _refusal(foreign_origin(), allowed)(scope, receive, send)
            return

        async def dressed(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [(name.lower().encode(), value.encode()) for name, value in allowed.items()]
            await send(message)

        await self._app(scope, receive, dressed)


def _leave(request: Request) -> dict[str, str]:
    """The answer to the preflight, also to the questions about local networks (WICG Private/Local Network Access)."""
    answer = {
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "content-type, x-agent",
        "Access-Control-Max-Age": "60",
    }
    for kind in ("Private", "Local"):
        if request.headers.get(f"access-control-request-{kind.lower()}-network") == "true":
            answer[f"Access-Control-Allow-{kind}-Network"] = "true"
    return answer


async def _body(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type") != "application/json":
        raise _malformed()
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > LARGEST_BODY:
            raise _malformed()
    try:
        told = json.loads(read)
    except ValueError:
        raise _malformed() from None
    if not isinstance(told, dict):
        raise _malformed()
    return told


def _refused(request: Request, error: Exception) -> Response:
    del request
    return _refusal(error if isinstance(error, Problem) else _malformed(), {})


def _refusal(problem: Problem, headers: Mapping[str, str]) -> Response:
    return JSONResponse(problem.to_document(), problem.status, headers, media_type="application/problem+json")


def foreign_origin() -> Problem:
    return Problem(
        "FOREIGN_ORIGIN",
        "该网站不在助手的允许名单中，已拒绝；如确需使用，请用 --origin 写明其网址后重新启动助手。",
        "This site is not on the agent's list, so it is refused: if you mean to use it, start the agent with --origin.",
        status=403,
    )


def _malformed() -> Problem:
    return Problem(
        "REQUEST_MALFORMED",
        "请求内容不完整，请刷新网页后重试。",
        "The request is incomplete: reload the page and try again.",
    )
