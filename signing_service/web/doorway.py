"""What holds for every answer that leaves a house of pages: its headers, how much is read, and what is said when something broke."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from signing_service.domain.errors import Problem

log = logging.getLogger("signing_service.web")


def headers_for(
    public_origin: str, *, connect: str = "'self'", form_action: str = "'none'", referrer: str = "no-referrer"
) -> dict[str, str]:
    """Scripts and styles come from here alone, nothing is inline, and no text becomes a script.

    ``referrer``: ``no-referrer`` also hides the origin of forms that are sent (Fetch, 3.2), ``same-origin`` from others.
    """
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src {connect}; form-action {form_action}; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": referrer,
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    if public_origin.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


class Doorway:
    """Sets the headers, limits what is read, and turns whatever broke into an answer that says so."""

    def __init__(
        self,
        app: ASGIApp,
        headers: Mapping[str, str],
        *,
        broken: Callable[[Request], Response],
        static: str,
        largest: Callable[[str], int],
        too_large: Problem,
    ) -> None:
        """``static``: below it answers may be kept. ``largest``: bytes that a request to this path may bring."""
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._broken = broken
        self._static = static
        self._largest = largest
        self._too_large = too_large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = ended = False
        read = 0
        most = self._largest(scope["path"])

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise self._too_large
            return message

        async def dressed(message: Message) -> None:
            nonlocal started, ended
            if message["type"] == "http.response.start":
                started = True
                given = message.setdefault("headers", [])
                given.extend(self._headers)
                if not any(name == b"cache-control" for name, _ in given):
                    static = scope["path"].startswith(self._static)
                    given.append((b"cache-control", b"public, max-age=86400" if static else b"no-store"))
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, limited, dressed)
        except Exception:
            # the path of a page may carry its token, so the log gets the traceback alone
            log.exception("an answer could not be given")
            if not started:
                await self._broken(Request(scope, receive))(scope, receive, dressed)
            elif not ended:
                raise
