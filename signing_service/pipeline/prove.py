"""自检: our own output, validated as a stranger would, its QR read back."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import pypdfium2
import zxingcpp

from signing_service.domain.dates import add_years
from signing_service.domain.documents import PadesLevel, ProvenPdf, SealedPdf, SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.verdicts import DOCUMENT_TIMESTAMP, Report, Verdict
from signing_service.pipeline.qr_masks import Marks, marks_of
from signing_service.pipeline.validate import foresee, validate

OFFICE_COPY_DPI = 150

YEARS_FORESEEN = 10
"""A document that is to last is only issued when it will still be accepted after so many years."""

DRAWN_EVERY = 500
"""Of so many documents of one template and edition one is drawn to read its code; see ``_require_code``."""

PDFIUM = threading.Lock()
"""PDFium is not thread-safe: one page at a time in a process."""


def prove(
    sealed: SealedPdf,
    address: str,
    anchors: Sequence[bytes],
    intermediates: Sequence[bytes],
    now: datetime,
    levels: Mapping[SignatoryRole, PadesLevel] | None = None,
    excused: frozenset[SignatoryRole] = frozenset(),
) -> ProvenPdf:
    """The document, if a stranger would accept it, today and where it is to last also in ``YEARS_FORESEEN`` years.

    ``levels`` are those asked for, by role; none of them may be missed. Who is ``excused`` may have left the field
    empty. Raises Problem PROOF_FAILED, an alarm: what fails here is never issued.
    """
    if not set(sealed.fields) - excused <= set(sealed.filled):
        raise _failed("尚有签章未完成", "not every field is signed")
    levels = levels or {}
    report = _accepted(sealed.data, anchors, intermediates, now, lasting=PadesLevel.B_LTA in levels.values())
    signatures = [one for one in report.signatures if one.level != DOCUMENT_TIMESTAMP]
    if len(signatures) != len(sealed.filled):
        raise _failed("签名数量不符", "the number of signatures is not that of the fields")
    for role, asked in levels.items():
        reached = next((one.level for one in signatures if one.role == role), "")
        if reached not in tuple(PadesLevel) or not PadesLevel(reached).reaches(asked):
            raise _failed(
                f"{role} 的签名等级为 {reached or '无'}，要求 {asked}", f"{role} is {reached or '-'}, not {asked}"
            )
    _require_code(sealed.data, address)
    return ProvenPdf(sealed.data, {**report.to_json(), "address": address})


def check_lasting(
    data: bytes, anchors: Sequence[bytes], intermediates: Sequence[bytes], now: datetime, years: int = YEARS_FORESEEN
) -> Report:
    """Today's report on a file that will be accepted in ``years`` years too, if its time stamps are renewed in time.

    Every signature in it is B-LTA: its evidence is in the file and time-stamped. Raises Problem PROOF_FAILED with what
    is missing.
    """
    then = datetime.combine(add_years(now.date(), years), now.timetz())
    outlook = foresee(data, anchors, intermediates=intermediates, then=then, now=now)
    _refuse_unless_passed(outlook.today)
    for one in outlook.today.signatures:
        if one.level not in (PadesLevel.B_LTA, DOCUMENT_TIMESTAMP):
            raise _below(one.field, one.level, PadesLevel.B_LTA)
    if outlook.then.verdict is not Verdict.TOTAL_PASSED:
        raise _failed(
            f"预计 {years} 年后验签结果为 {outlook.then.verdict}（{outlook.then.reason}）",
            f"in {years} years validation would say {outlook.then.verdict}, {outlook.then.reason}",
        )
    return outlook.today


def _accepted(
    data: bytes, anchors: Sequence[bytes], intermediates: Sequence[bytes], now: datetime, *, lasting: bool
) -> Report:
    if lasting:
        return check_lasting(data, anchors, intermediates, now)
    report = validate(data, anchors, intermediates=intermediates, at=None, now=now)
    _refuse_unless_passed(report)
    return report


def _refuse_unless_passed(report: Report) -> None:
    if report.verdict is not Verdict.TOTAL_PASSED:
        raise _failed(
            f"验签结果为 {report.verdict}（{report.reason}）", f"validation says {report.verdict}, {report.reason}"
        )


def _require_code(data: bytes, address: str) -> None:
    """The code on each page says ``address``. Raises Problem PROOF_FAILED.

    Drawing a page costs a hundred times what the rest of the proof does, and what could hide or spoil a code lies in
    the template: its zones, its vector art, the size of a module. So the page is drawn, and the code read as a
    telephone would, for the first document of each template and edition in a process and for every ``DRAWN_EVERY``th
    after it; in between the code is read out of the 1-bit mask that the file paints. A mask that is not found where ours
    are, or does not say ``address``, decides nothing: then the page is drawn.
    """
    marks = _marks_of(data)
    if marks is not None and not _drawn.is_due(marks.edition) and set(marks.codes) == {address}:
        return
    for page, found in enumerate(read_qr_codes(data), 1):
        if found != (address,):
            raise _failed(
                f"第 {page} 页二维码无法读出或内容不符",
                f"the QR on page {page} cannot be read or does not say {address}",
            )


def _marks_of(data: bytes) -> Marks | None:
    try:
        return marks_of(data)
    except Exception:  # noqa: BLE001 - whatever keeps the masks from being found, the drawn page decides
        return None


class _Drawn:
    """How many documents of each template and edition this process has proven."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: Counter[str] = Counter()

    def is_due(self, edition: str) -> bool:
        """Whether the pages of this document are drawn; those of one that does not name its edition always are."""
        with self._lock:
            seen = self._seen[edition]
            self._seen[edition] += 1
        return not edition or seen % DRAWN_EVERY == 0


_drawn = _Drawn()


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


def _below(field: str, reached: str, asked: PadesLevel) -> Problem:
    return _failed(f"{field} 的签名等级为 {reached or '无'}，要求 {asked}", f"{field} is {reached or '-'}, not {asked}")


def _failed(zh: str, en: str) -> Problem:
    return Problem(
        "PROOF_FAILED",
        f"成品自检未通过：{zh}。文件未发布，已通知管理员。",
        f"Our own output did not prove: {en}. It is not published; the administrator has been told.",
        status=500,
    )
