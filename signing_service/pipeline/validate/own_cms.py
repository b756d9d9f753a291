"""The CMS of a signature of ours, and the time stamps in it, read from DER without a schema.

What we assemble ourselves is assembled again from its parts and has to be the same bytes; a token, which an authority
made, has to be of the one shape that the embedded authority and ordinary ones make. All else raises NotOursError.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import InvalidSignature

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, SigningCert
from signing_service.domain.schemes import DIGEST_IDENTIFIERS, SCHEMES, Family
from signing_service.pipeline import cms
from signing_service.pipeline.validate.own_objects import NotOursError

_TST_INFO = cms.oid("1.2.840.113549.1.9.16.1.4")
_NAMED_DIGESTS: Mapping[bytes, str] = {
    identifier: name
    for name, bare in DIGEST_IDENTIFIERS.items()
    # with NULL for parameters, as some write it (RFC 5754, 2)
    for identifier in (bare, cms.tlv(cms.SEQUENCE, bare[2:], b"\x05\x00"))
}
_ALGORITHMS: Mapping[bytes, tuple[KeyAlgorithm, ...]] = {
    identifier: tuple(one for one in SCHEMES if SCHEMES[one].identifier == identifier)
    for identifier in {scheme.identifier for scheme in SCHEMES.values()}
}
_ACCEPTED = frozenset({Family.ECDSA, Family.RSA_PKCS1, Family.RSA_PSS})


@dataclass(frozen=True, slots=True)
class Token:
    """An RFC 3161 token whose signature was verified with the cert it names; whom to believe is asked elsewhere."""

    certs: tuple[bytes, ...]
    signer: bytes
    imprint: bytes
    """By ``digest``, its name in ``hashlib``."""
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Signature:
    """A PAdES signature over ``digest`` that was verified with the cert it names."""

    certs: tuple[bytes, ...]
    signer: bytes
    stamp: Token | None


@dataclass(frozen=True, slots=True)
class Element:
    """One DER element: where it begins, its content, its end."""

    tag: int
    start: int
    body: int
    end: int


def element(der: bytes, position: int, limit: int) -> Element:
    """The element at ``position``, with a length of the shortest form (X.690, 10.1)."""
    if position + 2 > limit or der[position] & 0x1F == 0x1F:
        raise NotOursError("no element of DER")
    length, body = der[position + 1], position + 2
    if length >= 0x80:
        octets = length & 0x7F
        length = int.from_bytes(der[body : body + octets], "big")
        if not 1 <= octets <= 3 or length < 0x80 or length >> (8 * (octets - 1)) == 0:
            raise NotOursError("a length of another form")
        body += octets
    if body + length > limit:
        raise NotOursError("an element longer than what holds it")
    return Element(der[position], position, body, body + length)


def elements(der: bytes, within: Element, *tags: int) -> list[Element]:
    """What is in an element, of exactly these tags when any are given."""
    found, position = [], within.body
    while position < within.end:
        found.append(element(der, position, within.end))
        position = found[-1].end
    if tags and tuple(one.tag for one in found) != tags:
        raise NotOursError("an element of another shape")
    return found


def signature_of(contents: bytes, digest_of: Callable[[str], bytes]) -> Signature:
    """The signature in a hole, verified over the document's digest, which ``digest_of`` tells by the digest's name."""
    whole = _outermost(contents)
    signed = _signed_data(contents, whole)
    *_, certs, signers = elements(contents, signed, 0x02, 0x31, 0x30, 0xA0, 0x31)
    (signer,) = elements(contents, signers, 0x30)
    parts = elements(contents, signer)
    if [part.tag for part in parts] not in (_PLAIN, [*_PLAIN, 0xA1]):
        raise NotOursError("a signer of another shape")
    _, sid, digest, _, algorithm, value, *unsigned = parts
    brought = tuple(_bytes(contents, one) for one in elements(contents, certs))
    cert = _named(brought, _bytes(contents, sid))
    signing = _signing_cert(cert, brought, _bytes(contents, algorithm), _bytes(contents, digest))
    signed_attributes = cms.signed_attributes(digest_of(signing.algorithm.digest), signing)
    signature = contents[value.body : value.end]
    token = _token_in(contents, unsigned[0]) if unsigned else None
    assembled = cms.assemble(signed_attributes, signature, signing, token)
    if contents[: whole.end] != assembled:
        raise NotOursError("a CMS that we would have written otherwise")
    _verify(signed_attributes, signature, signing)
    stamp = token_of(token) if token else None
    if stamp and hashlib.new(stamp.digest, signature).digest() != stamp.imprint:
        raise NotOursError("a time stamp of another signature")
    return Signature(brought, cert, stamp)


_PLAIN = [0x02, 0x30, 0x30, 0xA0, 0x30, 0x04]


def token_of(contents: bytes) -> Token:
    """The token in a hole or in an attribute, its own signature verified."""
    signed = _signed_data(contents, _outermost(contents))
    version, digests, enclosed, certs, signers = elements(contents, signed, 0x02, 0x31, 0x30, 0xA0, 0x31)
    kind, explicit = elements(contents, enclosed, 0x06, 0xA0)
    (octets,) = elements(contents, explicit, 0x04)
    (signer,) = elements(contents, signers, 0x30)
    one, sid, digest, attributes, algorithm, value = elements(contents, signer, *_PLAIN)
    if _bytes(contents, kind) != _TST_INFO or _bytes(contents, version) != b"\x02\x01\x03":
        raise NotOursError("not a time stamp")
    if contents[one.body : one.end] != b"\x01" or contents[digests.body : digests.end] != _bytes(contents, digest):
        raise NotOursError("a signer of another shape")
    brought = tuple(_bytes(contents, one) for one in elements(contents, certs))
    cert = _named(brought, _bytes(contents, sid))
    signing = _signing_cert(cert, brought, _bytes(contents, algorithm), _bytes(contents, digest))
    info = contents[octets.body : octets.end]
    _check_attributes(contents, attributes, info, signing)
    _verify(bytes([0x31]) + contents[attributes.start + 1 : attributes.end], contents[value.body : value.end], signing)
    imprint, name, at = _info(info)
    return Token(brought, cert, imprint, name, at)


def _outermost(contents: bytes) -> Element:
    whole = element(contents, 0, len(contents))
    if contents[whole.end :].strip(b"\0"):
        raise NotOursError("something behind the CMS")
    return whole


def _signed_data(contents: bytes, whole: Element) -> Element:
    kind, explicit = elements(contents, whole, 0x06, 0xA0)
    if whole.tag != 0x30 or _bytes(contents, kind) != cms.SIGNED_DATA:
        raise NotOursError("not signed data")
    (signed,) = elements(contents, explicit, 0x30)
    return signed


def _bytes(der: bytes, one: Element) -> bytes:
    return der[one.start : one.end]


def _token_in(contents: bytes, unsigned: Element) -> bytes:
    """Of the only unsigned attribute; the attribute itself is compared with the whole."""
    (attribute,) = elements(contents, unsigned, 0x30)
    _, values = elements(contents, attribute, 0x06, 0x31)
    (token,) = elements(contents, values, 0x30)
    return _bytes(contents, token)


def _signing_cert(cert: bytes, brought: tuple[bytes, ...], algorithm: bytes, digest: bytes) -> SigningCert:
    """The signer by its scheme: by the identifiers of its signature and digest, and the size of its key."""
    name = _NAMED_DIGESTS.get(digest)
    bits = _bits_of(cert)
    for one in _ALGORITHMS.get(algorithm, ()):
        scheme = SCHEMES[one]
        if scheme.family in _ACCEPTED and one.digest == name and scheme.bits == bits:
            return SigningCert(cert, tuple(other for other in brought if other != cert), one)
    raise NotOursError("an algorithm or key size that is none of ours")


@lru_cache(maxsize=4096)
def _bits_of(cert: bytes) -> int:
    return int(getattr(cms._public_key(cert), "key_size", 0))  # noqa: SLF001 - the one cache of keys


def _verify(attributes: bytes, signature: bytes, signer: SigningCert) -> None:
    try:
        cms.check_signature(attributes, signature, signer)
    except (Problem, InvalidSignature):
        raise NotOursError("a signature that does not verify") from None


@lru_cache(maxsize=4096)
def _signer_id(cert: bytes) -> tuple[bytes, bytes]:
    """IssuerAndSerialNumber, and the IssuerSerial that an ESSCertIDv2 may bring (RFC 5035, 5.1)."""
    parsed: Any = asn1_x509.Certificate.load(cert)["tbs_certificate"]
    issuer, serial = parsed["issuer"].dump(), parsed["serial_number"].dump()
    names = cms.tlv(cms.SEQUENCE, cms.tlv(0xA4, issuer))
    return cms.tlv(cms.SEQUENCE, issuer, serial), cms.tlv(cms.SEQUENCE, names, serial)


def _named(brought: tuple[bytes, ...], sid: bytes) -> bytes:
    found = [cert for cert in brought if _signer_id(cert)[0] == sid]
    if len(found) != 1:
        raise NotOursError("not one cert that the signer names")
    return found[0]


def _check_attributes(contents: bytes, attributes: Element, info: bytes, signer: SigningCert) -> None:
    """content-type, message-digest and signing-certificate-v2, each once, of these very values."""
    name = signer.algorithm.digest
    cert_hash = cms.tlv(cms.OCTET_STRING, hashlib.sha256(signer.cert).digest())
    issuer_serial = _signer_id(signer.cert)[1]
    ids = [
        cms.set_of(cms.tlv(cms.SEQUENCE, cms.tlv(cms.SEQUENCE, cms.tlv(cms.SEQUENCE, cert_hash, serial))))
        for serial in (b"", issuer_serial)
    ]
    wanted = {
        cms.CONTENT_TYPE: [cms.set_of(_TST_INFO)],
        cms.MESSAGE_DIGEST: [cms.set_of(cms.tlv(cms.OCTET_STRING, hashlib.new(name, info).digest()))],
        cms.SIGNING_CERTIFICATE_V2: ids,
    }
    found = {}
    for attribute in elements(contents, attributes):
        kind, values = elements(contents, attribute, 0x06, 0x31)
        found[_bytes(contents, kind)] = _bytes(contents, values)
    if len(elements(contents, attributes)) != len(wanted) or found.keys() != wanted.keys():
        raise NotOursError("other attributes than those of a token")
    if any(found[kind] not in values for kind, values in wanted.items()):
        raise NotOursError("attributes that speak of something else")


def _info(info: bytes) -> tuple[bytes, str, datetime]:
    """Imprint, its digest and the time out of a TSTInfo (RFC 3161, 2.4.2), which may have an accuracy and a nonce."""
    whole = element(info, 0, len(info))
    parts = elements(info, whole)
    if whole.end != len(info) or [part.tag for part in parts[:5]] != [0x02, 0x06, 0x30, 0x02, 0x18]:
        raise NotOursError("a TSTInfo of another shape")
    if [part.tag for part in parts[5:]] not in ([], [0x30], [0x02], [0x30, 0x02]):
        raise NotOursError("a TSTInfo with extensions")
    algorithm, hashed = elements(info, parts[2], 0x30, 0x04)
    name = _NAMED_DIGESTS.get(_bytes(info, algorithm))
    if name is None or info[parts[0].body : parts[0].end] != b"\x01":
        raise NotOursError("an imprint by another digest")
    try:
        at = datetime.strptime(info[parts[4].body : parts[4].end].decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise NotOursError("a time of another form") from None
    return info[hashed.body : hashed.end], name, at
