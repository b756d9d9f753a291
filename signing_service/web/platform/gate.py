"""The gate of the platforms: every way in is a row that says who may go it, and nothing is served that has no row.

    Way("POST", "/platform/account/password", Who.SESSION, change_password)

Before a handler runs, the gate has read the body within its limit, seen that a request that changes something comes
from a page of our own (Origin, and a token bound to the session), and applied the row's rule.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import quote

import anyio.to_thread
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from signing_service.domain.accounts import Due, forged_request, login_required, not_allowed
from signing_service.domain.errors import Problem
from signing_service.domain.staff import Level
from signing_service.domain.viewer import AccountKind, Viewer
from signing_service.web.room import Reader, reader_of
from signing_service.workflows.accounts import sessions
from signing_service.workflows.accounts.accounts import Accounts, Caller
from signing_service.workflows.accounts.sessions import Opened, Visit

LARGEST_FORM = 256 * 1024
LOG_IN = "/platform/log-in"
NEXT_STEP = "/platform/log-in/next"
MOST_FILES, MOST_FIELDS = 60, 2_000
"""Of one form; a browser sends a part for each field of a file, chosen or not."""
CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"
KNOWN_FOR = 365 * 24 * 60 * 60
"""Seconds for which a browser is known again, so that its owner is told of a log-in from another."""
_CHANGES_NOTHING = frozenset({"GET", "HEAD"})


class Who(Enum):
    """Who may go a way."""

    ANYBODY = "anybody"
    SESSION = "session"
    """Whoever has logged in, also when something is still due."""
    VIEWER = "viewer"
    """Whoever has logged in and owes nothing more: any person, enterprise or officer."""
    PERSON = "person"
    ENTERPRISE = "enterprise"
    STAFF = "staff"
    ADMIN = "admin"
    """Who makes accounts of officers."""
    WINDOW = "window"
    """Officers at a window: with a permission of that level."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that passed the gate."""

    request: Request
    accounts: Accounts
    caller: Caller
    reader: Reader
    visit: Visit | None
    fields: Mapping[str, Any]
    """Of a form or of a JSON object."""
    files: Mapping[str, bytes] = field(default_factory=dict)

    def text(self, name: str, most: int = 400) -> str:
        """A field that is text; missing is empty. Raises Problem REQUEST_MALFORMED."""
        value = self.fields.get(name, "")
        if not isinstance(value, str) or len(value) > most:
            raise malformed()
        return value

    def texts(self, name: str) -> list[str]:
        value = self.fields.get(name, [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(one, str) and len(one) <= 400 for one in found):
            raise malformed()
        return found

    @property
    def wants_json(self) -> bool:
        return is_api(self.request)

    @property
    def here(self) -> Visit:
        """Raises Problem LOGIN_REQUIRED."""
        if self.visit is None:
            raise login_required()
        return self.visit

    @property
    def viewer(self) -> Viewer:
        """Raises Problem LOGIN_REQUIRED, LOGIN_UNFINISHED."""
        return sessions.settled(self.visit)

    @property
    def csrf(self) -> str:
        """To be sent back with whatever changes something."""
        return csrf_of(self.request, self.accounts)


Handler = Callable[[Asked], Response]


@dataclass(frozen=True, slots=True)
class Way:
    """One row: method, address, who may, what is done."""

    method: str
    path: str
    who: Who
    does: Handler
    largest: int = LARGEST_FORM
    """Bytes of a body."""


def routes_of(ways: Iterable[Way], refused: Callable[[Request, Problem], Response]) -> list[Route]:
    """A route for each row. Rows that stand twice are a mistake and raise ValueError."""
    table = tuple(ways)
    if len({(way.method, way.path) for way in table}) != len(table):
        msg = "two rows for one way"
        raise ValueError(msg)
    return [
        Route(way.path, _endpoint(way, refused), methods=[way.method], name=f"{way.method} {way.path}") for way in table
    ]


def _endpoint(way: Way, refused: Callable[[Request, Problem], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            fields, files = await _read(request, way.largest)
            response = await anyio.to_thread.run_sync(_go, way, request, fields, files)
        except ClientDisconnect:
            return Response(status_code=400)  # whoever asked is gone
        except Problem as problem:
            response = _turned_away(request, problem) or refused(request, problem)
        _know_browser(request, response)
        return response

    return endpoint


def _go(way: Way, request: Request, fields: Mapping[str, Any], files: Mapping[str, bytes]) -> Response:
    accounts = accounts_of(request)
    visit = visit_of(request)
    asked = Asked(request, accounts, caller_of(request), reader_of(request), visit, fields, files)
    if request.method not in _CHANGES_NOTHING:
        refuse_forged(asked)
    refuse_unless(way.who, visit)
    return way.does(asked)


def _turned_away(request: Request, problem: Problem) -> Response | None:
    """A page leads to where the log-in begins or goes on; programs are told."""
    if is_api(request):
        return None
    if problem.code == "LOGIN_REQUIRED":
        back = request.url.path if request.method in _CHANGES_NOTHING else ""
        return RedirectResponse(f"{LOG_IN}?next={quote(back)}" if back else LOG_IN, 303)
    return RedirectResponse(NEXT_STEP, 303) if problem.code == "LOGIN_UNFINISHED" else None


# ---- rules, also for routes that are made elsewhere


def viewer_of(request: Request) -> Viewer | None:
    """Who is logged in and owes nothing more."""
    visit = visit_of(request)
    return visit.viewer if visit is not None and visit.due is None else None


def require(request: Request, who: Who = Who.VIEWER) -> Viewer:
    """Raises Problem LOGIN_REQUIRED, LOGIN_UNFINISHED, NOT_ALLOWED."""
    visit = visit_of(request)
    refuse_unless(who, visit)
    if visit is None:
        raise login_required()
    return visit.viewer


def refuse_unless(who: Who, visit: Visit | None) -> None:
    if who is Who.ANYBODY:
        return
    if visit is None:
        raise login_required()
    if who is Who.SESSION:
        return
    if not _is(who, sessions.settled(visit)):
        raise not_allowed()


def _is(who: Who, viewer: Viewer) -> bool:
    match who:
        case Who.PERSON:
            return viewer.kind is AccountKind.PERSON
        case Who.ENTERPRISE:
            return viewer.kind is AccountKind.ENTERPRISE
        case Who.STAFF:
            return viewer.kind is AccountKind.STAFF
        case Who.ADMIN:
            return viewer.kind is AccountKind.STAFF and viewer.admin is not None
        case Who.WINDOW:
            return viewer.kind is AccountKind.STAFF and any(one.level is Level.WINDOW for one in viewer.grants)
    return True


def visit_of(request: Request) -> Visit | None:
    """The session of a request, looked up once."""
    if not hasattr(request.state, "visit"):
        request.state.visit = sessions.resume(accounts_of(request), request.cookies.get(session_cookie(request), ""))
    visit: Visit | None = request.state.visit
    return visit


def accounts_of(request: Request) -> Accounts:
    accounts: Accounts = request.app.state.accounts
    return accounts


def caller_of(request: Request) -> Caller:
    address = request.client.host if request.client else ""
    device = request.cookies.get(_cookie(request, "browser"), "")
    return Caller(address, request.headers.get("user-agent", ""), own_origin(request), device)


def own_origin(request: Request) -> str:
    """What the settings name; without, the address that was opened."""
    named: str = request.app.state.platform_origin
    return named or f"{request.url.scheme}://{request.headers.get('host', '')}"


def is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


# ---- cookies and forgery


def session_cookie(request: Request) -> str:
    return _cookie(request, "session")


def _cookie(request: Request, name: str) -> str:
    """With the prefix that ties it to this very host (RFC 6265bis, 4.1.3.2), which needs https."""
    return f"__Host-{name}" if own_origin(request).startswith("https://") else name


def give_session(response: Response, request: Request, opened: Opened) -> Response:
    """Until the browser is closed; how long it holds is decided here and not by the cookie."""
    _give(response, request, session_cookie(request), opened.token)
    return response


def take_session(response: Response, request: Request) -> Response:
    secure = own_origin(request).startswith("https://")
    response.delete_cookie(session_cookie(request), path="/", secure=secure, httponly=True, samesite="lax")
    return response


def _give(response: Response, request: Request, name: str, value: str, seconds: int | None = None) -> None:
    secure = own_origin(request).startswith("https://")
    response.set_cookie(name, value, seconds, path="/", secure=secure, httponly=True, samesite="lax")


def csrf_of(request: Request, accounts: Accounts) -> str:
    """Bound to the session; before there is one, to the browser."""
    session = request.cookies.get(session_cookie(request), "")
    if session:
        return accounts.keyed("csrf", session)
    return accounts.keyed("csrf", browser_of(request, accounts))


def browser_of(request: Request, accounts: Accounts) -> str:
    """What only this browser knows, also before anybody has logged in with it."""
    if not hasattr(request.state, "browser"):
        known = request.cookies.get(_cookie(request, "browser"), "")
        request.state.browser, request.state.is_new = (known, False) if known else (accounts.token(), True)
    browser: str = request.state.browser
    return browser


def _know_browser(request: Request, response: Response) -> None:
    if getattr(request.state, "is_new", False):
        _give(response, request, _cookie(request, "browser"), request.state.browser, KNOWN_FOR)


def refuse_forged(asked: Asked) -> None:
    """Raises Problem CSRF_REFUSED for what does not come from a page of ours, or from a program that shows the token.

    A program that has no session yet sends JSON, which no other site's form can.
    """
    request = asked.request
    origin = request.headers.get("origin", "")
    elsewhere = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if (origin and origin != own_origin(request)) or elsewhere:
        raise forged_request()
    has_session = bool(request.cookies.get(session_cookie(request)))
    if asked.wants_json and not has_session:
        return
    sent = request.headers.get(CSRF_HEADER, "") or asked.fields.get(CSRF_FIELD, "")
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), asked.csrf.encode()):
        raise forged_request()


# ---- bodies


async def _read(request: Request, largest: int) -> tuple[dict[str, Any], dict[str, bytes]]:
    if request.method in _CHANGES_NOTHING:
        return {}, {}
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > largest:
            raise Problem(
                "REQUEST_TOO_LARGE",
                "提交的内容过大，未处理；请压缩图片或减少内容后重试。",
                "What was sent is too large and was not looked at: make pictures smaller, then try again.",
                status=413,
            )
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if is_api(request):
        return _json(bytes(read), kind), {}
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        raise malformed()
    request._body = bytes(read)  # noqa: SLF001  Starlette's own way to read a body twice
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    fields: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            free = _not_taken(name, files)
            files[free] = await value.read()
            fields[f"{free}.filename"] = value.filename or ""
        elif name in fields:
            before = fields[name]
            fields[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            fields[name] = value
    await form.close()
    return fields, files


def _not_taken(name: str, files: Mapping[str, bytes]) -> str:
    """Several files of one field are ``name``, ``name+``, ``name++``; the name of each is in ``<name>.filename``."""
    while name in files:
        name += "+"
    return name


def _json(read: bytes, kind: str) -> dict[str, Any]:
    if not read:
        return {}
    try:
        told = json.loads(read) if kind == "application/json" else None
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise malformed()
    return told


def as_json(told: Any, status: int = 200) -> JSONResponse:
    return JSONResponse(told, status, headers={"Cache-Control": "no-store"})


def problem_json(problem: Problem) -> JSONResponse:
    return JSONResponse(
        problem.to_document(),
        problem.status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store"},
    )


def standing(visit: Visit, csrf: str) -> dict[str, Any]:
    """A session as programs are told of it."""
    viewer = visit.viewer
    return {
        "account": viewer.account,
        "kind": viewer.kind.value,
        "name": viewer.name,
        "due": visit.due.value if visit.due else None,
        "factors": [factor.value for factor in visit.session.factors],
        "admin": viewer.admin.value if viewer.admin else None,
        "grants": [
            {"procedures": one.procedures, "level": one.level.value, "region": str(one.region)} for one in viewer.grants
        ],
        "ends_at": visit.session.ends_at.isoformat(),
        "csrf": csrf,
    }


def due_of(visit: Visit) -> Due | None:
    return visit.due


def malformed() -> Problem:
    return Problem(
        "REQUEST_MALFORMED",
        "请求内容不完整或格式有误，请刷新页面后重试。",
        "The request is incomplete or malformed: reload the page and try again.",
    )
