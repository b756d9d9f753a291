"""The signing room: one page, on which a party sees what it signs, and signs with a key of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from signing_service.domain.dates import SHANGHAI, day_in_shanghai, in_chinese, in_english
from signing_service.domain.documents import Sha256, SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.seals import Seal
from signing_service.pipeline.appearance import draw
from signing_service.pipeline.pictures import Layout, Place, layout, picture
from signing_service.storage.public_register import ROLES
from signing_service.workflows.held_outside import Errand, Standing
from signing_service.workflows.reception import Reception

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"


@dataclass(frozen=True, slots=True)
class Reader:
    """Chinese, or English for who asks for it."""

    lang: str

    def say(self, zh: str, en: str) -> str:
        return en if self.lang == "en" else zh

    def moment(self, moment: Any) -> str:
        day = day_in_shanghai(moment)
        clock = moment.astimezone(SHANGHAI).strftime("%H:%M")
        return f"{in_english(day)}, {clock}" if self.lang == "en" else f"{in_chinese(day)} {clock}"


@dataclass(frozen=True, slots=True)
class Signatory:
    """A line of who signs where."""

    role: SignatoryRole
    name_zh: str
    name_en: str
    state: str
    """filled, mine or open"""
    page: int
    """From 1; 0 for one that shows nothing."""


class RoomPages:
    """Renders; what it shows comes from the room, and it changes nothing."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._html = Environment(
            loader=FileSystemLoader(HERE / "html"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._static = {path.name: f"/sign/static/{path.name}?v={_short_hash(path)}" for path in STATIC.iterdir()}

    def routes(self) -> list[Route | Mount]:
        return [
            Mount("/sign/static", StaticFiles(directory=STATIC), name="signing-static"),
            Route("/sign/{token}", self._show),
            Route("/sign/{token}/{revision}/{page:int}.png", self._page),
            Route("/sign/{token}/{revision}/document.pdf", self._file),
        ]

    def _show(self, request: Request) -> Response:
        token = request.path_params["token"]
        invitation = self._reception.room.admit(token)
        errand = self._reception.room.look(invitation)
        reader = reader_of(request)
        facts: dict[str, Any] = {"errand": errand, "token": token, "expires_at": invitation.expires_at}
        if errand.row is not None and errand.revision is not None and errand.standing is not Standing.VOID:
            facts |= self._document(errand, errand.revision.sha256)
        return self._rendered(request, "room.html", reader, facts)

    def _document(self, errand: Errand, revision: Sha256) -> dict[str, Any]:
        shown = layout(self._reception.room.desk.blobs.get(revision))
        mine = next((place for place in shown.places if place.role is errand.role), None)
        return {
            "layout": shown,
            "signatories": [_signatory(place, errand) for place in shown.places],
            "overlays": [_overlay(shown, page, errand, self._face(errand.seal)) for page in range(len(shown.pages))],
            "mine": mine,
            "seal": _true_size(self._face(errand.seal)),
        }

    def _face(self, seal: Seal | None) -> Any:
        return draw(seal.artwork, self._reception.room.fonts) if seal else None

    def _page(self, request: Request) -> Response:
        png = picture(self._revision(request), request.path_params["page"] - 1)
        return Response(png, media_type="image/png", headers={"Cache-Control": "private, max-age=86400, immutable"})

    def _file(self, request: Request) -> Response:
        name = f"{request.path_params['revision'][:12]}.pdf"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(self._revision(request), media_type="application/pdf", headers=headers)

    def _revision(self, request: Request) -> bytes:
        room = self._reception.room
        return room.file(room.admit(request.path_params["token"]), request.path_params["revision"])

    def show_problem(self, request: Request, problem: Problem) -> Response:
        return self._rendered(request, "refusal.html", reader_of(request), {"problem": problem}, problem.status)

    def _rendered(
        self, request: Request, template: str, reader: Reader, facts: dict[str, Any], status: int = 200
    ) -> HTMLResponse:
        say: Callable[[str, str], str] = reader.say
        html = self._html.get_template(template).render(
            **facts,
            say=say,
            reader=reader,
            lang=reader.lang,
            roles=ROLES,
            static=self._static,
            agent_port=self._reception.agent_port,
            switch=f"{request.url.path}?lang={'zh' if reader.lang == 'en' else 'en'}",
        )
        return HTMLResponse(html, status, {"Content-Language": "en" if reader.lang == "en" else "zh-CN"})


def reader_of(request: Request) -> Reader:
    """``?lang=`` decides, else English when Accept-Language names it before Chinese, else Chinese."""
    asked = request.query_params.get("lang", "")
    if asked in ("zh", "en"):
        return Reader(asked)
    wishes = request.headers.get("accept-language", "").lower()
    zh, en = wishes.find("zh"), wishes.find("en")
    return Reader("en" if en >= 0 and (zh < 0 or en < zh) else "zh")


def _signatory(place: Place, errand: Errand) -> Signatory:
    name = ROLES[place.role]
    is_mine = place.role is errand.role and errand.standing is Standing.OPEN
    state = "filled" if place.filled else "mine" if is_mine else "open"
    return Signatory(place.role, name.zh, name.en, state, place.page + 1 if place.width else 0)


def _overlay(shown: Layout, page: int, errand: Errand, face: Any) -> Markup:
    """The open field outlined where it is on the page, with the seal as it will stand there."""
    width, height = shown.pages[page]
    parts = [Markup('<svg class="places" viewBox="0 0 {} {}" aria-hidden="true">').format(width, height)]
    for place in shown.places:
        if (
            place.page != page
            or not place.width
            or place.role is not errand.role
            or errand.standing is not Standing.OPEN
        ):
            continue
        if face is not None:
            left = place.left + (place.width - face.width_pt) / 2
            top = place.top + (place.height - face.height_pt) / 2
            parts.append(_at(face, left, top))
        parts.append(
            Markup('<rect class="mine" x="{}" y="{}" width="{}" height="{}" rx="4"/>').format(
                place.left, place.top, place.width, place.height
            )
        )
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def _at(face: Any, left: float, top: float) -> Markup:
    """The seal in points, inside the drawing of the page."""
    head, body = face.svg.split(">", 1)
    box = head[head.index("viewBox") :]
    opened = (
        f'<svg class="preview" x="{left:.2f}" y="{top:.2f}" width="{face.width_pt:.2f}" height="{face.height_pt:.2f}" '
    )
    return Markup(opened + box + ">" + body)  # noqa: S704  our own drawing, numbers and paths only


def _true_size(face: Any) -> Markup:
    return Markup(face.svg) if face else Markup("")  # noqa: S704  our own drawing


def _short_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
