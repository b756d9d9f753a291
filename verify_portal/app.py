"""The portal's addresses: what a scan, a typed code, an uploaded file and a machine each ask, and who answers."""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
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
from starlette.types import Scope

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import sha256_of
from signing_service.domain.errors import Problem
from signing_service.domain.radar import SignalKind
from signing_service.domain.register import PublicDocument
from signing_service.domain.validation_statement import ReportSealer
from signing_service.domain.verdicts import Report
from signing_service.pipeline.isolation import read_paper_isolated
from verify_portal.answers import Answer, Lookup, Verifier, combine
from verify_portal.changes import NOT_COMPARED, Comparer, SealedVersions, ShownChanges, is_worth_comparing
from verify_portal.edge import KEYS, Edge
from verify_portal.look_up import LookUps, host_asked
from verify_portal.offline import Offline, StatusLists, add_offline
from verify_portal.pace import Allowance
from verify_portal.pages import STATIC, Pages
from verify_portal.paper import PaperDesk, add_paper
from verify_portal.paper import Reader as PaperReader
from verify_portal.radar import Radar, could_be_ours, is_own_network, of_file
from verify_portal.reports.routes import DSS_ADDRESS, Reports, Upload, add_reports
from verify_portal.uploads import read_pdf

_LONGEST_CODE = 64
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
    validations_at_once: int = 2
    comparisons_waiting: int = 3
    """Altered files that wait to be compared, one after the other; a further one is answered without."""
    pictures_per_minute: int = 20
    """Photos of prints, for one client address."""
    licence_keys: Path | None = None
    """The file of public keys that codes are checked with, published as it is; None: none is published."""
    status_lists: StatusLists | None = None
    """Where the signed status lists are kept; None: none is published."""
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
    changes: ShownChanges | None
    """None for a file that was not altered."""


def make_app(
    lookup: Lookup,
    verifier: Verifier,
    config: PortalConfig,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    comparer: Comparer | None = None,
    reports: ReportSealer | None = None,
    paper_reader: PaperReader = read_paper_isolated,
) -> FastAPI:
    """The portal as an ASGI app. ``now`` gives the time, with a zone, that every answer is dated and reckoned by.

    ``comparer`` tells what was changed in a file that was altered; without one that is not told. ``reports`` seals
    validation reports; None: the portal says that nobody does.
    """
    app = FastAPI(
        title="电子证照查验 / Licence verification",
        description="Asks the public register, and validates files. Read only, no account, nothing is kept.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    pages = Pages(config.public_origin, config.max_upload_mb)
    desk = _Desk(lookup, verifier, config, now, comparer)
    _add_pages(app, desk, pages, add_reports(app, desk, reports, config.max_upload_mb))
    _add_api(app, desk)
    prints = PaperDesk(
        desk, paper_reader, pages.host, config.licence_keys, config.max_upload_mb, config.pictures_per_minute
    )
    add_paper(app, prints, pages)
    _add_the_rest(app, desk, config.licence_keys)
    add_offline(app, pages, Offline(config.public_origin, config.licence_keys, config.status_lists, now))
    _add_refusals(app, desk, pages)
    return app


class _Desk:
    """Asks the register and the verifier, within what one client may ask."""

    def __init__(
        self,
        lookup: Lookup,
        verifier: Verifier,
        config: PortalConfig,
        now: Callable[[], datetime],
        comparer: Comparer | None,
    ) -> None:
        self._lookup = lookup
        self._verifier = verifier
        self._comparer = comparer
        self.sealed_versions = SealedVersions(now)
        self._config = config
        self._uploads = Allowance(config.uploads_per_minute, now)
        self._misses = Allowance(config.misses_per_minute, now)
        self._validating = anyio.CapacityLimiter(config.validations_at_once)
        self._comparing = anyio.CapacityLimiter(1)
        self._in_hand = 0
        self._radar = Radar(config.signals, now)
        self._host = (urlsplit(config.public_origin).hostname or "").lower()
        self.now = now

    def look_up(self, scope: Scope, find: Callable[[str], PublicDocument | None], code: str) -> _Found:
        """Asks the register once whether the code can exist or not, so that a wrong one takes the same way."""
        client = _client(scope)
        self._misses.require(client)
        document = find(_as_printed(code)[:_LONGEST_CODE])
        if document is None:
            self._misses.spend(client)
            if could_be_ours(_as_printed(code)):
                self._radar.tell(SignalKind.UNKNOWN_CODE, _as_printed(code), client)
        self._watch_address(scope, client)
        # to the second, so that pages are of one length
        return _Found(document, self.now().replace(microsecond=0))

    def by_code(self, scope: Scope, code: str) -> _Found:
        return self.look_up(scope, self._lookup.by_code, code)

    def by_check_code(self, scope: Scope, code: str) -> _Found:
        return self.look_up(scope, self._lookup.by_check_code, code)

    async def verify(self, request: Request) -> FileAnswer:
        async def read() -> Upload:
            return await read_pdf(request, self._config.max_upload_mb), None

        return await self.validate(request, read)

    async def validate(self, request: Request, read: Callable[[], Awaitable[Upload]]) -> FileAnswer:
        """Reads a file and answers it, within what one client and the machine can take."""
        client = _client(request.scope)
        self._uploads.require(client)
        self._uploads.spend(client)
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
            data, at = await read()
            verify = partial(self._verifier, data, at=at) if at else partial(self._verifier, data)
            found = await anyio.to_thread.run_sync(verify, limiter=self._validating)
            changes = await self._compared(data, found)
        finally:
            self._in_hand -= 1
        report = replace(found, sha256=sha256_of(data))
        # as of another day a file may be doubtful that is in order today
        if at is None and (told := of_file(report, self._config.own_certs())):
            kind, evidence = told
            self._radar.tell(kind, report.sha256, client, evidence)
        document = self._lookup.by_sha256(report.sha256)
        registered = document is not None or self._lookup.is_registered(report.sha256)
        now = self.now()
        answer = combine(report, document, on=day_in_shanghai(now), registered=registered)
        return FileAnswer(answer, report, document, at or now, changes)

    async def _compared(self, data: bytes, report: Report) -> ShownChanges | None:
        """What was changed in an altered file. The answer does not wait for a comparison that cannot be had."""
        if self._comparer is None or not is_worth_comparing(report):
            return None
        under_way = self._comparing.statistics()
        if under_way.borrowed_tokens and under_way.tasks_waiting >= self._config.comparisons_waiting:
            return NOT_COMPARED
        try:
            changes = await anyio.to_thread.run_sync(self._comparer, data, limiter=self._comparing)
        except Problem:
            return NOT_COMPARED
        if changes.intact is None:
            return ShownChanges(changes, registered=False)
        return ShownChanges(
            changes,
            registered=self._lookup.is_registered(changes.intact.sha256),
            handle=self.sealed_versions.keep(data[: changes.intact.length]),
        )

    def _watch_address(self, scope: Scope, client: str) -> None:
        host = host_asked(scope)
        if _is_elsewhere(host, self._host):
            self._radar.tell(SignalKind.FOREIGN_ADDRESS, host, client)

    def ask_register(self) -> None:
        """Raises whatever keeps the register from answering."""
        self._lookup.is_registered(_NO_FILE)


@dataclass(frozen=True, slots=True)
class _Found:
    document: PublicDocument | None
    checked_at: datetime

    @property
    def answer(self) -> Answer:
        return combine(None, self.document, on=day_in_shanghai(self.checked_at))


def _add_pages(app: FastAPI, desk: _Desk, pages: Pages, reports: Reports) -> None:
    """Plain Starlette routes: a page needs none of FastAPI's reading of parameters, and is served twice as fast."""

    async def home(request: Request) -> Response:
        return pages.show_home(request)

    async def scanned(request: Request) -> Response:
        found = desk.by_code(request.scope, request.path_params["code"])
        return pages.show_licence(request, found.answer, found.document, found.checked_at)

    async def typed(request: Request) -> Response:
        code = request.query_params.get("check_code", "").strip()
        if not code:
            return RedirectResponse("/", status_code=303)
        found = desk.by_check_code(request.scope, code)
        return pages.show_licence(
            request, found.answer, found.document, found.checked_at, asked_as=_as_printed(code)[:_LONGEST_CODE]
        )

    async def uploaded(request: Request) -> Response:
        asked = await desk.verify(request)
        downloads = reports.offer(request, asked)
        return pages.show_report(
            request, asked.answer, asked.report, asked.document, asked.checked_at, asked.changes, downloads=downloads
        )

    async def sealed_version(request: Request) -> Response:
        version = desk.sealed_versions.take(request.path_params["handle"])
        kept_apart = {"Content-Disposition": 'attachment; filename="sealed-version.pdf"'}
        return Response(version, media_type="application/pdf", headers=kept_apart)

    app.add_route("/", home, include_in_schema=False)
    app.add_route("/v/{code}", scanned, include_in_schema=False)
    app.add_route("/lookup", typed, include_in_schema=False)
    app.add_route("/verify", uploaded, methods=["POST"], include_in_schema=False)
    app.add_route("/original/{handle}", sealed_version, include_in_schema=False)
    app.add_route("/share", uploaded, methods=["POST"], include_in_schema=False)  # shared from a phone's app


_PDF = {"schema": {"type": "string", "format": "binary"}}
_UPLOAD: dict[str, Any] = {
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
}
_PROBLEM: dict[str, Any] = {"description": "RFC 9457", "content": {"application/problem+json": {}}}
_REFUSED_UPLOADS: dict[int | str, dict[str, Any]] = dict.fromkeys((408, 413, 415, 422, 429, 503), _PROBLEM)  # fmt: skip


def _add_api(app: FastAPI, desk: _Desk) -> None:
    @app.get(
        "/api/v/{code}",
        summary="What the register says today of the document whose QR carries this code",
        responses={404: _PROBLEM, 429: _PROBLEM},
    )
    async def scanned(code: str, request: Request) -> JSONResponse:
        found = desk.by_code(request.scope, code)
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
        openapi_extra=_UPLOAD,
        responses=_REFUSED_UPLOADS,
    )
    async def verify(request: Request) -> JSONResponse:
        asked = await desk.verify(request)
        return JSONResponse(
            {
                **asked.report.to_json(),
                "answer": asked.answer.to_json(),
                "licence": asked.document.to_json() if asked.document else None,
                "changes": asked.changes.to_json() if asked.changes else None,
                "checked_at": asked.checked_at.isoformat(),
            }
        )

    @app.post(
        "/api/changes",
        summary="What was changed in an altered PDF, with the pages before and after as JPEG in base64",
        openapi_extra=_UPLOAD,
        responses=_REFUSED_UPLOADS,
    )
    async def changes(request: Request) -> JSONResponse:
        asked = await desk.verify(request)
        return JSONResponse(
            {
                "answer": asked.answer.to_json(),
                "sha256": asked.report.sha256,
                "changes": asked.changes.to_json(pictures=True) if asked.changes else None,
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


def _add_refusals(app: FastAPI, desk: _Desk, pages: Pages) -> None:
    def refuse(request: Request, problem: Problem) -> Response:
        if request.url.path.startswith(("/api/", DSS_ADDRESS)):
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
    # what is added last stands outermost
    app.add_middleware(LookUps, ask=desk.by_code, pages=pages)
    app.add_middleware(
        Edge,
        broken=lambda request: refuse(request, _BROKEN),
        https=pages.over_https,
    )


@lru_cache(maxsize=512)
def _is_elsewhere(host: str, own: str) -> bool:
    return host != own and not is_own_network(host)


def _client(scope: Scope) -> str:
    return str(client[0]) if (client := scope.get("client")) else ""


def _as_printed(code: str) -> str:
    """A code as it stands on the document, however it was typed: full width, in lower case, in groups."""
    if code.isascii() and code.isalnum():
        return code.upper()
    return "".join(character for character in unicodedata.normalize("NFKC", code).upper() if character.isalnum())
