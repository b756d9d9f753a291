"""What every place where keys live must do. A new store is one more line in ``STORES``."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, KeyRef, KeyStore
from signing_service.keystores import KeyStores
from signing_service.keystores.soft import SoftKeyStore
from signing_service.trust.pki import Pki, ensure
from tests.factories_pki import NOW, two_keys

DATA = "建筑施工特种作业操作资格证书".encode()


@dataclass(frozen=True)
class Given:
    """A store that holds the keys ``curve`` and ``factors`` of ``pki``, and what must never leave it."""

    store: KeyStore
    pki: Pki
    curve: KeyRef
    factors: KeyRef
    secrets: tuple[bytes, ...] = field(repr=False)

    @property
    def keys(self) -> tuple[KeyRef, KeyRef]:
        return self.curve, self.factors


def _private_keys(pki: Pki) -> dict[str, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey]:
    keys = {}
    for label in ("curve", "factors"):
        key = serialization.load_pem_private_key((pki.keys / f"{label}.pem").read_bytes(), pki.passphrase)
        assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
        keys[label] = key
    return keys


def _secrets(pki: Pki) -> tuple[bytes, ...]:
    numbers = []
    for key in _private_keys(pki).values():
        if isinstance(key, rsa.RSAPrivateKey):
            private = key.private_numbers()
            numbers += [private.d, private.p, private.q]
        else:
            numbers.append(key.private_numbers().private_value)
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


def _given(store: KeyStore, pki: Pki, name: str) -> Given:
    return Given(store, pki, KeyRef(name, "curve"), KeyRef(name, "factors"), _secrets(pki))


def soft_pem(pki: Pki, folder: Path) -> Given:
    return _given(SoftKeyStore(pki.keys, pki.passphrase), pki, "soft")


def soft_pkcs12(pki: Pki, folder: Path) -> Given:
    """As CAs hand them out: chain in the wrong order and with the root."""
    for label, key in _private_keys(pki).items():
        others = [pki.cas["root"], pki.cas["enterprise"]]
        sealed = serialization.BestAvailableEncryption(b"pkcs12 passphrase")
        data = pkcs12.serialize_key_and_certificates(label.encode(), key, pki.certs[label], others, sealed)
        (folder / f"{label}.p12").write_bytes(data)
    return _given(SoftKeyStore(folder, b"pkcs12 passphrase"), pki, "soft")


def behind_the_door(pki: Pki, folder: Path) -> Given:
    return _given(KeyStores({"soft": lambda: SoftKeyStore(pki.keys, pki.passphrase)}), pki, "soft")


STORES: tuple[Callable[[Pki, Path], Given], ...] = (
    soft_pem,
    soft_pkcs12,
    behind_the_door,
)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    folder = tmp_path_factory.mktemp("pki")
    return ensure(folder / "pki", two_keys(folder), NOW)


@pytest.fixture(params=STORES, ids=lambda store: store.__name__)
def given(request: pytest.FixtureRequest, pki: Pki, tmp_path: Path) -> Given:
    opened: Given = request.param(pki, tmp_path)
    return opened


def verify(given: Given, key: KeyRef, signature: bytes, data: bytes) -> None:
    public_key = x509.load_der_x509_certificate(given.store.signing_cert(key).cert).public_key()
    if isinstance(public_key, rsa.RSAPublicKey):
        public_key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    else:
        assert isinstance(public_key, ec.EllipticCurvePublicKey)
        public_key.verify(signature, data, ec.ECDSA(hashes.SHA256()))


def test_a_signature_verifies_under_the_cert_of_its_key(given: Given) -> None:
    for key in given.keys:
        verify(given, key, given.store.sign(key, DATA), DATA)


def test_a_key_has_the_algorithm_its_cert_says(given: Given) -> None:
    assert given.store.signing_cert(given.curve).algorithm is KeyAlgorithm.ECDSA_P256
    assert given.store.signing_cert(given.factors).algorithm is KeyAlgorithm.RSA_2048


def test_the_chain_goes_from_issued_to_issuer_and_leaves_the_root_out(given: Given) -> None:
    for key in given.keys:
        held = given.store.signing_cert(key)
        assert held.cert == given.pki.certs[key.label].public_bytes(serialization.Encoding.DER)
        assert list(held.chain) == given.pki.intermediates()


@pytest.mark.parametrize("label", ["nobody", "", "../ca/root", "CURVE", "curve.pem", "curve\n", "curve\0", "."])
def test_a_key_the_store_does_not_have_is_unknown(given: Given, label: str) -> None:
    for ask in (given.store.signing_cert, lambda key: given.store.sign(key, DATA)):
        with pytest.raises(Problem) as problem:
            ask(KeyRef("soft", label))
        assert problem.value.code == "KEY_UNKNOWN"


def test_eight_threads_sign_at_once(given: Given) -> None:
    def sign(number: int) -> None:
        key, data = given.keys[number % 2], f"document {number}".encode()
        verify(given, key, given.store.sign(key, data), data)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(sign, range(64)))


def test_no_key_is_in_the_text_of_a_store_or_of_its_refusals(given: Given) -> None:
    given.store.sign(given.curve, DATA)
    given.store.sign(given.factors, DATA)
    with pytest.raises(Problem) as problem:
        given.store.sign(KeyRef("soft", "nobody"), DATA)
    shown = repr((given.store, str(given.store), given.store.signing_cert(given.curve), problem.value.to_document()))
    for secret in given.secrets:
        assert secret not in shown.encode()
        assert repr(secret)[2:-1] not in shown


def test_a_store_is_not_pickled(given: Given) -> None:
    given.store.sign(given.curve, DATA)
    with pytest.raises(TypeError):
        pickle.dumps(given.store)


def test_signing_leaves_no_trace_of_the_key_in_the_signature_of_the_same_data(given: Given) -> None:
    """RSA signatures of the same data are equal; ECDSA ones never repeat their random number."""
    first, second = given.store.sign(given.curve, DATA), given.store.sign(given.curve, DATA)
    assert hashlib.sha256(first).digest() != hashlib.sha256(second).digest()
    assert given.store.sign(given.factors, DATA) == given.store.sign(given.factors, DATA)
