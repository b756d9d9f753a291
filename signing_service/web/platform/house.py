"""What every page of the platforms leans on: the desk, the shelf, how a page is made, and who looks at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.viewer import AccountKind, Viewer
from signing_service.storage.public_register import ROLES, STAGES
from signing_service.web.platform import gate
from signing_service.web.platform.gate import Asked
from signing_service.web.platform.rendering import Frame, Reader, Renderer, reader_of
from signing_service.workflows.desk import Desk
from signing_service.workflows.held_outside import SigningRoom
from signing_service.workflows.shelf import DossierView, Shelf

TONES: Mapping[Stage, str] = {
    Stage.DRAFT: "none",
    Stage.CORRECTION: "waits",
    Stage.PREPARED: "waits",
    Stage.CLOSED: "done",
    Stage.REFUSED: "void",
    Stage.NOT_ACCEPTED: "void",
    Stage.WITHDRAWN: "none",
    Stage.LAPSED: "void",
}
"""Shape and colour of a stage; what goes on by itself is ``todo``."""

HARMLESS = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store"}
"""Of a stranger's file that is handed on: it may show itself and nothing else."""


@dataclass(frozen=True)
class House:
    desk: Desk
    renderer: Renderer
    fonts: Path
    """Folder of the document fonts, in which seals are drawn."""
    templates: Path
    room: SigningRoom | None = None
    """Where parties with keys of their own sign; None: nobody has one."""
    public_origin: str = ""
    """Of the portal, in the codes that are shown on the screen."""
    messages: Callable[[Connection, str], int] | None = field(default=None)
    """How many messages of a party are unread."""

    @cached_property
    def shelf(self) -> Shelf:
        return Shelf(self.desk)

    @property
    def today(self) -> date:
        return day_in_shanghai(self.desk.clock())

    # ---- answers

    def broken(self, request: Request, problem: Problem) -> Response:
        """As ``refused`` when nothing can be asked, not even who looks."""
        if gate.is_api(request):
            return gate.problem_json(problem)
        return self.renderer.page(request, "refusal.html", {"problem": problem}, Frame(), status=problem.status)

    def page(
        self, asked: Asked, template: str, facts: Mapping[str, Any], *, here: str = "", status: int = 200
    ) -> Response:
        return self._page(asked.request, template, facts, here=here, status=status)

    def _page(self, request: Request, template: str, facts: Mapping[str, Any], *, here: str, status: int) -> Response:
        viewer = gate.viewer_of(request)
        frame = Frame(
            viewer=viewer,
            waiting=self.shelf.count(viewer) if viewer else 0,
            unread=self._unread(viewer) if viewer else 0,
            csrf=gate.csrf_of(request, gate.accounts_of(request)),
        )
        words = {"today": self.today, "roles": ROLES, "stages": STAGES, "tones": TONES}
        return self.renderer.page(request, template, {**words, **facts}, frame, here=here, status=status)

    def _unread(self, viewer: Viewer) -> int:
        if self.messages is None:
            return 0
        with self.desk.database.reading() as connection:
            return self.messages(connection, told_as(viewer))

    def refused(self, request: Request, problem: Problem) -> Response:
        """A page for people, a problem document for programs and for the scripts of our own pages."""
        if gate.is_api(request) or "application/json" in request.headers.get("accept", ""):
            return gate.problem_json(problem)
        return self._page(request, "refusal.html", {"problem": problem}, here="", status=problem.status)


def told_as(viewer: Viewer) -> str:
    """Under which name somebody is told: an officer as the account, everybody else as the party."""
    return viewer.account if viewer.kind is AccountKind.STAFF else viewer.party


def see_other(address: str) -> RedirectResponse:
    """After something was changed: reloading the page that follows changes nothing again."""
    return RedirectResponse(address, 303)


def told(document: Mapping[str, Any], status: int = 200) -> JSONResponse:
    return JSONResponse(dict(document), status, headers={"Cache-Control": "no-store"})


def address_of(number: str, *below: str) -> str:
    return "/".join((f"/platform/dossiers/{number}", *below))


def reader(asked: Asked) -> Reader:
    return reader_of(asked.request)


def number_in(asked: Asked) -> str:
    return str(asked.request.path_params["number"])


def author(asked: Asked, view: DossierView) -> Actor:
    """The viewer as the one who began the dossier. Raises Problem NOT_YOUR_DOSSIER."""
    if view.initiator not in view.roles:
        raise not_yours()
    return asked.viewer.acts_as(view.initiator)


def role_named(asked: Asked, view: DossierView) -> SignatoryRole:
    """The role that a form names, when the viewer plays it; with none named, the only one. Raises NOT_YOUR_DOSSIER."""
    named = asked.text("role")
    found = [role for role in view.roles if not named or role.value == named]
    if not found:
        raise not_yours()
    return found[0]


def not_yours() -> Problem:
    return Problem(
        "NOT_YOUR_DOSSIER",
        "这一步不由您办理，请回到办件查看进度。",
        "This is not yours to do: go back to the dossier to see where it is.",
        status=403,
    )
