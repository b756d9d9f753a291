"""Fonts: what cannot be drawn is refused by name, and what can be drawn looks like its source."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fontTools.pens.areaPen import AreaPen
from fontTools.ttLib import TTFont

from signing_service.domain.errors import Problem
from signing_service.pipeline.fonts import FALLBACK, FILES, SANS, SERIF, Fonts, _source, build_fonts
from signing_service.settings import Settings

RARE = "𬭎㛃𠮷镕"


@pytest.fixture(scope="session")
def folder() -> Path:
    built = Settings().fonts
    build_fonts(built)
    return built


@pytest.fixture(scope="session")
def fonts(folder: Path) -> Fonts:
    return Fonts.load(folder)


def test_fonts_that_are_there_are_not_built_again(folder: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    told: list[str] = []
    build_fonts(folder, told.append)
    assert told == []
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_folder_without_fonts_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(Problem) as refusal:
        Fonts.load(tmp_path / "none")
    assert refusal.value.code == "FONTS_MISSING"
    assert "make run" in refusal.value.zh
    assert "signing-service fonts" in refusal.value.en


def test_a_build_that_was_interrupted_is_not_taken_for_a_whole_one(folder: Path, tmp_path: Path) -> None:
    for name in FILES.values():
        shutil.copy(folder / name, tmp_path / name)
    with pytest.raises(Problem, match="FONTS_MISSING"):
        Fonts.load(tmp_path)


def test_faces_are_parsed_once_in_a_process(folder: Path, fonts: Fonts) -> None:
    assert Fonts.load(folder) is fonts


def test_text_the_face_holds_is_one_run(fonts: Fonts) -> None:
    assert fonts.runs("欧阳𬭎，2026年", SERIF) == [(SERIF, "欧阳𬭎，2026年")]
    assert fonts.runs("", SANS) == []


def test_a_rare_character_is_taken_from_the_fallback_face(fonts: Fonts) -> None:
    assert fonts.runs("赵𠮷先生", SERIF) == [(SERIF, "赵"), (FALLBACK, "𠮷"), (SERIF, "先生")]
    assert fonts.runs("𠮷", SANS) == [(FALLBACK, "𠮷")]


@pytest.mark.parametrize("character", RARE)
def test_the_rare_characters_of_names_can_be_drawn(character: str, fonts: Fonts) -> None:
    assert list(fonts.missing(character)) == []
    assert fonts.width(character, SERIF, 10) == pytest.approx(10)


@pytest.mark.parametrize("character", ["\u0e01", "\ue000", "\U000e0100", "\u200b", "\t"])
def test_a_character_no_face_holds_is_refused_by_name_and_code(character: str, fonts: Fonts) -> None:
    with pytest.raises(Problem) as refusal:
        fonts.runs(f"王{character}", SERIF)
    problem = refusal.value
    assert (problem.code, problem.status) == ("GLYPH_MISSING", 422)
    for text in (problem.zh, problem.en):
        assert f"U+{ord(character):04X}" in text
        assert character in text
    with pytest.raises(Problem, match="GLYPH_MISSING"):
        fonts.width(f"王{character}", SANS, 9)


def test_what_is_missing_is_listed_once_and_in_order(fonts: Fonts) -> None:
    assert list(fonts.missing("ก王\nขก𠮷")) == ["ก", "ข"]


def test_every_character_of_gb_2312_is_in_both_chinese_faces(fonts: Fonts) -> None:
    both = set(fonts.advances[SERIF]) & set(fonts.advances[SANS])
    for row in [*range(0xA1, 0xAA), *range(0xB0, 0xF8)]:
        for cell in range(0xA1, 0xFF):
            try:
                character = bytes((row, cell)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            assert ord(character) in both, character


def test_the_fallback_holds_only_what_a_chinese_face_lacks(fonts: Fonts) -> None:
    both = set(fonts.advances[SERIF]) & set(fonts.advances[SANS])
    assert not set(fonts.advances[FALLBACK]) & both


@pytest.mark.parametrize(("face", "source"), [(SERIF, "NotoSerifSC-Regular.otf"), (SANS, "NotoSansSC-Regular.otf")])
def test_a_converted_letter_keeps_its_form_and_its_width(face: str, source: str, folder: Path) -> None:
    with (
        TTFont(_source("pylopdf_fonts_zh_cn", source), lazy=True) as cubic,
        TTFont(folder / FILES[face], lazy=True) as quadratic,
    ):
        for character in "国建筑𬭎㛃镕Aa0，。（":
            (area, width), (new_area, new_width) = (area_and_width(font, character) for font in (cubic, quadratic))
            assert new_area == pytest.approx(area, rel=0.01), character
            assert new_width == width, character


def area_and_width(font: TTFont, character: str) -> tuple[float, int]:
    name = font.getBestCmap()[ord(character)]
    pen = AreaPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(pen)
    return abs(pen.value), font["hmtx"][name][0]
