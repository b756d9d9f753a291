"""纸件: reads the QR codes out of a photo or scan of a print, and makes the picture small and harmless to show.

A stranger's picture is opened here and in no other place, in a process that can be ended (``pipeline.isolation``). Its
size is known before anything is decoded, and what is shown afterwards is drawn anew, so that nothing of the bytes that
came in goes out again.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image, ImageOps

from signing_service.pipeline.validate import scan

MOST_PIXELS = 40_000_000
"""A phone's largest photos have 50 to 200 million, and are saved with 12."""
LONGEST_SIDE = 12_000
READ_SIDE = 4_000
"""Pixels of the longer side at which codes are looked for; a page of A4 at 340 dpi."""
PDF_DPI = 250
SHOWN_SIDE = 1_200
MOST_SHOWN_BYTES = 400 * 1024
MOST_CODES = 8
LONGEST_CODE = 4_000
"""Characters: a QR code holds 7,089 digits, ours about 600."""

_JPEG, _PNG, _PDF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"
_MAGIC_WITHIN = 1024


class PaperProblem(StrEnum):
    """Why a picture could not be looked at."""

    UNREADABLE = "PICTURE_UNREADABLE"
    TOO_LARGE = "PICTURE_TOO_LARGE"
    """More pixels than are decoded."""
    MANY_PAGES = "PICTURE_MANY_PAGES"
    SIGNED = "PICTURE_SIGNED"
    """A PDF with a seal in it: no scan, and worth a real validation."""


@dataclass(frozen=True, slots=True)
class PaperPicture:
    codes: tuple[str, ...] = ()
    """What the QR codes say, the longest first."""
    shown: bytes = b""
    """JPEG; empty when the picture could not be read."""
    width: int = 0
    height: int = 0
    problem: PaperProblem | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "codes": list(self.codes),
            "shown": base64.b64encode(self.shown).decode(),
            "width": self.width,
            "height": self.height,
            "problem": self.problem.value if self.problem else None,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> PaperPicture:
        return cls(
            tuple(document["codes"]),
            base64.b64decode(document["shown"]),
            document["width"],
            document["height"],
            PaperProblem(document["problem"]) if document["problem"] else None,
        )


def is_picture(data: bytes) -> bool:
    """JPEG, PNG or PDF by its first bytes."""
    return data.startswith((_JPEG, _PNG)) or _PDF in data[:_MAGIC_WITHIN]


def read_paper(data: bytes) -> PaperPicture:
    """The codes in a JPEG, PNG or PDF of one page, and the picture to show. Never raises for what is in ``data``."""
    try:
        image = _scanned(data) if _PDF in data[:_MAGIC_WITHIN] else _photographed(data)
        if isinstance(image, PaperProblem):
            return PaperPicture(problem=image)
        codes = _codes(image.convert("L"))
        shown = _shown(image)
    except (MemoryError, RecursionError, Image.DecompressionBombError):
        return PaperPicture(problem=PaperProblem.TOO_LARGE)
    except Exception:  # noqa: BLE001 - a hostile picture raises errors of every class, in every library
        return PaperPicture(problem=PaperProblem.UNREADABLE)
    return PaperPicture(codes, *shown)


def _photographed(data: bytes) -> Image.Image | PaperProblem:
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
        width, height = image.size
        if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
            return PaperProblem.TOO_LARGE
        # a JPEG is decoded at an eighth, a quarter or a half when that is still enough
        image.draft("RGB", (READ_SIDE, READ_SIDE))
        image.load()
        return ImageOps.exif_transpose(image).convert("RGB")


def _scanned(data: bytes) -> Image.Image | PaperProblem:
    if scan.bears_a_signature(data):
        return PaperProblem.SIGNED
    document = pypdfium2.PdfDocument(data)
    try:
        if len(document) != 1:
            return PaperProblem.MANY_PAGES
        page = document[0]
        longest = max(page.get_size())
        scale = min(PDF_DPI / 72, READ_SIDE / longest)
        return page.render(scale=scale).to_pil().convert("RGB")
    finally:
        document.close()


def _codes(grey: Image.Image) -> tuple[str, ...]:
    """Every code that one of the attempts reads; the first that reads any is enough."""
    for attempt in _attempts(grey):
        found = zxingcpp.read_barcodes(attempt, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
        texts = {code.text for code in found if code.text and len(code.text) <= LONGEST_CODE}
        if texts:
            return tuple(sorted(texts, key=lambda text: (-len(text), text))[:MOST_CODES])
    return ()


def _attempts(grey: Image.Image) -> Iterator[Image.Image]:
    """As it is; with more contrast, for a dark photo; smaller, for one out of focus; larger, for a small scan."""
    limited = grey.copy()
    limited.thumbnail((READ_SIDE, READ_SIDE))
    yield limited
    yield ImageOps.autocontrast(limited, cutoff=2)
    yield limited.resize((max(limited.width // 2, 1), max(limited.height // 2, 1)), Image.Resampling.BOX)
    if max(limited.size) * 2 <= READ_SIDE:
        yield limited.resize((limited.width * 2, limited.height * 2), Image.Resampling.LANCZOS)


def _shown(image: Image.Image) -> tuple[bytes, int, int]:
    reduced = image.copy()
    reduced.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    # pixels alone: comments, profiles and thumbnails of the original would be saved along with it
    small = Image.frombytes("RGB", reduced.size, reduced.tobytes())
    data = b""
    for quality in (82, 65, 45):
        out = io.BytesIO()
        small.save(out, "JPEG", quality=quality, optimize=True)
        data = out.getvalue()
        if len(data) <= MOST_SHOWN_BYTES:
            break
    return data, small.width, small.height
