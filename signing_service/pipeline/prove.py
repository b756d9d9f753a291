"""自检: our own output, validated as a stranger would, its QR read back from the page as it is printed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

import pypdfium2
import zxingcpp

from signing_service.domain.documents import ProvenPdf, SealedPdf
from signing_service.domain.errors import Problem
from signing_service.domain.verdicts import Verdict
from signing_service.pipeline.validate import validate

OFFICE_COPY_DPI = 150

PDFIUM = threading.Lock()
"""PDFium is not thread-safe: one page at a time in a process."""


def prove(
    sealed: SealedPdf,
    address: str,
    anchors: Sequence[bytes],
    intermediates: Sequence[bytes],
    now: datetime,
) -> ProvenPdf:
    """The document, if a stranger would accept it. Raises Problem PROOF_FAILED, an alarm: what fails here is never issued."""
    if not sealed.complete:
        raise _failed("尚有签章未完成", "not every field is signed")
    report = validate(sealed.data, anchors, intermediates=intermediates, at=None, now=now)
    if report.verdict is not Verdict.TOTAL_PASSED:
        raise _failed(
            f"验签结果为 {report.verdict}（{report.reason}）", f"validation says {report.verdict}, {report.reason}"
        )
    if len(report.signatures) != len(sealed.fields):
        raise _failed("签名数量不符", "the number of signatures is not that of the fields")
    for page, found in enumerate(read_qr_codes(sealed.data), 1):
        if found != (address,):
            raise _failed(
                f"第 {page} 页二维码无法读出或内容不符",
                f"the QR on page {page} cannot be read or does not say {address}",
            )
    return ProvenPdf(sealed.data, {**report.to_json(), "address": address})


def read_qr_codes(data: bytes, dpi: int = OFFICE_COPY_DPI) -> list[tuple[str, ...]]:
    """Of each page, what its QR codes say, read from the page rendered in grey at ``dpi``."""
    found = []
    with PDFIUM:
        document = pypdfium2.PdfDocument(data)
        try:
            document.init_forms()
            for page in document:
                image = page.render(scale=dpi / 72, grayscale=True).to_pil()
                codes = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
                found.append(tuple(code.text for code in codes))
        finally:
            document.close()
    return found


def _failed(zh: str, en: str) -> Problem:
    return Problem(
        "PROOF_FAILED",
        f"成品自检未通过：{zh}。文件未发布，已通知管理员。",
        f"Our own output did not prove: {en}. It is not published; the administrator has been told.",
        status=500,
    )
