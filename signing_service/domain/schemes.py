"""What is to be known of each key algorithm, once: its family, its size and its names in DER.

Whoever signs, verifies, writes a CMS or speaks to a token looks here. A further algorithm, SM2 for one, is one row
here and one entry by family where bytes are signed and verified; nothing else assumes an algorithm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from signing_service.domain.keys import KeyAlgorithm


class Family(StrEnum):
    """How bytes become a signature."""

    ECDSA = "ecdsa"
    RSA_PKCS1 = "rsa-pkcs1"
    RSA_PSS = "rsa-pss"
    """Salt as long as the digest, MGF1 with the same digest (RFC 4056, 2.2)."""
    EDDSA = "eddsa"
    """PureEdDSA: the key needs the whole message and takes no digest in its place (RFC 8032, 5.1)."""

    @property
    def takes_digest(self) -> bool:
        """Whether a digest made elsewhere can be signed."""
        return self is not Family.EDDSA


@dataclass(frozen=True, slots=True)
class Scheme:
    """One algorithm. ``identifier`` is the AlgorithmIdentifier of its signatures, DER."""

    family: Family
    bits: int
    """Of the curve or the modulus."""
    oid: str
    identifier: bytes
    longest: int
    """Bytes that a signature can have; ECDSA as DER."""


_RSA_WITH_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")
_PSS_WITH_SHA256 = bytes.fromhex(
    "304106092a864886f70d01010a3034a00f300d06096086480165030402010500"
    "a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120"
)
PSS_OID = "1.2.840.113549.1.1.10"

SCHEMES: Mapping[KeyAlgorithm, Scheme] = {
    # RFC 5758, 3.2
    KeyAlgorithm.ECDSA_P256: Scheme(
        Family.ECDSA, 256, "1.2.840.10045.4.3.2", bytes.fromhex("300a06082a8648ce3d040302"), 72
    ),
    KeyAlgorithm.ECDSA_P384: Scheme(
        Family.ECDSA, 384, "1.2.840.10045.4.3.3", bytes.fromhex("300a06082a8648ce3d040303"), 104
    ),
    # RFC 5754, 3.2
    KeyAlgorithm.RSA_2048: Scheme(Family.RSA_PKCS1, 2048, "1.2.840.113549.1.1.11", _RSA_WITH_SHA256, 256),
    KeyAlgorithm.RSA_3072: Scheme(Family.RSA_PKCS1, 3072, "1.2.840.113549.1.1.11", _RSA_WITH_SHA256, 384),
    # RFC 4056, 2.2; RFC 4055, 3.1
    KeyAlgorithm.RSA_2048_PSS: Scheme(Family.RSA_PSS, 2048, PSS_OID, _PSS_WITH_SHA256, 256),
    KeyAlgorithm.RSA_3072_PSS: Scheme(Family.RSA_PSS, 3072, PSS_OID, _PSS_WITH_SHA256, 384),
    # RFC 8419, 2.3
    KeyAlgorithm.ED25519: Scheme(Family.EDDSA, 256, "1.3.101.112", bytes.fromhex("300506032b6570"), 64),
}

DIGEST_OIDS: Mapping[str, str] = {
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
"""By the name a digest has in ``hashlib`` (RFC 5754, 2)."""

DIGEST_IDENTIFIERS: Mapping[str, bytes] = {
    name: bytes.fromhex(f"300b06096086480165030402{last:02x}")
    for name, last in (("sha256", 1), ("sha384", 2), ("sha512", 3))
}
"""AlgorithmIdentifier without parameters, DER."""


def algorithm_of(family: Family, bits: int) -> KeyAlgorithm | None:
    """The algorithm of this family and size, None when it is none of ours."""
    return next((one for one, scheme in SCHEMES.items() if (scheme.family, scheme.bits) == (family, bits)), None)
