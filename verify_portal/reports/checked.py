"""What every report tells of a file: one conclusion for each signature, with the time stamps that prove its time.

A report that is read signature by signature must not pass a file that fails as a whole: what was changed after a
signature, or hangs behind the end, fails every signature that does not fail by itself (ISO 32000-2, 12.8.2; DSS tells
such changes as FORMAT_FAILURE).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from signing_service.domain.evidence import CertFound, FileEvidence, SignatureFound
from signing_service.domain.register import PublicDocument
from signing_service.domain.verdicts import DOCUMENT_TIMESTAMP, Report, Sentence, SignatureVerdict, Verdict
from signing_service.pipeline.validate.sentences import SENTENCES, Reason
from verify_portal.answers import Answer

SUB_INDICATIONS = frozenset(
    """FORMAT_FAILURE HASH_FAILURE SIG_CRYPTO_FAILURE REVOKED EXPIRED NOT_YET_VALID SIG_CONSTRAINTS_FAILURE
    CHAIN_CONSTRAINTS_FAILURE CERTIFICATE_CHAIN_GENERAL_FAILURE CRYPTO_CONSTRAINTS_FAILURE
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE POLICY_PROCESSING_ERROR SIGNATURE_POLICY_NOT_AVAILABLE TIMESTAMP_ORDER_FAILURE
    NO_SIGNING_CERTIFICATE_FOUND NO_CERTIFICATE_CHAIN_FOUND NO_CERTIFICATE_CHAIN_FOUND_NO_POE REVOKED_NO_POE
    REVOKED_CA_NO_POE OUT_OF_BOUNDS_NO_POE OUT_OF_BOUNDS_NOT_REVOKED REVOCATION_OUT_OF_BOUNDS_NO_POE NO_POE TRY_LATER
    SIGNED_DATA_NOT_FOUND""".split()  # noqa: SIM905 - a list of strings is three times as long
)
"""Those of EN 319 102-1, 5.1.3, and DSS. What a library adds of its own (OK, GENERIC) is told to nobody."""

FORMATS = {
    "B-B": "PAdES-BASELINE-B",
    "B-T": "PAdES-BASELINE-T",
    "B-LT": "PAdES-BASELINE-LT",
    "B-LTA": "PAdES-BASELINE-LTA",
}
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Checked(Protocol):
    """One file, asked about once."""

    @property
    def answer(self) -> Answer: ...
    @property
    def report(self) -> Report: ...
    @property
    def document(self) -> PublicDocument | None: ...
    @property
    def checked_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp that concerns a signature: over its value, or over the file with it."""

    id: str
    at: datetime
    is_document: bool
    indication: Verdict
    """TOTAL_PASSED only when it was seen to hold."""
    sub_indication: str
    chain: tuple[CertFound, ...]
    sha256: str
    digest_algorithm: str
    imprint: str
    field: str = ""

    @property
    def authority(self) -> str:
        return self.chain[0].common_name if self.chain else ""


@dataclass(frozen=True, slots=True)
class Told:
    """One signature, as a report tells it."""

    id: str
    verdict: SignatureVerdict
    found: SignatureFound | None
    indication: Verdict
    sub_indication: str
    """One of SUB_INDICATIONS, or ""."""
    reason: str
    chain: tuple[CertFound, ...]
    stamps: tuple[Stamp, ...]

    @property
    def format(self) -> str:
        """The format by its DSS name."""
        if self.verdict.level in FORMATS:
            return FORMATS[self.verdict.level]
        return "PKCS7-B" if self.found and self.found.subfilter == "adbe.pkcs7.detached" else "UNKNOWN"

    @property
    def proven_at(self) -> datetime | None:
        return moment_of(self.verdict.signed_at) if self.verdict.time_proven else None

    @property
    def claimed_at(self) -> datetime | None:
        if self.found and self.found.claimed_at:
            return moment_of(self.found.claimed_at)
        return None if self.verdict.time_proven else moment_of(self.verdict.signed_at)

    @property
    def proof(self) -> Stamp | None:
        """The time stamp that proves the time."""
        proven = self.proven_at
        return next((one for one in self.stamps if one.at == proven), None)


def told_of(report: Report) -> tuple[Told, ...]:
    """Every signature; of a file that bears document time stamps alone, these."""
    evidence = report.evidence or FileEvidence()
    rows = list(enumerate(report.signatures))
    signed = [(number, row) for number, row in rows if row.level != DOCUMENT_TIMESTAMP] or rows
    return tuple(_told(report, evidence, number, row) for number, row in signed)


def _told(report: Report, evidence: FileEvidence, number: int, row: SignatureVerdict) -> Told:
    found = evidence.of(row.field)
    indication, sub_indication, reason = _concluded(report, row)
    return Told(
        id=id_of("S", f"{found.sha256 if found else report.sha256}:{number}"),
        verdict=row,
        found=found,
        indication=indication,
        sub_indication=sub_indication,
        reason=reason,
        chain=_certs(evidence, found.chain if found else ()),
        stamps=_stamps(report, evidence, row, found) if found else (),
    )


def _concluded(report: Report, row: SignatureVerdict) -> tuple[Verdict, str, str]:
    standard = row.sub_indication if row.sub_indication in SUB_INDICATIONS else ""
    if row.indication is not Verdict.TOTAL_PASSED:
        return row.indication, standard, row.reason or report.reason
    if row.changed_after:
        return Verdict.TOTAL_FAILED, "FORMAT_FAILURE", row.reason or report.reason
    if report.verdict is Verdict.TOTAL_PASSED or any(_speaks_for_itself(one) for one in report.signatures):
        return Verdict.TOTAL_PASSED, "", row.reason or report.reason
    # nothing is wrong with any one signature, and yet the file is not as it was sealed, or not one of ours
    failed = report.verdict is Verdict.TOTAL_FAILED
    return report.verdict, "FORMAT_FAILURE" if failed else "SIG_CONSTRAINTS_FAILURE", report.reason


def _speaks_for_itself(row: SignatureVerdict) -> bool:
    return row.indication is not Verdict.TOTAL_PASSED or row.changed_after


def _stamps(report: Report, evidence: FileEvidence, row: SignatureVerdict, found: SignatureFound) -> tuple[Stamp, ...]:
    proven = moment_of(row.signed_at) if row.time_proven else None
    stamps = []
    for one in found.stamps:
        at = moment_of(one.at)
        if at is not None:
            held = Verdict.TOTAL_PASSED if at == proven else Verdict.INDETERMINATE
            chain = _certs(evidence, one.chain)
            identity = id_of("T", one.sha256)
            stamps.append(Stamp(identity, at, False, held, "", chain, one.sha256, one.digest_algorithm, one.imprint))
    for later in report.signatures:
        if later.level != DOCUMENT_TIMESTAMP or later.field == row.field:
            continue
        covering = evidence.of(later.field)
        at = moment_of(covering.claimed_at) if covering else None
        if covering is not None and at is not None and covering.revision > found.revision:
            sub_indication = later.sub_indication if later.sub_indication in SUB_INDICATIONS else ""
            stamps.append(
                Stamp(
                    id_of("T", covering.sha256), at, True, later.indication, sub_indication,
                    _certs(evidence, covering.chain), covering.sha256, covering.digest_algorithm,
                    covering.document_digest, later.field,
                )
            )  # fmt: skip
    return tuple(stamps)


def _certs(evidence: FileEvidence, names: tuple[str, ...]) -> tuple[CertFound, ...]:
    return tuple(cert for name in names if (cert := evidence.cert(name)))


def extension_period(told: Told, evidence: FileEvidence) -> tuple[datetime | None, datetime | None]:
    """From when a new time stamp makes sense, and by when it has to be there for the signature to stay provable.

    From: when the revocation data that the file keeps of its chain are due for renewal. By: the end of the cert that
    its proof of time leans on, or without proof the end of the signer's. (None, None) for one that does not pass.
    """
    if told.indication is not Verdict.TOTAL_PASSED:
        return None, None
    holding = [one for one in told.stamps if one.indication is Verdict.TOTAL_PASSED and one.chain]
    leaning = max((one.chain[0].not_after for one in holding), default=told.chain[0].not_after if told.chain else "")
    serials = {cert.serial for cert in told.chain}
    due = [one.next_update for one in evidence.revocations if one.next_update and serials & set(one.certs)]
    return moment_of(min(due, default="")), moment_of(leaning)


def sentence_of(reason: str) -> Sentence:
    """What a reason of the verifier says; one it does not have is said as it is."""
    try:
        return SENTENCES[Reason(reason)]
    except ValueError:
        return Sentence(reason, reason)


def moment_of(text: str) -> datetime | None:
    """A time that a file or the verifier states; None for what is none or has no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def id_of(letter: str, text: str) -> str:
    """As DSS names tokens: a letter and a SHA-256 in capitals."""
    return f"{letter}-{hashlib.sha256(text.encode()).hexdigest().upper()}"


def cert_id(cert: CertFound) -> str:
    return f"C-{cert.sha256.upper()}"


def printable(text: str) -> str:
    """What XML 1.0 can hold (2.2): a name in a stranger's cert may have anything in it."""
    return _UNPRINTABLE.sub("\ufffd", text)
