"""The CMS of a PAdES baseline signature, assembled from DER we know beforehand (RFC 5652; EN 319 142-1, 6.3; EN 319 122-1, 5).

One SignerInfo, no eContent, no signing-time attribute (the time is /M), signing-certificate-v2. The key signs the
DER SET of signed attributes, so the same bytes serve a key of ours and a key in a party's own hands.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from asn1crypto import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_der_x509_certificate

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, SigningCert

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
SHA256_ALGORITHM = tlv(SEQUENCE, oid("2.16.840.1.101.3.4.2.1"))
NULL = b"\x05\x00"
SIGNATURE_ALGORITHMS = {
    KeyAlgorithm.ECDSA_P256: tlv(SEQUENCE, oid("1.2.840.10045.4.3.2")),
    KeyAlgorithm.RSA_2048: tlv(SEQUENCE, oid("1.2.840.113549.1.1.11"), NULL),
}
LONGEST_SIGNATURE = {KeyAlgorithm.ECDSA_P256: 72, KeyAlgorithm.RSA_2048: 256}


def signed_attributes(digest: bytes, signer: SigningCert) -> bytes:
    """The DER SET that is signed: content-type, message-digest, signing-certificate-v2."""
    cert_id = tlv(SEQUENCE, tlv(OCTET_STRING, hashlib.sha256(signer.cert).digest()))
    return set_of(
        tlv(SEQUENCE, CONTENT_TYPE, set_of(DATA)),
        tlv(SEQUENCE, MESSAGE_DIGEST, set_of(tlv(OCTET_STRING, digest))),
        tlv(SEQUENCE, SIGNING_CERTIFICATE_V2, set_of(tlv(SEQUENCE, tlv(SEQUENCE, cert_id)))),
    )


def assemble(attributes: bytes, signature: bytes, signer: SigningCert, time_stamp: bytes | None = None) -> bytes:
    """The ContentInfo that goes into /Contents. ``time_stamp`` is an RFC 3161 token over the signature value."""
    certs, signer_id = _of_cert(signer)
    # signed attributes travel as [0] IMPLICIT; they were signed as a SET (RFC 5652, 5.4)
    signer_info = [
        tlv(INTEGER, b"\x01"),
        signer_id,
        SHA256_ALGORITHM,
        bytes([CONTEXT_0]) + attributes[1:],
        SIGNATURE_ALGORITHMS[signer.algorithm],
        tlv(OCTET_STRING, signature),
    ]
    if time_stamp is not None:
        signer_info.append(tlv(CONTEXT_1, tlv(SEQUENCE, SIGNATURE_TIME_STAMP, set_of(time_stamp))))
    signed_data = tlv(
        SEQUENCE,
        tlv(INTEGER, b"\x01"),
        set_of(SHA256_ALGORITHM),
        tlv(SEQUENCE, DATA),
        certs,
        set_of(tlv(SEQUENCE, *signer_info)),
    )
    return tlv(SEQUENCE, SIGNED_DATA, tlv(CONTEXT_0, signed_data))


def room_for(signer: SigningCert, time_stamp_room: int) -> int:
    """Bytes that the finished CMS can need: known beforehand but for the signature's DER and the token."""
    attributes = signed_attributes(bytes(32), signer)
    longest = assemble(attributes, bytes(LONGEST_SIGNATURE[signer.algorithm]), signer)
    return len(longest) + (time_stamp_room + 32 if time_stamp_room else 0)


def check_signature(attributes: bytes, signature: bytes, signer: SigningCert) -> None:
    """Nothing is embedded that does not verify. Raises Problem SIGNATURE_INVALID."""
    public_key = load_der_x509_certificate(signer.cert).public_key()
    try:
        if isinstance(public_key, ec.EllipticCurvePublicKey):
            public_key.verify(signature, attributes, ec.ECDSA(SHA256()))
        elif isinstance(public_key, rsa.RSAPublicKey):
            public_key.verify(signature, attributes, padding.PKCS1v15(), SHA256())
        else:
            raise InvalidSignature
    except InvalidSignature:
        raise Problem(
            "SIGNATURE_INVALID",
            "签名值与数字证书不符，未写入文件；请检查所用密钥后重新签署。",
            "The signature does not belong to this cert, so it was not embedded: check the key and sign again.",
        ) from None


@lru_cache(maxsize=4096)
def _of_cert(signer: SigningCert) -> tuple[bytes, bytes]:
    """The certificates field and the signer identifier, the same for every signature with this cert."""
    certs = tlv(CONTEXT_0, *sorted({signer.cert, *signer.chain}))
    parsed = x509.Certificate.load(signer.cert)["tbs_certificate"]
    return certs, tlv(SEQUENCE, parsed["issuer"].dump(), parsed["serial_number"].dump())
