"""How numbers, texts and streams stand in a PDF: the spelling that every object we write shares (ISO 32000-1, 7.3)."""

from __future__ import annotations

import re
import zlib
from datetime import datetime
from functools import cache, lru_cache

from isal import isal_zlib

from signing_service.domain.dates import SHANGHAI

_PLAIN = re.compile(r"[ -'*-\[\]-~]*")
"""Printable ASCII that needs no escape in a literal string."""


@lru_cache(maxsize=8192)
def number(value: float) -> str:
    """To a thousandth of a point, without zeros that say nothing."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def text_string(text: str) -> bytes:
    """ASCII as it is, anything else in UTF-16 with its mark (7.9.2.2)."""
    if _PLAIN.fullmatch(text):
        return b"(" + text.encode("ascii") + b")"
    return b"<FEFF" + text.encode("utf-16-be").hex().upper().encode() + b">"


def date_string(moment: datetime) -> bytes:
    """The moment in Shanghai, to the second (7.9.4)."""
    return b"(" + moment.astimezone(SHANGHAI).strftime("D:%Y%m%d%H%M%S+08'00").encode() + b")"


def stream(entries: bytes, data: bytes) -> bytes:
    """``data`` as it is, under ``entries``, which name the filter if it has one."""
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)


def deflated(entries: bytes, data: bytes) -> bytes:
    """``data`` compressed in little time: for what is in one document only."""
    return stream(entries + b"/Filter/FlateDecode", isal_zlib.compress(data))


def deflated_well(entries: bytes, data: bytes) -> bytes:
    """``data`` compressed into little room: for what is made once and goes into many documents."""
    return stream(entries + b"/Filter/FlateDecode", zlib.compress(data, 9))


@cache
def colour(rgb: str) -> str:
    """``#RRGGBB`` as three operands of ``rg`` or ``RG``."""
    return " ".join(f"{int(rgb[start : start + 2], 16) / 255:.4f}".rstrip("0").rstrip(".") for start in (1, 3, 5))
