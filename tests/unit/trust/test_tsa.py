"""The embedded time-stamping authority, judged by OpenSSL and pyHanko, which did not make the tokens."""

from __future__ import annotations

import asyncio
import hashlib
import random
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, KeyRef
from signing_service.keystores.soft import SoftKeyStore
from signing_service.trust.description import Profile
from signing_service.trust.pki import Pki, ensure
from signing_service.trust.tsa import POLICY, EmbeddedTsa
from tests.factories_pki import IN_TERM, NOW, add_key, two_keys

DATA = b"licence"
DIGEST = hashlib.sha256(DATA).digest()


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


@pytest.fixture(scope="module")
def tsa(pki: Pki) -> EmbeddedTsa:
    return EmbeddedTsa.of(SoftKeyStore(pki.keys, pki.passphrase), KeyRef.parse("soft:tsa"), at(NOW))


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)


def verified(pki: Pki, *arguments: str | Path) -> bool:
    trusted = ("-CAfile", pki.folder / "anchors/root.pem", "-attime", str(int(NOW.timestamp())))
    return "Verification: OK" in openssl("ts", "-verify", *arguments, *trusted).stdout


def info_of(token: bytes) -> Any:
    return cms.ContentInfo.load(token, strict=True)["content"]["encap_content_info"]["content"].parsed.native


def request(**changes: Any) -> bytes:
    facts: dict[str, Any] = {
        "version": "v1",
        "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": DIGEST},
        "nonce": 0x80FF,
        "cert_req": True,
    }
    encoded: bytes = tsp.TimeStampReq({**facts, **changes}).dump()
    return encoded


def status_of(answer: bytes) -> tuple[Any, bool]:
    """PKIStatusInfo, and whether a token follows; asn1crypto's TimeStampResp cannot read one without a token."""
    parts = core.SequenceOf.load(answer, spec=core.Any, strict=True)
    return tsp.PKIStatusInfo.load(parts[0].dump(), strict=True), len(parts) == 2


def rejection(answer: bytes) -> set[str]:
    status, has_token = status_of(answer)
    assert status["status"].native == "rejection"
    assert status["status_string"].native
    assert not has_token
    failure: set[str] = status["fail_info"].native
    return failure


# ---- tokens


def test_openssl_verifies_a_token_over_the_right_data_and_no_other(pki: Pki, tsa: EmbeddedTsa, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "other").write_bytes(b"forged")
    (tmp_path / "token").write_bytes(tsa.time_stamp(DIGEST).token)
    assert verified(pki, "-in", tmp_path / "token", "-token_in", "-data", tmp_path / "data")
    assert not verified(pki, "-in", tmp_path / "token", "-token_in", "-data", tmp_path / "other")


def test_a_token_of_an_rsa_key_verifies_too(pki: Pki, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    own = ensure(tmp_path / "pki", two_keys(tmp_path), NOW)
    key = add_key(own, "rsa-tsa", profile=Profile.TSA, validity=IN_TERM, algorithm=KeyAlgorithm.RSA_2048)
    tsa = EmbeddedTsa.of(SoftKeyStore(own.keys, own.passphrase), key, at(NOW))
    (tmp_path / "token").write_bytes(tsa.time_stamp(DIGEST).token)
    arguments = ("-in", tmp_path / "token", "-token_in", "-data", tmp_path / "data")
    assert verified(own, *arguments)
    assert not verified(pki, *arguments)


def test_pyhanko_validates_a_token(pki: Pki, tsa: EmbeddedTsa) -> None:
    stamp = tsa.time_stamp(DIGEST)
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(der) for der in pki.anchors()], moment=NOW, allow_fetching=False
    )
    signed_data = cms.ContentInfo.load(stamp.token)["content"]
    facts = asyncio.run(validate_tst_signed_data(signed_data, context, lambda _: DIGEST))
    status = TimestampSignatureStatus(**facts)
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.timestamp == stamp.at == NOW


def test_a_token_states_the_digest_the_policy_and_the_time_to_a_second(pki: Pki) -> None:
    store = SoftKeyStore(pki.keys, pki.passphrase)
    tsa = EmbeddedTsa.of(store, KeyRef.parse("soft:tsa"), at(NOW + timedelta(milliseconds=700)))
    stamp = tsa.time_stamp(DIGEST)
    info = info_of(stamp.token)
    assert info["version"] == "v1"
    assert info["policy"] == POLICY
    assert info["message_imprint"]["hash_algorithm"]["algorithm"] == "sha256"
    assert info["message_imprint"]["hashed_message"] == DIGEST
    assert info["gen_time"] == stamp.at == NOW
    assert stamp.at.tzinfo is UTC
    assert info["accuracy"]["seconds"] == 1
    assert info["nonce"] is None


def test_a_token_is_der_and_binds_the_cert_that_made_it(pki: Pki, tsa: EmbeddedTsa) -> None:
    token = tsa.time_stamp(DIGEST).token
    parsed = cms.ContentInfo.load(token, strict=True)
    signed_data = parsed["content"]
    assert parsed.dump(force=True) == token
    assert signed_data["version"].native == "v3"
    assert [a.native["algorithm"] for a in signed_data["digest_algorithms"]] == ["sha256"]
    (signer,) = signed_data["signer_infos"]
    attributes = {a["type"].native: a["values"] for a in signer["signed_attrs"]}
    assert set(attributes) == {"content_type", "message_digest", "signing_certificate_v2"}
    (cert_id,) = attributes["signing_certificate_v2"][0]["certs"]
    held = SoftKeyStore(pki.keys, pki.passphrase).signing_cert(KeyRef.parse("soft:tsa"))
    assert cert_id["cert_hash"].native == hashlib.sha256(held.cert).digest()
    assert cert_id["issuer_serial"]["serial_number"].native == pki.certs["tsa"].serial_number
    assert sorted(c.dump() for c in signed_data["certificates"]) == sorted((held.cert, *held.chain))


@pytest.mark.parametrize("length", [0, 20, 31, 33, 48, 64])
def test_a_digest_of_another_length_is_refused(tsa: EmbeddedTsa, length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        tsa.time_stamp(bytes(length))


def test_serials_grow_are_unique_among_threads_and_survive_a_clock_set_back(pki: Pki) -> None:
    times = iter([NOW, NOW + timedelta(hours=1), NOW])
    store = SoftKeyStore(pki.keys, pki.passphrase)
    tsa = EmbeddedTsa.of(store, KeyRef.parse("soft:tsa"), lambda: next(times, NOW))

    def serial(_: int = 0) -> int:
        number: int = info_of(tsa.time_stamp(DIGEST).token)["serial_number"]
        return number

    first, second, third = serial(), serial(), serial()
    assert first < second < third
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(serial, range(80)))) == 80


def test_two_instances_at_the_same_moment_use_different_serials(pki: Pki) -> None:
    store = SoftKeyStore(pki.keys, pki.passphrase)
    both = [EmbeddedTsa.of(store, KeyRef.parse("soft:tsa"), at(NOW)) for _ in range(2)]
    one, other = (info_of(tsa.time_stamp(DIGEST).token)["serial_number"] for tsa in both)
    assert one != other
    assert max(one, other).bit_length() <= 160


@pytest.mark.parametrize("moment", [NOW - timedelta(hours=2), NOW.replace(year=2035)])
def test_no_token_is_made_outside_the_term_of_the_cert(pki: Pki, moment: datetime) -> None:
    store = SoftKeyStore(pki.keys, pki.passphrase)
    tsa = EmbeddedTsa.of(store, KeyRef.parse("soft:tsa"), at(moment))
    with pytest.raises(Problem, match="TSA_UNAVAILABLE"):
        tsa.time_stamp(DIGEST)
    assert rejection(tsa.answer(request())) == {"system_failure"}


def test_a_cert_that_is_not_for_time_stamping_alone_makes_no_tsa(pki: Pki) -> None:
    store = SoftKeyStore(pki.keys, pki.passphrase)
    for label in ("authority", "ocsp-authority"):
        with pytest.raises(Problem, match="TSA_CERT_UNFIT"):
            EmbeddedTsa.of(store, KeyRef("soft", label), at(NOW))


# ---- requests and responses


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("extras", [("-cert",), ("-cert", "-no_nonce"), ("-cert", "-tspolicy", POLICY)])
def test_a_query_of_openssl_is_answered_to_its_satisfaction(
    pki: Pki, tsa: EmbeddedTsa, tmp_path: Path, digest: str, extras: tuple[str, ...]
) -> None:
    (tmp_path / "data").write_bytes(DATA)
    made = openssl("ts", "-query", "-data", tmp_path / "data", f"-{digest}", *extras, "-out", tmp_path / "query")
    assert made.returncode == 0, made.stderr
    (tmp_path / "response").write_bytes(tsa.answer((tmp_path / "query").read_bytes()))
    assert verified(pki, "-in", tmp_path / "response", "-queryfile", tmp_path / "query")
    assert verified(pki, "-in", tmp_path / "response", "-data", tmp_path / "data")


def test_the_nonce_comes_back_as_it_was_sent(tsa: EmbeddedTsa) -> None:
    for nonce in (0, 1, 0x7F, 0x80, 1 << 159):
        response = tsp.TimeStampResp.load(tsa.answer(request(nonce=nonce)), strict=True)
        assert response["status"]["status"].native == "granted"
        assert info_of(response["time_stamp_token"].dump())["nonce"] == nonce


def test_certs_are_left_out_unless_asked_for(tsa: EmbeddedTsa) -> None:
    for wanted in (True, False):
        response = tsp.TimeStampResp.load(tsa.answer(request(cert_req=wanted)), strict=True)
        certs = response["time_stamp_token"]["content"]["certificates"]
        assert bool(certs.native) == wanted


def imprint(algorithm: str, length: int) -> dict[str, Any]:
    return {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": bytes(length)}


EXTENSION = {"extn_id": "1.2.3.4", "critical": False, "extn_value": b"\x05\x00"}


@pytest.mark.parametrize(
    ("asked", "failure"),
    [
        pytest.param(request(message_imprint=imprint("sha1", 20)), "bad_alg", id="SHA-1"),
        pytest.param(request(message_imprint=imprint("md5", 16)), "bad_alg", id="MD5"),
        pytest.param(request(message_imprint=imprint("sha256", 20)), "bad_data_format", id="short digest"),
        pytest.param(
            request(message_imprint=imprint("sha512", 32)), "bad_data_format", id="digest of another algorithm"
        ),
        pytest.param(request(req_policy="1.2.3.4"), "unaccepted_policy", id="foreign policy"),
        pytest.param(request(extensions=[EXTENSION]), "unaccepted_extensions", id="extension"),
        pytest.param(request().replace(b"\x02\x01\x01", b"\x02\x01\x02", 1), "bad_request", id="version 2"),
        pytest.param(b"", "bad_data_format", id="nothing"),
        pytest.param(b"GET / HTTP/1.1", "bad_data_format", id="text"),
        pytest.param(request() + b"\0", "bad_data_format", id="a byte too many"),
        pytest.param(request()[:-4], "bad_data_format", id="cut off"),
        pytest.param(b"\x30\x80" * 2000, "bad_data_format", id="nested deep"),
        pytest.param(request(nonce=1 << 40000), "bad_data_format", id="huge nonce"),
    ],
)
def test_a_request_that_cannot_be_granted_is_rejected_with_its_reason(
    tsa: EmbeddedTsa, asked: bytes, failure: str
) -> None:
    assert rejection(tsa.answer(asked)) == {failure}


def test_parameters_of_null_are_the_same_as_none(tsa: EmbeddedTsa) -> None:
    algorithm = algos.DigestAlgorithm({"algorithm": "sha256", "parameters": core.Null()})
    asked = request(message_imprint={"hash_algorithm": algorithm, "hashed_message": DIGEST})
    response = tsp.TimeStampResp.load(tsa.answer(asked), strict=True)
    assert response["status"]["status"].native == "granted"
    token_imprint = cms.ContentInfo.load(response["time_stamp_token"].dump())["content"]["encap_content_info"]
    assert (
        token_imprint["content"].parsed["message_imprint"].dump()
        == tsp.TimeStampReq.load(asked)["message_imprint"].dump()
    )


def test_a_key_that_is_not_to_be_had_is_a_system_failure(pki: Pki) -> None:
    held = SoftKeyStore(pki.keys, pki.passphrase).signing_cert(KeyRef.parse("soft:tsa"))

    def gone(data: bytes) -> bytes:
        raise Problem("KEY_UNAVAILABLE", "密钥暂不可用，请稍后重试。", "The key is not to be had now. Try again.")

    tsa = EmbeddedTsa(held.cert, held.chain, gone, at(NOW))
    assert rejection(tsa.answer(request())) == {"system_failure"}
    with pytest.raises(Problem, match="KEY_UNAVAILABLE"):
        tsa.time_stamp(DIGEST)


def test_two_thousand_broken_requests_are_each_answered(tsa: EmbeddedTsa) -> None:
    chance = random.Random(20261122)
    good = request(req_policy=POLICY)
    for _ in range(2000):
        broken = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        status, has_token = status_of(tsa.answer(bytes(broken)))
        assert status["status"].native == ("granted" if has_token else "rejection")
