"""What validation says of a file: one verdict, said in words, and what every signature contributed.

Verdict and indications are those of ETSI EN 319 102-1, 5.1.3; reason codes are ours.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from signing_service.domain.evidence import FileEvidence

DOCUMENT_TIMESTAMP = "DTS"
"""The level of a document timestamp, which is nobody's signature."""


class Verdict(StrEnum):
    TOTAL_PASSED = "TOTAL_PASSED"
    TOTAL_FAILED = "TOTAL_FAILED"
    INDETERMINATE = "INDETERMINATE"


class Integrity(StrEnum):
    """Said whatever the trust."""

    INTACT = "intact"
    CHANGED = "changed"
    """Signatures verify over their own revision, and what was added later is not permitted."""
    BROKEN = "broken"
    """A signature does not verify, or is malformed."""
    UNREADABLE = "unreadable"
    """Not a PDF that can be read, or no signature in it."""


class Trust(StrEnum):
    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"
    """A chain was built and rejected: revoked, expired without proof of time, wrong usage."""
    UNKNOWN = "unknown"
    """No chain to an anchor."""


@dataclass(frozen=True, slots=True)
class Sentence:
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class CertFacts:
    """One cert of a chain, as an expert wants to compare it."""

    subject: str
    issuer: str
    serial: str
    """Hex, as openssl prints it."""
    not_before: str
    not_after: str
    """ISO 8601 with offset."""
    key: str
    """Algorithm and size: RSA 3072, EC secp256r1."""
    sha256: str
    """Of the DER, hex."""
    is_anchor: bool = False
    """One that the verifier was given to believe."""


@dataclass(frozen=True, slots=True)
class RevocationFacts:
    """What was known of the revocation of the signing cert, and since when."""

    state: str
    """good (not when it signed) | revoked | stale (data at hand, too old) | unknown (nothing at hand speaks of the cert)"""
    source: str = ""
    """ocsp | crl, of the newest data at hand."""
    as_of: str = ""
    """Its thisUpdate, ISO 8601."""
    next_update: str = ""
    """Its nextUpdate; "" when it names none."""


@dataclass(frozen=True, slots=True)
class SignatureDetails:
    """What an expert wants to see of one signature; nothing here changes the verdict."""

    digest: str
    """Digest algorithm of the signature: sha256."""
    algorithm: str
    """Signature algorithm: rsassa_pss, sha256_ecdsa."""
    claimed_at: str = ""
    """What the signer says, ISO 8601; "" for a timestamp or when nothing is said."""
    proven_at: str = ""
    """What the earliest timestamp that holds says; "" when none does."""
    timestamped_by: str = ""
    """Common name of the time-stamping authority of the signature's own timestamp."""
    chain: tuple[CertFacts, ...] = ()
    """From the signer upwards, as far as names and key identifiers lead; trusted only if the last is an anchor."""
    revocation: RevocationFacts | None = None
    lasts_until: str = ""
    """The day (ISO 8601) before which a new document timestamp has to cover this signature: when the first cert of
    what proves its time runs out, or its own chain where no time is proven."""
    others_after: int = 0
    """Further signatures and timestamps in later revisions."""

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> SignatureDetails:
        revocation = document["revocation"]
        return cls(
            **{
                **document,
                "chain": tuple(CertFacts(**cert) for cert in document["chain"]),
                "revocation": RevocationFacts(**revocation) if revocation else None,
            }
        )


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What validation would say on a later day, if the timestamps are renewed in time until then."""

    at: str
    """ISO 8601."""
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """One signature field or document timestamp, in the order of its revision."""

    field: str
    role: str
    """The signatory role the field is named after, or "" for a field that is not ours."""
    indication: Verdict
    sub_indication: str
    """EN 319 102-1 sub-indication, "" when passed."""
    level: str
    """B-B, B-T, B-LT, B-LTA; "DTS" for a document timestamp; "" when not PAdES."""
    signer: str
    """Common name of the signing cert's subject, organisation after it; "" when there is none to be read."""
    signed_at: str
    """ISO 8601 with offset: the proven time if there is one, else the claimed (/M), else ""."""
    time_proven: bool
    covers: str
    """whole_file | revision | part | nothing"""
    changed_after: bool
    """Something other than permitted later signatures, timestamps and DSS follows."""
    reason: str = ""
    """Reason code of this signature alone."""
    cert_sha256: str = ""
    """SHA-256 of the signing cert's DER; "" when there is none to be read. Names prove nothing, this does."""
    details: SignatureDetails | None = None
    """For experts; None where nobody asked for them, and where the signature could not be read."""

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> SignatureVerdict:
        details = document.get("details")
        return cls(
            **{
                **document,
                "indication": Verdict(document["indication"]),
                "details": SignatureDetails.from_json(details) if details else None,
            }
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The answer about one file; ``to_json`` is what CLI and API print."""

    verdict: Verdict
    integrity: Integrity
    trust: Trust
    reason: str
    sentence: Sentence
    signatures: tuple[SignatureVerdict, ...]
    sha256: str = ""
    notes: tuple[str, ...] = ()
    """Further reason codes that hold for the file, the weightier first."""
    evidence: FileEvidence | None = None
    """What the signatures are made of, where somebody asked for it: for reports, and not part of ``to_json``."""
    foreseen: Foreseen | None = None
    """None when nobody asked."""

    @property
    def exit_code(self) -> int:
        """0 TOTAL_PASSED, 1 TOTAL_FAILED, 2 INDETERMINATE, 3 not a readable PDF or no signature."""
        if self.integrity is Integrity.UNREADABLE:
            return 3
        return {Verdict.TOTAL_PASSED: 0, Verdict.TOTAL_FAILED: 1, Verdict.INDETERMINATE: 2}[self.verdict]

    def to_json(self) -> dict[str, Any]:
        return asdict(replace(self, evidence=None), dict_factory=_without_evidence)

    def to_record(self) -> dict[str, Any]:
        """``to_json`` and the evidence: everything ``from_json`` needs."""
        return {**self.to_json(), "evidence": self.evidence.to_json() if self.evidence else None}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Report:
        return cls(
            verdict=Verdict(document["verdict"]),
            integrity=Integrity(document["integrity"]),
            trust=Trust(document["trust"]),
            reason=document["reason"],
            sentence=Sentence(**document["sentence"]),
            signatures=tuple(SignatureVerdict.from_json(row) for row in document["signatures"]),
            sha256=document["sha256"],
            notes=tuple(document.get("notes", ())),
            evidence=FileEvidence.from_json(document["evidence"]) if document.get("evidence") else None,
            foreseen=_foreseen(document.get("foreseen")),
        )


def _foreseen(document: dict[str, Any] | None) -> Foreseen | None:
    return Foreseen(**{**document, "verdict": Verdict(document["verdict"])}) if document else None


def _without_evidence(values: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in values if name != "evidence"}
