"""The entrance: everybody's way in and out, as one app."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from signing_service.domain.errors import Problem
from signing_service.web.platform import factor_api, session_api, staff_api
from signing_service.web.platform.gate import Way, problem_json, routes_of
from signing_service.workflows.accounts.accounts import Accounts


def ways() -> tuple[Way, ...]:
    """Every row, and so every route."""
    return (*session_api.ways(), *factor_api.ways(), *staff_api.ways())


def make_entrance(accounts: Accounts, origin: str) -> Starlette:
    """``origin``: of the platforms' pages; empty: whatever address was opened."""

    def refused(request: Request, problem: Problem) -> Response:
        return problem_json(problem)

    app = Starlette(routes=routes_of(ways(), refused))
    app.state.accounts = accounts
    app.state.platform_origin = origin
    return app
