"""A face's outlines, glyph by glyph, put together as a font that holds a document's characters and nothing else.

The faces are ours: TrueType, without composite glyphs, as ``pipeline.fonts`` converts them. A PDF finds glyphs by number
and widths in its own tables, so six tables are all a font needs there (ISO 32000-1, 9.9).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import lru_cache
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import NamedTuple

_MAGIC = 0xB1B0AFBA
"""What the checksum of a whole font is subtracted from (OpenType, table ``head``)."""
_TABLES = (b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp")
_WORD = 0xFFFFFFFF


class Glyph(NamedTuple):
    """An outline filled up to whole words, the sum of its words, and its advance and side bearing in one word."""

    outline: bytes
    checksum: int
    metrics: int


class Face:
    """One file, mapped into memory once per process; what was asked for lately is kept."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._data = mmap(file.fileno(), 0, access=ACCESS_READ)
        count = struct.unpack_from(">H", self._data, 4)[0]
        found = (struct.unpack_from(">4sIII", self._data, 12 + 16 * index) for index in range(count))
        self._tables = {tag: (offset, length) for tag, _, offset, length in found}
        self._head, self._hhea, self._maxp = (self._table(tag) for tag in (b"head", b"hhea", b"maxp"))
        self._long_places = struct.unpack_from(">h", self._head, 50)[0] == 1
        self._metrics = struct.unpack_from(">H", self._hhea, 34)[0]
        self.glyph = lru_cache(maxsize=4096)(self._glyph)

    def _table(self, tag: bytes) -> bytes:
        offset, length = self._tables[tag]
        return self._data[offset : offset + length]

    def _glyph(self, number: int) -> Glyph:
        """Raises ValueError for a composite glyph, which would call others by numbers they no longer have."""
        start, end = self._place(number)
        begin = self._tables[b"glyf"][0]
        outline = self._data[begin + start : begin + end]
        if outline[:1] >= b"\x80":
            raise ValueError(f"glyph {number} is a composite one")
        outline += bytes(-len(outline) % 4)
        return Glyph(outline, _sum(outline), self._metric(number))

    def _place(self, number: int) -> tuple[int, int]:
        offset = self._tables[b"loca"][0]
        if self._long_places:
            start, end = struct.unpack_from(">II", self._data, offset + 4 * number)
            return start, end
        start, end = struct.unpack_from(">HH", self._data, offset + 2 * number)
        return 2 * start, 2 * end

    def _metric(self, number: int) -> int:
        offset = self._tables[b"hmtx"][0]
        last = self._metrics - 1
        advance, bearing = struct.unpack_from(">HH", self._data, offset + 4 * min(number, last))
        if number > last:
            bearing = struct.unpack_from(">H", self._data, offset + 4 * last + 4 + 2 * (number - last - 1))[0]
        return int(advance) << 16 | int(bearing)

    def subset(self, numbers: Iterable[int]) -> bytes:
        """A font of the glyph for what is missing, numbered 0, and of these, numbered from 1 in their order."""
        glyphs = [self.glyph(0), *map(self.glyph, numbers)]
        places = [0]
        for glyph in glyphs:
            places.append(places[-1] + len(glyph.outline))
        metrics = [glyph.metrics for glyph in glyphs]
        head = self._head[:8] + bytes(4) + self._head[12:50] + b"\0\x01" + self._head[52:54] + b"\0\0"
        hhea = self._hhea[:34] + struct.pack(">H", len(glyphs))
        maxp = self._maxp[:4] + struct.pack(">H", len(glyphs)) + self._maxp[6:]
        tables = (
            (b"".join([glyph.outline for glyph in glyphs]), sum([glyph.checksum for glyph in glyphs])),
            (head, _sum(head)),
            (hhea, _sum(hhea)),
            (struct.pack(f">{len(metrics)}I", *metrics), sum(metrics)),
            (struct.pack(f">{len(places)}I", *places), sum(places)),
            (maxp, _sum(maxp)),
        )
        return _put_together(tables)


def _put_together(tables: tuple[tuple[bytes, int], ...]) -> bytes:
    """Tables of whole words, with their sums, in the order of ``_TABLES``."""
    count = len(_TABLES)
    directory = struct.pack(">IHHHH", 0x00010000, count, 64, 2, 16 * count - 64)
    offset = len(directory) + 16 * count
    sizes = dict(zip(_TABLES, (len(table) for table, _ in tables), strict=True)) | {b"head": 54}
    for tag, (table, checksum) in zip(_TABLES, tables, strict=True):
        directory += struct.pack(">4sIII", tag, checksum & _WORD, offset, sizes[tag])
        offset += len(table)
    whole = _sum(directory) + sum(checksum for _, checksum in tables)
    outlines, head, *others = (table for table, _ in tables)
    head = head[:8] + struct.pack(">I", (_MAGIC - whole) & _WORD) + head[12:]
    return b"".join((directory, outlines, head, *others))


def _sum(words: bytes) -> int:
    return sum(struct.unpack(f">{len(words) // 4}I", words))
