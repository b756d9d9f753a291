"""What the stand-ins have received, to be read like phones and a mailbox; WeChat's page on which one agrees; and the
trading centre's, on which tenders are decided.

Everything here is invented and shown to whoever opens the page: one-time codes too, so there is none in production.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from signing_service.outside.kept import Kept, Received
from signing_service.outside.national_register import NationalRegisterStandIn
from signing_service.outside.trading_centre import TradingCentreStandIn
from signing_service.outside.wechat import Wechat
from signing_service.web.room import reader_of

HERE = Path(__file__).resolve().parent
PREFIX = "/outside/"
AUTHORIZE = f"{PREFIX}wechat/authorize"
TRADING = f"{PREFIX}trading"
NATIONAL = f"{PREFIX}national"
MOST_SHOWN = 60
"""Of each kind on one page; one address alone has a page of its own."""

REFRESHED_EVERY_SECONDS = 5

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_LINK = re.compile(r"(https?://[^\s<>\"，。；）]+)")


@dataclass(frozen=True, slots=True)
class Phone:
    """Everything that one address has received, the newest first."""

    address: str
    name: str
    received: tuple[Received, ...]


class OutsidePages:
    def __init__(
        self, kept: Kept, wechat: Wechat, trading: TradingCentreStandIn, national: NationalRegisterStandIn
    ) -> None:
        self._kept = kept
        self._wechat = wechat
        self._trading = trading
        self._national = national
        self._html = Environment(
            loader=FileSystemLoader(HERE / "html"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> list[BaseRoute]:
        return [
            Route(PREFIX, self._index),
            Route(AUTHORIZE, self._authorize),
            Route(f"{AUTHORIZE}/{{openid}}", self._wechat.agree),
            Route(TRADING, self._tenders),
            Route(TRADING, self._decide, methods=["POST"]),
            Route(NATIONAL, self._licences),
            Route(NATIONAL, self._refuse, methods=["POST"]),
            Mount(f"{PREFIX}static", StaticFiles(directory=HERE / "static")),
        ]

    def _index(self, request: Request) -> Response:
        to = request.query_params.get("to", "")
        still = "still" in request.query_params

        def wanted(one: Received) -> bool:
            return not to or one.to == to

        facts: dict[str, Any] = {
            "texts": _by_address(self._kept.texts.all(wanted)[:MOST_SHOWN], {}),
            "wechats": _by_address(self._kept.wechats.all(wanted)[:MOST_SHOWN], self._nicknames()),
            "mails": self._kept.mails.all(wanted)[:MOST_SHOWN],
            "to": to,
            "still": still,
            "refresh": 0 if still else REFRESHED_EVERY_SECONDS,
        }
        return self._rendered(request, "index.html", facts)

    def _authorize(self, request: Request) -> Response:
        refusal = self._wechat.refusal_of(request)
        asked = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != "lang"])
        facts = {"refusal": refusal, "users": list(self._wechat.users.values()), "asked": asked, "authorize": AUTHORIZE}
        return self._rendered(request, "authorize.html", {**facts, "refresh": 0}, 400 if refusal else 200)

    def _tenders(self, request: Request, wrong: str = "") -> Response:
        facts = {"tenders": self._trading.tenders, "trading": TRADING, "wrong": wrong, "refresh": 0}
        return self._rendered(request, "trading.html", facts, 422 if wrong else 200)

    async def _decide(self, request: Request) -> Response:
        """定标 or 流标, as the centre's clerk; another site's page decides nothing."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return self._tenders(request, "cross-site")
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        reference = form.get("reference", "")
        if reference not in self._trading.tenders:
            return self._tenders(request, reference or "?")
        if form.get("fail"):
            self._trading.fail(reference, form.get("reason", "").strip() or "投标人不足三家，本次招标失败。")
        else:
            self._trading.decide(reference, form.get("winner", ""), form.get("price", ""), form.get("manager", ""))
        return RedirectResponse(TRADING, 303)

    def _licences(self, request: Request, wrong: str = "") -> Response:
        newest = list(reversed(self._national.entered.items()))[:MOST_SHOWN]
        facts = {"entered": newest, "national": NATIONAL, "wrong": wrong, "refresh": 0}
        return self._rendered(request, "national.html", facts, 422 if wrong else 200)

    async def _refuse(self, request: Request) -> Response:
        """A licence is refused from now on, or with no reason taken again; another site's page changes nothing."""
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        number = form.get("number", "").strip()
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin" or not number:
            return self._licences(request, "cross-site" if number else "number")
        self._national.refuse(number, form.get("reason", "").strip())
        return RedirectResponse(NATIONAL, 303)

    def _nicknames(self) -> Mapping[str, str]:
        return {openid: user.nickname for openid, user in self._wechat.users.items()}

    def _rendered(self, request: Request, template: str, facts: dict[str, Any], status: int = 200) -> Response:
        reader = reader_of(request)
        say: Callable[[str, str], str] = reader.say
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
        html = self._html.get_template(template).render(
            **facts,
            say=say,
            reader=reader,
            lang=reader.lang,
            pieces=pieces,
            prefix=PREFIX,
            switch=f"?{urlencode([*kept, ('lang', 'zh' if reader.lang == 'en' else 'en')])}",
        )
        return HTMLResponse(html, status, {"Content-Language": "en" if reader.lang == "en" else "zh-CN"})


class Dressed:
    """Every answer of the pages, whatever it is, has the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, dressed)


def pieces(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is an address that can be opened."""
    return [(piece, bool(_LINK.fullmatch(piece))) for piece in _LINK.split(text) if piece]


def _by_address(received: Iterable[Received], names: Mapping[str, str]) -> list[Phone]:
    """The address that received something last comes first."""
    phones: dict[str, list[Received]] = {}
    for one in received:
        phones.setdefault(one.to, []).append(one)
    return [Phone(address, names.get(address, ""), tuple(all_of_it)) for address, all_of_it in phones.items()]
