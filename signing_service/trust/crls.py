"""The CAs' own lists of revoked certs (CRL, RFC 5280, 5), one file a CA, made anew when due or after a revocation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from signing_service.trust.files import PUBLIC, locked, write_whole
from signing_service.trust.issue import PublicKey
from signing_service.trust.pki import Pki
from signing_service.trust.register import Register, Revocation

LIFE = timedelta(days=30)
"""From thisUpdate to nextUpdate: long, because a developer's machine sleeps and a stale list makes seals undecided."""

DUE = timedelta(days=20)
"""A list with less than this left is made anew at the next occasion."""


@dataclass(frozen=True, slots=True)
class Crl:
    """One list and what it says of itself."""

    ca: str
    number: int
    this_update: datetime
    next_update: datetime
    revoked: int
    is_new: bool
    der: bytes


class Crls:
    """The lists of one PKI, kept in its folder ``crl``."""

    def __init__(self, pki: Pki, register: Register) -> None:
        self._pki = pki
        self._register = register
        self._folder = pki.folder / "crl"

    def current(self, ca: str, now: datetime) -> Crl:
        """The list of a CA: the one on file while it is current and complete, else a new one.

        Raises KeyError for a CA that is not of this PKI, Problem PKI_REGISTER_UNREADABLE.
        """
        held = self._held(ca, now)
        if held is not None:
            return held
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        with locked(self._pki.folder / ".lock"):
            return self._held(ca, now) or self._make(ca, now)

    def keep_current(self, now: datetime) -> list[Crl]:
        """The lists of all CAs, each made anew where it has to be."""
        return [self.current(ca, now) for ca in self._pki.cas]

    def make_anew(self, now: datetime) -> list[Crl]:
        """New lists of all CAs, whatever is on file."""
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        with locked(self._pki.folder / ".lock"):
            return [self._make(ca, now) for ca in self._pki.cas]

    def _held(self, ca: str, now: datetime) -> Crl | None:
        found = _load(self._path(ca))
        if found is None:
            return None
        told = _told(ca, found, is_new=False)
        current = told.this_update <= now and told.next_update - now > DUE
        return told if current and self._is_complete(ca, found) else None

    def _is_complete(self, ca: str, found: x509.CertificateRevocationList) -> bool:
        listed = {(one.serial_number, one.revocation_date_utc) for one in found}
        wanted = {(one.serial, one.at) for one in self._register.revocations(ca)}
        return listed == wanted and found.is_signature_valid(self._public_key(ca))

    def _public_key(self, ca: str) -> PublicKey:
        key = self._pki.cas[ca].public_key()
        if not isinstance(key, PublicKey):
            raise TypeError(f"the key of CA {ca} is neither RSA nor ECDSA")
        return key

    def _make(self, ca: str, now: datetime) -> Crl:
        issuer = self._pki.issuer(ca)
        begin = now.astimezone(UTC).replace(microsecond=0)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.name)
            .last_update(begin)
            .next_update(begin + LIFE)
            .add_extension(x509.CRLNumber(self._next_number(ca, begin)), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._public_key(ca)), critical=False)
        )
        for revocation in self._register.revocations(ca):
            builder = builder.add_revoked_certificate(_entry(revocation))
        made = builder.sign(issuer.key, hashes.SHA256())
        write_whole(self._path(ca), made.public_bytes(serialization.Encoding.DER), PUBLIC)
        return _told(ca, made, is_new=True)

    def _next_number(self, ca: str, now: datetime) -> int:
        """Grows from list to list, and also where the last one was lost (RFC 5280, 5.2.3)."""
        last = _load(self._path(ca))
        # an empty list is False
        return max(0 if last is None else _number(last) + 1, int(now.timestamp()))

    def _path(self, ca: str) -> Path:
        self._pki.cas[ca]
        return self._folder / f"{ca}.crl"


def _load(path: Path) -> x509.CertificateRevocationList | None:
    """None also for what is no list: it is made anew."""
    try:
        return x509.load_der_x509_crl(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _entry(revocation: Revocation) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(revocation.serial).revocation_date(revocation.at)
    if revocation.reason is not x509.ReasonFlags.unspecified:  # to be left out (RFC 5280, 5.3.1)
        builder = builder.add_extension(x509.CRLReason(revocation.reason), critical=False)
    return builder.build()


def _told(ca: str, found: x509.CertificateRevocationList, *, is_new: bool) -> Crl:
    begin, end = found.last_update_utc, found.next_update_utc or found.last_update_utc
    der = found.public_bytes(serialization.Encoding.DER)
    return Crl(ca, _number(found), begin, end, len(found), is_new, der)


def _number(found: x509.CertificateRevocationList) -> int:
    try:
        return found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return 0
