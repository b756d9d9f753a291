"""The page that says who can log in to the small province, and what to try. Only where the province was entered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import pyotp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from signing_service.demo import province
from signing_service.domain.viewer import AccountKind
from signing_service.web.doorway import Doorway, headers_for
from signing_service.web.platform.app import BROKEN, TOO_LARGE
from signing_service.web.platform.gate import problem_json
from signing_service.web.platform.rendering import Frame, Renderer

PREFIX = "/tour"
HTML = Path(__file__).resolve().parent / "html"
LARGEST_BODY = 1024

KINDS: Mapping[AccountKind, tuple[str, str]] = MappingProxyType(
    {
        AccountKind.PERSON: ("个人", "People"),
        AccountKind.ENTERPRISE: ("企业", "Enterprises"),
        AccountKind.STAFF: ("政务（窗口、管理员、工作人员）", "Authorities: window, administrators, officers"),
    }
)


def make_tour(clock: Callable[[], datetime]) -> Doorway:
    renderer = Renderer([HTML])

    def show(request: Request) -> Response:
        now = clock()
        rows = [(one, pyotp.TOTP(one.totp).at(now) if one.totp else "") for one in province.log_ins()]
        groups = [(KINDS[kind], [row for row in rows if row[0].kind is kind]) for kind in KINDS]
        facts = {"groups": groups, "password": province.PASSWORD, "pin": province.PIN}
        response = renderer.page(request, "tour.html", facts, Frame())
        # the digits are those of the moment
        response.headers["Refresh"] = "25"
        return response

    app = Starlette(routes=[Route(PREFIX, show)])
    return Doorway(
        app,
        headers_for("", form_action="'self'"),
        broken=lambda _request: problem_json(BROKEN),
        static=f"{PREFIX}/static/",
        largest=lambda _path: LARGEST_BODY,
        too_large=TOO_LARGE,
    )
