"""What a CA says of a cert is believed only when it is the CA who says it, of this cert, and now.

Rules of RFC 6960, 3.2 for OCSP and RFC 5280, 6.3 for CRLs, in their strict reading: an answer that is stale, signed
by somebody else, about another cert, or that needs what is not understood here, is no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import CRLEntryExtensionOID, ExtendedKeyUsageOID, SignatureAlgorithmOID

CLOCKS_DIFFER = timedelta(minutes=5)
"""By how much a CA's clock may be ahead of ours."""

LIFE_WITHOUT_NEXT_UPDATE = timedelta(hours=1)
"""An OCSP answer without nextUpdate was made a moment ago, or is not believed."""

_WEAK = (hashes.SHA1, hashes.MD5)


class NoAnswer(Exception):
    """A service did not answer, or with something else. Its text says what, without address and without secrets."""


@dataclass(frozen=True, slots=True)
class Revoked:
    at: datetime
    reason: str
    """As RFC 5280 names it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A believed answer."""

    revoked: Revoked | None
    until: datetime
    """Its nextUpdate."""
    responder: bytes | None = None
    """The delegated responder's cert, DER."""


class Unknown(NoAnswer):
    """The CA answers that it never issued this cert."""


def ocsp_request(cert: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """A question about one cert. No nonce, so that a CA may answer with what it made before (RFC 5019, 2.1.1)."""
    # SHA-1 names the issuer, it protects nothing: the hash that every responder knows (RFC 5019, 2.1.1)
    builder = ocsp.OCSPRequestBuilder().add_certificate(cert, issuer, hashes.SHA1())  # noqa: S303
    return builder.build().public_bytes(serialization.Encoding.DER)


def believed_ocsp(answer: bytes, cert: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Statement:
    """What an OCSPResponse (DER) says of a cert. Raises NoAnswer with the reason why it is not believed."""
    try:
        return _ocsp(ocsp.load_der_ocsp_response(answer), cert, issuer, now)
    except NoAnswer:
        raise
    except Exception as error:  # noqa: BLE001 - the parser of foreign bytes raises what it likes
        raise NoAnswer(f"answers with what is no OCSP response ({type(error).__name__})") from None


def _ocsp(answer: ocsp.OCSPResponse, cert: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Statement:
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise NoAnswer(f"OCSP status {answer.response_status.name}")
    singles = [one for one in answer.responses if _is_about(one, cert, issuer)]
    if len(singles) != 1:
        raise NoAnswer("speaks of another cert")
    single = singles[0]
    responder = _responder(answer, issuer, now)
    until = _current(single.this_update_utc, single.next_update_utc, now)
    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        raise Unknown("its CA does not know the cert")
    told = None if responder is issuer else responder.public_bytes(serialization.Encoding.DER)
    if single.certificate_status is ocsp.OCSPCertStatus.GOOD:
        return Statement(None, until, told)
    reason = single.revocation_reason or x509.ReasonFlags.unspecified
    return Statement(Revoked(single.revocation_time_utc or single.this_update_utc, reason.value), until, told)


def _is_about(single: ocsp.OCSPSingleResponse, cert: x509.Certificate, issuer: x509.Certificate) -> bool:
    wanted = ocsp.load_der_ocsp_request(
        ocsp.OCSPRequestBuilder()
        .add_certificate(cert, issuer, single.hash_algorithm)
        .build()
        .public_bytes(serialization.Encoding.DER)
    )
    return (single.serial_number, single.issuer_name_hash, single.issuer_key_hash) == (
        wanted.serial_number,
        wanted.issuer_name_hash,
        wanted.issuer_key_hash,
    )


def _responder(answer: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> x509.Certificate:
    """Who signed: the CA itself, or one whom it named for this (RFC 6960, 4.2.2.2)."""
    for candidate in (issuer, *answer.certificates):
        if _signed(answer, candidate):
            if candidate is not issuer and candidate != issuer:
                _refuse_unauthorised(candidate, issuer, now)
                return candidate
            return issuer
    raise NoAnswer("is signed by nobody we know")


def _signed(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    digest = answer.signature_hash_algorithm
    key, data = signer.public_key(), answer.tbs_response_bytes
    if isinstance(digest, _WEAK):
        raise NoAnswer("is signed with a broken digest")
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(answer.signature, data)
        elif isinstance(key, ec.EllipticCurvePublicKey) and digest:
            key.verify(answer.signature, data, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey) and answer.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS:
            pss_digest = digest or hashes.SHA256()
            key.verify(answer.signature, data, padding.PSS(padding.MGF1(pss_digest), padding.PSS.AUTO), pss_digest)
        elif isinstance(key, rsa.RSAPublicKey) and digest:
            key.verify(answer.signature, data, padding.PKCS1v15(), digest)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _refuse_unauthorised(responder: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
    try:
        responder.verify_directly_issued_by(issuer)
        usages = list(responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        responder.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
        raise NoAnswer("is signed by somebody the CA did not name for it") from None
    if ExtendedKeyUsageOID.OCSP_SIGNING not in usages:
        raise NoAnswer("is signed by somebody the CA did not name for it")
    if not responder.not_valid_before_utc <= now <= responder.not_valid_after_utc:
        raise NoAnswer("is signed by a responder whose cert has run out")


def _current(this_update: datetime, next_update: datetime | None, now: datetime) -> datetime:
    """Until when; raises NoAnswer for an answer of the future or the past."""
    until = next_update or this_update + LIFE_WITHOUT_NEXT_UPDATE
    if this_update > now + CLOCKS_DIFFER:
        raise NoAnswer("is dated in the future")
    if until < now:
        raise NoAnswer("is out of date")
    return until


def believed_crl(answer: bytes, cert: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Statement:
    """What a CRL (DER or PEM) says of a cert. Raises NoAnswer with the reason why it is not believed."""
    try:
        return _crl(load_crl(answer), cert, issuer, now)
    except NoAnswer:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        raise NoAnswer(f"answers with what is no CRL ({type(error).__name__})") from None


def load_crl(data: bytes) -> x509.CertificateRevocationList:
    """In DER, or in PEM. Raises ValueError."""
    return x509.load_pem_x509_crl(data) if data.lstrip().startswith(b"-----") else x509.load_der_x509_crl(data)


def _crl(
    found: x509.CertificateRevocationList, cert: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> Statement:
    if found.issuer != issuer.subject or not found.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
        raise NoAnswer("is signed by somebody else")
    if isinstance(found.signature_hash_algorithm, _WEAK):
        raise NoAnswer("is signed with a broken digest")
    _refuse_partial(found, cert)
    until = _current(found.last_update_utc, found.next_update_utc, now)
    entry = found.get_revoked_certificate_by_serial_number(cert.serial_number)
    if entry is None:
        return Statement(None, until)
    return Statement(Revoked(entry.revocation_date_utc, _reason_of(entry)), until)


def _reason_of(entry: x509.RevokedCertificate) -> str:
    try:
        found = entry.extensions.get_extension_for_oid(CRLEntryExtensionOID.CRL_REASON).value
    except x509.ExtensionNotFound:
        return x509.ReasonFlags.unspecified.value
    return found.reason.value if isinstance(found, x509.CRLReason) else x509.ReasonFlags.unspecified.value


def _refuse_partial(found: x509.CertificateRevocationList, cert: x509.Certificate) -> None:
    """A list that does not speak of all certs of its CA, or not by itself, has to be one that speaks of this cert."""
    for extension in found.extensions:
        scope = extension.value
        if isinstance(scope, x509.IssuingDistributionPoint):
            if not _covers(scope, cert):
                raise NoAnswer("is a list of other certs")
        elif isinstance(scope, x509.DeltaCRLIndicator) or (extension.critical and not _is_understood(scope)):
            raise NoAnswer("is a list that needs what is not understood here")


def _is_understood(extension: x509.ExtensionType) -> bool:
    return isinstance(extension, x509.CRLNumber | x509.AuthorityKeyIdentifier)


def _covers(scope: x509.IssuingDistributionPoint, cert: x509.Certificate) -> bool:
    if scope.indirect_crl or scope.only_some_reasons or scope.only_contains_attribute_certs or scope.relative_name:
        return False
    is_ca = _is_ca(cert)
    if (scope.only_contains_user_certs and is_ca) or (scope.only_contains_ca_certs and not is_ca):
        return False
    named = {name.value for name in scope.full_name or () if isinstance(name, x509.UniformResourceIdentifier)}
    return not scope.full_name or bool(named & set(crl_addresses(cert)))


def _is_ca(cert: x509.Certificate) -> bool:
    try:
        return cert.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def ocsp_addresses(cert: x509.Certificate) -> list[str]:
    """Where a cert says that its status is told (AIA)."""
    try:
        access = cert.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return []
    ocsp_oid = x509.oid.AuthorityInformationAccessOID.OCSP
    return [str(one.access_location.value) for one in access if one.access_method == ocsp_oid]


def crl_addresses(cert: x509.Certificate) -> list[str]:
    """Where a cert says that its CA's list is (CRL distribution points)."""
    try:
        points = cert.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return []
    names = [name for point in points for name in point.full_name or () if not point.crl_issuer]
    return [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]
