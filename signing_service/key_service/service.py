"""What the key service does, without HTTP: CSC requests in, CSC answers out, both as JSON objects.

One implementation for v1.0.4 and v2: requests are read in either spelling (``hash`` or ``hashes``, ``PIN`` or
``authData``), answers carry both. Credentials are SCAL 2: no signature without the digests having been authorised.
Source: CSC API v1.0.4.0, 11; v2.0.0.2, 11.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from asn1crypto import algos
from cryptography import x509

from signing_service.domain.errors import Problem
from signing_service.domain.keys import FullKeyStore, KeyAlgorithm, SigningCert
from signing_service.domain.schemes import DIGEST_OIDS, PSS_OID, SCHEMES, Family
from signing_service.key_service.authorisations import LASTS_SECONDS, Authorisations
from signing_service.key_service.config import Client, Credential, KeyServiceConfig
from signing_service.key_service.journal import Journal
from signing_service.key_service.pins import PinLockedError, Pins

MOST_AT_ONCE = 100
"""Digests in one authorisation (``multisign``)."""
RSA_OID = "1.2.840.113549.1.1.1"
_CURVES = {KeyAlgorithm.ECDSA_P256: "1.2.840.10045.3.1.7", KeyAlgorithm.ECDSA_P384: "1.3.132.0.34"}
_METHODS = ["credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash"]
_DIGEST_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64}

log = structlog.get_logger()


class CscError(Exception):
    """A refusal in the words of the CSC API (v1.0.4, 10.1)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status

    def to_document(self) -> dict[str, str]:
        return {"error": self.error, "error_description": self.description}


@dataclass(frozen=True, slots=True)
class KeyService:
    config: KeyServiceConfig
    keys: FullKeyStore
    authorisations: Authorisations
    pins: Pins
    journal: Journal

    @classmethod
    def of(cls, config: KeyServiceConfig, keys: FullKeyStore, folder: Path, clock: Callable[[], float]) -> KeyService:
        """``folder`` keeps the counts of wrong PINs and ``signed.jsonl``; ``clock`` counts seconds and never goes back."""
        return cls(config, keys, Authorisations(clock), Pins(folder), Journal(folder / "signed.jsonl"))

    def client(self, token: str) -> Client:
        """Whose bearer token this is. Raises CscError."""
        for client in self.config.clients:
            if client.has(token):
                return client
        raise CscError("invalid_token", "The access token is not known", 401)

    def info(self, version: str) -> dict[str, Any]:
        return {
            "specs": "1.0.4.0" if version == "v1" else "2.0.0.2",
            "name": "Signing Service key service",
            "logo": "",
            "region": "CN",
            "lang": "zh-CN",
            "description": "Signatures over authorised digests",
            "authType": ["external"],
            "methods": _METHODS,
            "validationInfo": False,
        }

    def credential_list(self, client: Client, _request: Mapping[str, Any]) -> dict[str, Any]:
        return {"credentialIDs": sorted(client.credentials)}

    def credential_info(self, client: Client, request: Mapping[str, Any]) -> dict[str, Any]:
        credential = self._credential(client, request)
        held = self._signing_cert(credential)
        scheme = SCHEMES[held.algorithm]
        algorithms = [scheme.oid, RSA_OID] if scheme.family is Family.RSA_PKCS1 else [scheme.oid]
        key = {"status": "enabled", "algo": algorithms, "len": scheme.bits}
        if held.algorithm in _CURVES:
            key["curve"] = _CURVES[held.algorithm]
        return {
            "description": credential.id,
            "key": key,
            "cert": _cert_info(held, request),
            "authMode": "explicit",
            "auth": {
                "mode": "explicit",
                "expression": "PIN",
                "objects": [{"type": "Password", "id": "PIN", "format": "A", "label": "PIN"}],
            },
            "SCAL": "2",
            "PIN": {"presence": "true", "format": "A", "label": "PIN"},
            "multisign": MOST_AT_ONCE,
            "lang": "zh-CN",
        }

    def authorize(self, client: Client, request: Mapping[str, Any]) -> dict[str, Any]:
        credential = self._credential(client, request)
        digests = _digests(request, self._signing_cert(credential).algorithm)
        count = request.get("numSignatures", len(digests))
        if count != len(digests):
            raise CscError("invalid_request", "numSignatures is not the number of hashes")
        try:
            if not self.pins.is_right(credential, _pin(request)):
                log.warning("wrong PIN", credential=credential.id, client=client.name)
                raise CscError("invalid_pin", "The PIN is wrong")
        except PinLockedError:
            raise CscError("invalid_pin", "The PIN is locked; the operator has to release it") from None
        sad = self.authorisations.grant(client.name, credential.id, digests)
        return {"SAD": sad, "expiresIn": LASTS_SECONDS}

    def sign_hash(self, client: Client, request: Mapping[str, Any]) -> dict[str, Any]:
        credential = self._credential(client, request)
        algorithm = self._signing_cert(credential).algorithm
        digests = _digests(request, algorithm)
        _refuse_other_algorithm(request, algorithm)
        if refused := self.authorisations.redeem(_text(request, "SAD"), client.name, credential.id, digests):
            log.warning("SAD refused", why=refused, credential=credential.id, client=client.name)
            raise CscError("invalid_request", refused)
        self._write_down("intended", client, credential, digests)
        made = [self._asked(partial(self.keys.sign_digest, credential.key, digest)) for digest in digests]
        self._write_down("signed", client, credential, digests)
        return {"signatures": [base64.b64encode(signature).decode() for signature in made]}

    def _write_down(self, outcome: str, client: Client, credential: Credential, digests: Sequence[bytes]) -> None:
        try:
            self.journal.write(outcome, client.name, credential.id, digests)
        except OSError as error:
            log.exception("journal", file=str(self.journal.file))
            raise CscError(
                "temporarily_unavailable", "The journal cannot be written: nothing is signed", 503
            ) from error

    def _credential(self, client: Client, request: Mapping[str, Any]) -> Credential:
        name = _text(request, "credentialID")
        if name not in client.credentials:
            # another's credential is as unknown as one that is not there
            raise CscError("invalid_request", "Invalid parameter credentialID")
        return self.config.credentials[name]

    def _signing_cert(self, credential: Credential) -> SigningCert:
        held: SigningCert = self._asked(partial(self.keys.signing_cert, credential.key))
        if not SCHEMES[held.algorithm].family.takes_digest:
            raise CscError("invalid_request", "An Ed25519 key signs whole messages, and signHash carries only hashes")
        return held

    def _asked(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except Problem as problem:
            log.exception("key store", code=problem.code)
            if problem.code == "KEY_UNAVAILABLE":
                raise CscError("temporarily_unavailable", "The key is not to be had now: try again", 503) from problem
            raise CscError("server_error", "The key cannot be used", 500) from problem


def _text(request: Mapping[str, Any], name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str) or not value:
        raise CscError("invalid_request", f"Missing (or invalid type) string parameter {name}")
    return value


def _pin(request: Mapping[str, Any]) -> str:
    objects = request.get("authData")
    for one in objects if isinstance(objects, list) else ():
        if isinstance(one, dict) and one.get("id") == "PIN":
            return _text(one, "value")
    return _text(request, "PIN")


def _digests(request: Mapping[str, Any], algorithm: KeyAlgorithm) -> Sequence[bytes]:
    """The digests of a request, each of the length that the key's algorithm has."""
    given = request.get("hashes", request.get("hash"))
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_AT_ONCE:
        raise CscError("invalid_request", f"Missing (or invalid type) array parameter hash, 1 to {MOST_AT_ONCE}")
    named = request.get("hashAlgorithmOID", request.get("hashAlgo", DIGEST_OIDS[algorithm.digest]))
    if named != DIGEST_OIDS[algorithm.digest]:
        raise CscError("invalid_request", f"This key signs {algorithm.digest} hashes")
    try:
        digests = [base64.b64decode(one, validate=True) for one in given]
    except (TypeError, ValueError):
        raise CscError("invalid_request", "A hash is not base64") from None
    if any(len(digest) != _DIGEST_BYTES[algorithm.digest] for digest in digests):
        raise CscError("invalid_request", f"A hash is not as long as {algorithm.digest} is")
    return digests


def _refuse_other_algorithm(request: Mapping[str, Any], algorithm: KeyAlgorithm) -> None:
    """A key has one algorithm: what would be signed otherwise is not signed at all."""
    scheme = SCHEMES[algorithm]
    accepted = {scheme.oid, RSA_OID} if scheme.family is Family.RSA_PKCS1 else {scheme.oid}
    if _text(request, "signAlgo") not in accepted:
        raise CscError("invalid_request", f"Invalid parameter signAlgo: this key signs with {scheme.oid}")
    parameters = request.get("signAlgoParams")
    if scheme.oid == PSS_OID and parameters is not None and not _is_our_pss(parameters, scheme.identifier):
        raise CscError("invalid_request", "Invalid parameter signAlgoParams: SHA-256, MGF1 with SHA-256, salt 32")


def _is_our_pss(parameters: Any, identifier: bytes) -> bool:
    ours = algos.SignedDigestAlgorithm.load(identifier)["parameters"].native
    try:
        return bool(algos.RSASSAPSSParams.load(base64.b64decode(parameters, validate=True)).native == ours)
    except (TypeError, ValueError):
        return False


def _cert_info(held: SigningCert, request: Mapping[str, Any]) -> dict[str, Any]:
    wanted = request.get("certificates", "single")
    certs = {"none": (), "single": (held.cert,), "chain": (held.cert, *held.chain)}.get(wanted)
    if certs is None:
        raise CscError("invalid_request", "Invalid parameter certificates")
    told: dict[str, Any] = {"status": "valid", "certificates": [base64.b64encode(der).decode() for der in certs]}
    if request.get("certInfo"):
        cert = x509.load_der_x509_certificate(held.cert)
        told |= {
            "issuerDN": cert.issuer.rfc4514_string(),
            "serialNumber": f"{cert.serial_number:x}",
            "subjectDN": cert.subject.rfc4514_string(),
            "validFrom": cert.not_valid_before_utc.strftime("%Y%m%d%H%M%SZ"),
            "validTo": cert.not_valid_after_utc.strftime("%Y%m%d%H%M%SZ"),
        }
    return told
