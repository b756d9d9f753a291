"""The status of one cert, told the moment it is asked (OCSP, RFC 6960, in the profile of RFC 5019).

Each CA under the root answers by a delegated responder with a key of its own; the root answers by its CRL alone. An
answer is written out in DER, so that it bears the time of the clock it is given and costs little more than its
signature.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

from asn1crypto import ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from signing_service.domain.errors import Problem
from signing_service.trust.der import explicit, object_identifier, octet_string, sequence, tlv
from signing_service.trust.description import Profile
from signing_service.trust.pki import Pki
from signing_service.trust.register import Register, Revocation, Stamp, stamp_of

LIFE = timedelta(hours=12)
"""From thisUpdate to nextUpdate; RFC 5019 wants both."""

LONGEST_REQUEST = 4096
MOST_QUESTIONS = 8
LONGEST_NONCE = 128
"""Octets (RFC 9654, 2.1)."""

_BASIC = object_identifier("1.3.6.1.5.5.7.48.1.1")
_NONCE = object_identifier("1.3.6.1.5.5.7.48.1.2")
_ECDSA_WITH_SHA256 = sequence(object_identifier("1.2.840.10045.4.3.2"))
_GOOD, _UNKNOWN = tlv(0x80), tlv(0x82)
_REASON_CODES = {
    x509.ReasonFlags.key_compromise: 1,
    x509.ReasonFlags.ca_compromise: 2,
    x509.ReasonFlags.affiliation_changed: 3,
    x509.ReasonFlags.superseded: 4,
    x509.ReasonFlags.cessation_of_operation: 5,
    x509.ReasonFlags.privilege_withdrawn: 9,
}
_DIGESTS = {"sha1", "sha256", "sha384", "sha512"}


class Status(IntEnum):
    """OCSPResponseStatus of an answer without a status (RFC 6960, 4.2.1)."""

    MALFORMED_REQUEST = 1
    INTERNAL_ERROR = 2
    TRY_LATER = 3
    UNAUTHORIZED = 6


class _Refused(Exception):
    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


@dataclass(frozen=True, slots=True)
class _Speaker:
    """The delegated responder of one CA."""

    stamp: Stamp | None
    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    responder_id: bytes
    certs: bytes


@dataclass(frozen=True, slots=True)
class _Question:
    cert_ids: tuple[Any, ...]
    nonce: bytes
    """The extension's value, DER; empty without one."""


class OcspResponder:
    """Answers for the CAs of a PKI that have a responder's key."""

    def __init__(self, pki: Pki, register: Register, clock: Callable[[], datetime]) -> None:
        self._pki = pki
        self._register = register
        self._clock = clock
        self._labels = {key.issuer: key.label for key in pki.description.keys if key.profile is Profile.OCSP}
        self._speakers: dict[str, _Speaker] = {}
        self._opening = threading.Lock()

    def answers_for(self, ca: str) -> bool:
        return ca in self._labels

    def answer(self, ca: str, request: bytes) -> bytes:
        """The OCSPResponse to an OCSPRequest, both DER; raises nothing: what cannot be answered has its status."""
        try:
            question = _parse(request)
            speaker = self._speaker(ca)
            now = self._clock().astimezone(UTC).replace(microsecond=0)
            self._refuse_unfit(ca, speaker, now)
            singles = [self._single(ca, cert_id, now) for cert_id in question.cert_ids]
        except _Refused as refused:
            return sequence(tlv(0x0A, bytes((refused.status,))))
        except (Problem, OSError, ValueError, TypeError):
            return sequence(tlv(0x0A, bytes((Status.INTERNAL_ERROR,))))
        return _signed(speaker, now, singles, question.nonce)

    def _single(self, ca: str, cert_id: Any, now: datetime) -> bytes:
        self._refuse_foreign(ca, cert_id)
        serial = cert_id["serial_number"].native
        revocation = self._register.revocation(ca, serial)
        if revocation is not None:
            status = _revoked(revocation)
        else:
            status = _GOOD if self._register.was_issued(ca, self._pki.cas[ca], serial) else _UNKNOWN
        return sequence(cert_id.dump(), status, _time(now), explicit(0, _time(now + LIFE)))

    def _refuse_foreign(self, ca: str, cert_id: Any) -> None:
        """We speak for our own certs only: name and key of the issuer have to be this CA's (RFC 5019, 2.2.3)."""
        algorithm = cert_id["hash_algorithm"]["algorithm"].native
        issuer = asn1_x509.Certificate.load(self._pki.der_of_ca(ca))
        if algorithm not in _DIGESTS or (
            cert_id["issuer_name_hash"].native,
            cert_id["issuer_key_hash"].native,
        ) != hashes_of_issuer(issuer, algorithm):
            raise _Refused(Status.UNAUTHORIZED)

    def _refuse_unfit(self, ca: str, speaker: _Speaker, now: datetime) -> None:
        cert = speaker.cert
        in_term = cert.not_valid_before_utc <= now <= cert.not_valid_after_utc
        if not in_term or self._register.revocation(ca, cert.serial_number):
            raise _Refused(Status.TRY_LATER)

    def _speaker(self, ca: str) -> _Speaker:
        if ca not in self._labels:
            raise _Refused(Status.UNAUTHORIZED)
        label = self._labels[ca]
        with self._opening:
            held = self._speakers.get(ca)
            stamp = stamp_of(self._pki.keys / f"{label}.pem")
            if held is None or held.stamp != stamp:
                held = self._speakers[ca] = self._open(label, stamp)
            return held

    def _open(self, label: str, stamp: Stamp | None) -> _Speaker:
        key, cert = self._pki.service_key(label)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"the responder's key {label} has to be on a curve")
        parsed = asn1_x509.Certificate.load(_der(cert))
        return _Speaker(
            stamp,
            cert,
            key,
            # byKey: SHA-1 of the public key (RFC 6960, 4.2.1)
            explicit(2, octet_string(parsed.public_key.sha1)),
            explicit(0, sequence(_der(cert))),
        )


def hashes_of_issuer(issuer: Any, algorithm: str) -> tuple[bytes, bytes]:
    """Hash of the name (DER) and of the public key (its bits alone), as a CertID has them (RFC 6960, 4.1.1)."""
    bits: bytes = issuer.public_key["public_key"].contents[1:]
    return hashlib.new(algorithm, issuer.subject.dump()).digest(), hashlib.new(algorithm, bits).digest()


def _parse(request: bytes) -> _Question:
    if len(request) > LONGEST_REQUEST:
        raise _Refused(Status.MALFORMED_REQUEST)
    try:
        asked = ocsp.OCSPRequest.load(request, strict=True)["tbs_request"]
        facts = asked.native  # reads every part
        cert_ids = tuple(one["req_cert"] for one in asked["request_list"])
        extensions = [*(asked["request_extensions"] or ())]
        critical = [one for one in extensions if one["critical"].native and one["extn_id"].native != "nonce"]
        nonces = [one["extn_value"].contents for one in extensions if one["extn_id"].native == "nonce"]
        singles = [one for part in facts["request_list"] for one in part["single_request_extensions"] or ()]
    except Exception as error:  # the parser of hostile bytes raises ValueError, and AttributeError, and more
        raise _Refused(Status.MALFORMED_REQUEST) from error
    too_much = len(cert_ids) not in range(1, MOST_QUESTIONS + 1) or len(nonces) > 1
    if too_much or critical or any(one["critical"] for one in singles) or facts["version"] != "v1":
        raise _Refused(Status.MALFORMED_REQUEST)
    nonce = nonces[0] if nonces else b""
    if nonces and not 1 <= len(nonce) <= LONGEST_NONCE + 3:
        raise _Refused(Status.MALFORMED_REQUEST)
    return _Question(cert_ids, nonce)


def has_nonce(request: bytes) -> bool:
    """Whether an answer to this request is for one asker only; True for what is no request."""
    try:
        return bool(_parse(request).nonce)
    except _Refused:
        return True


def _revoked(revocation: Revocation) -> bytes:
    code = _REASON_CODES.get(revocation.reason)
    reason = explicit(0, tlv(0x0A, bytes((code,)))) if code else b""
    return tlv(0xA1, _time(revocation.at), reason)


def _signed(speaker: _Speaker, now: datetime, singles: list[bytes], nonce: bytes) -> bytes:
    extensions = explicit(1, sequence(sequence(_NONCE, octet_string(nonce)))) if nonce else b""
    data = sequence(speaker.responder_id, _time(now), sequence(*singles), extensions)
    signature = speaker.key.sign(data, ec.ECDSA(hashes.SHA256()))
    basic = sequence(data, _ECDSA_WITH_SHA256, tlv(0x03, b"\0", signature), speaker.certs)
    return sequence(tlv(0x0A, b"\0"), explicit(0, sequence(_BASIC, octet_string(basic))))


def _time(moment: datetime) -> bytes:
    return tlv(0x18, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def _der(cert: x509.Certificate) -> bytes:
    return cert.public_bytes(Encoding.DER)
