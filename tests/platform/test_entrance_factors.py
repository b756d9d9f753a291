"""Second factors of officers over HTTP: nothing is open without one, and what was shown once is worth nothing again."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from signing_service.storage import account_journal
from tests.platform.conftest import ORIGIN, PASSWORD, House, house_over, officer
from tests.platform.soft_passkey import SoftPasskey

SESSION = "/api/platform/session"
ACCOUNT = "/api/platform/account"


def log_in(client: TestClient, login: str = "chen.jing") -> dict[str, str]:
    client.cookies.clear()
    answer = client.post(SESSION, json={"kind": "staff", "login": login, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return {"X-CSRF-Token": answer.json()["csrf"]}


def renewed(answer: Response) -> dict[str, str]:
    assert answer.is_success, answer.text
    return {"X-CSRF-Token": answer.json()["csrf"]}


def set_up_totp(house: House, client: TestClient) -> pyotp.TOTP:
    headers = log_in(client)
    begun = client.post(f"{ACCOUNT}/totp", headers=headers).json()
    generator = pyotp.parse_uri(begun["address"])
    assert isinstance(generator, pyotp.TOTP)
    digits = generator.at(house.clock())
    renewed(client.post(f"{ACCOUNT}/totp/confirm", json={"code": digits}, headers=headers))
    return generator


def test_an_officer_without_a_second_factor_sets_one_up_before_anything_else(house: House, client: TestClient) -> None:
    house.enter(officer())
    log_in(client)
    assert client.get(SESSION).json()["due"] == "set_up"
    assert client.get(f"{ACCOUNT}/sessions").json()["code"] == "LOGIN_UNFINISHED"
    set_up_totp(house, client)
    assert client.get(f"{ACCOUNT}/sessions").status_code == 200


def test_the_setting_can_leave_the_second_factor_to_the_officer(house: House, client: TestClient) -> None:
    lenient = house_over(house.accounts.database, staff_second_factor=False)
    client.app.state.accounts = lenient.accounts  # type: ignore[attr-defined]
    house.enter(officer())
    log_in(client)
    assert client.get(SESSION).json()["due"] is None


def test_an_officer_shows_the_digits_of_the_authenticator(house: House, client: TestClient) -> None:
    house.enter(officer())
    generator = set_up_totp(house, client)
    house.clock.forward(minutes=5)
    headers = log_in(client)
    assert client.get(SESSION).json()["due"] == "factor"
    token = client.cookies["__Host-session"]
    digits = generator.at(house.clock())
    answer = client.post(f"{SESSION}/totp", json={"code": digits}, headers=headers)
    assert (answer.json()["due"], answer.json()["factors"]) == (None, ["password", "totp"])
    assert client.cookies["__Host-session"] != token


def test_digits_are_taken_once(house: House, client: TestClient) -> None:
    house.enter(officer())
    generator = set_up_totp(house, client)
    house.clock.forward(minutes=5)
    digits = generator.at(house.clock())
    headers = log_in(client)
    assert client.post(f"{SESSION}/totp", json={"code": digits}, headers=headers).is_success
    headers = log_in(client)
    assert client.post(f"{SESSION}/totp", json={"code": digits}, headers=headers).json()["code"] == "TOTP_REFUSED"


def test_wrong_digits_lock_after_five_tries(house: House, client: TestClient) -> None:
    house.enter(officer())
    generator = set_up_totp(house, client)
    house.clock.forward(minutes=5)
    headers = log_in(client)
    near = {generator.at(house.clock() + timedelta(seconds=offset)) for offset in (-30, 0, 30)}
    wrong = next(digits for digits in ("000000", "111111", "222222", "333333") if digits not in near)
    codes = [client.post(f"{SESSION}/totp", json={"code": wrong}, headers=headers).json()["code"] for _ in range(6)]
    assert codes == ["TOTP_REFUSED"] * 5 + ["ACCOUNT_LOCKED"]
    right = client.post(f"{SESSION}/totp", json={"code": generator.at(house.clock())}, headers=headers)
    assert right.json()["code"] == "ACCOUNT_LOCKED"


def test_the_secret_of_an_authenticator_cannot_be_read_from_the_store(house: House, client: TestClient) -> None:
    house.enter(officer())
    generator = set_up_totp(house, client)
    with house.accounts.database.reading() as connection:
        assert generator.secret not in str(connection.exec_driver_sql("SELECT * FROM totp").all())


def test_with_the_password_alone_nobody_sets_up_another_factor(house: House, client: TestClient) -> None:
    house.enter(officer())
    set_up_totp(house, client)
    headers = log_in(client)
    for path in ("totp", "passkeys/begin", "passkeys"):
        answer = client.post(f"{ACCOUNT}/{path}", json={"handle": "x", "credential": {}}, headers=headers)
        assert answer.json()["code"] == "LOGIN_UNFINISHED", path
    changed = client.post(f"{ACCOUNT}/password", json={"old": PASSWORD, "new": "Xin-Mi-Ma-88"}, headers=headers)
    assert changed.json()["code"] == "LOGIN_UNFINISHED"


def register(client: TestClient, key: SoftPasskey, headers: dict[str, str]) -> Response:
    begun = client.post(f"{ACCOUNT}/passkeys/begin", headers=headers).json()
    told = {"handle": begun["handle"], "credential": key.create(begun["options"]), "label": "办公电脑"}
    return client.post(f"{ACCOUNT}/passkeys", json=told, headers=headers)


def show(client: TestClient, key: SoftPasskey, headers: dict[str, str]) -> Response:
    begun = client.post(f"{SESSION}/passkey/begin", headers=headers).json()
    told = {"handle": begun["handle"], "credential": key.get(begun["options"])}
    return client.post(f"{SESSION}/passkey", json=told, headers=headers)


@pytest.fixture
def key() -> SoftPasskey:
    return SoftPasskey(ORIGIN, "platform.example")


def test_an_officer_registers_a_passkey_and_shows_it(house: House, client: TestClient, key: SoftPasskey) -> None:
    house.enter(officer())
    assert renewed(register(client, key, log_in(client)))
    assert client.get(SESSION).json()["due"] is None
    headers = log_in(client)
    assert client.get(SESSION).json()["due"] == "factor"
    answer = show(client, key, headers)
    assert (answer.json()["due"], answer.json()["factors"]) == (None, ["password", "passkey"])


def refused(answer: Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (403, "PASSKEY_REFUSED")


def test_a_passkey_of_a_look_alike_site_is_refused(house: House, client: TestClient, key: SoftPasskey) -> None:
    house.enter(officer())
    assert refused(register(client, SoftPasskey("https://platform.examp1e", "platform.examp1e"), log_in(client)))
    renewed(register(client, key, log_in(client)))
    headers = log_in(client)
    key.origin = "https://platform.examp1e"
    assert refused(show(client, key, headers))


def test_a_passkey_that_did_not_recognise_its_holder_is_refused(
    house: House, client: TestClient, key: SoftPasskey
) -> None:
    house.enter(officer())
    renewed(register(client, key, log_in(client)))
    key.verifies = False
    assert refused(show(client, key, log_in(client)))


def test_a_copied_passkey_is_noticed_by_its_counter(house: House, client: TestClient, key: SoftPasskey) -> None:
    house.enter(officer())
    key.count = 5
    renewed(register(client, key, log_in(client)))
    assert show(client, key, log_in(client)).is_success
    key.count = 2
    assert refused(show(client, key, log_in(client)))


def test_what_a_passkey_answered_once_is_worth_nothing_again(
    house: House, client: TestClient, key: SoftPasskey
) -> None:
    house.enter(officer())
    renewed(register(client, key, log_in(client)))
    headers = log_in(client)
    begun = client.post(f"{SESSION}/passkey/begin", headers=headers).json()
    told = {"handle": begun["handle"], "credential": key.get(begun["options"])}
    assert client.post(f"{SESSION}/passkey", json=told, headers=headers).is_success
    again = client.post(f"{SESSION}/passkey", json=told, headers=log_in(client))
    assert refused(again)


def test_another_officers_passkey_is_refused(house: House, client: TestClient, key: SoftPasskey) -> None:
    house.enter(officer())
    house.enter(officer("liu.yang", person="360403197812310034"))
    renewed(register(client, key, log_in(client)))
    other = SoftPasskey(ORIGIN, "platform.example", credential_id=b"soft-passkey-0002")
    renewed(register(client, other, log_in(client, "liu.yang")))
    assert refused(show(client, key, log_in(client, "liu.yang")))


def test_what_protects_an_account_is_not_changed_without_its_owner_being_told(
    house: House, client: TestClient, key: SoftPasskey
) -> None:
    house.enter(officer())
    renewed(register(client, key, log_in(client)))
    assert [(event, facts["what"]) for _, event, facts in house.letters.sent] == [("contact_changed", "通行密钥")]
    with house.accounts.database.reading() as connection:
        events = [one.event for one in account_journal.events_of(connection, "staff-chen.jing")]
    assert events == ["factor_shown", "protection_changed", "logged_in"]


def test_a_lost_authenticator_is_removed_by_its_owner_with_the_other_factor(
    house: House, client: TestClient, key: SoftPasskey
) -> None:
    house.enter(officer())
    set_up_totp(house, client)
    headers = {"X-CSRF-Token": client.get(SESSION).json()["csrf"]}
    headers = renewed(register(client, key, headers))
    assert client.delete(f"{ACCOUNT}/totp", headers=headers).status_code == 204
    headers = log_in(client)
    assert show(client, key, headers).is_success
    renewing = {"X-CSRF-Token": client.get(SESSION).json()["csrf"]}
    assert client.delete(f"{ACCOUNT}/passkeys/{key.identifier}", headers=renewing).status_code == 204
    log_in(client)
    assert client.get(SESSION).json()["due"] == "set_up"
