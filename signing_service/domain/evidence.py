"""What a file's signatures are made of: values and certs, chains, time stamps, revocation data, as they were read.

Facts for reports (ETSI TS 119 102-2, the DSS reports). Nothing here says whether a signature holds: that is the
``Report``'s business, and a fact without its verdict proves nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CertFound:
    """A cert of a chain, up to an anchor where one was reached."""

    sha256: str
    """Of its DER, hex; by this every other fact names it."""
    subject: str
    """RFC 4514."""
    issuer: str
    serial: str
    """Decimal."""
    not_before: str
    """ISO 8601, UTC, as all times here."""
    not_after: str
    key: str
    """EC, RSA or another name, and the size in bits: ``EC 256``."""
    is_anchor: bool
    """It is one of those we trust."""
    der: str
    """Base64."""
    common_name: str = ""


@dataclass(frozen=True, slots=True)
class StampFound:
    """An RFC 3161 time stamp over a signature's value."""

    sha256: str
    """Of the token's SignedData, DER, hex."""
    at: str
    digest_algorithm: str
    imprint: str
    """Hex."""
    chain: tuple[str, ...] = ()
    """SHA-256 of the authority's cert and those above it."""


@dataclass(frozen=True, slots=True)
class RevocationFound:
    """An OCSP response or CRL that the file keeps."""

    kind: str
    """ocsp or crl"""
    sha256: str
    produced_at: str
    """OCSP: thisUpdate of its first answer; CRL: thisUpdate."""
    next_update: str
    """"" when the issuer names none."""
    certs: tuple[str, ...] = ()
    """Serial numbers, decimal, that an OCSP response speaks of."""


@dataclass(frozen=True, slots=True)
class SignatureFound:
    """One signature field or document time stamp that could be read."""

    field: str
    sha256: str
    """Of the CMS SignedData, DER, hex: names the signature."""
    subfilter: str
    revision: int
    """In which revision of the file it is, from 0: what is later may prove the time of what is earlier."""
    byte_range: tuple[int, ...]
    claimed_at: str
    """/M or signing-time; of a document time stamp the time it states."""
    digest_algorithm: str
    document_digest: str
    """The digest over the byte range that was signed, hex."""
    attributes_digest: str
    """The digest over the signed attributes, hex: what the key signed (data to be signed, representation)."""
    algorithm: str
    """As asn1crypto names it: ecdsa, rsassa_pkcs1v15, rsassa_pss, ed25519."""
    value: str
    """The signature value, base64."""
    chain: tuple[str, ...] = ()
    stamps: tuple[StampFound, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FileEvidence:
    signatures: tuple[SignatureFound, ...] = ()
    certs: tuple[CertFound, ...] = ()
    revocations: tuple[RevocationFound, ...] = ()

    def of(self, field: str) -> SignatureFound | None:
        return next((one for one in self.signatures if one.field == field), None)

    def cert(self, sha256: str) -> CertFound | None:
        return next((one for one in self.certs if one.sha256 == sha256), None)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> FileEvidence:
        return cls(
            tuple(_signature(row) for row in document["signatures"]),
            tuple(CertFound(**row) for row in document["certs"]),
            tuple(RevocationFound(**{**row, "certs": tuple(row["certs"])}) for row in document["revocations"]),
        )


def _signature(row: dict[str, Any]) -> SignatureFound:
    stamps = tuple(StampFound(**{**stamp, "chain": tuple(stamp["chain"])}) for stamp in row["stamps"])
    read = {**row, "byte_range": tuple(row["byte_range"]), "chain": tuple(row["chain"]), "stamps": stamps}
    return SignatureFound(**read)
