"""What is drawn on one page, as PDF operators, while its glyphs wait for the fonts that will hold them.

A font in a document holds the characters of that document alone, so which number a character has is known only when
everything is drawn. Lengths are points from the lower left corner (ISO 32000-1, 8.3.2.3).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from signing_service.pipeline.syntax import colour, number, stream
from signing_service.pipeline.templates import TextStyle

Rule = tuple[float, float, float, float]
"""x1, y1, x2, y2 of a line."""


class Run(NamedTuple):
    """Characters that one face holds, to be written as a string of its glyphs."""

    face: str
    size: str
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Operators and runs in the order in which they are drawn, and the images they call by name."""

    parts: tuple[str | Run, ...]
    images: tuple[tuple[str, bytes], ...] = ()
    """Name and image XObject, whole."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG in grey or RGB: what a page of PDF/A may carry as it is."""

    jpeg: bytes
    width: int
    height: int
    grey: bool

    @classmethod
    def of(cls, data: bytes) -> Picture | None:
        """None for anything else."""
        frame = _frame_of(data)
        if frame is None:
            return None
        bits, height, width, components = struct.unpack(">BHHB", frame)
        good = bits == 8 and height and width and components in (1, 3)
        return cls(data, width, height, grey=components == 1) if good else None

    @property
    def image(self) -> bytes:
        """The image XObject: the JPEG is not touched."""
        space = b"/DeviceGray" if self.grey else b"/DeviceRGB"
        head = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace%s/BitsPerComponent 8/Filter/DCTDecode"
        return stream(head % (self.width, self.height, space), self.jpeg)


_FRAMES = frozenset((0xC0, 0xC1, 0xC2))
"""Of the kinds of JPEG, those that a PDF may carry: Huffman-coded, sequential or progressive (ISO 32000-1, 7.4.8)."""
_OTHER_FRAMES = frozenset(range(0xC3, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN = 0xDA


def _frame_of(data: bytes) -> bytes | None:
    """Bits, height, width and number of components, as the frame header of a JPEG has them (ITU-T T.81, B.2.2)."""
    at = 2 if data.startswith(b"\xff\xd8\xff") else len(data)
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:  # filled up
            at += 1
            continue
        if marker in _FRAMES and length >= 8 and at + 10 <= len(data):
            return data[at + 4 : at + 10]
        if marker in _OTHER_FRAMES or marker == _START_OF_SCAN:
            return None
        at += 2 + length
    return None


@dataclass(slots=True)
class Sheet:
    """Takes what is drawn on a page. Each call leaves the graphics state as it found it."""

    parts: list[str | Run] = field(default_factory=list)
    images: list[tuple[str, bytes]] = field(default_factory=list)

    def text(self, style: TextStyle, x: float, y: float, spacing: float, runs: Iterable[tuple[str, str]]) -> None:
        """One line, its baseline beginning at ``x``, ``y``; ``spacing`` points are added after every character."""
        ink = colour(style.colour)
        size = number(style.size)
        bold = f" {ink} RG {number(style.bold * style.size)} w 1 j 2 Tr" if style.bold else ""
        # of spacing much is added up along a line
        spaced = f" {spacing:.6f} Tc" if spacing else ""
        self.parts.append(f"q BT {ink} rg{bold}{spaced} {number(x)} {number(y)} Td\n")
        for face, part in runs:
            self.parts.append(Run(face, size, part))
        self.parts.append("ET Q\n")

    def lines(self, rules: Iterable[Rule], ink: str, width: float) -> None:
        drawn = " ".join(f"{number(x1)} {number(y1)} m {number(x2)} {number(y2)} l" for x1, y1, x2, y2 in rules)
        self.parts.append(f"q {colour(ink)} RG {number(width)} w {drawn} S Q\n")

    def frame(self, left: float, bottom: float, width: float, height: float, ink: str, line: float) -> None:
        self.parts.append(f"q {colour(ink)} RG {number(line)} w {_box(left, bottom, width, height)} re S Q\n")

    def shade(self, left: float, bottom: float, width: float, height: float, ink: str) -> None:
        self.parts.append(f"q {colour(ink)} rg {_box(left, bottom, width, height)} re f Q\n")

    def picture(self, picture: Picture, place: Rule, window: Rule) -> None:
        """The picture on ``place``, of which ``window`` is seen; both as left, bottom, width, height."""
        left, bottom, width, height = place
        name = self._image("Photo", picture.image)
        scaled = f"{number(width)} 0 0 {number(height)} {number(left)} {number(bottom)} cm"
        self.parts.append(f"q {_box(*window)} re W n {scaled} /{name} Do Q\n")

    def mask(self, name: str, mask: bytes, left: float, bottom: float, side: float) -> None:
        """A square 1-bit mask in black."""
        self.images.append((name, mask))
        self.parts.append(f"q 0 g {number(side)} 0 0 {number(side)} {number(left)} {number(bottom)} cm /{name} Do Q\n")

    def _image(self, name: str, image: bytes) -> str:
        numbered = f"{name}{len(self.images)}"
        self.images.append((numbered, image))
        return numbered

    def done(self) -> Drawing:
        return Drawing(tuple(self.parts), tuple(self.images))


def _box(left: float, bottom: float, width: float, height: float) -> str:
    return f"{number(left)} {number(bottom)} {number(width)} {number(height)}"
