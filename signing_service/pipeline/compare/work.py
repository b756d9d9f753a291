"""The comparison itself, as it runs in a process that may be ended at any moment: what is known so far is said at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import pikepdf
import pypdfium2

from signing_service.domain.changes import MOST_CHANGES, WEIGHT, Change, ChangeKind, Changes, IntactRevision
from signing_service.domain.documents import sha256_of
from signing_service.domain.verdicts import Report
from signing_service.pipeline.compare.limits import CompareLimits
from signing_service.pipeline.compare.objects import TooMuchError, changes_in_words
from signing_service.pipeline.compare.pages import looks
from signing_service.pipeline.compare.revisions import last_intact
from signing_service.pipeline.validate import validate

_BY_PAGE_NUMBER = frozenset({ChangeKind.PAGE_CONTENT, ChangeKind.PAGE_RESOURCES, ChangeKind.PAGE_SHAPE})


def compare(
    data: bytes,
    anchors: Sequence[bytes],
    *,
    intermediates: Sequence[bytes],
    crls: Sequence[bytes],
    now: datetime,
    limits: CompareLimits,
) -> Iterator[Changes]:
    """What is known after each of the three parts: the intact version, the changes in words, the pages.

    Each answer holds all of the one before it. Whatever the file does to a parser, that part stays empty.
    """

    def judge(version: bytes) -> Report:
        return validate(
            version, anchors, intermediates=intermediates, crls=crls, now=now, limits=limits.process
        )  # fmt: skip

    found = last_intact(data, judge, limits.max_versions)
    if found is None:
        yield Changes(None)
        return
    length, report = found
    before = data[:length]
    told: tuple[Change, ...] = (Change(ChangeKind.DATA_APPENDED, subject=f"{len(data) - length:,}"),)
    so_far = Changes(
        IntactRevision(length, sha256_of(before), report.verdict, report.trust, report.reason), changes=told
    )
    yield so_far
    told = (*_in_words(before, data, limits), *told)
    so_far = replace(so_far, changes=told)
    yield so_far
    yield _with_looks(so_far, before, data, limits)


def _in_words(before: bytes, after: bytes, limits: CompareLimits) -> tuple[Change, ...]:
    try:
        return changes_in_words(before, after, max_nodes=limits.max_nodes, max_pages=limits.max_pages)
    except (TooMuchError, RecursionError, MemoryError):
        return ()
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, NotImplementedError):
        # a stranger's objects may be of any wrong kind; that the file was changed is told already, and its looks follow
        return ()


def _with_looks(so_far: Changes, before: bytes, after: bytes, limits: CompareLimits) -> Changes:
    try:
        seen = looks(before, after, limits)
        rebuilt = not seen.pages_changed and seen.pages_before == seen.pages_after
        if rebuilt:
            seen = looks(before, as_rebuilt(after), limits)
    except (pypdfium2.PdfiumError, MemoryError, ValueError, OSError):
        return so_far
    told = so_far.changes
    if seen.changes:
        # page by page in words means nothing once pages have other numbers
        told = tuple(change for change in told if change.kind not in _BY_PAGE_NUMBER)
    changes = sorted({*told, *seen.changes}, key=lambda one: (WEIGHT[one.kind], one.page, one.subject))
    return replace(
        so_far,
        changes=tuple(changes[:MOST_CHANGES]),
        pages=seen.pages,
        pages_changed=seen.pages_changed,
        pages_before=seen.pages_before,
        pages_after=seen.pages_after,
        looked_at=True,
        all_pages=seen.all_pages,
        rebuilt=rebuilt and bool(seen.pages_changed),
    )


def as_rebuilt(data: bytes) -> bytes:
    """The file as readers take it that trust no pointer of it and gather its objects anew, the last of a number
    winning: an attacker may append a page that no table names (Mladenov et al., CCS 2019).
    """
    return data.replace(b"startxref", b"startxxxx")
