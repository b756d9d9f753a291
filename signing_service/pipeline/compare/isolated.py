"""The caller's side of the comparison: asks a process that can be ended, and believes nothing of it unread."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from signing_service.domain.changes import MOST_PAGES, MOST_PICTURE_BYTES, Changes
from signing_service.domain.documents import sha256_of
from signing_service.pipeline import isolation
from signing_service.pipeline.compare.limits import CompareLimits

_MOST_ANSWER = 3 * (2 * MOST_PAGES * MOST_PICTURE_BYTES * 4 // 3 + 512 * 1024)
"""Bytes of three answers with as many pictures as there may be."""


def compare_isolated(
    data: bytes,
    anchors: Sequence[bytes],
    *,
    intermediates: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
    now: datetime,
    limits: CompareLimits | None = None,
) -> Changes:
    """What was changed in an altered file after the last version in it whose seals hold.

    Whatever the file does, the answer holds what was found until its process was ended; nothing is fetched. May be
    called from many threads. Raises Problem VALIDATOR_UNAVAILABLE when no process can be started at all.
    """
    limits = limits or CompareLimits()
    if len(data) > limits.process.max_bytes:
        return Changes(None)
    head = {
        "task": isolation.COMPARE,
        "limits": asdict(limits.process),
        "compare": {**asdict(limits), "process": None},
        "now": now.isoformat(),
    }
    lines = isolation.ask_for_lines(
        head, (anchors, intermediates, crls, (data,)), limits.process.seconds, most_bytes=_MOST_ANSWER
    )
    for line in reversed(lines):
        try:
            return _checked(Changes.from_json(json.loads(line)), data)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return Changes(None)


def _checked(changes: Changes, data: bytes) -> Changes:
    """The intact version is a beginning of the file, and has the name it is given."""
    intact = changes.intact
    if intact is not None and (
        not 0 < intact.length < len(data) or sha256_of(data[: intact.length]) != intact.sha256
    ):  # fmt: skip
        raise ValueError("no version of this file")
    return changes
