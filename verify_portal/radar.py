"""Where the portal writes down what looks like a forgery: a file that only grows, without a name or an address of anybody.

The portal has no write access to the register, so the service reads the file (``signing-service radar``). A client is
known by a keyed hash whose key is thrown away with the day and the process: the same one can be told from another, and
nobody can be found by it.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from signing_service.domain.codes import CheckCode, PublicCode
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.radar import Signal, SignalKind
from signing_service.domain.verdicts import Integrity, Report
from verify_portal.answers import ALARM

SIGNALS = "signals.jsonl"
LARGEST = 16 * 1024 * 1024
"""Past this size the file is put aside as ``signals.old.jsonl``, and the one before it is gone."""

_OFFICES = frozenset({SignatoryRole.AUTHORITY.value, SignatoryRole.PLATFORM.value})
_SAME_AGAIN = timedelta(minutes=1)
_REMEMBERED = 10_000

log = logging.getLogger("verify_portal.radar")


class Radar:
    """Writes signals below ``folder``; where that cannot be written, a warning in the log is all there is."""

    def __init__(self, folder: Path | None, now: Callable[[], datetime]) -> None:
        self._file = folder / SIGNALS if folder else None
        self._now = now
        self._writing = threading.Lock()
        self._day: date | None = None
        self._key = b""
        self._lately: OrderedDict[tuple[str, str, str], datetime] = OrderedDict()

    def tell(self, kind: SignalKind, about: str, client: str = "", evidence: Mapping[str, str] | None = None) -> None:
        """Never raises: an answer is not held up by what is noted beside it."""
        now = self._now()
        signal = Signal(now, kind, about, self._hashed(client, now.date()), evidence)
        if self._was_told_lately(signal):
            return
        log.warning("%s", kind)
        if self._file is None:
            return
        line = json.dumps(signal.to_json(), ensure_ascii=False, separators=(",", ":")) + "\n"
        try:
            with self._writing:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                if self._file.exists() and self._file.stat().st_size > LARGEST:
                    self._file.replace(self._file.with_suffix(".old.jsonl"))
                with self._file.open("a", encoding="utf-8") as signals:
                    signals.write(line)
        except OSError:
            log.warning("signals cannot be kept")

    def _was_told_lately(self, signal: Signal) -> bool:
        """The same from the same client once a minute, so that nobody fills the file."""
        same = (str(signal.kind), signal.about, signal.client)
        told = self._lately.get(same)
        if told is not None and signal.at - told < _SAME_AGAIN:
            return True
        self._lately[same] = signal.at
        self._lately.move_to_end(same)
        while len(self._lately) > _REMEMBERED:
            self._lately.popitem(last=False)
        return False

    def _hashed(self, client: str, day: date) -> str:
        if not client:
            return ""
        if day != self._day:
            self._day, self._key = day, secrets.token_bytes(32)
        return hmac.new(self._key, client.encode(), hashlib.sha256).hexdigest()[:16]


def read_signals(folder: Path) -> Iterator[Signal]:
    """Everything that was written down, in order; a line that cannot be read is passed over."""
    for file in (folder / "signals.old.jsonl", folder / SIGNALS):
        if not file.exists():
            continue
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    yield Signal.from_json(json.loads(line))
                except (ValueError, KeyError, TypeError, AttributeError):
                    continue


def could_be_ours(code: str) -> bool:
    """Whether a code has the form of one of ours: what was mistyped says nothing of forgers."""
    for kind in (PublicCode, CheckCode):
        try:
            kind.parse(code)
        except Problem:
            continue
        return True
    return False


def is_own_network(host: str) -> bool:
    """A name or address under which nobody outside can be served: this machine, a private network, a bare name."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host


def of_file(report: Report, own_certs: Collection[str]) -> tuple[SignalKind, dict[str, str]] | None:
    """What an uploaded file says of forgers, with its evidence; None for a file that says nothing of them.

    Of those who sealed it the offices alone are named, never a person.
    """
    ours = [one for one in report.signatures if one.cert_sha256 in own_certs]
    offices = [one for one in ours if one.role in _OFFICES]
    evidence = {"reason": str(report.reason)}
    if offices:
        evidence |= {"sealed_by": offices[0].signer, "sealed_at": offices[0].signed_at}
    if report.reason == ALARM:
        return SignalKind.NOT_IN_REGISTER, evidence
    if ours and report.integrity in (Integrity.CHANGED, Integrity.BROKEN):
        return SignalKind.ALTERED_FILE, evidence
    return None
