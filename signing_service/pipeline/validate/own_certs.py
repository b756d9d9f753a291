"""Certs, OCSP responses and CRLs of the plain kind, read once in a process and kept with what was found in them.

Plain is what our own CAs and ordinary ones issue (RFC 5280, 4.2; RFC 6960, 4.2). An extension, algorithm or shape
beyond that raises NotOursError, and the full path looks. Only what does not depend on the day is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    ExtensionOID,
    ObjectIdentifier,
    OCSPExtensionOID,
)

from signing_service.pipeline.validate.own_objects import NotOursError

SHORTEST_RSA = 2048
_DIGESTS = frozenset({"sha256", "sha384", "sha512"})
_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_PLAIN = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
        ExtensionOID.OCSP_NO_CHECK,
    }
)
_MAY_BE_CRITICAL = frozenset({ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE})
_PLAIN_IN_LISTS = frozenset({ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.CRL_NUMBER})
_HASHES: Mapping[str, str] = {"sha1": "sha1", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, slots=True, eq=False)
class Cert:
    """What is to be known of a cert, whoever asks and whenever. One object for one DER in a process."""

    der: bytes
    parsed: x509.Certificate
    key: PublicKey
    subject: str
    """Names as the full path compares them: normalised, so that two spellings of one name are one."""
    issuer: str
    serial: int
    since: datetime
    until: datetime
    is_ca: bool
    path_length: int | None
    usages: frozenset[str]
    purposes: tuple[ObjectIdentifier, ...] | None
    """Extended key usages; None when it names none."""
    names_ocsp: bool
    names_crl: bool
    needs_no_check: bool
    key_id: bytes | None
    issuer_key_id: bytes | None
    sha256: str

    def in_term(self, at: datetime) -> bool:
        return self.since <= at <= self.until


@lru_cache(maxsize=4096)
def cert_of(der: bytes) -> Cert:
    """Raises NotOursError for a cert that is not plain."""
    try:
        parsed = x509.load_der_x509_certificate(der)
        key = _plain_key(parsed.public_key())
        found = {one.oid: one for one in parsed.extensions}
        names = asn1_x509.Certificate.load(der, strict=True)
        subject, issuer = names.subject.hashable, names.issuer.hashable
        _require_plain_signature(parsed.signature_hash_algorithm, parsed.signature_algorithm_oid)
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        raise NotOursError("a cert that cannot be read") from None
    if not found.keys() <= _PLAIN or any(one.critical and one.oid not in _MAY_BE_CRITICAL for one in found.values()):
        raise NotOursError("a cert with extensions beyond the plain ones")
    values = {oid: one.value for oid, one in found.items()}
    constraints = values.get(ExtensionOID.BASIC_CONSTRAINTS)
    purposes = values.get(ExtensionOID.EXTENDED_KEY_USAGE)
    access = values.get(ExtensionOID.AUTHORITY_INFORMATION_ACCESS, ())
    subject_key = values.get(ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    issuer_key = values.get(ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
    return Cert(
        der=der,
        parsed=parsed,
        key=key,
        subject=subject,
        issuer=issuer,
        serial=parsed.serial_number,
        since=parsed.not_valid_before_utc,
        until=parsed.not_valid_after_utc,
        is_ca=constraints is not None and constraints.ca,
        path_length=constraints.path_length if constraints is not None else None,
        usages=_usages(values.get(ExtensionOID.KEY_USAGE)),
        purposes=tuple(purposes) if purposes is not None else None,
        names_ocsp=any(one.access_method == AuthorityInformationAccessOID.OCSP for one in access),
        names_crl=ExtensionOID.CRL_DISTRIBUTION_POINTS in values,
        needs_no_check=ExtensionOID.OCSP_NO_CHECK in values,
        key_id=subject_key.digest if subject_key is not None else None,
        issuer_key_id=issuer_key.key_identifier if issuer_key is not None else None,
        sha256=hashlib.sha256(der).hexdigest(),
    )


def _usages(usage: x509.KeyUsage | None) -> frozenset[str]:
    names = ("digital_signature", "content_commitment", "key_cert_sign", "crl_sign")
    return frozenset(name for name in names if usage is not None and getattr(usage, name))


def _plain_key(key: object) -> PublicKey:
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= SHORTEST_RSA:
        return key
    raise NotOursError("a key of another kind, or too short")


def _require_plain_signature(digest: hashes.HashAlgorithm | None, algorithm: ObjectIdentifier) -> None:
    if digest is None or digest.name not in _DIGESTS or algorithm == x509.SignatureAlgorithmOID.RSASSA_PSS:
        raise NotOursError("signed with an algorithm that is not plain")


@lru_cache(maxsize=8192)
def is_issued_by(issued: Cert, issuer: Cert) -> bool:
    """By name, key identifier and signature; ``issuer`` may issue certs."""
    if issued.issuer != issuer.subject or not issuer.is_ca or "key_cert_sign" not in issuer.usages:
        return False
    if issued.issuer_key_id is not None and issued.issuer_key_id != issuer.key_id:
        return False
    try:
        issued.parsed.verify_directly_issued_by(issuer.parsed)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_signed(key: PublicKey, signature: bytes, data: bytes, digest: hashes.HashAlgorithm) -> bool:
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(digest))
        else:
            key.verify(signature, data, padding.PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True


# ---- revocation


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """An OCSP response on one cert, which says that it is good."""

    parsed: ocsp.OCSPResponse
    serial: int
    until: datetime

    def is_about(self, cert: Cert, issuer: Cert) -> bool:
        return self.serial == cert.serial and _identified(self, issuer)


@lru_cache(maxsize=4096)
def answer_of(der: bytes) -> Answer:
    """Raises NotOursError for a response of another shape, on several certs or on one that is not good."""
    try:
        parsed = ocsp.load_der_ocsp_response(der)
        if parsed.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise NotOursError("an OCSP response without an answer")
        # of several answers in one response this property knows none, and raises ValueError
        status, until = parsed.certificate_status, parsed.next_update_utc
        _require_plain_signature(parsed.signature_hash_algorithm, parsed.signature_algorithm_oid)
        extended = [one.oid for one in parsed.extensions if one.oid != OCSPExtensionOID.NONCE]
        extended += [one.oid for one in parsed.single_extensions]
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        raise NotOursError("an OCSP response that cannot be read") from None
    if status is not ocsp.OCSPCertStatus.GOOD or until is None or until < parsed.this_update_utc or extended:
        raise NotOursError("an OCSP response that says more than good")
    return Answer(parsed, parsed.serial_number, until)


@lru_cache(maxsize=8192)
def _identified(answer: Answer, issuer: Cert) -> bool:
    """Whether the response means this issuer (RFC 6960, 4.1.1: its name and its key, hashed)."""
    name = _HASHES.get(answer.parsed.hash_algorithm.name)
    if name is None:
        return False
    subject = issuer.parsed.subject.public_bytes()
    return (answer.parsed.issuer_name_hash, answer.parsed.issuer_key_hash) == (
        hashlib.new(name, subject).digest(),
        hashlib.new(name, _key_bits(issuer.parsed)).digest(),
    )


@lru_cache(maxsize=8192)
def responder_of(answer: Answer, issuer: Cert) -> Cert:
    """Who signed the response: a responder that ``issuer`` itself named for that (RFC 6960, 4.2.2.2).

    Raises NotOursError when it is anybody else, or when the signature does not verify.
    """
    parsed = answer.parsed
    brought = [cert_of(one.public_bytes(Encoding.DER)) for one in parsed.certificates]
    wanted = parsed.responder_key_hash
    named = [one for one in brought if wanted is not None and hashlib.sha1(_key_bits(one.parsed)).digest() == wanted]  # noqa: S324 - RFC 6960, 4.2.1: KeyHash is SHA-1
    if len(named) != 1:
        raise NotOursError("a response without the cert of its responder")
    (responder,) = named
    is_fit = responder.purposes == (ExtendedKeyUsageOID.OCSP_SIGNING,) and responder.needs_no_check
    digest = parsed.signature_hash_algorithm
    if not is_fit or "digital_signature" not in responder.usages or not is_issued_by(responder, issuer):
        raise NotOursError("a responder that the CA did not name")
    if digest is None or not _is_signed(responder.key, parsed.signature, parsed.tbs_response_bytes, digest):
        raise NotOursError("a response whose signature does not verify")
    return responder


def _key_bits(cert: x509.Certificate) -> bytes:
    key = cert.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    raise NotOursError("a key of another kind")


@dataclass(frozen=True, slots=True, eq=False)
class RevocationList:
    parsed: x509.CertificateRevocationList
    issuer: str
    until: datetime

    def names(self, cert: Cert) -> bool:
        return self.parsed.get_revoked_certificate_by_serial_number(cert.serial) is not None


@lru_cache(maxsize=256)
def list_of(der: bytes) -> RevocationList:
    """Raises NotOursError for a list that is partial, indirect or of another shape."""
    try:
        parsed = x509.load_der_x509_crl(der)
        issuer = asn1_crl.CertificateList.load(der, strict=True).issuer.hashable
        _require_plain_signature(parsed.signature_hash_algorithm, parsed.signature_algorithm_oid)
        extended = {one.oid for one in parsed.extensions}
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        raise NotOursError("a CRL that cannot be read") from None
    until = parsed.next_update_utc
    if until is None or until < parsed.last_update_utc or not extended <= _PLAIN_IN_LISTS:
        raise NotOursError("a CRL that speaks of a part, or without end")
    return RevocationList(parsed, issuer, until)


@lru_cache(maxsize=2048)
def is_signed_by(revocation_list: RevocationList, issuer: Cert) -> bool:
    if "crl_sign" not in issuer.usages:
        return False
    return revocation_list.parsed.is_signature_valid(issuer.key)
