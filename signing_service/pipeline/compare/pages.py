"""What was changed, to the eye: both versions drawn as a common reader draws them, and the places where they differ.

A page that was drawn the same, dot for dot, is the same; others are set side by side in their order. Small dots of
difference, as rounding leaves them, count as none.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

import pypdfium2
from PIL import Image, ImageChops

from signing_service.domain.changes import (
    MOST_PAGES,
    MOST_PICTURE_BYTES,
    MOST_REGIONS,
    Change,
    ChangedPage,
    ChangeKind,
    Picture,
    Region,
)
from signing_service.pipeline.compare.limits import CompareLimits

TILE = 8
"""Pixels; differences are gathered by tiles of this size, two millimetres of a page."""
_SHADES = 32
"""Of 255: a dot that differs by less looks the same."""
_DOTS_IN_256 = 6
"""A tile counts when its mean is above this: two of its 64 dots differ."""
_MOST_BOXES = 400
"""Of a page full of dust the largest places are marked."""
_QUALITIES = (72, 55, 40, 25)


@dataclass(frozen=True, slots=True)
class Looks:
    """What the eye finds."""

    changes: tuple[Change, ...]
    """Pages added, removed and moved."""
    pages: tuple[ChangedPage, ...]
    pages_changed: int
    pages_before: int
    pages_after: int
    all_pages: bool


class _Drawn:
    """One version, drawn page by page."""

    def __init__(self, data: bytes, limits: CompareLimits) -> None:
        self._document = pypdfium2.PdfDocument(data)
        self._document.init_forms()
        self._limits = limits
        self.count = len(self._document)

    def page(self, number: int) -> Image.Image:
        """The page in colour, from 0. A page that cannot be drawn is a small black one."""
        try:
            page = self._document[number]
        except pypdfium2.PdfiumError:
            return Image.new("RGB", (TILE, TILE))
        width, height = (min(max(side, 1.0), 1e6) for side in page.get_size())
        scale = min(self._limits.dpi / 72, (self._limits.max_pixels / (width * height)) ** 0.5)
        longest = self._limits.max_pixels**0.5 * 2
        scale = min(scale, longest / max(width, height))
        picture = page.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
        page.close()
        return picture

    def marks(self) -> list[bytes]:
        return [_mark(self.page(number)) for number in range(min(self.count, self._limits.max_pages))]

    def close(self) -> None:
        self._document.close()


def _mark(picture: Image.Image) -> bytes:
    return hashlib.sha256(b"%d %d " % picture.size + picture.tobytes()).digest()


def looks(before: bytes, after: bytes, limits: CompareLimits) -> Looks:
    """Raises pypdfium2.PdfiumError for a version that the reader does not open."""
    old = _Drawn(before, limits)
    try:
        new = _Drawn(after, limits)
        try:
            return _compared(old, new, limits)
        finally:
            new.close()
    finally:
        old.close()


def _compared(old: _Drawn, new: _Drawn, limits: CompareLimits) -> Looks:
    changes: list[Change] = []
    pages: list[ChangedPage] = []
    changed = 0
    for before, after, change in _pairs(old.marks(), new.marks()):
        pictured = len(pages) < MOST_PAGES
        shown = _side_by_side(old, new, before, after, is_moved=change is not None, pictured=pictured)
        if shown is None:
            continue
        changed += 1
        if pictured:
            pages.append(shown)
        if change is not None:
            changes.append(change)
    return Looks(
        tuple(changes),
        tuple(pages),
        changed,
        old.count,
        new.count,
        max(old.count, new.count) <= limits.max_pages,
    )


_Pair = tuple[int | None, int | None, Change | None]


def _pairs(old: list[bytes], new: list[bytes]) -> Iterator[_Pair]:
    """Pages that are not the same, by number from 0, in pairs; None where there is no counterpart.

    With the change of order, if there is one: added, removed, or moved, which is both at once.
    """
    removed: list[int] = []
    added: list[int] = []
    for verb, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if verb == "equal":
            continue
        both = min(end - start, new_end - new_start)
        for step in range(both):
            yield start + step, new_start + step, None
        removed += range(start + both, end)
        added += range(new_start + both, new_end)
    for after in added:
        before = next((one for one in removed if old[one] == new[after]), None)
        if before is None:
            yield None, after, Change(ChangeKind.PAGE_ADDED, after + 1)
        else:
            removed.remove(before)
            yield before, after, Change(ChangeKind.PAGE_MOVED, after + 1, str(before + 1))
    for before in removed:
        yield before, None, Change(ChangeKind.PAGE_REMOVED, before + 1)


def _side_by_side(
    old: _Drawn, new: _Drawn, before: int | None, after: int | None, *, is_moved: bool, pictured: bool
) -> ChangedPage | None:
    """None when what differs is too little to be seen."""
    one = old.page(before) if before is not None else None
    two = new.page(after) if after is not None else None
    regions: tuple[Region, ...] = ()
    if one is not None and two is not None and not is_moved:
        regions = differing(one, two)
        if not regions:
            return None
    return ChangedPage(
        0 if before is None else before + 1,
        0 if after is None else after + 1,
        regions,
        _picture(one) if one is not None and pictured else None,
        _picture(two) if two is not None and pictured else None,
    )


def differing(one: Image.Image, two: Image.Image) -> tuple[Region, ...]:
    """The places where two pages differ, at most ``MOST_REGIONS``: the whole page when they are of different size."""
    if one.size != two.size:
        return (Region(0, 0, 1000, 1000),)
    channels = ImageChops.difference(one, two).split()
    strongest = channels[0]
    for channel in channels[1:]:
        strongest = ImageChops.lighter(strongest, channel)
    touched = strongest.point(lambda shade: 255 if shade >= _SHADES else 0)
    tiles = touched.reduce(TILE)
    width, height = tiles.size
    values = tiles.tobytes()
    marked = {(at % width, at // width) for at, value in enumerate(values) if value >= _DOTS_IN_256}
    boxes = _joined(_apart(_connected(marked)))
    return tuple(
        Region(
            left * 1000 // width, top * 1000 // height, -(-right * 1000 // width), -(-bottom * 1000 // height)
        )
        for left, top, right, bottom in boxes
    )  # fmt: skip


_BoxOfTiles = tuple[int, int, int, int]


def _connected(marked: set[tuple[int, int]]) -> list[_BoxOfTiles]:
    """Boxes around tiles that touch, or lie one tile apart as the letters of a line do."""
    boxes = []
    while marked:
        reached = [marked.pop()]
        left, top = reached[0]
        right, bottom = left, top
        while reached:
            x, y = reached.pop()
            left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
            near = {(x + dx, y + dy) for dx in range(-3, 4) for dy in range(-2, 3)} & marked
            marked -= near
            reached += near
        boxes.append((left, top, right + 1, bottom + 1))
    return boxes


def _apart(boxes: list[_BoxOfTiles]) -> list[_BoxOfTiles]:
    """Boxes that lie in or across each other become one."""
    found: list[_BoxOfTiles] = []
    for box in sorted(boxes, key=_area, reverse=True)[:_MOST_BOXES]:
        joined = box
        while across := [one for one in found if _overlap(one, joined)]:
            for one in across:
                found.remove(one)
                joined = _around(one, joined)
        found.append(joined)
    return found


def _overlap(one: _BoxOfTiles, two: _BoxOfTiles) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def _joined(boxes: list[_BoxOfTiles]) -> list[_BoxOfTiles]:
    """From top to bottom; of too many, those are joined whose common box is the smallest."""
    boxes = sorted(boxes, key=lambda box: (box[1], box[0]))
    while len(boxes) > MOST_REGIONS:
        # neighbours in reading order: all pairs of a page full of dust would take too long
        pairs = [(_area(_around(boxes[at], boxes[at + 1])), at) for at in range(len(boxes) - 1)]
        _, at = min(pairs)
        boxes[at : at + 2] = [_around(boxes[at], boxes[at + 1])]
    return boxes


def _around(one: _BoxOfTiles, two: _BoxOfTiles) -> _BoxOfTiles:
    return min(one[0], two[0]), min(one[1], two[1]), max(one[2], two[2]), max(one[3], two[3])


def _area(box: _BoxOfTiles) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _picture(page: Image.Image) -> Picture:
    for quality in _QUALITIES:
        out = io.BytesIO()
        page.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= MOST_PICTURE_BYTES:
            return Picture(out.getvalue(), *page.size)
    return _picture(page.reduce(2))
