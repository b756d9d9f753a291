"""A hand-drawn signature as ink: strokes become filled outlines, thin where the pen was quick, round at the ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from signing_service.domain.errors import Problem
from signing_service.pipeline.outlines import Command, Outline, Point

SHEET_MM = (60.0, 20.0)
"""The sheet people sign on; strokes are fractions of it, origin top left."""

MOST_POINTS = 6000

_STEP_MM = 0.45
_QUICK_MM = 2.4
"""Distance between two recorded points at which the line is at its thinnest."""
_THICK_MM, _THIN_MM = 0.46, 0.16
"""Half widths of a slow and of a quick line."""
_MARGIN_MM = 0.9
"""Half a line, and room for a curve to swing out between two points."""
_SHARP = math.radians(50)

Strokes = Sequence[Sequence[Point]]


def ink(strokes: Strokes, width: float, height: float) -> tuple[Outline, ...]:
    """The strokes drawn with a pen and fitted, proportions kept, on a sheet of ``width`` x ``height`` mm.

    The result is about the sheet's centre, y up, and never leaves it. Raises SIGNATURE_EMPTY, SIGNATURE_TOO_LONG
    (more than 6000 points) and SIGNATURE_POINTS (a coordinate that is not between 0 and 1).
    """
    _refuse_unusable(strokes)
    placed = _fitted(strokes, width - 2 * _MARGIN_MM, height - 2 * _MARGIN_MM)
    contours = [contour for stroke in placed for contour in _stroke_contours(stroke)]
    return (Outline(tuple(command for contour in contours for command in contour)),)


def _refuse_unusable(strokes: Strokes) -> None:
    count = sum(len(stroke) for stroke in strokes)
    if count == 0:
        raise Problem(
            "SIGNATURE_EMPTY", "还没有签名，请在签名区手写姓名。", "There is no signature yet: write your name."
        )
    if count > MOST_POINTS:
        raise Problem(
            "SIGNATURE_TOO_LONG",
            "签名笔画过多，请清除后重新签写。",
            "The signature has too many strokes: clear it and sign again.",
        )
    if not all(0 <= value <= 1 for stroke in strokes for point in stroke for value in point):
        raise Problem("SIGNATURE_POINTS", "签名超出签名区，请重新签写。", "The signature leaves its sheet: sign again.")


def _fitted(strokes: Strokes, width: float, height: float) -> list[list[Point]]:
    """Centred, and enlarged at most twice: a signature in a corner of the sheet is still seen."""
    points = [(x * SHEET_MM[0], -y * SHEET_MM[1]) for stroke in strokes for x, y in stroke]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    bottom, top = min(y for _, y in points), max(y for _, y in points)
    natural = width / SHEET_MM[0]
    scale = min(2 * natural, width / max(right - left, 1e-6), height / max(top - bottom, 1e-6))
    middle_x, middle_y = (left + right) / 2, (bottom + top) / 2
    return [
        [((x * SHEET_MM[0] - middle_x) * scale, (-y * SHEET_MM[1] - middle_y) * scale) for x, y in stroke]
        for stroke in strokes
        if stroke
    ]


def _stroke_contours(stroke: Sequence[Point]) -> list[tuple[Command, ...]]:
    track = _drawn(stroke)
    if len(track) < 2:
        return [_dot(track[0][:2], _THICK_MM * 0.9)]
    return [_ribbon(piece) for piece in _cut_at_turns(track)]


def _drawn(stroke: Sequence[Point]) -> list[tuple[float, float, float]]:
    """The stroke as x, y, half width at even steps of a Catmull-Rom curve through the recorded points."""
    points = [stroke[0], *(point for before, point in pairwise(stroke) if math.dist(before, point) > 1e-4)]
    if len(points) < 2:
        return [(*points[0], _THICK_MM)]
    widths = _half_widths(points)
    padded = [_mirrored(points[1], points[0]), *points, _mirrored(points[-2], points[-1])]
    track: list[tuple[float, float, float]] = []
    for index in range(len(points) - 1):
        steps = max(1, math.ceil(math.dist(points[index], points[index + 1]) / _STEP_MM))
        for step in range(steps):
            part = step / steps
            x, y = _catmull_rom(padded[index : index + 4], part)
            track.append((x, y, widths[index] + (widths[index + 1] - widths[index]) * part))
    track.append((*points[-1], widths[-1]))
    return _spaced(track)


def _half_widths(points: Sequence[Point]) -> list[float]:
    """From speed, smoothed both ways; a stroke is set down at full width and lifted to a point."""
    speeds = [math.dist(one, other) for one, other in pairwise(points)]
    speeds = [speeds[0], *speeds]
    for order in (range(1, len(speeds)), range(len(speeds) - 2, -1, -1)):
        for index in order:
            neighbour = index - order.step
            speeds[index] += 0.55 * (speeds[neighbour] - speeds[index])
    widths = [_THICK_MM - (_THICK_MM - _THIN_MM) * min(speed / _QUICK_MM, 1.0) for speed in speeds]
    travelled, total = 0.0, sum(math.dist(one, other) for one, other in pairwise(points))
    tail = min(3.2, 0.35 * total)
    for index in range(len(points)):
        if index:
            travelled += math.dist(points[index - 1], points[index])
        left = (total - travelled) / tail
        start = min(1.0, 0.72 + travelled / 2.0)
        widths[index] *= start * (0.3 + 0.7 * min(left, 1.0))
    return widths


def _catmull_rom(points: Sequence[Point], part: float) -> Point:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points
    square, cube = part * part, part * part * part
    return (
        0.5
        * (2 * x1 + (x2 - x0) * part + (2 * x0 - 5 * x1 + 4 * x2 - x3) * square + (3 * x1 - x0 - 3 * x2 + x3) * cube),
        0.5
        * (2 * y1 + (y2 - y0) * part + (2 * y0 - 5 * y1 + 4 * y2 - y3) * square + (3 * y1 - y0 - 3 * y2 + y3) * cube),
    )


def _mirrored(point: Point, about: Point) -> Point:
    return (2 * about[0] - point[0], 2 * about[1] - point[1])


def _spaced(track: Sequence[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Samples nearer than a third of a step would make the edges waver."""
    kept = [track[0]]
    kept += [sample for sample in track[1:-1] if math.dist(sample[:2], kept[-1][:2]) > _STEP_MM / 3]
    if len(kept) > 1 and math.dist(kept[-1][:2], track[-1][:2]) < _STEP_MM / 3:
        kept.pop()
    return [*kept, track[-1]]


def _cut_at_turns(track: Sequence[tuple[float, float, float]]) -> list[Sequence[tuple[float, float, float]]]:
    """At a sharp turn the line ends and begins again, both ends round, so that its edges cannot fold."""
    cuts = [0]
    for index in range(1, len(track) - 1):
        before = _heading(track[index - 1], track[index])
        after = _heading(track[index], track[index + 1])
        if abs(math.remainder(after - before, 2 * math.pi)) > _SHARP:
            cuts.append(index)
    cuts.append(len(track) - 1)
    return [track[start : end + 1] for start, end in pairwise(cuts)]


def _heading(one: Sequence[float], other: Sequence[float]) -> float:
    return math.atan2(other[1] - one[1], other[0] - one[0])


def _ribbon(track: Sequence[tuple[float, float, float]]) -> tuple[Command, ...]:
    """Right edge forward, round end, left edge back, round start: counter-clockwise, so that crossings add up."""
    headings = [_heading(track[max(i - 1, 0)], track[min(i + 1, len(track) - 1)]) for i in range(len(track))]
    right = [_beside(sample, heading, -1) for sample, heading in zip(track, headings, strict=True)]
    left = [_beside(sample, heading, 1) for sample, heading in zip(track, headings, strict=True)][::-1]
    return (
        ("m", right[0]),
        *_smooth(right),
        *_cap(track[-1], headings[-1]),
        *_smooth(left),
        *_cap(track[0], headings[0] + math.pi),
        ("h", ()),
    )


def _beside(sample: Sequence[float], heading: float, side: int) -> Point:
    x, y, half = sample
    return (x - side * half * math.sin(heading), y + side * half * math.cos(heading))


def _smooth(points: Sequence[Point]) -> list[Command]:
    """A Catmull-Rom curve through the points, as Bezier curves."""
    padded = [_mirrored(points[1], points[0]), *points, _mirrored(points[-2], points[-1])]
    return [
        (
            "c",
            (
                one[0] + (two[0] - before[0]) / 6,
                one[1] + (two[1] - before[1]) / 6,
                two[0] - (after[0] - one[0]) / 6,
                two[1] - (after[1] - one[1]) / 6,
                *two,
            ),
        )
        for before, one, two, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]


def _cap(sample: Sequence[float], heading: float) -> list[Command]:
    """A half circle from the right edge round the front to the left edge."""
    x, y, half = sample
    ahead = (half * math.cos(heading), half * math.sin(heading))
    side = (-ahead[1], ahead[0])
    reach = 0.5523
    return [
        (
            "c",
            (
                *(x - side[0] + reach * ahead[0], y - side[1] + reach * ahead[1]),
                *(x + ahead[0] - reach * side[0], y + ahead[1] - reach * side[1]),
                *(x + ahead[0], y + ahead[1]),
            ),
        ),
        (
            "c",
            (
                *(x + ahead[0] + reach * side[0], y + ahead[1] + reach * side[1]),
                *(x + side[0] + reach * ahead[0], y + side[1] + reach * ahead[1]),
                *(x + side[0], y + side[1]),
            ),
        ),
    ]


def _dot(point: Sequence[float], radius: float) -> tuple[Command, ...]:
    sample = (point[0], point[1], radius)
    return (("m", _beside(sample, 0.0, -1)), *_cap(sample, 0.0), *_cap(sample, math.pi), ("h", ()))
