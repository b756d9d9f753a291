"""What this service has signed, in a file of its own: who owns a key can say what was done with it without asking anybody.

A line is written, and safe on the disk, before the key is asked, and another when it has signed. Each holds the hash of
the line before, so that a line which is changed, left out or moved is found.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

FIRST = "0" * 64
"""What the first line names as the line before."""
LONGEST_LINE = 1 << 20


class Journal:
    """An append-only file of JSON lines ``{at, outcome, client, credential, hashes, before}``; safe for threads and processes."""

    def __init__(self, file: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.file = file
        self._clock = clock
        self._writing = threading.Lock()

    def write(self, outcome: str, client: str, credential: str, digests: Sequence[bytes]) -> None:
        """On the disk when this returns. Raises OSError, and then nothing may be signed."""
        told = {
            "at": self._clock().isoformat(timespec="milliseconds"),
            "outcome": outcome,
            "client": client,
            "credential": credential,
            "hashes": [digest.hex() for digest in digests],
        }
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self._writing, self.file.open("ab+") as journal:
            fcntl.flock(journal, fcntl.LOCK_EX)
            told["before"] = _hash_of_last(journal.fileno())
            journal.write(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            journal.flush()
            os.fsync(journal.fileno())


def first_broken_line(file: Path) -> int | None:
    """The number, from 1, of the first line that does not follow the one before it; None when all do."""
    before = FIRST
    with file.open("rb") as journal:
        for number, line in enumerate(journal, 1):
            try:
                told = json.loads(line)
            except ValueError:
                return number
            if not isinstance(told, dict) or told.get("before") != before:
                return number
            before = hashlib.sha256(line).hexdigest()
    return None


def _hash_of_last(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, LONGEST_LINE, max(0, size - LONGEST_LINE))
    if not tail:
        return FIRST
    # a line that a power cut left unfinished is a line of its own, and shows as broken
    last = tail[tail.rfind(b"\n", 0, len(tail) - 1) + 1 :]
    if not last.endswith(b"\n"):
        os.write(descriptor, b"\n")
        last += b"\n"
    return hashlib.sha256(last).hexdigest()
