"""Accounts of authorities over HTTP: who makes whom, what may be given to whom, and that no city is left without an administrator."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from signing_service.domain.accounts import Account, Card
from signing_service.domain.codes import IdNo, PersonName, Region, Uscc
from signing_service.domain.parties import Organisation, PartyKind, Person
from signing_service.domain.viewer import Admin
from signing_service.storage import account_journal, parties, real_names
from signing_service.storage.database import Database
from signing_service.web.platform.entrance import make_entrance
from tests.platform.conftest import AUTHORITY, CITY, ORIGIN, PASSWORD, ZHANG, House, house_over, officer, province_admin

SESSION, OFFICERS = "/api/platform/session", "/api/platform/account/staff"
CLERK, OTHER = "361102199911300066", "36010219900307009X"
GRANT = {"procedures": "so.*", "level": "accept", "region": "360100"}


@pytest.fixture
def house(sqlite_database: Database) -> House:
    """Two authorities, three people who are real-named; second factors are another test's."""
    house = house_over(sqlite_database, staff_second_factor=False)
    with sqlite_database.transaction() as connection:
        parties.put(
            connection, Organisation(PartyKind.AUTHORITY, Uscc(AUTHORITY), "示例省住房和城乡建设厅", Region("360000"))
        )
        parties.put(
            connection, Organisation(PartyKind.AUTHORITY, Uscc(CITY), "南昌示例市住房和城乡建设局", Region("360100"))
        )
        for number, name in ((CLERK, "刘洋"), (OTHER, "周敏")):
            parties.put(connection, Person(IdNo(number), PersonName(name)))
            card = Card(number, name, "女", "汉", "1999-11-30", "江西省上饶市信州区", "2020-01-01", "2040-01-01")
            record = real_names.RealName(
                number, card, "a" * 64, 95.0, "2026-01", "staff-window", "360100", house.clock()
            )
            real_names.add(connection, record)
    return house


class Desk:
    """One administrator's program."""

    def __init__(self, house: House, account: Account) -> None:
        house.enter(account)
        self.client = TestClient(make_entrance(house.accounts, ORIGIN), base_url=ORIGIN)
        told = {"kind": "staff", "login": account.login, "password": PASSWORD}
        self.headers = {"X-CSRF-Token": self.client.post(SESSION, json=told).json()["csrf"]}

    def post(self, path: str, **told: Any) -> Any:
        return self.client.post(f"{OFFICERS}{path}", json=told, headers=self.headers)

    def assign(self, account: str, *grants: dict[str, str]) -> Any:
        path = f"{OFFICERS}/{account}/permissions"
        return self.client.put(path, json={"grants": list(grants)}, headers=self.headers)

    def make(self, path: str = "", **changes: str) -> Any:
        typed = {"login": "liu.yang", "id_no": CLERK, "name": "刘洋", "mobile": "13700000022", "region": "360100"}
        return self.post(path, **{**typed, "authority": CITY, **changes})


@pytest.fixture
def province(house: House) -> Desk:
    return Desk(house, province_admin(person=ZHANG))


@pytest.fixture
def city(house: House) -> Desk:
    return Desk(house, officer("city", admin=Admin.CITY))


def code(answer: Any) -> str:
    return str(answer.json()["code"])


def test_the_province_makes_the_administrator_of_a_city_who_makes_an_officer(house: House, province: Desk) -> None:
    made = province.make("/admins", login="nanchang", id_no=OTHER, name="周敏").json()
    assert (made["admin"], made["region"]) == ("city", "360100")
    with TestClient(make_entrance(house.accounts, ORIGIN), base_url=ORIGIN) as client:
        told = {"kind": "staff", "login": "nanchang", "password": made["password"]}
        session = client.post(SESSION, json=told).json()
        assert session["due"] == "password"
        headers = {"X-CSRF-Token": session["csrf"]}
        changed = {"old": made["password"], "new": "Nan-Chang-2026"}
        session = client.post("/api/platform/account/password", json=changed, headers=headers).json()
        typed = {"login": "liu.yang", "id_no": CLERK, "name": "刘洋", "mobile": "13700000022", "region": "360102"}
        answer = client.post(OFFICERS, json=typed, headers={"X-CSRF-Token": session["csrf"]})
    assert answer.status_code == 201, answer.text
    assert (answer.json()["admin"], answer.json()["authority"]) == (None, CITY)


@pytest.mark.parametrize("region", ["360102", "360000"])
def test_an_administrator_of_a_city_whose_region_is_none_is_refused(province: Desk, region: str) -> None:
    answer = province.make("/admins", region=region)
    assert [one["code"] for one in answer.json()["errors"]] == ["REGION_LEVEL"]


def test_a_city_makes_no_administrators(city: Desk) -> None:
    assert code(city.make("/admins", region="360100")) == "NOT_ALLOWED"


def test_who_is_not_real_named_gets_no_account(city: Desk) -> None:
    answer = city.make(id_no="360403197812310034")
    assert (answer.status_code, code(answer)) == (412, "STAFF_NOT_REALNAMED")


def test_the_name_has_to_be_that_of_the_record(city: Desk) -> None:
    assert code(city.make(name="刘阳")) == "NAME_MISMATCH"


def test_every_wrong_field_is_told_at_once(city: Desk) -> None:
    answer = city.make(id_no="360403197812310035", name="L", mobile="1", region="999999", login="x")
    assert {one["field"] for one in answer.json()["errors"]} == {"id_no", "name", "mobile", "region", "login"}


def test_an_officer_elsewhere_has_to_be_released_first(house: House, city: Desk) -> None:
    made = city.make().json()
    assert code(city.make(login="another")) == "LOGIN_TAKEN"
    assert city.post(f"/{made['account']}/disable", reason="调离本单位").status_code == 204
    assert city.make(login="another").status_code == 201


def test_a_city_makes_officers_in_the_own_region_only(city: Desk) -> None:
    assert code(city.make(region="360400")) == "REGION_SCOPE"
    assert code(city.make(region="360000")) == "REGION_SCOPE"


def test_an_authority_has_no_officers_outside_its_region(province: Desk) -> None:
    assert code(province.make(region="360400")) == "REGION_SCOPE"
    assert code(province.make(authority="9136010099900011XN")) == "AUTHORITY_UNKNOWN"


def test_permissions_are_what_the_officer_has_afterwards(house: House, city: Desk) -> None:
    made = city.make().json()
    assert city.assign(made["account"], GRANT).json()["grants"] == [GRANT]
    other = {**GRANT, "level": "decide", "region": "360102"}
    assert city.assign(made["account"], other, other).json()["grants"] == [other]
    with house.accounts.database.reading() as connection:
        events = account_journal.events_of(connection, made["account"])
    assert [(one.event, one.by) for one in events][:2] == [("permissions_changed", "staff-city")] * 2
    assert events[0].facts["before"] == ["so.* × accept × 360100"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"region": "360400"}, "REGION_SCOPE"),
        ({"region": "360000"}, "REGION_SCOPE"),
        ({"level": "king"}, "LEVEL_UNKNOWN"),
        ({"procedures": "fire.design"}, "PROCEDURE_UNKNOWN"),
        ({"region": "999999"}, "REGION_INVALID"),
    ],
)
def test_what_cannot_be_given_is_refused(city: Desk, changes: dict[str, str], refusal: str) -> None:
    made = city.make().json()
    assert code(city.assign(made["account"], {**GRANT, **changes})) == refusal
    assert city.client.get(OFFICERS).json()["officers"][-1]["grants"] == []


def test_an_officer_of_a_county_gets_nothing_for_the_whole_city(city: Desk) -> None:
    made = city.make(region="360102").json()
    assert code(city.assign(made["account"], GRANT)) == "REGION_SCOPE"
    assert city.assign(made["account"], {**GRANT, "region": "360102"}).status_code == 200


def test_nobody_gives_permissions_to_himself(city: Desk) -> None:
    assert code(city.assign("staff-city", GRANT)) == "SELF_GRANT"


def test_an_officer_of_another_city_does_not_exist(house: House, city: Desk) -> None:
    house.enter(officer("jiujiang", region=Region("360400"), person="360403197812310034"))
    assert "staff-jiujiang" not in city.client.get(OFFICERS).text
    for answer in (
        city.assign("staff-jiujiang", GRANT),
        city.post("/staff-jiujiang/disable", reason="试试看"),
        city.post("/staff-jiujiang/afresh", reason="试试看"),
        city.post("/staff-jiujiang/id-number", why="试试看"),
    ):
        assert (answer.status_code, code(answer)) == (404, "ACCOUNT_UNKNOWN")


def test_a_city_cannot_touch_the_province(house: House, city: Desk, province: Desk) -> None:
    assert code(city.post("/staff-province/disable", reason="试试看")) == "ACCOUNT_UNKNOWN"


def test_who_is_disabled_is_out_at_once(house: House, city: Desk) -> None:
    clerk = Desk(house, officer("clerk", person=CLERK))
    assert clerk.client.get(SESSION).status_code == 200
    assert code(city.post("/staff-clerk/disable", reason="")) == "REASON_REQUIRED"
    assert city.post("/staff-clerk/disable", reason="调离本单位").status_code == 204
    assert clerk.client.get(SESSION).status_code == 401
    told = {"kind": "staff", "login": "clerk", "password": PASSWORD}
    assert code(clerk.client.post(SESSION, json=told, headers=clerk.headers)) == "LOGIN_REFUSED"


def test_the_last_administrator_of_a_city_needs_a_successor(house: House, province: Desk, city: Desk) -> None:
    assert code(province.post("/staff-city/disable", reason="退休")) == "LAST_ADMIN"
    house.enter(officer("county", region=Region("360102"), person=OTHER))
    unfit = province.post("/staff-city/disable", reason="退休", successor="staff-county")
    assert code(unfit) == "SUCCESSOR_UNFIT"
    house.enter(officer("clerk", person=CLERK))
    assert province.post("/staff-city/disable", reason="退休", successor="staff-clerk").status_code == 204
    admins = [one["login"] for one in province.client.get(OFFICERS).json()["officers"] if one["admin"] == "city"]
    assert admins == ["clerk"]


def test_one_of_two_administrators_goes_without_a_successor(house: House, province: Desk, city: Desk) -> None:
    house.enter(officer("second", admin=Admin.CITY, person=CLERK))
    assert province.post("/staff-city/disable", reason="退休").status_code == 204


def test_nobody_disables_himself_but_may_hand_over(house: House, city: Desk) -> None:
    assert code(city.post("/staff-city/disable", reason="退休")) == "SELF_DISABLE"
    house.enter(officer("clerk", person=CLERK))
    assert code(city.post("/hand-over", successor="")) == "LAST_ADMIN"
    assert city.post("/hand-over", successor="staff-clerk").status_code == 204
    assert city.client.get(SESSION).status_code == 401


def test_officers_make_no_accounts(house: House) -> None:
    clerk = Desk(house, officer("clerk", person=CLERK))
    assert code(clerk.make(id_no=OTHER, name="周敏")) == "NOT_ALLOWED"
    assert code(clerk.client.get(OFFICERS)) == "NOT_ALLOWED"


def test_every_look_at_a_full_id_number_is_journalled_with_its_reason(house: House, city: Desk) -> None:
    made = city.make().json()
    assert CLERK not in city.client.get(OFFICERS).text
    assert code(city.post(f"/{made['account']}/id-number", why="")) == "REASON_REQUIRED"
    assert city.post(f"/{made['account']}/id-number", why="核对社保").json() == {"id_no": CLERK}
    with house.accounts.database.reading() as connection:
        views = account_journal.views_of(connection, CLERK)
    assert [(one.account_id, one.why) for one in views] == [("staff-city", "核对社保")]


def test_who_lost_the_telephone_starts_afresh(house: House, city: Desk) -> None:
    clerk = Desk(house, officer("clerk", person=CLERK))
    again = city.post("/staff-clerk/afresh", reason="手机遗失").json()
    assert clerk.client.get(SESSION).status_code == 401
    told = {"kind": "staff", "login": "clerk", "password": again["password"]}
    assert clerk.client.post(SESSION, json=told, headers=clerk.headers).json()["due"] == "password"
