"""Proof that a digest existed at a time: a time-stamping authority in the process (RFC 3161, RFC 5816).

Who relies on it trusts this machine's clock and key; in production an independent authority stands behind the same
protocol. A token is written out in DER around parts made ready at start, so that it costs little more than the
signature in it.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, KeyRef, KeyStore, TimeStamp
from signing_service.domain.schemes import DIGEST_IDENTIFIERS, SCHEMES
from signing_service.trust.der import (
    explicit,
    integer,
    object_identifier,
    octet_string,
    one_bit,
    sequence,
    set_of,
    tlv,
    utf8_string,
)

POLICY = "2.25.147608445437398312328093907484980594400.2"
"""Under which tokens are made: time from the system clock, to one second."""

ACCURACY_SECONDS = 1

_DIGEST_LENGTHS = {"sha256": 32, "sha384": 48, "sha512": 64}
LONGEST_REQUEST = 4096

_SHA256 = object_identifier("2.16.840.1.101.3.4.2.1")
_SIGNED_DATA = object_identifier("1.2.840.113549.1.7.2")
_TST_INFO = object_identifier("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE = object_identifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = object_identifier("1.2.840.113549.1.9.4")
_SIGNING_CERT_V2 = object_identifier("1.2.840.113549.1.9.16.2.47")

_GRANTED = sequence(integer(0))


class Failure(IntEnum):
    """Why a request is rejected: the bit of PKIFailureInfo (RFC 3161, 2.4.2)."""

    BAD_ALG = 0
    BAD_REQUEST = 2
    BAD_DATA_FORMAT = 5
    UNACCEPTED_POLICY = 15
    UNACCEPTED_EXTENSION = 16
    SYSTEM_FAILURE = 25


class _Rejected(Exception):
    def __init__(self, failure: Failure, reason: str) -> None:
        super().__init__(reason)
        self.failure = failure
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Request:
    imprint: bytes
    """MessageImprint, DER as it came."""
    nonce: bytes
    """INTEGER, DER as it came; empty without one."""
    wants_certs: bool


class EmbeddedTsa:
    """A ``domain.keys.TimeStampingAuthority``, and the server side of RFC 3161 on bytes.

    ``sign`` signs over data which it hashes as ``algorithm`` has it, as ``KeyStore.sign`` does; ``clock`` tells the time with its
    zone. Serials grow within an instance and are unique among instances by ``instance``, 64 bits of chance.
    """

    def __init__(
        self,
        cert: bytes,
        chain: Sequence[bytes],
        sign: Callable[[bytes], bytes],
        clock: Callable[[], datetime],
        instance: int | None = None,
        algorithm: KeyAlgorithm | None = None,
    ) -> None:
        """``cert`` and ``chain`` are DER; without ``algorithm`` it is that of the cert's key, RSA with PKCS#1.

        Raises Problem TSA_CERT_UNFIT unless the cert is for time-stamping only.
        """
        self._cert = x509.load_der_x509_certificate(cert)
        _refuse_unfit(self._cert)
        self._sign = sign
        self._clock = clock
        self._instance = secrets.randbits(64) if instance is None else instance
        self._last_tick = 0
        self._counting = threading.Lock()
        self._policy = object_identifier(POLICY)
        self._certs = explicit(0, *sorted((cert, *chain)))
        self._signer_id, self._signing_cert_attribute = _signer_parts(cert)
        algorithm = algorithm or _algorithm_of(self._cert)
        self._digest = algorithm.digest
        self._digest_algorithm = DIGEST_IDENTIFIERS[algorithm.digest]
        self._signature_algorithm = SCHEMES[algorithm].identifier

    @classmethod
    def of(cls, store: KeyStore, key: KeyRef, clock: Callable[[], datetime]) -> EmbeddedTsa:
        """A TSA whose key lives in a key store."""
        signing_cert = store.signing_cert(key)
        return cls(
            signing_cert.cert,
            signing_cert.chain,
            lambda data: store.sign(key, data),
            clock,
            algorithm=signing_cert.algorithm,
        )

    def time_stamp(self, digest: bytes) -> TimeStamp:
        """A token over a SHA-256 digest, with the TSA's certs in it.

        Raises Problem TSA_UNAVAILABLE outside the term of the TSA's cert, and whatever the key store raises;
        ValueError for a digest that is not 32 bytes long.
        """
        if len(digest) != 32:
            raise ValueError(f"a SHA-256 digest has 32 bytes, not {len(digest)}")
        imprint = sequence(sequence(_SHA256), octet_string(digest))
        return self._token(_Request(imprint, nonce=b"", wants_certs=True))

    def answer(self, request: bytes) -> bytes:
        """The TimeStampResp to a TimeStampReq, both DER; a request that cannot be granted is rejected with its reason.

        Raises nothing: a key that is not to be had is the failure systemFailure.
        """
        try:
            return sequence(_GRANTED, self._token(_parse(request)).token)
        except _Rejected as rejected:
            return _rejection(rejected.failure, rejected.reason)
        except Problem as problem:
            return _rejection(Failure.SYSTEM_FAILURE, problem.code)

    def _token(self, request: _Request) -> TimeStamp:
        now = self._now()
        info = sequence(
            integer(1),
            self._policy,
            request.imprint,
            integer(self._next_serial(now)),
            tlv(0x18, now.strftime("%Y%m%d%H%M%SZ").encode()),
            sequence(integer(ACCURACY_SECONDS)),
            request.nonce,
        )
        return TimeStamp(self._signed(info, with_certs=request.wants_certs), now.replace(microsecond=0))

    def _now(self) -> datetime:
        now = self._clock().astimezone(UTC)
        if not self._cert.not_valid_before_utc <= now <= self._cert.not_valid_after_utc:
            raise Problem(
                "TSA_UNAVAILABLE",
                "时间戳证书不在有效期内，暂不能加盖时间戳。请检查系统时钟，或更换时间戳证书。",
                "The time-stamping cert is outside its term. Check the system clock, or renew the cert.",
                status=503,
            )
        return now

    def _next_serial(self, now: datetime) -> int:
        with self._counting:
            self._last_tick = max(self._last_tick + 1, int(now.timestamp() * 1_000_000))
            return self._last_tick << 64 | self._instance

    def _signed(self, info: bytes, *, with_certs: bool) -> bytes:
        """The ContentInfo of a SignedData, version 3 because its content is not id-data (RFC 5652, 5.1)."""
        attributes = sorted(
            (
                sequence(_CONTENT_TYPE, set_of(_TST_INFO)),
                sequence(_MESSAGE_DIGEST, set_of(octet_string(hashlib.new(self._digest, info).digest()))),
                self._signing_cert_attribute,
            )
        )
        signer = sequence(
            integer(1),
            self._signer_id,
            self._digest_algorithm,
            explicit(0, *attributes),
            self._signature_algorithm,
            # what is signed has the tag of SET OF in place of [0] (RFC 5652, 5.4)
            octet_string(self._sign(tlv(0x31, *attributes))),
        )
        signed_data = sequence(
            integer(3),
            set_of(self._digest_algorithm),
            sequence(_TST_INFO, explicit(0, octet_string(info))),
            self._certs if with_certs else b"",
            set_of(signer),
        )
        return sequence(_SIGNED_DATA, explicit(0, signed_data))


def _refuse_unfit(cert: x509.Certificate) -> None:
    try:
        usage = cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        usage = None
    if usage is None or not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise Problem(
            "TSA_CERT_UNFIT",
            "该证书不能用于时间戳：其扩展密钥用途须为关键扩展，且仅含 timeStamping。请换用时间戳专用证书。",
            "This cert cannot time-stamp: its extended key usage must be critical and timeStamping alone "
            "(RFC 3161, 2.3). Use a cert issued for time-stamping.",
            status=500,
        )


def _algorithm_of(cert: x509.Certificate) -> KeyAlgorithm:
    match cert.public_key():
        case rsa.RSAPublicKey():
            return KeyAlgorithm.RSA_2048
        case ec.EllipticCurvePublicKey(key_size=384):
            return KeyAlgorithm.ECDSA_P384
        case ed25519.Ed25519PublicKey():
            return KeyAlgorithm.ED25519
    return KeyAlgorithm.ECDSA_P256


def _signer_parts(cert: bytes) -> tuple[bytes, bytes]:
    """IssuerAndSerialNumber, and the attribute signing-certificate-v2 with its ESSCertIDv2 (RFC 5035, 4)."""
    parsed: Any = asn1_x509.Certificate.load(cert)
    issuer: bytes = parsed.issuer.dump()
    serial = integer(parsed.serial_number)
    issuer_serial = sequence(sequence(explicit(4, issuer)), serial)
    cert_id = sequence(octet_string(hashlib.sha256(cert).digest()), issuer_serial)
    return sequence(issuer, serial), sequence(_SIGNING_CERT_V2, set_of(sequence(sequence(cert_id))))


def _parse(request: bytes) -> _Request:
    if len(request) > LONGEST_REQUEST:
        raise _Rejected(Failure.BAD_DATA_FORMAT, f"a request has at most {LONGEST_REQUEST} bytes")
    try:
        parsed = tsp.TimeStampReq.load(request, strict=True)
        facts = parsed.native
    except Exception as error:  # the parser of hostile bytes raises ValueError, and AttributeError, and more
        raise _Rejected(Failure.BAD_DATA_FORMAT, "not a TimeStampReq in DER") from error
    if facts["version"] != "v1":
        raise _Rejected(Failure.BAD_REQUEST, "version 1 only")
    algorithm = facts["message_imprint"]["hash_algorithm"]
    if algorithm["algorithm"] not in _DIGEST_LENGTHS or algorithm["parameters"] is not None:
        raise _Rejected(Failure.BAD_ALG, "SHA-256, SHA-384 or SHA-512 only")
    if len(facts["message_imprint"]["hashed_message"]) != _DIGEST_LENGTHS[algorithm["algorithm"]]:
        raise _Rejected(Failure.BAD_DATA_FORMAT, "the digest's length is not that of its algorithm")
    if facts["req_policy"] not in (None, POLICY):
        raise _Rejected(Failure.UNACCEPTED_POLICY, f"the policy here is {POLICY}")
    if facts["extensions"]:
        raise _Rejected(Failure.UNACCEPTED_EXTENSION, "no extension is supported")
    nonce = parsed["nonce"].dump() if facts["nonce"] is not None else b""
    return _Request(parsed["message_imprint"].dump(), nonce, wants_certs=bool(facts["cert_req"]))


def _rejection(failure: Failure, reason: str) -> bytes:
    return sequence(sequence(integer(2), sequence(utf8_string(reason)), one_bit(failure)))
