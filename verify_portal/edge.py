"""What holds for every answer that leaves the portal, whichever page it is: no foreign script, no frame, no trace, no index."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("verify_portal")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
        "form-action 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}

CAMERA = "/camera"
"""The page that reads a code with the camera."""

_KEPT = (b"cache-control", b"public, max-age=86400")
_NOT_KEPT = (b"cache-control", b"no-store")
_BRIEF = (b"cache-control", b"public, max-age=300")
KEYS = "/.well-known/licence-keys.json"
"""Where the public keys of codes are published."""


class Edge:
    """Sets the headers, answers HEAD as GET without a body, and turns whatever broke into a page that says so."""

    def __init__(self, app: ASGIApp, broken: Callable[[Request], Response], https: bool) -> None:
        self._app = app
        self._broken = broken
        self._headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        if https:
            self._headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET"} if head else scope
        started = False

        async def finish(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._dress(message, scope["path"])
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._app(inner, receive, finish)
        except Exception:
            # The path of a look-up carries its code, so the log gets the traceback and the kind of page only.
            log.exception("an answer could not be given (%s)", scope["path"].partition("/v/")[0] or "/v/")
            if started:
                raise
            await self._broken(Request(scope, receive))(inner, receive, finish)

    def _dress(self, message: Message, path: str) -> None:
        headers = [*message.get("headers", ()), *self._headers]
        message["headers"] = headers
        if any(name.lower() == b"cache-control" for name, _ in headers):
            return
        headers.append(_KEPT if path.startswith("/static/") else _BRIEF if path == KEYS else _NOT_KEPT)
