"""The entrance: everybody's way in and out, as rows for the platforms' app, and as an app of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from signing_service.domain.errors import Problem
from signing_service.domain.tickets import AGENT_PORT
from signing_service.web.platform import accounts_api, factor_api, session_api, staff_api
from signing_service.web.platform.account_pages import AccountPages
from signing_service.web.platform.doorstep import Doorstep
from signing_service.web.platform.entrance_parts import Show
from signing_service.web.platform.gate import Asked, Way, csrf_of, is_api, problem_json, routes_of, viewer_of
from signing_service.web.platform.registration_pages import RegistrationPages
from signing_service.web.platform.rendering import STATIC, STATIC_ADDRESS, Frame, Renderer
from signing_service.web.platform.section_entrance import SectionEntrance
from signing_service.web.platform.staff_pages import StaffPages
from signing_service.workflows.accounts.accounts import Accounts


def ways(show: Show, agent_port: int = AGENT_PORT) -> tuple[Way, ...]:
    """Every row. ``show`` makes the pages: that of the house, or the entrance's own."""
    return (
        *session_api.ways(),
        *factor_api.ways(),
        *staff_api.ways(),
        *accounts_api.ways(),
        *Doorstep(show, agent_port).ways(),
        *AccountPages(show).ways(),
        *StaffPages(show).ways(),
        *RegistrationPages(show).ways(),
        *SectionEntrance(show).ways(),
    )


class OwnPages:
    """The frame of the platforms without what waits."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def __call__(
        self, asked: Asked, template: str, facts: Mapping[str, Any], *, here: str = "", status: int = 200
    ) -> Response:
        return self._page(asked.request, template, facts, here=here, status=status)

    def refused(self, request: Request, problem: Problem) -> Response:
        if is_api(request):
            return problem_json(problem)
        return self._page(request, "refusal.html", {"problem": problem}, here="", status=problem.status)

    def _page(self, request: Request, template: str, facts: Mapping[str, Any], *, here: str, status: int) -> Response:
        frame = Frame(viewer=viewer_of(request), csrf=csrf_of(request, request.app.state.accounts))
        response = self._renderer.page(request, template, facts, frame, here=here, status=status)
        response.headers["Cache-Control"] = "no-store"
        return response


def make_entrance(accounts: Accounts, origin: str, agent_port: int = AGENT_PORT) -> Starlette:
    """``origin``: of the platforms' pages; empty: whatever address was opened."""
    pages = OwnPages(Renderer())
    static = Mount(STATIC_ADDRESS, StaticFiles(directory=STATIC), name="platform-static")
    app = Starlette(routes=[static, *routes_of(ways(pages, agent_port), pages.refused)])
    app.state.accounts = accounts
    app.state.platform_origin = origin
    return app
