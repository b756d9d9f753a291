"""A document's fonts: the same outlines under new numbers, sums that add up, and nothing that would be drawn wrong."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from signing_service.pipeline.fonts import FALLBACK, FILES, SANS, SERIF, build_fonts
from signing_service.pipeline.truetype import Face
from signing_service.settings import Settings


@pytest.mark.parametrize("face", [SERIF, SANS, FALLBACK])
def test_outlines_and_widths_are_those_of_the_face(face: str) -> None:
    folder = Settings().fonts
    build_fonts(folder)
    with TTFont(folder / FILES[face], lazy=True) as whole:
        numbers = [whole.getGlyphID(name) for name in list(whole.getBestCmap().values())[40:400:9]]
        # the reader compares every sum with its table
        part = TTFont(io.BytesIO(Face(folder / FILES[face]).subset(numbers)), checkChecksums=2)
        assert part["maxp"].numGlyphs == len(numbers) + 1
        for place, number in enumerate([0, *numbers]):
            there, here = whole.getGlyphName(number), part.getGlyphName(place)
            assert part["hmtx"][here] == whole["hmtx"][there]
            ours, theirs = (
                font["glyf"][name].getCoordinates(font["glyf"]) for font, name in ((part, here), (whole, there))
            )
            assert [list(one) for one in ours] == [list(one) for one in theirs]


def font_of(folder: Path, *, composite: bool) -> Path:
    """Three glyphs, fewer widths than glyphs, small enough for short places; the last may consist of the second."""
    names = [".notdef", "one", "two"]
    square = TTGlyphPen(None)
    square.moveTo((0, 0))
    for corner in ((0, 500), (500, 500), (500, 0)):
        square.lineTo(corner)
    square.closePath()
    again = TTGlyphPen({"one": None})
    again.addComponent("one", (1, 0, 0, 1, 10, 0))
    one = square.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({49: "one", 50: "two"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "one": one, "two": again.glyph() if composite else one})
    builder.setupHorizontalMetrics({".notdef": (700, 0), "one": (700, 0), "two": (700, 10 if composite else 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupPost(keepGlyphNames=False)
    path = folder / "small.ttf"
    builder.save(path)
    return path


def test_short_places_and_shared_widths_are_read_too(tmp_path: Path) -> None:
    path = font_of(tmp_path, composite=False)
    with TTFont(path) as whole:
        assert whole["head"].indexToLocFormat == 0
        assert whole["hhea"].numberOfHMetrics < 3
    part = TTFont(io.BytesIO(Face(path).subset([2, 1])), checkChecksums=2)
    assert [part["hmtx"][name] for name in part.getGlyphOrder()] == [(700, 0)] * 3
    assert [part["glyf"][name].numberOfContours for name in part.getGlyphOrder()] == [0, 1, 1]


def test_a_composite_glyph_is_refused(tmp_path: Path) -> None:
    face = Face(font_of(tmp_path, composite=True))
    assert face.subset([1])
    with pytest.raises(ValueError, match="composite"):
        face.subset([2])
