"""The words of a template with the places where facts go: ``有效期至 {valid_until:date}``.

``{name}`` must be there, ``{name?}`` may be empty; ``:date`` writes 2026年11月22日, ``:short`` the first sixteen digits
of a hash in groups of four, ``:masked`` an ID number as the parties to a dossier see it, 3601**********0014.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from signing_service.domain.dates import day_in_shanghai, in_chinese
from signing_service.domain.errors import Problem

_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)(\?)?(?::(date|short|masked))?\}")

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one fact goes."""

    name: str
    optional: bool = False
    form: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    parts: tuple[str | Slot, ...]

    @classmethod
    def parse(cls, text: str) -> Wording:
        """Raises ValueError for a brace that opens no place for a fact."""
        parts: list[str | Slot] = []
        end = 0
        for match in _SLOT.finditer(text):
            parts += [text[end : match.start()], Slot(match[1], bool(match[2]), match[3] or "")]
            end = match.end()
        parts.append(text[end:])
        if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
            msg = f"{text!r}: a fact is written {{name}}, {{name?}} or {{name:date}}, in small letters"
            raise ValueError(msg)
        return cls(tuple(part for part in parts if part))

    @property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(part for part in self.parts if isinstance(part, Slot))

    def fill(self, facts: Mapping[str, Any], label: str = "") -> str:
        """The words with the facts in place. Raises Problem FACT_MISSING or FACT_INVALID, naming the fact."""
        return "".join(part if isinstance(part, str) else write(part, facts, label) for part in self.parts)


def write(slot: Slot, facts: Mapping[str, Any], label: str = "") -> str:
    value = facts.get(slot.name)
    if value is None or value == "":
        if slot.optional:
            return ""
        raise fact_missing(slot.name, label)
    if slot.form == "date":
        return in_chinese(_day(slot.name, value, label))
    if slot.form == "short":
        digits = str(value)[:16]
        return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))
    if slot.form == "masked":
        return _masked(str(value))
    return str(value)


def _masked(number: str) -> str:
    """The first and the last four; of a number that is too short for that, nothing."""
    hidden = max(len(number) - 8, 0)
    return number[:4] + "*" * hidden + number[-4:] if hidden else "*" * len(number)


def _day(name: str, value: Any, label: str) -> date:
    if isinstance(value, datetime):
        return day_in_shanghai(value)
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise fact_invalid(name, label, "日期（YYYY-MM-DD）", "a day written YYYY-MM-DD")


def fact_missing(name: str, label: str = "") -> Problem:
    return Problem(
        "FACT_MISSING",
        f"缺少“{label or name}”（{name}），文件未生成。请补充后重试。",
        f"The fact {name} is missing, so the document was not made. Supply it and try again.",
        fact=name,
    )


def fact_invalid(name: str, label: str, zh: str, en: str) -> Problem:
    return Problem(
        "FACT_INVALID",
        f"“{label or name}”（{name}）应为{zh}，文件未生成。请更正后重试。",
        f"The fact {name} must be {en}, so the document was not made. Correct it and try again.",
        fact=name,
    )
