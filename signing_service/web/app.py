"""The signing room as one app: pages, API, and what holds for every answer that leaves it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from signing_service.domain.errors import Problem
from signing_service.web.room import RoomPages
from signing_service.workflows.reception import Reception

log = logging.getLogger("signing_service.web")

PREFIXES = ("/sign/", "/api/signing/", "/.well-known/signing-service-")
"""What the signing room answers; the rest is the portal's."""

LARGEST_BODY = 256 * 1024

_BROKEN = Problem(
    "INTERNAL_ERROR",
    "系统暂时无法答复，没有签署任何内容；请稍后刷新页面再试。",
    "We cannot answer at the moment, and nothing was signed: reload in a while.",
    status=500,
)


_MALFORMED = Problem(
    "REQUEST_MALFORMED",
    "请求内容不完整或格式有误，请刷新页面后重试。",
    "The request is incomplete or malformed: reload the page and try again.",
)


def _refusal(status: int) -> Problem:
    """What is said of a request that no page or method took."""
    match status:
        case 404:
            return Problem(
                "PAGE_UNKNOWN", "没有这个页面，请检查网址。", "There is no such page: check the address.", status=404
            )
        case 405:
            return Problem(
                "METHOD_NOT_ALLOWED",
                "这个网址不能这样打开，请从收到的链接重新进入。",
                "This address cannot be opened this way: start again from the link you were given.",
                status=405,
            )
        case 400 | 415 | 422:
            return _MALFORMED
    return _BROKEN


def make_room(reception: Reception, api: APIRouter) -> ASGIApp:
    """The ASGI app of the signing room, with its headers."""
    app = FastAPI(
        title="签署室 / Signing room",
        description="Sign with a key of your own: the key stays with you.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/signing/openapi.json",
    )
    pages = RoomPages(reception)
    app.include_router(api)
    app.router.routes.extend(pages.routes())

    def refuse(request: Request, problem: Problem) -> Response:
        if request.url.path.startswith("/sign/"):
            return pages.show_problem(request, problem)
        return JSONResponse(problem.to_document(), problem.status, media_type="application/problem+json")

    async def refused(request: Request, error: Exception) -> Response:
        return refuse(request, error if isinstance(error, Problem) else _BROKEN)

    async def not_served(request: Request, error: Exception) -> Response:
        # what FastAPI meets while it reads a body is wrapped by it
        if isinstance(error.__cause__, Problem):
            return refuse(request, error.__cause__)
        response = refuse(request, _refusal(error.status_code if isinstance(error, HTTPException) else 500))
        response.headers.update(getattr(error, "headers", None) or {})
        return response

    async def malformed(request: Request, error: Exception) -> Response:
        del error  # it repeats what was sent
        return refuse(request, _MALFORMED)

    app.add_exception_handler(Problem, refused)
    app.add_exception_handler(HTTPException, not_served)
    app.add_exception_handler(Exception, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    return Doorway(app, reception, lambda request: refuse(request, _BROKEN))


class Doorway:
    """Sets the headers, limits what is read, and turns whatever broke into an answer that says so.

    Scripts come from here alone, and talk to this site and to the agent on this computer alone.
    """

    def __init__(self, app: ASGIApp, reception: Reception, broken: Callable[[Request], Response]) -> None:
        self._app = app
        self._broken = broken
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            f"connect-src 'self' http://127.0.0.1:{reception.agent_port}; form-action 'none'; base-uri 'none'; "
            "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        )
        headers = {
            "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex, nofollow, noarchive",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        }
        if reception.public_origin.startswith("https://"):
            headers["Strict-Transport-Security"] = "max-age=31536000"
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = ended = False
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > LARGEST_BODY:
                raise Problem(
                    "REQUEST_TOO_LARGE",
                    "请求内容过大，未处理；请刷新页面后重新签署。",
                    "The request is too large and was not looked at: reload the page and sign again.",
                    status=413,
                )
            return message

        async def dressed(message: Message) -> None:
            nonlocal started, ended
            if message["type"] == "http.response.start":
                started = True
                given = message.setdefault("headers", [])
                given.extend(self._headers)
                if not any(name == b"cache-control" for name, _ in given):
                    static = scope["path"].startswith("/sign/static/")
                    given.append((b"cache-control", b"public, max-age=86400" if static else b"no-store"))
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, limited, dressed)
        except Exception:
            # the path of a page carries its token, so the log gets the traceback alone
            log.exception("an answer could not be given")
            if not started:
                await self._broken(Request(scope, receive))(scope, receive, dressed)
            elif not ended:
                raise
