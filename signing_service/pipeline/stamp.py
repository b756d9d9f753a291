"""赋码: the QR and the 查验码 are drawn into the zones that the template kept free, before anything is signed.

The QR carries an ordinary https address; behind its ``#`` may stand the digits of a signed code, which go into a
numeric segment and so take a third of a byte each.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import zxingcpp

from signing_service.domain.documents import POINTS_PER_MM, Box, RenderedPdf, StampedPdf
from signing_service.pipeline.body import unwritten
from signing_service.pipeline.fonts import SANS, Fonts
from signing_service.pipeline.sheet import Drawing, Sheet
from signing_service.pipeline.syntax import stream
from signing_service.pipeline.templates import TextStyle

QUIET_ZONE = 4
"""Modules that stay white on each side (ISO/IEC 18004, 9.1)."""
SMALLEST_MODULE = 0.5 * POINTS_PER_MM
"""Below half a millimetre a module, an office printer's copy is no longer read."""
CAPTION = TextStyle(SANS, size=6.5, leading=2.5, colour="#000000")
MASK = 3
"""One of the eight patterns that are laid over the data (7.8.2). An address with a code and a signature in digits has no
large even areas to break up, so trying all eight, which takes ten times as long, finds nothing better."""


def qr_matrix(address: str) -> Sequence[bytes]:
    """The modules of the smallest QR at error correction M, row by row, without quiet zone: 0 is dark, 255 light."""
    code = zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode, ec_level="M", data_mask=MASK)
    image = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    count, flat = image.shape[0], bytes(image)  # type: ignore[call-overload]  # it is a buffer, as its stub does not say
    return [flat[start : start + count] for start in range(0, count * count, count)]


def stamp_qr(rendered: RenderedPdf, address: str, check_code: str, fonts: Fonts, made_at: datetime) -> StampedPdf:
    """Draw QR and check code into every zone. Same input, same bytes; still PDF/A, dated ``made_at``.

    ``check_code`` is shown as it is given. Raises ValueError when a zone is too small for the code's modules.
    """
    matrix = qr_matrix(address)
    mask = _mask(matrix)
    zones: dict[int, list[Box]] = {}
    for zone in rendered.qr_zones:
        zones.setdefault(zone.page, []).append(zone)
    marks = [(page, _drawing(on_page, len(matrix), mask, check_code, fonts)) for page, on_page in zones.items()]
    return StampedPdf(unwritten(rendered.body).drawn_over(marks, made_at), rendered, address)


def _drawing(zones: Sequence[Box], count: int, mask: bytes, check_code: str, fonts: Fonts) -> Drawing:
    sheet = Sheet()
    caption = f"查验码 {check_code}"
    width = fonts.width(caption, SANS, CAPTION.size)
    for zone in zones:
        module = zone.width / (count + 2 * QUIET_ZONE)
        if module < SMALLEST_MODULE:
            msg = f"a QR of {count} modules needs a zone of {(count + 8) * 0.5} mm, this one has {zone.width / POINTS_PER_MM:.0f} mm"
            raise ValueError(msg)
        side = module * count
        sheet.mask("Code", mask, zone.left + QUIET_ZONE * module, zone.top - QUIET_ZONE * module - side, side)
        # flush with the margin when it is wider than the code above it
        left = min(zone.left + (zone.width - width) / 2, zone.right - width)
        sheet.text(CAPTION, left, zone.bottom + 2, 0.0, fonts.runs(caption, SANS))
    return sheet.done()


_BITS = bytes.maketrans(b"\x00\xff", b"10")


def _mask(matrix: Sequence[bytes]) -> bytes:
    """One bit a module: sharp at every zoom and without seams between modules."""
    count = len(matrix)
    octets = (count + 7) // 8
    rows = (int(row.translate(_BITS).ljust(octets * 8, b"0"), 2).to_bytes(octets, "big") for row in matrix)
    head = b"/Type/XObject/Subtype/Image/ImageMask true/Decode[1 0]/BitsPerComponent 1/Width %d/Height %d"
    return stream(head % (count, count), b"".join(rows))
