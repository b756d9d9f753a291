"""The CMS of a PAdES baseline signature, assembled from DER we know beforehand (RFC 5652; EN 319 142-1, 6.3; EN 319 122-1, 5).

One SignerInfo, no eContent, no signing-time attribute (the time is /M), signing-certificate-v2. The key signs the
DER SET of signed attributes, so the same bytes serve a key of ours and a key in a party's own hands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from asn1crypto import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.x509 import load_der_x509_certificate

from signing_service.domain.errors import Problem
from signing_service.domain.keys import SigningCert
from signing_service.domain.schemes import DIGEST_IDENTIFIERS, SCHEMES, Family

INTEGER, OCTET_STRING, OID, SEQUENCE, SET = 0x02, 0x04, 0x06, 0x30, 0x31
CONTEXT_0, CONTEXT_1 = 0xA0, 0xA1


def tlv(tag: int, *parts: bytes) -> bytes:
    """One DER element (X.690, 10.1: definite, shortest length)."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        length = bytes([size])
    else:
        octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + length + body


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    octets = bytearray([first * 40 + second])
    for arc in rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | (arc & 0x7F))
        octets += bytes(reversed(groups))
    return tlv(OID, bytes(octets))


def set_of(*elements: bytes) -> bytes:
    """DER sorts the elements of a SET OF (X.690, 11.6)."""
    return tlv(SET, *sorted(elements))


DATA = oid("1.2.840.113549.1.7.1")
SIGNED_DATA = oid("1.2.840.113549.1.7.2")
CONTENT_TYPE = oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = oid("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE_V2 = oid("1.2.840.113549.1.9.16.2.47")
SIGNATURE_TIME_STAMP = oid("1.2.840.113549.1.9.16.2.14")

HASHES: Mapping[str, HashAlgorithm] = {"sha256": SHA256(), "sha384": SHA384(), "sha512": SHA512()}

_Verify = Callable[[Any, bytes, bytes, HashAlgorithm], None]
_VERIFY: Mapping[Family, tuple[type, _Verify]] = {
    Family.ECDSA: (
        ec.EllipticCurvePublicKey,
        lambda key, signature, data, digest: key.verify(signature, data, ec.ECDSA(digest)),
    ),
    Family.RSA_PKCS1: (
        rsa.RSAPublicKey,
        lambda key, signature, data, digest: key.verify(signature, data, padding.PKCS1v15(), digest),
    ),
    Family.RSA_PSS: (
        rsa.RSAPublicKey,
        lambda key, signature, data, digest: key.verify(
            signature, data, padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH), digest
        ),
    ),
    Family.EDDSA: (
        ed25519.Ed25519PublicKey,
        lambda key, signature, data, digest: key.verify(signature, data),
    ),
}
"""By family: what the cert's key must be, and how it verifies."""


def signed_attributes(digest: bytes, signer: SigningCert) -> bytes:
    """The DER SET that is signed: content-type, message-digest, signing-certificate-v2.

    ``digest`` is that of the document by ``signer.algorithm.digest``; the cert is named by the same one.
    """
    name = signer.algorithm.digest
    cert_hash = tlv(OCTET_STRING, hashlib.new(name, signer.cert).digest())
    # SHA-256 is the default, and DER leaves defaults out (RFC 5035, 4; X.690, 11.5)
    cert_id = tlv(SEQUENCE, *([] if name == "sha256" else [DIGEST_IDENTIFIERS[name]]), cert_hash)
    return set_of(
        tlv(SEQUENCE, CONTENT_TYPE, set_of(DATA)),
        tlv(SEQUENCE, MESSAGE_DIGEST, set_of(tlv(OCTET_STRING, digest))),
        tlv(SEQUENCE, SIGNING_CERTIFICATE_V2, set_of(tlv(SEQUENCE, tlv(SEQUENCE, cert_id)))),
    )


def assemble(attributes: bytes, signature: bytes, signer: SigningCert, time_stamp: bytes | None = None) -> bytes:
    """The ContentInfo that goes into /Contents. ``time_stamp`` is an RFC 3161 token over the signature value."""
    certs, signer_id = _of_cert(signer)
    digest_algorithm = DIGEST_IDENTIFIERS[signer.algorithm.digest]
    # signed attributes travel as [0] IMPLICIT; they were signed as a SET (RFC 5652, 5.4)
    signer_info = [
        tlv(INTEGER, b"\x01"),
        signer_id,
        digest_algorithm,
        bytes([CONTEXT_0]) + attributes[1:],
        SCHEMES[signer.algorithm].identifier,
        tlv(OCTET_STRING, signature),
    ]
    if time_stamp is not None:
        signer_info.append(tlv(CONTEXT_1, tlv(SEQUENCE, SIGNATURE_TIME_STAMP, set_of(time_stamp))))
    signed_data = tlv(
        SEQUENCE,
        tlv(INTEGER, b"\x01"),
        set_of(digest_algorithm),
        tlv(SEQUENCE, DATA),
        certs,
        set_of(tlv(SEQUENCE, *signer_info)),
    )
    return tlv(SEQUENCE, SIGNED_DATA, tlv(CONTEXT_0, signed_data))


@lru_cache(maxsize=4096)
def room_for(signer: SigningCert, time_stamp_room: int) -> int:
    """Bytes that the finished CMS can need: known beforehand but for the signature's DER and the token."""
    attributes = signed_attributes(bytes(hashlib.new(signer.algorithm.digest).digest_size), signer)
    longest = assemble(attributes, bytes(SCHEMES[signer.algorithm].longest), signer)
    return len(longest) + (time_stamp_room + 32 if time_stamp_room else 0)


def check_signature(attributes: bytes, signature: bytes, signer: SigningCert) -> None:
    """Nothing is embedded that does not verify. Raises Problem SIGNATURE_INVALID."""
    kind, verify = _VERIFY[SCHEMES[signer.algorithm].family]
    public_key = _public_key(signer.cert)
    try:
        if not isinstance(public_key, kind):
            raise InvalidSignature
        verify(public_key, signature, attributes, HASHES[signer.algorithm.digest])
    except InvalidSignature:
        raise Problem(
            "SIGNATURE_INVALID",
            "签名值与数字证书不符，未写入文件；请检查所用密钥后重新签署。",
            "The signature does not belong to this cert, so it was not embedded: check the key and sign again.",
        ) from None


@lru_cache(maxsize=4096)
def _public_key(cert: bytes) -> Any:
    return load_der_x509_certificate(cert).public_key()


@lru_cache(maxsize=4096)
def _of_cert(signer: SigningCert) -> tuple[bytes, bytes]:
    """The certificates field and the signer identifier, the same for every signature with this cert."""
    return tlv(CONTEXT_0, *sorted({signer.cert, *signer.chain})), signer_id_of(signer.cert)


@lru_cache(maxsize=4096)
def signer_id_of(cert: bytes) -> bytes:
    """IssuerAndSerialNumber of a cert (RFC 5652, 10.2.4), DER."""
    parsed = x509.Certificate.load(cert)["tbs_certificate"]
    return tlv(SEQUENCE, parsed["issuer"].dump(), parsed["serial_number"].dump())


# ---- reading back what was assembled, here or by a time-stamping authority


@dataclass(frozen=True, slots=True)
class Parts:
    """What a SignedData with one signer brings (RFC 5652, 5.1), each DER."""

    content: bytes
    """The eContent, without its OCTET STRING; empty for a detached signature."""
    certs: tuple[bytes, ...]
    signer_id: bytes
    """IssuerAndSerialNumber, or a key identifier."""
    digest: bytes
    """The AlgorithmIdentifier of the signer's message digest."""
    time_stamps: tuple[bytes, ...]
    """The tokens over the signature value."""
    attributes: bytes
    """The signed attributes as they were signed: a SET (RFC 5652, 5.4); empty where there are none."""
    whole: bytes
    """The SignedData itself."""


def read_parts(contents: bytes) -> Parts:
    """The parts of a ContentInfo; what follows it, as the zeros of a hole do, is left alone.

    Raises ValueError for what is no SignedData with one signer.
    """
    kind, explicit = _within(contents, SEQUENCE)
    if kind != SIGNED_DATA:
        raise ValueError("not a SignedData")
    (signed_data,) = _within(explicit, CONTEXT_0)
    _version, _digests, enclosed, *rest = _within(signed_data, SEQUENCE)
    certs = tuple(_within(rest[0], CONTEXT_0)) if rest[0][0] == CONTEXT_0 else ()
    (signer,) = _within(rest[-1], SET)
    _version, signer_id, digest, *fields = _within(signer, SEQUENCE)
    unsigned = next((field for field in fields if field[0] == CONTEXT_1), b"")
    signed = fields[0] if fields and fields[0][0] == CONTEXT_0 else b""
    return Parts(
        content=_content(enclosed),
        certs=certs,
        signer_id=signer_id,
        digest=digest,
        time_stamps=tuple(_time_stamps(unsigned)),
        attributes=bytes([SET]) + signed[1:] if signed else b"",
        whole=signed_data,
    )


def stamped_at(token: bytes) -> datetime:
    """The time that an RFC 3161 token states, to the second (RFC 3161, 2.4.2). Raises ValueError for another content."""
    _version, _policy, _imprint, _serial, moment, *_ = _within(read_parts(token).content, SEQUENCE)
    begin, end = _body(moment, 0)
    return datetime.strptime(moment[begin : min(end, begin + 14)].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _content(enclosed: bytes) -> bytes:
    _kind, *explicit = _within(enclosed, SEQUENCE)
    if not explicit:
        return b""
    (octets,) = _within(explicit[0], CONTEXT_0)
    begin, end = _body(octets, 0)
    return octets[begin:end]


def _time_stamps(unsigned: bytes) -> Iterator[bytes]:
    for attribute in _within(unsigned, CONTEXT_1) if unsigned else ():
        kind, values = _within(attribute, SEQUENCE)
        if kind == SIGNATURE_TIME_STAMP:
            yield from _within(values, SET)


def _within(element: bytes, tag: int) -> list[bytes]:
    """The elements inside a constructed one. Raises ValueError for another tag and for what is not whole."""
    if element[:1] != bytes([tag]):
        raise ValueError(f"{tag:#x} was expected")
    at, end = _body(element, 0)
    found = []
    while at < end:
        _, after = _body(element, at)
        found.append(element[at:after])
        at = after
    return found


def _body(data: bytes, at: int) -> tuple[int, int]:
    """Where the body of the element at ``at`` begins and ends."""
    if at + 2 > len(data):
        raise ValueError("cut short")
    length = data[at + 1]
    begin = at + 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(data[at + 2 : begin], "big")
    if begin + length > len(data) or length == 0x80:
        raise ValueError("cut short")
    return begin, begin + length
