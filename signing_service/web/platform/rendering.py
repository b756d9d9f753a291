"""How a page of the platforms is made: its language, its words for time, its static files, and who it is shown to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from signing_service.domain.dates import SHANGHAI, day_in_shanghai, in_chinese, in_english
from signing_service.domain.viewer import AccountKind, Viewer
from signing_service.web.platform.choices_in_english import choice_in_english

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
HTML = HERE / "html"
STATIC_ADDRESS = "/platform/static"
LANGUAGE_COOKIE = "lang"
LANGUAGES = ("zh", "en")

PLATFORMS: Mapping[str, tuple[str, str]] = {
    "person": ("个人服务平台", "Personal services"),
    "enterprise": ("企业服务平台", "Enterprise services"),
    "developer": ("建设项目服务平台", "Project services"),
    "staff": ("政务服务", "Authority desk"),
    "": ("住建服务平台", "Construction services"),
}
"""What a platform is called to whom it is open, and to a stranger at the door."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Chinese, or English for who asks for it; dates and times in Asia/Shanghai."""

    lang: str

    def say(self, zh: str, en: str) -> str:
        return en if self.lang == "en" else zh

    def choice(self, text: str) -> str:
        """What is chosen from a list, which the procedures name in Chinese."""
        return self.say(text, choice_in_english(text))

    def day(self, day: date | str) -> str:
        found = date.fromisoformat(day) if isinstance(day, str) else day
        return in_english(found) if self.lang == "en" else in_chinese(found)

    def moment(self, moment: datetime) -> str:
        day = self.day(day_in_shanghai(moment))
        clock = moment.astimezone(SHANGHAI).strftime("%H:%M")
        return f"{day}, {clock}" if self.lang == "en" else f"{day} {clock}"

    def days_left(self, until: date, today: date) -> str:
        """``还有 3 天`` · ``今天到期`` · ``已逾期 2 天``"""
        days = (until - today).days
        if days > 0:
            return self.say(f"还有 {days} 天", f"{days} day{'s' if days > 1 else ''} left")
        if days == 0:
            return self.say("今天到期", "due today")
        return self.say(f"已逾期 {-days} 天", f"{-days} day{'s' if days < -1 else ''} overdue")


def reader_of(request: Request) -> Reader:
    """``?lang=`` decides, else what was chosen before, else English when the browser names it before Chinese."""
    for asked in (request.query_params.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, "")):
        if asked in LANGUAGES:
            return Reader(asked)
    wishes = request.headers.get("accept-language", "").lower()
    zh, en = wishes.find("zh"), wishes.find("en")
    return Reader("en" if en >= 0 and (zh < 0 or en < zh) else "zh")


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page: whose platform it is, what waits, the token against forged requests."""

    viewer: Viewer | None = None
    waiting: int = 0
    """Open items of 我的待办."""
    unread: int = 0
    """Messages."""
    csrf: str = ""

    @property
    def platform(self) -> str:
        if self.viewer is None:
            return ""
        return "developer" if self.viewer.developer else str(self.viewer.kind)

    @property
    def is_staff(self) -> bool:
        return self.viewer is not None and self.viewer.kind is AccountKind.STAFF


class Renderer:
    """Templates, compiled once for each language."""

    def __init__(self, more_html: Sequence[Path] = ()) -> None:
        """``more_html``: folders of templates beside the house's own."""
        static = {path.name: f"{STATIC_ADDRESS}/{path.name}?v={_short_hash(path)}" for path in STATIC.iterdir()}
        self._environments = {lang: _environment(Reader(lang), static, more_html) for lang in LANGUAGES}

    def page(
        self,
        request: Request,
        template: str,
        facts: Mapping[str, Any],
        frame: Frame,
        *,
        status: int = 200,
        here: str = "",
    ) -> HTMLResponse:
        """``here``: which item of the navigation the page belongs to."""
        reader = reader_of(request)
        html = (
            self._environments[reader.lang]
            .get_template(template)
            .render(facts, frame=frame, here=here, platform=PLATFORMS[frame.platform], switch=_switch(request, reader))
        )
        response = HTMLResponse(html, status, {"Content-Language": "en" if reader.lang == "en" else "zh-CN"})
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(
                LANGUAGE_COOKIE, reader.lang, max_age=365 * 86400, samesite="lax", httponly=True,
                secure=request.url.scheme == "https",
            )  # fmt: skip
        return response


def _environment(reader: Reader, static: Mapping[str, str], more_html: Sequence[Path]) -> Environment:
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in (HTML, *more_html)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        say=reader.say, words=lambda both: reader.say(*both), reader=reader, lang=reader.lang, static=static
    )
    environment.filters.update(groups=in_groups, bytes=size_of, choice_of=reader.choice)
    return environment


def _switch(request: Request, reader: Reader) -> str:
    """The same page in the other language; a page that was posted is left by its address."""
    asked = {**request.query_params, "lang": reader.say("en", "zh")}
    return str(request.url.replace_query_params(**asked).replace(scheme="", netloc=""))


def in_groups(text: str, size: int = 4) -> Markup:
    """A number in groups that the eye can hold; copied, it has no spaces."""
    return Markup("").join(
        Markup('<span class="group">{}</span>').format(text[at : at + size]) for at in range(0, len(text), size)
    )


def size_of(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(1, round(count / 1000))} kB"


def _short_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
