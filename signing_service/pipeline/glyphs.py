"""The part of a face that a document needs, embedded in it: its glyphs, their widths, and which characters they show.

A font is a composite one (ISO 32000-1, 9.7) whose codes count the document's characters in the order of Unicode, so
that two characters that share a glyph are still copied out as what they are.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import uharfbuzz
from reportlab.pdfbase import pdfmetrics

from signing_service.pipeline.fonts import FILES, Fonts
from signing_service.pipeline.sheet import Drawing, Run
from signing_service.pipeline.syntax import deflated, deflated_well, stream

_DROPPED = tuple(
    int.from_bytes(tag.encode("ascii"), "big")
    for tag in ("cmap", "name", "post", "OS/2", "gasp", "GSUB", "GPOS", "GDEF", "BASE", "STAT", "vhea", "vmtx")
)
"""A composite font finds its glyphs by number and its widths in the PDF."""
_FLAGS = uharfbuzz.SubsetFlags.NO_LAYOUT_CLOSURE | uharfbuzz.SubsetFlags.NO_HINTING
EM = 1000
"""What most Chinese characters move on by, in thousandths of an em: only other widths are listed."""
Pack = Callable[[bytes, bytes], bytes]
"""Makes a stream of entries and data: quick or small."""
_PER_BLOCK = 100
"""Most mappings in one block of a CMap (Adobe Technical Note 5411, 1.4.1)."""


@dataclass(frozen=True, slots=True)
class EmbeddedFont:
    """The objects of a font, of which the first is what a page names, and the code of each character."""

    objects: tuple[bytes, ...]
    codes: Mapping[int, str]
    """For ``str.translate``: by code point, four hex digits."""


@dataclass(frozen=True, slots=True)
class _Face:
    program: uharfbuzz.Face
    glyphs: Mapping[int, int]
    name: str
    descriptor: bytes


@cache
def _face(folder: Path, face: str, registered: str) -> _Face:
    """Parsed once per process."""
    metrics = pdfmetrics.getFont(registered).face  # type: ignore[attr-defined]  # the stubs know its base class only
    box = " ".join(str(round(value)) for value in metrics.bbox)
    descriptor = (
        f"/Flags 4/FontBBox[{box}]/ItalicAngle 0/Ascent {round(metrics.ascent)}/Descent {round(metrics.descent)}"
        f"/CapHeight {round(metrics.capHeight)}/StemV {round(metrics.stemV)}"
    )
    name = metrics.name.decode("ascii") if isinstance(metrics.name, bytes) else str(metrics.name)
    program = uharfbuzz.subset_preprocess(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(folder / FILES[face])))
    return _Face(program, metrics.charToGlyph, name, descriptor.encode("ascii"))


@dataclass(frozen=True, slots=True)
class Type:
    """The fonts of some drawings, called by their faces' names after ``prefix``."""

    objects: tuple[bytes, ...]
    own_resources: bytes
    codes: Mapping[str, Mapping[int, str]]
    prefix: str = ""
    stock: Type | None = None
    """Fonts that are there already; what they hold is set from them."""

    @property
    def resources(self) -> bytes:
        """Entries of a ``/Font`` dictionary."""
        return self.own_resources + (self.stock.resources if self.stock else b"")

    def operators(self, drawings: Iterable[Drawing]) -> bytes:
        """The drawings as a content stream."""
        return "".join(
            [part if isinstance(part, str) else self._shown(part) for drawing in drawings for part in drawing.parts]
        ).encode("ascii")

    def _shown(self, run: Run) -> str:
        source = self.stock if self.stock and self.stock.holds(run) else self
        return f"/{source.prefix}{run.face} {run.size} Tf <{run.text.translate(source.codes[run.face])}> Tj\n"

    def holds(self, run: Run) -> bool:
        codes = self.codes.get(run.face)
        return codes is not None and codes.keys() >= set(map(ord, run.text))


def set_type(
    drawings: Iterable[Drawing],
    fonts: Fonts,
    first: int,
    *,
    stock: Type | None = None,
) -> Type:
    """Fonts that hold what is drawn, if ``stock`` does not, and nothing else; their objects are numbered from ``first``."""
    characters: dict[str, set[int]] = {}
    for drawing in drawings:
        for part in drawing.parts:
            if isinstance(part, Run) and not (stock and stock.holds(part)):
                characters.setdefault(part.face, set()).update(map(ord, part.text))
    return _type(characters, fonts, first, deflated, "", stock)


def set_stock(drawing: Drawing, more: Mapping[str, str], fonts: Fonts, first: int) -> Type:
    """Fonts for many documents: they hold what is drawn and, by face, ``more``."""
    characters = {face: set(map(ord, text)) for face, text in more.items()}
    for part in drawing.parts:
        if isinstance(part, Run):
            characters.setdefault(part.face, set()).update(map(ord, part.text))
    return _type(characters, fonts, first, deflated_well, "stock-", None)


def _type(
    characters: Mapping[str, set[int]], fonts: Fonts, first: int, pack: Pack, prefix: str, stock: Type | None
) -> Type:
    objects: list[bytes] = []
    resources, codes = b"", {}
    for face in sorted(characters):
        font = embed(fonts, face, characters[face], first + len(objects), pack)
        resources += b"/%s%s %d 0 R" % (prefix.encode("ascii"), face.encode("ascii"), first + len(objects))
        objects += font.objects
        codes[face] = font.codes
    return Type(tuple(objects), resources, codes, prefix, stock)


def embed(fonts: Fonts, face: str, characters: Iterable[int], first: int, pack: Pack) -> EmbeddedFont:
    """A font of ``face`` with the given code points, all of which it holds; its objects are numbered from ``first``."""
    held = _face(fonts.folder, face, fonts.names[face])
    points = sorted(characters)
    program, numbers = _subset(held, points)
    advances = fonts.advances[face]
    widths = "".join(
        [f"{code}[{advances[point]:g}]" for code, point in enumerate(points, 1) if advances[point] != EM]
    ).encode("ascii")
    glyph_ids = struct.pack(f">{len(points) + 1}H", 0, *[numbers[held.glyphs[point]] for point in points])
    name = b"/%s+%s" % (_tag(points), held.name.encode("ascii"))
    return EmbeddedFont(
        objects=(
            b"<</Type/Font/Subtype/Type0/BaseFont%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
            % (name, first + 1, first + 4),
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            b"/Supplement 0>>/FontDescriptor %d 0 R/DW %d/W[%s]/CIDToGIDMap %d 0 R>>"
            % (name, first + 2, EM, widths, first + 5),
            b"<</Type/FontDescriptor/FontName%s%s/FontFile2 %d 0 R>>" % (name, held.descriptor, first + 3),
            pack(b"/Length1 %d" % len(program), program),
            pack(b"", _to_unicode(points)),
            stream(b"", glyph_ids),
        ),
        codes=dict(zip(points, _codes(len(points)), strict=True)),
    )


def _subset(face: _Face, points: list[int]) -> tuple[bytes, Mapping[int, int]]:
    """The font program, and the new number of each of the face's glyphs in it."""
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.update(points)
    wanted.flags = _FLAGS
    wanted.drop_table_tag_set.update(_DROPPED)
    plan = uharfbuzz.SubsetPlan(face.program, wanted)
    return plan.execute().blob.data, plan.old_to_new_glyph_mapping


def _tag(points: list[int]) -> bytes:
    """Six capitals that belong to this choice of characters (ISO 32000-1, 9.6.4)."""
    rest, letters = zlib.crc32("".join(map(chr, points)).encode("utf-8")), bytearray()
    for _ in range(6):
        rest, letter = divmod(rest, 26)
        letters.append(65 + letter)
    return bytes(letters)


@lru_cache(maxsize=256)
def _codes(count: int) -> tuple[str, ...]:
    """1 to ``count`` in four hex digits; 0 is the glyph of what is missing."""
    return tuple(f"{code:04X}" for code in range(1, count + 1))


def _utf_16(point: int) -> str:
    return f"{point:04X}" if point < 0x10000 else chr(point).encode("utf-16-be").hex().upper()


def _to_unicode(points: list[int]) -> bytes:
    """The CMap by which text is copied out; above U+FFFF as surrogate pairs (ISO 32000-1, 9.10.3)."""
    lines = [f"<{code}><{_utf_16(point)}>" for code, point in zip(_codes(len(points)), points, strict=True)]
    blocks = (lines[start : start + _PER_BLOCK] for start in range(0, len(lines), _PER_BLOCK))
    mapped = "\n".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
        "/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n{mapped}\nendcmap\nend end"
    ).encode("ascii")
