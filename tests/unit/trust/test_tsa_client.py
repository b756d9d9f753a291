"""Time stamps from a pool: the first that answers rightly counts, and no wrong one is ever taken."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import algos, tsp

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.keystores.soft import SoftKeyStore
from signing_service.settings import Environment, Settings
from signing_service.trust.description import Profile
from signing_service.trust.opening import open_tsa
from signing_service.trust.over_http import FIRST_REST, LONGEST_REST, Caller, Rests
from signing_service.trust.pki import Pki, ensure
from signing_service.trust.tsa import EmbeddedTsa
from signing_service.trust.tsa_client import TsaPool
from tests.factories_pki import DESCRIPTION, IN_TERM, NOW, add_key
from tests.unit.trust.serving import Served, Stranger, dead_address, listening, now

DIGEST = hashlib.sha256(b"licence").digest()
SECONDS = 0.6


@pytest.fixture(scope="module")
def tsa(pki: Pki) -> EmbeddedTsa:
    return EmbeddedTsa.of(SoftKeyStore(pki.keys, pki.passphrase), KeyRef.parse("soft:tsa"), lambda: NOW)


def pool(pki: Pki, *addresses: str, rests: Rests | None = None) -> TsaPool:
    return TsaPool(addresses, pki.anchors(), pki.intermediates(), Caller(SECONDS), lambda: NOW, rests)


def refused(asked: TsaPool) -> Problem:
    with pytest.raises(Problem) as problem:
        asked.time_stamp(DIGEST)
    assert (problem.value.code, problem.value.status) == ("TSA_UNAVAILABLE", 503)
    return problem.value


# ---- what is asked and taken


def test_a_real_authority_over_http_gives_a_token_that_openssl_verifies(served: Served, tmp_path: Path) -> None:
    asked = TsaPool([f"{served.base}/tsa"], served.pki.anchors(), served.pki.intermediates(), Caller(5.0), now)
    stamp = asked.time_stamp(DIGEST)
    assert abs(stamp.at - now()) < timedelta(seconds=10)
    (tmp_path / "token").write_bytes(stamp.token)
    told = subprocess.run(
        ["openssl", "ts", "-verify", "-token_in", "-in", tmp_path / "token", "-digest", DIGEST.hex(),
         "-CAfile", served.pki.folder / "anchors/root.pem"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert "Verification: OK" in told.stdout, told


def test_the_question_has_digest_nonce_and_asks_for_the_cert(pki: Pki, tsa: EmbeddedTsa) -> None:
    questions: list[bytes] = []

    def answer(question: bytes) -> bytes:
        questions.append(question)
        return tsa.answer(question)

    with listening(Stranger(answer)) as address:
        asked = pool(pki, address)
        for _ in range(2):
            asked.time_stamp(DIGEST)
    first, second = (tsp.TimeStampReq.load(question, strict=True).native for question in questions)
    assert first["message_imprint"]["hashed_message"] == DIGEST
    assert first["message_imprint"]["hash_algorithm"]["algorithm"] == "sha256"
    assert first["cert_req"]
    assert first["nonce"].bit_length() >= 64
    assert first["nonce"] != second["nonce"]


def replaced(tsa: EmbeddedTsa, **changes: object) -> Callable[[bytes], bytes]:
    """An authority that answers another question than it was asked."""

    def answer(question: bytes) -> bytes:
        asked = tsp.TimeStampReq.load(question)
        for name, value in changes.items():
            asked[name] = value
        encoded: bytes = asked.dump(force=True)
        return tsa.answer(encoded)

    return answer


def flipped(tsa: EmbeddedTsa) -> Callable[[bytes], bytes]:
    def answer(question: bytes) -> bytes:
        answered = tsa.answer(question)
        return answered[:-5] + bytes((answered[-5] ^ 1,)) + answered[-4:]

    return answer


def other_imprint() -> tsp.MessageImprint:
    algorithm = algos.DigestAlgorithm({"algorithm": "sha256"})
    return tsp.MessageImprint({"hash_algorithm": algorithm, "hashed_message": bytes(32)})


def signed_by(pki: Pki, folder: Path, profile: Profile) -> EmbeddedTsa:
    """An authority whose cert is of another profile: it does not object, as ours would."""
    own = ensure(folder / "own", DESCRIPTION, NOW)
    key = add_key(own, "odd", issuer="authority", profile=profile, validity=IN_TERM)
    store = SoftKeyStore(own.keys, own.passphrase)
    fit = SoftKeyStore(pki.keys, pki.passphrase).signing_cert(KeyRef("soft", "tsa"))
    odd = store.signing_cert(key)
    made = EmbeddedTsa(fit.cert, fit.chain, lambda data: store.sign(key, data), lambda: NOW)
    made._certs = EmbeddedTsa(fit.cert, [odd.cert, *odd.chain], made._sign, lambda: NOW)._certs
    return made


def wrong_authorities(pki: Pki, tsa: EmbeddedTsa, folder: Path) -> dict[str, Stranger]:
    look_alike = ensure(folder / "look-alike", DESCRIPTION, NOW)
    foreign = EmbeddedTsa.of(SoftKeyStore(look_alike.keys, look_alike.passphrase), KeyRef("soft", "tsa"), lambda: NOW)
    store = SoftKeyStore(pki.keys, pki.passphrase)
    late = EmbeddedTsa.of(store, KeyRef("soft", "tsa"), lambda: NOW + timedelta(minutes=6))
    early = EmbeddedTsa.of(store, KeyRef("soft", "tsa"), lambda: NOW - timedelta(minutes=6))
    old = tsa.answer(tsp.TimeStampReq({"version": "v1", "message_imprint": other_imprint(), "cert_req": True}).dump())
    return {
        "wrong nonce": Stranger(replaced(tsa, nonce=1)),
        "no nonce": Stranger(replaced(tsa, nonce=None)),
        "wrong imprint": Stranger(replaced(tsa, message_imprint=other_imprint())),
        "no cert": Stranger(replaced(tsa, cert_req=False)),
        "refuses": Stranger(replaced(tsa, req_policy="1.2.3.4")),
        "an old token": Stranger(lambda _: old),
        "signature flipped": Stranger(flipped(tsa)),
        "signed by another key": Stranger(signed_by(pki, folder, Profile.SEAL).answer),
        "of an unknown root": Stranger(foreign.answer),
        "clock ahead": Stranger(late.answer),
        "clock behind": Stranger(early.answer),
        "garbage": Stranger(lambda _: b"garbage"),
        "empty": Stranger(lambda _: b""),
        "endless": Stranger(lambda _: bytes(70_000)),
        "another kind": Stranger(tsa.answer, kind="text/html"),
        "error": Stranger(tsa.answer, status=503),
        "leads elsewhere": Stranger(status=307, headers={"Location": "http://127.0.0.2:1/tsa"}),
        "slow": Stranger(tsa.answer, pause=SECONDS * 2),
        "drips": Stranger(tsa.answer, drip=0.01),
    }


WRONG = [
    "wrong nonce", "no nonce", "wrong imprint", "no cert", "refuses", "an old token", "signature flipped",
    "signed by another key", "of an unknown root", "clock ahead", "clock behind", "garbage", "empty", "endless",
    "another kind", "error", "leads elsewhere", "slow", "drips",
]  # fmt: skip


@pytest.mark.parametrize("which", WRONG)
def test_no_wrong_stamp_is_taken_and_the_next_authority_is_asked(
    pki: Pki, tsa: EmbeddedTsa, tmp_path: Path, which: str
) -> None:
    wrong = wrong_authorities(pki, tsa, tmp_path)[which]
    with listening(wrong) as bad, listening(Stranger(tsa.answer)) as good:
        problem = refused(pool(pki, bad))
        assert "127.0.0.1" in problem.en
        assert pool(pki, bad, good).time_stamp(DIGEST).at == NOW
    assert len(wrong.asked) == 2


def test_every_wrong_authority_is_tried(pki: Pki, tsa: EmbeddedTsa, tmp_path: Path) -> None:
    assert sorted(wrong_authorities(pki, tsa, tmp_path)) == sorted(WRONG)


# ---- the pool


@dataclass
class Ticking:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_authorities_are_asked_in_order_and_the_second_only_when_the_first_fails(pki: Pki, tsa: EmbeddedTsa) -> None:
    first, second = Stranger(tsa.answer), Stranger(tsa.answer)
    with listening(first) as one, listening(second) as other:
        asked = pool(pki, one, other)
        for _ in range(3):
            asked.time_stamp(DIGEST)
        assert (len(first.asked), len(second.asked)) == (3, 0)
        first.status = 500
        asked.time_stamp(DIGEST)
        assert (len(first.asked), len(second.asked)) == (4, 1)


def test_one_that_failed_rests_longer_each_time_and_comes_first_again_when_it_is_well(
    pki: Pki, tsa: EmbeddedTsa
) -> None:
    first, second = Stranger(tsa.answer, status=500), Stranger(tsa.answer)
    clock = Ticking()
    with listening(first) as one, listening(second) as other:
        asked = pool(pki, one, other, rests=Rests(clock))
        asked.time_stamp(DIGEST)
        asked.time_stamp(DIGEST)
        assert len(first.asked) == 1
        clock.seconds += FIRST_REST
        asked.time_stamp(DIGEST)
        assert len(first.asked) == 2
        clock.seconds += FIRST_REST
        asked.time_stamp(DIGEST)
        assert len(first.asked) == 2
        first.status = 200
        clock.seconds += LONGEST_REST
        for _ in range(2):
            asked.time_stamp(DIGEST)
        assert len(first.asked) == 4


def test_where_all_failed_none_is_left_out(pki: Pki, tsa: EmbeddedTsa) -> None:
    first, second = Stranger(tsa.answer, status=500), Stranger(tsa.answer, status=500)
    with listening(first) as one, listening(second) as other:
        asked = pool(pki, one, other)
        problem = refused(asked)
        for address in (one, other):
            assert address.removeprefix("http://") in problem.en
            assert address.removeprefix("http://") in problem.zh
        second.status = 200
        assert asked.time_stamp(DIGEST).at == NOW


def test_a_dead_authority_costs_no_time_and_no_password_is_told(pki: Pki) -> None:
    address = dead_address().replace("http://", "http://user:secret@")
    began = time.monotonic()
    asked = pool(pki, address)
    problem = refused(asked)
    assert time.monotonic() - began < SECONDS
    assert "secret" not in str(problem.to_document()) + repr(asked)


def test_one_that_accepts_and_says_nothing_costs_its_time_out_and_no_more(pki: Pki, tsa: EmbeddedTsa) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, listening(Stranger(tsa.answer)) as good:
        asked = pool(pki, f"http://127.0.0.1:{silent.getsockname()[1]}/", good)
        began = time.monotonic()
        assert asked.time_stamp(DIGEST).at == NOW
        assert SECONDS <= time.monotonic() - began < SECONDS * 3
        again = time.monotonic()
        asked.time_stamp(DIGEST)
        assert time.monotonic() - again < SECONDS


def test_many_threads_are_each_given_a_stamp(pki: Pki, tsa: EmbeddedTsa) -> None:
    given: list[bytes] = []
    with listening(Stranger(tsa.answer)) as address:
        asked = TsaPool([address], pki.anchors(), pki.intermediates(), Caller(20.0), lambda: NOW)
        threads = [threading.Thread(target=lambda: given.append(asked.time_stamp(DIGEST).token)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(set(given)) == 16


@pytest.mark.parametrize("length", [0, 20, 48])
def test_a_digest_of_another_length_is_refused(pki: Pki, length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        pool(pki, dead_address()).time_stamp(bytes(length))


# ---- the settings


def test_the_settings_name_the_pool_and_without_them_the_embedded_authority_stamps(pki: Pki) -> None:
    store = SoftKeyStore(pki.keys, pki.passphrase)
    settings = Settings(var=pki.folder.parent)
    assert isinstance(open_tsa(settings, store, lambda: NOW), EmbeddedTsa)
    named = settings.model_copy(update={"tsa_urls": " http://one.example/tsa , https://user:secret@two.example/ "})
    opened = open_tsa(named, store, lambda: NOW)
    assert repr(opened) == "TsaPool(one.example/tsa, two.example/)"


@pytest.mark.parametrize(
    "address", ["tsa.example", "ftp://tsa.example/", "http://", "http://[/", "https://one.example, two"]
)
def test_what_is_no_address_is_told_when_the_worker_starts_and_not_quoted(pki: Pki, address: str) -> None:
    settings = Settings(var=pki.folder.parent, tsa_urls=address)
    with pytest.raises(Problem, match="TSA_ADDRESS_INVALID") as problem:
        open_tsa(settings, SoftKeyStore(pki.keys, pki.passphrase), lambda: NOW)
    assert "example" not in problem.value.en


def test_production_without_an_authority_is_told_which_setting_names_one(pki: Pki, tmp_path: Path) -> None:
    production = Settings(var=tmp_path, environment=Environment.PRODUCTION)
    with pytest.raises(Problem, match="TSA_NOT_CONFIGURED") as problem:
        open_tsa(production, SoftKeyStore(tmp_path, b"", production=True), lambda: NOW)
    assert "SIGNING_TSA_URLS" in problem.value.zh
    with pytest.raises(Problem, match="DEVELOPMENT_KEY_REFUSED"):
        open_tsa(production, SoftKeyStore(pki.keys, pki.passphrase, production=True), lambda: NOW)
