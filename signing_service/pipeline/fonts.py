"""The type every document is set in: a Song face for what is said, a Hei face for what labels it, and a face for rare names.

The published Noto faces hold cubic outlines, which a PDF drawn by reportlab cannot carry; ``build_fonts`` turns them
into TrueType once. A character that no face holds is refused by name and never drawn as an empty box.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont, newTable
from fontTools.varLib.instancer import instantiateVariableFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont as PdfFont

from signing_service.domain.errors import Problem

SERIF = "serif"
SANS = "sans"
FALLBACK = "fallback"

FILES = {SERIF: "serif.ttf", SANS: "sans.ttf", FALLBACK: "fallback.ttf"}
"""The faces in the folder of fonts; whoever needs outlines (seals) reads the same files."""

BUILT = "built.json"
FORMAT = 1
"""Raised when the conversion changes, so that fonts built by an earlier one are built again."""

UNITS_OF_ERROR = 1.0
"""How far, in thousandths of an em, a quadratic outline may leave the cubic one."""

CHINESE_IN_COLLECTION = "Noto Sans CJK SC"
UNUSED_TABLES = ("BASE", "DSIG", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx", "HVAR", "VVAR", "STAT", "avar")


def _source(package: str, name: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise Problem(
            "FONTS_MISSING",
            f"未安装字体包 {package}，请按安装说明重新安装依赖。",
            f"The font package {package} is not installed: install the dependencies again.",
            status=500,
        )
    return Path(found.origin).parent / name


def _sources() -> dict[str, Path]:
    return {
        SERIF: _source("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf"),
        SANS: _source("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),
        FALLBACK: _source("manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc"),
    }


def build_fonts(folder: Path, progress: Callable[[str], None] | None = None) -> None:
    """Convert the three faces to TrueType in ``folder``, unless they already came from the same sources.

    Each file is put in place whole, and the mark that they are built is put last, so an interrupted or a doubled
    build harms nothing. ``progress`` hears one English line per face. Raises Problem FONTS_MISSING when the packages
    the faces come from are not installed.
    """
    sources = _sources()
    mark = json.dumps({"format": FORMAT, "sources": {face: _sha256(path) for face, path in sources.items()}})
    built = folder / BUILT
    if built.is_file() and built.read_text() == mark and all((folder / name).is_file() for name in FILES.values()):
        return
    folder.mkdir(parents=True, exist_ok=True)
    report = progress or (lambda line: None)
    report("preparing the document fonts (once, about a minute)")
    with ProcessPoolExecutor(max_workers=min(3, os.cpu_count() or 1)) as workers:
        jobs = {
            workers.submit(_convert, sources[SERIF], folder / FILES[SERIF]): SERIF,
            workers.submit(_convert, sources[SANS], folder / FILES[SANS]): SANS,
            workers.submit(_convert_rare, sources, folder / FILES[FALLBACK]): FALLBACK,
        }
        for done in as_completed(jobs):
            done.result()
            report(f"{jobs[done]} face ready")
    _put(built, mark.encode())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(target: Path, data: bytes) -> None:
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    fresh.write_bytes(data)
    fresh.replace(target)


def _convert(source: Path, target: Path) -> None:
    with TTFont(source, recalcTimestamp=False) as font:
        _save_as_truetype(font, target)


def _convert_rare(sources: Mapping[str, Path], target: Path) -> None:
    """The code points the two Chinese faces do not both hold, at the regular weight of the variable face."""
    held = _code_points(sources[SERIF]) & _code_points(sources[SANS])
    with TTCollection(sources[FALLBACK], lazy=True) as collection:
        font = next(face for face in collection.fonts if face["name"].getDebugName(1) == CHINESE_IN_COLLECTION)
        options = Options(layout_features=[], notdef_outline=True, name_IDs=["*"], drop_tables=["DSIG", "GSUB", "GPOS"])
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=set(font.getBestCmap()) - held)
        subsetter.subset(font)
        instantiateVariableFont(font, {"wght": 400}, inplace=True)
        font.recalcTimestamp = False
        _save_as_truetype(font, target)


def _code_points(source: Path) -> set[int]:
    with TTFont(source, lazy=True) as font:
        return set(font.getBestCmap())


def _save_as_truetype(font: TTFont, target: Path) -> None:
    """Cubic (CFF, CFF2) outlines to quadratic (glyf), and no table that a PDF does not need."""
    outlines = font.getGlyphSet()
    order = font.getGlyphOrder()
    glyf = newTable("glyf")
    glyf.glyphOrder = order
    glyf.glyphs = {name: _quadratic(outlines, name) for name in order}
    font["loca"], font["glyf"] = newTable("loca"), glyf
    for tag in ("CFF ", "CFF2", *UNUSED_TABLES):
        if tag in font:
            del font[tag]
    glyf.compile(font)
    for name in order:
        width, _ = font["hmtx"][name]
        font["hmtx"][name] = (width, getattr(glyf[name], "xMin", 0))
    _describe_as_truetype(font)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    font.save(fresh)
    fresh.replace(target)


def _quadratic(outlines: Mapping[str, object], name: str) -> object:
    pen = TTGlyphPen(None)
    outlines[name].draw(Cu2QuPen(pen, UNITS_OF_ERROR, reverse_direction=True))  # type: ignore[attr-defined]
    return pen.glyph()


def _describe_as_truetype(font: TTFont) -> None:
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    maxp.maxZones = 1
    for name in (
        "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
        "maxSizeOfInstructions", "maxComponentElements",
    ):  # fmt: skip
        setattr(maxp, name, 0)
    maxp.compile(font)
    font["post"].formatType = 3.0
    font.sfntVersion = "\x00\x01\x00\x00"


@dataclass(frozen=True, slots=True)
class Fonts:
    """The faces of one folder, ready to draw with. ``names`` are what reportlab knows them by."""

    folder: Path
    names: Mapping[str, str]
    advances: Mapping[str, Mapping[int, float]]
    """Per face, the code points it holds and how far each moves on, in thousandths of an em."""

    @property
    def coverage(self) -> frozenset[int]:
        """Every code point that some face holds."""
        return frozenset().union(*self.advances.values())

    @classmethod
    def load(cls, folder: Path) -> Fonts:
        """Parse the faces, once per process and folder. Raises Problem FONTS_MISSING when they were never built."""
        return _load(folder.resolve())

    def runs(self, text: str, face: str) -> list[tuple[str, str]]:
        """``text`` cut into (face, part): in ``face`` where it holds the character, else in one that does.

        Raises Problem GLYPH_MISSING, naming the first character that no face holds.
        """
        if self.advances[face].keys() >= set(map(ord, text)):
            return [(face, text)] if text else []
        return [(name, "".join(part)) for name, part in groupby(text, lambda character: self._face_of(character, face))]

    def _face_of(self, character: str, face: str) -> str:
        for name in (face, FALLBACK, SANS, SERIF):
            if ord(character) in self.advances[name]:
                return name
        raise glyph_missing(character)

    def missing(self, text: str) -> Iterator[str]:
        """The characters of ``text`` that no face holds; line feeds aside."""
        return (
            character
            for character in dict.fromkeys(text)
            if character != "\n" and not any(ord(character) in held for held in self.advances.values())
        )

    def width(self, text: str, face: str, size: float) -> float:
        """The advance of ``text`` in points, set at ``size`` points. Raises Problem GLYPH_MISSING."""
        own = self.advances[face]
        try:
            return sum([own[point] for point in map(ord, text)]) * size / 1000
        except KeyError:
            parts = self.runs(text, face)
            return sum(self.advances[name][ord(character)] for name, part in parts for character in part) * size / 1000


def glyph_missing(character: str) -> Problem:
    code = f"U+{ord(character):04X}"
    return Problem(
        "GLYPH_MISSING",
        f"字符“{character}”（{code}）没有可用字形，文件未生成。请核对该字；确系姓名、名称用字的，请联系平台补充字库。",
        f"No font holds the character “{character}” ({code}), so the document was not made. "
        "Check the character; if it belongs to the name, ask the platform to add it to the fonts.",
        character=character,
        code_point=code,
    )


@cache
def _load(folder: Path) -> Fonts:
    if not all((folder / name).is_file() for name in (*FILES.values(), BUILT)):
        raise Problem(
            "FONTS_MISSING",
            "文档字体尚未准备。请运行 make run，或单独运行 signing-service fonts。",
            "The document fonts are not prepared: run `make run`, or `signing-service fonts` alone.",
            status=500,
        )
    series = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
    faces = {face: PdfFont(f"{face}-{series}", str(folder / file), asciiReadable=False) for face, file in FILES.items()}
    for face in faces.values():
        pdfmetrics.registerFont(face)
    return Fonts(
        folder=folder,
        names={name: face.fontName for name, face in faces.items()},
        advances={
            name: {code: face.face.charWidths[code] for code in face.face.charToGlyph} for name, face in faces.items()
        },
    )
