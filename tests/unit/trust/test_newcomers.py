"""A key for somebody who applied for one: theirs, once, for as long as was granted, and taken back for good."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.new_keys import HolderKind, NewKey, Withdrawal
from signing_service.keystores.soft import SoftKeyStore
from signing_service.settings import ROOT, Environment, Settings
from signing_service.trust.embedded import EmbeddedServices
from signing_service.trust.newcomers import EmbeddedCa, NoCa, open_ca
from signing_service.trust.pki import ensure, open_pki
from tests.factories_pki import DESCRIPTION, NOW

ID_NO = "360102198501010028"
PERSON = NewKey("esign-pses20261122000009", HolderKind.PERSON, "赵㛃", ID_NO, date(2027, 11, 21))
ENTERPRISE = NewKey(
    "seal-etsl20261122000007",
    HolderKind.ENTERPRISE,
    "示例市镕兴建设集团有限公司",
    "91360102999000128K",
    date(2029, 11, 21),
)


@pytest.fixture
def services(tmp_path: Path) -> EmbeddedServices:
    ensure(tmp_path, DESCRIPTION, NOW)
    return EmbeddedServices(open_pki(tmp_path, DESCRIPTION), lambda: NOW)


@pytest.fixture
def ca(services: EmbeddedServices) -> EmbeddedCa:
    return EmbeddedCa(lambda: services)


def cert_of(services: EmbeddedServices, key: KeyRef) -> x509.Certificate:
    pki = services.pki
    return x509.load_der_x509_certificate(SoftKeyStore(pki.keys, pki.passphrase).signing_cert(key).cert)


def test_a_persons_cert_has_the_name_and_the_hash_of_the_number_and_never_the_number(
    ca: EmbeddedCa, services: EmbeddedServices
) -> None:
    cert = cert_of(services, ca.make(PERSON, NOW))
    (name,) = cert.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    (serial,) = cert.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    assert name.value == "赵㛃"
    assert serial.value == services.pki.code_of_id_number(ID_NO)
    assert ID_NO not in cert.subject.rfc4514_string()
    assert cert.issuer == services.pki.cas["person"].subject


def test_an_enterprises_cert_names_it_and_its_uscc(ca: EmbeddedCa, services: EmbeddedServices) -> None:
    cert = cert_of(services, ca.make(ENTERPRISE, NOW))
    (organisation,) = cert.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    assert organisation.value == "NTRCN-91360102999000128K"
    assert cert.issuer == services.pki.cas["enterprise"].subject


def test_the_cert_ends_with_the_last_day_that_was_granted(ca: EmbeddedCa, services: EmbeddedServices) -> None:
    cert = cert_of(services, ca.make(PERSON, NOW))
    assert cert.not_valid_after_utc == datetime(2027, 11, 21, 15, 59, 59, tzinfo=UTC)
    assert cert.not_valid_before_utc <= NOW


def test_the_key_signs_and_its_cert_is_known_to_the_authority(ca: EmbeddedCa, services: EmbeddedServices) -> None:
    key = ca.make(PERSON, NOW)
    store = SoftKeyStore(services.pki.keys, services.pki.passphrase)
    cert = cert_of(services, key)
    public = cert.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(store.sign(key, b"signed"), b"signed", ec.ECDSA(hashes.SHA256()))
    assert services.register.was_issued("person", services.pki.cas["person"], cert.serial_number)


def test_asking_again_gives_the_same_key(ca: EmbeddedCa, services: EmbeddedServices) -> None:
    first = cert_of(services, ca.make(PERSON, NOW))
    assert cert_of(services, ca.make(PERSON, NOW + timedelta(days=1))) == first


def test_a_label_that_somebody_else_has_is_refused(ca: EmbeddedCa) -> None:
    ca.make(PERSON, NOW)
    other = NewKey(PERSON.label, HolderKind.PERSON, "李芳华", "360102199003070014", PERSON.until)
    with pytest.raises(Problem, match="KEY_EXISTS"):
        ca.make(other, NOW)


def test_a_label_never_carries_the_number_of_its_holder(ca: EmbeddedCa) -> None:
    with pytest.raises(ValueError, match="number"):
        ca.make(NewKey(f"esign-{ID_NO}", HolderKind.PERSON, "赵㛃", ID_NO, PERSON.until), NOW)


def test_a_key_that_is_taken_back_is_revoked_once_and_for_good(ca: EmbeddedCa, services: EmbeddedServices) -> None:
    key = ca.make(PERSON, NOW)
    ca.withdraw(key, Withdrawal.COMPROMISED, NOW + timedelta(minutes=5))
    ca.withdraw(key, Withdrawal.NOT_WANTED, NOW + timedelta(minutes=9))
    revocation = services.register.revocation("person", cert_of(services, key).serial_number)
    assert revocation is not None
    assert revocation.reason is x509.ReasonFlags.key_compromise


def test_a_key_in_the_holders_own_hands_is_left_alone(ca: EmbeddedCa, services: EmbeddedServices) -> None:
    ca.withdraw(KeyRef("outside", "token"), Withdrawal.COMPROMISED, NOW)
    assert services.register.revocations() == ()


def test_production_makes_no_certs(tmp_path: Path) -> None:
    settings = Settings(environment=Environment.PRODUCTION, var=tmp_path, certs=ROOT / "certs")
    authority = open_ca(settings, lambda: NOW)
    assert isinstance(authority, NoCa)
    with pytest.raises(Problem, match="CERTS_ELSEWHERE"):
        authority.make(PERSON, NOW)
