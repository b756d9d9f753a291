"""The last version of a file whose seals all hold: incremental updates leave it in the file, whole (ISO 32000-1, 7.5.6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from signing_service.domain.verdicts import Integrity, Report
from signing_service.pipeline.validate.scan import after_end_of_line

_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]")
_END = re.compile(rb"%%EOF")
Judge = Callable[[bytes], Report]


def last_intact(data: bytes, judge: Judge, most: int) -> tuple[int, Report] | None:
    """Length and report of the longest version, shorter than the file, that ``judge`` finds intact.

    Looked for at the ends that signatures claim to cover, the last first, and from there on over the updates that
    follow as long as they do no harm (validation data, say). At most ``most`` versions are judged in either
    direction; None when none of them is intact.
    """
    covered = sorted({end for end in _covered_ends(data) if end < len(data)}, reverse=True)
    best = _first_intact(data, covered[:most], judge)
    if best is None:
        return None
    for end in [end for end in _revision_ends(data) if best[0] < end < len(data)][:most]:
        report = judge(data[:end])
        if report.integrity is not Integrity.INTACT:
            break
        best = end, report
    return best


def _first_intact(data: bytes, ends: Iterable[int], judge: Judge) -> tuple[int, Report] | None:
    for end in ends:
        report = judge(data[:end])
        if report.integrity is Integrity.INTACT:
            return end, report
    return None


def _covered_ends(data: bytes) -> Iterable[int]:
    for match in _BYTE_RANGE.finditer(data):
        _, second, rest = (int(number) for number in match.groups())
        if 0 < second + rest <= len(data):
            yield second + rest


def _revision_ends(data: bytes) -> Iterable[int]:
    """Behind each end mark and the one end of line after it."""
    for match in _END.finditer(data):
        yield after_end_of_line(data, match.end())
