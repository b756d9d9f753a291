"""What every verb of accounts leans on: the store, the time, chance, a key of our own, and whoever sends messages."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signing_service.domain.accounts import Messenger, RealNameRegister, Rules, Wechat
from signing_service.domain.documents import Blobs
from signing_service.domain.keys import RevocationSource
from signing_service.storage.database import Database

SECRET_BYTES = 32
_NONCE_BYTES = 12
_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from, as sessions and journals name it."""

    address: str = ""
    agent: str = ""
    origin: str = ""
    """Of our own page that was opened, as browsers name it: scheme, host and port."""
    device: str = field(default="", repr=False)
    """What only this browser knows; empty: it has not told, as programs do not."""


@dataclass(frozen=True, slots=True)
class CertTrust:
    """Whose certs open the door to an enterprise."""

    anchors: Sequence[bytes]
    intermediates: Sequence[bytes]
    revocation: RevocationSource
    ticket_key: Ed25519PrivateKey = field(repr=False)
    """Signs what an agent is asked to sign, as in the signing room."""


@dataclass(frozen=True, slots=True)
class Accounts:
    database: Database
    clock: Callable[[], datetime]
    messenger: Messenger
    secret: bytes = field(repr=False)
    """32 bytes that are not in the database: with a copy of the database alone no code can be guessed, no second factor read."""
    rules: Rules = _RULES
    procedures: tuple[str, ...] = ()
    """Keys of the catalogue, which permissions are given for."""
    blobs: Blobs | None = None
    """Where portraits and scans are kept; None: nobody is registered here."""
    certs: CertTrust | None = None
    """None: nobody logs in with a cert."""
    register: RealNameRegister | None = None
    wechat: Wechat | None = None
    """None: nobody logs in with WeChat."""
    chance: Callable[[int], bytes] = secrets.token_bytes

    def token(self) -> str:
        """256 bits, base64url: for who bears it, and nowhere else but as its hash."""
        return base64.urlsafe_b64encode(self.chance(SECRET_BYTES)).rstrip(b"=").decode()

    def new_id(self, kind: str) -> str:
        return f"{kind}-{base64.b32encode(self.chance(10)).decode().lower()}"

    def keyed(self, *parts: str) -> str:
        """Hex of an HMAC-SHA256 over the parts, each with its length before it."""
        told = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
        return hmac.new(self.secret, told, hashlib.sha256).hexdigest()

    def locked_away(self, text: str, of: str) -> str:
        """Encrypted (AES-256-GCM) for the store, readable only as that of the account ``of``."""
        nonce = self.chance(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher().encrypt(nonce, text.encode(), of.encode())).decode()

    def taken_out(self, kept: str, of: str) -> str:
        """Raises LookupError when it was locked away with another key or for somebody else."""
        data = base64.b64decode(kept)
        try:
            return self._cipher().decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], of.encode()).decode()
        except InvalidTag:
            msg = "a secret of an account cannot be read: the key of the accounts is another one than it was"
            raise LookupError(msg) from None

    def _cipher(self) -> AESGCM:
        return AESGCM(hashlib.sha256(b"signing-service accounts 1\n" + self.secret).digest())


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
