"""The frame of a licence: woven lines in two quiet colours, computed and not borrowed, the same for the same seed.

Strands leave a knot, cross each other and meet again at the next; two such chains, half a link apart, cover the
sides, and a rosette stands in each corner. Lines only, no fill: printed in black and white it is a grey lace.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from signing_service.domain.documents import POINTS_PER_MM

JADE = HexColor("#6FAE9B")
BLUE = HexColor("#9DBBD6")
NET = HexColor("#D3E4E2")
JADE_WATERMARK = HexColor("#DCECE5")
BLUE_WATERMARK = HexColor("#E2EBF4")

EDGE_MM = 8.0
"""From the edge of the page to the frame."""
BAND_MM = 9.6
"""Thickness of the frame; text may begin at 20 mm."""

_GAP_MM = 0.75
"""Between the two lines at either edge of the frame."""
_LINK_MM = 27.0
_HAIRLINE_PT = 0.25
_STRONG_PT = 0.75

Curve = Callable[[float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class _Weave:
    """What the seed decides."""

    strands: int
    crossings: int
    petals: int
    depth: float
    centre_petals: int


def draw_licence_frame(canvas: Canvas, width: float, height: float, seed: str, *, watermark: bool = True) -> None:
    """Draw the frame on a page of ``width`` x ``height`` points, and a very light rosette in its middle.

    To be called before anything else is drawn on the page. The same seed gives the same lines; any size of page
    from A5 upwards, upright or lying. Adds form XObjects, no fonts, no images.
    """
    weave = _weave(seed)
    mm = POINTS_PER_MM
    canvas.saveState()
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    if watermark:
        _centre(canvas, weave, seed, width, height)
    _hairlines(canvas, width, height)
    middle = (EDGE_MM + BAND_MM / 2) * mm
    corner = (EDGE_MM + BAND_MM - _GAP_MM) * mm
    for across, turn, x, y in (
        (True, 0, corner, middle),
        (True, 0, corner, height - middle),
        (False, 90, middle, corner),
        (False, 90, width - middle, corner),
    ):
        with _placed(canvas, x, y, turn):
            _side(canvas, weave, seed, (width if across else height) - 2 * corner)
    for x in (middle, width - middle):
        for y in (middle, height - middle):
            with _placed(canvas, x, y, 0):
                _rosette(canvas, weave, seed)
    canvas.restoreState()


def _weave(seed: str) -> _Weave:
    digest = hashlib.sha256(seed.encode()).digest()
    return _Weave(
        strands=14 + digest[0] % 3,
        crossings=1 + digest[1] % 2,
        petals=6 + digest[2] % 3,
        depth=0.38 + digest[3] / 255 * 0.06,
        centre_petals=14 + digest[4] % 7,
    )


def _hairlines(canvas: Canvas, width: float, height: float) -> None:
    mm = POINTS_PER_MM
    for inset, colour, line in (
        (EDGE_MM, JADE, _STRONG_PT),
        (EDGE_MM + _GAP_MM, BLUE, _HAIRLINE_PT),
        (EDGE_MM + BAND_MM - _GAP_MM, BLUE, _HAIRLINE_PT),
        (EDGE_MM + BAND_MM, JADE, _STRONG_PT),
    ):
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(line)
        canvas.rect(inset * mm, inset * mm, width - 2 * inset * mm, height - 2 * inset * mm)


def _side(canvas: Canvas, weave: _Weave, seed: str, length: float) -> None:
    """A pale net from end to end; over it links in blue, and links in jade half a link further, halved at the ends."""
    half_band = (BAND_MM / 2 - 1.1) * POINTS_PER_MM
    nominal = _LINK_MM * POINTS_PER_MM
    links = max(2, round(length / nominal))
    link = length / links
    box = (-1.0, -half_band - 1, nominal + 1, half_band + 1)
    net, blue, jade = (
        _form(canvas, f"guilloche-{name}-{_mark(seed)}", box, curves, pieces=14, colour=colour)
        for name, colour, curves in (
            ("net", NET, [_wave(nominal, half_band, index / 8) for index in range(8)]),
            ("blue", BLUE, _strands(nominal, half_band, weave.crossings, weave.strands)),
            ("jade", JADE, _strands(nominal, half_band * 0.94, weave.crossings, weave.strands - 2)),
        )
    )
    rows = (
        *((net, index, 1.0) for index in range(links)),
        *((blue, index, 1.0) for index in range(links)),
        (jade, 0.0, 0.5),
        *((jade, index + 0.5, 1.0) for index in range(links - 1)),
        (jade, links - 0.5, 0.5),
    )
    for form, start, share in rows:
        with _placed(canvas, start * link, 0, 0):
            canvas.scale(share * link / nominal, 1)
            canvas.doForm(form)


def _strands(length: float, half_band: float, crossings: int, count: int) -> list[Curve]:
    return [_strand(length, half_band, crossings, 2 * math.pi * index / count) for index in range(count)]


def _wave(length: float, half_band: float, phase: float) -> Curve:
    def at(part: float) -> tuple[float, float]:
        return part * length, half_band * math.sin(2 * math.pi * (part + phase))

    return at


def _strand(length: float, half_band: float, crossings: int, phase: float) -> Curve:
    def at(part: float) -> tuple[float, float]:
        swell = math.sin(math.pi * part)
        return part * length, half_band * swell * math.cos(2 * math.pi * crossings * part + phase)

    return at


def _rosette(canvas: Canvas, weave: _Weave, seed: str) -> None:
    """In a square of its own, so that the nets of the sides end at a line."""
    mm = POINTS_PER_MM
    half = (BAND_MM / 2 - _GAP_MM) * mm
    canvas.setStrokeColor(BLUE)
    canvas.setLineWidth(_HAIRLINE_PT)
    canvas.rect(-half, -half, 2 * half, 2 * half)
    radius = half - 0.35 * mm
    for colour, reach, turned in ((BLUE, 1.0, 5), (JADE, 0.66, 4)):
        form = _form(
            canvas,
            f"guilloche-rosette-{reach:g}-{_mark(seed)}",
            (-radius - 1, -radius - 1, radius + 1, radius + 1),
            [_petals(radius * reach, weave.petals, weave.depth)],
            pieces=weave.petals * 8,
            colour=colour,
        )
        for index in range(turned):
            with _placed(canvas, 0, 0, 360 / weave.petals / turned * index):
                canvas.doForm(form)


def _centre(canvas: Canvas, weave: _Weave, seed: str, width: float, height: float) -> None:
    radius = 0.27 * min(width, height)
    turned = 9
    for colour, reach, petals in (
        (BLUE_WATERMARK, 1.0, weave.centre_petals),
        (JADE_WATERMARK, 0.60, weave.centre_petals - 4),
    ):
        form = _form(
            canvas,
            f"guilloche-centre-{reach:g}-{round(radius)}-{_mark(seed)}",
            (-radius - 1, -radius - 1, radius + 1, radius + 1),
            [_petals(radius * reach, petals, 0.30)],
            pieces=petals * 8,
            colour=colour,
            line=0.35,
        )
        for index in range(turned):
            with _placed(canvas, width / 2, height / 2, 360 / petals / turned * index):
                canvas.doForm(form)


def _petals(radius: float, petals: int, depth: float) -> Curve:
    def at(part: float) -> tuple[float, float]:
        angle = 2 * math.pi * part
        distance = radius * (1 - depth + depth * math.cos(petals * angle))
        return distance * math.sin(angle), distance * math.cos(angle)

    return at


def _form(
    canvas: Canvas,
    name: str,
    box: tuple[float, float, float, float],
    curves: list[Curve],
    *,
    pieces: int,
    colour: Color,
    line: float = _HAIRLINE_PT,
) -> str:
    """Lines drawn once and used many times: the whole frame stays small."""
    if not canvas.hasForm(name):
        left, bottom, right, top = box
        canvas.beginForm(name, math.floor(left), math.floor(bottom), math.ceil(right), math.ceil(top))
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(line)
        for curve in curves:
            _stroke(canvas, curve, pieces)
        canvas.endForm()
    return name


def _stroke(canvas: Canvas, curve: Curve, pieces: int) -> None:
    """The curve from 0 to 1 as Bezier pieces with the curve's own tangents."""
    step, near = 1 / pieces, 1e-5
    path = canvas.beginPath()
    path.moveTo(*curve(0.0))
    for index in range(pieces):
        start, end = index * step, (index + 1) * step
        (x1, y1), (x2, y2) = curve(start), curve(end)
        ahead_x, ahead_y = _slope(curve, start, near)
        behind_x, behind_y = _slope(curve, end, -near)
        path.curveTo(
            x1 + ahead_x * step / 3, y1 + ahead_y * step / 3, x2 - behind_x * step / 3, y2 - behind_y * step / 3, x2, y2
        )
    canvas.drawPath(path, stroke=1, fill=0)


def _slope(curve: Curve, part: float, near: float) -> tuple[float, float]:
    (x1, y1), (x2, y2) = curve(part), curve(part + near)
    return (x2 - x1) / near, (y2 - y1) / near


def _mark(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()[:8]


@contextmanager
def _placed(canvas: Canvas, x: float, y: float, degrees: float) -> Iterator[None]:
    canvas.saveState()
    canvas.translate(x, y)
    canvas.rotate(degrees)
    yield
    canvas.restoreState()
