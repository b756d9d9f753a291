"""Who may ask which key: the key service as its operator writes it down in TOML.

::

    [client.signing-service]
    token_sha256 = "…"                    # of a bearer token of at least 20 characters
    credentials = ["authority"]

    [credential.authority]
    key = "pkcs11:authority"
    pin_scrypt = "…:…"

``signing-service key-service --hash`` makes both from what it reads. Neither a token nor a PIN is in the file.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SCRYPT = {"n": 1 << 14, "r": 8, "p": 1, "dklen": 32}


@dataclass(frozen=True, slots=True)
class Client:
    name: str
    token_sha256: str
    credentials: frozenset[str]

    def has(self, token: str) -> bool:
        return hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest(), self.token_sha256)


@dataclass(frozen=True, slots=True)
class Credential:
    id: str
    key: KeyRef
    pin_scrypt: str

    def has(self, pin: str) -> bool:
        """Some 50 ms of work, so that a stolen file gives no PIN away in a moment."""
        salt, made = self.pin_scrypt.split(":")
        return hmac.compare_digest(_scrypt(pin, bytes.fromhex(salt)), made)


@dataclass(frozen=True, slots=True)
class KeyServiceConfig:
    clients: tuple[Client, ...]
    credentials: Mapping[str, Credential]


def read_config(path: Path) -> KeyServiceConfig:
    """Raises Problem KEY_SERVICE_CONFIG, which says what is wrong and quotes no secret."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        credentials = {name: _credential(name, entry) for name, entry in table["credential"].items()}
        clients = tuple(_client(name, entry, credentials) for name, entry in table["client"].items())
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Problem(
            "KEY_SERVICE_CONFIG",
            f"密钥服务的配置文件 {path.name} 有误，请更正后重新启动：{error}",
            f"The configuration {path.name} of the key service cannot be used; correct it and start again: {error}",
            status=500,
        ) from error
    return KeyServiceConfig(clients, credentials)


def token_sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def pin_scrypt(pin: str) -> str:
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{_scrypt(pin, salt)}"


def _scrypt(pin: str, salt: bytes) -> str:
    return hashlib.scrypt(pin.encode(), salt=salt, **_SCRYPT).hex()


def _credential(name: str, entry: Mapping[str, Any]) -> Credential:
    if not NAME.fullmatch(name):
        raise ValueError(f"[credential.{name}]: a name has a-z, 0-9 and single hyphens only")
    if not re.fullmatch(r"[0-9a-f]{32}:[0-9a-f]{64}", entry["pin_scrypt"]):
        raise ValueError(f"[credential.{name}]: pin_scrypt is not what --hash prints")
    return Credential(name, KeyRef.parse(entry["key"]), entry["pin_scrypt"])


def _client(name: str, entry: Mapping[str, Any], credentials: Mapping[str, Credential]) -> Client:
    if not re.fullmatch(r"[0-9a-f]{64}", entry["token_sha256"]):
        raise ValueError(f"[client.{name}]: token_sha256 is not what --hash prints")
    wanted = frozenset(entry["credentials"])
    if strange := wanted - credentials.keys():
        raise ValueError(f"[client.{name}]: there is no credential {', '.join(sorted(strange))}")
    return Client(name, entry["token_sha256"], wanted)
