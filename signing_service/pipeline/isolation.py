"""A stranger's file is looked at in a process of its own, which may die without anybody noticing.

One host process imports the verifier once and forks a child for every file; the child has limits on memory, CPU
time, wall-clock time, files and processes, no network where the system allows that to be taken away, none of our
secrets in its environment, and hands back JSON and nothing else. The host is a plain subprocess and not a
``multiprocessing`` one: those import the caller's main module again for every file, and Celery's workers may not
have them.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import logging
import math
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from signing_service.domain.documents import sha256_of
from signing_service.domain.errors import Problem
from signing_service.domain.verdicts import Report
from signing_service.pipeline.attachment import ORDINARY, AttachmentProblem, Demands, Examined, examine, refused_at_once
from signing_service.pipeline.paper import PaperPicture, PaperProblem, read_paper
from signing_service.pipeline.validate import (
    Limits,
    Reason,
    for_experts,
    gather,
    given_up,
    refusal,
    validate,
    with_register,
)
from signing_service.pipeline.validate.known import KnownFiles
from signing_service.pipeline.validate.own_signers import Believed
from signing_service.pipeline.validate.signers import Basis

PAPER, COMPARE, ATTACHMENT = "paper", "compare", "attachment"
"""The tasks of reading a picture, of comparing, and of looking at an attachment; any other job is a validation."""

_known = KnownFiles()
_HEADER = struct.Struct("!I")
_READY = b"R"
_JOB = b"J"
_GRACE_SECONDS = 1.0
"""The child ends itself; this much later its silence is taken for its end."""
_START_SECONDS = 60.0
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_FALLBACK_ADDRESS_SPACE = 1024 * 1024 * 1024
_IMPORTED_LATE = (
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "lxml.etree",
    "pyhanko.pdf_utils.filters",
    "cryptography.hazmat.backends.openssl.backend",
    "signing_service.pipeline.compare.work",
)
"""What is imported only with the first file; the host does it once instead of every child."""
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


def validate_isolated(
    data: bytes,
    anchors: Sequence[bytes],
    *,
    intermediates: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
    at: datetime | None = None,
    now: datetime,
    register: Callable[[str], bool] | None = None,
    own_certs: Collection[str] = (),
    limits: Limits | None = None,
    evidence: bool = False,
    then: datetime | None = None,
) -> Report:
    """``validate`` in a process that is ended at its limits; ``register`` is asked here, not there.

    A file that ``register`` knows is no stranger's: it is ours byte for byte, and is read here (``validate.known``).
    ``evidence``: the report also tells what the signatures are made of (``validate.gather``).

    Whatever the file does, the answer is a report: VALIDATION_TIMEOUT when time was up, TOO_COMPLEX when memory was
    or the process died. May be called from many threads. Raises Problem VALIDATOR_UNAVAILABLE when no process can be
    started at all, ValueError for an anchor, intermediate or CRL of the caller that is not DER.
    """
    limits = limits or Limits()
    asked = None
    if register is not None:
        sha256 = sha256_of(data)
        is_ours = len(data) <= limits.max_bytes and register(sha256)
        asked = lambda _: is_ours  # noqa: E731 - it is asked once a file
        believed = Believed(tuple(anchors), tuple(intermediates), tuple(crls), at or now)
        known = _known.report(data, sha256, believed, limits) if is_ours else None
        if known is not None:
            known = _with_more(
                known, data, anchors, intermediates, crls, at=at or now, then=then, limits=limits, evidence=evidence
            )
            return with_register(known, asked, own_certs)
    refused = refusal(data, limits)
    if refused is not None:
        return given_up(data, refused)
    Basis.of(anchors, intermediates, crls, at or now, limits)
    head = {
        "limits": asdict(limits),
        "evidence": evidence,
        "at": at.isoformat() if at else None,
        "now": now.isoformat(),
        "then": then.isoformat() if then else None,
        "sizes": [[len(part) for part in parts] for parts in (anchors, intermediates, crls)] + [[len(data)]],
    }
    began = time.monotonic()
    answer = _report_of(_ask(_message(head, [*anchors, *intermediates, *crls, data]), limits.seconds))
    if answer is None:
        late = time.monotonic() - began >= limits.seconds
        return given_up(data, Reason.VALIDATION_TIMEOUT if late else Reason.TOO_COMPLEX)
    return with_register(answer, asked, own_certs)


def read_paper_isolated(data: bytes, limits: Limits | None = None) -> PaperPicture:
    """``paper.read_paper`` in such a process; a picture that takes too long or too much is PICTURE_TOO_LARGE.

    Raises Problem VALIDATOR_UNAVAILABLE as ``validate_isolated`` does.
    """
    limits = limits or Limits()
    head = {"task": PAPER, "limits": asdict(limits), "sizes": [[len(data)]]}
    answer = _ask(_message(head, [data]), limits.seconds)
    try:
        return PaperPicture.from_json(answer or {})
    except (ValueError, KeyError, TypeError):
        return PaperPicture(problem=PaperProblem.TOO_LARGE)


def examine_isolated(data: bytes, limits: Limits | None = None, demands: Demands = ORDINARY) -> Examined:
    """``attachment.examine`` in such a process; what takes too long or too much is refused by its size.

    Raises Problem VALIDATOR_UNAVAILABLE as ``validate_isolated`` does.
    """
    if problem := refused_at_once(data, demands):
        return Examined(problem=problem)
    limits = limits or Limits()
    head = {"task": ATTACHMENT, "limits": asdict(limits), "sizes": [[len(data)]], "demands": asdict(demands)}
    try:
        return Examined.from_json(_ask(_message(head, [data]), limits.seconds) or {})
    except (ValueError, KeyError, TypeError):
        return Examined(problem=AttachmentProblem.SIZE)


def _message(head: dict[str, Any], parts: Sequence[bytes]) -> bytes:
    text = json.dumps(head).encode()
    return b"".join((_HEADER.pack(len(text)), text, *parts))


def _ask(message: bytes, seconds: float) -> dict[str, Any] | None:
    """The answer of a fresh child; None when it did not answer in time or at all."""
    with _hosts.open_child() as channel:
        channel.settimeout(seconds + _GRACE_SECONDS)
        try:
            channel.sendall(message)
            channel.shutdown(socket.SHUT_WR)
            answer = _read_until(channel, time.monotonic() + seconds + _GRACE_SECONDS)
            read = json.loads(_last_line(answer))
        except (OSError, ValueError):
            return None
        return read if isinstance(read, dict) else None


def _report_of(answer: dict[str, Any] | None) -> Report | None:
    try:
        return Report.from_json(answer) if answer else None
    except (ValueError, KeyError, TypeError):
        return None


def _read_until(channel: socket.socket, deadline: float) -> bytes:
    """What the child says until it is silent or time is up."""
    said = b""
    with contextlib.suppress(OSError):
        while True:
            channel.settimeout(max(deadline - time.monotonic(), 0.01))
            part = channel.recv(1 << 20)
            if not part:
                break
            said += part
    return said


def _last_line(said: bytes) -> bytes:
    """The verdict is said first and once more with what experts want: what they want costs nobody the verdict."""
    return said.rpartition(b"\n")[0].rpartition(b"\n")[2]


def _read_all(channel: socket.socket) -> bytes:
    parts: list[bytes] = []
    while True:
        part = channel.recv(1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)


def ask_for_lines(
    head: dict[str, Any], parts: Sequence[Sequence[bytes]], seconds: float, *, most_bytes: int
) -> list[bytes]:
    """The whole lines that a fresh child gave until it ended, its time was up or it had said ``most_bytes``.

    ``head`` says what is to be done with ``parts``, as ``_serve_one`` reads it. Raises as ``validate_isolated``.
    """
    head = {**head, "sizes": [[len(part) for part in row] for row in parts]}
    deadline = time.monotonic() + seconds + _GRACE_SECONDS
    heard = bytearray()
    with _hosts.open_child() as channel, contextlib.suppress(OSError):
        channel.settimeout(seconds + _GRACE_SECONDS)
        channel.sendall(_message(head, [part for row in parts for part in row]))
        channel.shutdown(socket.SHUT_WR)
        while len(heard) < most_bytes:
            channel.settimeout(max(deadline - time.monotonic(), 0.01))
            part = channel.recv(1 << 20)
            if not part:
                break
            heard += part
    return bytes(heard).split(b"\n")[:-1]


class _Host:
    """The caller's side of the host process."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "signing_service.pipeline.isolation", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env=_clean_environment(),
            )
        self._control = ours
        self._lock = threading.Lock()
        ours.settimeout(_START_SECONDS)
        try:
            started = ours.recv(1) == _READY
        except OSError:
            started = False
        if not started:
            self.close()
            raise Problem(
                "VALIDATOR_UNAVAILABLE",
                "核验服务暂不可用，请稍后再试。",
                "The validation service is not available at present: try again later.",
                status=503,
            )

    def open_child(self) -> socket.socket:
        """A connection to a new child. Raises OSError when the host is gone."""
        ours, theirs = socket.socketpair()
        try:
            with theirs, self._lock:
                socket.send_fds(self._control, [_JOB], [theirs.fileno()])
        except OSError:
            ours.close()
            raise
        return ours

    def close(self) -> None:
        self._control.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def abandon(self) -> None:
        """After a fork: the host stays the parent's."""
        self._control.close()
        self._process.returncode = 0


class _Hosts:
    """The one host of this process, started when first needed and again when it has died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current: _Host | None = None

    def open_child(self) -> socket.socket:
        with self._lock:
            if self._current is not None:
                try:
                    return self._current.open_child()
                except OSError:
                    self._current.close()
            self._current = _Host()
            return self._current.open_child()

    def close(self) -> None:
        with self._lock:
            if self._current is not None:
                self._current.close()
                self._current = None

    def after_fork(self) -> None:
        self._lock = threading.Lock()
        if self._current is not None:
            self._current.abandon()
            self._current = None


_hosts = _Hosts()
atexit.register(_hosts.close)
os.register_at_fork(after_in_child=_hosts.after_fork)


def _clean_environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ", "TZDIR") if name in os.environ}
    return kept | {"PYTHONPATH": str(_PACKAGE_ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


# ---- the host's side


def serve(control_number: int) -> None:
    """Fork a child for every connection that arrives, until the caller is gone."""
    control = socket.socket(fileno=control_number)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # what libraries have to say of hostile files the report says already
    logging.disable(logging.CRITICAL)
    _leave_the_network()
    for module in _IMPORTED_LATE:
        importlib.import_module(module)
    gc.freeze()
    control.sendall(_READY)
    while True:
        message, numbers, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        for number in numbers:
            if os.fork() == 0:
                _serve_one(control, number)
            os.close(number)


def _serve_one(control: socket.socket, number: int) -> None:
    """The life of a child; it never returns."""
    try:
        control.close()
        with socket.socket(fileno=number) as channel:
            head, blobs = _read_job(channel)
            limits = Limits(**head["limits"])
            _confine(limits)
            match head.get("task"):
                case "compare":
                    _compare(channel, head, limits, blobs)
                case "paper":
                    channel.sendall(_line(_read_paper(blobs)))
                case "attachment":
                    channel.sendall(_line(_examined(head, blobs)))
                case _:
                    for report in _validated(head, blobs, limits):
                        channel.sendall(_line(report.to_record()))
    finally:
        os._exit(0)


def _validated(head: dict[str, Any], blobs: list[list[bytes]], limits: Limits) -> Iterator[Report]:
    """The verdict, and where more was asked for the verdict once more with all of it."""
    anchors, intermediates, crls, (data,) = blobs
    now = datetime.fromisoformat(head["now"])
    at = datetime.fromisoformat(head["at"]) if head["at"] else now
    report = validate(data, anchors, intermediates=intermediates, crls=crls, at=at, now=now, limits=limits)
    yield report
    then = datetime.fromisoformat(head["then"]) if head["then"] else None
    yield _with_more(
        report, data, anchors, intermediates, crls, at=at, then=then, limits=limits, evidence=head["evidence"]
    )


def _with_more(
    report: Report,
    data: bytes,
    anchors: Sequence[bytes],
    intermediates: Sequence[bytes],
    crls: Sequence[bytes],
    *,
    at: datetime,
    then: datetime | None,
    limits: Limits,
    evidence: bool,
) -> Report:
    """What the signatures are made of, and what experts want to see, where it was asked for."""
    if evidence:
        report = replace(report, evidence=gather(data, anchors, intermediates=intermediates, limits=limits))
    if then is None:
        return report
    return for_experts(report, data, anchors, intermediates=intermediates, crls=crls, at=at, then=then, limits=limits)


def _read_paper(blobs: list[list[bytes]]) -> dict[str, Any]:
    ((data,),) = blobs
    return read_paper(data).to_json()


def _examined(head: dict[str, Any], blobs: list[list[bytes]]) -> dict[str, Any]:
    ((data,),) = blobs
    return examine(data, Demands(**head["demands"])).to_json()


def _compare(channel: socket.socket, head: dict[str, Any], limits: Limits, blobs: list[list[bytes]]) -> None:
    """What is known so far goes out at once, a line each time: a page that kills the drawing costs only the pictures."""
    # imported by the host already; that module asks this one, so it cannot be named above
    from signing_service.pipeline.compare.limits import CompareLimits
    from signing_service.pipeline.compare.work import compare

    anchors, intermediates, crls, (data,) = blobs
    for changes in compare(
        data,
        anchors,
        intermediates=intermediates,
        crls=crls,
        now=datetime.fromisoformat(head["now"]),
        limits=CompareLimits(**{**head["compare"], "process": limits}),
    ):
        channel.sendall(json.dumps(changes.to_json(pictures=True)).encode() + b"\n")


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told).encode() + b"\n"


def _read_job(channel: socket.socket) -> tuple[dict[str, Any], list[list[bytes]]]:
    message = _read_all(channel)
    (size,) = _HEADER.unpack_from(message)
    head = json.loads(message[_HEADER.size : _HEADER.size + size])
    position = _HEADER.size + size
    blobs = []
    for sizes in head["sizes"]:
        row = []
        for length in sizes:
            row.append(message[position : position + length])
            position += length
        blobs.append(row)
    return head, blobs


def _confine(limits: Limits) -> None:
    """From here on this process can do nothing but compute, and not for long.

    The alarm is not handled in Python: the kernel ends the process, whatever C code it is in.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    seconds = math.ceil(limits.seconds)
    _limit(resource.RLIMIT_CPU, seconds, seconds + 1)
    _limit(resource.RLIMIT_CORE, 0, 0)
    _limit(resource.RLIMIT_FSIZE, 0, 0)
    _limit(resource.RLIMIT_NPROC, 0, 0)
    space = _address_space() + limits.memory_bytes
    _limit(resource.RLIMIT_AS, space, space)


def _limit(which: int, soft: int, hard: int) -> None:
    # macOS knows these limits and refuses some values
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (soft, hard))


def _address_space() -> int:
    """What the interpreter with the verifier takes already, in bytes."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return _FALLBACK_ADDRESS_SPACE
    return pages * resource.getpagesize()


def _leave_the_network() -> None:
    """Into a network namespace with nothing in it: where the kernel has them and permits it, else nothing happens."""
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    if unshare is None:
        return
    if unshare(_CLONE_NEWNET) != 0:
        unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
