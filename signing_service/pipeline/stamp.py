"""赋码: the QR and the 查验码 are drawn into the zones that the template kept free, before anything is signed.

The QR carries an ordinary https address; behind its ``#`` may stand the digits of a signed code, which go into a
numeric segment and so take a third of a byte each.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import pikepdf
import qrcode
from qrcode.util import QRData
from reportlab.pdfgen.canvas import Canvas

from signing_service.domain.documents import POINTS_PER_MM, Box, RenderedPdf, StampedPdf
from signing_service.pipeline.fonts import SANS, Fonts
from signing_service.pipeline.pdfa import lay_on, save_pdfa

QUIET_ZONE = 4
"""Modules that stay white on each side (ISO/IEC 18004, 9.1)."""
SMALLEST_MODULE = 0.5 * POINTS_PER_MM
"""Below half a millimetre a module, an office printer's copy is no longer read."""
CAPTION_SIZE = 6.5
BYTES: Final = 4
DIGITS: Final = 1
"""Modes of a QR segment (ISO/IEC 18004, 7.3)."""


def qr_matrix(address: str) -> list[list[bool]]:
    """The modules of the smallest QR at error correction M, without quiet zone."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0)
    before, mark, digits = address.partition("#")
    code.add_data(QRData((before + mark).encode(), mode=BYTES), optimize=0)
    if digits:
        code.add_data(QRData(digits.encode(), mode=DIGITS), optimize=0)
    code.make(fit=True)
    return code.get_matrix()


def stamp_qr(rendered: RenderedPdf, address: str, check_code: str, fonts: Fonts, made_at: datetime) -> StampedPdf:
    """Draw QR and check code into every zone. Same input, same bytes; still PDF/A.

    ``check_code`` is shown as it is given; "": the address is the portal's own, and no document's. Raises ValueError when a zone is too small for the code's modules.
    """
    overlay = _overlay(rendered, address, check_code, fonts)
    with pikepdf.open(io.BytesIO(rendered.data)) as pdf, pikepdf.open(io.BytesIO(overlay)) as marks:
        pages = {zone.page for zone in rendered.qr_zones}
        for position, page in enumerate(sorted(pages)):
            lay_on(pdf, pdf.pages[page], marks.pages[position], "Mark")
        return StampedPdf(save_pdfa(pdf, made_at), rendered, address)


def _overlay(rendered: RenderedPdf, address: str, check_code: str, fonts: Fonts) -> bytes:
    matrix = qr_matrix(address)
    with pikepdf.open(io.BytesIO(rendered.data)) as pdf:
        sizes = [tuple(float(value) for value in page.mediabox) for page in pdf.pages]
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1, initialFontName=fonts.names[SANS])  # type: ignore[arg-type]  # the stubs say float
    for page in sorted({zone.page for zone in rendered.qr_zones}):
        _left, _bottom, right, top = sizes[page]
        canvas.setPageSize((right, top))
        for zone in rendered.qr_zones:
            if zone.page == page:
                _draw(canvas, zone, matrix, check_code, fonts)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, zone: Box, matrix: list[list[bool]], check_code: str, fonts: Fonts) -> None:
    count = len(matrix)
    module = zone.width / (count + 2 * QUIET_ZONE)
    if module < SMALLEST_MODULE:
        msg = f"a QR of {count} modules needs a zone of {(count + 8) * 0.5} mm, this one has {zone.width / POINTS_PER_MM:.0f} mm"
        raise ValueError(msg)
    # an inline 1-bit mask stays sharp at every zoom and has no seams between modules
    side = module * count
    left, bottom = zone.left + QUIET_ZONE * module, zone.top - QUIET_ZONE * module - side
    canvas.saveState()
    canvas.setFillGray(0)
    canvas.transform(side, 0, 0, side, left, bottom)
    mask = f"BI /W {count} /H {count} /IM true /D [1 0] /F /AHx ID {''.join(_rows(matrix))}> EI"
    canvas._code.append(mask)  # type: ignore[attr-defined]  # noqa: SLF001 - reportlab has no call for it
    canvas.restoreState()
    canvas.setFillGray(0)
    canvas.setFont(fonts.names[SANS], CAPTION_SIZE)
    caption = f"查验码 {check_code}" if check_code else "查验平台"
    width = fonts.width(caption, SANS, CAPTION_SIZE)
    # flush with the margin when it is wider than the code above it
    canvas.drawString(min(zone.left + (zone.width - width) / 2, zone.right - width), zone.bottom + 2, caption)


def _rows(matrix: list[list[bool]]) -> Iterable[str]:
    for row in matrix:
        octets = bytearray((len(row) + 7) // 8)
        for column, dark in enumerate(row):
            if dark:
                octets[column // 8] |= 0x80 >> (column % 8)
        yield octets.hex()
