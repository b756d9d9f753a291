"""The part of a face that a document needs, embedded in it: its glyphs, their widths, and which characters they show.

A font is a composite one (ISO 32000-1, 9.7) whose codes count the document's characters in the order of Unicode, so
that two characters that share a glyph are still copied out as what they are.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics

from signing_service.pipeline.fonts import FILES, Fonts
from signing_service.pipeline.sheet import Drawing, Run
from signing_service.pipeline.syntax import deflated, deflated_well
from signing_service.pipeline.truetype import Face

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
    outlines: Face
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
    return _Face(Face(folder / FILES[face]), metrics.charToGlyph, name, descriptor.encode("ascii"))


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
        shown = (self.stock.shown(run) if self.stock else None) or self.shown(run)
        if shown is None:
            raise ValueError(f"these fonts were made for something else than {run.text!r}")
        return shown

    def shown(self, run: Run) -> str | None:
        """The run as a string of glyphs, or None when not all of it is held."""
        codes = self.codes.get(run.face)
        digits = run.text.translate(codes) if codes else ""
        # each character that is held becomes four digits, any other stays as it is
        if len(digits) != 4 * len(run.text):
            return None
        return f"/{self.prefix}{run.face} {run.size} Tf <{digits}> Tj\n"


def set_type(drawings: Iterable[Drawing], fonts: Fonts, first: int, stock: Type | None = None) -> Type:
    """Fonts that hold what is drawn, if ``stock`` does not, and nothing else; their objects are numbered from ``first``."""
    characters: dict[str, set[int]] = {}
    for drawing in drawings:
        for part in drawing.parts:
            if isinstance(part, Run) and not (stock and stock.shown(part)):
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
    program = held.outlines.subset([held.glyphs[point] for point in points])
    advances = fonts.advances[face]
    widths = "".join(
        [f"{code}[{advances[point]:g}]" for code, point in enumerate(points, 1) if advances[point] != EM]
    ).encode("ascii")
    name = b"/%s+%s" % (_tag(points), held.name.encode("ascii"))
    return EmbeddedFont(
        objects=(
            b"<</Type/Font/Subtype/Type0/BaseFont%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
            % (name, first + 1, first + 4),
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            b"/Supplement 0>>/FontDescriptor %d 0 R/DW %d/W[%s]/CIDToGIDMap/Identity>>" % (name, first + 2, EM, widths),
            b"<</Type/FontDescriptor/FontName%s%s/FontFile2 %d 0 R>>" % (name, held.descriptor, first + 3),
            pack(b"/Length1 %d" % len(program), program),
            pack(b"", _to_unicode(points)),
        ),
        codes=dict(zip(points, _codes(len(points)), strict=True)),
    )


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
