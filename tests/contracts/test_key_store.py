"""What every place where keys live must do, with each algorithm it can hold. A new store is one more in ``STORES``."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from signing_service.domain.errors import Problem
from signing_service.domain.keys import FullKeyStore, KeyAlgorithm, KeyRef
from signing_service.domain.schemes import SCHEMES, Family
from signing_service.keystores import KeyStores
from signing_service.keystores.soft import SoftKeyStore
from signing_service.pipeline import cms
from signing_service.trust.pki import Pki
from tests.factories_pki import ALGORITHMS
from tests.key_services import PIN as CSC_PIN
from tests.key_services import TOKEN, running_key_service, service_over
from tests.softhsm import PIN, SoftHsm, SoftToken, write_certs

DATA = "建筑施工特种作业操作资格证书".encode()
HASHED = [label for label, algorithm in ALGORITHMS.items() if SCHEMES[algorithm].family.takes_digest]


@dataclass(frozen=True)
class Given:
    """A store that holds keys of ``pki``, and what must never leave it."""

    store: FullKeyStore
    pki: Pki
    keys: dict[KeyAlgorithm, KeyRef]
    secrets: tuple[bytes, ...] = field(repr=False)

    @property
    def name(self) -> str:
        return next(iter(self.keys.values())).store


def _given(store: FullKeyStore, pki: Pki, name: str, labels: list[str], *secrets: str) -> Given:
    keys = {ALGORITHMS[label]: KeyRef(name, label) for label in labels}
    return Given(store, pki, keys, (*_secrets(pki), *(secret.encode() for secret in secrets)))


def _private_key(pki: Pki, label: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey:
    key = serialization.load_pem_private_key((pki.keys / f"{label}.pem").read_bytes(), pki.passphrase)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey)
    return key


def _secrets(pki: Pki) -> tuple[bytes, ...]:
    numbers = []
    for label in ALGORITHMS:
        match _private_key(pki, label):
            case rsa.RSAPrivateKey() as key:
                private = key.private_numbers()
                numbers += [private.d, private.p, private.q]
            case ec.EllipticCurvePrivateKey() as key:
                numbers.append(key.private_numbers().private_value)
            case ed25519.Ed25519PrivateKey() as key:
                numbers.append(int.from_bytes(key.private_bytes_raw()))
    forms = [
        form
        for number in numbers
        for form in (
            number.to_bytes((number.bit_length() + 7) // 8),
            number.to_bytes((number.bit_length() + 7) // 8).hex().encode(),
            str(number).encode(),
        )
    ]
    return (*forms, b"PRIVATE KEY", pki.passphrase)


def soft_pem(pki: Pki, folder: Path, _softhsm: Callable[[], SoftToken]) -> Iterator[Given]:
    yield _given(SoftKeyStore(pki.keys, pki.passphrase), pki, "soft", [*ALGORITHMS])


def soft_pkcs12(pki: Pki, folder: Path, _softhsm: Callable[[], SoftToken]) -> Iterator[Given]:
    """As CAs hand them out: chain in the wrong order and with the root."""
    for label in ALGORITHMS:
        others = [pki.cas["root"], pki.cas["enterprise"]]
        sealed = serialization.BestAvailableEncryption(b"pkcs12 passphrase")
        key = _private_key(pki, label)
        data = pkcs12.serialize_key_and_certificates(label.encode(), key, pki.certs[label], others, sealed)
        (folder / f"{label}.p12").write_bytes(data)
        if label.endswith("pss"):
            (folder / f"{label}.toml").write_text('padding = "pss"', encoding="utf-8")
    yield _given(SoftKeyStore(folder, b"pkcs12 passphrase"), pki, "soft", [*ALGORITHMS], "pkcs12 passphrase")


def behind_the_door(pki: Pki, folder: Path, _softhsm: Callable[[], SoftToken]) -> Iterator[Given]:
    stores = KeyStores({"soft": lambda: SoftKeyStore(pki.keys, pki.passphrase)})
    yield _given(stores, pki, "soft", [*ALGORITHMS])


def softhsm2(pki: Pki, folder: Path, softhsm: Callable[[], SoftToken]) -> Iterator[Given]:
    token = softhsm()
    write_certs(pki, folder, *ALGORITHMS)
    yield _given(token.store(folder), pki, "pkcs11", [*ALGORITHMS], PIN)


def csc_v1(pki: Pki, folder: Path, _softhsm: Callable[[], SoftToken]) -> Iterator[Given]:
    yield from _csc(pki, folder, SoftKeyStore(pki.keys, pki.passphrase), "soft", "v1")


def csc_v2(pki: Pki, folder: Path, _softhsm: Callable[[], SoftToken]) -> Iterator[Given]:
    yield from _csc(pki, folder, SoftKeyStore(pki.keys, pki.passphrase), "soft", "v2")


def csc_v2_over_softhsm2(pki: Pki, folder: Path, softhsm: Callable[[], SoftToken]) -> Iterator[Given]:
    write_certs(pki, folder, *ALGORITHMS)
    yield from _csc(pki, folder, softhsm().store(folder), "pkcs11", "v2")


def _csc(pki: Pki, folder: Path, keys: FullKeyStore, name: str, version: str) -> Iterator[Given]:
    with running_key_service(service_over(keys, name, HASHED, folder)) as service:
        yield _given(service.store(folder, version), pki, "remote", HASHED, CSC_PIN, TOKEN)


STORES = (soft_pem, soft_pkcs12, behind_the_door, softhsm2, csc_v1, csc_v2, csc_v2_over_softhsm2)


@pytest.fixture(scope="module")
def token(request: pytest.FixtureRequest, seven_pki: Pki) -> Callable[[], SoftToken]:
    """The token with a key of each algorithm, made when first asked for."""
    made: list[SoftToken] = []

    def one() -> SoftToken:
        if not made:
            softhsm: SoftHsm = request.getfixturevalue("softhsm")
            made.append(softhsm.new_token("contract"))
            for number, label in enumerate(ALGORITHMS, 1):
                made[0].take(seven_pki, label, number=number)
        return made[0]

    return one


@pytest.fixture(scope="module", params=STORES, ids=lambda store: store.__name__)
def given(
    request: pytest.FixtureRequest,
    seven_pki: Pki,
    token: Callable[[], SoftToken],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Given]:
    yield from request.param(seven_pki, tmp_path_factory.mktemp("store"), token)


def verify(given: Given, key: KeyRef, signature: bytes, data: bytes) -> None:
    """By the cert, with the cryptography that also guards what goes into a file."""
    cms.check_signature(data, signature, given.store.signing_cert(key))


def test_a_signature_verifies_under_the_cert_of_its_key(given: Given) -> None:
    for key in given.keys.values():
        verify(given, key, given.store.sign(key, DATA), DATA)


def test_a_key_has_the_algorithm_its_cert_and_note_say(given: Given) -> None:
    for algorithm, key in given.keys.items():
        assert given.store.signing_cert(key).algorithm is algorithm


def test_a_store_holds_every_algorithm_that_its_interface_can_carry(given: Given) -> None:
    """CSC carries digests, and Ed25519 signs whole messages (RFC 8032): all others are everywhere."""
    assert set(given.keys) >= set(KeyAlgorithm) - {KeyAlgorithm.ED25519}
    assert (KeyAlgorithm.ED25519 in given.keys) is (given.name != "remote")


def test_a_signature_is_no_longer_than_the_room_that_is_kept_for_it(given: Given) -> None:
    for algorithm, key in given.keys.items():
        assert len(given.store.sign(key, DATA)) <= SCHEMES[algorithm].longest


def test_a_digest_is_signed_as_its_data_would_be(given: Given) -> None:
    for algorithm, key in given.keys.items():
        digest = hashlib.new(algorithm.digest, DATA).digest()
        if SCHEMES[algorithm].family.takes_digest:
            verify(given, key, given.store.sign_digest(key, digest), DATA)
            with pytest.raises(ValueError, match="digest"):
                given.store.sign_digest(key, digest[:-1])
        else:
            with pytest.raises(Problem) as problem:
                given.store.sign_digest(key, digest)
            assert problem.value.code == "KEY_REFUSED"


def test_the_chain_goes_from_issued_to_issuer_and_leaves_the_root_out(given: Given) -> None:
    for key in given.keys.values():
        held = given.store.signing_cert(key)
        assert held.cert == given.pki.certs[key.label].public_bytes(serialization.Encoding.DER)
        assert list(held.chain) == given.pki.intermediates()


def test_a_store_says_which_keys_it_has(given: Given) -> None:
    assert set(given.store.keys()) >= set(given.keys.values())


@pytest.mark.parametrize(
    "label", ["nobody", "", "../ca/root", "CURVE", "ecdsa-p256.pem", "ecdsa-p256\n", "ecdsa-p256\0", "."]
)
def test_a_key_the_store_does_not_have_is_unknown(given: Given, label: str) -> None:
    for ask in (given.store.signing_cert, lambda key: given.store.sign(key, DATA)):
        with pytest.raises(Problem) as problem:
            ask(KeyRef(given.name, label))
        assert problem.value.code == "KEY_UNKNOWN"


def test_eight_threads_make_two_hundred_signatures(given: Given) -> None:
    keys = list(given.keys.values())

    def sign(number: int) -> None:
        key, data = keys[number % len(keys)], f"document {number}".encode()
        verify(given, key, given.store.sign(key, data), data)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(sign, range(200)))


def test_no_key_is_in_the_text_of_a_store_or_of_its_refusals(given: Given) -> None:
    for key in given.keys.values():
        given.store.sign(key, DATA)
    with pytest.raises(Problem) as problem:
        given.store.sign(KeyRef(given.name, "nobody"), DATA)
    held = [given.store.signing_cert(key) for key in given.keys.values()]
    shown = repr((given.store, str(given.store), held, problem.value.to_document()))
    for secret in given.secrets:
        assert secret not in shown.encode()
        assert repr(secret)[2:-1] not in shown


def test_a_store_is_not_pickled(given: Given) -> None:
    given.store.sign(given.keys[KeyAlgorithm.ECDSA_P256], DATA)
    with pytest.raises(TypeError):
        pickle.dumps(given.store)


def test_what_is_random_in_a_signature_never_repeats(given: Given) -> None:
    """ECDSA and PSS draw a number each time; PKCS#1 and Ed25519 need none, and give the same again."""
    for algorithm, key in given.keys.items():
        first, second = given.store.sign(key, DATA), given.store.sign(key, DATA)
        assert (first != second) is (SCHEMES[algorithm].family in (Family.ECDSA, Family.RSA_PSS))
