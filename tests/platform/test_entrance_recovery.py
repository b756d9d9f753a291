"""Forgotten passwords and new numbers over HTTP: whoever asks learns nothing of who has an account."""

from __future__ import annotations

from tests.platform.asking import ACCOUNT, SESSION, Program, code
from tests.platform.conftest import BUILDER, LI, ZHANG, House, enterprise, person

RECOVERY = "/api/platform/recovery"
FRESH = "Xin-Mi-Ma-88"


def test_a_forgotten_password_is_replaced_with_the_code_that_was_sent(house: House) -> None:
    house.enter(person())
    phone, stranger = Program(house), Program(house)
    phone.log_in("person", ZHANG)
    assert stranger.post(RECOVERY, kind="person", login=ZHANG).status_code == 202
    told = {"kind": "person", "login": ZHANG, "code": house.letters.code, "password": FRESH}
    assert stranger.post(f"{RECOVERY}/finish", **told).status_code == 204
    assert phone.ask("GET", SESSION).status_code == 401
    assert stranger.log_in("person", ZHANG).status_code == 401
    assert stranger.log_in("person", ZHANG, FRESH).status_code == 201
    assert house.letters.sent[-1][1] == "password_changed"


def test_who_has_no_account_is_answered_like_who_has(house: House) -> None:
    house.enter(person())
    known, unknown = (Program(house).post(RECOVERY, kind="person", login=login) for login in (ZHANG, LI))
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert len(house.letters.sent) == 1
    told = {"kind": "person", "code": "000000", "password": FRESH}
    answers = [Program(house).post(f"{RECOVERY}/finish", login=login, **told).json() for login in (ZHANG, LI)]
    assert answers[0] == answers[1]


def test_asking_again_and_again_is_slowed_down_alike(house: House) -> None:
    house.enter(person())
    for login in (ZHANG, LI):
        codes = [Program(house).post(RECOVERY, kind="person", login=login).status_code for _ in range(6)]
        assert codes == [202] * 5 + [429]


def test_a_weak_password_does_not_use_the_code_up(house: House) -> None:
    house.enter(person())
    asking = Program(house)
    asking.post(RECOVERY, kind="person", login=ZHANG)
    told = {"kind": "person", "login": ZHANG, "code": house.letters.code}
    assert code(asking.post(f"{RECOVERY}/finish", password="张伟-Abc-12345", **told)) == "PASSWORD_WEAK"
    assert asking.post(f"{RECOVERY}/finish", password=FRESH, **told).status_code == 204


def test_a_code_for_one_thing_opens_nothing_else(house: House) -> None:
    house.enter(enterprise())
    asking = Program(house)
    asking.log_in("enterprise", BUILDER)
    asking.post(RECOVERY, kind="enterprise", login=BUILDER)
    assert code(asking.post(f"{SESSION}/factor", code=house.letters.code)) == "CODE_REFUSED"


def test_recovery_ends_a_lock(house: House) -> None:
    house.enter(person())
    asking = Program(house)
    for _ in range(6):
        asking.log_in("person", ZHANG, "wrong")
    asking.post(RECOVERY, kind="person", login=ZHANG)
    asking.post(f"{RECOVERY}/finish", kind="person", login=ZHANG, code=house.letters.code, password=FRESH)
    assert asking.log_in("person", ZHANG, FRESH).status_code == 201


def test_a_new_number_is_shown_to_be_reached_before_it_counts(house: House) -> None:
    house.enter(person())
    phone = Program(house)
    phone.log_in("person", ZHANG)
    assert phone.post(f"{ACCOUNT}/mobile", mobile="13900000099").json() == {"sent_to": "139****0099"}
    sent = house.letters.code
    other = phone.post(f"{ACCOUNT}/mobile/confirm", mobile="13900000098", code=sent)
    assert code(other) == "CODE_REFUSED"
    assert phone.post(f"{ACCOUNT}/mobile/confirm", mobile="13900000099", code=sent).status_code == 204
    told = [to.mobile for to, event, _ in house.letters.sent if event == "contact_changed"]
    assert told == ["13870000017", "13900000099"]
    Program(house).post(RECOVERY, kind="person", login=ZHANG)
    assert house.letters.sent[-1][0].mobile == "13900000099"
