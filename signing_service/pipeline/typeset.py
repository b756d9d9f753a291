"""How Chinese text is set: lines broken where a reader expects it, labels spread to one width, baselines on a grid.

Lengths are millimetres from the upper left corner of the page, as a designer counts them; type sizes are points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from signing_service.domain.documents import POINTS_PER_MM
from signing_service.pipeline.fonts import Fonts
from signing_service.pipeline.sheet import Picture, Rule, Sheet
from signing_service.pipeline.templates import Template, TextStyle

EM_BOX_TOP = 0.88
"""Where the em box of a Chinese face ends above the baseline, in em (OS/2 sTypoAscender of the Noto faces)."""

NOT_FIRST = "，。、；：！？）〕】》”’…％℃·」』〉］"
"""Closing punctuation never begins a line (JIS X 4051 and CLREQ, 3.1.2)."""
NOT_LAST = "（〔【《“‘「『〈［￥"
"""Nor does opening punctuation end one."""

_CLUSTER = re.compile(rf"[{NOT_LAST}]*(?:[!-~\u00b7]+|\d+|\s|[^{NOT_LAST}])[{NOT_FIRST}]*|[{NOT_LAST}]+")
_DATE_PART = re.compile(r"^[年月日号条项款]")
_SPREAD = re.compile(r"^[\u4e00-\u9fff]{2,3}$")
SPREAD_TO = 4

LOOSEST = 3.0
"""A line that falls short by more than this, in em, is not spread: it would show holes."""


def clusters(text: str) -> Iterator[str]:
    """The parts of a line that are never torn: a word, a number with its unit, a character with its punctuation."""
    pending = ""
    for match in _CLUSTER.finditer(text):
        part = match[0]
        if pending[-1:].isdigit() and _DATE_PART.match(part):
            pending += part
            continue
        if pending:
            yield pending
        pending = part
    if pending:
        yield pending


def break_lines(text: str, width: float, style: TextStyle, fonts: Fonts, indent: float = 0.0) -> list[str]:
    """``text`` in lines no wider than ``width`` mm, the first by ``indent`` em less. A line feed begins a line.

    A cluster wider than a whole line is torn between characters. Raises Problem GLYPH_MISSING.
    """
    room = width * POINTS_PER_MM
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, left = "", room - indent * style.size
        for cluster in clusters(paragraph):
            wide = _advance(cluster, style, fonts)
            if line and wide > left + 0.01:
                lines.append(line.rstrip())
                line, left = "", room
                cluster = cluster.lstrip()  # noqa: PLW2901 - a space at the break is not set
                wide = _advance(cluster, style, fonts)
            if wide > room:
                *full, cluster = _torn(cluster, room, style, fonts)  # noqa: PLW2901
                lines += full
                wide = _advance(cluster, style, fonts)
            line, left = line + cluster, left - wide
        lines.append(line.rstrip())
    return lines


def _torn(cluster: str, room: float, style: TextStyle, fonts: Fonts) -> list[str]:
    lines = [""]
    for character in cluster:
        if lines[-1] and _advance(lines[-1] + character, style, fonts) > room:
            lines.append("")
        lines[-1] += character
    return lines


def _advance(text: str, style: TextStyle, fonts: Fonts) -> float:
    return fonts.width(text, style.face, style.size) + len(text) * style.spacing * style.size


def width_of(text: str, style: TextStyle, fonts: Fonts) -> float:
    """In mm, without the space after the last letter."""
    return max(0.0, _advance(text, style, fonts) - style.spacing * style.size) / POINTS_PER_MM


def fit(
    text: str, width: float, style: TextStyle, fonts: Fonts, smallest: float, most: int | None = None
) -> tuple[TextStyle, list[str]]:
    """The largest type, from the style's own down to ``smallest`` points, and the lines ``text`` takes in it.

    A little smaller is better than a second line, so up to a tenth is given up for one line. With ``most`` lines
    allowed, as much is given up as it takes; the caller must look whether the lines are then few enough.
    """
    for size in _sizes(style.size, max(smallest, style.size * 0.9)):
        smaller = replace(style, size=size) if size != style.size else style
        if "\n" not in text and width_of(text, smaller, fonts) <= width:
            return smaller, [text]
    if most is None:
        return style, break_lines(text, width, style, fonts)
    tried = [(style, break_lines(text, width, style, fonts))]
    for size in _sizes(style.size, smallest):
        if len(tried[-1][1]) > most:
            smaller = replace(style, size=size)
            tried.append((smaller, break_lines(text, width, smaller, fonts)))
    return tried[-1]


def _sizes(largest: float, smallest: float) -> Iterator[float]:
    size = largest
    while size > smallest:
        yield size
        size -= 0.25
    yield min(largest, smallest)


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws on one sheet. Rules are gathered and drawn by ``finish``, over the shades and without seams."""

    sheet: Sheet
    fonts: Fonts
    page_height: float
    line: str
    tint: str
    inner_line: float
    outer_line: float
    rules: list[Rule] = field(default_factory=list)
    """x1, y1, x2, y2 in mm from the upper left corner."""
    frames: list[Rule] = field(default_factory=list)

    @classmethod
    def of(cls, template: Template, fonts: Fonts, sheet: Sheet) -> Pen:
        """The pen that ``template`` asks for."""
        style = template.style
        return cls(
            sheet=sheet,
            fonts=fonts,
            page_height=template.page[1],
            line=style.colours["rule" if template.face else "line"],
            tint=style.colours["tint"],
            inner_line=style.inner_line,
            outer_line=style.outer_line,
        )

    def _y(self, top: float) -> float:
        return (self.page_height - top) * POINTS_PER_MM

    def text(
        self,
        style: TextStyle,
        text: str,
        left: float,
        top: float,
        width: float = 0.0,
        align: str = "left",
    ) -> None:
        """One line, its line box beginning at ``top``; aligned in ``width``. ``justify`` spreads it to the width."""
        if not text:
            return
        natural = 0.0 if align == "left" else width_of(text, style, self.fonts)
        spacing = style.spacing * style.size
        if align == "centre":
            left += (width - natural) / 2
        elif align == "right":
            left += width - natural
        elif align == "justify" and len(text) > 1 and width - natural < LOOSEST * style.size / POINTS_PER_MM:
            spacing += (width - natural) * POINTS_PER_MM / (len(text) - 1)
        x, y = left * POINTS_PER_MM, self._y(top + baseline(style))
        self.sheet.text(style, x, y, spacing, self.fonts.runs(text, style.face))

    def lines(
        self, style: TextStyle, lines: list[str], left: float, top: float, width: float, align: str = "left"
    ) -> None:
        """Lines one below the other. ``justify`` leaves the last as it is."""
        for number, line in enumerate(lines):
            way = "left" if align == "justify" and number == len(lines) - 1 else align
            self.text(style, line, left, top + number * style.leading, width, way)

    def label(self, style: TextStyle, text: str, left: float, top: float, width: float, align: str = "left") -> None:
        """A label of two or three characters is spread to the width of four, so that a column of labels aligns."""
        if _SPREAD.match(text):
            wide = SPREAD_TO * style.size / POINTS_PER_MM
            if wide <= width:
                left += (width - wide) / 2 if align == "centre" else 0.0
                apart = (wide - width_of(text, style, self.fonts)) / (len(text) - 1)
                spread = replace(style, spacing=apart * POINTS_PER_MM / style.size)
                self.text(spread, text, left, top)
                return
        self.text(style, text, left, top, width, align)

    def horizontal(self, left: float, right: float, top: float) -> None:
        self.rules.append((left, top, right, top))

    def vertical(self, left: float, top: float, bottom: float) -> None:
        self.rules.append((left, top, left, bottom))

    def frame(self, left: float, top: float, width: float, height: float) -> None:
        self.frames.append((left, top, width, height))

    def finish(self) -> None:
        """Draw the rules and frames of the page."""
        if self.rules:
            self.sheet.lines((self._points(*rule) for rule in joined(self.rules)), self.line, self.inner_line)
        for frame in self.frames:
            self.sheet.frame(*self._box(*frame), self.line, self.outer_line)
        self.rules.clear()
        self.frames.clear()

    def _points(self, x1: float, y1: float, x2: float, y2: float) -> Rule:
        return x1 * POINTS_PER_MM, self._y(y1), x2 * POINTS_PER_MM, self._y(y2)

    def _box(self, left: float, top: float, width: float, height: float) -> Rule:
        """Left, bottom, width and height in points."""
        return left * POINTS_PER_MM, self._y(top + height), width * POINTS_PER_MM, height * POINTS_PER_MM

    def shade(self, left: float, top: float, width: float, height: float) -> None:
        self.sheet.shade(*self._box(left, top, width, height), self.tint)

    def photo(self, picture: Picture, left: float, top: float, width: float, height: float) -> None:
        """As much of the picture as fills the frame, under a hairline."""
        scale = max(width / picture.width, height / picture.height)
        wide, high = picture.width * scale, picture.height * scale
        place = self._box(left - (wide - width) / 2, top - (high - height) / 2, wide, high)
        self.sheet.picture(picture, place, self._box(left, top, width, height))
        right, bottom = left + width, top + height
        self.rules.extend(
            [
                (left, top, right, top),
                (left, bottom, right, bottom),
                (left, top, left, bottom),
                (right, top, right, bottom),
            ]
        )


def baseline(style: TextStyle) -> float:
    """From the top of the line box down to the baseline, in mm: the em box stands in the middle of the line."""
    return style.leading / 2 + (EM_BOX_TOP - 0.5) * style.size / POINTS_PER_MM


def joined(rules: Iterable[Rule]) -> list[Rule]:
    """Upright rules that meet end to end made one, so that no seam shows; the others as they are."""
    result: list[Rule] = []
    for rule in sorted(set(rules), key=lambda rule: (rule[0] != rule[2], rule)):
        x1, y1, x2, y2 = rule
        if result and x1 == x2 == result[-1][0] == result[-1][2] and abs(result[-1][3] - y1) < 0.01:
            result[-1] = (x1, result[-1][1], x1, y2)
        else:
            result.append(rule)
    return result
