"""Sessions over HTTP: who may log in, what a cookie is worth, when a session ends, and what another site can do: nothing."""

from __future__ import annotations

from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from signing_service.domain.viewer import AccountKind
from signing_service.web.platform.entrance import make_entrance
from signing_service.workflows.accounts.log_in import log_in_name
from tests.platform.conftest import BUILDER, ORIGIN, PASSWORD, ZHANG, Clock, House, enterprise, person

SESSION = "/api/platform/session"


def log_in(client: TestClient, login: str = ZHANG, password: str = PASSWORD, kind: str = "person") -> Response:
    return client.post(SESSION, json={"kind": kind, "login": login, "password": password})


def logged_in(client: TestClient, **facts: Any) -> dict[str, str]:
    """The header that changes need."""
    answer = log_in(client, **facts)
    assert answer.status_code == 201, answer.text
    return {"X-CSRF-Token": answer.json()["csrf"]}


def test_a_person_logs_in_with_id_number_and_password(house: House, client: TestClient) -> None:
    house.enter(person())
    answer = log_in(client, ZHANG.lower())
    assert answer.status_code == 201
    assert (answer.json()["kind"], answer.json()["due"]) == ("person", None)
    assert client.get(SESSION).json()["account"] == "person-0014"


def test_the_cookie_is_bound_to_the_host_and_out_of_reach_of_scripts(house: House, client: TestClient) -> None:
    house.enter(person())
    cookie = log_in(client).headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    for mark in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert mark in cookie
    assert "Domain" not in cookie


def test_the_token_is_nowhere_in_the_store(house: House, client: TestClient) -> None:
    house.enter(person())
    log_in(client)
    token = client.cookies["__Host-session"]
    with house.accounts.database.reading() as connection:
        kept = connection.exec_driver_sql("SELECT * FROM session").all()
    assert len(kept) == 1
    assert token not in str(kept)


@pytest.mark.parametrize(
    ("login", "password"), [(ZHANG, "wrong"), ("360102198501010028", PASSWORD), ("", ""), ("\u200b", PASSWORD)]
)
def test_whatever_does_not_match_is_answered_alike(house: House, client: TestClient, login: str, password: str) -> None:
    house.enter(person())
    answer = log_in(client, login, password)
    assert (answer.status_code, answer.json()["code"]) == (401, "LOGIN_REFUSED")
    assert client.get(SESSION).status_code == 401


@pytest.mark.parametrize("login", [ZHANG, "360102198501010028"])
def test_five_wrong_tries_lock_for_a_quarter_of_an_hour_whether_or_not_there_is_an_account(
    house: House, client: TestClient, login: str
) -> None:
    house.enter(person())
    assert [log_in(client, login, "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    assert log_in(client, login).json()["code"] == "ACCOUNT_LOCKED"
    house.clock.forward(minutes=15, seconds=1)
    assert log_in(client, login).status_code == (201 if login == ZHANG else 401)


def test_a_right_try_forgets_the_wrong_ones(house: House, client: TestClient) -> None:
    house.enter(person())
    for _ in range(3):
        assert [log_in(client, password="wrong").status_code for _ in range(4)] == [401] * 4
        client.cookies.clear()
        assert log_in(client).status_code == 201
        client.cookies.clear()


def test_an_address_that_tries_account_after_account_is_slowed_down(house: House, client: TestClient) -> None:
    codes = {log_in(client, f"nobody-{number}").json()["code"] for number in range(61)}
    assert codes == {"LOGIN_REFUSED", "TOO_MANY"}


def forwarded(clock: Clock, *minutes: float) -> list[float]:
    for some in minutes:
        clock.forward(minutes=some)
    return list(minutes)


def test_an_idle_session_ends_after_half_an_hour(house: House, client: TestClient) -> None:
    house.enter(person())
    log_in(client)
    house.clock.forward(minutes=29)
    assert client.get(SESSION).status_code == 200
    house.clock.forward(minutes=29)
    assert client.get(SESSION).status_code == 200
    house.clock.forward(minutes=30)
    assert client.get(SESSION).json()["code"] == "LOGIN_REQUIRED"


def test_a_session_in_use_ends_after_twelve_hours(house: House, client: TestClient) -> None:
    house.enter(person())
    log_in(client)
    answers = []
    for _ in range(29):
        house.clock.forward(minutes=25)
        answers.append(client.get(SESSION).status_code)
    assert answers == [200] * 28 + [401]


def test_each_log_in_has_a_token_of_its_own(house: House, client: TestClient) -> None:
    """A token that somebody planted in the browser is worth nothing after the log-in."""
    house.enter(person())
    client.cookies.set("__Host-session", "planted", domain="platform.example")
    page_token = client.get(SESSION)
    assert page_token.status_code == 401
    client.cookies.clear()
    log_in(client)
    first = client.cookies["__Host-session"]
    client.cookies.clear()
    log_in(client)
    assert client.cookies["__Host-session"] not in (first, "planted")


def test_who_logs_out_is_out(house: House, client: TestClient) -> None:
    house.enter(person())
    headers = logged_in(client)
    token = client.cookies["__Host-session"]
    assert client.delete(SESSION, headers=headers).status_code == 204
    client.cookies.set("__Host-session", token, domain="platform.example")
    assert client.get(SESSION).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": "right", "Origin": "https://platform.example.evil.example"},
        {"X-CSRF-Token": "right", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=["no token", "another token", "another site", "sent by another site"],
)
def test_a_change_that_another_site_sends_is_refused(house: House, client: TestClient, headers: dict[str, str]) -> None:
    house.enter(person())
    right = logged_in(client)["X-CSRF-Token"]
    sent = {name: right if value == "right" else value for name, value in headers.items()}
    answer = client.delete(SESSION, headers=sent)
    assert (answer.status_code, answer.json()["code"]) == (403, "CSRF_REFUSED")
    assert client.get(SESSION).status_code == 200


def test_the_token_of_one_session_opens_no_other(house: House, client: TestClient) -> None:
    house.enter(person())
    others = logged_in(client)
    client.cookies.clear()
    logged_in(client)
    assert client.delete(SESSION, headers=others).json()["code"] == "CSRF_REFUSED"


def test_a_form_of_another_site_cannot_log_anybody_in(house: House, client: TestClient) -> None:
    house.enter(person())
    told = {"kind": "person", "login": ZHANG, "password": PASSWORD}
    assert client.post(SESSION, data=told).json()["code"] == "REQUEST_MALFORMED"
    assert client.post(SESSION, json=told, headers={"Origin": "https://evil.example"}).json()["code"] == "CSRF_REFUSED"


def test_sessions_are_listed_and_ended_by_their_owner_alone(house: House, client: TestClient) -> None:
    house.enter(person())
    house.enter(person("360403197812310034"))
    with TestClient(make_entrance(house.accounts, ORIGIN), base_url=ORIGIN) as phone:
        log_in(phone)
        headers = logged_in(client)
        listed = client.get("/api/platform/account/sessions").json()["sessions"]
        assert sorted(one["this"] for one in listed) == [False, True]
        other = next(one["session"] for one in listed if not one["this"])
        with TestClient(make_entrance(house.accounts, ORIGIN), base_url=ORIGIN) as stranger:
            theirs = logged_in(stranger, login="360403197812310034")
            assert stranger.delete(f"/api/platform/account/sessions/{other}", headers=theirs).status_code == 204
        assert phone.get(SESSION).status_code == 200
        assert client.delete(f"/api/platform/account/sessions/{other}", headers=headers).status_code == 204
        assert phone.get(SESSION).status_code == 401
        assert client.get(SESSION).status_code == 200


def test_a_first_password_is_replaced_before_anything_else(house: House, client: TestClient) -> None:
    house.enter(person(), must_change=True)
    headers = logged_in(client)
    assert client.get("/api/platform/account/sessions").json()["facts"] == {"due": "password"}
    answer = client.post(
        "/api/platform/account/password", json={"old": PASSWORD, "new": "Xin-Mi-Ma-88"}, headers=headers
    )
    assert (answer.status_code, answer.json()["due"]) == (200, None)
    assert client.get("/api/platform/account/sessions").status_code == 200
    client.cookies.clear()
    assert log_in(client).status_code == 401
    assert log_in(client, password="Xin-Mi-Ma-88").status_code == 201


@pytest.mark.parametrize("weak", ["Short-1", "alllowercase12", f"Aa-{ZHANG}", "Abc张伟-123456", PASSWORD])
def test_a_weak_password_is_refused(house: House, client: TestClient, weak: str) -> None:
    house.enter(person(), must_change=True)
    headers = logged_in(client)
    answer = client.post("/api/platform/account/password", json={"old": PASSWORD, "new": weak}, headers=headers)
    assert answer.json()["code"] == ("PASSWORD_SAME" if weak == PASSWORD else "PASSWORD_WEAK")


def test_a_new_password_ends_every_other_session(house: House, client: TestClient) -> None:
    house.enter(person())
    with TestClient(make_entrance(house.accounts, ORIGIN), base_url=ORIGIN) as phone:
        log_in(phone)
        headers = logged_in(client)
        client.post("/api/platform/account/password", json={"old": PASSWORD, "new": "Xin-Mi-Ma-88"}, headers=headers)
        assert phone.get(SESSION).status_code == 401
        assert client.get(SESSION).status_code == 200


def test_an_enterprise_with_a_password_needs_the_code_that_is_sent_to_it(house: House, client: TestClient) -> None:
    house.enter(enterprise())
    headers = logged_in(client, kind="enterprise", login=BUILDER.lower())
    assert client.get(SESSION).json()["due"] == "factor"
    assert client.get("/api/platform/account/sessions").json()["code"] == "LOGIN_UNFINISHED"
    sent = client.post(f"{SESSION}/code", headers=headers)
    assert sent.json() == {"sent_to": "139****0028"}
    before = client.cookies["__Host-session"]
    wrong = f"{(int(house.letters.code) + 1) % 10**6:06d}"
    assert client.post(f"{SESSION}/factor", json={"code": wrong}, headers=headers).json()["code"] == "CODE_REFUSED"
    answer = client.post(f"{SESSION}/factor", json={"code": house.letters.code}, headers=headers)
    assert answer.json()["due"] is None
    assert client.cookies["__Host-session"] != before


def test_a_code_is_good_once_for_five_minutes_and_five_tries(house: House, client: TestClient) -> None:
    house.enter(enterprise())
    headers = logged_in(client, kind="enterprise", login=BUILDER)
    client.post(f"{SESSION}/code", headers=headers)
    house.clock.forward(minutes=5)
    old = client.post(f"{SESSION}/factor", json={"code": house.letters.code}, headers=headers)
    assert old.json()["code"] == "CODE_REFUSED"
    client.post(f"{SESSION}/code", headers=headers)
    wrong = f"{(int(house.letters.code) + 1) % 10**6:06d}"
    for _ in range(5):
        client.post(f"{SESSION}/factor", json={"code": wrong}, headers=headers)
    late = client.post(f"{SESSION}/factor", json={"code": house.letters.code}, headers=headers)
    assert late.json()["code"] == "CODE_REFUSED"


def test_numbers_are_read_in_capitals_and_officers_names_as_they_are() -> None:
    assert log_in_name(AccountKind.PERSON, "36010219900307001x") == "36010219900307001X"
    assert log_in_name(AccountKind.STAFF, "acceptance-officer") == "acceptance-officer", "18 characters, and no number"
