"""A look-up of a code, answered fast: the register is read on every request, and what it says is written out once.

The read is what makes the answer true: a licence that was cancelled a second ago is shown as cancelled. As long as the
register says the very same, on the same day and to a reader of the same language, the page made before is given again
with the time of this look-up in it, or, to a browser that still has it, nothing but the word that it holds (RFC 9110,
13.1.2). A code that is not known goes the same way to a page of the same length.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol

from markupsafe import escape
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.errors import Problem
from signing_service.domain.register import PublicDocument
from verify_portal.answers import Answer
from verify_portal.pages import HolderCheck, Pages, filled_up
from verify_portal.reader import Reader, reader_of

MOST_KEPT = 512
"""Answers kept, some eight kilobytes each."""
PAGE, API = "/v/", "/api/v/"

Headers = list[tuple[bytes, bytes]]


class Found(Protocol):
    """What the register said, and when; what follows is reckoned when it is asked for."""

    @property
    def answer(self) -> Answer: ...
    @property
    def document(self) -> PublicDocument | None: ...
    @property
    def checked_at(self) -> datetime: ...
    @property
    def holder(self) -> HolderCheck | None: ...


Ask = Callable[[Scope, str], Found]
"""Asks the register for the code in a request's address. Raises Problem when this client has to wait."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer without what differs from one look-up to the next; ``document`` is kept so that its identity is its own."""

    document: PublicDocument | None
    status: int
    headers: Headers
    parts: tuple[bytes, bytes, bytes]
    """A page: up to the link to the other language, up to the time, to its end."""
    tag: bytes


class LookUps:
    """Answers GET /v/{code} and /api/v/{code} before anything else of ``app`` is asked; all else is passed on."""

    def __init__(self, app: ASGIApp, ask: Ask, pages: Pages) -> None:
        self._app = app
        self._ask = ask
        self._pages = pages
        self._kept: OrderedDict[tuple[Any, ...], _Kept] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        code = _code_asked(scope)
        if code is None:
            await self._app(scope, receive, send)
            return
        try:
            found = self._ask(scope, code)
        except Problem:
            # asked again by the ordinary route, which tells it as a page or as a document
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(API):
            status, headers, body = self._document(scope, found)
        else:
            status, headers, body = self._page(scope, found)
        headers = [*headers, (b"content-length", b"%d" % len(body))] if status != 304 else headers
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    # ---- pages

    def _page(self, scope: Scope, found: Found) -> tuple[int, Headers, bytes]:
        asked = _asked_by(scope)
        time, day = _time(asked.reader, found.checked_at)
        key = (id(found.document), asked.reader.lang, asked.reader.chosen, self._is_foreign(asked), day)
        kept = self._recall(key, found.document)
        if kept is None:
            response = self._pages.show_licence(
                Request(scope), found.answer, found.document, found.checked_at, holder=found.holder
            )
            kept = _cut(response, found.document, _link(asked.reader, scope["path"]), time, day)
            if kept is None:
                return response.status_code, _without_length(response.raw_headers), bytes(response.body)
            self._keep(key, kept)
        if _has(scope, kept):
            return 304, kept.headers, b""
        before, between, after = kept.parts
        page = b"".join((before, _link(asked.reader, scope["path"]), between, time, after))
        return kept.status, kept.headers, filled_up(page)

    def _is_foreign(self, asked: _Asked) -> bool:
        return self._pages.is_foreign(asked.host)

    # ---- documents for machines

    def _document(self, scope: Scope, found: Found) -> tuple[int, Headers, bytes]:
        if found.document is None:
            problem = Problem(found.answer.reason, found.answer.sentence.zh, found.answer.sentence.en, status=404)
            return 404, _API_MISS, _dumped(problem.to_document())
        key = (id(found.document), API, day := day_in_shanghai(found.checked_at))
        kept = self._recall(key, found.document)
        if kept is None:
            said = _dumped({"answer": found.answer.to_json(), "document": found.document.to_json()})
            tag = _tag(said, day)
            kept = _Kept(
                found.document, 200, [*_API, (b"etag", tag)], (said[:-1] + b',"checked_at":"', b'"}', b""), tag
            )
            self._keep(key, kept)
        if _has(scope, kept):
            return 304, kept.headers, b""
        return 200, kept.headers, found.checked_at.isoformat().encode().join(kept.parts[:2])

    # ---- what is kept

    def _recall(self, key: tuple[Any, ...], document: PublicDocument | None) -> _Kept | None:
        kept = self._kept.get(key)
        if kept is None or kept.document is not document:
            return None
        self._kept.move_to_end(key)
        return kept

    def _keep(self, key: tuple[Any, ...], kept: _Kept) -> None:
        self._kept[key] = kept
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


_REVALIDATE = (b"cache-control", b"private, no-cache")
"""Kept by the reader's own browser, and never shown without asking us again."""
_API: Headers = [(b"content-type", b"application/json"), _REVALIDATE]
_API_MISS: Headers = [(b"content-type", b"application/problem+json"), _REVALIDATE]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of a request decides how a page looks, beside its code."""

    reader: Reader
    host: str


def host_asked(scope: Scope) -> str:
    """Under which name a request came, in small letters and without a port; remembered, for it is always the same."""
    if _header(scope, b"host"):
        return _asked_by(scope).host
    return (Request(scope).url.hostname or "").lower()


def _asked_by(scope: Scope) -> _Asked:
    return _asked(scope["query_string"], _header(scope, b"accept-language"), _header(scope, b"host"), scope["scheme"])


def _header(scope: Scope, wanted: bytes) -> bytes:
    for name, value in scope["headers"]:
        if name == wanted:
            return bytes(value)
    return b""


@lru_cache(maxsize=512)
def _asked(query: bytes, language: bytes, host: bytes, scheme: str) -> _Asked:
    headers = [(b"host", host), (b"accept-language", language)]
    request = Request({
        "type": "http", "method": "GET", "scheme": scheme, "path": "/", "query_string": query, "headers": headers,
    })  # fmt: skip
    return _Asked(reader_of(request), (request.url.hostname or "").lower())


def _code_asked(scope: Scope) -> str | None:
    """The code, when the address is that of a look-up and written plainly; whatever is odd is for the ordinary route."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope.get("root_path") or not _header(scope, b"host"):
        return None
    path: str = scope["path"]
    code = path[len(PAGE) :] if path.startswith(PAGE) else path[len(API) :] if path.startswith(API) else ""
    return code if code.isascii() and code.isalnum() else None


def _has(scope: Scope, kept: _Kept) -> bool:
    """Whether the browser's copy is of what would be sent now; only what is there can be unchanged."""
    if kept.status != 200:
        return False
    given = _header(scope, b"if-none-match")
    return bool(given) and (given == b"*" or kept.tag in (one.strip() for one in given.split(b",")))


def _cut(response: Response, document: PublicDocument | None, link: bytes, time: bytes, day: date) -> _Kept | None:
    """A page without its link to the other language, its time and its filling; None when one of them is not there.

    A seal of the same second is told in the same words: the time of the look-up is the last of the page.
    """
    body = bytes(response.body).rpartition(b"<!--")[0]
    whole = b'href="%s"' % link
    if body.count(whole) != 1 or time not in body.partition(whole)[2]:
        return None
    before, _, rest = body.partition(whole)
    between, _, after = rest.rpartition(time)
    parts = (before + b'href="', b'"' + between, after)
    tag = _tag(b"".join(parts), day)
    headers = [*_without_length(response.raw_headers), _REVALIDATE, (b"etag", tag)]
    return _Kept(document, response.status_code, headers, parts, tag)


def _link(reader: Reader, path: str) -> bytes:
    """To this very page in the other language, as ``Reader.link`` writes it; ``path`` is plain."""
    return f"{path}?lang={'zh' if reader.lang == 'en' else 'en'}".encode()


@lru_cache(maxsize=8)
def _time(reader: Reader, at: datetime) -> tuple[bytes, date]:
    """As the page says when the register was asked, and the day of it. Everybody who asks in one second is told the same."""
    told = f'<time datetime="{at.isoformat()}">{escape(reader.moment(at))}</time>'.encode()
    return told, day_in_shanghai(at)


def _tag(shown: bytes, day: date) -> bytes:
    """Weak, for the time of the look-up is not in it (RFC 9110, 8.8.1): what is shown, and the day it is shown on."""
    return b'W/"%s"' % hashlib.sha256(shown + day.isoformat().encode()).hexdigest()[:32].encode()


def _without_length(headers: list[tuple[bytes, bytes]]) -> Headers:
    return [(name, value) for name, value in headers if name != b"content-length"]


def _dumped(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
