"""A file that we issued ourselves is known by its hash: what its bytes say was read once and need not be read again.

Only the bytes are remembered, never a verdict on a signer beyond its day: the same judgment stands while nothing it
rests on has changed. With another CRL, another anchor, or a cert or a piece of evidence that begins or ends its term,
it is made anew from what was read; so a cert that was revoked a second ago is told as on the full way.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from signing_service.domain.verdicts import Integrity, Report, SignatureVerdict, Trust, Verdict
from signing_service.pipeline.validate.limits import Limits
from signing_service.pipeline.validate.own_file import OwnFile, judge_own, read_own, turning_points
from signing_service.pipeline.validate.own_signers import Believed
from signing_service.pipeline.validate.sentences import SENTENCES, Reason

MOST_FILES = 256
"""Of which each takes some 20 kB of memory."""

_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Entry:
    own: OwnFile
    believed: Believed | None = None
    """With whom the report was made, and when."""
    since: datetime = _BEGINNING
    until: datetime = _BEGINNING
    """Between these two, both excluded, the report stands."""
    report: Report | None = None


class KnownFiles:
    """The files of ours that were asked about lately. Safe for threads."""

    def __init__(self, most: int = MOST_FILES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def report(self, data: bytes, sha256: str, believed: Believed, limits: Limits) -> Report | None:
        """The report on a file whose hash is ``sha256`` and which the caller knows to be ours, byte for byte.

        None where not every signature passes, or the file is not written as ours are today: then it is validated.
        """
        entry = self._entry(data, sha256, limits)
        if entry is None:
            return None
        if _stands(entry, believed):
            return entry.report
        verdicts = judge_own(entry.own, believed, limits)
        if verdicts is None:
            return None
        report = passed(verdicts, sha256)
        points = turning_points(entry.own, believed)
        with self._lock:
            entry.believed, entry.report = believed, report
            entry.since = max((point for point in points if point <= believed.at), default=believed.at)
            entry.until = min((point for point in points if point >= believed.at), default=believed.at)
        return report

    def _entry(self, data: bytes, sha256: str, limits: Limits) -> _Entry | None:
        with self._lock:
            if sha256 in self._entries:
                self._entries.move_to_end(sha256)
                return self._entries[sha256]
        own = read_own(data, limits)
        if own is None or own.sha256 != sha256:
            return None
        with self._lock:
            self._entries[sha256] = entry = _Entry(own)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)
        return entry


def _stands(entry: _Entry, believed: Believed) -> bool:
    made_with, at = entry.believed, believed.at
    return (
        made_with is not None
        and entry.since < at < entry.until
        # CRLs and anchors are the same objects while nothing changed, and are then not compared byte by byte
        and made_with == replace(believed, at=made_with.at)
    )


def passed(verdicts: tuple[SignatureVerdict, ...], sha256: str) -> Report:
    """The report on a file of which every signature passes."""
    sentence = SENTENCES[Reason.GENUINE]
    genuine = (Verdict.TOTAL_PASSED, Integrity.INTACT, Trust.TRUSTED, Reason.GENUINE.value, sentence)
    return Report(*genuine, verdicts, sha256)
