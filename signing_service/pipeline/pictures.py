"""What a party sees before it signs: the pages of exactly the file that is signed, and where its signature will stand."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from functools import lru_cache

import pikepdf
import pypdfium2
from PIL import Image

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.pipeline.seam import share_of

DPI = 144
COLOURS = 128

_drawing = threading.Lock()
"""PDFium serves one thread at a time."""


@dataclass(frozen=True, slots=True)
class Place:
    """A signature field: on which page (from 0), where from the page's upper left corner, in points."""

    role: SignatoryRole
    page: int
    left: float
    top: float
    width: float
    height: float
    filled: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """Where a strip of a seal stands at the edge of a page: see ``seam``."""

    place: Place
    share: int
    """From 0, from the left of the seal."""
    of: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The sizes of the pages in points, and the fields on them in the order in which they are filled."""

    pages: tuple[tuple[float, float], ...]
    places: tuple[Place, ...]
    strips: tuple[Strip, ...] = ()


def layout(data: bytes) -> Layout:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
        boxes = [tuple(float(value) for value in page.mediabox) for page in pdf.pages]
        places, strips = [], []
        for field in pdf.Root.AcroForm.Fields:
            left, bottom, right, top = (float(value) for value in field.Rect)
            page, share = numbers[field.P.objgen], share_of(str(field.T))
            place = Place(
                role=share[0] if share else SignatoryRole(str(field.T)),
                page=page,
                left=left - boxes[page][0],
                top=boxes[page][3] - top,
                width=right - left,
                height=top - bottom,
                filled="/V" in field,
            )
            if share:
                strips.append(Strip(place, share[1], share[2]))
            else:
                places.append(place)
    sizes = tuple((box[2] - box[0], box[3] - box[1]) for box in boxes)
    return Layout(sizes, tuple(places), tuple(strips))


@lru_cache(maxsize=32)
def picture(data: bytes, page: int) -> bytes:
    """A page (from 0) as PNG, signatures and seals included. Raises Problem PAGE_UNKNOWN."""
    with _drawing:
        document = pypdfium2.PdfDocument(data)
        try:
            document.init_forms()
            if not 0 <= page < len(document):
                raise Problem("PAGE_UNKNOWN", "没有这一页。", "There is no such page.", status=404)
            image = document[page].render(scale=DPI / 72, may_draw_forms=True).to_pil()
        finally:
            document.close()
    out = io.BytesIO()
    _in_few_colours(image).save(out, "PNG")
    return out.getvalue()


def _in_few_colours(image: Image.Image) -> Image.Image:
    """The palette is chosen by every second point of every second line: the same colours in a quarter of the time."""
    sample = image.resize((image.width // 2, image.height // 2), Image.Resampling.NEAREST)
    chosen = sample.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
    return image.quantize(palette=chosen, dither=Image.Dither.NONE)
