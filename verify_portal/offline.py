"""What others need to check a code without us: the status lists, the offline page with its manifest, the single file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from signing_service.attest.code_keys import CodeKeys, read_published
from signing_service.attest.status_list import CONTENT, PUBLISHED, address_of
from signing_service.domain.errors import Problem
from signing_service.storage.status_lists import PublishedList
from verify_portal.offline_words import words_of
from verify_portal.pages import STATIC, Pages
from verify_portal.reader import reader_of
from verify_portal.single_file import as_json, single_file
from verify_portal.templates import HTML

LONGEST_KEPT_SECONDS = 300
"""As the ttl of a list: who has one asks again after this while, counted from when it was signed."""
LAST_NUMBER = 1 << 11
"""No list has a greater number: there are no more places (``status_lists.MOST_PLACES``)."""
SHELL = ("code.js", "status-list.js", "qr-reader.js", "vendor/jsQR.js", "guilloche.svg", "offline.js")
LINKED = ("tokens.css", "portal.css", "offline.css", "icon.svg", "icon-192.png")
FOR_EVERYBODY = {"Access-Control-Allow-Origin": "*"}


class StatusLists(Protocol):
    """Where the signed lists are kept."""

    def status_list_numbers(self) -> list[int]: ...

    def status_list(self, number: int) -> PublishedList | None: ...


@dataclass(frozen=True, slots=True)
class Offline:
    """What is published for those who check by themselves."""

    origin: str
    keys: Path | None
    lists: StatusLists | None
    now: Callable[[], datetime]

    def code_keys(self) -> CodeKeys:
        return read_published(self.keys) if self.keys else CodeKeys(())

    def numbers(self) -> list[int]:
        return self.lists.status_list_numbers() if self.lists else []

    def list_of(self, number: int) -> PublishedList:
        """Raises Problem STATUS_LIST_UNKNOWN."""
        found = self.lists.status_list(number) if self.lists and number <= LAST_NUMBER else None
        if found is None:
            raise Problem(
                "STATUS_LIST_UNKNOWN",
                f"没有这份状态表，全部状态表见 {PUBLISHED}。",
                f"There is no such status list: {PUBLISHED} names those there are.",
                status=404,
            )
        return found


def add_offline(app: FastAPI, pages: Pages, offline: Offline) -> None:
    """Adds the routes. None of them asks for anything but what is public."""
    _add_lists(app, offline)
    _add_page(app, pages, offline)


def _add_lists(app: FastAPI, offline: Offline) -> None:
    def names(_: Request) -> Response:
        """Status List Aggregation (draft-ietf-oauth-status-list, 9.3)."""
        addresses = [address_of(offline.origin, number) for number in offline.numbers()]
        headers = {**FOR_EVERYBODY, "Cache-Control": f"public, max-age={LONGEST_KEPT_SECONDS}"}
        return JSONResponse({"status_lists": addresses}, headers=headers)

    def one(request: Request) -> Response:
        found = offline.list_of(request.path_params["number"])
        age = int((offline.now() - found.made_at).total_seconds())
        tag = f'"{hashlib.sha256(found.token).hexdigest()[:32]}"'
        headers = {
            **FOR_EVERYBODY,
            "ETag": tag,
            "Cache-Control": f"public, max-age={min(max(LONGEST_KEPT_SECONDS - age, 0), LONGEST_KEPT_SECONDS)}",
            "Content-Type": CONTENT,
        }
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(found.token, headers=headers)

    app.add_route(PUBLISHED, names, include_in_schema=False)
    app.add_route(f"{PUBLISHED}/{{number:int}}", one, include_in_schema=False)


def _add_page(app: FastAPI, pages: Pages, offline: Offline) -> None:
    worker = _worker(pages)

    def page(request: Request) -> Response:
        words = as_json(words_of(reader_of(request).lang))
        return pages.show_offline(request, {"origin": offline.origin, "words_json": words})

    def offline_worker(_: Request) -> Response:
        return Response(worker, media_type="text/javascript")

    def manifest(request: Request) -> Response:
        return JSONResponse(_manifest(reader_of(request).say), media_type="application/manifest+json")

    def file(request: Request) -> Response:
        lang = reader_of(request).lang
        lists = {number: offline.list_of(number).token for number in offline.numbers()}
        return Response(
            single_file(offline.origin, offline.code_keys(), lists, lang),
            media_type="text/html",
            headers={"Content-Disposition": 'attachment; filename="verify.html"'},
        )

    app.add_route("/offline", page, include_in_schema=False)
    app.add_route("/offline-worker.js", offline_worker, include_in_schema=False)
    app.add_route("/manifest.webmanifest", manifest, include_in_schema=False)
    app.add_route("/verify.html", file, include_in_schema=False)


def _manifest(say: Callable[[str, str], str]) -> dict[str, object]:
    """A web app manifest (W3C); ``share_target`` lets a phone share a PDF to the portal, which validates it."""
    icons = [
        {"src": f"/static/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    return {
        "id": "/offline",
        "name": say("电子证照查验", "Licence check"),
        "short_name": say("证照查验", "Licences"),
        "description": say("没有网络也能查验电子证照", "Check licences, also without a network"),
        "lang": say("zh-CN", "en"),
        "start_url": say("/offline?lang=zh", "/offline?lang=en"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#FAFAF7",
        "theme_color": "#FAFAF7",
        "icons": icons,
        "share_target": {
            "action": "/share",
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {"files": [{"name": "file", "accept": ["application/pdf", ".pdf"]}]},
        },
    }


def _worker(pages: Pages) -> str:
    """The service worker, told what the page consists of; its version is the hash of all of it."""
    shell = [
        *("/offline?lang=zh", "/offline?lang=en"),
        *(f"/static/{name}" for name in SHELL),
        *(pages.static[name] for name in LINKED),
    ]
    parts = [(STATIC / name).read_bytes() for name in (*SHELL, *LINKED, "offline-worker.js")]
    parts += [
        (HTML / name).read_bytes()
        for name in ("base.html", "offline.html", "checker.html", "code_values.html", "icons.html")
    ]
    parts += [json.dumps(words_of(lang)).encode() for lang in ("zh", "en")]
    version = hashlib.sha256(b"".join(parts)).hexdigest()[:16]
    source = (STATIC / "offline-worker.js").read_text(encoding="utf-8")
    return f"const VERSION = {json.dumps(version)};\nconst SHELL = {json.dumps(shell)};\n{source}"
