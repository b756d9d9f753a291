"""实名登记 over HTTP: who may register whom, what the card and the face have to say, and what is written down of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from signing_service.domain.codes import IdNo, PersonName, Region
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import Person
from signing_service.domain.staff import Grant, Level
from signing_service.storage import account_journal, parties, real_names
from signing_service.storage import accounts as store
from signing_service.storage.database import Database
from tests.platform.asking import SESSION, Program, code
from tests.platform.conftest import JPEG, ZHANG, House, Register, house_over, officer, person

WINDOW = "/api/platform/window/real-name"
PICTURE = base64.b64encode(JPEG).decode()
CARD = {
    "id_no": ZHANG,
    "name": "张伟",
    "sex": "女" if IdNo(ZHANG).sex == "female" else "男",
    "nation": "汉",
    "born": "1990-03-07",
    "address": "江西省南昌市东湖区示例路1号",
    "valid_from": "2016-05-01",
    "valid_until": "2036-05-01",
    "mobile": "13870000017",
    "portrait": PICTURE,
    "face": PICTURE,
    "consent": "2026-01",
}


@pytest.fixture
def house(sqlite_database: Database) -> House:
    return house_over(sqlite_database, staff_second_factor=False)


def window(house: House, *grants: Grant) -> Program:
    house.enter(officer("window", person="361102199911300066"))
    with house.accounts.database.transaction() as connection:
        store.put_grants(connection, "staff-window", grants)
    program = Program(house)
    program.log_in("staff", "window")
    return program


@pytest.fixture
def clerk(house: House) -> Program:
    return window(house, Grant("rn.register", Level.WINDOW, Region("360100")))


def register(clerk: Program, **changes: Any) -> Any:
    return clerk.post(WINDOW, **{**CARD, **changes})


def registers(house: House) -> Register:
    assert isinstance(house.accounts.register, Register)
    return house.accounts.register


def test_who_is_registered_logs_in_with_the_printed_password_and_replaces_it(house: House, clerk: Program) -> None:
    done = register(clerk)
    assert done.status_code == 201, done.text
    holder = Program(house)
    assert holder.log_in("person", ZHANG, done.json()["password"]).json()["due"] == "password"


def test_what_card_camera_and_register_said_is_kept(house: House, clerk: Program) -> None:
    register(clerk)
    with house.accounts.database.reading() as connection:
        record = real_names.of_person(connection, ZHANG)
        party = parties.load(connection, ZHANG)
        views = account_journal.views_of(connection, ZHANG)
    assert record is not None
    assert (record.card.address, record.score, record.consent, record.clerk, record.region) == (
        CARD["address"], 96.5, "2026-01", "staff-window", "360100",
    )  # fmt: skip
    assert party.facts["real_named_on"] == "2026-11-29"
    assert [(one.account_id, one.why) for one in views] == [("staff-window", "实名登记")]
    assert house.accounts.blobs is not None
    assert record.portrait_sha256 in house.accounts.blobs


def test_who_is_a_party_already_keeps_the_key(house: House, clerk: Program) -> None:
    with house.accounts.database.transaction() as connection:
        known = Person(IdNo(ZHANG), PersonName("张伟"), KeyRef("soft", "zhang"), {"photo": "x"})
        parties.put(connection, known)
    assert register(clerk).status_code == 201
    with house.accounts.database.reading() as connection:
        party = parties.load(connection, ZHANG)
    assert (str(party.key), party.facts["photo"]) == ("soft:zhang", "x")


def test_who_has_an_account_keeps_the_password_unless_a_new_one_is_asked_for(house: House, clerk: Program) -> None:
    house.enter(person())
    assert register(clerk).json()["password"] is None
    assert Program(house).log_in("person", ZHANG).status_code == 201
    again = register(clerk, new_password=True).json()["password"]
    assert Program(house).log_in("person", ZHANG).status_code == 401
    assert Program(house).log_in("person", ZHANG, again).status_code == 201


def test_another_name_for_a_known_number_is_refused(clerk: Program) -> None:
    register(clerk)
    assert code(register(clerk, name="张玮")) == "NAME_MISMATCH"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sex": "其他"}, "id_no"),
        ({"born": "1990-03-08"}, "id_no"),
        ({"id_no": "360102199003070015"}, "id_no"),
        ({"valid_until": "2026-11-28"}, "valid_until"),
        ({"valid_until": "soon"}, "valid_until"),
        ({"address": " "}, "address"),
        ({"mobile": "0791"}, "mobile"),
    ],
)
def test_a_card_that_does_not_agree_with_itself_is_refused(clerk: Program, changes: dict[str, str], field: str) -> None:
    assert [one["field"] for one in register(clerk, **changes).json()["errors"]] == [field]


def test_a_card_for_life_is_taken(clerk: Program) -> None:
    assert register(clerk, valid_until="长期").status_code == 201


@pytest.mark.parametrize("consent", ["", "2020-01"])
def test_without_consent_to_the_present_text_nobody_is_registered(house: House, clerk: Program, consent: str) -> None:
    assert code(register(clerk, consent=consent)) == "CONSENT_MISSING"
    assert registers(house).asked == []


def test_a_face_that_does_not_match_is_refused_and_five_lock_for_a_day(house: House, clerk: Program) -> None:
    registers(house).score = 41
    assert [code(register(clerk)) for _ in range(6)] == ["FACE_REFUSED"] * 5 + ["FACE_LOCKED"]
    registers(house).score = 99
    house.clock.forward(minutes=25)
    assert code(register(clerk)) == "FACE_LOCKED"
    house.clock.forward(hours=24)
    clerk.log_in("staff", "window")
    assert register(clerk).status_code == 201


def test_what_is_no_picture_is_refused(clerk: Program) -> None:
    assert code(register(clerk, face=base64.b64encode(b"GIF89a").decode())) == "PHOTO_TYPE"


@pytest.mark.parametrize(
    "grants",
    [(), (Grant("so.*", Level.WINDOW, Region("360100")),), (Grant("*", Level.DECIDE, Region("360000")),)],
    ids=["no permission", "another procedure", "another level"],
)
def test_who_is_no_window_for_this_registers_nobody(house: House, grants: tuple[Grant, ...]) -> None:
    assert code(register(window(house, *grants))) == "NOT_ALLOWED"


def test_a_person_registers_nobody(house: House) -> None:
    house.enter(person())
    holder = Program(house)
    holder.log_in("person", ZHANG)
    assert code(register(holder)) == "NOT_ALLOWED"
    assert holder.ask("GET", SESSION).status_code == 200
