"""An enterprise logs in with its CA key over HTTP: real certs, real signatures, and the agent's own check of what it signs."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx2 import Response

from signing_service.agent.attributes import check_attributes
from signing_service.domain.accounts import Account
from signing_service.domain.codes import Uscc
from signing_service.domain.errors import Problem
from signing_service.domain.parties import Organisation, PartyKind
from signing_service.domain.tickets import read_ticket
from signing_service.storage import accounts as store
from signing_service.storage import parties
from signing_service.storage.database import Database
from signing_service.trust.description import Profile
from signing_service.trust.issue import Validity
from signing_service.trust.pki import Pki, ensure
from signing_service.workflows.accounts.accounts import CertTrust
from tests.factories_outside import OwnKey, Revocations, read_key
from tests.factories_pki import add_key, two_keys
from tests.platform.asking import SESSION, Program, code
from tests.platform.conftest import BUILDER, ORIGIN, Clock, House, enterprise, house_over

TICKETS = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
OTHER = "91360102999000128K"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    folder = tmp_path_factory.mktemp("certs")
    return ensure(folder / "pki", two_keys(folder), Clock().now - timedelta(days=1))


@pytest.fixture
def revocations() -> Revocations:
    return Revocations()


@pytest.fixture
def house(sqlite_database: Database, pki: Pki, revocations: Revocations) -> House:
    house = house_over(sqlite_database)
    with sqlite_database.transaction() as connection:
        facts = {"mobile": "13970000028"}
        for number, name in ((BUILDER, "江右示例建设集团有限公司"), (OTHER, "东湖示例建筑工程有限公司")):
            organisation = Organisation(PartyKind.ENTERPRISE, Uscc(number), name, None, None, facts)
            parties.put(connection, organisation)
    trust = CertTrust(pki.anchors(), pki.intermediates(), revocations, TICKETS)
    return replace(house, accounts=replace(house.accounts, certs=trust))


def key_of(pki: Pki, label: str) -> OwnKey:
    return read_key(pki.keys / f"{label}.pem", pki.keys.parent / "passphrase")


@pytest.fixture
def key(pki: Pki) -> OwnKey:
    return key_of(pki, "curve")


def begin(program: Program, key: OwnKey) -> Response:
    chain = [base64.b64encode(der).decode() for der in key.ders]
    return program.post(f"{SESSION}/cert/begin", chain=chain)


def signed(begun: dict[str, Any], key: OwnKey) -> str:
    return base64.b64encode(key.sign(base64.b64decode(begun["to_be_signed"]))).decode()


def log_in(house: House, key: OwnKey, **more: str) -> Response:
    program = Program(house)
    begun = begin(program, key)
    if not begun.is_success:
        return begun
    told = {"handle": begun.json()["handle"], "signature": signed(begun.json(), key), **more}
    return program.post(f"{SESSION}/cert", **told)


@pytest.mark.parametrize(("label", "number"), [("curve", BUILDER), ("factors", OTHER)])
def test_an_enterprise_logs_in_with_its_key_and_needs_nothing_more(
    house: House, pki: Pki, label: str, number: str
) -> None:
    answer = log_in(house, key_of(pki, label))
    assert (answer.status_code, answer.json()["due"], answer.json()["factors"]) == (201, None, ["cert"])
    with house.accounts.database.reading() as connection:
        account = store.by_login(connection, enterprise().kind, number)
    assert account is not None
    assert (account.account_id, account.mobile) == (answer.json()["account"], "13970000028")


def test_the_second_log_in_is_to_the_same_account(house: House, key: OwnKey) -> None:
    assert log_in(house, key).json()["account"] == log_in(house, key).json()["account"]


def test_a_nonce_is_good_once_and_for_five_minutes(house: House, key: OwnKey) -> None:
    program = Program(house)
    begun = begin(program, key).json()
    told = {"handle": begun["handle"], "signature": signed(begun, key)}
    assert program.post(f"{SESSION}/cert", **told).status_code == 201
    assert code(program.post(f"{SESSION}/cert", **told)) == "CHALLENGE_REFUSED"
    begun = begin(program, key).json()
    house.clock.forward(minutes=5)
    told = {"handle": begun["handle"], "signature": signed(begun, key)}
    assert code(program.post(f"{SESSION}/cert", **told)) == "CHALLENGE_REFUSED"


def test_each_nonce_is_another(house: House, key: OwnKey) -> None:
    program = Program(house)
    first, second = (begin(program, key).json() for _ in range(2))
    assert first["to_be_signed"] != second["to_be_signed"]
    told = {"handle": first["handle"], "signature": signed(second, key)}
    assert code(program.post(f"{SESSION}/cert", **told)) == "SIGNATURE_INVALID"


def test_another_key_cannot_sign_for_the_cert(house: House, pki: Pki, key: OwnKey) -> None:
    thief = OwnKey(
        read_key(pki.keys / f"{add_key(pki, 'thief').label}.pem", pki.keys.parent / "passphrase").key, key.chain
    )
    assert code(log_in(house, thief)) == "SIGNATURE_INVALID"


def test_a_revoked_cert_opens_nothing(house: House, key: OwnKey, revocations: Revocations) -> None:
    revocations.revoked.add(key.ders[0])
    assert code(log_in(house, key)) == "CERT_REVOKED"


def test_without_an_answer_of_the_ca_nobody_is_let_in(house: House, key: OwnKey, revocations: Revocations) -> None:
    revocations.silent = True
    assert code(log_in(house, key)) == "REVOCATION_UNAVAILABLE"


def test_a_look_alike_ca_opens_nothing(house: House, tmp_path: Path) -> None:
    other = ensure(tmp_path / "pki", two_keys(tmp_path), Clock().now - timedelta(days=1))
    assert code(log_in(house, key_of(other, "curve"))) == "CHAIN_INCOMPLETE"


def test_an_expired_cert_opens_nothing(house: House, pki: Pki, key: OwnKey) -> None:
    subject = key.chain[0].subject
    term = Validity(Clock().now - timedelta(hours=20), Clock().now - timedelta(hours=1))
    add_key(pki, "expired", subject=subject, validity=term)
    assert code(log_in(house, key_of(pki, "expired"))) == "CERT_NOT_VALID"


def test_a_cert_for_another_purpose_opens_nothing(house: House, pki: Pki, key: OwnKey) -> None:
    term = Validity(Clock().now - timedelta(hours=1), Clock().now + timedelta(days=1))
    add_key(pki, "responder", subject=key.chain[0].subject, profile=Profile.OCSP, validity=term)
    assert code(log_in(house, key_of(pki, "responder"))) == "CERT_KEY_USAGE"


@pytest.mark.parametrize("identifier", ["", "NTRCN-9136010099900011XX", "VATDE-123456789"])
def test_a_cert_that_names_no_enterprise_opens_nothing(house: House, pki: Pki, identifier: str) -> None:
    parts = [x509.NameAttribute(x509.NameOID.COMMON_NAME, "江右示例建设集团有限公司")]
    if identifier:
        parts.append(x509.NameAttribute(x509.NameOID.ORGANIZATION_IDENTIFIER, identifier))
    term = Validity(Clock().now - timedelta(hours=1), Clock().now + timedelta(days=1))
    add_key(pki, "nameless", subject=x509.Name(parts), validity=term)
    assert code(log_in(house, key_of(pki, "nameless"))) == "SUBJECT_NOT_PARTY"


def test_an_enterprise_that_is_not_in_the_register_is_told_so(house: House, pki: Pki) -> None:
    identifier = x509.NameAttribute(x509.NameOID.ORGANIZATION_IDENTIFIER, "NTRCN-913604009990001361")
    term = Validity(Clock().now - timedelta(hours=1), Clock().now + timedelta(days=1))
    add_key(pki, "stranger", subject=x509.Name([identifier]), validity=term)
    assert code(log_in(house, key_of(pki, "stranger"))) == "ENTERPRISE_NOT_ONBOARDED"


def test_a_clerk_logs_in_with_the_key_of_the_own_enterprise_only(house: House, pki: Pki, key: OwnKey) -> None:
    clerk: Account = enterprise("clerk_one")
    house.enter(clerk)
    assert log_in(house, key, login="clerk_one").json()["account"] == clerk.account_id
    assert code(log_in(house, key_of(pki, "factors"), login="clerk_one")) == "LOGIN_REFUSED"


def test_a_disabled_account_stays_shut(house: House, key: OwnKey) -> None:
    account = house.enter(enterprise())
    with house.accounts.database.transaction() as connection:
        store.save(connection, store.disabled(account))
    assert code(log_in(house, key)) == "LOGIN_REFUSED"


def test_the_agent_takes_what_is_to_be_signed_and_shows_what_it_is(house: House, key: OwnKey) -> None:
    begun = begin(Program(house), key).json()
    ticket = read_ticket(begun["signed_ticket"], TICKETS.public_key().public_bytes_raw(), house.clock())
    assert (ticket.origin, ticket.party, ticket.title[:2]) == (ORIGIN, BUILDER, "登录")
    check_attributes(base64.b64decode(begun["to_be_signed"]), ticket, key.ders[0])
    with pytest.raises(Problem, match="DIGEST_MISMATCH"):
        check_attributes(base64.b64decode(begun["to_be_signed"]) + b"\x00", ticket, key.ders[0])
    assert begun["handle"] not in str(ticket)
