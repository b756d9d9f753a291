"""Keys in files: what a soft key store refuses, and how the door to the stores behaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, KeyRef
from signing_service.keystores import KeyStores, open_key_stores
from signing_service.keystores.soft import SoftKeyStore
from signing_service.settings import Environment, Settings
from signing_service.trust.description import Profile
from signing_service.trust.issue import Issuer, issue_cert, pem_of_certs, pem_of_key
from signing_service.trust.pki import Pki, ensure
from tests.factories_pki import IN_TERM, NOW, two_keys

CURVE = KeyRef("soft", "curve")
REAL_CA = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "示例认证中心")])
HOLDER = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "江右示例建设集团有限公司")])


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    folder = tmp_path_factory.mktemp("var")
    return ensure(folder / "pki", two_keys(folder), NOW)


def refused(store: SoftKeyStore | KeyStores, key: KeyRef = CURVE) -> Problem:
    with pytest.raises(Problem) as problem:
        store.sign(key, b"data")
    return problem.value


def unencrypted(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def self_issued(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> x509.Certificate:
    return issue_cert(HOLDER, key.public_key(), Issuer(HOLDER, key), Profile.SEAL, IN_TERM)


def test_production_refuses_a_development_key(pki: Pki) -> None:
    problem = refused(SoftKeyStore(pki.keys, pki.passphrase, production=True))
    assert problem.code == "DEVELOPMENT_KEY_REFUSED"


def test_production_refuses_a_key_that_only_a_development_ca_vouches_for(pki: Pki, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    development = pki.issuer("enterprise")
    unmarked = Issuer(development.name, development.key)
    cert = issue_cert(HOLDER, key.public_key(), unmarked, Profile.SEAL, IN_TERM)
    (tmp_path / "curve.pem").write_bytes(pem_of_key(key, (cert, pki.cas["enterprise"]), b"passphrase"))
    problem = refused(SoftKeyStore(tmp_path, b"passphrase", production=True))
    assert problem.code == "DEVELOPMENT_KEY_REFUSED"


def test_production_takes_a_key_of_a_real_ca(tmp_path: Path) -> None:
    key, ca_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    cert = issue_cert(HOLDER, key.public_key(), Issuer(REAL_CA, ca_key), Profile.SEAL, IN_TERM)
    (tmp_path / "curve.pem").write_bytes(pem_of_key(key, (cert,), b"passphrase"))
    store = SoftKeyStore(tmp_path, b"passphrase", production=True)
    key.public_key().verify(store.sign(CURVE, b"data"), b"data", ec.ECDSA(hashes.SHA256()))
    assert store.signing_cert(CURVE).chain == ()


@pytest.mark.parametrize("passphrase", [None, b"", b"wrong"])
def test_a_wrong_passphrase_is_refused_and_not_repeated(pki: Pki, tmp_path: Path, passphrase: bytes | None) -> None:
    problem = refused(SoftKeyStore(pki.keys, passphrase))
    assert problem.code == "KEY_REFUSED"
    assert "wrong'" not in str(problem.to_document())

    key = ec.generate_private_key(ec.SECP256R1())
    sealed = serialization.BestAvailableEncryption(b"right")
    (tmp_path / "curve.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(None, key, self_issued(key), None, sealed)
    )
    assert refused(SoftKeyStore(tmp_path, passphrase)).code == "KEY_REFUSED"


@pytest.mark.parametrize("suffix", ["pem", "p12", "pfx"])
@pytest.mark.parametrize(
    "contents", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_damaged_file_is_refused(tmp_path: Path, suffix: str, contents: bytes) -> None:
    (tmp_path / f"curve.{suffix}").write_bytes(contents)
    assert refused(SoftKeyStore(tmp_path, b"passphrase")).code == "KEY_REFUSED"


def test_a_key_without_its_cert_is_refused(tmp_path: Path) -> None:
    key, stranger = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "curve.pem").write_bytes(unencrypted(key) + pem_of_certs((self_issued(stranger),)))
    problem = refused(SoftKeyStore(tmp_path))
    assert problem.code == "KEY_REFUSED"
    assert "证书" in problem.zh


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 1024),  # noqa: S505 - the weak key that must be refused
        ec.generate_private_key(ec.SECP521R1()),
        ec.generate_private_key(ec.SECP256K1()),
    ],
    ids=["rsa-1024", "p-521", "secp256k1"],
)
def test_a_key_of_another_algorithm_is_refused(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
) -> None:
    (tmp_path / "curve.pem").write_bytes(unencrypted(key) + pem_of_certs((self_issued(key),)))
    problem = refused(SoftKeyStore(tmp_path))
    assert problem.code == "KEY_REFUSED"
    assert "P-256" in problem.en


def test_an_ed25519_key_with_the_cert_of_another_key_is_refused(pki: Pki, tmp_path: Path) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    (tmp_path / "curve.pem").write_bytes(unencrypted(key) + pem_of_certs((pki.certs["curve"],)))
    assert refused(SoftKeyStore(tmp_path)).code == "KEY_REFUSED"


def test_an_rsa_key_signs_with_pss_when_the_note_beside_it_says_so(pki: Pki, tmp_path: Path) -> None:
    (tmp_path / "curve.pem").write_bytes((pki.keys / "factors.pem").read_bytes())
    assert SoftKeyStore(tmp_path, pki.passphrase).signing_cert(CURVE).algorithm is KeyAlgorithm.RSA_2048
    (tmp_path / "curve.toml").write_text('padding = "pss"\n', encoding="utf-8")
    store = SoftKeyStore(tmp_path, pki.passphrase)
    assert store.signing_cert(CURVE).algorithm is KeyAlgorithm.RSA_2048_PSS
    public_key = pki.certs["factors"].public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    public_key.verify(store.sign(CURVE, b"data"), b"data", pss, hashes.SHA256())


@pytest.mark.parametrize("note", ["padding = 'oaep'", "pading = 'pss'", "padding", "\xff"])
def test_a_note_that_cannot_be_understood_refuses_the_key(pki: Pki, tmp_path: Path, note: str) -> None:
    """Rather no signature than one with another padding than the operator wanted."""
    (tmp_path / "curve.pem").write_bytes((pki.keys / "curve.pem").read_bytes())
    (tmp_path / "curve.toml").write_text(note, encoding="latin-1")
    problem = refused(SoftKeyStore(tmp_path, pki.passphrase))
    assert problem.code == "KEY_REFUSED"
    assert "curve.toml" in problem.en


def test_a_store_lists_its_keys_by_label(pki: Pki) -> None:
    assert SoftKeyStore(pki.keys, pki.passphrase).keys() == (CURVE, KeyRef("soft", "factors"))
    assert SoftKeyStore(pki.keys / "none").keys() == ()


def test_a_key_is_read_once(pki: Pki, tmp_path: Path) -> None:
    file = tmp_path / "curve.pem"
    file.write_bytes((pki.keys / "curve.pem").read_bytes())
    store = SoftKeyStore(tmp_path, pki.passphrase)
    store.sign(CURVE, b"data")
    file.unlink()
    store.sign(CURVE, b"data")


def test_a_refusal_is_not_remembered(pki: Pki, tmp_path: Path) -> None:
    store = SoftKeyStore(tmp_path, pki.passphrase)
    assert refused(store).code == "KEY_UNKNOWN"
    (tmp_path / "curve.pem").write_bytes((pki.keys / "curve.pem").read_bytes())
    store.sign(CURVE, b"data")


def test_the_door_opens_the_store_the_settings_describe(pki: Pki) -> None:
    stores = open_key_stores(Settings(var=pki.folder.parent))
    assert stores.signing_cert(CURVE).chain == tuple(pki.intermediates())
    assert stores.sign(CURVE, b"data")


def test_the_door_keeps_development_keys_out_of_production(pki: Pki) -> None:
    stores = open_key_stores(Settings(var=pki.folder.parent, environment=Environment.PRODUCTION))
    assert refused(stores).code == "DEVELOPMENT_KEY_REFUSED"


def test_a_key_of_a_store_that_is_not_set_up_is_unknown(pki: Pki) -> None:
    stores = open_key_stores(Settings(var=pki.folder.parent))
    problem = refused(stores, KeyRef("hsm", "authority"))
    assert problem.code == "KEY_UNKNOWN"
    assert "soft" in problem.en


def test_a_store_is_opened_only_when_asked_for_a_key() -> None:
    opened: list[str] = []

    def open_soft() -> SoftKeyStore:
        opened.append("soft")
        return SoftKeyStore(Path("none"))

    stores = KeyStores({"soft": open_soft})
    assert opened == []
    for _ in range(2):
        assert refused(stores).code == "KEY_UNKNOWN"
    assert opened == ["soft"]
