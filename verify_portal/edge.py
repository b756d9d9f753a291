"""What holds for every answer that leaves the portal, whichever page it is: no foreign script, no frame, no trace, no index."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("verify_portal")

_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_NO_CAMERA = "camera=(), geolocation=(), microphone=()"

HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": _NO_CAMERA,
}

CAMERA = "/camera"
"""The page that reads a code with the camera."""

_WITH_CAMERA = {"Permissions-Policy": _NO_CAMERA.replace("camera=()", "camera=(self)")}
_WITH_PICTURES = {"Content-Security-Policy": _POLICY.replace("img-src 'self'", "img-src 'self' data:")}
"""A print, and the pages of an altered file before and after, are pictures inside the page."""

EXCEPTIONS = {
    CAMERA: _WITH_CAMERA,
    "/offline": _WITH_CAMERA,
    "/paper": _WITH_PICTURES,
    "/verify": _WITH_PICTURES,
    "/share": _WITH_PICTURES,
}
"""What a page may do beyond that, by its address."""

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
        over_https = {"Strict-Transport-Security": "max-age=31536000"} if https else {}
        self._headers = _encoded(HEADERS | over_https)
        self._exceptions = {path: _encoded(HEADERS | more | over_https) for path, more in EXCEPTIONS.items()}

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
        headers = [*message.get("headers", ()), *self._exceptions.get(path, self._headers)]
        message["headers"] = headers
        if any(name.lower() == b"cache-control" for name, _ in headers):
            return
        headers.append(_KEPT if path.startswith("/static/") else _BRIEF if path == KEYS else _NOT_KEPT)


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
