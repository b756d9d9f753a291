"""What no request may do, whoever sends it: be longer than any that the API knows, or break without an answer."""

from __future__ import annotations

import structlog
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 64 * 1024
"""A hundred digests of 64 bytes with their names take a fifth of it."""

log = structlog.get_logger()


class _TooLarge(Exception):
    pass


class Doorway:
    """Reads no more of a body than ``LARGEST_BODY``, and that before anything else is asked of the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(receive)
        except _TooLarge:
            await _refusal("invalid_request", f"A request has at most {LARGEST_BODY} bytes", 413)(scope, receive, send)
            return
        started = False

        async def read() -> Message:
            nonlocal body
            given, body = body, None
            return {"type": "http.request", "body": given} if given is not None else await receive()

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, read, watched)
        except Exception:
            log.exception("an answer could not be given")
            if not started:
                await _refusal("server_error", "The request could not be answered", 500)(scope, receive, send)


async def _read(receive: Receive) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise _TooLarge
        if not message.get("more_body"):
            return bytes(body)


def _refusal(error: str, description: str, status: int) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status)
