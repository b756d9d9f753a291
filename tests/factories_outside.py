"""Parties that sign with keys of their own: the development enterprise's key taken out of the store, as files and tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from signing_service.demo import people
from signing_service.domain.errors import Problem
from signing_service.domain.keys import RevocationEvidence
from signing_service.embedded import Service
from signing_service.workflows.held_outside import Prepared, SigningRoom
from signing_service.workflows.roll_over import hand_over

ORIGIN = "http://127.0.0.1:8000"
PASSWORD = "江右示例-2026"


@dataclass
class Revocations:
    """A CA that stands by every cert but those in ``revoked``, or gives no answer at all."""

    revoked: set[bytes] = field(default_factory=set)
    silent: bool = False
    asked: list[bytes] = field(default_factory=list)
    """The signing certs that were asked about."""

    def evidence(self, chain: Sequence[bytes], now: datetime, proven: datetime | None = None) -> RevocationEvidence:
        del now, proven
        self.asked.append(chain[0])
        if self.silent:
            raise Problem("REVOCATION_UNAVAILABLE", "暂时无法查询。", "No answer just now.", status=503)
        if self.revoked & set(chain):
            raise Problem("CERT_REVOKED", "该证书已被吊销。", "This cert was revoked.", status=403)
        return RevocationEvidence()


@dataclass
class OwnKey:
    """A key that a party holds itself, with its cert and chain."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    chain: tuple[x509.Certificate, ...]

    @property
    def ders(self) -> list[bytes]:
        return [cert.public_bytes(serialization.Encoding.DER) for cert in self.chain]

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(data, ec.ECDSA(hashes.SHA256()))
        return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def p12(self, password: str, *, legacy: bool = False) -> bytes:
        """As a CA hands it out: today's AES, or the Triple DES of old."""
        algorithm: serialization.KeySerializationEncryption
        if legacy:
            algorithm = (
                serialization.PrivateFormat.PKCS12.encryption_builder()
                .kdf_rounds(2000)
                .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
                .hmac_hash(hashes.SHA1())  # noqa: S303  what such files have
                .build(password.encode())
            )
        else:
            algorithm = serialization.BestAvailableEncryption(password.encode())
        return pkcs12.serialize_key_and_certificates(b"seal", self.key, self.chain[0], list(self.chain[1:]), algorithm)


def own_key(service: Service, label: str) -> OwnKey:
    """The key that the development PKI made for ``label``, as its holder would have it."""
    return read_key(service.settings.pki / "keys" / f"{label}.pem", service.settings.pki / "passphrase")


def read_key(path: Path, passphrase: Path) -> OwnKey:
    pem = path.read_bytes()
    key = serialization.load_pem_private_key(pem, passphrase.read_bytes().strip())
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return OwnKey(key, tuple(x509.load_pem_x509_certificates(pem)))


def builders_key(service: Service) -> OwnKey:
    return own_key(service, "enterprise-9136010099900011xn")


def take_out(service: Service, number: str = str(people.BUILDER.uscc)) -> None:
    """From now on this party signs with its own key."""
    hand_over(service.desk.database, number, service.desk.clock())


def room_of(service: Service, revocation: Revocations | None = None, entropy: object = None) -> SigningRoom:
    import secrets

    from signing_service.trust.issue import code_of_id_number

    pepper = (service.settings.pki / "pepper").read_bytes()
    return SigningRoom(
        desk=service.desk,
        fonts=service.settings.fonts,
        anchors=service.anchors.roots,
        intermediates=service.anchors.intermediates,
        revocation=revocation or Revocations(),
        code_of_id_number=lambda number: code_of_id_number(number, pepper),
        entropy=secrets.token_bytes,
    )


def digest_of(prepared: Prepared) -> str:
    return hashlib.sha256(prepared.to_be_signed).hexdigest()
