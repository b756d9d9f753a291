"""What every key store does with certs: which algorithm a key has, which cert is the key's, and what stands above it.

The algorithm of an RSA key is not all in the cert: PKCS#1 or PSS is the owner's choice, and certs seldom say. A
store over files reads it from ``<label>.toml`` beside the key (``padding = "pss"``); without one it is PKCS#1.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, KeyRef, SigningCert
from signing_service.domain.schemes import Family, algorithm_of

DEVELOPMENT_POLICY = "2.25.147608445437398312328093907484980594400.1"
"""The certificatePolicies OID of every cert made from the ``certs/pki.toml`` we ship."""

ACCEPTED = "ECDSA P-256 or P-384, RSA 2048 or 3072, Ed25519"

LABEL_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
"""A label is a file name and goes into logs: nothing that could lead out of a folder."""


@dataclass(frozen=True, slots=True)
class KeyNote:
    """What ``<label>.toml`` says of a key."""

    pss: bool = False
    label: str = ""
    """The key's label on its token, where it is another than ours."""


def read_note(folder: Path, key: KeyRef) -> KeyNote:
    """The note beside a key; without a file, an empty one. Raises Problem KEY_REFUSED when it cannot be read."""
    path = folder / f"{key.label}.toml"
    if not LABEL_CHARACTERS.issuperset(key.label) or not path.is_file():
        return KeyNote()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        table = {"": ""}
    if not table.keys() <= {"padding", "label"} or table.get("padding", "pkcs1") not in ("pkcs1", "pss"):
        raise refusal(
            key,
            f"{path.name} 只能写 padding（pkcs1 或 pss）和 label",
            f"{path.name} may say padding, pkcs1 or pss, and label",
        )
    return KeyNote(table.get("padding") == "pss", str(table.get("label", "")))


def unknown(key: KeyRef) -> Problem:
    return Problem(
        "KEY_UNKNOWN",
        f"密钥库中没有密钥“{key}”，请核对密钥名称或联系管理员登记。",
        f"There is no key {str(key)!r} in its store. Check the name, or ask the administrator to add the key.",
        status=500,
    )


def refusal(key: KeyRef, zh: str, en: str) -> Problem:
    return Problem(
        "KEY_REFUSED",
        f"密钥“{key}”不能使用：{zh}。请联系管理员检查密钥、证书和口令。",
        f"Key {str(key)!r} cannot be used: {en}. Have the administrator check the key, its cert and its passphrase.",
        status=500,
    )


def unavailable(key: KeyRef, zh: str, en: str) -> Problem:
    return Problem(
        "KEY_UNAVAILABLE",
        f"密钥“{key}”暂时无法使用：{zh}。恢复后系统将自动继续。",
        f"Key {str(key)!r} is not to be had now: {en}. The work goes on by itself when it is back.",
        status=503,
    )


def algorithm_of_key(public_key: Any, *, pss: bool = False) -> KeyAlgorithm | None:
    """The algorithm of a public key, of ``cryptography``'s classes; None when it is none we use."""
    match public_key:
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1() | ec.SECP384R1()):
            return algorithm_of(Family.ECDSA, public_key.key_size)
        case rsa.RSAPublicKey():
            return algorithm_of(Family.RSA_PSS if pss else Family.RSA_PKCS1, public_key.key_size)
        case ed25519.Ed25519PublicKey():
            return KeyAlgorithm.ED25519
    return None


def signing_cert_of(
    key: KeyRef, public_key: Any, certs: Iterable[x509.Certificate], *, pss: bool = False, production: bool = False
) -> SigningCert:
    """The cert of ``public_key`` among ``certs``, then each issuer after what it issued, without the root.

    ``production`` refuses what has, or hangs below, a cert with the development policy. Raises Problem KEY_REFUSED
    or DEVELOPMENT_KEY_REFUSED.
    """
    algorithm = algorithm_of_key(public_key, pss=pss)
    if algorithm is None:
        raise refusal(key, f"密钥算法须为 {ACCEPTED}", f"the key must be {ACCEPTED}")
    pool = list(certs)
    own = [cert for cert in pool if _belongs(cert, public_key)]
    if not own:
        raise refusal(key, "没有与私钥相符的证书", "there is no cert that belongs to the key")
    path = own[:1]
    while above := [cert for cert in pool if cert not in path and _issued(cert, path[-1])]:
        path.append(above[0])
    cert, *chain = [cert for cert in path if cert is path[0] or cert.subject != cert.issuer]
    if production:
        _refuse_development(key, (cert, *chain, *pool))
    return SigningCert(der_of(cert), tuple(der_of(above) for above in chain), algorithm)


def der_of(cert: x509.Certificate) -> bytes:
    return cert.public_bytes(serialization.Encoding.DER)


def _belongs(cert: x509.Certificate, public_key: Any) -> bool:
    try:
        return bool(cert.public_key() == public_key)
    except (ValueError, UnsupportedAlgorithm):
        return False


def _issued(above: x509.Certificate, below: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _refuse_development(key: KeyRef, certs: Iterable[x509.Certificate]) -> None:
    if any(_is_development(cert) for cert in certs):
        raise Problem(
            "DEVELOPMENT_KEY_REFUSED",
            f"密钥“{key}”是开发用密钥，生产环境不得使用。请换用由正式 CA 签发证书的密钥。",
            f"Key {str(key)!r} is a development key, which production refuses. Use a key with a cert of a real CA.",
            status=500,
        )


def _is_development(cert: x509.Certificate) -> bool:
    try:
        policies = cert.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return False
    return any(policy.policy_identifier.dotted_string == DEVELOPMENT_POLICY for policy in policies)
