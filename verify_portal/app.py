"""The portal's addresses: what a scan, a typed code, an uploaded file and a machine each ask, and who answers."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import sha256_of
from signing_service.domain.errors import Problem
from signing_service.domain.radar import SignalKind
from signing_service.domain.register import PublicDocument, is_found_by_search
from signing_service.domain.verdicts import Report
from verify_portal.answers import Answer, Lookup, Verifier, combine
from verify_portal.edge import CAMERA, KEYS, Edge
from verify_portal.pace import TRIES, Allowance, Tries
from verify_portal.pages import STATIC, BatchRow, HolderCheck, Pages
from verify_portal.radar import Radar, could_be_ours, is_own_network, of_file
from verify_portal.uploads import Upload, checked, read_batch, read_fields, read_pdf

_LONGEST_CODE = 64
_LONGEST_NUMBER = 80
_LONGEST_NAME = 60
_NO_FILE = "0" * 64


@dataclass(frozen=True, slots=True)
class PortalConfig:
    public_origin: str
    """The https origin that the QR on every document names."""
    max_upload_mb: int
    uploads_per_minute: int = 30
    """For one client address."""
    misses_per_minute: int = 60
    """Unknown codes one client address may try before every further question waits for the next minute."""
    holder_tries: int = TRIES
    """Comparisons of a holder that one client address may ask for in ten minutes."""
    validations_at_once: int = 2
    licence_keys: Path | None = None
    """The file of public keys that codes are checked with, published as it is; None: none is published."""
    signals: Path | None = None
    """The folder in which what looks like a forgery is written down; None: the log alone tells of it."""
    own_certs: Callable[[], Collection[str]] = frozenset
    """SHA-256, in hex, of the certs that keys of ours seal with."""
    uploads_in_hand: int = 16
    """Files held in memory at one time, waiting ones included; one more is told to come back."""


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """One uploaded file, asked about once."""

    answer: Answer
    report: Report
    document: PublicDocument | None
    checked_at: datetime


def make_app(
    lookup: Lookup,
    verifier: Verifier,
    config: PortalConfig,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """The portal as an ASGI app. ``now`` gives the time, with a zone, that every answer is dated and reckoned by."""
    app = FastAPI(
        title="电子证照查验 / Licence verification",
        description="Asks the public register, and validates files. Read only, no account, nothing is kept.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    pages = Pages(config.public_origin, config.max_upload_mb, config.uploads_per_minute, config.holder_tries)
    desk = _Desk(lookup, verifier, config, now)
    _add_pages(app, desk, pages)
    _add_typed(app, desk, pages)
    _add_batch(app, desk, pages)
    _add_api(app, desk)
    _add_the_rest(app, desk, config.licence_keys)
    _add_refusals(app, pages)
    return app


class _Desk:
    """Asks the register and the verifier, within what one client may ask."""

    def __init__(self, lookup: Lookup, verifier: Verifier, config: PortalConfig, now: Callable[[], datetime]) -> None:
        self._lookup = lookup
        self._verifier = verifier
        self._config = config
        self._uploads = Allowance(config.uploads_per_minute, now)
        self._misses = Allowance(config.misses_per_minute, now)
        self._tries = Tries(now, config.holder_tries)
        self._validating = anyio.CapacityLimiter(config.validations_at_once)
        self._in_hand = 0
        self._radar = Radar(config.signals, now)
        self._host = (urlsplit(config.public_origin).hostname or "").lower()
        self.now = now

    def look_up(self, request: Request, find: Callable[[str], PublicDocument | None], code: str) -> _Found:
        """Asks the register once whether the code can exist or not, so that a wrong one takes the same way."""
        client = _client(request)
        self._misses.require(client)
        document = find(_as_printed(code)[:_LONGEST_CODE])
        if document is None:
            self._misses.spend(client)
            if could_be_ours(_as_printed(code)):
                self._radar.tell(SignalKind.UNKNOWN_CODE, _as_printed(code), client)
        self._watch_address(request, client)
        checked_at = self.now()
        return _Found(combine(None, document, on=day_in_shanghai(checked_at)), document, checked_at)

    def by_code(self, request: Request, code: str) -> _Found:
        return self.look_up(request, self._lookup.by_code, code)

    def by_number(self, request: Request, number: str, check_code: str) -> _Found:
        """The public search: a wrong pair, an unknown one and what is not in good standing are answered alike."""
        client = _client(request)
        self._misses.require(client)
        checked_at = self.now()
        on = day_in_shanghai(checked_at)
        number, check_code = _as_printed(number)[:_LONGEST_NUMBER], _as_printed(check_code)[:_LONGEST_CODE]
        document = self._lookup.by_number(number, check_code)
        if document is None and could_be_ours(check_code):
            self._radar.tell(SignalKind.UNKNOWN_CODE, check_code, client)
        if document is None or not is_found_by_search(document, on):
            self._misses.spend(client)
            document = None
        self._watch_address(request, client)
        return _Found(combine(None, document, on=on, searched=True), document, checked_at)

    def holder_check(self) -> HolderCheck:
        """The box before anything was typed into it."""
        return HolderCheck(tries_left=self._config.holder_tries)

    def holder_matches(self, request: Request, code: str, name: str, last6: str) -> HolderCheck:
        """The 核对 box: counted before anything is compared, answered by yes or no and by nothing else."""
        left = self._tries.count(_client(request))
        agrees = self._lookup.holder_matches(
            _as_printed(code)[:_LONGEST_CODE], _as_printed(name)[:_LONGEST_NAME], _as_printed(last6)[:18]
        )
        return HolderCheck(agrees=agrees, tries_left=left)

    async def verify(self, request: Request) -> FileAnswer:
        client = _client(request)
        self._uploads.require(client)
        self._uploads.spend(client)
        with self._one_more_in_hand():
            return await self._answer(await read_pdf(request, self._config.max_upload_mb), client)

    async def verify_batch(self, request: Request) -> list[BatchRow]:
        """Every file of a form, one after the other; what is refused of one file is that file's answer."""
        client = _client(request)
        self._uploads.require(client)
        self._uploads.spend(client)
        with self._one_more_in_hand():
            uploads = await read_batch(request)
            # the pace holds for files, not for forms: what is more than a minute's worth is owed by the next minutes
            self._uploads.spend(client, len(uploads) - 1)
            return [await self._row(upload, client) for upload in uploads]

    async def _row(self, upload: Upload, client: str) -> BatchRow:
        try:
            asked = await self._answer(checked(upload.data, self._config.max_upload_mb), client)
        except Problem as problem:
            return BatchRow(upload.name, problem=problem)
        return BatchRow(upload.name, asked.answer, asked.document, asked.report.sha256)

    async def _answer(self, data: bytes, client: str) -> FileAnswer:
        found = await anyio.to_thread.run_sync(self._verifier, data, limiter=self._validating)
        report = replace(found, sha256=sha256_of(data))
        if told := of_file(report, self._config.own_certs()):
            kind, evidence = told
            self._radar.tell(kind, report.sha256, client, evidence)
        document = self._lookup.by_sha256(report.sha256)
        registered = document is not None or self._lookup.is_registered(report.sha256)
        checked_at = self.now()
        answer = combine(report, document, on=day_in_shanghai(checked_at), registered=registered)
        return FileAnswer(answer, report, document, checked_at)

    @contextmanager
    def _one_more_in_hand(self) -> Iterator[None]:
        if self._in_hand >= self._config.uploads_in_hand:
            raise Problem(
                "BUSY",
                "正在查验的文件较多，请在 10 秒后再试。",
                "Many files are being checked: try again in 10 seconds.",
                status=503,
                retry_after=10,
            )
        self._in_hand += 1
        try:
            yield
        finally:
            self._in_hand -= 1

    def _watch_address(self, request: Request, client: str) -> None:
        host = (request.url.hostname or "").lower()
        if host != self._host and not is_own_network(host):
            self._radar.tell(SignalKind.FOREIGN_ADDRESS, host, client)

    def ask_register(self) -> None:
        """Raises whatever keeps the register from answering."""
        self._lookup.is_registered(_NO_FILE)


@dataclass(frozen=True, slots=True)
class _Found:
    answer: Answer
    document: PublicDocument | None
    checked_at: datetime


def _add_pages(app: FastAPI, desk: _Desk, pages: Pages) -> None:
    """Plain Starlette routes: a page needs none of FastAPI's reading of parameters, and is served twice as fast."""

    async def home(request: Request) -> Response:
        return pages.show(request, "home.html")

    async def camera(request: Request) -> Response:
        return pages.show(request, "camera.html")

    async def scanned(request: Request) -> Response:
        found = desk.by_code(request, request.path_params["code"])
        check = desk.holder_check() if _has_a_person(found.document) else None
        return pages.show_licence(request, found.answer, found.document, found.checked_at, holder=check)

    async def uploaded(request: Request) -> Response:
        asked = await desk.verify(request)
        return pages.show_report(request, asked.answer, asked.report, asked.document, asked.checked_at)

    app.add_route("/", home, include_in_schema=False)
    app.add_route(CAMERA, camera, include_in_schema=False)
    app.add_route("/v/{code}", scanned, include_in_schema=False)
    app.add_route("/verify", uploaded, methods=["POST"], include_in_schema=False)
    # what a phone shares with the installed portal comes as a form with a file, as from the first page
    app.add_route("/share", uploaded, methods=["POST"], include_in_schema=False)


def _add_typed(app: FastAPI, desk: _Desk, pages: Pages) -> None:
    """What people type: always in the body of a question, so that it is in no address and in no log of them."""

    async def compared(request: Request) -> Response:
        """The 核对 box of a scanned page: what is typed is in the body, and in no address."""
        code, typed = request.path_params["code"], await read_fields(request)
        check = desk.holder_matches(request, code, typed.get("name", ""), typed.get("last6", ""))
        found = desk.by_code(request, code)
        return pages.show_licence(
            request,
            found.answer,
            found.document,
            found.checked_at,
            holder=check if _has_a_person(found.document) else None,
        )

    async def searched(request: Request) -> Response:
        typed = await read_fields(request)
        number, check_code = typed.get("number", "").strip(), typed.get("check_code", "").strip()
        if not number or not check_code:
            raise _BOTH_NEEDED
        found = desk.by_number(request, number, check_code)
        check = None
        if _has_a_person(found.document):
            check = replace(desk.holder_check(), kept={"number": number, "check_code": check_code})
            if "last6" in typed:
                said = desk.holder_matches(request, check_code, typed.get("name", ""), typed["last6"])
                check = replace(check, agrees=said.agrees, tries_left=said.tries_left)
        return pages.show_licence(request, found.answer, found.document, found.checked_at, searched=True, holder=check)

    async def to_the_first_page(request: Request) -> Response:
        return RedirectResponse("/", status_code=303)

    app.add_route("/v/{code}", compared, methods=["POST"], include_in_schema=False)
    app.add_route("/lookup", searched, methods=["POST"], include_in_schema=False)
    app.add_route("/lookup", to_the_first_page, include_in_schema=False)
    app.add_route("/share", to_the_first_page, include_in_schema=False)


def _add_batch(app: FastAPI, desk: _Desk, pages: Pages) -> None:
    async def batch(request: Request) -> Response:
        return pages.show(request, "batch.html", rows=None)

    async def batch_sent(request: Request) -> Response:
        rows = await desk.verify_batch(request)
        return pages.show(request, "batch.html", again="/batch", rows=rows, checked_at=desk.now())

    app.add_route("/batch", batch, include_in_schema=False)
    app.add_route("/batch", batch_sent, methods=["POST"], include_in_schema=False)


def _has_a_person(document: PublicDocument | None) -> bool:
    return document is not None and bool(document.holder_id_last4)


_BOTH_NEEDED = Problem(
    "NUMBER_AND_CODE",
    "请同时填写证照编号和查验码，两项都印在证照上。",
    "Type both the number and the check code: both are printed on the licence.",
    status=422,
)


_PDF = {"schema": {"type": "string", "format": "binary"}}
_PROBLEM: dict[str, Any] = {"description": "RFC 9457", "content": {"application/problem+json": {}}}


def _add_api(app: FastAPI, desk: _Desk) -> None:
    @app.get(
        "/api/v/{code}",
        summary="What the register says today of the document whose QR carries this code",
        responses={404: _PROBLEM, 429: _PROBLEM},
    )
    async def scanned(code: str, request: Request) -> JSONResponse:
        found = desk.by_code(request, code)
        if found.document is None:
            raise Problem(
                found.answer.reason,
                found.answer.sentence.zh,
                found.answer.sentence.en,
                status=404,
            )
        return JSONResponse(
            {
                "answer": found.answer.to_json(),
                "document": found.document.to_json(),
                "checked_at": found.checked_at.isoformat(),
            }
        )

    @app.post(
        "/api/verify",
        summary="Validates a PDF and says what it is worth today: the report, the answer, the register's entry",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/pdf": _PDF,
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "required": ["file"],
                            "properties": {"file": _PDF["schema"]},
                        }
                    },
                },
            }
        },
        responses={413: _PROBLEM, 415: _PROBLEM, 422: _PROBLEM, 429: _PROBLEM, 503: _PROBLEM},
    )
    async def verify(request: Request) -> JSONResponse:
        asked = await desk.verify(request)
        return JSONResponse(
            {
                **asked.report.to_json(),
                "answer": asked.answer.to_json(),
                "licence": asked.document.to_json() if asked.document else None,
                "checked_at": asked.checked_at.isoformat(),
            }
        )


def _add_the_rest(app: FastAPI, desk: _Desk, keys: Path | None) -> None:
    async def healthz(_: Request) -> Response:
        desk.ask_register()
        return JSONResponse({"status": "ok"})

    def licence_keys(_: Request) -> Response:
        if keys is None or not keys.exists():
            raise _REFUSALS[404]
        return FileResponse(keys, media_type="application/jwk-set+json", headers={"Access-Control-Allow-Origin": "*"})

    async def robots(_: Request) -> Response:
        return PlainTextResponse("User-agent: *\nDisallow: /\n")

    app.add_route("/healthz", healthz, include_in_schema=False)
    app.add_route("/robots.txt", robots, include_in_schema=False)
    app.add_route(KEYS, licence_keys, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")


_REFUSALS: dict[int, Problem] = {
    404: Problem("PAGE_UNKNOWN", "没有这个页面，请检查网址。", "There is no such page: check the address.", status=404),
    405: Problem(
        "METHOD_NOT_ALLOWED",
        "这个网址不能这样打开，请从首页开始查验。",
        "This address cannot be opened this way: start from the first page.",
        status=405,
    ),
}
_BROKEN = Problem(
    "INTERNAL",
    "系统暂时无法答复。这不说明文件或证照有问题，请稍后再查。",
    "We cannot answer at the moment. This says nothing about the document: please try again later.",
    status=500,
)


def _add_refusals(app: FastAPI, pages: Pages) -> None:
    def refuse(request: Request, problem: Problem) -> Response:
        if request.url.path.startswith("/api/"):
            response: Response = JSONResponse(
                problem.to_document(), problem.status, media_type="application/problem+json"
            )
        else:
            response = pages.show_problem(request, problem)
        if "retry_after" in problem.facts:
            response.headers["Retry-After"] = str(problem.facts["retry_after"])
        return response

    async def refused(request: Request, error: Exception) -> Response:
        return refuse(request, error if isinstance(error, Problem) else _BROKEN)

    async def no_such_page(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            return refuse(request, _BROKEN)
        response = refuse(request, _REFUSALS.get(error.status_code, _BROKEN))
        response.headers.update(error.headers or {})
        return response

    app.add_exception_handler(Problem, refused)
    app.add_exception_handler(HTTPException, no_such_page)
    app.add_middleware(
        Edge,
        broken=lambda request: refuse(request, _BROKEN),
        https=pages.over_https,
    )


def _client(request: Request) -> str:
    """Who asks: an address, and of IPv6 the network of one subscriber (RFC 6177), who has all of its addresses."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else host


def _as_printed(code: str) -> str:
    """A code as it stands on the document, however it was typed: full width, in lower case, in groups."""
    return "".join(character for character in unicodedata.normalize("NFKC", code).upper() if character.isalnum())
