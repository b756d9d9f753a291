"""The portal's addresses: what a scan, a typed code, an uploaded file and a machine each ask, and who answers."""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
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
from signing_service.domain.register import PublicDocument, is_found_by_search
from signing_service.domain.validation_statement import ReportSealer
from signing_service.domain.verdicts import Report
from signing_service.pipeline.isolation import read_paper_isolated
from verify_portal.answers import Answer, Lookup, Verifier, combine
from verify_portal.changes import NOT_COMPARED, Comparer, SealedVersions, ShownChanges, is_worth_comparing
from verify_portal.draws import Draws, NoDraws, add_draws
from verify_portal.edge import CAMERA, KEYS, Edge
from verify_portal.look_up import LookUps, host_asked
from verify_portal.offline import Offline, StatusLists, add_offline
from verify_portal.pace import TRIES, Allowance, Tries, client_of
from verify_portal.pages import STATIC, BatchRow, HolderCheck, Pages
from verify_portal.paper import PaperDesk, add_paper
from verify_portal.paper import Reader as PaperReader
from verify_portal.personnel import Find, add_personnel, find_nobody
from verify_portal.radar import Radar, could_be_ours, is_own_network, of_file
from verify_portal.reports.routes import DSS_ADDRESS, Reports, Upload, add_reports
from verify_portal.uploads import Upload as BatchUpload
from verify_portal.uploads import read_batch, read_fields, read_pdf, require_pdf

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
    personnel: Find = find_nobody
    """Finds a special-operation licence in normal use by number and name."""
    draws: Draws = field(default_factory=NoDraws)
    """Random draws as they are published."""
    uploads_in_hand: int = 16
    """Files held in memory at one time, waiting ones included; one more is told to come back."""


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """One uploaded file, asked about once."""

    answer: Answer
    report: Report
    document: PublicDocument | None
    checked_at: datetime
    changes: ShownChanges | None = None
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
    pages = Pages(config.public_origin, config.max_upload_mb, config.uploads_per_minute, config.holder_tries)
    desk = _Desk(lookup, verifier, config, now, comparer)
    _add_pages(app, desk, pages, add_reports(app, desk, reports, config.max_upload_mb))
    _add_typed(app, desk, pages)
    _add_batch(app, desk, pages)
    _add_api(app, desk)
    prints = PaperDesk(
        desk, paper_reader, pages.host, config.licence_keys, config.max_upload_mb, config.pictures_per_minute
    )
    add_paper(app, prints, pages)
    add_personnel(app, pages, config.personnel, now)
    add_draws(app, pages, config.draws)
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
        self._tries = Tries(now, config.holder_tries)
        self._validating = anyio.CapacityLimiter(config.validations_at_once)
        self._comparing = anyio.CapacityLimiter(1)
        self._in_hand = 0
        self._radar = Radar(config.signals, now)
        self._host = (urlsplit(config.public_origin).hostname or "").lower()
        self.now = now

    def look_up(self, scope: Scope, find: Callable[[str], PublicDocument | None], code: str) -> _Found:
        """Asks the register once whether the code can exist or not, so that a wrong one takes the same way."""
        client = client_of(scope)
        self._misses.require(client)
        document = find(_as_printed(code)[:_LONGEST_CODE])
        if document is None:
            self._misses.spend(client)
            if could_be_ours(_as_printed(code)):
                self._radar.tell(SignalKind.UNKNOWN_CODE, _as_printed(code), client)
        self._watch_address(scope, client)
        # to the second, so that pages are of one length
        return _Found(document, self.now().replace(microsecond=0), self._config.holder_tries)

    def by_code(self, scope: Scope, code: str) -> _Found:
        return self.look_up(scope, self._lookup.by_code, code)

    def by_number(self, scope: Scope, number: str, check_code: str) -> _Found:
        """The public search: a wrong pair, an unknown one and what is not in good standing are answered alike."""
        client = client_of(scope)
        self._misses.require(client)
        checked_at = self.now()
        number, check_code = _as_printed(number)[:_LONGEST_NUMBER], _as_printed(check_code)[:_LONGEST_CODE]
        document = self._lookup.by_number(number, check_code)
        if document is None and could_be_ours(check_code):
            self._radar.tell(SignalKind.UNKNOWN_CODE, check_code, client)
        if document is None or not is_found_by_search(document, day_in_shanghai(checked_at)):
            self._misses.spend(client)
            document = None
        self._watch_address(scope, client)
        return _Found(document, checked_at, self._config.holder_tries, searched=True)

    def holder_matches(self, scope: Scope, code: str, name: str, last6: str) -> HolderCheck:
        """The 核对 box: counted before anything is compared, answered by yes or no and by nothing else."""
        left = self._tries.count(client_of(scope))
        agrees = self._lookup.holder_matches(
            _as_printed(code)[:_LONGEST_CODE], _as_printed(name)[:_LONGEST_NAME], _as_printed(last6)[:18]
        )
        return HolderCheck(agrees=agrees, tries_left=left)

    async def verify(self, request: Request) -> FileAnswer:
        async def read() -> Upload:
            return await read_pdf(request, self._config.max_upload_mb), None

        return await self.validate(request, read)

    async def validate(self, request: Request, read: Callable[[], Awaitable[Upload]]) -> FileAnswer:
        """Reads a file and answers it, within what one client and the machine can take."""
        client = client_of(request.scope)
        self._uploads.require(client)
        self._uploads.spend(client)
        with self._one_more_in_hand():
            data, at = await read()
            return await self._answer(data, client, at)

    async def verify_batch(self, request: Request) -> list[BatchRow]:
        """Every file of a form, one after the other; what is refused of one file is that file's answer."""
        client = client_of(request.scope)
        self._uploads.require(client)
        self._uploads.spend(client)
        with self._one_more_in_hand():
            uploads = await read_batch(request)
            # the pace holds for files, not for forms: what is more than a minute's worth is owed by the next minutes
            self._uploads.spend(client, len(uploads) - 1)
            return [await self._row(upload, client) for upload in uploads]

    async def _row(self, upload: BatchUpload, client: str) -> BatchRow:
        try:
            asked = await self._answer(require_pdf(upload.data, self._config.max_upload_mb), client)
        except Problem as problem:
            return BatchRow(upload.name, problem=problem)
        return BatchRow(upload.name, asked.answer, asked.document, asked.report.sha256)

    async def _answer(self, data: bytes, client: str, at: datetime | None = None) -> FileAnswer:
        """``at``: as of another day than today."""
        verify = partial(self._verifier, data, at=at) if at else partial(self._verifier, data)
        found = await anyio.to_thread.run_sync(verify, limiter=self._validating)
        report = replace(found, sha256=sha256_of(data))
        # as of another day a file may be doubtful that is in order today
        if at is None and (told := of_file(report, self._config.own_certs())):
            kind, evidence = told
            self._radar.tell(kind, report.sha256, client, evidence)
        changes = await self._compared(data, report)
        document = self._lookup.by_sha256(report.sha256)
        registered = document is not None or self._lookup.is_registered(report.sha256)
        now = self.now()
        answer = combine(report, document, on=day_in_shanghai(now), registered=registered)
        return FileAnswer(answer, report, document, at or now, changes)

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

    def note(self, scope: Scope, kind: SignalKind, about: str, evidence: Mapping[str, str]) -> None:
        self._radar.tell(kind, about, client_of(scope), evidence)

    def ask_register(self) -> None:
        """Raises whatever keeps the register from answering."""
        self._lookup.is_registered(_NO_FILE)


@dataclass(frozen=True, slots=True)
class _Found:
    document: PublicDocument | None
    checked_at: datetime
    tries: int
    searched: bool = False

    @property
    def answer(self) -> Answer:
        return combine(None, self.document, on=day_in_shanghai(self.checked_at), searched=self.searched)

    @property
    def holder(self) -> HolderCheck | None:
        """The 核对 box before anything was typed into it; None where the document is about no person."""
        is_about_a_person = self.document is not None and self.document.holder_id_last4
        return HolderCheck(tries_left=self.tries) if is_about_a_person else None


def _add_pages(app: FastAPI, desk: _Desk, pages: Pages, reports: Reports) -> None:
    """Plain Starlette routes: a page needs none of FastAPI's reading of parameters, and is served twice as fast."""

    async def home(request: Request) -> Response:
        return pages.show(request, "home.html")

    async def camera(request: Request) -> Response:
        return pages.show(request, "camera.html")

    async def scanned(request: Request) -> Response:
        found = desk.by_code(request.scope, request.path_params["code"])
        return pages.show_licence(request, found.answer, found.document, found.checked_at, holder=found.holder)

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
    app.add_route(CAMERA, camera, include_in_schema=False)
    app.add_route("/v/{code}", scanned, include_in_schema=False)
    app.add_route("/verify", uploaded, methods=["POST"], include_in_schema=False)
    app.add_route("/original/{handle}", sealed_version, include_in_schema=False)
    # what a phone shares with the installed portal comes as a form with a file, as from the first page
    app.add_route("/share", uploaded, methods=["POST"], include_in_schema=False)


def _add_typed(app: FastAPI, desk: _Desk, pages: Pages) -> None:
    """What people type: always in the body of a question, so that it is in no address and in no log of them."""

    async def compared(request: Request) -> Response:
        """The 核对 box of a scanned page: what is typed is in the body, and in no address."""
        code, typed = request.path_params["code"], await read_fields(request)
        check = desk.holder_matches(request.scope, code, typed.get("name", ""), typed.get("last6", ""))
        found = desk.by_code(request.scope, code)
        return pages.show_licence(
            request,
            found.answer,
            found.document,
            found.checked_at,
            holder=check if found.holder else None,
        )

    async def searched(request: Request) -> Response:
        typed = await read_fields(request)
        number, check_code = typed.get("number", "").strip(), typed.get("check_code", "").strip()
        if not number or not check_code:
            raise _BOTH_NEEDED
        found = desk.by_number(request.scope, number, check_code)
        check = found.holder
        if check:
            check = replace(check, kept={"number": number, "check_code": check_code})
            if "last6" in typed:
                said = desk.holder_matches(request.scope, check_code, typed.get("name", ""), typed["last6"])
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


_BOTH_NEEDED = Problem(
    "NUMBER_AND_CODE",
    "请同时填写证照编号和查验码，两项都印在证照上。",
    "Type both the number and the check code: both are printed on the licence.",
    status=422,
)


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


def _as_printed(code: str) -> str:
    """A code as it stands on the document, however it was typed: full width, in lower case, in groups."""
    if code.isascii() and code.isalnum():
        return code.upper()
    return "".join(character for character in unicodedata.normalize("NFKC", code).upper() if character.isalnum())
