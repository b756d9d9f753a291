"""The key that signs codes, behind the protocol of every other key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from signing_service.attest.code_keys import CodeKey, CodeKeys
from signing_service.attest.signed_code import sign_code
from signing_service.attest.statement import Statement
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, KeyStore

DATED_BEFORE = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class CodeSigner:
    """Makes codes with one key of a key store."""

    keys: KeyStore
    key: KeyRef
    public: CodeKey
    published: Callable[[], CodeKeys] = lambda: CodeKeys(())
    """What is published at this moment: a key that was retired while we ran signs no more."""

    @classmethod
    def of(cls, keys: KeyStore, key: KeyRef, published: Callable[[], CodeKeys] = lambda: CodeKeys(())) -> CodeSigner:
        """Raises Problem CODE_KEY_UNFIT for a key that is not ECDSA P-256, and what the store raises."""
        return cls(keys, key, code_key(keys.signing_cert(key).cert), published)

    def code(self, statement: Statement) -> str:
        """The digits that state ``statement``. Raises Problem CODE_KEY_NOT_IN_USE, and what the key store raises."""
        self.require_in_use(statement.issued)
        return sign_code(statement, self.public.kid, self.sign)

    def sign(self, data: bytes) -> bytes:
        """ECDSA with SHA-256 over ``data``, DER. Raises what the key store raises."""
        return self.keys.sign(self.key, data)

    def require_in_use(self, day: date) -> None:
        """What we sign must be accepted by whoever has the published keys. Raises Problem CODE_KEY_NOT_IN_USE."""
        known = self.published().find(self.public.kid) or self.public
        if not (self.public.could_sign_on(day) and known.could_sign_on(day)):
            raise Problem(
                "CODE_KEY_NOT_IN_USE",
                f"签码密钥“{self.key}”在 {day} 不在启用期内，暂停制证；请更换签码密钥后重启服务，更换后自动继续。",
                f"The key {self.key} that signs codes is not in use on {day}, so no licence is made: renew "
                "it and start the service again; this then goes on by itself.",
                status=503,
            )


def code_key(cert: bytes) -> CodeKey:
    """The public key of a cert (DER), in use as long as the cert is valid, and for licences dated shortly before.

    A licence is dated when its number is taken, which may be before its code is signed.
    """
    parsed = x509.load_der_x509_certificate(cert)
    public_key = parsed.public_key()
    if not isinstance(public_key, ec.EllipticCurvePublicKey) or not isinstance(public_key.curve, ec.SECP256R1):
        raise Problem(
            "CODE_KEY_UNFIT",
            "签码密钥须为 ECDSA P-256，请更换 SIGNING_CODE_KEY 所指的密钥。",
            "The key that signs codes must be ECDSA P-256: name another one in SIGNING_CODE_KEY.",
            status=500,
        )
    return CodeKey(
        public_key,
        day_in_shanghai(parsed.not_valid_before_utc) - DATED_BEFORE,
        day_in_shanghai(parsed.not_valid_after_utc),
    )
