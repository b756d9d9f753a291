"""A 建设单位 registers itself over HTTP: the link opens the account once, and nobody learns who has one."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from signing_service.storage import accounts as store
from signing_service.storage import parties
from tests.platform.asking import SESSION, Program, code
from tests.platform.conftest import BUILDER, JPEG, ORIGIN, PASSWORD, House, enterprise

DEVELOPER = "/api/platform/developer"
FORM = {
    "uscc": "91360100MA99001679",
    "name": "赣江示例置业有限公司",
    "kind": "企业",
    "representative": "王建国",
    "representative_id": "360102198501010028",
    "address": "南昌市红谷滩区示例大道8号",
    "contact": "刘洋",
    "mobile": "13700000022",
    "email": "liu.yang@example.cn",
    "login": "ganjiang",
    "password": PASSWORD[::-1],
    "scan": base64.b64encode(JPEG).decode(),
}


def register(house: House, **changes: Any) -> Any:
    return Program(house).post(DEVELOPER, **{**FORM, **changes})


def token(house: House) -> str:
    address, _, token = house.letters.link.partition("?token=")
    assert address == f"{ORIGIN}/platform/developer/confirm"
    return token


def confirm(house: House, token: str) -> Any:
    return Program(house).post(f"{DEVELOPER}/confirm", token=token)


def test_who_confirms_the_address_logs_in_and_is_a_party(house: House) -> None:
    assert register(house).status_code == 202
    program = Program(house)
    assert program.log_in("enterprise", "ganjiang", FORM["password"]).status_code == 401
    assert confirm(house, token(house)).json() == {"login": "ganjiang"}
    assert program.log_in("enterprise", "ganjiang", FORM["password"]).json()["due"] == "factor"
    program.post(f"{SESSION}/code")
    assert program.post(f"{SESSION}/factor", code=house.letters.code).json()["due"] is None
    with house.accounts.database.reading() as connection:
        party = parties.load(connection, FORM["uscc"])
    assert (party.public_name, party.facts["representative"]) == (FORM["name"], "王建国")


def test_a_link_is_good_once_for_a_day(house: House) -> None:
    register(house)
    link = token(house)
    house.clock.forward(hours=24)
    assert code(confirm(house, link)) == "LINK_REFUSED"
    Program(house).post(f"{DEVELOPER}/link", email=FORM["email"])
    fresh = token(house)
    assert code(confirm(house, link)) == "LINK_REFUSED"
    assert confirm(house, fresh).status_code == 200
    assert code(confirm(house, fresh)) == "LINK_REFUSED"


def test_the_token_is_nowhere_in_the_store(house: House) -> None:
    register(house)
    with house.accounts.database.reading() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM registration").all())
    assert len(token(house)) == 43
    assert token(house) not in kept


def test_an_address_that_has_an_account_is_answered_like_a_new_one(house: House) -> None:
    house.enter(enterprise(email="known@example.cn"))
    fresh, known = (
        register(house),
        register(house, email="known@example.cn", uscc="913604009990001361", login="other_1"),
    )
    assert (fresh.status_code, fresh.content) == (known.status_code, known.content)
    to, _, facts = house.letters.sent[-1]
    assert (to.email, facts["link"]) == ("known@example.cn", f"{ORIGIN}/platform/recover")
    with house.accounts.database.reading() as connection:
        assert store.by_login(connection, enterprise().kind, "other_1") is None


def test_an_organisation_that_is_registered_is_told_to_recover(house: House) -> None:
    house.enter(enterprise())
    answer = register(house, uscc=BUILDER)
    assert (answer.status_code, code(answer)) == (409, "ORG_EXISTS")


def test_what_nobody_confirmed_makes_room_and_is_forgotten_after_seven_days(house: House) -> None:
    register(house)
    assert register(house, email="other@example.cn").status_code == 202
    link = token(house)
    house.clock.forward(days=7, seconds=1)
    register(house, uscc="913604009990001361", login="another", email="third@example.cn")
    with house.accounts.database.reading() as connection:
        assert store.by_login(connection, enterprise().kind, "ganjiang") is None
    assert code(confirm(house, link)) == "LINK_REFUSED"


def test_a_mailbox_gets_five_links_a_day(house: House) -> None:
    register(house)
    answers = {Program(house).post(f"{DEVELOPER}/link", email=FORM["email"]).status_code for _ in range(7)}
    assert answers == {202}
    assert len(house.letters.sent) == 5


def test_an_unknown_mailbox_gets_nothing_and_is_answered_alike(house: House) -> None:
    assert Program(house).post(f"{DEVELOPER}/link", email="nobody@example.cn").status_code == 202
    assert house.letters.sent == []


def test_every_wrong_field_is_told_at_once(house: House) -> None:
    wrong = {"uscc": "1", "representative_id": "2", "mobile": "3", "email": "a@b", "login": "短", "contact": ""}
    answer = register(house, **wrong)
    assert {one["field"] for one in answer.json()["errors"]} == set(wrong)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"password": "ganjiang-Abc-1"}, "PASSWORD_WEAK"),
        ({"password": f"Aa-{FORM['uscc']}"}, "PASSWORD_WEAK"),
        ({"scan": base64.b64encode(b"MZ program").decode()}, "FILE_TYPE"),
    ],
)
def test_what_cannot_be_taken_is_refused(house: House, changes: dict[str, str], refusal: str) -> None:
    assert code(register(house, **changes)) == refusal
    assert house.letters.sent == []


def test_a_log_in_name_in_use_is_refused(house: House) -> None:
    house.enter(enterprise("ganjiang"))
    assert code(register(house)) == "LOGIN_TAKEN"
