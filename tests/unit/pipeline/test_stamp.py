"""赋码: what a telephone reads from a black-and-white office copy, on every template there is."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise

import pypdfium2
import pytest
import zxingcpp
from pikepdf import pdfa
from PIL import Image

from signing_service.domain.documents import POINTS_PER_MM, Box, TemplateId
from signing_service.pipeline.stamp import QUIET_ZONE, qr_matrix, stamp_qr
from tests.unit.pipeline.sealing import (
    ADDRESS,
    CHECK_CODE,
    EVERY_TEMPLATE,
    LICENCE,
    MADE_AT,
    RENEWAL,
    Keyring,
    fonts,
    opened,
    rendered,
    signable,
    stamped,
    template,
)

OFFICE_COPY_DPI = 150
every_template = pytest.mark.parametrize("which", EVERY_TEMPLATE, ids=str)


def pages(data: bytes, dpi: int = OFFICE_COPY_DPI) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(data)
    try:
        document.init_forms()
        return [page.render(scale=dpi / 72, grayscale=True, may_draw_forms=True).to_pil() for page in document]
    finally:
        document.close()


def black_and_white(page: Image.Image) -> Image.Image:
    """As a copier without greys makes it: each dot is ink or paper."""
    return page.point(lambda level: 255 * (level > 127)).convert("1").convert("L")


def read(page: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode)]


def cropped(page: Image.Image, box: Box, dpi: int = OFFICE_COPY_DPI) -> Image.Image:
    scale = dpi / 72
    left, right = box.left * scale, box.right * scale
    top, bottom = page.height - box.top * scale, page.height - box.bottom * scale
    return page.crop((round(left) + 1, round(top) + 1, round(right) - 1, round(bottom) - 1))


@every_template
def test_every_page_is_read_from_a_black_and_white_copy(which: TemplateId) -> None:
    assert [read(black_and_white(page)) for page in pages(stamped(which).data)] == (
        [[ADDRESS]] * rendered(which).page_count
    )


@every_template
def test_every_page_is_still_read_when_all_parties_have_sealed(which: TemplateId, keyring: Keyring) -> None:
    laid = {area.role for area in rendered(which).areas}  # places that nobody needs are left out
    sealed = keyring.sealed(signable(which), *(role for role in template(which).roles if role in laid))
    assert [read(black_and_white(page)) for page in pages(sealed.data)] == [[ADDRESS]] * rendered(which).page_count


@every_template
def test_the_same_document_and_address_make_the_same_bytes(which: TemplateId) -> None:
    again = stamp_qr(rendered(which), ADDRESS, CHECK_CODE, fonts(), MADE_AT)
    assert again == stamped(which)


@every_template
def test_another_address_makes_another_file(which: TemplateId) -> None:
    other = stamp_qr(rendered(which), ADDRESS[:-1] + "b", CHECK_CODE, fonts(), MADE_AT)
    assert other.data != stamped(which).data
    assert read(pages(other.data)[0]) == [ADDRESS[:-1] + "b"]


@every_template
def test_the_zone_of_the_code_is_white_until_it_is_stamped(which: TemplateId) -> None:
    images = pages(rendered(which).data)
    for zone in rendered(which).qr_zones:
        assert cropped(images[zone.page], zone).getextrema() == (255, 255)


@every_template
def test_no_field_lies_over_the_zone_of_the_code(which: TemplateId) -> None:
    boxes = [area.box for area in rendered(which).areas if area.box]
    assert not any(box.overlaps(zone) for box in boxes for zone in rendered(which).qr_zones)


@every_template
def test_a_module_is_at_least_half_a_millimetre(which: TemplateId) -> None:
    modules = len(qr_matrix(ADDRESS)) + 2 * QUIET_ZONE
    for zone in rendered(which).qr_zones:
        assert zone.width / modules / POINTS_PER_MM >= 0.5


def test_a_zone_too_small_for_half_a_millimetre_is_refused() -> None:
    document = rendered(RENEWAL)
    zone = document.qr_zones[0]
    modules = len(qr_matrix(ADDRESS)) + 2 * QUIET_ZONE
    for millimetres, fits in ((modules * 0.5 + 0.01, True), (modules * 0.5 - 0.01, False)):
        narrow = replace(zone, left=zone.right - millimetres * POINTS_PER_MM)
        sized = replace(document, qr_zones=(narrow,))
        if fits:
            stamp_qr(sized, ADDRESS, CHECK_CODE, fonts(), MADE_AT)
            continue
        with pytest.raises(ValueError, match="needs a zone of"):
            stamp_qr(sized, ADDRESS, CHECK_CODE, fonts(), MADE_AT)


@every_template
def test_the_code_to_be_typed_stands_under_the_code_to_be_scanned(which: TemplateId) -> None:
    document = pypdfium2.PdfDocument(stamped(which).data)
    try:
        for zone in rendered(which).qr_zones:
            text = document[zone.page].get_textpage()
            found = text.get_text_bounded(zone.left - 60, zone.bottom - 6, zone.right + 60, zone.top)
            assert CHECK_CODE in found
    finally:
        document.close()


@every_template
def test_the_stamped_file_is_sound_and_pdf_a_2b(which: TemplateId) -> None:
    with opened(stamped(which).data) as pdf:
        assert pdf.check_pdf_syntax() == []
    report = pdfa.validate_written(io.BytesIO(stamped(which).data), "2b")
    assert report.verdict == "pass", report.findings


def test_the_code_is_the_smallest_that_holds_its_address() -> None:
    sizes = [len(qr_matrix("https://a.example/" + "x" * length)) for length in range(0, 90, 6)]
    assert all(smaller <= larger for smaller, larger in pairwise(sizes))
    # ISO/IEC 18004, table 7, level M: versions 4 and 5 hold 62 and 84 bytes
    assert [len(qr_matrix("https://a.example/".ljust(length, "x"))) for length in (62, 63, 84, 85)] == [33, 37, 37, 41]


def test_the_licence_carries_its_code_on_its_one_page() -> None:
    assert [zone.page for zone in rendered(LICENCE).qr_zones] == [0]
