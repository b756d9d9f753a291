"""The public keys that codes are checked with: a JWK set (RFC 7517), published, pinned, and never shortened.

A key that signs no more stays in the set with the time until which it signed, so that old codes stay checkable.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from signing_service.attest.cose import KID_LENGTH
from signing_service.domain.errors import Problem

RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class CodeKey:
    """A P-256 key and the days, inclusive, on which licences could be issued with it."""

    public_key: ec.EllipticCurvePublicKey
    from_day: date
    until_day: date | None = None
    retired: bool = False
    """Another key has taken over, or this one was lost: its last day is never put off again."""

    @property
    def kid(self) -> bytes:
        """The first four bytes of the key's thumbprint (RFC 7638)."""
        required = {"crv": "P-256", "kty": "EC", **self._coordinates()}
        text = json.dumps(required, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).digest()[:KID_LENGTH]

    def could_sign_on(self, day: date) -> bool:
        return self.from_day <= day and (self.until_day is None or day <= self.until_day)

    def ended_on(self, day: date) -> CodeKey:
        """Retired with ``day`` as its last, or with the earlier last day it has."""
        return replace(self, until_day=min(day, self.until_day or day), retired=True)

    def to_jwk(self) -> dict[str, str]:
        ends = {"until": self.until_day.isoformat()} if self.until_day else {}
        known = {"kty": "EC", "crv": "P-256", **self._coordinates(), "alg": "ES256", "use": "sig"}
        state = {"state": RETIRED} if self.retired else {}
        return {**known, "kid": self.kid.hex(), "from": self.from_day.isoformat(), **ends, **state}

    @classmethod
    def from_jwk(cls, jwk: dict[str, Any]) -> CodeKey:
        """Raises ValueError for a key that is not P-256, or a kid that is not the key's own."""
        if (jwk.get("kty"), jwk.get("crv"), jwk.get("alg", "ES256")) != ("EC", "P-256", "ES256"):
            raise ValueError("not a P-256 key for ES256")
        numbers = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1())
        until = date.fromisoformat(jwk["until"]) if "until" in jwk else None
        key = cls(numbers.public_key(), date.fromisoformat(jwk["from"]), until, jwk.get("state") == RETIRED)
        if jwk["kid"] != key.kid.hex():
            raise ValueError("the kid is not the thumbprint of the key")
        return key

    def _coordinates(self) -> dict[str, str]:
        numbers = self.public_key.public_numbers()
        return {"x": _text(numbers.x), "y": _text(numbers.y)}


@dataclass(frozen=True, slots=True)
class CodeKeys:
    """Every key that ever signed codes."""

    keys: tuple[CodeKey, ...]

    def find(self, kid: bytes) -> CodeKey | None:
        return next((key for key in self.keys if key.kid == kid), None)

    def to_json(self) -> dict[str, Any]:
        return {"keys": [key.to_jwk() for key in self.keys]}

    @classmethod
    def of(cls, keys: Iterable[CodeKey]) -> CodeKeys:
        """Raises ValueError when two keys share a kid: four bytes are short, so a new key is drawn again then."""
        chosen = tuple(keys)
        if len({key.kid for key in chosen}) < len(chosen):
            raise ValueError("two keys share a kid")
        return cls(chosen)

    @classmethod
    def read(cls, data: bytes) -> CodeKeys:
        """From a JWK set. Raises Problem CODE_KEYS_UNREADABLE."""
        try:
            return cls.of(CodeKey.from_jwk(jwk) for jwk in json.loads(data)["keys"])
        except (ValueError, KeyError, TypeError) as error:
            raise Problem(
                "CODE_KEYS_UNREADABLE",
                "签码公钥文件无法读取，请重新下载 /.well-known/licence-keys.json。",
                "The file of code keys cannot be read: download /.well-known/licence-keys.json again.",
            ) from error


def publish(path: Path, key: CodeKey, takes_over_on: date | None = None) -> None:
    """Add a key to the published set in ``path``; keys that are there stay for ever. The file is written whole.

    With ``takes_over_on`` a key that is new to the set ends every other with that day: what they signed stays
    checkable, and a code that a former key dates later is forged. A key that was retired stays as it is.
    """
    known = read_published(path).keys
    same = next((one for one in known if one.kid == key.kid), None)
    if same is not None:
        _write(path, [_certified_again(same, key) if one is same else one for one in known])
    elif takes_over_on is not None:
        _write(path, [*(one.ended_on(takes_over_on) for one in known), key])
    else:
        _write(path, [*known, key])


def retire(path: Path, kid: bytes, day: date) -> CodeKey:
    """End a published key with ``day``, also one in the past: a key that was stolen. Codes dated later are forged.

    Raises Problem CODE_KEY_UNKNOWN.
    """
    known = read_published(path).keys
    if kid not in {one.kid for one in known}:
        raise Problem(
            "CODE_KEY_UNKNOWN",
            f"已公布的签码公钥中没有 {kid.hex()}，可用 signing-service code-keys list 查看。",
            f"No published code key has the kid {kid.hex()}: see signing-service code-keys list.",
            status=404,
        )
    after = tuple(one.ended_on(day) if one.kid == kid else one for one in known)
    _write(path, after)
    return next(one for one in after if one.kid == kid)


def read_published(path: Path) -> CodeKeys:
    """The set in a file; none when there is no file. Raises Problem CODE_KEYS_UNREADABLE."""
    return CodeKeys.read(path.read_bytes()) if path.exists() else CodeKeys(())


def _certified_again(before: CodeKey, key: CodeKey) -> CodeKey:
    """What it signed under the former cert stays checkable; a retired key is not brought back."""
    if before.retired:
        return before
    ends = max(before.until_day, key.until_day) if before.until_day and key.until_day else None
    return CodeKey(key.public_key, min(before.from_day, key.from_day), ends)


def _write(path: Path, keys: Iterable[CodeKey]) -> None:
    text = json.dumps(CodeKeys.of(keys).to_json(), indent=1) + "\n"
    if path.exists() and path.read_text() == text:
        return
    temporary = path.with_suffix(".new")
    temporary.write_text(text)
    temporary.replace(path)


def _text(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode()


def _number(text: str) -> int:
    octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(octets) != 32:
        raise ValueError("a coordinate has 32 bytes")
    return int.from_bytes(octets)
