"""Keys in somebody else's hands: a service that speaks the CSC API, v1.0.4 or v2, of the Cloud Signature Consortium.

The service is told digests, never documents. Each signature is authorised for its own digest with the PIN
(credentials/authorize, SCAL 2) and then made (signatures/signHash); several go into one authorisation. Ours is
``key_service``; any other with a bearer token and a PIN will do.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import httpx2
from cryptography import x509

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, SigningCert
from signing_service.domain.schemes import DIGEST_OIDS, PSS_OID, SCHEMES
from signing_service.keystores.certs import refusal, signing_cert_of, unavailable, unknown
from signing_service.keystores.pin import Pin, PinRefusedError

_PIN_ERRORS = frozenset({"invalid_pin", "invalid_otp", "pin_locked"})
_TRY_AGAIN = frozenset({408, 425, 429})
_LONGEST_ANSWER = 1 << 20


@dataclass(frozen=True, slots=True)
class RemotePlace:
    """Where a CSC service is. ``credentials``: its credential IDs by our labels; empty: a label is the ID."""

    address: str
    """What stands before ``/csc/v1``."""
    version: str
    """``v1`` or ``v2``."""
    token_file: Path
    """Holds the bearer token."""
    credentials: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 10.0
    """Longest that one answer may take."""


@dataclass(frozen=True, slots=True)
class _Credential:
    signing_cert: SigningCert
    most_at_once: int


class RemoteKeyStore:
    """A ``domain.keys.KeyStore`` behind the CSC API. Safe for threads and across fork."""

    def __init__(self, place: RemotePlace, pin: Pin, *, name: str = "remote", production: bool = False) -> None:
        if place.version not in ("v1", "v2"):
            raise ValueError(f"a CSC service speaks v1 or v2, not {place.version!r}")
        self._place = place
        self._pin = pin
        self._name = name
        self._production = production
        self._held: dict[str, _Credential] = {}
        self._client: tuple[int, httpx2.Client] | None = None
        self._connecting = threading.Lock()

    def __repr__(self) -> str:
        return f"RemoteKeyStore({self._place.address!r}, {self._place.version}, production={self._production})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key store stays in its process")

    def keys(self) -> tuple[KeyRef, ...]:
        """The labels that are set up, else every credential the service has for us."""
        if self._place.credentials:
            return tuple(KeyRef(self._name, label) for label in sorted(self._place.credentials))
        anyone = KeyRef(self._name, "*")
        listed = self._asked(anyone, "credentials/list", {}).get("credentialIDs")
        if not isinstance(listed, list):
            raise _garbage(anyone)
        return tuple(KeyRef(self._name, str(label)) for label in sorted(listed))

    def signing_cert(self, key: KeyRef) -> SigningCert:
        """The cert and chain of a credential, asked once.

        Raises Problem KEY_UNKNOWN, KEY_UNAVAILABLE (the service does not answer, or not sensibly) or KEY_REFUSED.
        """
        return self._credential(key).signing_cert

    def sign(self, key: KeyRef, data: bytes) -> bytes:
        """The signature over ``data``, which is hashed here. Raises as ``signing_cert`` does."""
        return self.sign_all(key, [data])[0]

    def sign_all(self, key: KeyRef, messages: Sequence[bytes]) -> list[bytes]:
        """A signature over each of the messages, as many in one authorisation as the service allows."""
        algorithm = self.signing_cert(key).algorithm
        return self._signed(key, [hashlib.new(algorithm.digest, data).digest() for data in messages])

    def sign_digest(self, key: KeyRef, digest: bytes) -> bytes:
        """The signature over data of which only the digest is at hand; as ``SoftKeyStore.sign_digest``."""
        algorithm = self.signing_cert(key).algorithm
        if len(digest) != hashlib.new(algorithm.digest).digest_size:
            raise ValueError(f"{len(digest)} bytes are no {algorithm.digest} digest")
        return self._signed(key, [digest])[0]

    def _signed(self, key: KeyRef, digests: Sequence[bytes]) -> list[bytes]:
        credential = self._credential(key)
        most = credential.most_at_once
        batches = [digests[first : first + most] for first in range(0, len(digests), most)]
        return [signature for batch in batches for signature in self._batch(key, credential, batch)]

    def _batch(self, key: KeyRef, credential: _Credential, digests: Sequence[bytes]) -> Iterator[bytes]:
        algorithm = credential.signing_cert.algorithm
        scheme = SCHEMES[algorithm]
        hashes = [base64.b64encode(digest).decode() for digest in digests]
        bound = {"credentialID": self._credential_id(key), **self._hashes(hashes, DIGEST_OIDS[algorithm.digest])}
        request = {**bound, "SAD": self._authorised(key, bound, len(hashes)), "signAlgo": scheme.oid}
        if scheme.oid == PSS_OID:
            # the identifier is a SEQUENCE of OID and parameters: two octets of head, then the OID's eleven
            request["signAlgoParams"] = base64.b64encode(scheme.identifier[13:]).decode()
        signatures = self._asked(key, "signatures/signHash", request).get("signatures")
        if not isinstance(signatures, list) or len(signatures) != len(hashes):
            raise _garbage(key)
        for signature in signatures:
            yield _from_base64(key, signature)

    def _authorised(self, key: KeyRef, bound: Mapping[str, Any], count: int) -> str:
        try:
            pin = self._pin.read()
        except PinRefusedError as refused:
            raise refusal(key, "签名口令（PIN）被拒绝或无法读取，改正前不再尝试", str(refused)) from None
        word = {"PIN": pin} if self._place.version == "v1" else {"authData": [{"id": "PIN", "value": pin}]}
        sad = self._asked(key, "credentials/authorize", {**bound, "numSignatures": count, **word}).get("SAD")
        if not isinstance(sad, str):
            raise _garbage(key)
        return sad

    def _hashes(self, hashes: list[str], digest_oid: str) -> dict[str, Any]:
        if self._place.version == "v1":
            return {"hash": hashes, "hashAlgo": digest_oid}
        return {"hashes": hashes, "hashAlgorithmOID": digest_oid}

    def _credential_id(self, key: KeyRef) -> str:
        if not self._place.credentials:
            return key.label
        if key.label not in self._place.credentials:
            raise unknown(key)
        return self._place.credentials[key.label]

    def _credential(self, key: KeyRef) -> _Credential:
        held = self._held.get(key.label)
        if held is None:
            asked = {"credentialID": self._credential_id(key), "certificates": "chain", "certInfo": False}
            held = self._held[key.label] = self._read(key, self._asked(key, "credentials/info", asked))
        return held

    def _read(self, key: KeyRef, answer: Mapping[str, Any]) -> _Credential:
        try:
            ders = [base64.b64decode(cert, validate=True) for cert in answer["cert"]["certificates"]]
            certs = [x509.load_der_x509_certificate(der) for der in ders]
            oids = {str(oid) for oid in answer["key"]["algo"]}
            most = max(1, int(answer.get("multisign", 1)))
            public_key = certs[0].public_key()
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise _garbage(key) from error
        # RSA of a service that can do both is PKCS#1: every validator knows it
        pss = PSS_OID in oids and not any(oid in oids for oid in ("1.2.840.113549.1.1.11", "1.2.840.113549.1.1.1"))
        held = signing_cert_of(key, public_key, certs, pss=pss, production=self._production)
        if not SCHEMES[held.algorithm].family.takes_digest:
            raise refusal(
                key, "该算法只能对原文签名，CSC 接口只传摘要", "its algorithm signs whole messages, CSC sends digests"
            )
        return _Credential(held, most)

    def _asked(self, key: KeyRef, what: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The JSON object that the service answers. Raises Problem KEY_UNAVAILABLE, KEY_REFUSED, KEY_UNKNOWN."""
        url = f"{self._place.address.rstrip('/')}/csc/{self._place.version}/{what}"
        try:
            response = self._http().post(
                url, json=dict(request), headers={"Authorization": f"Bearer {self._token(key)}"}
            )
        except httpx2.HTTPError as error:
            raise unavailable(
                key, "签名服务无应答", f"the key service does not answer ({type(error).__name__})"
            ) from error
        if response.status_code >= 500 or response.status_code in _TRY_AGAIN | {401, 403}:
            raise unavailable(key, "签名服务暂不可用", f"the key service is not ready (HTTP {response.status_code})")
        answer = _json_of(key, response)
        if response.status_code != 200:
            raise self._refused(key, what, response.status_code, answer)
        return answer

    def _refused(self, key: KeyRef, what: str, status: int, answer: Mapping[str, Any]) -> Problem:
        error = str(answer.get("error", ""))[:60]
        if error in _PIN_ERRORS:
            self._pin.refused()
            return refusal(key, "签名口令（PIN）被拒绝，改正前不再尝试", "the key service refused the PIN")
        if (
            what == "credentials/info"
            and status in (400, 404)
            and "credentialID" in str(answer.get("error_description"))
        ):
            return unknown(key)
        return refusal(
            key, f"签名服务拒绝了请求（{error}）", f"the key service refused {what} (HTTP {status}, {error})"
        )

    def _token(self, key: KeyRef) -> str:
        try:
            return self._place.token_file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            name = self._place.token_file.name
            raise unavailable(key, f"无法读取访问令牌文件 {name}", f"the token file {name} cannot be read") from error

    def _http(self) -> httpx2.Client:
        """A client of this process: connections do not survive a fork."""
        with self._connecting:
            if self._client is None or self._client[0] != os.getpid():
                client = httpx2.Client(timeout=self._place.seconds, follow_redirects=False)
                self._client = (os.getpid(), client)
                weakref.finalize(self, client.close).atexit = False
            return self._client[1]


def _json_of(key: KeyRef, response: httpx2.Response) -> Mapping[str, Any]:
    try:
        answer = response.json() if len(response.content) <= _LONGEST_ANSWER else None
    except ValueError as error:
        raise _garbage(key) from error
    if not isinstance(answer, dict):
        raise _garbage(key)
    return answer


def _from_base64(key: KeyRef, text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise _garbage(key) from error


def _garbage(key: KeyRef) -> Problem:
    return unavailable(key, "签名服务的应答无法理解", "the key service's answer makes no sense")
