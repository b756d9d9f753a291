"""Where each character of a seal stands: pure geometry, in millimetres from the seal's centre, y up.

Rules of real seals (domain text, §7): the name runs over the upper arc from left to right, its characters evenly
spaced along the arc; the longer the name, the further it reaches round and the narrower its characters; the code
stands on the lower arc and reads from left to right.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from signing_service.domain.errors import Problem
from signing_service.domain.practising import Shape
from signing_service.domain.seals import SealArtwork, SealKind
from signing_service.pipeline.outlines import SANS, SERIF

RING_MM = {
    SealKind.ENTERPRISE: 1.2,
    SealKind.AUTHORITY: 1.2,
    SealKind.PLATFORM: 1.0,
    SealKind.NAME: 1.0,
}
STAR_RADIUS_MM = 7.0
PLATFORM_PURPOSE = ("电子文件", "核验专用")

_GAP_MM = 0.9
_FIGURE_HEIGHT_MM = 1.9
_FIGURE_WIDTH_MM = 1.2
_FIGURE_PITCH_MM = 1.66


@dataclass(frozen=True, slots=True)
class Letter:
    """One character in its cell: centre, size, and how far the cell is turned clockwise, in radians."""

    character: str
    x: float
    y: float
    width: float
    height: float
    clockwise: float = 0.0
    face: tuple[str, ...] = SERIF
    figures: bool = False
    """The cell is as high as a digit, not as the em box."""

    def corners(self) -> tuple[tuple[float, float], ...]:
        cos, sin = math.cos(self.clockwise), math.sin(self.clockwise)
        half_width, half_height = self.width / 2, self.height / 2
        return tuple(
            (self.x + dx * cos + dy * sin, self.y - dx * sin + dy * cos)
            for dx, dy in (
                (-half_width, -half_height),
                (half_width, -half_height),
                (half_width, half_height),
                (-half_width, half_height),
            )
        )


def letters_of(artwork: SealArtwork) -> tuple[Letter, ...]:
    """Every character of the seal in its place; none for a signature."""
    match artwork.kind:
        case SealKind.ENTERPRISE:
            return _round_seal(artwork, reach=268.0)
        case SealKind.AUTHORITY:
            return (*_round_seal(artwork, reach=236.0 if artwork.lines else 268.0), *_purpose(artwork.lines))
        case SealKind.PLATFORM:
            return _oval_seal(artwork)
        case SealKind.NAME:
            return _name_seal(artwork.name)
        case SealKind.PRACTISING:
            return _practising_seal(artwork)
        case SealKind.SIGNATURE:
            return ()


def _round_seal(artwork: SealArtwork, *, reach: float) -> tuple[Letter, ...]:
    edge = artwork.size_mm[0] / 2 - RING_MM[artwork.kind] - _GAP_MM
    name = name_on_arc(artwork.name, edge, edge, largest=6.2, share=reach / 360)
    return (*name, *_code_on_arc(artwork.code, edge, edge))


def _purpose(lines: Sequence[str]) -> tuple[Letter, ...]:
    if len(lines) > 1:
        tops = zip(lines[:2], (-9.0, -12.5), (20.0, 15.0), strict=False)
        return tuple(letter for text, y, room in tops for letter in line_of(text, y, 2.9, room))
    return tuple(letter for text in lines for letter in line_of(text, -10.3, 3.7, 20.0))


def _oval_seal(artwork: SealArtwork) -> tuple[Letter, ...]:
    width, height = artwork.size_mm
    inset = RING_MM[artwork.kind] + _GAP_MM
    edges = width / 2 - inset, height / 2 - inset
    name = name_on_arc(artwork.name, *edges, largest=4.6, share=0.62)
    middle = -1.5 if artwork.code else -2.2
    upper, lower = (
        line_of(text, y, 4.2, 20.0, spread=1.12)
        for text, y in zip(PLATFORM_PURPOSE, (middle + 2.5, middle - 2.5), strict=True)
    )
    return (*name, *upper, *lower, *_code_on_arc(artwork.code, *edges))


def _name_seal(name: str) -> tuple[Letter, ...]:
    """Columns from right to left, filled up with 印 or 之印 as on a cut seal."""
    characters = name.replace("·", "")
    if not 2 <= len(characters) <= 12:
        raise Problem(
            "SEAL_NAME_LENGTH",
            f"名章姓名须为 2 至 12 个字，“{name}”有 {len(characters)} 个字。",
            f"A name seal carries 2 to 12 characters; this name has {len(characters)}.",
        )
    columns, rows = next(grid for grid in ((2, 2), (2, 3), (3, 3), (3, 4)) if grid[0] * grid[1] >= len(characters))
    text = characters + {0: "", 1: "印", 2: "之印"}[columns * rows - len(characters)]
    room = 20.0 - 2 * RING_MM[SealKind.NAME] - 1.3
    width, height = room / columns, room / rows
    return tuple(
        Letter(
            character,
            x=room / 2 - (index // rows + 0.5) * width,
            y=room / 2 - (index % rows + 0.5) * height,
            width=width,
            height=height,
        )
        for index, character in enumerate(text)
    )


def _practising_seal(artwork: SealArtwork) -> tuple[Letter, ...]:
    if artwork.practises.shape is Shape.RECTANGLE:
        return _practising_rectangle(artwork)
    return _practising_ellipse(artwork)


def _practising_ellipse(artwork: SealArtwork) -> tuple[Letter, ...]:
    """Title above and employer below in the band; name, number, specialties and last day inside, as many as there are."""
    of, (number, specialties, until, employer) = artwork.practises, _four(artwork.lines)
    (width, height), (inner_width, inner_height) = of.size, of.inner
    band = (width - inner_width) / 2 - of.line
    middle = (width - band) / 2 - of.line, (height - band) / 2 - of.line
    size = min(4.0, 0.66 * band)
    title = along(of.title, *middle, height=size, share=0.52 if len(of.title) > 15 else 0.46)
    below = along(employer, *middle, height=0.95 * size, share=min(0.36, 0.032 * max(len(employer) - 1, 0)), lower=True)
    rows = [row for row in zip((artwork.name, number, specialties, until), _PROPORTIONS, strict=True) if row[0]]
    gap = 0.048 * inner_height
    scale = min((0.74 * inner_height - gap * (len(rows) - 1)) / sum(part for _, part in rows), 0.2 * inner_height)
    total = scale * sum(part for _, part in rows) + gap * (len(rows) - 1)
    top = total / 2 + 0.02 * inner_height
    inside: list[Letter] = []
    for text, part in rows:
        tall = part * scale
        edge = max(abs(top), abs(top - tall))
        room = 0.92 * inner_width * math.sqrt(1 - (2 * edge / inner_height) ** 2)
        inside += line_of(text, top - tall / 2, tall, room, spread=1.5 if text is artwork.name else 1.06)
        top -= tall + gap
    return (*title, *below, *inside)


_PROPORTIONS = (1.0, 0.875, 0.75, 0.625)
"""Heights of name, number, specialties and last day to each other (4, 3.5, 3 and 2.5 mm on a constructor's seal)."""


def _practising_rectangle(artwork: SealArtwork) -> tuple[Letter, ...]:
    """Title in its own cell; below it name, number and last day, each with its label, all beginning at one edge."""
    of, (number, _, until, _) = artwork.practises, _four(artwork.lines)
    (width, height), (_, cell) = of.size, of.inner
    title = line_of(of.title, (height - cell) / 2 - of.line / 4, 4.9, width - 3.5)
    left, top = -width / 2 + 6.0, height / 2 - cell - of.line - 1.6
    rows = (("姓　名", artwork.name, 4.8), ("注册号", number, 3.7), ("有效期", f"至{until}" if until else "", 3.7))
    letters = list(title)
    for label, text, tall in rows:
        middle = top - tall / 2
        letters += _line_from(f"{label}：", left, middle, 3.7, 16.0)
        letters += _line_from(text, left + 15.5, middle, tall, width - 25.0)
        top -= tall + 1.5
    return tuple(letter for letter in letters if letter.character != "　")


def _four(lines: Sequence[str]) -> tuple[str, str, str, str]:
    number, specialties, until, employer = (*lines, "", "", "", "")[:4]
    return number, specialties, until, employer


def _line_from(text: str, left: float, y: float, height: float, room: float) -> tuple[Letter, ...]:
    """As ``line_of``, beginning at ``left``."""
    letters = line_of(text, y, height, room)
    begins = min((letter.x - letter.width / 2 for letter in letters), default=0.0)
    return tuple(replace(letter, x=letter.x - begins + left) for letter in letters)


def name_on_arc(name: str, edge_x: float, edge_y: float, *, largest: float, share: float) -> tuple[Letter, ...]:
    """The name within the ellipse of the given radii, as high as its length lets it be.

    ``share`` is the part of the ellipse the longest name reaches over. Up to sixteen characters keep the
    proportion 0.62; from there to forty it falls to 0.42, so that they shrink less.
    """
    count = len(name)
    reached = share * (1 - math.exp(-(count - 1) / 6.5))
    proportion = 0.62 - 0.20 * min(max(count - 16, 0) / 24, 1.0)
    low, high = 0.5, largest
    for _ in range(16):
        height = (low + high) / 2
        room = _narrowest(along(name, edge_x - height / 2, edge_y - height / 2, height=height, share=reached))
        low, high = (height, high) if room >= proportion * height else (low, height)
    return along(name, edge_x - low / 2, edge_y - low / 2, height=low, share=reached)


def _narrowest(letters: Sequence[Letter]) -> float:
    return min(letter.width for letter in letters)


def _code_on_arc(code: str, edge_x: float, edge_y: float) -> tuple[Letter, ...]:
    middle = edge_x - _FIGURE_HEIGHT_MM / 2, edge_y - _FIGURE_HEIGHT_MM / 2
    reached = (len(code) - 1) * _FIGURE_PITCH_MM / _Curve(*middle).length if code else 0.0
    letters = along(code, *middle, height=_FIGURE_HEIGHT_MM, share=reached, lower=True)
    return tuple(
        Letter(
            letter.character,
            letter.x,
            letter.y,
            min(letter.width, _FIGURE_WIDTH_MM),
            letter.height,
            letter.clockwise,
            SANS,
            figures=True,
        )
        for letter in letters
    )


def along(
    text: str, radius_x: float, radius_y: float, *, height: float, share: float, lower: bool = False
) -> tuple[Letter, ...]:
    """Characters centred on an ellipse, evenly spaced along it (on a circle: by angle), symmetric about its axis.

    The centres reach over ``share`` of the ellipse, at the top, or at the bottom with heads inward. Cells are as
    wide as they can be without touching, at most 0.86 of their height.
    """
    if not text:
        return ()
    curve = _Curve(radius_x, radius_y)
    pitch = share * curve.length / max(len(text) - 1, 1)
    angles = [curve.angle_at((index - (len(text) - 1) / 2) * pitch) for index in range(len(text))]
    places = [curve.place(angle) for angle in angles]
    inner = [(x - height / 2 * math.sin(turn), y - height / 2 * math.cos(turn)) for x, y, turn in places]
    gaps = [math.dist(one, other) for one, other in pairwise(inner)]
    width = min((*gaps, 0.86 * height))
    if lower:
        return tuple(
            Letter(character, x, -y, width, height, -turn) for character, (x, y, turn) in zip(text, places, strict=True)
        )
    return tuple(
        Letter(character, x, y, width, height, turn) for character, (x, y, turn) in zip(text, places, strict=True)
    )


def line_of(text: str, y: float, height: float, room: float, *, spread: float = 1.06) -> tuple[Letter, ...]:
    """A horizontal line about the axis, compressed when it is wider than ``room``; Latin and digits are narrow."""
    widths = [height * (0.56 if ord(character) < 0x2E80 else 1.0) for character in text]
    natural = sum(widths) * spread
    squeeze = min(1.0, room / natural) if natural else 1.0
    letters, left = [], -natural * squeeze / 2
    for character, width in zip(text, widths, strict=True):
        cell = width * spread * squeeze
        letters.append(Letter(character, left + cell / 2, y, min(width, cell), height))
        left += cell
    return tuple(letters)


@cache
class _Curve:
    """The upper half of an ellipse by arc length; angles are the parameter, 0 at the top, clockwise."""

    _STEPS = 1440

    def __init__(self, radius_x: float, radius_y: float) -> None:
        self._radius_x, self._radius_y = radius_x, radius_y
        step = math.pi / self._STEPS
        lengths = [0.0]
        for index in range(self._STEPS):
            angle = (index + 0.5) * step
            lengths.append(lengths[-1] + step * math.hypot(radius_x * math.cos(angle), radius_y * math.sin(angle)))
        self._lengths = lengths
        self.length = 2 * lengths[-1]

    def angle_at(self, length: float) -> float:
        """The parameter at an arc length from the top, negative to the left."""
        wanted = min(abs(length), self._lengths[-1])
        index = min(bisect_right(self._lengths, wanted) - 1, self._STEPS - 1)
        part = (wanted - self._lengths[index]) / (self._lengths[index + 1] - self._lengths[index])
        return math.copysign((index + part) * math.pi / self._STEPS, length)

    def place(self, angle: float) -> tuple[float, float, float]:
        """The point, and the clockwise turn that stands a character upright on the curve there."""
        x, y = self._radius_x * math.sin(angle), self._radius_y * math.cos(angle)
        return x, y, math.atan2(x / self._radius_x**2, y / self._radius_y**2)
