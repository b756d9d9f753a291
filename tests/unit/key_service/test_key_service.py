"""Our key service: no signature but over the digests that were authorised, once, with the PIN, by the right client."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from asn1crypto import algos

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, SigningCert
from signing_service.key_service.app import make_key_service
from signing_service.key_service.config import pin_scrypt, read_config, token_sha256
from signing_service.key_service.journal import first_broken_line
from signing_service.key_service.service import KeyService
from signing_service.keystores.soft import SoftKeyStore
from signing_service.pipeline import cms
from signing_service.trust.pki import Pki
from tests.factories_pki import ALGORITHMS
from tests.key_services import OTHER_TOKEN, PIN, TOKEN, listening, service_over

DATA = b"signed attributes"
DIGEST = hashlib.sha256(DATA).digest()
SHA256, ECDSA, RSA, PSS = (
    "2.16.840.1.101.3.4.2.1",
    "1.2.840.10045.4.3.2",
    "1.2.840.113549.1.1.11",
    "1.2.840.113549.1.1.10",
)
both_versions = pytest.mark.parametrize("version", ["v1", "v2"])


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Caller:
    """Somebody who speaks the CSC API by hand, in the spelling of a version."""

    def __init__(self, address: str, token: str = TOKEN) -> None:
        self.address = address
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, version: str, method: str, **request: Any) -> httpx2.Response:
        return httpx2.post(f"{self.address}/csc/{version}/{method}", json=request, headers=self.headers)

    def authorize(
        self, version: str, digests: list[bytes], credential: str = "ecdsa-p256", pin: str = PIN, **more: Any
    ) -> httpx2.Response:
        word = {"PIN": pin} if version == "v1" else {"authData": [{"id": "PIN", "value": pin}]}
        asked = {"credentialID": credential, "numSignatures": len(digests), **hashes(version, digests), **word, **more}
        return self.ask(version, "credentials/authorize", **asked)

    def sad(self, version: str, *digests: bytes, credential: str = "ecdsa-p256") -> str:
        answer = self.authorize(version, list(digests), credential)
        assert answer.status_code == 200, answer.text
        assert answer.json()["expiresIn"] == 300
        return str(answer.json()["SAD"])

    def sign(
        self,
        version: str,
        sad: str,
        *digests: bytes,
        credential: str = "ecdsa-p256",
        algorithm: str = ECDSA,
        **more: Any,
    ) -> httpx2.Response:
        asked = {
            "credentialID": credential,
            "SAD": sad,
            "signAlgo": algorithm,
            **hashes(version, list(digests)),
            **more,
        }
        return self.ask(version, "signatures/signHash", **asked)


def hashes(version: str, digests: list[bytes]) -> dict[str, Any]:
    encoded = [base64.b64encode(digest).decode() for digest in digests]
    return {"hash": encoded, "hashAlgo": SHA256} if version == "v1" else {"hashes": encoded, "hashAlgorithmOID": SHA256}


def refused(answer: httpx2.Response, error: str = "invalid_request", status: int = 400) -> str:
    """As CSC has it: an error and its description, and neither a signature nor a secret."""
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.json()["error"] == error
    assert PIN not in answer.text
    return str(answer.json()["error_description"])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(seven_pki: Pki, tmp_path: Path, clock: Clock) -> KeyService:
    keys = SoftKeyStore(seven_pki.keys, seven_pki.passphrase)
    return service_over(keys, "soft", [*ALGORITHMS], tmp_path / "pins", clock)


@pytest.fixture
def address(service: KeyService) -> Iterator[str]:
    with listening(make_key_service(service)) as at:
        yield at


@pytest.fixture
def caller(address: str) -> Caller:
    return Caller(address)


@pytest.fixture
def signer(service: KeyService) -> SigningCert:
    return service.keys.signing_cert(KeyRef("soft", "ecdsa-p256"))


# ---- what is answered


@both_versions
def test_authorised_digests_are_signed_in_their_order(caller: Caller, signer: SigningCert, version: str) -> None:
    messages = [b"one", b"two", b"three"]
    digests = [hashlib.sha256(message).digest() for message in messages]
    answer = caller.sign(version, caller.sad(version, *digests), *digests)
    assert answer.status_code == 200
    for message, signature in zip(messages, answer.json()["signatures"], strict=True):
        cms.check_signature(message, base64.b64decode(signature), signer)


def test_the_spelling_of_either_version_is_understood_below_both(caller: Caller) -> None:
    for path, spelling in (("v1", "v2"), ("v2", "v1")):
        word = {"PIN": PIN} if spelling == "v1" else {"authData": [{"id": "PIN", "value": PIN}]}
        asked = {"credentialID": "ecdsa-p256", "numSignatures": 1, **hashes(spelling, [DIGEST]), **word}
        sad = caller.ask(path, "credentials/authorize", **asked).json()["SAD"]
        asked = {"credentialID": "ecdsa-p256", "SAD": sad, "signAlgo": ECDSA, **hashes(spelling, [DIGEST])}
        assert caller.ask(path, "signatures/signHash", **asked).status_code == 200


@both_versions
def test_info_says_what_the_service_is_without_a_token(address: str, version: str) -> None:
    told = Caller(address, token="").ask(version, "info").json()
    assert told["specs"] == {"v1": "1.0.4.0", "v2": "2.0.0.2"}[version]
    assert set(told["methods"]) == {
        "credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash",
    }  # fmt: skip


@both_versions
def test_a_client_sees_its_own_credentials_and_no_others(address: str, version: str) -> None:
    mine = Caller(address).ask(version, "credentials/list").json()["credentialIDs"]
    others = Caller(address, OTHER_TOKEN)
    assert set(mine) - set(others.ask(version, "credentials/list").json()["credentialIDs"]) == {"ecdsa-p256"}
    assert "credentialID" in refused(others.ask(version, "credentials/info", credentialID="ecdsa-p256"))
    assert "credentialID" in refused(others.authorize(version, [DIGEST]))


@both_versions
def test_a_credential_says_how_it_is_used(caller: Caller, signer: SigningCert, version: str) -> None:
    told = caller.ask(
        version, "credentials/info", credentialID="ecdsa-p256", certificates="chain", certInfo=True
    ).json()
    assert [base64.b64decode(cert) for cert in told["cert"]["certificates"]] == [signer.cert, *signer.chain]
    assert told["key"] == {"status": "enabled", "algo": [ECDSA], "len": 256, "curve": "1.2.840.10045.3.1.7"}
    assert (told["SCAL"], told["authMode"], told["auth"]["expression"]) == ("2", "explicit", "PIN")
    assert told["multisign"] == 100
    assert told["cert"]["subjectDN"]
    for wanted, count in (("none", 0), ("single", 1)):
        answer = caller.ask(version, "credentials/info", credentialID="ecdsa-p256", certificates=wanted)
        assert len(answer.json()["cert"]["certificates"]) == count


# ---- what is refused


@both_versions
def test_a_sad_is_used_once(caller: Caller, version: str) -> None:
    sad = caller.sad(version, DIGEST)
    assert caller.sign(version, sad, DIGEST).status_code == 200
    assert "used up" in refused(caller.sign(version, sad, DIGEST))


@both_versions
def test_a_sad_signs_what_it_was_given_for_and_is_lost_at_the_first_other_digest(caller: Caller, version: str) -> None:
    sad = caller.sad(version, DIGEST)
    assert "not authorised" in refused(caller.sign(version, sad, hashlib.sha256(b"other").digest()))
    assert "used up" in refused(caller.sign(version, sad, DIGEST))
    assert "not authorised" in refused(caller.sign(version, caller.sad(version, DIGEST), DIGEST, DIGEST))


@both_versions
def test_a_sad_lasts_five_minutes(caller: Caller, clock: Clock, version: str) -> None:
    early, late = caller.sad(version, DIGEST), caller.sad(version, DIGEST)
    clock.now += 299
    assert caller.sign(version, early, DIGEST).status_code == 200
    clock.now += 2
    assert "expired" in refused(caller.sign(version, late, DIGEST))


@both_versions
def test_a_sad_is_for_one_client_and_one_credential(address: str, caller: Caller, version: str) -> None:
    others = Caller(address, OTHER_TOKEN)
    sad = caller.sad(version, DIGEST, credential="rsa-2048")
    refused(others.sign(version, sad, DIGEST, credential="rsa-2048", algorithm=RSA))
    sad = caller.sad(version, DIGEST, credential="rsa-2048")
    refused(caller.sign(version, sad, DIGEST))
    for guess in ("", "x", "SAD"):
        refused(caller.sign(version, guess, DIGEST))


@both_versions
def test_no_signature_without_the_pin_and_none_after_five_wrong_ones(
    caller: Caller, service: KeyService, tmp_path: Path, version: str
) -> None:
    for _ in range(4):
        refused(caller.authorize(version, [DIGEST], pin="000000"), "invalid_pin")
    caller.sad(version, DIGEST)
    for _ in range(5):
        assert "wrong" in refused(caller.authorize(version, [DIGEST], pin="000000"), "invalid_pin")
    assert "locked" in refused(caller.authorize(version, [DIGEST]), "invalid_pin")
    # a restart is no new chance, the operator's hand is; and other credentials are not locked with it
    again = service_over(service.keys, "soft", [*ALGORITHMS], tmp_path / "pins")
    with listening(make_key_service(again)) as at:
        assert "locked" in refused(Caller(at).authorize(version, [DIGEST]), "invalid_pin")
        Caller(at).sad(version, DIGEST, credential="rsa-2048")
        (tmp_path / "pins" / "ecdsa-p256.wrong-pins").unlink()
        Caller(at).sad(version, DIGEST)


@both_versions
def test_a_wrong_or_missing_token_opens_nothing(address: str, version: str) -> None:
    for token in ("", "wrong", TOKEN[:-1]):
        for method in ("credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash"):
            answer = Caller(address, token).ask(version, method, credentialID="ecdsa-p256")
            refused(answer, "invalid_token" if token else "invalid_request", 401)
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@both_versions
@pytest.mark.parametrize(
    "change",
    [
        {"hash": [], "hashes": []},
        {"hash": ["?"], "hashes": ["?"]},
        {"hash": [base64.b64encode(bytes(20)).decode()], "hashes": [base64.b64encode(bytes(20)).decode()]},
        {"hash": "x", "hashes": "x"},
        {"hashAlgo": "1.3.14.3.2.26", "hashAlgorithmOID": "1.3.14.3.2.26"},
        {"numSignatures": 2},
        {"credentialID": "nobody"},
        {"credentialID": 7},
        {"PIN": None, "authData": None},
    ],
    ids=str,
)
def test_a_request_that_is_not_as_it_should_be_is_refused(caller: Caller, version: str, change: dict[str, Any]) -> None:
    asked = {"credentialID": "ecdsa-p256", "numSignatures": 1, **hashes("v1", [DIGEST]), **hashes("v2", [DIGEST])}
    refused(caller.ask(version, "credentials/authorize", **{**asked, "PIN": PIN, **change}))


def test_a_body_that_is_no_object_is_refused_and_not_repeated(caller: Caller) -> None:
    for body in (b"", b"{", b"[]", f'"{PIN}"'.encode()):
        url = f"{caller.address}/csc/v1/credentials/authorize"
        headers = {**caller.headers, "Content-Type": "application/json"}
        refused(httpx2.post(url, content=body, headers=headers))


@both_versions
def test_a_key_signs_in_its_own_way_only(caller: Caller, version: str) -> None:
    for credential, algorithm in (("ecdsa-p256", RSA), ("rsa-2048", PSS), ("rsa-2048-pss", RSA)):
        sad = caller.sad(version, DIGEST, credential=credential)
        assert "signAlgo" in refused(caller.sign(version, sad, DIGEST, credential=credential, algorithm=algorithm))
    weak = algos.RSASSAPSSParams({"salt_length": 20}).dump()
    sad = caller.sad(version, DIGEST, credential="rsa-2048-pss")
    for parameters in (base64.b64encode(weak).decode(), "?", 7):
        answer = caller.sign(
            version, sad, DIGEST, credential="rsa-2048-pss", algorithm=PSS, signAlgoParams=parameters
        )  # fmt: skip
        assert "signAlgoParams" in refused(answer)


@both_versions
def test_an_ed25519_key_is_told_apart_before_anything_is_authorised(caller: Caller, version: str) -> None:
    for answer in (
        caller.ask(version, "credentials/info", credentialID="ed25519"),
        caller.authorize(version, [DIGEST], "ed25519"),
    ):
        assert "whole messages" in refused(answer)


def test_a_key_that_is_out_of_reach_may_be_asked_again_later(seven_pki: Pki, tmp_path: Path) -> None:
    class Gone(SoftKeyStore):
        def sign_digest(self, key: KeyRef, digest: bytes) -> bytes:
            raise Problem("KEY_UNAVAILABLE", "暂不可用。", "Gone.", status=503)

    service = service_over(Gone(seven_pki.keys, seven_pki.passphrase), "soft", ["ecdsa-p256"], tmp_path)
    with listening(make_key_service(service)) as at:
        caller = Caller(at)
        refused(caller.sign("v1", caller.sad("v1", DIGEST), DIGEST), "temporarily_unavailable", 503)


# ---- its configuration

GOOD = """
[client.platform]
token_sha256 = "{token}"
credentials = ["authority"]
[credential.authority]
key = "pkcs11:authority"
pin_scrypt = "{pin}"
"""


def test_the_configuration_holds_no_secret_and_knows_both(tmp_path: Path) -> None:
    path = tmp_path / "key_service.toml"
    path.write_text(GOOD.format(token=token_sha256(TOKEN), pin=pin_scrypt(PIN)), encoding="utf-8")
    config = read_config(path)
    (client,) = config.clients
    assert client.has(TOKEN)
    assert not client.has(PIN)
    assert config.credentials["authority"].key == KeyRef("pkcs11", "authority")
    assert config.credentials["authority"].has(PIN)
    assert not config.credentials["authority"].has(TOKEN)
    assert PIN not in path.read_text(encoding="utf-8")
    assert pin_scrypt(PIN) != pin_scrypt(PIN)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[client", "[client", "there is no credential"),
        ('key = "pkcs11:authority"', 'key = "authority"', "store:label"),
        ('key = "pkcs11:authority"', "", "key"),
        ("token_sha256", "token", "token_sha256"),
        ("[credential.authority]", "[credential.Authority]", "a-z"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_refused_whole(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "key_service.toml"
    text = GOOD.format(token=token_sha256(TOKEN), pin=pin_scrypt(PIN)).replace(old, new)
    if old == new:
        text = text.replace('["authority"]', '["somebody"]')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem, match="KEY_SERVICE_CONFIG") as problem:
        read_config(path)
    assert told in problem.value.en


# ---- what is written down


def signed(caller: Caller, digest: bytes) -> httpx2.Response:
    return caller.sign("v2", caller.sad("v2", digest), digest)


def lines_of(service: KeyService) -> list[dict[str, Any]]:
    return [json.loads(line) for line in service.journal.file.read_text(encoding="utf-8").splitlines()]


def test_every_use_of_a_key_is_written_down_before_and_after(service: KeyService, caller: Caller) -> None:
    digest = hashlib.sha256(b"one").digest()
    signed(caller, digest)
    intended, done = lines_of(service)
    assert [intended["outcome"], done["outcome"]] == ["intended", "signed"]
    assert (intended["client"], intended["credential"]) == ("platform", "ecdsa-p256")
    assert intended["hashes"] == done["hashes"] == [digest.hex()]
    assert first_broken_line(service.journal.file) is None


def test_what_cannot_be_written_down_is_not_signed(service: KeyService, caller: Caller, tmp_path: Path) -> None:
    (tmp_path / "pins" / "signed.jsonl").mkdir(parents=True)
    answer = signed(caller, hashlib.sha256(b"one").digest())
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert "signatures" not in answer.json()


@pytest.mark.parametrize("touch", ["changed", "left out", "moved", "cut"])
def test_a_touched_journal_is_found(service: KeyService, caller: Caller, touch: str) -> None:
    for text in (b"one", b"two", b"three"):
        signed(caller, hashlib.sha256(text).digest())
    file = service.journal.file
    lines = file.read_bytes().splitlines(keepends=True)
    match touch:
        case "changed":
            lines[1] = lines[1].replace(b"platform", b"somebody")
        case "left out":
            del lines[2]
        case "moved":
            lines[1], lines[2] = lines[2], lines[1]
        case "cut":
            lines[3] = lines[3][:40]
    file.write_bytes(b"".join(lines))
    assert first_broken_line(file) in (2, 3, 4)


def test_many_at_once_write_one_chain(service: KeyService) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: service.journal.write("signed", "c", "k", [bytes([number])]), range(64)))
    assert len(lines_of(service)) == 64
    assert first_broken_line(service.journal.file) is None


def test_a_body_is_limited_before_anything_is_asked(address: str) -> None:
    for headers in ({}, {"Authorization": f"Bearer {TOKEN}"}):
        answer = httpx2.post(f"{address}/csc/v2/credentials/list", content=b"{" + b" " * 70_000, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (413, "invalid_request")
