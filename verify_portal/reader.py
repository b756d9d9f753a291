"""Who reads: Chinese unless English is asked for, and how days, names and numbers are written for that reader."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from markupsafe import Markup, escape
from starlette.requests import Request

from signing_service.domain.dates import SHANGHAI, day_in_shanghai, in_chinese, in_english
from signing_service.domain.verdicts import Sentence

_DOSSIER = re.compile(r"[0-9A-Z]{4}[0-9]{14}")
"""Of a dossier: four letters of the procedure, the day, the number of the day."""
_NUMBER = re.compile(r"([\u4e00-\u9fff]?[A-Z](?=\d)|[\u4e00-\u9fff]|)([0-9A-Za-z]{6,})")
_QUOTED = re.compile(r"(“[^”]*”)")
_DATES = re.compile(r"(\d{4}年\d{1,2}月\d{1,2}日|\d{1,2} [A-Z][a-z]+ \d{4})")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the language, and how everything that has two languages is said in it."""

    lang: str
    """zh or en"""
    chosen: bool
    """The reader asked for this language in the address, so links keep it."""

    def say(self, zh: str, en: str) -> str:
        return en if self.lang == "en" else zh

    def words(self, sentence: Sentence) -> str:
        return self.say(sentence.zh, sentence.en)

    def flowing(self, sentence: Sentence) -> Markup:
        """A sentence whose dates are not broken over two lines, and whose quotations keep their own script."""
        parts = (
            Markup('<span class="day">{}</span>').format(part) if _DATES.fullmatch(part) else self._quoting(part)
            for part in _DATES.split(self.words(sentence))
        )
        return Markup("").join(parts)

    def _quoting(self, text: str) -> Markup:
        return Markup("").join(
            self.proper(part) if part.startswith("“") else escape(part) for part in _QUOTED.split(text)
        )

    def day(self, day: date) -> str:
        return in_english(day) if self.lang == "en" else in_chinese(day)

    def moment(self, moment: datetime) -> str:
        """Day and minute in Beijing time."""
        clock = moment.astimezone(SHANGHAI).strftime("%H:%M")
        return f"{self.day(day_in_shanghai(moment))}{self.say(' ', ', ')}{clock}"

    def proper(self, text: str) -> Markup:
        """A proper name: it keeps its own script, and an English page says which language it is in."""
        if self.lang == "en" and _has_han(text):
            return Markup('<span lang="zh-CN">{}</span>').format(text)
        return escape(text)

    def link(self, path: str, lang: str = "", **query: str) -> str:
        if lang or self.chosen:
            query["lang"] = lang or self.lang
        return f"{path}?{urlencode(query)}" if query else path


def reader_of(request: Request) -> Reader:
    """``?lang=`` decides, else the first of Chinese and English that Accept-Language prefers, else Chinese."""
    asked = request.query_params.get("lang", "")
    if asked in ("zh", "en"):
        return Reader(asked, chosen=True)
    return Reader(_preferred(request.headers.get("accept-language", "")), chosen=False)


def _preferred(accept_language: str) -> str:
    wishes = []
    for wish in accept_language.lower().split(",")[:20]:
        tag, _, weight = wish.strip().partition(";q=")
        language = tag.partition("-")[0]
        if language in ("zh", "en"):
            wishes.append((_weight(weight), language))
    return max(wishes, key=lambda wish: wish[0])[1] if wishes else "zh"


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def in_groups(text: str) -> tuple[str, ...]:
    """A number in groups of four, set apart by style and not by spaces: what is copied is the number as it is.

    A number with brackets or words in it, 赣建安许〔2026〕12号, has its own rhythm and stays whole.
    """
    if _DOSSIER.fullmatch(text):
        return tuple(text[at : at + 4] for at in range(0, len(text), 4))
    number = _NUMBER.fullmatch(text)
    if number is None:
        return (text,)
    head, digits = number.groups()
    groups = [digits[at : at + 4] for at in range(0, len(digits), 4)]
    return (head, *groups) if head else tuple(groups)


def _has_han(text: str) -> bool:
    return any("CJK" in unicodedata.name(character, "") for character in text)
