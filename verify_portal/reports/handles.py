"""For ten minutes the portal remembers what it found in a file, so that its reports can be fetched; never the file.

A handle cannot be guessed, is honoured for the client that uploaded and for nobody else, and lives in the memory of one
process: after its time, or when too many others came, the file has to be uploaded again.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from signing_service.domain.errors import Problem
from verify_portal.reports.checked import Checked

KEPT_FOR = timedelta(minutes=10)
MOST_KEPT = 300
MOST_OF_ONE_CLIENT = 60
"""A batch of fifty files, and some."""


@dataclass(slots=True)
class _Kept:
    client: str
    until: datetime
    checked: Checked
    sealed: bytes | None = None


class Handles:
    """Findings by handle, the oldest first. For many threads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def keep(self, client: str, checked: Checked) -> str:
        """A new handle."""
        handle = secrets.token_urlsafe(24)
        with self._lock:
            self._forget()
            own = [name for name, kept in self._kept.items() if kept.client == client]
            for name in own[: max(0, len(own) - MOST_OF_ONE_CLIENT + 1)]:
                del self._kept[name]
            while len(self._kept) >= MOST_KEPT:
                self._kept.popitem(last=False)
            self._kept[handle] = _Kept(client, self._now() + KEPT_FOR, checked)
        return handle

    def find(self, client: str, handle: str) -> Checked:
        """Raises Problem REPORT_GONE (410): unknown, of another client, or its time is over. One answer for the three."""
        return self._find(client, handle).checked

    def sealed(self, client: str, handle: str) -> bytes | None:
        """The sealed report of this finding, when one was made before."""
        return self._find(client, handle).sealed

    def put_sealed(self, client: str, handle: str, pdf: bytes) -> None:
        self._find(client, handle).sealed = pdf

    def _find(self, client: str, handle: str) -> _Kept:
        with self._lock:
            self._forget()
            kept = self._kept.get(handle)
        if kept is None or kept.client != client:
            raise Problem(
                "REPORT_GONE",
                "报告的下载时间已过，或者换了网络。请重新上传文件查验，再下载报告。",
                "This report is no longer kept, or your network has changed: upload the file again, then download it.",
                status=410,
            )
        return kept

    def _forget(self) -> None:
        now = self._now()
        while self._kept and next(iter(self._kept.values())).until <= now:
            self._kept.popitem(last=False)
