"""A CA puts its name to a key: subjects, profiles and the cert itself, after the strict profile of RFC 5280.

Every cert has a random serial of 127 bits, subject and authority key identifiers, critical basic constraints and
key usage, and is signed with SHA-256. Seal certs have no extended key usage: the NSS library behind ``pdfsig``
refuses those it does not know, and none means unrestricted (RFC 5280, 4.2.1.12).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from signing_service.domain.keys import KeyAlgorithm
from signing_service.domain.schemes import SCHEMES, Family
from signing_service.trust.description import CaDescription, KeyDescription, PkiDescription, Profile

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey

_PATH_LENGTH = {Profile.ROOT: 1, Profile.CA: 0}
_USAGES = {
    Profile.ROOT: {"key_cert_sign", "crl_sign"},
    Profile.CA: {"key_cert_sign", "crl_sign"},
    Profile.SEAL: {"digital_signature", "content_commitment"},
    Profile.TSA: {"digital_signature"},
    Profile.OCSP: {"digital_signature"},
}
_EXTENDED_USAGES = {Profile.TSA: ExtendedKeyUsageOID.TIME_STAMPING, Profile.OCSP: ExtendedKeyUsageOID.OCSP_SIGNING}
_ALL_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True)
class Validity:
    """From and until, both included (RFC 5280, 4.1.2.5), with a time zone; whole seconds."""

    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs a cert: the name that goes into it, and the key. ``publish`` is where this CA's CRL is, or empty."""

    name: x509.Name
    key: PrivateKey
    policy: str = ""
    publish: str = ""
    """``<base>/{service}/<ca>`` with ``{service}`` one of crl, ocsp, ca; empty: the cert names no address."""

    def __repr__(self) -> str:
        return f"Issuer({self.name.rfc4514_string()})"


def new_key(algorithm: KeyAlgorithm) -> PrivateKey:
    """A new private key from the chance of the operating system."""
    scheme = SCHEMES[algorithm]
    match scheme.family:
        case Family.RSA_PKCS1 | Family.RSA_PSS:
            return rsa.generate_private_key(public_exponent=65537, key_size=scheme.bits)
        case Family.ECDSA:
            return ec.generate_private_key(ec.SECP384R1() if scheme.bits == 384 else ec.SECP256R1())
        case Family.EDDSA:
            return ed25519.Ed25519PrivateKey.generate()


def issue_cert(
    subject: x509.Name, public_key: PublicKey, issuer: Issuer, profile: Profile, validity: Validity
) -> x509.Certificate:
    """A cert over ``public_key``. Self-issued where the issuer bears the subject's name.

    The CA signs what it is told: validity outside its own, or a subject that looks like another's, is the caller's
    decision, so that tests can have such certs.
    """
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.name)
        .public_key(public_key)
        .serial_number(_new_serial())
        .not_valid_before(validity.not_before)
        .not_valid_after(validity.not_after)
    )
    for extension, critical in _extensions(public_key, issuer, profile, self_issued=subject == issuer.name):
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer.key, None if isinstance(issuer.key, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def subject_of_ca(pki: PkiDescription, ca: CaDescription) -> x509.Name:
    """The name of a CA: its organisation, the unit ``Development`` for people to see, its common name."""
    return _name(
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, pki.organisation),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "Development"),
        (NameOID.COMMON_NAME, ca.common_name),
    )


def subject_of_holder(key: KeyDescription, pepper: bytes) -> x509.Name:
    """The name of a holder.

    A legal person's USCC stands in organizationIdentifier as ``NTRCN-<USCC>`` (ETSI EN 319 412-1, 5.1.4); a natural
    person's serialNumber is ``code_of_id_number``.
    """
    return _name(
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, key.organisation),
        (NameOID.ORGANIZATION_IDENTIFIER, f"NTRCN-{key.uscc}" if key.uscc else ""),
        (NameOID.COMMON_NAME, key.common_name),
        (NameOID.SERIAL_NUMBER, code_of_id_number(key.id_number, pepper) if key.id_number else ""),
    )


def code_of_id_number(id_number: str, pepper: bytes) -> str:
    """128 bits, in hex, of HMAC-SHA-256 of an ID number.

    Keyed, because a cert is public and there are so few ID numbers that a plain hash of one is soon undone.
    """
    return hmac.new(pepper, f"id-number:{id_number}".encode(), hashlib.sha256).hexdigest()[:32]


def pem_of_key(key: PrivateKey, chain: tuple[x509.Certificate, ...], passphrase: bytes) -> bytes:
    """A key file: the key as encrypted PKCS#8, then its cert, then the certs above it without the root."""
    sealed_key = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )
    return sealed_key + pem_of_certs(chain)


def pem_of_certs(certs: tuple[x509.Certificate, ...]) -> bytes:
    return b"".join(cert.public_bytes(serialization.Encoding.PEM) for cert in certs)


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def _new_serial() -> int:
    # the top bit is set so that every serial has 16 octets and none is zero
    return 1 << 126 | secrets.randbits(126)


def _extensions(
    public_key: PublicKey, issuer: Issuer, profile: Profile, *, self_issued: bool
) -> list[tuple[x509.ExtensionType, bool]]:
    path_length = _PATH_LENGTH.get(profile)
    usages = {usage: usage in _USAGES[profile] for usage in _ALL_USAGES}
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=path_length is not None, path_length=path_length), True),
        (x509.KeyUsage(**usages), True),
        (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
        (issuer_key, False),
    ]
    if issuer.policy:
        information = x509.PolicyInformation(x509.ObjectIdentifier(issuer.policy), None)
        extensions.append((x509.CertificatePolicies([information]), False))
    if profile in _EXTENDED_USAGES:
        extensions.append((x509.ExtendedKeyUsage([_EXTENDED_USAGES[profile]]), True))
    if profile is Profile.OCSP:
        extensions.append((x509.OCSPNoCheck(), False))
    if issuer.publish and not self_issued:
        extensions += _addresses(issuer.publish, profile)
    return extensions


def _addresses(publish: str, profile: Profile) -> list[tuple[x509.ExtensionType, bool]]:
    crl = x509.UniformResourceIdentifier(publish.format(service="crl") + ".crl")
    ocsp = x509.UniformResourceIdentifier(publish.format(service="ocsp"))
    ca_cert = x509.UniformResourceIdentifier(publish.format(service="ca") + ".cer")
    access = [x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, ca_cert)]
    # the root answers by CRL alone, and a responder that vouched for itself would prove nothing
    if profile not in (Profile.CA, Profile.OCSP):
        access.insert(0, x509.AccessDescription(AuthorityInformationAccessOID.OCSP, ocsp))
    point = x509.DistributionPoint([crl], relative_name=None, reasons=None, crl_issuer=None)
    return [(x509.CRLDistributionPoints([point]), False), (x509.AuthorityInformationAccess(access), False)]
