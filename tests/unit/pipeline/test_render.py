"""The renderer, on every template there is: the same bytes, archivable, complete, readable, and nothing on the QR."""

from __future__ import annotations

import base64
import io
import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pikepdf import pdfa
from PIL import Image, ImageChops, ImageEnhance

from signing_service.domain.documents import (
    POINTS_PER_MM,
    Box,
    DocumentKind,
    RenderedPdf,
    TemplateId,
)
from signing_service.domain.errors import Problem
from signing_service.pipeline.fonts import Fonts, build_fonts
from signing_service.pipeline.preview import preview, touched, watch
from signing_service.pipeline.render import render
from signing_service.pipeline.templates import Field, Grid, Template, all_templates, load
from signing_service.pipeline.typeset import break_lines, clusters, fit, joined, width_of
from signing_service.settings import ROOT, Settings
from tests.unit.pipeline.sealing import PEOPLE

TEMPLATES = ROOT / "templates"
GOLDEN = ROOT / "tests" / "golden"
MADE_AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PERSONNEL = TemplateId(DocumentKind.FORM, "eq_personnel_form", "2026-01")
RENEWAL = TemplateId(DocumentKind.FORM, "so_renew_form", "2026-01")
NOTICE = TemplateId(DocumentKind.NOTICE, "acceptance_notice", "2026-01")
CONSTRUCTOR = TemplateId(DocumentKind.LICENCE, "constructor", "2026-01")
RARE = "𬭎㛃𠮷镕"

every_template = pytest.mark.parametrize("which", all_templates(TEMPLATES), ids=str)


@cache
def fonts() -> Fonts:
    build_fonts(Settings().fonts)
    return Fonts.load(Settings().fonts)


@cache
def template(which: TemplateId) -> Template:
    return load(TEMPLATES, which)


def drawn(which: TemplateId, **changes: Any) -> RenderedPdf:
    return render(template(which), {**template(which).sample(), **changes}, fonts(), MADE_AT)


@cache
def sample(which: TemplateId) -> RenderedPdf:
    return drawn(which)


def images(data: bytes, dpi: int) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in document]
    finally:
        document.close()


def texts(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]
    finally:
        document.close()


# --- golden pages -------------------------------------------------------------------------------------------------

GOLDEN_DPI = 60
CLEARLY = 40
"""Levels of grey: less is how an edge was smoothed, more is something that moved."""
TOLERATED = 0.0004
"""The share of pixels of a page that may differ clearly. A rule of the form's width is twice as much."""


def moved(golden: Image.Image, page: Image.Image) -> float:
    """The share of pixels that differ clearly; 1 for a page of another size."""
    if golden.size != page.size:
        return 1.0
    difference = ImageChops.difference(golden.convert("L"), page.convert("L"))
    return sum(difference.histogram()[CLEARLY:]) / (page.width * page.height)


@every_template
def test_the_pages_are_the_golden_pages(which: TemplateId, tmp_path: Path) -> None:
    """With UPDATE_GOLDEN=1 the pages are taken as golden: look at each of them."""
    folder = GOLDEN / str(which)
    pages = images(sample(which).data, GOLDEN_DPI)
    if os.environ.get("UPDATE_GOLDEN"):
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob("page-*.png"):
            stale.unlink()
        for number, page in enumerate(pages, 1):
            page.save(folder / f"page-{number}.png", optimize=True)
    assert len(list(folder.glob("page-*.png"))) == len(pages)
    for number, page in enumerate(pages, 1):
        page.save(tmp_path / f"page-{number}.png")
        with Image.open(folder / f"page-{number}.png") as golden:
            assert moved(golden, page) <= TOLERATED, f"page {number} has changed: {tmp_path / f'page-{number}.png'}"


def test_the_measure_forgives_smoothing_and_sees_a_line_that_moved() -> None:
    (page, *_) = images(sample(RENEWAL).data, GOLDEN_DPI)
    assert moved(page, ImageEnhance.Contrast(page).enhance(0.93)) <= TOLERATED
    rows = [y for y in range(page.height) if sum(page.crop((60, y, 440, y + 1)).histogram()[:200]) > 340]
    line = page.crop((0, rows[3] - 1, page.width, rows[3] + 2))
    shifted = page.copy()
    shifted.paste(line, (0, rows[3] + 1))
    assert moved(page, shifted) > TOLERATED


# --- the file -----------------------------------------------------------------------------------------------------


@every_template
def test_the_same_facts_and_moment_make_the_same_bytes(which: TemplateId) -> None:
    assert drawn(which).data == sample(which).data


def test_another_moment_or_another_fact_makes_another_file() -> None:
    facts = template(RENEWAL).sample()
    later = render(template(RENEWAL), facts, fonts(), datetime(2026, 11, 22, 2, 1, tzinfo=UTC))
    assert later.data != sample(RENEWAL).data
    assert drawn(RENEWAL, holder_name="欧阳镕").data != sample(RENEWAL).data


@every_template
def test_the_file_is_sound_and_pdf_a_2b(which: TemplateId) -> None:
    data = sample(which).data
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []
    report = pdfa.validate_written(io.BytesIO(data), "2b")
    assert report.verdict == "pass", report.findings


@every_template
def test_the_file_tells_its_title_language_and_moment(which: TemplateId) -> None:
    with pikepdf.open(io.BytesIO(sample(which).data)) as pdf:
        assert str(pdf.Root.Lang) == "zh-CN"
        assert str(pdf.docinfo["/Title"]) == template(which).title == sample(which).title
        assert str(pdf.docinfo["/CreationDate"]) == "D:20261122100000+08'00"
        xmp = pdf.Root.Metadata.read_bytes().decode()
        assert xmp.count("2026-11-22T10:00:00+08:00") == 3
        assert len(pdf.pages) == sample(which).page_count


@every_template
def test_every_font_in_the_file_is_embedded(which: TemplateId) -> None:
    with pikepdf.open(io.BytesIO(sample(which).data)) as pdf:
        names = [str(item.BaseFont) for item in pdf.objects if getattr(item, "Type", None) == "/Font"]
        assert names
        assert not [name for name in names if "Noto" not in name]


# --- areas --------------------------------------------------------------------------------------------------------


def boxes(rendered: RenderedPdf) -> list[Box]:
    return [*rendered.qr_zones, *(area.box for area in rendered.areas if area.box)]


@every_template
def test_no_area_lies_over_a_qr_zone_another_area_or_the_margin(which: TemplateId) -> None:
    rendered, style = sample(which), template(which).style
    for one, other in combinations(boxes(rendered), 2):
        assert not one.overlaps(other)
    width, height = template(which).page
    margins = (20.0, 20.0) if template(which).face else (style.left, style.right)
    for box in boxes(rendered):
        assert box.left >= margins[0] * POINTS_PER_MM - 0.01
        assert box.right <= (width - margins[1]) * POINTS_PER_MM + 0.01
        assert box.bottom >= style.bottom * POINTS_PER_MM - 0.01
        assert box.top <= (height - style.top) * POINTS_PER_MM + 0.01


@every_template
def test_every_page_has_a_qr_zone_and_nothing_is_drawn_in_it(which: TemplateId) -> None:
    rendered = sample(which)
    assert [zone.page for zone in rendered.qr_zones] == list(range(rendered.page_count))
    dpi = 100
    for zone, page in zip(rendered.qr_zones, images(rendered.data, dpi), strict=True):
        scale = dpi / 72
        inside = page.crop(
            (
                round(zone.left * scale) + 1,
                round(page.height - zone.top * scale) + 1,
                round(zone.right * scale) - 1,
                round(page.height - zone.bottom * scale) - 1,
            )
        )
        assert inside.getextrema() == (255, 255)


@every_template
def test_there_is_an_area_for_every_role_in_the_order_of_signing(which: TemplateId) -> None:
    rendered = sample(which)
    facts = template(which).sample()
    left_out = {one.role for one in template(which).areas if one.only_with and one.only_with not in facts}
    assert tuple(area.role for area in rendered.areas) == tuple(
        role for role in template(which).roles if role not in left_out
    )
    for area in rendered.areas:
        assert (area.box is None) == (area.role in template(which).invisible)
        if area.box and area.role not in PEOPLE:
            assert min(area.box.width, area.box.height) >= 42 * POINTS_PER_MM


def test_pages_of_a_form_say_which_of_how_many_they_are() -> None:
    pages = texts(sample(PERSONNEL).data)
    for number, page in enumerate(pages, 1):
        assert f"第 {number} 页" in page
        assert f"共 {len(pages)} 页" in page
        assert "扫码查验，以平台查询结果为准。" in page


# --- content ------------------------------------------------------------------------------------------------------


def test_two_hundred_rows_come_all_once_and_in_order_over_the_pages() -> None:
    people = template(PERSONNEL).sample()["personnel"]
    assert len(people) == 200
    whole = "".join(texts(sample(PERSONNEL).data))
    places = []
    for person in people:
        assert whole.count(person["id_no"]) == 1
        places.append(whole.index(person["id_no"]))
    assert places == sorted(places)


def test_a_table_repeats_its_header_on_every_page_and_goes_on_counting() -> None:
    people = template(PERSONNEL).sample()["personnel"]
    counted = 0
    for page in texts(sample(PERSONNEL).data):
        here = [person for person in people if person["id_no"] in page]
        if here:
            assert page.count("参保起始") == 1
            assert f"{counted + 1}\n" in page or f"{counted + 1} " in page
            counted += len(here)
    assert counted == 200


def test_a_table_without_rows_says_so() -> None:
    assert "（无）" in texts(drawn(RENEWAL, attachments=[]).data)[1]


@pytest.mark.parametrize("character", RARE)
def test_a_rare_character_is_extracted_and_drawn_with_ink(character: str) -> None:
    data = drawn(RENEWAL, holder_name=f"王{character}").data
    assert f"王{character}" in texts(data)[0]
    shapes = list(glyphs(data, f"王{character}"))
    assert all(0.08 < share < 0.6 for share, _ in shapes)
    assert shapes[0][1] != shapes[1][1]


def glyphs(data: bytes, text: str) -> Iterator[tuple[float, bytes]]:
    """The share of ink and the pixels of each character of ``text`` on the first page."""
    dpi = 200
    document = pypdfium2.PdfDocument(data)
    try:
        page = document[0]
        image = page.render(scale=dpi / 72, grayscale=True).to_pil()
        words = page.get_textpage()
        before = words.get_text_range().partition(text)[0]
        for position in range(len(text)):
            # the library counts in units of UTF-16
            index = len((before + text[:position]).encode("utf-16-le")) // 2
            left, bottom, right, top = (value * dpi / 72 for value in words.get_charbox(index))
            crop = image.crop((int(left), int(image.height - top), int(right) + 1, int(image.height - bottom) + 1))
            yield sum(crop.histogram()[:128]) / (crop.width * crop.height), crop.tobytes()
    finally:
        document.close()


def test_a_character_no_font_holds_is_refused_by_name() -> None:
    with pytest.raises(Problem) as refused:
        drawn(RENEWAL, holder_name="王\ue000")
    assert refused.value.code == "GLYPH_MISSING"
    assert "U+E000" in refused.value.zh


def test_a_missing_fact_is_refused_by_name() -> None:
    for name in ("licence_no", "photo", "attachments", "category"):
        with pytest.raises(Problem) as refused:
            drawn(RENEWAL, **{name: None})
        assert refused.value.code == "FACT_MISSING"
        assert refused.value.facts == {"fact": name}


def test_a_photo_may_be_bytes_or_base64_and_must_be_a_jpeg() -> None:
    photo = template(RENEWAL).sample()["photo"]
    assert drawn(RENEWAL, photo=base64.b64decode(photo)).data == sample(RENEWAL).data
    png = io.BytesIO()
    Image.new("RGB", (295, 413)).save(png, "PNG")
    cmyk = io.BytesIO()
    Image.new("CMYK", (295, 413)).save(cmyk, "JPEG")
    for wrong in (png.getvalue(), cmyk.getvalue(), b"\xff\xd8\xff", "no base64"):
        with pytest.raises(Problem, match="FACT_INVALID"):
            drawn(RENEWAL, photo=wrong)


def test_a_choice_that_is_not_offered_is_refused() -> None:
    with pytest.raises(Problem, match="FACT_INVALID"):
        drawn(RENEWAL, category="12")


def test_an_optional_fact_that_is_empty_shows_as_a_dash() -> None:
    change = TemplateId(DocumentKind.FORM, "c2_change_form", "2026-01")
    assert "工程师" not in texts(drawn(change, professional_title="").data)[0]
    assert "—" in texts(drawn(change, professional_title="").data)[0]


def test_a_seal_never_stands_on_a_page_without_a_line_of_the_letter() -> None:
    """However long the letter, the last line goes with the closing."""
    for repeat in range(1, 12):
        rendered = drawn(NOTICE, basis="《建筑施工特种作业人员管理规定》（建质〔2008〕75号）第二十二条" * repeat)
        (box,) = (area.box for area in rendered.areas)
        assert box is not None
        assert "特此通知。" in texts(rendered.data)[box.page]


def test_six_specialties_fit_on_a_licence_and_an_endless_name_is_refused() -> None:
    names = ["建筑工程", "公路工程", "水利水电工程", "市政公用工程", "矿业工程", "机电工程"]
    (page,) = texts(drawn(CONSTRUCTOR, specialties=[{"name": n, "valid_until": "2029-01-01"} for n in names]).data)
    assert all(name in page for name in names)
    with pytest.raises(Problem) as refused:
        drawn(CONSTRUCTOR, employer_name="示例省匠心建筑工程有限公司" * 12)
    assert refused.value.code == "FACT_TOO_LONG"
    assert refused.value.facts == {"fact": "employer_name"}


# --- long values --------------------------------------------------------------------------------------------------


NUMBERS = {"licence_no", "id_no", "identifier"}
"""Of a fixed length, so a licence has just the room for them."""


def options_of(one: Template) -> set[str]:
    fields: Iterator[Field] = (
        field for block in one.blocks if isinstance(block, Grid) for row in block.rows for field in row if field.options
    )
    return {slot.name for field in fields for slot in field.value.slots}


def stretched(facts: Mapping[str, Any], kept: set[str]) -> dict[str, Any]:
    """Every text three times as long; days, hashes, photos and choices as they are."""

    def stretch(name: str, value: Any) -> Any:
        if isinstance(value, list) and name not in kept:
            return [stretched(item, kept) for item in value[:40]]
        plain = not isinstance(value, str) or name in kept or name in {"photo", "sha256"}
        return value if plain or (value[:4].isdigit() and value[4:5] == "-") else value * 3

    return {name: stretch(name, value) for name, value in facts.items()}


@every_template
@pytest.mark.parametrize("long", [False, True], ids=["sample", "long"])
def test_no_character_is_drawn_over_another(which: TemplateId, long: bool) -> None:
    facts = template(which).sample()
    if long:
        facts = stretched(facts, options_of(template(which)))
        if template(which).face:
            facts |= {name: template(which).sample()[name] for name in NUMBERS & set(facts)}
            facts["holder_name"], facts["gender"] = "阿依古丽·买买提江", "女"
            facts["authority_name"] = "示例省示例自治州住房和城乡建设局"
            facts["review_agency_name"] = "示例省示例自治州建设工程施工图设计文件审查中心有限责任公司"
    document = pypdfium2.PdfDocument(render(template(which), facts, fonts(), MADE_AT).data)
    try:
        for page in document:
            assert list(collisions(page)) == []
    finally:
        document.close()


@every_template
def test_no_character_stands_in_the_margin_however_long_the_facts(which: TemplateId) -> None:
    one = template(which)
    facts = one.sample() if one.face else stretched(one.sample(), options_of(one))
    left, right, top, bottom = (20.0,) * 4 if one.face else (one.style.left, one.style.right, 20.0, 20.0)
    width, height = one.page
    document = pypdfium2.PdfDocument(render(one, facts, fonts(), MADE_AT).data)
    try:
        for page in document:
            words = page.get_textpage()
            for index in range(words.count_chars()):
                x1, y1, x2, y2 = (value / POINTS_PER_MM for value in words.get_charbox(index))
                if x2 > x1 and y2 > y1:
                    assert left - 0.5 <= x1 <= x2 <= width - right + 0.5
                    assert bottom - 0.5 <= y1 <= y2 <= height - top + 0.5
    finally:
        document.close()


def collisions(page: pypdfium2.PdfPage) -> Iterator[str]:
    words = page.get_textpage()
    letters = []
    units = words.get_text_range().encode("utf-16-le")
    for index in range(words.count_chars()):
        unit = units[2 * index : 2 * index + 2]
        if 0xDC <= unit[1] < 0xE0:
            continue  # the second half of a surrogate pair has the box of the first
        character = unit.decode("utf-16-le", "replace")
        left, bottom, right, top = words.get_charbox(index)
        if character.strip() and character not in "□√" and right > left and top > bottom:
            letters.append((left, bottom, right, top, character))
    letters.sort()
    for position, (left, bottom, right, top, character) in enumerate(letters):
        for left2, bottom2, right2, top2, other in letters[position + 1 :]:
            if left2 >= right:
                break
            shared = (min(right, right2) - left2) * (min(top, top2) - max(bottom, bottom2))
            smaller = min((right - left) * (top - bottom), (right2 - left2) * (top2 - bottom2))
            if min(top, top2) > max(bottom, bottom2) and shared > 0.25 * smaller:
                yield f"{character} and {other} at {left:.0f}, {bottom:.0f}"


@pytest.mark.parametrize("which", [RENEWAL, PERSONNEL], ids=str)
def test_long_values_are_all_there(which: TemplateId) -> None:
    facts = stretched(template(which).sample(), options_of(template(which)))
    whole = "".join("".join(texts(render(template(which), facts, fonts(), MADE_AT).data)).split())
    for name, value in facts.items():
        if isinstance(value, str) and name in {"employer_name", "holder_name", "health", "qualification", "address"}:
            assert "".join(value.split()) in whole, name


# --- setting ------------------------------------------------------------------------------------------------------


def test_a_line_never_begins_with_a_comma_nor_ends_with_an_opening_bracket() -> None:
    style = template(RENEWAL).style.texts["value"]
    text = "根据《中华人民共和国行政许可法》（2019年修正）第三十四条，于2026年11月22日“准予”延期。" * 4
    for width in range(20, 90):
        lines = break_lines(text, width, style, fonts())
        assert "".join(lines) == text
        for line in lines:
            assert line[0] not in "，。）》”"
            assert line[-1] not in "（《“"
            assert width_of(line, style, fonts()) <= width + 0.01


def test_a_number_stays_with_its_unit_and_a_word_stays_whole() -> None:
    assert list(clusters("于2026年11月至ABC-1止。")) == ["于", "2026年", "11月", "至", "ABC-1", "止。"]


def test_a_word_wider_than_the_line_is_torn_and_nothing_is_lost() -> None:
    style = template(RENEWAL).style.texts["value"]
    lines = break_lines("W" * 100, 30, style, fonts())
    assert "".join(lines) == "W" * 100
    assert all(width_of(line, style, fonts()) <= 30 for line in lines)


def test_type_is_shrunk_a_little_for_one_line_and_never_below_the_smallest() -> None:
    style = template(RENEWAL).style.texts["value"]
    name = "示例省匠心建筑工程有限公司"
    smaller, lines = fit(name, width_of(name, style, fonts()) * 0.95, style, fonts(), 8.5)
    assert lines == [name]
    assert 9.4 <= smaller.size < style.size
    same, lines = fit(name, 20, style, fonts(), 8.5)
    assert same.size == style.size
    assert "".join(lines) == name
    least, lines = fit(name * 9, 20, style, fonts(), 8.5, most=1)
    assert least.size == 8.5
    assert len(lines) > 1


def test_rules_that_meet_end_to_end_are_drawn_as_one() -> None:
    assert joined([(9, 5, 9, 8), (1, 5, 4, 5), (9, 2, 9, 5)]) == [(9, 2, 9, 8), (1, 5, 4, 5)]


# --- preview ------------------------------------------------------------------------------------------------------


def test_a_preview_is_the_pdf_and_a_picture_of_every_page(tmp_path: Path) -> None:
    pdf, *pages = preview(template(RENEWAL), fonts(), tmp_path, dpi=40)
    assert pdf.read_bytes()[:5] == b"%PDF-"
    assert [page.name for page in pages] == ["page-1.png", "page-2.png"]


def test_a_change_of_a_template_concerns_it_alone_and_a_change_of_the_style_all() -> None:
    sample_file = TEMPLATES / str(RENEWAL) / "sample.json"
    assert touched(TEMPLATES, iter([sample_file])) == [RENEWAL]
    assert touched(TEMPLATES, iter([TEMPLATES / "style.toml"])) == all_templates(TEMPLATES)
    assert touched(TEMPLATES, iter([TEMPLATES / "README.md"])) == []


def test_watching_draws_every_template_and_tells_a_mistake_instead_of_stopping(tmp_path: Path) -> None:
    root = tmp_path / "templates"
    for which in (NOTICE, RENEWAL):
        shutil.copytree(TEMPLATES / str(which), root / str(which))
    shutil.copy(TEMPLATES / "style.toml", root)
    (root / str(NOTICE) / "sample.json").write_text("{")
    lines = watch(root, fonts(), tmp_path / "out")
    assert next(lines).startswith(f"{RENEWAL}: 2 page(s)")
    assert next(lines).startswith(f"{NOTICE}: sample.json: ")


# --- a portrait that comes later ----------------------------------------------------------------------------------


def test_a_form_may_be_drawn_before_there_is_a_portrait_and_says_so() -> None:
    renewal = TemplateId(DocumentKind.FORM, "so_renew_form", "2026-11")
    assert template(renewal).facts["photo"] is False
    assert "证件照待上传" in texts(drawn(renewal, photo=None).data)[0]
    assert "证件照待上传" not in texts(sample(renewal).data)[0]
    with pytest.raises(Problem, match="FACT_MISSING"):
        drawn(RENEWAL, photo=None)
