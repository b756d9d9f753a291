"""Shapes that are filled: what a seal or a hand-drawn signature is made of, written as PDF operators or as SVG.

Text in a seal is drawn as glyph outlines, so that an appearance needs no font resource, shows the same on every
machine and cannot be changed by substituting a font.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

from signing_service.domain.errors import Problem

Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]
"""A PDF transformation (ISO 32000-1, 8.3.3): x' = a x + c y + e, y' = b x + d y + f."""
Command = tuple[str, tuple[float, ...]]
"""``m`` x y, ``l`` x y, ``c`` with two control points and an end, ``h`` to close: PDF's own letters."""

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

SERIF = ("serif.ttf", "fallback.ttf")
SANS = ("sans.ttf", "fallback.ttf")

_FONT_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Outline:
    """Closed contours, filled together by the non-zero winding rule; ``matrix`` takes them to millimetres."""

    commands: tuple[Command, ...]
    matrix: Matrix = IDENTITY


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character's contours in font units, y up, baseline at 0."""

    commands: tuple[Command, ...]
    advance: float
    units_per_em: float
    ascent: float
    """Top of the em box; its bottom is ``ascent - units_per_em``."""
    figure_height: float
    """Height of a digit above the baseline."""


class _CommandPen(BasePen):
    """Writes a glyph of any kind (TrueType or CFF) as commands; quadratics become cubics."""

    def __init__(self, glyph_set: Any) -> None:
        super().__init__(glyph_set)
        self.commands: list[Command] = []

    def _moveTo(self, pt: Point) -> None:
        self.commands.append(("m", pt))

    def _lineTo(self, pt: Point) -> None:
        self.commands.append(("l", pt))

    def _curveToOne(self, pt1: Point, pt2: Point, pt3: Point) -> None:
        self.commands.append(("c", (*pt1, *pt2, *pt3)))

    def _closePath(self) -> None:
        self.commands.append(("h", ()))

    def _endPath(self) -> None:
        self._closePath()


class Face:
    """Font files asked in turn for a character. fontTools reads lazily and not thread-safely: one reader at a time."""

    def __init__(self, fonts: Sequence[TTFont]) -> None:
        self._fonts = tuple(fonts)
        self._cmaps = tuple(font.getBestCmap() for font in fonts)
        self._glyphs: dict[str, Glyph] = {}

    def glyph(self, character: str) -> Glyph:
        """The character's outline. Raises SEAL_GLYPH_MISSING when no file has it: a tofu box is never drawn."""
        with _FONT_LOCK:
            if character not in self._glyphs:
                self._glyphs[character] = self._read(character)
            return self._glyphs[character]

    def _read(self, character: str) -> Glyph:
        for font, cmap in zip(self._fonts, self._cmaps, strict=True):
            name = cmap.get(ord(character))
            if name is None:
                continue
            glyph_set = font.getGlyphSet()
            pen = _CommandPen(glyph_set)
            glyph_set[name].draw(pen)
            em, metrics = font["head"].unitsPerEm, font["OS/2"]
            return Glyph(
                commands=tuple(pen.commands),
                advance=glyph_set[name].width,
                units_per_em=em,
                ascent=metrics.sTypoAscender * em / (metrics.sTypoAscender - metrics.sTypoDescender),
                figure_height=getattr(metrics, "sCapHeight", 0) or 0.73 * em,
            )
        raise Problem(
            "SEAL_GLYPH_MISSING",
            f"印章文字“{character}”（U+{ord(character):04X}）在现有字库中没有字形，请先补充字库再制章。",
            f"No font has the character {character!r} (U+{ord(character):04X}) of this seal; add a font that has it.",
        )


@lru_cache(maxsize=8)
def open_face(fonts_folder: Path, names: tuple[str, ...]) -> Face:
    """The face made of those files of the folder that exist; the first must. Raises FONTS_MISSING."""
    if not (fonts_folder / names[0]).is_file():
        raise Problem(
            "FONTS_MISSING",
            f"字库目录中缺少 {names[0]}，请先运行 signing-service fonts 生成字库。",
            f"{names[0]} is not in the fonts folder; run signing-service fonts first.",
            status=503,
        )
    present = (fonts_folder / name for name in names if (fonts_folder / name).is_file())
    # read whole: a lazily read file would stay open as long as the process
    return Face([TTFont(io.BytesIO(path.read_bytes()), lazy=True) for path in present])


def scaled(commands: Iterable[Command], scale_x: float, scale_y: float) -> tuple[Command, ...]:
    return tuple(
        (letter, tuple(value * (scale_y if index % 2 else scale_x) for index, value in enumerate(values)))
        for letter, values in commands
    )


def emboldened(commands: Iterable[Command], strength: float) -> tuple[Command, ...]:
    """Contours whose strokes are thicker by ``strength``: every point moves out along its bisector by half of it.

    Characters compressed to fit an arc keep the weight of their strokes this way. (The rule is FreeType's
    FT_Outline_Embolden.)
    """
    contours = _contours(commands)
    outward = 1 if sum(_area(_points(contour)) for contour in contours) > 0 else -1
    return tuple(command for contour in contours for command in _moved(contour, outward * strength / 2))


def _contours(commands: Iterable[Command]) -> list[list[Command]]:
    contours: list[list[Command]] = []
    for command in commands:
        if command[0] == "m":
            contours.append([])
        contours[-1].append(command)
    return contours


def _points(contour: Iterable[Command]) -> list[Point]:
    return [(values[i], values[i + 1]) for _, values in contour for i in range(0, len(values), 2)]


def _area(points: Sequence[Point]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True)) / 2


def _moved(contour: Sequence[Command], distance: float) -> list[Command]:
    points = _points(contour)
    moved = iter([value for index in range(len(points)) for value in _moved_point(points, index, distance)])
    return [(letter, tuple(next(moved) for _ in values)) for letter, values in contour]


def _moved_point(points: Sequence[Point], index: int, distance: float) -> Point:
    """Counter-clockwise contours grow; at a point sharper than about 140 degrees nothing moves."""
    x, y = points[index]
    (in_x, in_y), (out_x, out_y) = _direction(points, index, -1), _direction(points, index, 1)
    cosine = in_x * out_x + in_y * out_y
    if cosine < -0.77:
        return x, y
    return x + distance * (in_y + out_y) / (1 + cosine), y - distance * (in_x + out_x) / (1 + cosine)


def _direction(points: Sequence[Point], index: int, step: int) -> Point:
    """Unit vector along the contour, into the point (step -1) or out of it (step 1), past coincident points."""
    x, y = points[index]
    for distance in range(1, len(points)):
        other_x, other_y = points[(index + step * distance) % len(points)]
        length = math.hypot(other_x - x, other_y - y)
        if length > 1e-9:
            return step * (other_x - x) / length, step * (other_y - y) / length
    return 0.0, 0.0


def ellipse(radius_x: float, radius_y: float, *, clockwise: bool = False, arcs: int = 8) -> tuple[Command, ...]:
    """An ellipse about the origin, of cubic arcs (eight are true to 0.0005 % of the radius)."""
    step = (-1 if clockwise else 1) * 2 * math.pi / arcs
    reach = 4 / 3 * math.tan(step / 4)
    commands: list[Command] = [("m", (radius_x, 0.0))]
    for index in range(arcs):
        start, end = index * step, (index + 1) * step
        commands.append(
            (
                "c",
                (
                    radius_x * (math.cos(start) - reach * math.sin(start)),
                    radius_y * (math.sin(start) + reach * math.cos(start)),
                    radius_x * (math.cos(end) + reach * math.sin(end)),
                    radius_y * (math.sin(end) - reach * math.cos(end)),
                    radius_x * math.cos(end),
                    radius_y * math.sin(end),
                ),
            )
        )
    return (*commands, ("h", ()))


def ring(radius_x: float, radius_y: float, thickness: float) -> Outline:
    """An elliptical line of ``thickness``, its outer edge at the radii."""
    outer = ellipse(radius_x, radius_y)
    return Outline((*outer, *ellipse(radius_x - thickness, radius_y - thickness, clockwise=True)))


def frame(width: float, height: float, thickness: float, corner: float) -> Outline:
    """A rectangular line about the origin, its outer corners rounded by ``corner``."""
    inner = max(corner - thickness, 0.0)
    return Outline(
        (
            *_rounded(width / 2, height / 2, corner),
            *_rounded(width / 2 - thickness, height / 2 - thickness, inner, clockwise=True),
        )
    )


def _rounded(x: float, y: float, corner: float, *, clockwise: bool = False) -> tuple[Command, ...]:
    reach = corner * (1 - 0.5523)
    mirror = -1 if clockwise else 1
    commands: list[Command] = [("m", (mirror * (x - corner), y))]
    for side, sy, vertical in ((-1, 1, False), (-1, -1, True), (1, -1, False), (1, 1, True)):
        sx = side * mirror
        if vertical:
            start, first = (sx * x, sy * (y - corner)), (sx * x, sy * (y - reach))
            second, end = (sx * (x - reach), sy * y), (sx * (x - corner), sy * y)
        else:
            start, first = (sx * (x - corner), sy * y), (sx * (x - reach), sy * y)
            second, end = (sx * x, sy * (y - reach)), (sx * x, sy * (y - corner))
        commands += [("l", start), ("c", (*first, *second, *end))]
    return (*commands, ("h", ()))


def star(radius: float) -> Outline:
    """A regular five-pointed star about the origin, one point up, its points on the radius."""
    inner = radius * math.sin(math.radians(18)) / math.sin(math.radians(54))
    corners = [
        (reach * math.sin(angle), reach * math.cos(angle))
        for index in range(10)
        for reach, angle in [((radius, inner)[index % 2], index * math.pi / 5)]
    ]
    return polygon(corners)


def polygon(corners: Iterable[Point]) -> Outline:
    first, *others = corners
    return Outline((("m", first), *(("l", corner) for corner in others), ("h", ())))


def rotation_about(x: float, y: float, clockwise: float) -> Matrix:
    """Turn clockwise by radians, then move the origin to (x, y)."""
    cos, sin = math.cos(clockwise), math.sin(clockwise)
    return (cos, -sin, sin, cos, x, y)


def combine(first: Matrix, then: Matrix) -> Matrix:
    """The transformation that applies ``first``, then ``then``."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def to_pdf(outlines: Iterable[Outline]) -> str:
    """Content stream operators that fill every outline."""
    return "\n".join(_outline_to_pdf(outline) for outline in outlines)


def _outline_to_pdf(outline: Outline) -> str:
    path = " ".join(f"{_numbers(values)} {letter}" if values else letter for letter, values in outline.commands)
    if outline.matrix == IDENTITY:
        return f"{path} f"
    return f"q {_numbers(outline.matrix, 6)} cm {path} f Q"


def to_svg(outlines: Iterable[Outline]) -> str:
    """``path`` elements, y up: the caller's group turns them over."""
    return "".join(_outline_to_svg(outline) for outline in outlines)


def _outline_to_svg(outline: Outline) -> str:
    letters = {"m": "M", "l": "L", "c": "C", "h": "Z"}
    path = "".join(letters[letter] + _numbers(values) for letter, values in outline.commands)
    turn = "" if outline.matrix == IDENTITY else f' transform="matrix({_numbers(outline.matrix, 6)})"'
    return f'<path d="{path}"{turn}/>'


def _numbers(values: Sequence[float], digits: int = 2) -> str:
    return " ".join(f"{value:.{digits}f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}" for value in values)
