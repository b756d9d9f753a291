"""The QR codes of a file as they are written in it: 1-bit masks, read without drawing the page around them.

A mask is what a printer paints, module by module, so that its bits say what the code on paper will say; whether
something else is painted over it, only a rendered page tells (``prove``).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import zxingcpp
from PIL import Image, ImageOps

from signing_service.pipeline.validate.own_objects import Body, Document, NotOursError, Ref, Text, Value

LARGEST = 177
"""Modules of the largest QR (version 40; ISO/IEC 18004, 5.3)."""
QUIET_ZONE = 4
PIXELS = 3
"""A module's side in the picture that is read."""
LONGEST_STREAM = 32 * 1024
"""Bytes of a stream that is looked into, packed and unpacked: a code with its caption has about one thousand."""
DEEPEST = 8
"""Levels of the tree of pages."""

_INLINE = re.compile(
    rb"BI\s*/W (\d{1,3}) /H (\d{1,3}) /IM true /D ?\[ ?1 0 ?\] /F /AHx ID ?([0-9A-Fa-f\s]+)>\s*EI", re.ASCII
)

Dictionary = Mapping[bytes, Value]


@dataclass(frozen=True, slots=True)
class Marks:
    """What a document says of itself without being drawn."""

    edition: str
    """Template and edition, by its description; "" when it names none."""
    codes: tuple[str, ...]
    """Of each page, what the first QR mask in it says; "" where there is none, or none that can be read."""


def marks_of(data: bytes) -> Marks:
    """Raises NotOursError for a file that is not written as ours are."""
    file = _File(Document(data))
    return Marks(
        file.edition(), tuple(next(filter(None, map(_said_by, file.masks_of(page))), "") for page in file.pages())
    )


class _File:
    """Pages and what they draw, as the last revision has them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._last = len(document.revisions) - 1

    def edition(self) -> str:
        reference = self._document.revisions[0].trailer.get(b"/Info")
        keywords = self._document.object(reference.number, 0).dictionary.get(b"/Keywords") if reference else None
        return keywords.says.decode("latin-1") if isinstance(keywords, Text) else ""

    def pages(self) -> Iterator[Dictionary]:
        catalog = self._document.object(self._document.root, self._last).dictionary
        yield from self._below(catalog[b"/Pages"], {}, DEEPEST)

    def _below(self, node: Value, inherited: Dictionary, depth: int) -> Iterator[Dictionary]:
        value = self._followed(node)
        if not isinstance(value, dict) or depth < 0:
            raise NotOursError("no tree of pages")
        if value.get(b"/Type") == b"/Page":
            yield {**inherited, **value}
        for kid in value.get(b"/Kids", []):
            resources = {key: value[key] for key in (b"/Resources",) if key in value}
            yield from self._below(kid, {**inherited, **resources}, depth - 1)

    def masks_of(self, page: Dictionary) -> Iterator[Image.Image]:
        """The square masks that a page draws itself or in a form, the smallest stream first."""
        resources = self._followed(page.get(b"/Resources")) or {}
        drawn = self._followed(resources.get(b"/XObject")) or {}
        contents = self._followed(page.get(b"/Contents")) or []
        references = [*drawn.values(), *(contents if isinstance(contents, list) else [page[b"/Contents"]])]
        bodies = [self._document.object(one.number, self._last) for one in references if isinstance(one, Ref)]
        for body in sorted(filter(_is_short, bodies), key=_length):
            if body.value.get(b"/Subtype") == b"/Image":
                yield from _image_mask(body.value, self._bytes(body))
            else:
                yield from _inline_masks(self._bytes(body))

    def _followed(self, value: Value) -> Value:
        return self._document.object(value.number, self._last).value if isinstance(value, Ref) else value

    def _bytes(self, body: Body) -> bytes:
        packed = self._document.data[slice(*(body.stream or (0, 0)))]
        match body.value.get(b"/Filter"):
            case None | []:
                return packed
            case b"/FlateDecode" | [b"/FlateDecode"] if b"/DecodeParms" not in body.value:
                return zlib.decompressobj().decompress(packed, LONGEST_STREAM)
            case _:
                return b""


def _is_short(body: Body) -> bool:
    return body.stream is not None and _length(body) <= LONGEST_STREAM


def _length(body: Body) -> int:
    start, end = body.stream or (0, 0)
    return end - start


def _inline_masks(content: bytes) -> Iterator[Image.Image]:
    for match in _INLINE.finditer(content):
        yield from _picture(int(match[1]), int(match[2]), bytes.fromhex(match[3].decode()), paints_ones=True)


def _image_mask(image: Dictionary, bits: bytes) -> Iterator[Image.Image]:
    width, height = image.get(b"/Width"), image.get(b"/Height")
    if image.get(b"/ImageMask") == b"true" and isinstance(width, int) and isinstance(height, int):
        yield from _picture(width, height, bits, paints_ones=image.get(b"/Decode") == [1, 0])


def _picture(width: int, height: int, bits: bytes, *, paints_ones: bool) -> Iterator[Image.Image]:
    if width == height <= LARGEST and len(bits) == height * ((width + 7) // 8):
        mask = Image.frombytes("1", (width, height), bits).convert("L")
        yield ImageOps.invert(mask) if paints_ones else mask


def _said_by(mask: Image.Image) -> str:
    side = mask.width * PIXELS
    border = QUIET_ZONE * PIXELS
    picture = ImageOps.expand(mask.resize((side, side), Image.Resampling.NEAREST), border=border, fill=255)
    found = zxingcpp.read_barcodes(
        picture,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
        is_pure=True,
    )
    return found[0].text if len(found) == 1 else ""
