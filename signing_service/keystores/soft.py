"""Keys in files: for development, for tests, and for small sites whose CA hands out PKCS#12.

A folder holds one file a key, named after its label: ``<label>.pem`` (PKCS#8, encrypted or not, then the cert, then
the certs above it in any order) or ``<label>.p12`` / ``<label>.pfx``. One passphrase opens them all.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, KeyRef, SigningCert

DEVELOPMENT_POLICY = "2.25.147608445437398312328093907484980594400.1"
"""The certificatePolicies OID of every cert made from the ``certs/pki.toml`` we ship."""

_SUFFIXES = (".pem", ".p12", ".pfx")
_LABEL_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")

_PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class _Held:
    private_key: _PrivateKey = field(repr=False)
    signing_cert: SigningCert


class SoftKeyStore:
    """A ``domain.keys.KeyStore`` over a folder of key files.

    A key is read, decrypted and fully checked once, when first asked for, and then stays in memory: the check of an
    RSA key takes some 40 ms, so it must not be paid at each signature; and since it is paid once, there is no call
    for loading keys unchecked. Safe for threads and across fork. Cannot be pickled, and its text shows no key.
    """

    def __init__(self, folder: Path, passphrase: bytes | None = None, *, production: bool = False) -> None:
        """``production`` refuses keys whose cert, or any cert above it, carries the development policy."""
        self._folder = folder
        self._passphrase = passphrase
        self._production = production
        self._held: dict[str, _Held] = {}
        self._loading = threading.Lock()

    def __repr__(self) -> str:
        return f"SoftKeyStore({self._folder.name!r}, production={self._production})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key store stays in its process")

    def signing_cert(self, key: KeyRef) -> SigningCert:
        """The cert and chain of a key.

        Raises Problem KEY_UNKNOWN, KEY_REFUSED (the file cannot be opened, or holds a key or chain that must not be
        used) or DEVELOPMENT_KEY_REFUSED.
        """
        return self._key(key).signing_cert

    def sign(self, key: KeyRef, data: bytes) -> bytes:
        """The signature over ``data``, hashed with SHA-256 here. Raises as ``signing_cert`` does."""
        private_key = self._key(key).private_key
        if isinstance(private_key, rsa.RSAPrivateKey):
            return private_key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return private_key.sign(data, ec.ECDSA(hashes.SHA256()))

    def _key(self, key: KeyRef) -> _Held:
        held = self._held.get(key.label)
        if held is None:
            with self._loading:
                held = self._held.get(key.label) or self._load(key)
                self._held[key.label] = held
        return held

    def _load(self, key: KeyRef) -> _Held:
        opened, certs = self._open(key, self._path(key))
        private_key, algorithm = _accepted(key, opened)
        cert, *chain = _in_order(key, private_key, certs)
        if self._production:
            _refuse_development(key, (cert, *chain, *certs))
        return _Held(private_key, SigningCert(_der(cert), tuple(_der(above) for above in chain), algorithm))

    def _path(self, key: KeyRef) -> Path:
        # a label is a file name here: nothing that could lead out of the folder gets further than this
        if key.label and _LABEL_CHARACTERS.issuperset(key.label):
            for suffix in _SUFFIXES:
                path = self._folder / f"{key.label}{suffix}"
                if path.is_file():
                    return path
        raise Problem(
            "KEY_UNKNOWN",
            f"密钥库中没有密钥“{key}”，请核对密钥名称或联系管理员登记。",
            f"There is no key {str(key)!r} in its store. Check the name, or ask the administrator to add the key.",
            status=500,
        )

    def _open(self, key: KeyRef, path: Path) -> tuple[object, list[x509.Certificate]]:
        try:
            data = path.read_bytes()
            return self._open_pem(data) if path.suffix == ".pem" else self._open_pkcs12(data)
        except OSError as error:
            raise Problem(
                "KEY_UNAVAILABLE",
                f"密钥“{key}”暂时无法读取，请稍后重试；若仍失败，请联系管理员检查文件权限。",
                f"Key {str(key)!r} cannot be read now. Try again; if it stays so, have the file's permissions checked.",
                status=503,
            ) from error
        except (ValueError, TypeError, UnsupportedAlgorithm):
            # what the library says may quote the passphrase or the file, so it is not passed on
            raise _refusal(key, "口令不符或文件已损坏", "wrong passphrase, or a damaged file") from None

    def _open_pem(self, data: bytes) -> tuple[object, list[x509.Certificate]]:
        sealed = b"ENCRYPTED" in data
        private_key = serialization.load_pem_private_key(data, self._passphrase if sealed else None)
        return private_key, x509.load_pem_x509_certificates(data)

    def _open_pkcs12(self, data: bytes) -> tuple[object, list[x509.Certificate]]:
        private_key, cert, others = pkcs12.load_key_and_certificates(data, self._passphrase)
        return private_key, [*([cert] if cert else []), *others]


def _accepted(key: KeyRef, private_key: object) -> tuple[_PrivateKey, KeyAlgorithm]:
    if isinstance(private_key, ec.EllipticCurvePrivateKey) and isinstance(private_key.curve, ec.SECP256R1):
        return private_key, KeyAlgorithm.ECDSA_P256
    if isinstance(private_key, rsa.RSAPrivateKey) and private_key.key_size == 2048:
        return private_key, KeyAlgorithm.RSA_2048
    raise _refusal(key, "密钥算法须为 ECDSA P-256 或 RSA 2048", "the key must be ECDSA P-256 or RSA 2048")


def _in_order(key: KeyRef, private_key: _PrivateKey, certs: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """The cert of the key, then each issuer after what it issued, up to but without the root."""
    pool = list(certs)
    own = [cert for cert in pool if _belongs(cert, private_key)]
    if not own:
        raise _refusal(key, "文件中没有与私钥相符的证书", "the file has no cert that belongs to its key")
    path = own[:1]
    while above := [cert for cert in pool if cert not in path and _issued(cert, path[-1])]:
        path.append(above[0])
    return [cert for cert in path if cert is path[0] or cert.subject != cert.issuer]


def _belongs(cert: x509.Certificate, private_key: _PrivateKey) -> bool:
    try:
        return cert.public_key() == private_key.public_key()
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


def _refusal(key: KeyRef, zh: str, en: str) -> Problem:
    return Problem(
        "KEY_REFUSED",
        f"密钥“{key}”不能使用：{zh}。请联系管理员检查密钥文件和口令。",
        f"Key {str(key)!r} cannot be used: {en}. Have the administrator check the key file and its passphrase.",
        status=500,
    )


def _der(cert: x509.Certificate) -> bytes:
    return cert.public_bytes(serialization.Encoding.DER)
