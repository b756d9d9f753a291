"""The signing room: one page, on which a party sees what it signs, and signs with a key of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from signing_service.domain.dates import SHANGHAI, day_in_shanghai, in_chinese, in_english
from signing_service.domain.documents import Sha256
from signing_service.domain.errors import Problem
from signing_service.domain.seals import Seal
from signing_service.pipeline.appearance import draw
from signing_service.pipeline.pictures import layout, picture
from signing_service.storage.public_register import ROLES
from signing_service.web.shown import overlay, signatories, true_size
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
        turn = {errand.role} if errand.standing is Standing.OPEN else set()
        face = self._face(errand.seal)
        return {
            "layout": shown,
            "signatories": signatories(shown.places, turn),
            "overlays": [overlay(shown, page, turn, face) for page in range(len(shown.pages))],
            "mine": mine,
            "seal": true_size(face),
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


def _short_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
