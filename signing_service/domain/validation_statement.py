"""查验报告: what the portal states of a file it has checked, and who seals that statement for it.

The portal holds no key. It hands the statement, never the file, to a ``ReportSealer``: the service in the same process,
or behind HTTP. What comes in is text of limited length for one document template and nothing else, so that whoever
takes the portal over gets no other document sealed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Protocol

from signing_service.domain.errors import Problem

MOST_ROWS = 80
LONGEST_CELL = 200
LONGEST_TEXT = 600
LONGEST_STATEMENT = 128 * 1024
"""Bytes, as JSON."""
_SHA256 = re.compile(r"[0-9a-f]{64}")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ValidationStatement:
    """The facts of one report, in words."""

    file_sha256: str
    checked_at: str
    """ISO 8601 with its zone."""
    headline: str
    sentence: str
    advice: str
    english: str
    reason: str
    verdict: str
    register: tuple[Row, ...]
    """``label`` and ``value`` of each."""
    seals: tuple[Row, ...]
    """``who``, ``when``, ``covers`` and ``result`` of each, in their order."""
    hashes: tuple[Row, ...]
    """``what`` and ``value`` of each."""

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.checked_at)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Any) -> ValidationStatement:
        """Raises Problem STATEMENT_INVALID for anything that is not such a statement, to the letter."""
        try:
            if set(document) != {field.name for field in fields(cls)}:
                raise ValueError
            values: dict[str, Any] = {name: _rows(document[name], keys) for name, keys in _ROWS.items()}
            values |= {name: _text(document[name], LONGEST_TEXT) for name in document if name not in _ROWS}
            read = cls(**values)
            if not _SHA256.fullmatch(read.file_sha256) or read.moment.tzinfo is None:
                raise ValueError
        except (TypeError, ValueError, KeyError):
            raise Problem(
                "STATEMENT_INVALID",
                "查验结论的内容不完整或格式不符，未出具报告。",
                "The statement is incomplete or malformed: no report was made.",
            ) from None
        return read


_ROWS = {
    "register": frozenset({"label", "value"}),
    "seals": frozenset({"who", "when", "covers", "result"}),
    "hashes": frozenset({"what", "value"}),
}


def _rows(value: Any, keys: frozenset[str]) -> tuple[Row, ...]:
    if not isinstance(value, (list, tuple)) or len(value) > MOST_ROWS:
        raise ValueError
    if any(not isinstance(row, Mapping) or set(row) != keys for row in value):
        raise ValueError
    return tuple({name: _text(text, LONGEST_CELL) for name, text in row.items()} for row in value)


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError
    return value


class ReportSealer(Protocol):
    """Makes a sealed report of a statement. May be called from many threads."""

    def seal_report(self, statement: ValidationStatement) -> bytes:
        """The PDF, sealed with the portal's key.

        Raises Problem with status 503 when it cannot be done now: REPORT_SEALER_AWAY, and what key policy, key store
        and trust services refuse with.
        """
        ...


def sealer_away() -> Problem:
    return Problem(
        "REPORT_SEALER_AWAY",
        "盖章的 PDF 报告暂时不能出具，查验结论不受影响；可以先下载 JSON 或 XML 报告，稍后再试。",
        "The sealed PDF cannot be made at the moment. The result stands: take the JSON or XML report, or try again later.",
        status=503,
        retry_after=60,
    )
