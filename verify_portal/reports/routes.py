"""The addresses of the reports: the file sent anew by a machine, or for ten minutes by a handle from the answer's page."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import anyio
import anyio.to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from signing_service.domain.errors import Problem
from signing_service.domain.validation_statement import ReportSealer, sealer_away
from verify_portal.pace import Allowance, client_of
from verify_portal.reports import dss
from verify_portal.reports.checked import Checked
from verify_portal.reports.etsi import MEDIA_TYPE, etsi_report
from verify_portal.reports.handles import KEPT_FOR, Handles
from verify_portal.reports.simple import simple_report
from verify_portal.reports.statement import statement_of
from verify_portal.uploads import read_body, require_pdf

DSS_ADDRESS = "/validateSignature"
SEALS_PER_MINUTE = 6
"""Sealed reports one client address may have made."""
SEALS_AT_ONCE = 2
DSS_AT_ONCE = 3
"""A file in base64 in JSON takes four times its size in memory."""
_ROOM = 64 * 1024

Upload = tuple[bytes, datetime | None]
"""A file, and the time as of which it is to be validated; None: now."""


class ReportDesk(Protocol):
    """Validates a file within what a client may ask."""

    now: Callable[[], datetime]

    async def verify(self, request: Request) -> Checked: ...

    async def validate(self, request: Request, read: Callable[[], Awaitable[Upload]]) -> Checked: ...


@dataclass(frozen=True, slots=True)
class Downloads:
    """What the answer's page offers."""

    handle: str
    minutes: int
    sealed: bool
    """Whether a sealed report is to be had at all."""


class Reports:
    """Makes reports of what was found. ``sealer`` None: nobody seals here, and a PDF is refused with a reason."""

    def __init__(self, sealer: ReportSealer | None, now: Callable[[], datetime]) -> None:
        self._sealer = sealer
        self._seals = Allowance(SEALS_PER_MINUTE, now)
        self._sealing = anyio.CapacityLimiter(SEALS_AT_ONCE)
        self._handles = Handles(now)

    def offer(self, request: Request, checked: Checked) -> Downloads:
        """A handle for the page that answers this request."""
        handle = self._handles.keep(client_of(request.scope), checked)
        return Downloads(handle, int(KEPT_FOR.total_seconds()) // 60, self._sealer is not None)

    async def of_handle(self, request: Request, handle: str, kind: str) -> Response:
        client = client_of(request.scope)
        checked = self._handles.find(client, handle)
        if kind != "pdf":
            return {"simple": simple_response, "etsi": etsi_response}[kind](checked)
        pdf = self._handles.sealed(client, handle)
        if pdf is None:
            pdf = await self.seal(request, checked)
            self._handles.put_sealed(client, handle, pdf)
        return pdf_response(checked, pdf)

    async def seal(self, request: Request, checked: Checked) -> bytes:
        """Raises Problem TOO_MANY_REQUESTS, REPORT_SEALER_AWAY."""
        if self._sealer is None:
            raise sealer_away()
        client = client_of(request.scope)
        self._seals.require(client)
        self._seals.spend(client)
        try:
            return await anyio.to_thread.run_sync(
                self._sealer.seal_report, statement_of(checked), limiter=self._sealing
            )
        except Problem as problem:
            # a stranger is told that it cannot be done now, and not which key stands under which policy
            raise sealer_away() from problem


# ---- answers


def simple_response(checked: Checked) -> Response:
    document = checked.document
    content = {
        "SimpleReport": simple_report(checked),
        "FileSHA256": checked.report.sha256,
        "Answer": checked.answer.to_json(),
        "Register": document.to_json() if document else None,
    }
    return JSONResponse(content, headers=_as_file(checked, "json"))


def etsi_response(checked: Checked) -> Response:
    return Response(etsi_report(checked), media_type=MEDIA_TYPE, headers=_as_file(checked, "xml"))


def pdf_response(checked: Checked, pdf: bytes) -> Response:
    return Response(pdf, media_type="application/pdf", headers=_as_file(checked, "pdf"))


def _as_file(checked: Checked, ending: str) -> dict[str, str]:
    """Saved and not shown: named after the file's hash, for its name we do not keep."""
    name = f"validation-report-{checked.report.sha256[:12]}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{name}"'}


# ---- addresses

_PROBLEM: dict[str, Any] = {"description": "RFC 9457", "content": {"application/problem+json": {}}}
_PDF = {"schema": {"type": "string", "format": "binary"}}
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "application/pdf": _PDF,
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": _PDF["schema"]}}
            },
        },
    }
}
_REFUSED: dict[int | str, dict[str, Any]] = dict.fromkeys((413, 415, 422, 429, 503), _PROBLEM)
_KINDS = {"simple.json": "simple", "etsi.xml": "etsi", "report.pdf": "pdf"}
_HANDLE = re.compile(r"[A-Za-z0-9_-]{32}")


def add_reports(app: FastAPI, desk: ReportDesk, sealer: ReportSealer | None, max_upload_mb: int) -> Reports:
    """Adds the addresses; returns what the answer's page offers downloads with."""
    reports = Reports(sealer, desk.now)
    _add_uploads(app, desk, reports)
    _add_dss(app, desk, max_upload_mb)

    async def by_handle(request: Request) -> Response:
        kind = _KINDS.get(request.path_params["name"], "")
        handle = request.path_params["handle"]
        sealing = kind == "pdf"
        if not kind or not _HANDLE.fullmatch(handle) or sealing != (request.method == "POST"):
            raise Problem(
                "PAGE_UNKNOWN", "没有这个页面，请检查网址。", "There is no such page: check the address.", status=404
            )
        return await reports.of_handle(request, handle, kind)

    app.add_route("/reports/{handle}/{name}", by_handle, methods=["GET", "POST"], include_in_schema=False)
    return reports


def _add_uploads(app: FastAPI, desk: ReportDesk, reports: Reports) -> None:
    @app.post(
        "/api/reports/simple",
        summary="Validates a PDF; the report in the shape of the DSS simple report, with our answer beside it",
        openapi_extra=_UPLOAD,
        responses=_REFUSED,
    )
    async def simple(request: Request) -> Response:
        return simple_response(await desk.verify(request))

    @app.post(
        "/api/reports/etsi",
        summary="Validates a PDF; the report as ETSI TS 119 102-2 XML",
        openapi_extra=_UPLOAD,
        responses=_REFUSED,
    )
    async def etsi(request: Request) -> Response:
        return etsi_response(await desk.verify(request))

    @app.post(
        "/api/reports/pdf",
        summary="Validates a PDF; the report as a PDF for people, sealed with the portal's key",
        openapi_extra=_UPLOAD,
        responses=_REFUSED,
    )
    async def pdf(request: Request) -> Response:
        checked = await desk.verify(request)
        return pdf_response(checked, await reports.seal(request, checked))


def _add_dss(app: FastAPI, desk: ReportDesk, max_upload_mb: int) -> None:
    reading = anyio.Semaphore(DSS_AT_ONCE)
    document = {
        "type": "object",
        "properties": {"bytes": {"type": "string", "format": "byte"}, "name": {"type": "string"}},
    }
    schema = {
        "type": "object",
        "required": ["signedDocument"],
        "properties": {
            "signedDocument": document,
            "validationTime": {"type": "string", "format": "date-time"},
            "tokenExtractionStrategy": {"type": "string", "enum": sorted(dss.TOKENS)},
            "signatureId": {"type": "string"},
        },
    }  # fmt: skip

    @app.post(
        DSS_ADDRESS,
        summary="Validates a PDF as DSS does: its request, its simple report; the others as far as they are known",
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}},
        responses={400: _PROBLEM, **_REFUSED},
    )
    async def validate_signature(request: Request) -> JSONResponse:
        asked: list[dss.DssRequest] = []

        async def read() -> Upload:
            # four thirds for base64, and some room for what is around it
            body = await read_body(request, max_upload_mb * 1024 * 1024 * 4 // 3 + _ROOM, max_upload_mb)
            question = dss.read_request(body)
            require_pdf(question.data, max_upload_mb)
            asked.append(question)
            return question.data, question.at

        async with reading:
            checked = await desk.validate(request, read)
        return JSONResponse(dss.reports_of(checked, asked[0]))
