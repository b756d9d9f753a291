"""The certs on the tokens that are plugged in, and a signature by the key behind one of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pkcs11
from asn1crypto import x509
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import PinIncorrect, PinLocked, PKCS11Error
from pkcs11.util.ec import encode_ecdsa_signature

from signing_service.domain.errors import Problem

_PREFIX_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""DigestInfo up to the digest itself (RFC 8017, 9.2, note 1)."""


@dataclass(frozen=True, slots=True)
class TokenCert:
    """A signing cert on a token. ``cert`` is its DER, ``chain`` the other certs of the token."""

    cert_id: str
    """Hex SHA-256 of the cert: what a ticket names."""
    token: str
    key_id: bytes
    cert: bytes
    chain: tuple[bytes, ...]
    subject: str


class Tokens:
    """Every token of one PKCS#11 library."""

    def __init__(self, module: Path) -> None:
        try:
            self._library = pkcs11.lib(str(module))
        except (PKCS11Error, RuntimeError, OSError) as error:
            raise Problem(
                "MODULE_UNUSABLE",
                f"无法加载 {module}：请确认这是 UKey 厂商提供的 PKCS#11 库，且与本程序位数一致。",
                f"{module} cannot be loaded: see that it is the PKCS#11 library of the token's maker ({error}).",
            ) from None

    def certs(self) -> list[TokenCert]:
        """Those with a private key; public, so no PIN is needed. A token that does not answer is left out."""
        found: list[TokenCert] = []
        for slot in self._library.get_slots(token_present=True):
            try:
                token = slot.get_token()
                with token.open() as session:
                    found += _certs_on(token.label.strip(), session)
            except PKCS11Error:
                continue
        return found

    def sign(self, cert: TokenCert, data: bytes, pin: str) -> bytes:
        """ECDSA in DER, RSA as PKCS#1 with SHA-256. Raises Problem PIN_WRONG, PIN_LOCKED, TOKEN_UNAVAILABLE."""
        try:
            token = self._library.get_token(token_label=cert.token)
            with token.open(user_pin=pin) as session:
                criteria = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: cert.key_id}
                return _signed(next(iter(session.get_objects(criteria))), cert.cert, data)
        except PinIncorrect:
            raise Problem(
                "PIN_WRONG",
                "PIN 不正确，未签名；连续输错会锁定 UKey。",
                "The PIN is wrong, so nothing was signed; several wrong ones lock the token.",
                status=403,
            ) from None
        except PinLocked:
            raise Problem(
                "PIN_LOCKED",
                "UKey 已被锁定，请联系 CA 机构解锁。",
                "The token is locked: have the CA unlock it.",
                status=403,
            ) from None
        except (PKCS11Error, StopIteration):
            raise Problem(
                "TOKEN_UNAVAILABLE",
                "UKey 没有响应，请重新插入后再试。",
                "The token does not answer: plug it in again, then try once more.",
                status=503,
            ) from None


def _certs_on(label: str, session: Any) -> Iterator[TokenCert]:
    certs = [
        (bytes(one[Attribute.ID]), bytes(one[Attribute.VALUE]))
        for one in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
    ]
    for key_id, der in certs:
        parsed = x509.Certificate.load(der)
        if parsed.ca:
            continue
        yield TokenCert(
            cert_id=hashlib.sha256(der).hexdigest(),
            token=label,
            key_id=key_id,
            cert=der,
            chain=tuple(other for _, other in certs if other != der and x509.Certificate.load(other).ca),
            subject=parsed.subject.native.get("common_name") or parsed.subject.human_friendly,
        )


def _signed(key: Any, cert: bytes, data: bytes) -> bytes:
    """Hashed here: many tokens know the bare mechanisms only."""
    if key.key_type == KeyType.EC:
        curve = x509.Certificate.load(cert).public_key.curve[1]
        digest = hashlib.sha384(data) if curve == "secp384r1" else hashlib.sha256(data)
        return bytes(encode_ecdsa_signature(key.sign(digest.digest(), mechanism=Mechanism.ECDSA)))
    return bytes(key.sign(_PREFIX_SHA256 + hashlib.sha256(data).digest(), mechanism=Mechanism.RSA_PKCS))
