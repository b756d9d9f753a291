"""One signature after the other: is it well formed, do the bytes agree, what came after, and who signed."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, core, crl, ocsp, x509
from asn1crypto import parser as der_parser
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.general import find_unique_cms_attribute
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signing_service.domain.documents import PadesLevel, SignatoryRole
from signing_service.domain.verdicts import DOCUMENT_TIMESTAMP, Integrity, SignatureVerdict, Trust, Verdict
from signing_service.pipeline.validate.names import signer_text
from signing_service.pipeline.validate.sentences import WEIGHT, Reason
from signing_service.pipeline.validate.signers import (
    Assessment,
    Basis,
    Evidence,
    assess_signature,
    assess_timestamp,
    pool_is_too_large,
    signature_timestamps,
)
from signing_service.pipeline.validate.structure import (
    Extent,
    FilledField,
    MalformedError,
    TooComplexError,
    entry,
    extent_of,
)

PADES, TIMESTAMP, DETACHED = "/ETSI.CAdES.detached", "/ETSI.RFC3161", "/adbe.pkcs7.detached"
LEGACY = frozenset({"/adbe.pkcs7.sha1", "/adbe.x509.rsa_sha1"})
_ROLES = frozenset(role.value for role in SignatoryRole)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A filled field, with what could be made of it; ``signature`` is None when it is malformed or foreign."""

    found: FilledField
    extent: Extent | None
    signature: EmbeddedPdfSignature | None
    subfilter: str
    problem: Reason | None

    @property
    def revision(self) -> int:
        return int(self.signature.signed_revision) if self.signature else -1

    @property
    def is_timestamp(self) -> bool:
        return self.subfilter == TIMESTAMP


@dataclass(frozen=True, slots=True)
class Finding:
    """What one signature contributes to the report. ``integrity`` is None when it could not be judged at all."""

    verdict: SignatureVerdict
    integrity: Integrity | None
    trust: Trust
    reason: Reason


@dataclass(frozen=True, slots=True)
class Cover:
    """The document timestamps behind a signature that hold."""

    since: datetime
    """The time that the earliest of them proves."""
    revision: int
    """Of the newest."""


class Stored:
    """The document security store, as it is now and as it was when a document timestamp was made over it."""

    def __init__(self, reader: PdfFileReader) -> None:
        self._reader = reader
        self.now = stored_evidence(reader)

    def at(self, revision: int) -> Evidence:
        if revision >= self._reader.total_revisions - 1:
            return self.now
        return stored_evidence(self._reader.get_historical_resolver(revision))


def candidate(data: bytes, reader: PdfFileReader, found: FilledField) -> Candidate:
    """Read one filled field; never raises for what the file says."""
    subfilter = _subfilter(found)
    try:
        extent = extent_of(data, reader, found)
    except Exception:  # noqa: BLE001 - whatever a hostile dictionary makes the parser raise, the signature is malformed
        legacy = subfilter in LEGACY
        return Candidate(
            found, None, None, subfilter, Reason.SIGNATURE_UNSUPPORTED if legacy else Reason.SIGNATURE_MALFORMED
        )
    if subfilter in LEGACY:
        return Candidate(found, extent, None, subfilter, Reason.SIGNATURE_UNSUPPORTED)
    try:
        signature = EmbeddedPdfSignature(reader, found.field, found.name)
        _check_cms(signature, is_timestamp=subfilter == TIMESTAMP)
    except Exception:  # noqa: BLE001 - as above
        known = subfilter in (PADES, TIMESTAMP, DETACHED) or _is_cms(found)
        return Candidate(
            found, extent, None, subfilter, Reason.SIGNATURE_MALFORMED if known else Reason.SIGNATURE_UNSUPPORTED
        )
    return Candidate(found, extent, signature, subfilter, None)


def _subfilter(found: FilledField) -> str:
    with contextlib.suppress(Exception):
        return str(entry(found.field["/V"], "/SubFilter", ""))
    return ""


def _is_cms(found: FilledField) -> bool:
    with contextlib.suppress(Exception):
        content = cms.ContentInfo.load(found.field["/V"].raw_get("/Contents").original_bytes)
        return bool(content["content_type"].native == "signed_data")
    return False


def _check_cms(signature: EmbeddedPdfSignature, *, is_timestamp: bool) -> None:
    """One signer; a timestamp holds its TSTInfo, a signature holds no content; zeros only after the CMS."""
    contents = signature.pkcs7_content
    length = der_parser.peek(contents)
    if contents[length:].strip(b"\0"):
        raise MalformedError("something follows the CMS in /Contents")
    if len(signature.signed_data["signer_infos"]) != 1:
        raise MalformedError("not exactly one signer")
    enclosed = signature.signed_data["encap_content_info"]
    if is_timestamp:
        if enclosed["content_type"].native != "tst_info":
            raise MalformedError("not a timestamp")
    elif enclosed["content_type"].native != "data" or not isinstance(enclosed["content"], core.Void | type(None)):
        raise MalformedError("the CMS brings its own content")


async def findings(
    reader: PdfFileReader,
    candidates: Iterable[Candidate],
    basis: Basis,
    suspect_revisions: frozenset[int],
    renewed_at: datetime | None = None,
) -> tuple[Finding, ...]:
    """Judge every candidate, in the order of revisions. ``suspect_revisions`` were changed after they were signed.

    ``renewed_at`` assumes a document timestamp more, behind all that is in the file, which holds.
    """
    ordered = sorted(candidates, key=lambda one: one.revision)
    names = frozenset(name for one in ordered for name in (one.found.name, *one.found.strips))
    stored = Stored(reader)
    results: dict[int, Finding] = {}
    stamps = [(reader.total_revisions, renewed_at)] if renewed_at else []
    # the newest first: a document timestamp proves the time of what it covers
    for position, one in reversed(list(enumerate(ordered))):
        later = [(revision, time) for revision, time in stamps if revision > one.revision]
        cover = Cover(min(time for _, time in later), max(revision for revision, _ in later)) if later else None
        finding, stamped = await _judge(one, basis, stored, cover, names, suspect_revisions)
        results[position] = finding
        if stamped is not None:
            stamps.append((one.revision, stamped))
    return tuple(results[position] for position in sorted(results))


async def _judge(
    one: Candidate,
    basis: Basis,
    stored: Stored,
    cover: Cover | None,
    names: frozenset[str],
    suspect_revisions: frozenset[int],
) -> tuple[Finding, datetime | None]:
    """The finding, and the time that this signature proves for earlier ones when it is a timestamp that holds."""
    signature = one.signature
    if signature is None:
        return _unjudged(one), None
    integrity, reason, covers = _integrity(signature, names)
    if one.revision in suspect_revisions and integrity is Integrity.INTACT:
        integrity, reason = Integrity.CHANGED, Reason.CHANGED_AFTER_SEALING
    digest_agrees = reason is not Reason.CONTENT_CHANGED
    assessment = await _assess(one, signature, basis, stored.now, cover, digest_agrees=digest_agrees)
    if integrity is Integrity.BROKEN and assessment.indication is not Verdict.TOTAL_FAILED:
        # a signature that does not cover its revision proves nothing, whatever its CMS says
        assessment = Assessment(
            Verdict.TOTAL_FAILED, "FORMAT_FAILURE", assessment.trust, reason or Reason.SIGNATURE_MALFORMED
        )
    if assessment.indication is Verdict.TOTAL_FAILED and assessment.trust is Trust.UNKNOWN:
        integrity = Integrity.BROKEN
    verdict = _told(one, signature, assessment, stored, cover, basis)
    weightiest = _weightier(reason, assessment.reason)
    verdict = dataclasses.replace(
        verdict, covers=covers, changed_after=integrity is Integrity.CHANGED, reason=weightiest.value
    )
    unverified = assessment.reason is Reason.SIGNATURE_UNSUPPORTED and integrity is Integrity.INTACT
    finding = Finding(verdict, None if unverified else integrity, assessment.trust, weightiest)
    return finding, assessment.proven_at if one.is_timestamp else None


def _told(
    one: Candidate,
    signature: EmbeddedPdfSignature,
    assessment: Assessment,
    stored: Stored,
    cover: Cover | None,
    basis: Basis,
) -> SignatureVerdict:
    shown = assessment.proven_at or _claimed_time(signature)
    return SignatureVerdict(
        field=one.found.name,
        role=_role(one),
        indication=assessment.indication,
        sub_indication=assessment.sub_indication,
        level=_level(one, signature, stored, cover, basis),
        signer=_signer_text(signature),
        signed_at=shown.isoformat(timespec="seconds") if shown else "",
        time_proven=assessment.proven_at is not None,
        covers="",
        changed_after=False,
        cert_sha256=_cert_sha256(signature),
    )


def _role(one: Candidate) -> str:
    return one.found.name if one.found.name in _ROLES else ""


def _weightier(first: Reason | None, second: Reason) -> Reason:
    return second if first is None else min(first, second, key=WEIGHT.__getitem__)


async def _assess(
    one: Candidate,
    signature: EmbeddedPdfSignature,
    basis: Basis,
    stored: Evidence,
    cover: Cover | None,
    *,
    digest_agrees: bool,
) -> Assessment:
    stamped_at = cover.since if cover else None
    if not digest_agrees:
        return Assessment(Verdict.TOTAL_FAILED, "HASH_FAILURE", Trust.UNKNOWN, Reason.CONTENT_CHANGED)
    if pool_is_too_large(signature, stored, basis):
        raise TooComplexError
    try:
        if one.is_timestamp:
            return await assess_timestamp(signature, basis, stored, stamped_at)
        assessment = await assess_signature(signature, basis, stored, stamped_at)
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - an algorithm or encoding the libraries do not know raises errors of every kind
        return Assessment(Verdict.INDETERMINATE, "GENERIC", Trust.UNKNOWN, Reason.SIGNATURE_UNSUPPORTED)
    if one.subfilter not in (PADES, DETACHED) and assessment.indication is Verdict.TOTAL_PASSED:
        return dataclasses.replace(
            assessment,
            indication=Verdict.INDETERMINATE,
            sub_indication="SIG_CONSTRAINTS_FAILURE",
            reason=Reason.SIGNATURE_UNSUPPORTED,
        )
    return assessment


def _unjudged(one: Candidate) -> Finding:
    unsupported = one.problem is Reason.SIGNATURE_UNSUPPORTED
    verdict = SignatureVerdict(
        field=one.found.name,
        role=_role(one),
        indication=Verdict.INDETERMINATE if unsupported else Verdict.TOTAL_FAILED,
        sub_indication="SIG_CONSTRAINTS_FAILURE" if unsupported else "FORMAT_FAILURE",
        level="",
        signer="",
        signed_at="",
        time_proven=False,
        covers="nothing",
        changed_after=False,
        reason=one.problem or Reason.SIGNATURE_MALFORMED,
    )
    return Finding(
        verdict, None if unsupported else Integrity.BROKEN, Trust.UNKNOWN, one.problem or Reason.SIGNATURE_MALFORMED
    )


def _integrity(signature: EmbeddedPdfSignature, names: frozenset[str]) -> tuple[Integrity, Reason | None, str]:
    """Whether the signed bytes are the signed bytes, and whether only permitted revisions follow."""
    try:
        if not _digest_agrees(signature):
            return Integrity.BROKEN, Reason.CONTENT_CHANGED, _covers(signature.evaluate_signature_coverage())
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - a missing or doubled message-digest attribute
        return Integrity.BROKEN, Reason.SIGNATURE_MALFORMED, "nothing"
    signature.compute_integrity_info()
    coverage = signature.coverage
    if coverage not in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION):
        return Integrity.BROKEN, Reason.SIGNATURE_MALFORMED, _covers(coverage)
    reason = _unpermitted(signature, names)
    return (Integrity.CHANGED if reason else Integrity.INTACT), reason, _covers(coverage)


def _unpermitted(signature: EmbeddedPdfSignature, names: frozenset[str]) -> Reason | None:
    """Why what follows the signature is not permitted; None when it is, or nothing follows."""
    changes = signature.diff_result
    if not isinstance(changes, DiffResult):
        locked = signature.docmdp_level is not None or signature.fieldmdp is not None
        return Reason.LOCK_BROKEN if locked else Reason.CHANGED_AFTER_SEALING
    permitted = signature.docmdp_level
    if permitted is not None and changes.modification_level.value > permitted.value:
        return Reason.LOCK_BROKEN
    if changes.modification_level.value > ModificationLevel.FORM_FILLING.value:
        return Reason.CHANGED_AFTER_SEALING
    if permitted is None and changes.changed_form_fields - names:
        return Reason.CHANGED_AFTER_SEALING
    return None


def _covers(coverage: SignatureCoverageLevel | None) -> str:
    if coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return "whole_file"
    return "revision" if coverage is SignatureCoverageLevel.ENTIRE_REVISION else "part"


def _digest_agrees(signature: EmbeddedPdfSignature) -> bool:
    if signature.signed_data["encap_content_info"]["content_type"].native == "tst_info":
        imprint = signature.signed_data["encap_content_info"]["content"].parsed["message_imprint"]
        return bool(signature.compute_digest() == imprint["hashed_message"].native)
    declared = find_unique_cms_attribute(signature.signer_info["signed_attrs"], "message_digest")
    return bool(signature.compute_digest() == declared.native)


def stored_evidence(handler: PdfHandler) -> Evidence:
    """What the document security store holds; a store that cannot be read holds nothing."""
    try:
        store = DocumentSecurityStore.read_dss(handler)
        return Evidence(
            tuple(store.load_certs()),
            tuple(crl.CertificateList.load(_stream(reference)) for reference in store.crls),
            tuple(ocsp.OCSPResponse.load(_stream(reference)) for reference in store.ocsps),
        )
    except (MemoryError, RecursionError):
        raise
    except NoDSSFoundError:
        return Evidence()
    except Exception:  # noqa: BLE001 - the store is not signed by what it helps to validate: it may be missing, so it may be broken
        return Evidence()


def _stream(reference: generic.IndirectObject) -> bytes:
    stream = reference.get_object()
    if not isinstance(stream, generic.StreamObject):
        raise MalformedError("not a stream")
    return bytes(stream.data)


def _level(one: Candidate, signature: EmbeddedPdfSignature, stored: Stored, cover: Cover | None, basis: Basis) -> str:
    """The baseline level that the signature has reached (EN 319 142-1, 6)."""
    if one.is_timestamp:
        return DOCUMENT_TIMESTAMP
    if one.subfilter != PADES:
        return ""
    if cover is None and not signature_timestamps(signature.signer_info):
        return PadesLevel.B_B.value
    if not _completes(stored.now, signature, basis):
        return PadesLevel.B_T.value
    if cover is None or not _completes(stored.at(cover.revision), signature, basis):
        return PadesLevel.B_LT.value
    return PadesLevel.B_LTA.value


def _completes(evidence: Evidence, signature: EmbeddedPdfSignature, basis: Basis) -> bool:
    with contextlib.suppress(Exception):
        return evidence.is_complete_for(signature.signed_data, basis.anchors)
    return False


def _claimed_time(signature: EmbeddedPdfSignature) -> datetime | None:
    with contextlib.suppress(Exception):
        if signature.sig_object_type == "/DocTimeStamp":
            return None
        return signature.self_reported_timestamp
    return None


def _signer(signature: EmbeddedPdfSignature) -> tuple[x509.Certificate, ...]:
    with contextlib.suppress(Exception):
        return (signature.signer_cert,)
    return ()


def _signer_text(signature: EmbeddedPdfSignature) -> str:
    with contextlib.suppress(Exception):
        return signer_text(signature.signer_cert.dump())
    return ""


def _cert_sha256(signature: EmbeddedPdfSignature) -> str:
    return next((cert.sha256.hex() for cert in _signer(signature)), "")
