"""The frame of a licence: fine, quiet, the same every time, and out of the way of the text."""

import io

import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from signing_service.pipeline.guilloche import draw_licence_frame

A4 = (595.276, 841.890)
LYING = (A4[1], A4[0])


def page_with_frame(size: tuple[float, float], seed: str, *, watermark: bool = True, pages: int = 1) -> bytes:
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=size, invariant=True, pageCompression=1)
    for _ in range(pages):
        draw_licence_frame(canvas, *size, seed, watermark=watermark)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def grey(pdf: bytes) -> Image.Image:
    return pdfium.PdfDocument(pdf)[0].render(scale=150 / 72).to_pil().convert("L")


def millimetres(picture: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    return picture.crop(tuple(round(value / 25.4 * 150) for value in (left, top, right, bottom)))


@pytest.mark.parametrize("size", [A4, LYING], ids=["upright", "lying"])
def test_the_frame_begins_eight_millimetres_from_the_edge_and_leaves_the_text_area_free(
    size: tuple[float, float],
) -> None:
    picture = grey(page_with_frame(size, "constructor_licence", watermark=False))
    width, height = (side / 72 * 25.4 for side in size)
    assert millimetres(picture, 0, 0, width, 7.5).getextrema() == (255, 255)
    assert millimetres(picture, 0, 0, 7.5, height).getextrema() == (255, 255)
    assert millimetres(picture, 18.2, 18.2, width - 18.2, height - 18.2).getextrema() == (255, 255)
    for band in (
        (20, 8, width - 20, 17.5),
        (20, height - 17.5, width - 20, height - 8),
        (8, 20, 17.5, height - 20),
        (width - 17.5, 20, width - 8, height - 20),
    ):
        assert millimetres(picture, *band).getextrema()[0] < 200


def test_the_watermark_is_so_light_that_black_text_over_it_keeps_its_contrast() -> None:
    picture = grey(page_with_frame(A4, "constructor_licence"))
    inside = millimetres(picture, 20, 20, 190, 277)
    assert 200 < inside.getextrema()[0] < 250


@pytest.mark.parametrize("size", [A4, LYING], ids=["upright", "lying"])
def test_a_page_with_a_frame_stays_below_sixty_kilobytes(size: tuple[float, float]) -> None:
    for seed in ("a", "b", "c", "d"):
        assert len(page_with_frame(size, seed)) < 60_000


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_frame() -> None:
    assert page_with_frame(A4, "赣2361819") == page_with_frame(A4, "赣2361819")
    assert page_with_frame(A4, "赣2361819") != page_with_frame(A4, "赣2361820")


def test_a_second_page_uses_the_lines_of_the_first() -> None:
    one, two = (len(page_with_frame(A4, "seed", pages=pages)) for pages in (1, 2))
    assert two - one < 12_000


def test_the_frame_brings_no_image_and_no_transparency() -> None:
    with pikepdf.open(io.BytesIO(page_with_frame(A4, "seed"))) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Stream):
                assert item.get("/Subtype") != pikepdf.Name.Image
            if isinstance(item, pikepdf.Dictionary):
                assert "/ca" not in item
