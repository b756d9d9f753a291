"""Keys in a token: an HSM, a USB lock or SoftHSM2, reached through its PKCS#11 library. No key ever leaves it.

A token that is lost is KEY_UNAVAILABLE, so that the outbox asks again, and back when it is back; a wrong PIN or a
key the token will not use is KEY_REFUSED. ``token`` keeps the sessions, ``pin`` the PIN.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pkcs11
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from pkcs11 import MGF, Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_ecdsa_signature

from signing_service.domain.keys import KeyRef, SigningCert
from signing_service.domain.schemes import SCHEMES, Family
from signing_service.keystores.certs import (
    ACCEPTED,
    LABEL_CHARACTERS,
    KeyNote,
    read_note,
    refusal,
    signing_cert_of,
    unavailable,
    unknown,
)
from signing_service.keystores.pin import Pin, PinRefusedError
from signing_service.keystores.token import KEY_REFUSALS, PIN_REFUSALS, Session, Token, TokenLostError, TokenPlace

T = TypeVar("T")

_PROBE = hashlib.sha256(b"signing-service: whose cert is this?").digest()
_DIGEST_INFO_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before a SHA-256 digest in a PKCS#1 signature (RFC 8017, 9.2)."""

_SIGN: Mapping[Family, Callable[[Any, bytes], bytes]] = {
    # of a digest that is made here: SoftHSM has no mechanism that hashes for ECDSA, and a token need not see the text
    Family.ECDSA: lambda key, digest: encode_ecdsa_signature(key.sign(digest, mechanism=Mechanism.ECDSA)),
    Family.RSA_PKCS1: lambda key, digest: bytes(key.sign(_DIGEST_INFO_SHA256 + digest, mechanism=Mechanism.RSA_PKCS)),
    Family.RSA_PSS: lambda key, digest: bytes(
        key.sign(digest, mechanism=Mechanism.RSA_PKCS_PSS, mechanism_param=(Mechanism.SHA256, MGF.SHA256, len(digest)))
    ),
    # of the whole message
    Family.EDDSA: lambda key, data: bytes(key.sign(data, mechanism=Mechanism.EDDSA)),
}


class Pkcs11KeyStore:
    """A ``domain.keys.KeyStore`` over one token. Certs are the token's own and those of ``<label>.pem`` in ``certs``.

    ``certs`` may also hold ``<label>.toml``: ``padding = "pss"``, and ``label``, the key's name on the token where it
    is another. Safe for threads; a forked process opens the token for itself.
    """

    def __init__(
        self, place: TokenPlace, pin: Pin, certs: Path, *, name: str = "pkcs11", production: bool = False
    ) -> None:
        self._token = Token(place, pin)
        self._certs = certs
        self._name = name
        self._production = production
        self._held: dict[str, SigningCert] = {}
        self._loading = threading.Lock()

    def __repr__(self) -> str:
        return f"Pkcs11KeyStore({self._token.place.label!r}, production={self._production})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key store stays in its process")

    def keys(self) -> tuple[KeyRef, ...]:
        """The private keys of the token, by our label where a note has one. Raises as ``signing_cert`` does."""
        anyone = KeyRef(self._name, "*")
        found = self._use(anyone, lambda session: [one.label for one in _objects(session, ObjectClass.PRIVATE_KEY)])
        ours = {self._note(path.stem).label: path.stem for path in sorted(self._certs.glob("*.toml"))}
        return tuple(
            KeyRef(self._name, label) for label in sorted({ours.get(label, label) for label in found if label})
        )

    def signing_cert(self, key: KeyRef) -> SigningCert:
        """The cert and chain of a key.

        Raises Problem KEY_UNKNOWN, KEY_UNAVAILABLE (the token is lost or busy) or KEY_REFUSED (the PIN is wrong; the
        key could be taken out of its token, has no cert, or is of an algorithm we do not use).
        """
        held = self._held.get(key.label)
        if held is None:
            with self._loading:
                held = self._held.get(key.label) or self._use(key, lambda session: self._load(key, session))
                self._held[key.label] = held
        return held

    def sign(self, key: KeyRef, data: bytes) -> bytes:
        """The signature over ``data``. Raises as ``signing_cert`` does; KEY_REFUSED when the token will not sign."""
        algorithm = self.signing_cert(key).algorithm
        family = SCHEMES[algorithm].family
        message = hashlib.new(algorithm.digest, data).digest() if family.takes_digest else data
        return self._use(key, lambda session: _SIGN[family](self._private_key(key, session), message))

    def sign_digest(self, key: KeyRef, digest: bytes) -> bytes:
        """The signature over data of which only the digest is at hand; as ``SoftKeyStore.sign_digest``."""
        algorithm = self.signing_cert(key).algorithm
        family = SCHEMES[algorithm].family
        if not family.takes_digest:
            raise refusal(key, "该算法只能对原文签名", "its algorithm signs whole messages, not digests")
        if len(digest) != hashlib.new(algorithm.digest).digest_size:
            raise ValueError(f"{len(digest)} bytes are no {algorithm.digest} digest")
        return self._use(key, lambda session: _SIGN[family](self._private_key(key, session), digest))

    def _use(self, key: KeyRef, ask: Callable[[Session], T]) -> T:
        try:
            return self._token.use(ask)
        except TokenLostError as lost:
            raise unavailable(key, "加密设备未就绪", f"its token does not answer ({lost})") from lost
        except PinRefusedError as refused:
            raise refusal(key, "设备口令（PIN）被拒绝或无法读取，改正前不再尝试", str(refused)) from None
        except PIN_REFUSALS as refused:
            # not the library's own words: they might quote
            raise refusal(
                key, "设备口令（PIN）被拒绝，改正前不再尝试", f"the token refused the PIN ({type(refused).__name__})"
            ) from None
        except KEY_REFUSALS as refused:
            raise refusal(
                key, "加密设备拒绝使用该密钥", f"the token refused it ({type(refused).__name__})"
            ) from refused

    def _note(self, label: str) -> KeyNote:
        return read_note(self._certs, KeyRef(self._name, label))

    def _private_key(self, key: KeyRef, session: Session) -> Any:
        found = session.keys.get(key.label)
        if found is None:
            # a session that died says so here: an unfinished search cannot be ended on a dead session
            session.handle.generate_random(64)
            keys = _objects(session, ObjectClass.PRIVATE_KEY, self._note(key.label).label or key.label)
            if not keys and key.label in self._held:
                raise pkcs11.TokenNotPresent  # what was there is not unknown, it is out of reach
            if not keys:
                raise unknown(key)
            found = session.keys[key.label] = keys[0]
        return found

    def _load(self, key: KeyRef, session: Session) -> SigningCert:
        private_key = self._private_key(key, session)
        if _can_be_taken_out(private_key):
            raise refusal(key, "密钥可从介质中导出", "it can be taken out of its token; make one that cannot")
        pss = self._note(key.label).pss
        certs = [*self._certs_beside(key), *_certs_on(session)]
        probe = _probe(key, private_key, pss=pss)
        own = next((cert for cert in certs if _verifies(cert, probe, pss=pss)), None)
        if own is None:
            raise refusal(
                key, "没有与私钥相符的证书", "neither its token nor its PEM file has a cert that belongs to it"
            )
        return signing_cert_of(key, own.public_key(), [own, *certs], pss=pss, production=self._production)

    def _certs_beside(self, key: KeyRef) -> list[x509.Certificate]:
        path = self._certs / f"{key.label}.pem"
        if not LABEL_CHARACTERS.issuperset(key.label) or not path.is_file():
            return []
        try:
            return x509.load_pem_x509_certificates(path.read_bytes())
        except (OSError, ValueError) as error:
            raise refusal(key, f"{path.name} 无法读取", f"{path.name} holds no readable cert") from error


def _can_be_taken_out(private_key: Any) -> bool:
    try:
        return bool(private_key[Attribute.EXTRACTABLE])
    except (pkcs11.AttributeTypeInvalid, pkcs11.AttributeSensitive):
        return False  # a token that does not say so has no call for it


def _objects(session: Session, kind: ObjectClass, label: str | None = None) -> list[Any]:
    wanted: dict[Attribute, Any] = {Attribute.CLASS: kind}
    if label is not None:
        wanted[Attribute.LABEL] = label
    # read to the end: a search that is left open bars the session
    return list(session.handle.get_objects(wanted))


def _certs_on(session: Session) -> Iterable[x509.Certificate]:
    for held in _objects(session, ObjectClass.CERTIFICATE):
        try:
            yield x509.load_der_x509_certificate(held[Attribute.VALUE])
        except ValueError:
            continue  # a token may hold certs of other kinds, and for other uses


def _probe(key: KeyRef, private_key: Any, *, pss: bool) -> bytes:
    """A signature over ``_PROBE``: the cert under which it verifies is the key's."""
    families = {
        KeyType.EC: Family.ECDSA,
        KeyType.RSA: Family.RSA_PSS if pss else Family.RSA_PKCS1,
        KeyType.EC_EDWARDS: Family.EDDSA,
    }
    if private_key.key_type not in families:
        raise refusal(key, f"密钥算法须为 {ACCEPTED}", f"the key must be {ACCEPTED}")
    return _SIGN[families[private_key.key_type]](private_key, _PROBE)


def _verifies(cert: x509.Certificate, probe: bytes, *, pss: bool) -> bool:
    hashed = Prehashed(SHA256())
    try:
        match cert.public_key():
            case ec.EllipticCurvePublicKey() as curve:
                curve.verify(probe, _PROBE, ec.ECDSA(hashed))
            case rsa.RSAPublicKey() as modulus:
                scheme = padding.PSS(padding.MGF1(SHA256()), 32) if pss else padding.PKCS1v15()
                modulus.verify(probe, _PROBE, scheme, hashed)
            case ed25519.Ed25519PublicKey() as edwards:
                edwards.verify(probe, _PROBE)
            case _:
                return False
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True
