"""What the codes of a file say is read out of their masks, as a printer would paint them."""

from __future__ import annotations

import io
import zlib

import pikepdf
import pytest
import zxingcpp

from signing_service.domain.documents import TemplateId
from signing_service.pipeline.lay_out import add_signature_fields
from signing_service.pipeline.qr_masks import marks_of
from signing_service.pipeline.stamp import stamp_qr
from signing_service.pipeline.validate.own_objects import NotOursError
from tests.security import signed_files
from tests.unit.pipeline.sealing import (
    ADDRESS,
    CHECK_CODE,
    EVERY_TEMPLATE,
    LICENCE,
    MADE_AT,
    fonts,
    rendered,
    signable,
)


@pytest.mark.parametrize("which", EVERY_TEMPLATE, ids=str)
def test_every_page_of_every_template_says_its_address(which: TemplateId) -> None:
    marks = marks_of(signable(which).data)
    assert marks.edition == str(which)
    assert marks.codes == (ADDRESS,) * rendered(which).page_count


def test_another_address_is_read_as_another() -> None:
    other = add_signature_fields(stamp_qr(rendered(LICENCE), ADDRESS + "x", CHECK_CODE, fonts(), MADE_AT))
    assert marks_of(other.data).codes == (ADDRESS + "x",)


def with_image(bits: bytes, side: int, decode: list[int], *, packed: bool) -> bytes:
    """A page that draws a 1-bit mask as an image of its own."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(signed_files.page())) as pdf:
        mask = pikepdf.Stream(pdf, zlib.compress(bits) if packed else bits)
        for key, value in {
            "/Subtype": pikepdf.Name.Image,
            "/ImageMask": True,
            "/Width": side,
            "/Height": side,
            "/BitsPerComponent": 1,
            "/Decode": pikepdf.Array(decode),
        }.items():
            mask[key] = value
        if packed:
            mask["/Filter"] = pikepdf.Name.FlateDecode
        pdf.pages[0].obj.Resources.XObject = pikepdf.Dictionary(Code=pdf.make_indirect(mask))
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    return out.getvalue()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("paints_ones", [False, True])
def test_a_mask_may_be_an_image_of_either_polarity(packed: bool, paints_ones: bool) -> None:
    code = zxingcpp.create_barcode(ADDRESS, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    side, flat = image.shape[0], bytes(image)  # type: ignore[call-overload]  # it is a buffer, as its stub does not say
    rows = []
    for start in range(0, side * side, side):
        dark = [int((value == 0) == paints_ones) for value in flat[start : start + side]]
        dark += [0] * (-side % 8)
        rows.append(int("".join(map(str, dark)), 2).to_bytes(len(dark) // 8, "big"))
    data = with_image(b"".join(rows), side, [1, 0] if paints_ones else [0, 1], packed=packed)
    assert marks_of(data).codes == (ADDRESS,)
    turned = with_image(b"".join(rows), side, [0, 1] if paints_ones else [1, 0], packed=packed)
    assert marks_of(turned).codes == ("",), "light on dark is no code"


def test_a_page_without_a_mask_says_nothing() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(signed_files.page())) as pdf:
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert marks_of(out.getvalue()).codes == ("",)


def test_a_file_that_is_not_written_as_ours_is_not_read() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(signed_files.page())) as pdf:
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    for data in (out.getvalue(), b"%PDF-1.7\n", b""):
        with pytest.raises(NotOursError):
            marks_of(data)
