"""The file's verdict out of what was found in it: the worst of its signatures, and nothing left over."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Collection, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from pyhanko.pdf_utils.reader import PdfFileReader

from signing_service.domain.documents import sha256_of
from signing_service.domain.verdicts import DOCUMENT_TIMESTAMP, Integrity, Report, Trust, Verdict
from signing_service.pipeline.validate import scan, tuning  # noqa: F401 - tuning: for what it does to the libraries
from signing_service.pipeline.validate.known import passed
from signing_service.pipeline.validate.limits import Limits
from signing_service.pipeline.validate.own_file import OwnFile, judge_own, read_own
from signing_service.pipeline.validate.sentences import SENTENCES, WEIGHT, Reason
from signing_service.pipeline.validate.signatures import Candidate, Finding, candidate, findings
from signing_service.pipeline.validate.signers import Basis
from signing_service.pipeline.validate.structure import (
    TooComplexError,
    ends_as_signed,
    filled_signature_fields,
    is_shown_otherwise,
)

T = TypeVar("T")
MOST_TRACES = 8
"""Traces that one signature may leave in the raw bytes; four or five are usual."""


def validate(
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
) -> Report:
    """Validate every signature of a PDF and say what follows.

    ``anchors``, ``intermediates``: certs, DER. ``crls``: revocation lists of our own store, DER; one that speaks of
    a signer binds, and a stale one makes the verdict INDETERMINATE. ``at`` asks for another time than ``now``.
    ``register`` tells whether we issued the file with this SHA-256 (hex); it is asked when the last signer is one of
    ``own_certs`` (SHA-256 of DER, hex). Never raises for what is in ``data``; raises ValueError for an anchor,
    intermediate or CRL of the caller that is not DER.

    A flip of any byte that a signature covers gives TOTAL_FAILED.
    """
    limits = limits or Limits()
    basis = Basis.of(anchors, intermediates, crls, at or now, limits)
    try:
        report = _validated(data, basis, limits)
    except TooComplexError:
        report = given_up(data, Reason.TOO_COMPLEX)
    except (MemoryError, RecursionError):
        report = given_up(data, Reason.TOO_COMPLEX)
    except Exception:  # noqa: BLE001 - a hostile file raises errors of every class, in every library: all mean "cannot be followed"
        report = given_up(data, Reason.STRUCTURE_DAMAGED)
    return with_register(report, register, own_certs)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a file is worth today, and what it will be worth."""

    today: Report
    then: Report


def foresee(
    data: bytes, anchors: Sequence[bytes], *, intermediates: Sequence[bytes] = (), then: datetime, now: datetime
) -> Outlook:
    """Today's report, and that of the day ``then`` for a file whose time stamps are renewed in time from today on.

    The one thing taken for granted is a document time stamp made ``now`` over the file and kept up since; whatever
    else the file will need has to be in it. Raises as ``validate`` does.
    """
    limits = Limits()
    today, later = (Basis.of(anchors, intermediates, (), at, limits) for at in (now, then))
    try:
        refused = refusal(data, limits)
        if refused is not None:
            return Outlook(*[given_up(data, refused)] * 2)
        own = read_own(data, limits)
        if own is not None:
            quick, lasting = _passed(own, today), _passed(own, later, renewed_at=now)
            if quick is not None and lasting is not None:
                return Outlook(quick, lasting)
        examined = _examined(data, limits)
        if isinstance(examined, Report):
            return Outlook(examined, examined)
        return Outlook(_judged(examined, today), _judged(examined, later, renewed_at=now))
    except (TooComplexError, MemoryError, RecursionError):
        report = given_up(data, Reason.TOO_COMPLEX)
    except Exception:  # noqa: BLE001 - as in ``validate``
        report = given_up(data, Reason.STRUCTURE_DAMAGED)
    return Outlook(report, report)


def with_register(report: Report, register: Callable[[str], bool] | None, own_certs: Collection[str]) -> Report:
    """Sealed with a key of ours but not issued by us is an alarm, whatever the signatures say.

    For our own documents the register's exact bytes are the strongest check there is.
    """
    signers = [one for one in report.signatures if one.level != DOCUMENT_TIMESTAMP]
    if register is None or not signers or signers[-1].cert_sha256 not in own_certs:
        return report
    if register(report.sha256):
        if report.verdict is not Verdict.TOTAL_PASSED:
            return replace(report, notes=(*report.notes, Reason.GENUINE_REGISTERED.value))
        return _said(report, Reason.GENUINE_REGISTERED, (*report.notes, report.reason))
    if report.verdict is Verdict.TOTAL_FAILED:
        return replace(report, notes=(Reason.NOT_IN_REGISTER.value, *report.notes))
    alarmed = replace(report, verdict=Verdict.INDETERMINATE)
    return _said(alarmed, Reason.NOT_IN_REGISTER, (*report.notes, report.reason))


def given_up(data: bytes, reason: Reason) -> Report:
    """The report on a file that could not be followed to the end.

    Broken when it bears traces of a signature, else unreadable; one that was not opened at all is unreadable.
    """
    if reason is not Reason.TOO_LARGE and (scan.bears_a_signature(data) or scan.was_ready_to_sign(data)):
        return _report(data, Verdict.TOTAL_FAILED, Integrity.BROKEN, Trust.UNKNOWN, reason)
    said = Reason.NOT_A_PDF if reason is Reason.STRUCTURE_DAMAGED else reason
    return _report(data, Verdict.INDETERMINATE, Integrity.UNREADABLE, Trust.UNKNOWN, said)


@dataclass(frozen=True, slots=True)
class _Examined:
    """A file, read, and what can be said of it before anybody is asked whom to believe."""

    data: bytes
    reader: PdfFileReader
    candidates: tuple[Candidate, ...]
    suspects: frozenset[int]
    alarms: tuple[tuple[Integrity, Reason], ...]


def _validated(data: bytes, basis: Basis, limits: Limits) -> Report:
    refused = refusal(data, limits)
    if refused is not None:
        return given_up(data, refused)
    own = read_own(data, limits)
    quick = _passed(own, basis) if own is not None else None
    return quick or validated_in_full(data, basis, limits)


def _passed(own: OwnFile, basis: Basis, renewed_at: datetime | None = None) -> Report | None:
    """The report on a file of ours of which every signature passes; None is no verdict."""
    verdicts = judge_own(own, basis.believed, basis.limits, renewed_at)
    return passed(verdicts, own.sha256) if verdicts is not None else None


def validated_in_full(data: bytes, basis: Basis, limits: Limits) -> Report:
    """The way of every file that is not written as ours are, or of which not every signature passes."""
    examined = _examined(data, limits)
    return examined if isinstance(examined, Report) else _judged(examined, basis)


def _judged(examined: _Examined, basis: Basis, renewed_at: datetime | None = None) -> Report:
    found = _run(findings(examined.reader, examined.candidates, basis, examined.suspects, renewed_at))
    return _combined(examined.data, found, examined.alarms)


def refusal(data: bytes, limits: Limits) -> Reason | None:
    """Why a file is not given to any parser; None when it is."""
    if len(data) > limits.max_bytes:
        return Reason.TOO_LARGE
    if not scan.is_pdf(data) or scan.end_of_last_revision(data) == 0:
        return Reason.STRUCTURE_DAMAGED
    return Reason.TOO_COMPLEX if scan.is_too_complex(data, limits) else None


def _examined(data: bytes, limits: Limits) -> _Examined | Report:
    end = scan.end_of_last_revision(data)
    # readers look for the end mark in the last kilobyte only; what hides it is looked at without the parser
    readable = data if len(data) - end <= scan.EOF_SEARCH else data[: scan.after_end_of_line(data, end)]
    reader = PdfFileReader(io.BytesIO(readable))
    if reader.total_revisions > limits.max_revisions:
        raise TooComplexError
    if reader.encrypt_dict is not None:
        return _report(data, Verdict.INDETERMINATE, Integrity.UNREADABLE, Trust.UNKNOWN, Reason.ENCRYPTED)
    fields = filled_signature_fields(reader, limits)
    if len(fields) > limits.max_signatures:
        raise TooComplexError
    candidates = tuple(candidate(readable, reader, found) for found in fields)
    traces = scan.signature_traces(data)
    if len(traces) > MOST_TRACES * limits.max_signatures:
        raise TooComplexError
    if not candidates and not traces:
        return _report(data, Verdict.INDETERMINATE, Integrity.UNREADABLE, Trust.UNKNOWN, Reason.NO_SIGNATURE)
    alarms = tuple(_file_alarms(data, candidates, traces))
    suspects = frozenset(
        one.revision for one in candidates if one.signature and is_shown_otherwise(reader, one.revision, limits)
    )
    return _Examined(data, reader, candidates, suspects, alarms)


def _file_alarms(
    data: bytes, candidates: tuple[Candidate, ...], traces: tuple[int, ...]
) -> list[tuple[Integrity, Reason]]:
    """What is wrong with the file as a whole."""
    alarms = []
    extents = [one.extent for one in candidates if one.extent]
    starts = [extent.start for extent in extents]
    if len(set(starts)) < len(starts):
        alarms.append((Integrity.BROKEN, Reason.SIGNATURE_MALFORMED))
    if any(not any(extent.start <= trace < extent.end for extent in extents) for trace in traces):
        malformed = any(one.extent is None for one in candidates)
        alarms.append((Integrity.BROKEN, Reason.SIGNATURE_MALFORMED if malformed else Reason.SIGNATURE_REMOVED))
    covered = max((extent.covered for extent in extents), default=len(data))
    if not ends_as_signed(data, covered):
        alarms.append((Integrity.CHANGED, Reason.BYTES_AFTER_END))
    return alarms


def _combined(data: bytes, found: tuple[Finding, ...], alarms: tuple[tuple[Integrity, Reason], ...]) -> Report:
    """FAILED if a signature failed or the bytes are not intact; INDETERMINATE if any has not passed; else PASSED."""
    integrities = {*(one.integrity for one in found), *(integrity for integrity, _ in alarms)}
    integrity = next(
        (one for one in (Integrity.BROKEN, Integrity.CHANGED) if one in integrities),
        Integrity.UNREADABLE if None in integrities or not found else Integrity.INTACT,
    )
    indications = {one.verdict.indication for one in found}
    if Verdict.TOTAL_FAILED in indications or integrity in (Integrity.BROKEN, Integrity.CHANGED):
        verdict = Verdict.TOTAL_FAILED
    elif indications != {Verdict.TOTAL_PASSED}:
        verdict = Verdict.INDETERMINATE
    else:
        verdict = Verdict.TOTAL_PASSED
    trusts = {one.trust for one in found}
    trust = next((one for one in (Trust.UNTRUSTED, Trust.UNKNOWN) if one in trusts), Trust.TRUSTED)
    reasons = sorted({*(one.reason for one in found), *(reason for _, reason in alarms)}, key=WEIGHT.__getitem__)
    report = _report(data, verdict, integrity, trust if found else Trust.UNKNOWN, reasons[0])
    return replace(
        report,
        signatures=tuple(one.verdict for one in found),
        notes=tuple(reason.value for reason in reasons[1:]),
    )


def _report(data: bytes, verdict: Verdict, integrity: Integrity, trust: Trust, reason: Reason) -> Report:
    return Report(verdict, integrity, trust, reason.value, SENTENCES[reason], (), sha256_of(data))


def _said(report: Report, reason: Reason, notes: tuple[str, ...]) -> Report:
    return replace(
        report,
        reason=reason.value,
        sentence=SENTENCES[reason],
        notes=tuple(note for note in dict.fromkeys(notes) if note not in (reason, Reason.GENUINE)),
    )


def _run(judging: Coroutine[Any, Any, T]) -> T:
    """Run to the end what never waits; in a thread of its own where this one has an event loop already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(judging)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, judging).result()
