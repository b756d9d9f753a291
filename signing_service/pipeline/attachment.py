"""附件: what a stranger sends as evidence is looked at before it is kept: its kind by its first bytes, its pages, and that it
does nothing by itself (domain text, §2, ``file``).

It is kept as it came, so nothing is repaired. It is opened here and in no other place, in a process that can be ended
(``pipeline.isolation``).
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pikepdf
from PIL import Image

from signing_service.pipeline.intake import names_in

LARGEST = 20 * 1024 * 1024
MOST_PAGES = 500
MOST_PIXELS = 200_000_000
"""Counted, never decoded: a phone's largest photo."""

HARMLESS = frozenset({"/AcroForm", "/OCProperties"})
"""Of what ``intake`` calls active: forms and layers may be in a scan that somebody keeps; they do nothing by themselves."""


class Kind(StrEnum):
    PDF = "pdf"
    JPEG = "jpg"
    PNG = "png"


class AttachmentProblem(StrEnum):
    TYPE = "FILE_TYPE"
    SIZE = "FILE_SIZE"
    """Bytes, pages or pixels."""
    ACTIVE = "FILE_ACTIVE"
    ENCRYPTED = "FILE_ENCRYPTED"


@dataclass(frozen=True, slots=True)
class Demands:
    """What a file has to be besides sound."""

    largest: int = LARGEST
    """Bytes."""
    to_be_signed: bool = False
    """A PDF that shows nothing but its pages, as ``intake`` asks of what is signed; no picture."""
    least_side: float = 0.0
    """Of its first page, in points."""


ORDINARY = Demands()


@dataclass(frozen=True, slots=True)
class Examined:
    kind: Kind | None = None
    pages: int = 0
    problem: AttachmentProblem | None = None

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "pages": self.pages, "problem": self.problem}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Examined:
        """Raises KeyError, ValueError for what is not one."""
        return cls(
            Kind(told["kind"]) if told["kind"] else None,
            int(told["pages"]),
            AttachmentProblem(told["problem"]) if told["problem"] else None,
        )


def kind_of(data: bytes) -> Kind | None:
    """By the first bytes; a name or what a browser claims says nothing."""
    if data.startswith(b"%PDF-"):
        return Kind.PDF
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    return Kind.PNG if data.startswith(b"\x89PNG\r\n\x1a\n") else None


def refused_at_once(data: bytes, demands: Demands = ORDINARY) -> AttachmentProblem | None:
    """What needs no looking into."""
    if len(data) > demands.largest:
        return AttachmentProblem.SIZE
    kind = kind_of(data)
    return AttachmentProblem.TYPE if kind is None or (demands.to_be_signed and kind is not Kind.PDF) else None


def examine(data: bytes, demands: Demands = ORDINARY) -> Examined:
    kind = kind_of(data)
    if problem := refused_at_once(data, demands):
        return Examined(kind, problem=problem)
    if kind is Kind.PDF:
        return _pdf(data, demands)
    return _picture(data, kind)


def _pdf(data: bytes, demands: Demands) -> Examined:
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if pdf.is_encrypted:
                return Examined(Kind.PDF, problem=AttachmentProblem.ENCRYPTED)
            pages = len(pdf.pages)
            if not 0 < pages <= MOST_PAGES:
                return Examined(Kind.PDF, pages, AttachmentProblem.SIZE)
            if demands.to_be_signed and min(_extent(pdf.pages[0])) < demands.least_side:
                return Examined(Kind.PDF, pages, AttachmentProblem.SIZE)
            harmless = frozenset() if demands.to_be_signed else HARMLESS
            active = any(name not in harmless for item in pdf.objects for name in names_in(item))
            return Examined(Kind.PDF, pages, AttachmentProblem.ACTIVE if active else None)
    except pikepdf.PasswordError:
        return Examined(Kind.PDF, problem=AttachmentProblem.ENCRYPTED)
    except (pikepdf.PdfError, RecursionError):
        return Examined(Kind.PDF, problem=AttachmentProblem.TYPE)


def _extent(page: pikepdf.Page) -> tuple[float, float]:
    left, bottom, right, top = (float(side) for side in page.cropbox)
    return abs(right - left), abs(top - bottom)


def _picture(data: bytes, kind: Kind | None) -> Examined:
    try:
        with warnings.catch_warnings():
            # the library warns of what we measure ourselves
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as picture:
                width, height = picture.size
                picture.verify()
    except Image.DecompressionBombError:
        return Examined(kind, problem=AttachmentProblem.SIZE)
    except (OSError, SyntaxError, ValueError):
        return Examined(kind, problem=AttachmentProblem.TYPE)
    return Examined(kind, 1, AttachmentProblem.SIZE if width * height > MOST_PIXELS else None)
