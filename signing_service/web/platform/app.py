"""The platforms as one app: every way in a row of one table, and what holds for every answer that leaves it."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from signing_service.domain.errors import Problem
from signing_service.domain.tickets import AGENT_PORT
from signing_service.web.doorway import Doorway, headers_for
from signing_service.web.platform.attachments import FORM_LARGEST
from signing_service.web.platform.beginning import BeginningPages
from signing_service.web.platform.books import BookPages
from signing_service.web.platform.consents import ConsentPages
from signing_service.web.platform.dossier import DossierPages
from signing_service.web.platform.dossiers import DossierLists
from signing_service.web.platform.form import FormPages
from signing_service.web.platform.gate import Way, routes_of
from signing_service.web.platform.house import House
from signing_service.web.platform.licences import LicencePages
from signing_service.web.platform.messages import MessagePages
from signing_service.web.platform.pin import PinPages
from signing_service.web.platform.portrait import PortraitPages
from signing_service.web.platform.projects import ProjectPages
from signing_service.web.platform.rendering import STATIC, STATIC_ADDRESS
from signing_service.web.platform.reviews import ReviewPages
from signing_service.web.platform.sheets import SheetPages
from signing_service.web.platform.signing import SigningPages
from signing_service.web.platform.steps import StepPages
from signing_service.web.platform.todos import TodoPages
from signing_service.workflows.accounts.accounts import Accounts

PREFIXES = ("/platform", "/api/platform/")
"""What the platforms answer."""

BROKEN = Problem(
    "INTERNAL_ERROR",
    "系统暂时无法答复，没有改动任何内容；请稍后刷新页面再试。",
    "We cannot answer at the moment, and nothing was changed: reload in a while.",
    status=500,
)
TOO_LARGE = Problem(
    "REQUEST_TOO_LARGE",
    "提交的内容过大，未处理；请减小文件后重试。",
    "What was sent is too large and was not looked at: make the files smaller and try again.",
    status=413,
)
PAGE_UNKNOWN = Problem(
    "PAGE_UNKNOWN", "没有这个页面，请检查网址。", "There is no such page: check the address.", status=404
)
METHOD_NOT_ALLOWED = Problem(
    "METHOD_NOT_ALLOWED",
    "这个网址不能这样打开，请从我的待办重新进入。",
    "This address cannot be opened this way: start again from what waits for you.",
    status=405,
)


def page_ways(house: House) -> tuple[Way, ...]:
    """Every page of people's own work, and its twin for programs."""
    dossier = DossierPages(house)
    signing = SigningPages(house, dossier)
    return (
        *TodoPages(house).ways(),
        *DossierLists(house).ways(),
        *BeginningPages(house).ways(),
        *FormPages(house).ways(),
        *dossier.ways(),
        *signing.ways(),
        *StepPages(house, dossier, signing).ways(),
        *LicencePages(house).ways(),
        *MessagePages(house).ways(),
        *PortraitPages(house).ways(),
        *PinPages(house).ways(),
        *SheetPages(house).ways(),
        *ConsentPages(house).ways(),
        *ReviewPages(house).ways(),
        *ProjectPages(house).ways(),
        *BookPages(house).ways(),
    )


def make_platforms(
    house: House, accounts: Accounts, origin: str, more: Sequence[Way] = (), agent_port: int = AGENT_PORT
) -> ASGIApp:
    """``more``: the ways of the entrance. ``origin``: of these pages; empty: whatever address was opened.

    Scripts talk to this site, and to the agent on this computer with which an enterprise logs in.
    """

    def not_served(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return house.refused(request, {404: PAGE_UNKNOWN, 405: METHOD_NOT_ALLOWED}.get(status, BROKEN))

    async def broke(request: Request, error: Exception) -> Response:
        del error  # the doorway logs it
        return house.broken(request, BROKEN)

    app = Starlette(
        routes=[
            *routes_of((*more, *page_ways(house)), house.refused),
            Mount(STATIC_ADDRESS, StaticFiles(directory=STATIC), name="platform-static"),
        ],
        exception_handlers={HTTPException: not_served, Exception: broke},
    )
    app.state.accounts = accounts
    app.state.platform_origin = origin
    return Doorway(
        app,
        headers_for(
            origin,
            connect=f"'self' http://127.0.0.1:{agent_port}",
            form_action="'self'",
            referrer="same-origin",
        ),
        broken=lambda request: house.broken(request, BROKEN),
        static=f"{STATIC_ADDRESS}/",
        largest=lambda _path: FORM_LARGEST,
        too_large=TOO_LARGE,
    )
