"""One signature over one statement: COSE_Sign1 with ES256 (RFC 9052, 4.2; RFC 9053, 2.1), in deterministic CBOR.

Protected header ``{1: -7, 4: kid}``, with the type of the content where it has one (RFC 9596); unprotected header
empty, no tag. Only what is spelled in the one right way is
read (RFC 8949, 4.2.1), so that a code has no second spelling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

ALGORITHM, KID, TYPE = 1, 4, 16
ES256 = -7
KID_LENGTH = 4
_COORDINATE = 32
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class MalformedError(ValueError):
    """Bytes that are no COSE_Sign1 of ours."""


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 as it was read; nothing of it is verified yet."""

    protected: bytes
    kid: bytes
    payload: bytes
    signature: bytes
    """r and s, 32 bytes each."""

    def is_signed_by(self, key: ec.EllipticCurvePublicKey) -> bool:
        r, s = self.signature[:_COORDINATE], self.signature[_COORDINATE:]
        der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
        try:
            key.verify(der, to_be_signed(self.protected, self.payload), ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


def deterministic(value: Any) -> bytes:
    """The one encoding of a value: shortest integers and lengths, keys in bytewise order (RFC 8949, 4.2.1)."""
    return cbor2.dumps(value, canonical=True)


def read_deterministic(data: bytes) -> Any:
    """The value, if ``data`` is its one encoding and nothing more. Raises MalformedError."""
    try:
        value = cbor2.loads(data)
        again = deterministic(value)
    except Exception as error:  # a decoder of hostile bytes raises errors of every class
        raise MalformedError("not CBOR") from error
    if again != data:
        raise MalformedError("not the one encoding of its value")
    return value


def sign1(payload: bytes, kid: bytes, sign: Callable[[bytes], bytes], content: str = "") -> bytes:
    """``payload`` signed. ``sign`` makes an ECDSA P-256 signature with SHA-256 over what it is given, in DER.

    Of the two signatures (r, s) and (r, n - s) the one with the smaller s is kept, so that nobody can make a second
    code out of a genuine one.
    """
    if len(kid) != KID_LENGTH:
        msg = f"a kid has {KID_LENGTH} bytes, not {len(kid)}"
        raise ValueError(msg)
    protected = deterministic(_header(kid, content))
    r, s = decode_dss_signature(sign(to_be_signed(protected, payload)))
    raw = r.to_bytes(_COORDINATE) + min(s, _ORDER - s).to_bytes(_COORDINATE)
    return deterministic([protected, {}, payload, raw])


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure (RFC 9052, 4.4)."""
    return deterministic(["Signature1", protected, b"", payload])


def read_sign1(data: bytes, content: str = "") -> Sign1:
    """Raises MalformedError for anything that ``sign1`` does not make of this type of content."""
    match read_deterministic(data):
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)] if (
            not unprotected and len(signature) == 2 * _COORDINATE
        ):
            pass
        case _:
            raise MalformedError("not a COSE_Sign1")
    if int.from_bytes(signature[_COORDINATE:]) > _ORDER // 2:
        raise MalformedError("the larger of two signatures")
    header = read_deterministic(protected)
    kid = header.get(KID) if isinstance(header, dict) else None
    if not isinstance(kid, bytes) or len(kid) != KID_LENGTH or header != _header(kid, content):
        raise MalformedError("not signed with ES256, a kid of four bytes and this type")
    return Sign1(protected, kid, payload, signature)


def _header(kid: bytes, content: str) -> dict[int, int | bytes | str]:
    return {ALGORITHM: ES256, KID: kid, **({TYPE: content} if content else {})}
