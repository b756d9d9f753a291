"""The blocks of a form or notice, cut into pieces that a page break never tears.

A block is measured before anything is drawn: a value that needs more lines makes its row higher, and never runs into
its neighbour. Lengths are millimetres; heights are multiples of 2.5, half the 5-mm baseline.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from signing_service.domain.documents import POINTS_PER_MM, SignatoryRole
from signing_service.pipeline.fonts import Fonts
from signing_service.pipeline.sheet import Picture
from signing_service.pipeline.templates import (
    Area,
    Block,
    Closing,
    Column,
    Field,
    Grid,
    Listing,
    Paragraphs,
    Photo,
    Signatures,
    Style,
    TextStyle,
)
from signing_service.pipeline.typeset import Pen, break_lines, fit, width_of
from signing_service.pipeline.wording import Wording, fact_invalid, fact_missing

HALF_BASELINE = 2.5
CELL_PADDING = 2.0
"""Left and right of what stands in a cell."""
TABLE_PADDING = 1.5
ROW_AIR = 3.5
"""Above and below the lines of a row, together, at least."""
LIST_AIR = 1.5
CAPTION_HEIGHT = 10.0
PHOTO = (25.0, 35.0)
NO_PHOTO = "（证件照待上传）"
EMPTY = "—"
DATE_BY_SIGNATURE = "日期以电子签章所载时间为准"
"""On the date line of whoever signs after the page was drawn."""

Draw = Callable[[Pen, float], None]


@dataclass(frozen=True, slots=True)
class PlacedArea:
    """Where a role signs, from the left of the page and from the top of its piece."""

    role: SignatoryRole
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a page that stays together. ``draw`` gets the pen and the top of the piece on the page."""

    height: float
    draw: Draw
    areas: tuple[PlacedArea, ...] = ()
    framed: int = 0
    """Pieces of one block that follow one another share a frame; 0 is for none."""
    keep_with_next: bool = False
    header: Piece | None = None
    """Drawn again when a page begins with this piece."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What every block needs to know to be measured."""

    style: Style
    fonts: Fonts
    facts: Mapping[str, Any]
    page_width: float

    @property
    def left(self) -> float:
        return self.style.left

    @property
    def width(self) -> float:
        return self.page_width - self.style.left - self.style.right

    def text(self, name: str) -> TextStyle:
        return self.style.texts[name]


def up(height: float) -> float:
    """To the next half of the baseline."""
    return math.ceil(round(height / HALF_BASELINE, 6)) * HALF_BASELINE


def pieces_of(block: Block, setting: Setting, number: int) -> Iterator[Piece]:
    """The pieces of the ``number``-th block (from 1), from top to bottom.

    Raises Problem FACT_MISSING, FACT_INVALID or GLYPH_MISSING, naming the fact or the character.
    """
    match block:
        case Grid():
            yield from _caption(block.caption, setting)
            yield from _grid(block, setting, number)
        case Listing():
            yield from _caption(block.caption, setting)
            yield from _listing(block, setting, number)
        case Paragraphs():
            yield from _caption(block.caption, setting)
            yield from _paragraphs(block, setting)
        case Signatures():
            yield from _caption(block.caption, setting)
            yield from _signatures(block, setting, number)
        case Closing():
            yield _closing(block, setting)


def _caption(text: str, setting: Setting) -> Iterator[Piece]:
    if not text:
        return
    style = setting.text("caption")

    def draw(pen: Pen, top: float) -> None:
        pen.text(style, text, setting.left, top + CAPTION_HEIGHT - style.leading - 1.0)

    yield Piece(CAPTION_HEIGHT, draw, keep_with_next=True)


# --- grid ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Cell:
    left: float
    width: float
    height: float
    draw: Callable[[Pen, float, float], None]
    """Gets the pen, the top and the height of the row."""
    label: bool = False


def _grid(grid: Grid, setting: Setting, number: int) -> Iterator[Piece]:
    edges = [setting.left + offset for offset in accumulate((0.0, *grid.columns))]
    rows = [_cells(row, edges, setting) for row in grid.rows]
    heights = [up(max(cell.height for cell in row)) for row in rows]
    beside = 0
    if grid.photo:
        beside = grid.photo.rows
        short = PHOTO[1] + HALF_BASELINE - sum(heights[:beside])
        heights[:beside] = [height + max(0.0, up(short / beside)) for height in heights[:beside]]
        yield _photo_piece(grid.photo, rows[:beside], heights[:beside], edges, setting, number)
    for index in range(beside, len(rows)):
        draw = _draw_row(rows[index], heights[index], edges[-1])
        yield Piece(heights[index], draw, framed=number, keep_with_next=index < len(rows) - 1)


def _cells(row: Sequence[Field], edges: Sequence[float], setting: Setting) -> list[_Cell]:
    cells, column = [], 0
    for field in row:
        value_at, end = column + 1, column + 1 + field.span
        cells.append(_label_cell(field.label, edges[column], edges[value_at], setting))
        cells.append(_value_cell(field, edges[value_at], edges[end], setting))
        column = end
    return cells


def _label_cell(text: str, left: float, right: float, setting: Setting) -> _Cell:
    style = setting.text("label")
    room = right - left - CELL_PADDING
    lines = break_lines(text, room, style, setting.fonts)

    def draw(pen: Pen, top: float, height: float) -> None:
        pen.shade(left, top, right - left, height)
        first = top + (height - len(lines) * style.leading) / 2
        if len(lines) == 1:
            pen.label(style, lines[0], left + CELL_PADDING / 2, first, room, "centre")
        else:
            pen.lines(style, lines, left + CELL_PADDING / 2, first, room, "centre")

    return _Cell(left, right - left, len(lines) * style.leading + ROW_AIR, draw, label=True)


def _value_cell(field: Field, left: float, right: float, setting: Setting) -> _Cell:
    room = right - left - 2 * CELL_PADDING
    style = setting.text("strong" if field.strong else "value")
    if field.options:
        return _choice_cell(field, left, right, setting)
    text = field.value.fill(setting.facts, field.label) or EMPTY
    if field.lines > 1:
        lines = break_lines(text, room, style, setting.fonts)
    else:
        style, lines = fit(text, room, style, setting.fonts, setting.style.smallest)

    def draw(pen: Pen, top: float, height: float) -> None:
        pen.lines(style, lines, left + CELL_PADDING, top + (height - len(lines) * style.leading) / 2, room)

    return _Cell(left, right - left, max(field.lines, len(lines)) * style.leading + ROW_AIR, draw)


def _choice_cell(field: Field, left: float, right: float, setting: Setting) -> _Cell:
    style = setting.text("choice")
    chosen = _chosen(field, setting.facts)
    gap = style.size / POINTS_PER_MM
    room = right - left - 2 * CELL_PADDING
    column = max(width_of("□ " + option.text, style, setting.fonts) for option in field.options) + gap
    across = max(1, int((room + gap) // column))
    height = math.ceil(len(field.options) / across) * style.leading

    def draw(pen: Pen, top: float, row_height: float) -> None:
        first = top + (row_height - height) / 2
        for index, option in enumerate(field.options):
            line, place = divmod(index, across)
            at = (left + CELL_PADDING + place * column, first + line * style.leading)
            pen.text(style, "□ " + option.text, *at)
            if option.code in chosen:
                pen.text(setting.text("tick"), "√", *at)

    return _Cell(left, right - left, height + ROW_AIR, draw)


def _chosen(field: Field, facts: Mapping[str, Any]) -> set[str]:
    (slot,) = field.value.slots
    value = facts.get(slot.name)
    codes = {str(code) for code in value} if isinstance(value, (list, tuple)) else {str(value or "")} - {""}
    if not codes and not slot.optional:
        raise fact_missing(slot.name, field.label)
    allowed = {option.code for option in field.options}
    if codes - allowed:
        raise fact_invalid(slot.name, field.label, "所列选项之一", "one of the options listed")
    return codes


def _draw_row(cells: Sequence[_Cell], height: float, right: float) -> Draw:
    def draw(pen: Pen, top: float) -> None:
        for cell in cells:
            cell.draw(pen, top, height)
        for cell in cells:
            if cell is not cells[0]:
                pen.vertical(cell.left, top, top + height)
        pen.horizontal(cells[0].left, right, top)

    return draw


def _photo_piece(
    photo: Photo,
    rows: Sequence[Sequence[_Cell]],
    heights: Sequence[float],
    edges: Sequence[float],
    setting: Setting,
    number: int,
) -> Piece:
    picture = photo_of(photo.fact, setting.facts) if photo.required or setting.facts.get(photo.fact) else None
    style = setting.text("note")
    whole = sum(heights)
    left = edges[-2] + (edges[-1] - edges[-2] - PHOTO[0]) / 2

    def draw(pen: Pen, top: float) -> None:
        y = top
        for cells, height in zip(rows, heights, strict=True):
            _draw_row(cells, height, edges[-2])(pen, y)
            y += height
        pen.vertical(edges[-2], top, top + whole)
        pen.horizontal(edges[-2], edges[-1], top)
        if picture is not None:
            pen.photo(picture, left, top + (whole - PHOTO[1]) / 2, *PHOTO)
        else:
            pen.text(style, NO_PHOTO, left, top + (whole - style.leading) / 2, PHOTO[0], "centre")

    return Piece(whole, draw, framed=number, keep_with_next=True)


def photo_of(name: str, facts: Mapping[str, Any]) -> Picture:
    """The JPEG a fact holds, as bytes or in base64. Raises Problem FACT_MISSING, or FACT_INVALID for anything else."""
    value = facts.get(name)
    if not value:
        raise fact_missing(name, "证件照")
    picture = Picture.of(value if isinstance(value, bytes) else _from_base64(str(value)))
    if picture is None:
        raise fact_invalid(name, "证件照", "JPEG 照片（灰度或 RGB）", "a JPEG photo, grey or RGB")
    return picture


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


# --- table --------------------------------------------------------------------------------------------------------


def items_of(name: str, facts: Mapping[str, Any], label: str = "") -> Sequence[Mapping[str, Any]]:
    """The list a fact holds. Raises Problem FACT_MISSING when it is not there, FACT_INVALID when it is no list."""
    if name not in facts or facts[name] is None:
        raise fact_missing(name, label)
    value = facts[name]
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, Mapping) for item in value):
        raise fact_invalid(name, label, "列表", "a list of items")
    return value


def _listing(listing: Listing, setting: Setting, number: int) -> Iterator[Piece]:
    items = items_of(listing.rows, setting.facts, listing.caption)
    header = _header(listing.columns, setting, number)
    yield header
    for count, item in enumerate(items, 1):
        texts = ["#" if _counts(column) else column.value.fill({**setting.facts, **item}) for column in listing.columns]
        texts = [str(count) if text == "#" else text for text in texts]
        yield _listing_row(texts, listing.columns, setting, number, header)
    if not items:
        style = setting.text("cell")
        height = up(style.leading + LIST_AIR)

        def draw(pen: Pen, top: float) -> None:
            pen.horizontal(setting.left, setting.left + setting.width, top)
            pen.text(style, listing.empty, setting.left, top + (height - style.leading) / 2, setting.width, "centre")

        yield Piece(height, draw, framed=number)


def _counts(column: Column) -> bool:
    return column.value == Wording(("#",))


def _header(columns: Sequence[Column], setting: Setting, number: int) -> Piece:
    style = setting.text("label")
    edges = [setting.left + offset for offset in accumulate((0.0, *(column.width for column in columns)))]
    height = up(style.leading + LIST_AIR)

    def draw(pen: Pen, top: float) -> None:
        pen.shade(setting.left, top, setting.width, height)
        for column, left in zip(columns, edges, strict=False):
            pen.text(style, column.title, left, top + (height - style.leading) / 2, column.width, "centre")
        for left in edges[1:-1]:
            pen.vertical(left, top, top + height)

    return Piece(height, draw, framed=number, keep_with_next=True)


def _listing_row(
    texts: Sequence[str], columns: Sequence[Column], setting: Setting, number: int, header: Piece
) -> Piece:
    base = setting.text("cell")
    fitted = [
        fit(text, column.width - 2 * TABLE_PADDING, base, setting.fonts, setting.style.smallest)
        for text, column in zip(texts, columns, strict=True)
    ]
    height = up(max(len(lines) * style.leading for style, lines in fitted) + LIST_AIR)

    def draw(pen: Pen, top: float) -> None:
        left = setting.left
        pen.horizontal(left, left + setting.width, top)
        for column, (style, lines) in zip(columns, fitted, strict=True):
            first = top + (height - len(lines) * style.leading) / 2
            pen.lines(style, lines, left + TABLE_PADDING, first, column.width - 2 * TABLE_PADDING, column.align)
            left += column.width
            if column is not columns[-1]:
                pen.vertical(left, top, top + height)

    return Piece(height, draw, framed=number, header=header)


# --- text ---------------------------------------------------------------------------------------------------------


def _paragraphs(block: Paragraphs, setting: Setting) -> Iterator[Piece]:
    style = setting.text(block.style)
    if block.space:
        yield Piece(block.space, lambda pen, top: None, keep_with_next=True)
    for wording in block.text:
        lines = break_lines(wording.fill(setting.facts), setting.width, style, setting.fonts, block.indent)
        for index, line in enumerate(lines):
            yield _line_piece(line, style, block, setting, first=index == 0, last=index == len(lines) - 1)


def _line_piece(line: str, style: TextStyle, block: Paragraphs, setting: Setting, *, first: bool, last: bool) -> Piece:
    shift = block.indent * style.size / POINTS_PER_MM if first else 0.0
    align = "left" if last and block.align == "justify" else block.align

    def draw(pen: Pen, top: float) -> None:
        pen.text(style, line, setting.left + shift, top, setting.width - shift, align)

    # a paragraph never leaves its first line alone at the foot of a page
    return Piece(style.leading, draw, keep_with_next=first and not last)


# --- signatures ---------------------------------------------------------------------------------------------------

LABEL_ROOM = 7.5
DATE_ROOM = 7.5


def _signatures(block: Signatures, setting: Setting, number: int) -> Iterator[Piece]:
    asked = [one for one in block.areas if not one.only_with or setting.facts.get(one.only_with)]
    for row in _rows_of_areas(asked, setting.width):
        yield _signature_row(row, setting, number)
    if block.note:
        style = setting.text("note")
        lines = break_lines(block.note, setting.width, style, setting.fonts)

        def draw(pen: Pen, top: float) -> None:
            pen.lines(style, lines, setting.left, top + 1.5, setting.width)

        yield Piece(up(len(lines) * style.leading + 1.5), draw)


def _rows_of_areas(areas: Sequence[Area], width: float) -> Iterator[list[Area]]:
    row: list[Area] = []
    for area in areas:
        if row and sum(one.width for one in row) + area.width > width + 0.01:
            yield row
            row = []
        row.append(area)
    if row:
        yield row


def _signature_row(row: Sequence[Area], setting: Setting, number: int) -> Piece:
    """Label and words on top, the area below them to the right or, in a narrow cell, in the middle; then the date."""
    body = setting.text("opinion")
    edges = [setting.left + offset for offset in accumulate((0.0, *(area.width for area in row)))]
    words = [
        break_lines(text, area.width - 2 * CELL_PADDING, body, setting.fonts) if text else []
        for area in row
        for text in [area.text.fill(setting.facts, area.label)]
    ]
    words_height = [len(lines) * body.leading for lines in words]
    height = up(
        max(LABEL_ROOM + taken + area.size[1] + DATE_ROOM for area, taken in zip(row, words_height, strict=True))
    )
    areas = tuple(
        PlacedArea(area.role, _area_left(area, left), height - DATE_ROOM - area.size[1], *area.size)
        for area, left in zip(row, edges, strict=False)
    )

    def draw(pen: Pen, top: float) -> None:
        label = setting.text("area_label")
        for area, left, lines, placed in zip(row, edges, words, areas, strict=False):
            pen.text(label, area.label, left + CELL_PADDING, top + (LABEL_ROOM - label.leading) / 2 + 0.5)
            pen.lines(body, lines, left + CELL_PADDING, top + LABEL_ROOM, area.width - 2 * CELL_PADDING, "justify")
            _draw_date(pen, area, placed, top + height - DATE_ROOM, setting)
            if left > setting.left:
                pen.vertical(left, top, top + height)
        right = setting.left + setting.width
        if edges[-1] < right - 0.01:  # the last row is not full
            pen.vertical(edges[-1], top, top + height)
        pen.horizontal(setting.left, right, top)

    return Piece(height, draw, areas=areas, framed=number)


def _area_left(area: Area, left: float) -> float:
    spare = area.width - area.size[0]
    return left + spare / 2 if spare < area.size[0] else left + spare - 2 * CELL_PADDING


def _draw_date(pen: Pen, area: Area, placed: PlacedArea, top: float, setting: Setting) -> None:
    day = area.date.fill(setting.facts, area.label)
    style, text = (setting.text("area_date"), day) if day else (setting.text("note"), DATE_BY_SIGNATURE)
    pen.text(style, text, placed.left, top + (DATE_ROOM - style.leading) / 2, placed.width, "centre")


# --- closing ------------------------------------------------------------------------------------------------------

CLOSING_SHARE = 0.6
"""A long name of an issuer is broken at this part of the width."""


def _closing(block: Closing, setting: Setting) -> Piece:
    """Issuer and date one above the other on the right, the area of the seal centred on both (GB/T 9704, 7.3.5)."""
    style = setting.text("letter")
    issuer = break_lines(block.issuer.fill(setting.facts), setting.width * CLOSING_SHARE, style, setting.fonts)
    lines = [*issuer, block.date.fill(setting.facts)]
    area_width, area_height = block.area.size
    wide = max(area_width, *(width_of(line, style, setting.fonts) for line in lines))
    left = setting.left + setting.width - 2 * style.size / POINTS_PER_MM - wide
    middle = block.space + max(area_height, len(lines) * style.leading) / 2
    area_top = middle - area_height / 2

    def draw(pen: Pen, top: float) -> None:
        pen.lines(style, lines, left, top + middle - len(lines) * style.leading / 2, wide, "centre")

    placed = PlacedArea(block.area.role, left + (wide - area_width) / 2, area_top, area_width, area_height)
    return Piece(up(2 * middle - block.space), draw, areas=(placed,))
