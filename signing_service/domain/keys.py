"""Keys as the pipeline sees them: it names one and asks for a signature, and never holds one.

Key stores (soft, PKCS#11, remote, held outside) and time-stamping authorities fulfil these protocols; which of
them is behind a ``KeyRef`` is the business of ``keystores`` and ``trust``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

OUTSIDE = "outside"
"""The store of a key in the party's own hands: nobody but the party asks it for a signature."""


class KeyAlgorithm(StrEnum):
    """A property of the key, never of a document definition: key type, padding and digest in one name.

    Whoever needs to know more of an algorithm asks here or keeps one table by algorithm; nothing else is assumed.
    """

    ECDSA_P256 = "ecdsa-p256-sha256"
    ECDSA_P384 = "ecdsa-p384-sha384"
    RSA_2048 = "rsa-2048-pkcs1-sha256"
    RSA_3072 = "rsa-3072-pkcs1-sha256"
    RSA_2048_PSS = "rsa-2048-pss-sha256"
    """Salt as long as the digest, MGF1 with the same digest (RFC 4056, 2.2)."""
    RSA_3072_PSS = "rsa-3072-pss-sha256"
    ED25519 = "ed25519"
    """PureEdDSA over the signed attributes, message digest SHA-512 (RFC 8419, 3.1)."""

    @property
    def digest(self) -> str:
        """The digest of the document that is signed with such a key, by its name in ``hashlib``."""
        return {KeyAlgorithm.ECDSA_P384: "sha384", KeyAlgorithm.ED25519: "sha512"}.get(self, "sha256")


@dataclass(frozen=True, slots=True)
class KeyRef:
    """The name of a key: the store it lives in and its label there, written ``soft:authority``."""

    store: str
    label: str

    def __str__(self) -> str:
        return f"{self.store}:{self.label}"

    @property
    def held_outside(self) -> bool:
        """Whether the party signs itself, with a key that we never see; the label is then the party's own affair."""
        return self.store == OUTSIDE

    @classmethod
    def parse(cls, text: str) -> KeyRef:
        store, separator, label = text.partition(":")
        if not separator or not store or not label:
            msg = f"a key reference is written store:label, not {text!r}"
            raise ValueError(msg)
        return cls(store, label)


@dataclass(frozen=True, slots=True)
class SigningCert:
    """The X.509 cert of a key and the chain to its root, each DER, issuer after issued, without the root."""

    cert: bytes
    chain: tuple[bytes, ...]
    algorithm: KeyAlgorithm


class KeyStore(Protocol):
    """Where keys live. Every store passes ``tests/contracts/test_key_store.py``."""

    def signing_cert(self, key: KeyRef) -> SigningCert:
        """The cert and chain of a key. Raises Problem KEY_UNKNOWN when the store has no such key."""
        ...

    def sign(self, key: KeyRef, data: bytes) -> bytes:
        """The signature over ``data``, which the store hashes as the key's algorithm has it; ECDSA in DER.

        Raises Problem KEY_UNKNOWN, KEY_UNAVAILABLE (try again) or KEY_REFUSED (policy, PIN).
        """
        ...


class FullKeyStore(KeyStore, Protocol):
    """What every store of ours can do beside: say which keys it has, and sign what is known by its digest alone."""

    def keys(self) -> tuple[KeyRef, ...]:
        """Every key, by label. Raises as ``sign`` does when the store is out of reach."""
        ...

    def sign_digest(self, key: KeyRef, digest: bytes) -> bytes:
        """The signature over data with this digest, made as the key's algorithm has it.

        Raises as ``sign`` does; KEY_REFUSED for an algorithm that signs whole messages only, ValueError for a digest
        of another length.
        """
        ...


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """An RFC 3161 token (DER ContentInfo) and the time it states."""

    token: bytes
    at: datetime


class TimeStampingAuthority(Protocol):
    """Proves that a digest existed at a time (RFC 3161)."""

    def time_stamp(self, digest: bytes) -> TimeStamp:
        """A token over a SHA-256 digest. Raises Problem TSA_UNAVAILABLE when none is to be had."""
        ...


@dataclass(frozen=True, slots=True)
class RevocationEvidence:
    """What shows that certs were not revoked, to be kept with the signature. Each DER."""

    certs: tuple[bytes, ...] = ()
    """The chain asked about, and the responders' own certs."""
    ocsps: tuple[bytes, ...] = ()
    """OCSPResponse each (RFC 6960)."""
    crls: tuple[bytes, ...] = ()


class RevocationSource(Protocol):
    """Asks the CAs whether they still stand by their certs (OCSP, else CRL)."""

    def evidence(self, chain: Sequence[bytes], now: datetime, proven: datetime | None = None) -> RevocationEvidence:
        """Evidence for every cert of a chain, signing cert first, root last or left out; current at ``now``.

        ``proven``: a time stamp shows that what was signed with the chain is at least so old. A revocation after that
        time leaves it valid (EN 319 102-1, 5.5.4), and is then part of the evidence. Raises Problem CERT_REVOKED (with the time and reason in ``facts``), or REVOCATION_UNAVAILABLE when neither
        OCSP nor CRL is to be had: then the work waits, and nothing is made without the evidence.
        """
        ...
