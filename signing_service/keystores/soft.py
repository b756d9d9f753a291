"""Keys in files: for development, for tests, and for small sites whose CA hands out PKCS#12.

A folder holds one file a key, named after its label: ``<label>.pem`` (PKCS#8, encrypted or not, then the cert, then
the certs above it in any order) or ``<label>.p12`` / ``<label>.pfx``. One passphrase opens them all. An RSA key that
signs with PSS says so in ``<label>.toml``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, SigningCert
from signing_service.domain.schemes import SCHEMES, Family
from signing_service.keystores.certs import (
    ACCEPTED,
    DEVELOPMENT_POLICY,
    LABEL_CHARACTERS,
    read_note,
    refusal,
    signing_cert_of,
    unknown,
)

__all__ = ["DEVELOPMENT_POLICY", "SoftKeyStore"]

_SUFFIXES = (".pem", ".p12", ".pfx")
_HASHES: Mapping[str, HashAlgorithm] = {"sha256": SHA256(), "sha384": SHA384(), "sha512": SHA512()}

_Sign = Callable[[Any, bytes, Any, HashAlgorithm], bytes]
_SIGN: Mapping[Family, _Sign] = {
    Family.ECDSA: lambda key, data, hashed, digest: key.sign(data, ec.ECDSA(hashed)),
    Family.RSA_PKCS1: lambda key, data, hashed, digest: key.sign(data, padding.PKCS1v15(), hashed),
    Family.RSA_PSS: lambda key, data, hashed, digest: key.sign(
        data, padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH), hashed
    ),
    Family.EDDSA: lambda key, data, hashed, digest: key.sign(data),
}
"""By family. ``hashed`` is the digest to make, or ``Prehashed`` of one that was made; ``digest`` the plain one."""


@dataclass(frozen=True, slots=True)
class _Held:
    private_key: Any = field(repr=False)
    signing_cert: SigningCert


class SoftKeyStore:
    """A ``domain.keys.KeyStore`` over a folder of key files.

    A key is read, decrypted and fully checked once, when first asked for, and then stays in memory: the check of an
    RSA key takes some 40 ms, so it must not be paid at each signature; and since it is paid once, there is no call
    for loading keys unchecked. Safe for threads and across fork. Cannot be pickled, and its text shows no key.
    """

    def __init__(
        self, folder: Path, passphrase: bytes | None = None, *, name: str = "soft", production: bool = False
    ) -> None:
        """``production`` refuses keys whose cert, or any cert above it, carries the development policy."""
        self._folder = folder
        self._passphrase = passphrase
        self._name = name
        self._production = production
        self._held: dict[str, _Held] = {}
        self._loading = threading.Lock()

    def __repr__(self) -> str:
        return f"SoftKeyStore({self._folder.name!r}, production={self._production})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key store stays in its process")

    def keys(self) -> tuple[KeyRef, ...]:
        """Every key of the folder, by label, whether it can be opened or not."""
        labels = {path.stem for path in self._folder.glob("*") if path.suffix in _SUFFIXES and path.is_file()}
        return tuple(KeyRef(self._name, label) for label in sorted(labels) if LABEL_CHARACTERS.issuperset(label))

    def signing_cert(self, key: KeyRef) -> SigningCert:
        """The cert and chain of a key.

        Raises Problem KEY_UNKNOWN, KEY_REFUSED (the file cannot be opened, or holds a key or chain that must not be
        used) or DEVELOPMENT_KEY_REFUSED.
        """
        return self._key(key).signing_cert

    def sign(self, key: KeyRef, data: bytes) -> bytes:
        """The signature over ``data``, hashed as the key's algorithm has it. Raises as ``signing_cert`` does."""
        held = self._key(key)
        algorithm = held.signing_cert.algorithm
        digest = _HASHES[algorithm.digest]
        return _SIGN[SCHEMES[algorithm].family](held.private_key, data, digest, digest)

    def sign_digest(self, key: KeyRef, digest: bytes) -> bytes:
        """The signature over data of which only the digest is at hand.

        Raises also Problem KEY_REFUSED for a key that cannot (Ed25519 signs whole messages), and ValueError for a
        digest of another length.
        """
        held = self._key(key)
        algorithm = held.signing_cert.algorithm
        family = SCHEMES[algorithm].family
        if not family.takes_digest:
            raise refusal(key, "该算法只能对原文签名", "its algorithm signs whole messages, not digests")
        made = _HASHES[algorithm.digest]
        if len(digest) != made.digest_size:
            raise ValueError(f"a {made.name} digest has {made.digest_size} bytes, not {len(digest)}")
        return _SIGN[family](held.private_key, digest, Prehashed(made), made)

    def _key(self, key: KeyRef) -> _Held:
        held = self._held.get(key.label)
        if held is None:
            with self._loading:
                held = self._held.get(key.label) or self._load(key)
                self._held[key.label] = held
        return held

    def _load(self, key: KeyRef) -> _Held:
        private_key, certs = self._open(key, self._path(key))
        public = getattr(private_key, "public_key", None)
        if public is None:
            raise refusal(key, f"密钥算法须为 {ACCEPTED}", f"the key must be {ACCEPTED}")
        note = read_note(self._folder, key)
        return _Held(private_key, signing_cert_of(key, public(), certs, pss=note.pss, production=self._production))

    def _path(self, key: KeyRef) -> Path:
        if key.label and LABEL_CHARACTERS.issuperset(key.label):
            for suffix in _SUFFIXES:
                path = self._folder / f"{key.label}{suffix}"
                if path.is_file():
                    return path
        raise unknown(key)

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
            raise refusal(key, "口令不符或文件已损坏", "wrong passphrase, or a damaged file") from None

    def _open_pem(self, data: bytes) -> tuple[object, list[x509.Certificate]]:
        sealed = b"ENCRYPTED" in data
        private_key = serialization.load_pem_private_key(data, self._passphrase if sealed else None)
        return private_key, x509.load_pem_x509_certificates(data)

    def _open_pkcs12(self, data: bytes) -> tuple[object, list[x509.Certificate]]:
        private_key, cert, others = pkcs12.load_key_and_certificates(data, self._passphrase)
        return private_key, [*([cert] if cert else []), *others]
