"""Clerks of an enterprise over HTTP: made and ended by the enterprise's own account, seen by no other."""

from __future__ import annotations

import pytest

from signing_service.domain.accounts import Card
from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.parties import Person
from signing_service.storage import parties, real_names
from tests.platform.asking import ACCOUNT, SESSION, Program, code
from tests.platform.conftest import BUILDER, LI, PASSWORD, ZHANG, House, enterprise, person

CLERKS = f"{ACCOUNT}/clerks"


def let_in(house: House, login: str, password: str = PASSWORD) -> Program:
    program = Program(house)
    assert program.log_in("enterprise", login, password).status_code == 201
    program.post(f"{SESSION}/code")
    assert program.post(f"{SESSION}/factor", code=house.letters.code).is_success
    return program


@pytest.fixture
def owner(house: House) -> Program:
    house.enter(enterprise())
    with house.accounts.database.transaction() as connection:
        parties.put(connection, Person(IdNo(LI), PersonName("李静")))
        card = Card(LI, "李静", "女", "汉", "1985-01-01", "江西", "2020-01-01", "2040-01-01")
        record = real_names.RealName("r", card, "a" * 64, 90.0, "2026-01", "w", "360100", house.clock())
        real_names.add(connection, record)
    return let_in(house, BUILDER)


def make(owner: Program, login: str = "clerk_one", id_no: str = LI, mobile: str = "13700000033") -> dict[str, str]:
    answer = owner.post(CLERKS, login=login, id_no=id_no, mobile=mobile)
    told: dict[str, str] = answer.json()
    return told


def test_a_clerk_has_the_own_password_and_gets_the_own_codes(house: House, owner: Program) -> None:
    made = make(owner)
    clerk = let_in(house, "clerk_one", made["password"])
    assert house.letters.sent[-1][0].mobile == "13700000033"
    assert clerk.ask("GET", SESSION).json()["due"] == "password"
    changed = clerk.post(f"{ACCOUNT}/password", old=made["password"], new="Xin-Mi-Ma-88")
    assert (changed.json()["due"], changed.json()["name"]) == (None, "江右示例建设集团有限公司")
    assert code(clerk.ask("GET", CLERKS)) == "NOT_ALLOWED", "a clerk makes no clerks"


def test_who_is_ended_is_out_at_once(house: House, owner: Program) -> None:
    made = make(owner)
    clerk = let_in(house, "clerk_one", made["password"])
    assert owner.ask("DELETE", f"{CLERKS}/{made['account']}").status_code == 204
    assert clerk.ask("GET", SESSION).status_code == 401
    assert owner.ask("GET", CLERKS).json() == {"clerks": []}


def test_a_clerk_is_real_named(owner: Program) -> None:
    assert make(owner, id_no=ZHANG)["code"] == "NOT_REALNAMED"


def test_another_enterprises_clerk_does_not_exist(house: House, owner: Program) -> None:
    house.enter(person())
    assert code(owner.ask("DELETE", f"{CLERKS}/person-0014")) == "ACCOUNT_UNKNOWN"


def test_an_enterprise_does_not_end_its_own_account(owner: Program) -> None:
    mine = owner.ask("GET", SESSION).json()["account"]
    assert code(owner.ask("DELETE", f"{CLERKS}/{mine}")) == "ACCOUNT_UNKNOWN"
