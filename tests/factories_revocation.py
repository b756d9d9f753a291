"""A CA's word on its certs for tests: OCSP by the responders of the development PKI, the root's CRL over its CAs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import ocsp

from signing_service.domain.errors import Problem
from signing_service.domain.keys import RevocationEvidence
from signing_service.trust.description import ROOT
from signing_service.trust.pki import Pki

CURRENT_FOR = timedelta(hours=24)


@dataclass
class TestRevocation:
    """A ``RevocationSource`` over the certs of ``pki``. ``revoked``: when, by SHA-256 fingerprint of the cert."""

    __test__ = False

    pki: Pki
    revoked: dict[bytes, datetime] = field(default_factory=dict)
    published: dict[tuple[str, datetime], bytes] = field(default_factory=dict)
    down: int = 0
    asked: int = 0

    def revoke(self, cert: bytes, at: datetime) -> None:
        self.revoked[x509.load_der_x509_certificate(cert).fingerprint(hashes.SHA256())] = at

    def evidence(self, chain: Sequence[bytes], now: datetime, proven: datetime | None = None) -> RevocationEvidence:
        self.asked += 1
        if self.down:
            self.down -= 1
            raise Problem("REVOCATION_UNAVAILABLE", "吊销信息暂时查不到。", "Not to be had now.", status=503)
        certs: list[bytes] = []
        ocsps: list[bytes] = []
        crls: list[bytes] = []
        for der in chain:
            cert = x509.load_der_x509_certificate(der)
            since = self.revoked.get(cert.fingerprint(hashes.SHA256()))
            if since is not None and (proven is None or since <= proven):
                raise Problem("CERT_REVOKED", "数字证书已被吊销。", "The cert is revoked.", revoked_at=since)
            ca = next(name for name, known in self.pki.cas.items() if known.subject == cert.issuer)
            certs.append(der)
            if since is not None:
                crls.append(self._new_crl(ca, now.replace(microsecond=0), {cert.serial_number: since}))
            elif ca == ROOT:
                crls.append(self._crl(ca, now))
            else:
                responder = self.pki.certs[f"ocsp-{ca}"]
                ocsps.append(self._ocsp(cert, ca, responder, now))
                certs.append(responder.public_bytes(Encoding.DER))
        return RevocationEvidence(*(tuple(dict.fromkeys(part)) for part in (certs, ocsps, crls)))

    def _ocsp(self, cert: x509.Certificate, ca: str, responder: x509.Certificate, now: datetime) -> bytes:
        pem = (self.pki.keys / f"ocsp-{ca}.pem").read_bytes()
        key = load_pem_private_key(pem, self.pki.passphrase)
        answer = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert, self.pki.cas[ca], hashes.SHA256(), ocsp.OCSPCertStatus.GOOD,
                now.replace(microsecond=0), now.replace(microsecond=0) + CURRENT_FOR, None, None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder)
            .certificates([responder])
            .sign(key, hashes.SHA256())  # type: ignore[arg-type]
        )  # fmt: skip
        return answer.public_bytes(Encoding.DER)

    def _crl(self, ca: str, now: datetime) -> bytes:
        begin = now.replace(microsecond=0)
        if (ca, begin) not in self.published:
            self.published[ca, begin] = self._new_crl(ca, begin)
        return self.published[ca, begin]

    def _new_crl(self, ca: str, begin: datetime, revoked: Mapping[int, datetime] = MappingProxyType({})) -> bytes:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.pki.cas[ca].subject)
            .last_update(begin)
            .next_update(begin + timedelta(days=30))
            .add_extension(x509.CRLNumber(next(_NUMBERS)), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.pki.cas[ca].public_key()),  # type: ignore[arg-type]
                critical=False,
            )
        )
        for serial, since in revoked.items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self.pki.issuer(ca).key, hashes.SHA256()).public_bytes(Encoding.DER)


_NUMBERS = itertools.count(1)
