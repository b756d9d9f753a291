"""What the owner of an account is told of log-ins: a lock, and a device that was never used before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from signing_service.domain.accounts import LOCKED_FOR, TRIES
from signing_service.domain.devices import UNKNOWN, device_named
from signing_service.storage import messages
from signing_service.workflows.accounts.post import Post
from tests.platform.asking import Program, code
from tests.platform.browsing import Browser
from tests.platform.conftest import ZHANG, House, officer, person
from tests.platform.test_entrance_factors import log_in, set_up_totp

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"


def told(house: House, event: str) -> list[dict[str, str]]:
    return [facts for _, what, facts in house.letters.sent if what == event]


# ---- locks


def test_the_owner_is_told_of_the_lock_once_and_not_of_every_try(house: House) -> None:
    house.enter(person())
    program = Program(house)
    for _ in range(TRIES - 1):
        assert code(program.log_in("person", ZHANG, "Wrong-word-1")) == "LOGIN_REFUSED"
    assert told(house, "account_locked") == []
    assert code(program.log_in("person", ZHANG, "Wrong-word-1")) == "LOGIN_REFUSED"
    assert told(house, "account_locked") == [{"until": "2026年11月29日 09:15", "until_en": "09:15 on 29 November 2026"}]
    for _ in range(3):
        assert code(program.log_in("person", ZHANG, "Wrong-word-1")) == "ACCOUNT_LOCKED"
        house.clock.now += LOCKED_FOR + timedelta(seconds=1)
        assert code(program.log_in("person", ZHANG, "Wrong-word-1")) == "LOGIN_REFUSED"
    assert len(told(house, "account_locked")) == 1


def test_the_fifth_try_that_is_right_locks_nothing_and_tells_nobody(house: House) -> None:
    house.enter(person())
    program = Program(house)
    for _ in range(TRIES - 1):
        program.log_in("person", ZHANG, "Wrong-word-1")
    assert program.log_in("person", ZHANG).status_code == 201
    assert house.letters.sent == []


def test_nobody_is_told_of_tries_at_an_account_that_is_not_there(house: House) -> None:
    program = Program(house)
    answers = [code(program.log_in("person", ZHANG, "Wrong-word-1")) for _ in range(TRIES + 1)]
    assert answers[-1] == "ACCOUNT_LOCKED"
    assert house.letters.sent == []


def test_an_officer_is_told_of_wrong_digits_for_somebody_has_the_password(house: House) -> None:
    house.enter(officer())
    client = Program(house).client
    generator = set_up_totp(house, client)
    house.clock.forward(minutes=5)
    headers = log_in(client)
    near = {generator.at(house.clock() + timedelta(seconds=offset)) for offset in (-30, 0, 30)}
    wrong = next(digits for digits in ("000000", "111111", "222222", "333333") if digits not in near)
    for _ in range(TRIES):
        assert client.post("/api/platform/session/totp", json={"code": wrong}, headers=headers).status_code == 403
    assert len(told(house, "account_locked")) == 1


# ---- devices


def test_of_a_log_in_from_another_device_the_owner_is_told_and_of_the_same_one_not(house: House) -> None:
    house.enter(person())
    at_home = Browser(house, **{"User-Agent": CHROME})
    assert at_home.log_in("person", ZHANG).status_code == 303
    at_home.log_in("person", ZHANG)
    assert told(house, "new_login") == [], "the first device is no news, and neither is the same again"
    elsewhere = Browser(house, **{"User-Agent": IPHONE})
    assert elsewhere.log_in("person", ZHANG).status_code == 303
    assert told(house, "new_login") == [
        {"time": "2026年11月29日 09:00", "time_en": "09:00 on 29 November 2026", "device": "Safari · iPhone"}
    ]
    for known in (at_home, elsewhere):
        known.client.post("/platform/log-out", data={"csrf": known.token})
        known.log_in("person", ZHANG)
    assert len(told(house, "new_login")) == 1


def test_another_computer_with_the_same_browser_is_another_device(house: House) -> None:
    house.enter(person())
    for _ in range(2):
        Browser(house, **{"User-Agent": CHROME}).log_in("person", ZHANG)
    assert len(told(house, "new_login")) == 1


def test_a_program_is_known_by_what_it_calls_itself(house: House) -> None:
    house.enter(person())
    for agent, expected in (("robot/1", 0), ("robot/1", 0), ("another/1", 1)):
        program = Program(house)
        program.client.headers["User-Agent"] = agent
        assert program.log_in("person", ZHANG).status_code == 201
        assert len(told(house, "new_login")) == expected


def test_a_browser_is_known_for_a_year(house: House) -> None:
    answer = Browser(house).open("/platform/log-in")
    (cookie,) = [line for line in answer.headers.get_list("set-cookie") if line.startswith("__Host-browser=")]
    assert "Max-Age=31536000" in cookie


def test_what_is_told_leaves_by_text_message_with_the_log_in_it_tells_of(house: House) -> None:
    """Through the outbox of messages, in the words of its event."""
    real = House(replace(house.accounts, messenger=Post(house.clock)), house.clock, house.letters)
    real.enter(person())
    for agent in (CHROME, IPHONE):
        Browser(real, **{"User-Agent": agent}).log_in("person", ZHANG)
    for _ in range(TRIES):
        Program(real).log_in("person", ZHANG, "Wrong-word-1")
    with real.accounts.database.reading() as connection:
        texts = "".join(one.zh for one in messages.of_party(connection, ZHANG))
        assert messages.is_due(connection, messages.Channel.SMS, real.clock())
    assert "您的账号已锁定至 2026年11月29日 09:15" in texts
    assert "在新设备登录（Safari · iPhone）" in texts


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (CHROME, "Chrome · Windows"),
        (IPHONE, "Safari · iPhone"),
        (CHROME + " Edg/131.0.0.0", "Edge · Windows"),
        ("Mozilla/5.0 (Linux; Android 15) MicroMessenger/8.0", "WeChat · Android"),
        ("curl/8.0", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_a_device_is_named_as_its_owner_knows_it(agent: str, name: str) -> None:
    assert device_named(agent) == name
