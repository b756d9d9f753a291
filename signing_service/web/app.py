"""The signing room as one app: pages, API, and what holds for every answer that leaves it."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from signing_service.domain.errors import Problem
from signing_service.web.doorway import Doorway, headers_for
from signing_service.web.room import RoomPages
from signing_service.workflows.reception import Reception

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


_TOO_LARGE = Problem(
    "REQUEST_TOO_LARGE",
    "请求内容过大，未处理；请刷新页面后重新签署。",
    "The request is too large and was not looked at: reload the page and sign again.",
    status=413,
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
    return Doorway(
        app,
        headers_for(reception.public_origin, connect=f"'self' http://127.0.0.1:{reception.agent_port}"),
        broken=lambda request: refuse(request, _BROKEN),
        static="/sign/static/",
        largest=lambda _path: LARGEST_BODY,
        too_large=_TOO_LARGE,
    )
