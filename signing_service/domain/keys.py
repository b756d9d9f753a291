"""Keys as the pipeline sees them: it names one and asks for a signature, and never holds one.

Key stores (soft, PKCS#11, remote, held outside) and time-stamping authorities fulfil these protocols; which of
them is behind a ``KeyRef`` is the business of ``keystores`` and ``trust``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class KeyAlgorithm(StrEnum):
    """A property of the key, never of a document definition."""

    ECDSA_P256 = "ecdsa-p256-sha256"
    RSA_2048 = "rsa-2048-pkcs1-sha256"


@dataclass(frozen=True, slots=True)
class KeyRef:
    """The name of a key: the store it lives in and its label there, written ``soft:authority``."""

    store: str
    label: str

    def __str__(self) -> str:
        return f"{self.store}:{self.label}"

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
        """The signature over ``data`` (hashed with SHA-256 inside): DER for ECDSA, PKCS#1 v1.5 for RSA.

        Raises Problem KEY_UNKNOWN, KEY_UNAVAILABLE (try again) or KEY_REFUSED (policy, PIN).
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
