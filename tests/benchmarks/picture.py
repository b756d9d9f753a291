"""The one picture: what a licence costs by the size of its batch. A flat line is what is wanted."""

from __future__ import annotations

import math
import re
from pathlib import Path

from tests.benchmarks.printing import number, records

WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 30, 46, 56
INK, LINE, QUIET = "#1f2a30", "#1f6f5c", "#c9d2cf"
BATCH = re.compile(r"batch of (\d+)")

Points = list[tuple[int, float]]


def batches(path: Path) -> Points:
    """Size and milliseconds of CPU a licence, of the run that is written there."""
    found = ((BATCH.fullmatch(figure["name"]), figure["value"]) for figure in records(path)[1])
    return sorted((int(match[1]), value) for match, value in found if match and value is not None)


def draw_batch(path: Path, picture: Path) -> None:
    """Nothing is drawn of a run without batches: the picture of the last one with them stays."""
    points = batches(path)
    if len(points) > 1:
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_text(svg(points), encoding="utf-8")


def svg(points: Points) -> str:
    highest = max(value for _, value in points) * 1.25
    low, high = math.log10(points[0][0]), math.log10(points[-1][0])

    def across(size: int) -> float:
        return LEFT + (math.log10(size) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def up(value: float) -> float:
        return HEIGHT - BOTTOM - value / highest * (HEIGHT - TOP - BOTTOM)

    label = 'role="img" aria-label="CPU time a licence by size of batch" font-family="system-ui, sans-serif"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {label} font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="24" fill="{INK}" font-size="15">每份证照的 CPU 时间（毫秒）/ CPU milliseconds a licence</text>',
    ]
    for step in range(5):
        value = highest * step / 4
        parts.append(
            f'<path d="M{LEFT} {up(value):.1f}H{WIDTH - RIGHT}" stroke="{QUIET}"/>'
            f'<text x="{LEFT - 8}" y="{up(value) + 4:.1f}" text-anchor="end" fill="{INK}">{value:.0f}</text>'
        )
    way = " ".join(f"{across(size):.1f},{up(value):.1f}" for size, value in points)
    parts.append(f'<polyline points="{way}" fill="none" stroke="{LINE}" stroke-width="2.5"/>')
    for size, value in points:
        x, y = across(size), up(value)
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{LINE}"/>'
            f'<text x="{x:.1f}" y="{y - 11:.1f}" text-anchor="middle" fill="{INK}">{number(value)}</text>'
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" fill="{INK}">{size:,}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle" fill="{INK}">一批的份数 / licences in the batch</text>'
    )
    return "\n".join([*parts, "</svg>\n"])
