"""A token that is pulled out, restarted or locked: nothing is signed wrongly, nothing has to be restarted by hand."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pkcs11 import Attribute
from pkcs11.util.x509 import decode_x509_certificate

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, KeyRef
from signing_service.keystores import cryptoki, token
from signing_service.keystores.pin import Pin
from signing_service.keystores.pkcs11 import Pkcs11KeyStore
from signing_service.pipeline import cms
from signing_service.trust.pki import Pki
from tests.softhsm import MODULE, PIN, SO_PIN, SoftHsm, SoftToken, write_certs

KEY = KeyRef("pkcs11", "ecdsa-p256")
RSA = KeyRef("pkcs11", "rsa-2048")
DATA = b"what is signed"


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test does not wait the second for which a lost token is left alone."""
    monkeypatch.setattr(token, "REST_SECONDS", 0.0)


@pytest.fixture
def plugged(softhsm: SoftHsm, seven_pki: Pki, request: pytest.FixtureRequest) -> Iterator[SoftToken]:
    """A token of this test's own, with a P-256 and an RSA key."""
    made = softhsm.new_token(f"t{abs(hash(request.node.name)) % 10**9}")
    made.take(seven_pki, KEY.label, number=1)
    made.take(seven_pki, RSA.label, number=2)
    yield made
    if not made.folder.exists():
        made.put_back()


@pytest.fixture
def store(plugged: SoftToken, seven_pki: Pki, tmp_path: Path) -> Pkcs11KeyStore:
    write_certs(seven_pki, tmp_path, KEY.label, RSA.label)
    return plugged.store(tmp_path)


def opened(plugged: SoftToken) -> pkcs11.Session:
    """As its administrator opens it. SoftHSM sees a new token when it starts."""
    cryptoki.restart(str(MODULE))
    return cryptoki.library(str(MODULE)).get_token(token_label=plugged.label).open(rw=True, user_pin=PIN)


def signs(store: Pkcs11KeyStore, key: KeyRef = KEY) -> None:
    cms.check_signature(DATA, store.sign(key, DATA), store.signing_cert(key))


def refused(store: Pkcs11KeyStore, key: KeyRef = KEY) -> str:
    with pytest.raises(Problem) as problem:
        store.sign(key, DATA)
    assert PIN not in str(problem.value.to_document())
    return problem.value.code


def test_a_token_that_is_pulled_out_is_unavailable_and_back_when_it_is_back(
    store: Pkcs11KeyStore, plugged: SoftToken
) -> None:
    signs(store)
    for _ in range(3):
        plugged.pull_out()
        assert refused(store) == "KEY_UNAVAILABLE"
        assert refused(store, RSA) == "KEY_UNAVAILABLE"
        plugged.put_back()
        signs(store)
        signs(store, RSA)


def test_a_token_that_is_not_there_at_the_start_is_unavailable_until_it_is(
    store: Pkcs11KeyStore, plugged: SoftToken
) -> None:
    plugged.pull_out()
    assert refused(store) == "KEY_UNAVAILABLE"
    plugged.put_back()
    signs(store)


def test_sessions_that_somebody_else_ended_are_opened_again_within_the_signature(store: Pkcs11KeyStore) -> None:
    """C_Finalize, or a token that was restarted: the signature that met it is made all the same."""
    signs(store)
    for _ in range(3):
        cryptoki.restart(str(MODULE))
        signs(store)
    pkcs11.lib(str(MODULE)).finalize()
    signs(store)


def test_a_token_made_anew_has_other_keys(store: Pkcs11KeyStore, plugged: SoftToken) -> None:
    """Re-initialised: the key that was there is out of reach, and nothing is signed with another."""
    signs(store)
    plugged.hsm.util(
        "--init-token", "--token", plugged.label, "--label", plugged.label, "--so-pin", SO_PIN, "--pin", PIN
    )
    assert refused(store) == "KEY_UNAVAILABLE"


def test_a_lost_token_is_left_alone_for_a_moment(
    store: Pkcs11KeyStore, plugged: SoftToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token, "REST_SECONDS", 0.3)
    signs(store)
    plugged.pull_out()
    assert refused(store) == "KEY_UNAVAILABLE"
    plugged.put_back()
    assert refused(store) == "KEY_UNAVAILABLE"
    time.sleep(0.35)
    signs(store)


def test_a_token_lost_under_eight_threads_fails_signatures_and_spoils_none(
    store: Pkcs11KeyStore, plugged: SoftToken
) -> None:
    signer = store.signing_cert(KEY)

    def sign(number: int) -> str:
        data = f"document {number}".encode()
        for _ in range(200):
            try:
                signature = store.sign(KEY, data)
            except Problem as problem:
                assert problem.code == "KEY_UNAVAILABLE"  # noqa: PT017 - any other is a failure of the test
                time.sleep(0.01)
            else:
                cms.check_signature(data, signature, signer)
                return "signed"
        return "never"

    with ThreadPoolExecutor(8) as threads:
        work = [threads.submit(sign, number) for number in range(200)]
        for _ in range(3):
            time.sleep(0.02)
            plugged.pull_out()
            time.sleep(0.05)
            plugged.put_back()
        assert {one.result() for one in work} == {"signed"}


def test_more_signatures_than_sessions_wait_for_each_other(plugged: SoftToken, seven_pki: Pki, tmp_path: Path) -> None:
    write_certs(seven_pki, tmp_path, KEY.label)
    store = plugged.store(tmp_path, sessions=2)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _number: signs(store), range(100)))
    assert len(store._token._idle) <= 2


def test_a_wrong_pin_is_asked_once_and_not_again_until_its_file_changes(
    plugged: SoftToken, seven_pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_certs(seven_pki, tmp_path, KEY.label)
    refusals: list[Pin] = []
    remember = Pin.refused

    def counted(self: Pin) -> None:
        refusals.append(self)
        remember(self)

    monkeypatch.setattr(Pin, "refused", counted)
    store = plugged.store(tmp_path, pin="000000")
    for _ in range(20):
        assert refused(store) == "KEY_REFUSED"
    # as another process of this machine
    other = Pkcs11KeyStore(store._token.place, store._token._pin, tmp_path)
    assert refused(other) == "KEY_REFUSED"
    assert len(refusals) == 1
    (tmp_path / "pin").write_text(PIN, encoding="utf-8")
    signs(store)
    signs(other)


def test_a_pin_file_that_is_not_there_is_refused_by_its_name(store: Pkcs11KeyStore, tmp_path: Path) -> None:
    (tmp_path / "pin").unlink()
    with pytest.raises(Problem, match="PIN file pin cannot be read"):
        store.sign(KEY, DATA)
    (tmp_path / "pin").write_text(PIN, encoding="utf-8")
    signs(store)


def test_a_forked_process_opens_the_token_for_itself(store: Pkcs11KeyStore) -> None:
    signs(store)
    for _ in range(3):
        child = os.fork()
        if child == 0:
            try:
                signs(store)
                signs(store, RSA)
            except BaseException:  # noqa: BLE001 - a child of a test must not run on into the tests
                os._exit(1)
            os._exit(0)
        signs(store)
        assert os.waitpid(child, 0)[1] == 0
    signs(store)


def test_the_cert_may_be_on_the_token(plugged: SoftToken, seven_pki: Pki, tmp_path: Path) -> None:
    session = opened(plugged)
    for cert in (seven_pki.cas["enterprise"], seven_pki.certs[KEY.label], seven_pki.cas["root"]):
        session.create_object(decode_x509_certificate(cert.public_bytes(Encoding.DER)) | {Attribute.TOKEN: True})
    session.close()
    store = plugged.store(tmp_path)
    signs(store)
    assert list(store.signing_cert(KEY).chain) == seven_pki.intermediates()
    assert refused(store, RSA) == "KEY_REFUSED"


def test_a_key_may_have_another_name_on_its_token(plugged: SoftToken, seven_pki: Pki, tmp_path: Path) -> None:
    write_certs(seven_pki, tmp_path, RSA.label)
    (tmp_path / "rsa-2048.pem").rename(tmp_path / "authority.pem")
    (tmp_path / "authority.toml").write_text('label = "rsa-2048"\npadding = "pss"\n', encoding="utf-8")
    store, key = plugged.store(tmp_path), KeyRef("pkcs11", "authority")
    signs(store, key)
    assert store.signing_cert(key).algorithm is KeyAlgorithm.RSA_2048_PSS
    listed = store.keys()
    assert key in listed
    assert RSA not in listed


def test_the_cert_of_another_key_is_refused(plugged: SoftToken, seven_pki: Pki, tmp_path: Path) -> None:
    write_certs(seven_pki, tmp_path, "rsa-3072")
    (tmp_path / "rsa-3072.pem").rename(tmp_path / "rsa-2048.pem")
    assert refused(plugged.store(tmp_path), RSA) == "KEY_REFUSED"


def test_a_key_that_could_leave_its_token_is_refused(plugged: SoftToken, seven_pki: Pki, tmp_path: Path) -> None:
    session = opened(plugged)
    session.generate_keypair(
        pkcs11.KeyType.RSA, 2048, label="loose", store=True, private_template={Attribute.EXTRACTABLE: True}
    )
    session.close()
    with pytest.raises(Problem, match="can be taken out") as problem:
        plugged.store(tmp_path).sign(KeyRef("pkcs11", "loose"), DATA)
    assert problem.value.code == "KEY_REFUSED"


def test_keys_in_a_token_cannot_be_read(store: Pkcs11KeyStore) -> None:
    signs(store)
    session = store._token._idle[0].handle
    for key in session.get_objects({Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY, Attribute.LABEL: RSA.label}):
        with pytest.raises(pkcs11.AttributeSensitive):
            key[Attribute.PRIVATE_EXPONENT]
