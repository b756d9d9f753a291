"""The artwork of seals: true size, true spacing, readable beneath, and no font needed to show it."""

import io
import itertools
import math
from importlib.util import find_spec
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageChops

from signing_service.demo.signatures import sample_signature
from signing_service.domain.errors import Problem
from signing_service.domain.practising import PROFESSIONS, Shape
from signing_service.domain.seals import SealArtwork, SealKind
from signing_service.pipeline.appearance import OPACITY, Appearance, draw, to_pdf_page
from signing_service.pipeline.ink import MOST_POINTS
from signing_service.pipeline.seal_layout import Letter, letters_of
from signing_service.pipeline.sheet_stamp import PRACTISING_SEAL

CODE = "3601009900017"
LONGEST = "江西赣鄱新区建筑安装工程设计研究发展投资控股集团股份有限责任公司南昌红谷滩分公司项目部"[:40]

ENTERPRISE = SealArtwork(SealKind.ENTERPRISE, "江西赣鄱建设工程有限公司", code=CODE)
EVERY_KIND = (
    ENTERPRISE,
    SealArtwork(SealKind.AUTHORITY, "南昌市住房和城乡建设局", ("行政审批专用章",), CODE),
    SealArtwork(SealKind.PLATFORM, "江西住建云电子文件平台"),
    SealArtwork(SealKind.NAME, "王建国"),
    SealArtwork(
        SealKind.PRACTISING,
        "王建国",
        ("赣236181912345(01)", "建筑 机电", "2027-03-01", "江西赣鄱建设工程有限公司"),
        profession="constructor_2",
    ),
    SealArtwork(SealKind.SIGNATURE, "王建国", strokes=sample_signature("王建国")),
)
PRINTED = EVERY_KIND[:-1]


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published faces under the names of the fonts folder: outlines of any kind will do."""
    package = find_spec("pylopdf_fonts_zh_cn")
    assert package is not None
    assert package.origin is not None
    folder = tmp_path_factory.mktemp("fonts")
    for name, source in (("serif.ttf", "NotoSerifSC-Regular.otf"), ("sans.ttf", "NotoSansSC-Regular.otf")):
        (folder / name).symlink_to(Path(package.origin).with_name(source))
    return folder


def rendered(pdf: bytes, dpi: int = 300) -> Image.Image:
    return pdfium.PdfDocument(pdf)[0].render(scale=dpi / 72).to_pil().convert("RGB")


def on_wide_paper(appearance: Appearance, below: bytes = b"", *, seal: bool = True) -> bytes:
    """The appearance on a page larger than itself, so that whatever leaves its box is seen."""
    margin = 20.0
    with pikepdf.open(io.BytesIO(to_pdf_page(appearance))) as pdf:
        page = pdf.pages[0]
        page.mediabox = [-margin, -margin, appearance.width_pt + margin, appearance.height_pt + margin]
        page.obj.Contents = pdf.make_stream(below + b"\n" + (appearance.content if seal else b""))
        written = io.BytesIO()
        pdf.save(written)
        return written.getvalue()


def inked_mm(appearance: Appearance, dpi: int = 600) -> tuple[float, float]:
    picture = rendered(on_wide_paper(appearance), dpi)
    box = ImageChops.invert(picture).convert("L").point(lambda value: 255 if value > 40 else 0).getbbox()
    assert box is not None
    return (box[2] - box[0]) / dpi * 25.4, (box[3] - box[1]) / dpi * 25.4


def luminance(pixel: tuple[int, int, int]) -> float:
    """Relative luminance, WCAG 2.2."""
    red, green, blue = (
        value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in pixel
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def separated(one: Letter, other: Letter) -> bool:
    """Whether some line parallel to an edge of either cell parts the two (separating axis theorem)."""
    for angle in (one.clockwise, other.clockwise):
        for axis_x, axis_y in ((math.cos(angle), -math.sin(angle)), (math.sin(angle), math.cos(angle))):
            first, second = ([x * axis_x + y * axis_y for x, y in letter.corners()] for letter in (one, other))
            if max(first) <= min(second) + 1e-6 or max(second) <= min(first) + 1e-6:
                return True
    return False


def name_and_rest(artwork: SealArtwork) -> tuple[tuple[Letter, ...], tuple[Letter, ...]]:
    letters = letters_of(artwork)
    return letters[: len(artwork.name)], letters[len(artwork.name) :]


@pytest.mark.parametrize("artwork", PRINTED, ids=lambda artwork: artwork.kind)
def test_a_seal_is_drawn_at_its_true_size(artwork: SealArtwork, fonts: Path) -> None:
    width, height = inked_mm(draw(artwork, fonts))
    assert width == pytest.approx(artwork.size_mm[0], abs=0.2)
    assert height == pytest.approx(artwork.size_mm[1], abs=0.2)


def test_a_signature_stays_on_its_sheet(fonts: Path) -> None:
    artwork = EVERY_KIND[-1]
    width, height = inked_mm(draw(artwork, fonts))
    assert 20 < width <= artwork.size_mm[0]
    assert 5 < height <= artwork.size_mm[1]


def test_a_small_signature_in_a_corner_is_centred_and_enlarged_but_not_more_than_twice(fonts: Path) -> None:
    small = tuple(tuple((x * 0.2, y * 0.2) for x, y in stroke) for stroke in sample_signature("李明"))
    drawn = draw(SealArtwork(SealKind.SIGNATURE, "李明", strokes=small), fonts)
    natural = max(x for stroke in small for x, _ in stroke) - min(x for stroke in small for x, _ in stroke)
    width, _ = inked_mm(drawn)
    assert width == pytest.approx(2 * natural * 42, rel=0.15)


@pytest.mark.parametrize("count", [4, 5, 8, 12, 16, 23, 32, 40])
@pytest.mark.parametrize("kind", [SealKind.ENTERPRISE, SealKind.AUTHORITY])
def test_the_name_on_a_round_seal_is_evenly_spaced_by_angle_and_symmetric(kind: SealKind, count: int) -> None:
    name, _ = name_and_rest(SealArtwork(kind, LONGEST[:count], code=CODE))
    angles = [math.degrees(math.atan2(letter.x, letter.y)) for letter in name]
    steps = [after - before for before, after in itertools.pairwise(angles)]
    assert steps == pytest.approx([steps[0]] * len(steps), abs=0.001)
    assert angles[0] == pytest.approx(-angles[-1], abs=0.001)
    assert [math.degrees(letter.clockwise) for letter in name] == pytest.approx(angles, abs=0.001)


def test_the_name_on_an_oval_seal_is_evenly_spaced_along_the_ellipse() -> None:
    name, _ = name_and_rest(SealArtwork(SealKind.PLATFORM, LONGEST[:21]))
    radius_x = 45 / 2 - (30 / 2 - name[10].y)
    radius_y = name[10].y

    def along(start: float, end: float) -> float:
        step = (end - start) / 2000
        middles = (start + (index + 0.5) * step for index in range(2000))
        return sum(step * math.hypot(radius_x * math.cos(u), radius_y * math.sin(u)) for u in middles)

    parameters = [math.atan2(letter.x / radius_x, letter.y / radius_y) for letter in name]
    steps = [along(before, after) for before, after in itertools.pairwise(parameters)]
    assert steps == pytest.approx([steps[0]] * len(steps), rel=0.001)


@pytest.mark.parametrize("kind", [SealKind.ENTERPRISE, SealKind.AUTHORITY, SealKind.PLATFORM])
@pytest.mark.parametrize("count", range(4, 41))
def test_no_character_of_a_name_of_any_length_touches_the_ring_its_neighbour_or_the_code(
    kind: SealKind, count: int
) -> None:
    lines = ("电子证照专用章",) if kind is SealKind.AUTHORITY else ()
    artwork = SealArtwork(kind, LONGEST[:count], lines, CODE)
    name, rest = name_and_rest(artwork)
    inner_x, inner_y = (side / 2 - 1.3 for side in artwork.size_mm)
    for letter in (*name, *rest):
        assert all((x / inner_x) ** 2 + (y / inner_y) ** 2 < 1 for x, y in letter.corners())
    assert all(separated(before, after) for before, after in itertools.pairwise(name))
    assert all(separated(one, other) for one in name for other in rest)
    assert all(separated(before, after) for before, after in itertools.pairwise(rest))


@pytest.mark.parametrize("kind", [SealKind.ENTERPRISE, SealKind.AUTHORITY])
def test_neither_name_nor_purpose_touches_the_star(kind: SealKind) -> None:
    for count in (4, 16, 40):
        letters = letters_of(SealArtwork(kind, LONGEST[:count], ("行政审批专用章",), CODE))
        assert all(
            math.hypot(x, y) > 7.0 or y < -7 * math.cos(math.pi / 5) for letter in letters for x, y in letter.corners()
        )


def test_a_longer_name_has_narrower_characters_and_still_a_millimetre_and_a_half_high() -> None:
    sizes = [name_and_rest(SealArtwork(SealKind.ENTERPRISE, LONGEST[:count]))[0][0] for count in range(4, 41)]
    assert all(after.width <= before.width + 1e-3 for before, after in itertools.pairwise(sizes))
    assert sizes[-1].height > 3.0
    assert sizes[-1].width > 1.4


def test_the_code_stands_below_and_reads_from_left_to_right() -> None:
    _, code = name_and_rest(ENTERPRISE)
    assert "".join(letter.character for letter in code) == CODE
    assert all(letter.y < -10 for letter in code)
    assert [letter.x for letter in code] == sorted(letter.x for letter in code)


def test_a_seal_name_of_forty_one_characters_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        SealArtwork(SealKind.ENTERPRISE, "江" * 41)
    assert refused.value.code == "SEAL_NAME_LENGTH"


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("李强", ("李强", "之印")),
        ("王建国", ("王建", "国印")),
        ("欧阳明华", ("欧阳", "明华")),
        ("阿布都·热西提", ("阿布都", "热西提")),
    ],
)
def test_a_name_seal_is_read_in_columns_from_the_right(name: str, columns: tuple[str, ...]) -> None:
    letters = letters_of(SealArtwork(SealKind.NAME, name))
    across = sorted({round(letter.x, 3) for letter in letters}, reverse=True)
    read = tuple(
        "".join(letter.character for letter in sorted(letters, key=lambda letter: -letter.y) if round(letter.x, 3) == x)
        for x in across
    )
    assert read == columns


def test_a_name_seal_of_one_character_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        letters_of(SealArtwork(SealKind.NAME, "王"))
    assert refused.value.code == "SEAL_NAME_LENGTH"


def test_the_lines_of_a_constructor_seal_stay_within_the_inner_ellipse_and_the_rest_in_the_band() -> None:
    artwork = EVERY_KIND[4]
    for letter in letters_of(artwork):
        inside = [(x / 18) ** 2 + (y / 11) ** 2 < 1 for x, y in letter.corners()]
        assert all(inside) or not any(inside)
        assert all((x / 24.4) ** 2 + (y / 17.4) ** 2 < 1 for x, y in letter.corners())


@pytest.mark.parametrize("artwork", EVERY_KIND, ids=lambda artwork: artwork.kind)
def test_the_same_artwork_gives_the_same_bytes(artwork: SealArtwork, fonts: Path) -> None:
    first = draw(artwork, fonts)
    draw.cache_clear()
    assert draw(artwork, fonts) == first
    assert to_pdf_page(draw(artwork, fonts)) == to_pdf_page(first)


@pytest.mark.parametrize("artwork", EVERY_KIND, ids=lambda artwork: artwork.kind)
def test_an_appearance_needs_no_font_and_is_never_more_than_four_fifths_opaque(
    artwork: SealArtwork, fonts: Path
) -> None:
    appearance = draw(artwork, fonts)
    assert set(appearance.resources) == {"ExtGState"}
    assert b" Tf" not in appearance.content
    assert OPACITY <= 0.8
    assert appearance.resources["ExtGState"]["GS0"]["ca"] == OPACITY
    assert f'fill-opacity="{OPACITY}"' in appearance.svg
    assert "<text" not in appearance.svg


@pytest.mark.parametrize("artwork", PRINTED, ids=lambda artwork: artwork.kind)
def test_text_under_a_seal_stays_readable(artwork: SealArtwork, fonts: Path) -> None:
    """Ink multiplies: black under a seal stays black, with the contrast WCAG 2.2 asks of graphics (1.4.11) and more."""
    appearance = draw(artwork, fonts)
    bars = b"".join(
        b"%.1f 0 4 %.2f re f\n" % (left, appearance.height_pt) for left in range(0, round(appearance.width_pt), 8)
    )
    alone = rendered(on_wide_paper(appearance))
    over = rendered(on_wide_paper(appearance, below=b"q 0 0 0 rg " + bars + b"Q"))
    text_only = rendered(on_wide_paper(appearance, below=b"q 0 0 0 rg " + bars + b"Q", seal=False))
    seal_colour = max((count, pixel) for count, pixel in alone.getcolors(1 << 20) if sum(pixel) < 600)[1]
    where = ImageChops.multiply(
        text_only.convert("L").point(lambda value: 255 if value == 0 else 0),
        ImageChops.difference(alone, Image.new("RGB", alone.size, seal_colour))
        .convert("L")
        .point(lambda value: 255 if value == 0 else 0),
    )
    under = [pixel for pixel, here in zip(over.get_flattened_data(), where.get_flattened_data(), strict=True) if here]
    assert len(under) > 500
    least = 3.0 if artwork.kind is SealKind.PRACTISING else 4.0
    assert (luminance(seal_colour) + 0.05) / (max(map(luminance, set(under))) + 0.05) >= least


def test_a_character_without_a_glyph_is_refused_and_never_drawn_as_a_box(fonts: Path) -> None:
    with pytest.raises(Problem) as refused:
        draw(SealArtwork(SealKind.NAME, "王\U00020bb7国"), fonts)
    assert refused.value.code == "SEAL_GLYPH_MISSING"
    assert "20BB7" in refused.value.zh


def test_a_folder_without_fonts_is_named_as_the_trouble(tmp_path: Path) -> None:
    with pytest.raises(Problem) as refused:
        draw(ENTERPRISE, tmp_path)
    assert refused.value.code == "FONTS_MISSING"


@pytest.mark.parametrize(
    ("strokes", "code"),
    [
        ((), "SIGNATURE_EMPTY"),
        (((),), "SIGNATURE_EMPTY"),
        ((((0.5, 1.2),),), "SIGNATURE_POINTS"),
        ((((0.5, math.nan),),), "SIGNATURE_POINTS"),
        ((((0.5, 0.5),) * (MOST_POINTS + 1),), "SIGNATURE_TOO_LONG"),
    ],
)
def test_a_signature_that_cannot_be_one_is_refused(
    strokes: tuple[tuple[tuple[float, float], ...], ...], code: str, fonts: Path
) -> None:
    with pytest.raises(Problem) as refused:
        draw(SealArtwork(SealKind.SIGNATURE, "王建国", strokes=strokes), fonts)
    assert refused.value.code == code


def test_a_slow_line_is_drawn_thicker_than_a_quick_one(fonts: Path) -> None:
    def ink_of(points: int) -> float:
        stroke = tuple((0.1 + 0.8 * index / points, 0.5) for index in range(points + 1))
        picture = rendered(to_pdf_page(draw(SealArtwork(SealKind.SIGNATURE, "一", strokes=(stroke,)), fonts)))
        return sum(ImageChops.invert(picture).convert("L").tobytes())

    assert ink_of(200) > 1.5 * ink_of(12)


def test_sample_signatures_differ_by_name_and_repeat_by_name() -> None:
    names = ("王建国", "李明", "欧阳明华", "黄晓琳", "徐丽")
    assert len({sample_signature(name) for name in names}) == len(names)
    for name in names:
        assert sample_signature(name) == sample_signature(name)
        assert all(0 <= value <= 1 for stroke in sample_signature(name) for point in stroke for value in point)


# --- practising seals ---------------------------------------------------------------------------------------------


def of_profession(key: str, **changes: str) -> SealArtwork:
    lines = {"number": "3600045-AY001", "specialties": "", "until": "2029-12-31", "employer": LONGEST[:24], **changes}
    return SealArtwork(SealKind.PRACTISING, "阿布都·热西提", tuple(lines.values()), profession=key)


@pytest.mark.parametrize("key", PROFESSIONS)
def test_a_practising_seal_has_the_words_size_and_colour_of_its_profession(key: str, fonts: Path) -> None:
    profession, artwork = PROFESSIONS[key], of_profession(key)
    text = "".join(letter.character for letter in letters_of(artwork))
    assert text.startswith(profession.title)
    for told in (artwork.name, "3600045-AY001", "2029-12-31"):
        assert told in text
    drawn = draw(artwork, fonts)
    width, height = inked_mm(drawn)
    assert (width, height) == pytest.approx(profession.size, abs=0.2)
    assert profession.colour in drawn.svg


@pytest.mark.parametrize("key", PROFESSIONS)
def test_no_character_of_a_practising_seal_touches_another_or_a_line(key: str) -> None:
    artwork = of_profession(key, specialties="建筑 机电" if key.startswith("constructor") else "")
    profession, letters = artwork.practises, letters_of(artwork)
    width, height = profession.size
    for one, other in itertools.combinations(letters, 2):
        assert separated(one, other), (one.character, other.character)
    for letter in letters:
        for x, y in letter.corners():
            if profession.shape is Shape.RECTANGLE:
                assert abs(x) < width / 2 - profession.line
                assert abs(y) < height / 2 - profession.line
                under_title = height / 2 - profession.inner[1]
                assert y > under_title or y < under_title - profession.line
            else:
                assert (x / (width / 2 - profession.line)) ** 2 + (y / (height / 2 - profession.line)) ** 2 < 1
        if profession.shape is Shape.DOUBLE_ELLIPSE:
            a, b = (side / 2 for side in profession.inner)
            inside = {(x / a) ** 2 + (y / b) ** 2 < 1 for x, y in letter.corners()}
            assert len(inside) == 1, letter.character


def test_a_practising_seal_says_of_which_profession_and_no_other_seal_does() -> None:
    for kind, profession in (
        (SealKind.PRACTISING, ""),
        (SealKind.PRACTISING, "doctor"),
        (SealKind.NAME, "architect_1"),
    ):
        with pytest.raises(Problem) as refused:
            SealArtwork(kind, "王建国", profession=profession)
        assert refused.value.code == "SEAL_PROFESSION"


def test_every_practising_seal_finds_room_on_a_sheet() -> None:
    for profession in PROFESSIONS.values():
        assert all(side <= room for side, room in zip(profession.size, PRACTISING_SEAL, strict=True))
