"""Before a key is used: PIN and code for exactly this revision, and what the journal is told of it."""

from __future__ import annotations

import pyotp
import pytest

from signing_service.domain.accounts import Factor, Purpose
from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import Person
from signing_service.storage import accounts as store
from signing_service.storage import parties
from signing_service.storage.database import Database
from signing_service.workflows import pins
from signing_service.workflows.accounts import second_factor, sessions, step_up
from signing_service.workflows.accounts.accounts import Caller
from signing_service.workflows.accounts.sessions import Opened
from signing_service.workflows.accounts.step_up import Shown
from tests.platform.conftest import ZHANG, House, house_over, person
from tests.platform.soft_passkey import SoftPasskey

PIN, KEY, CALLER = "280317", KeyRef("soft", "zhang"), Caller("192.0.2.1", "test", "https://platform.example")
REVISION, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def house(sqlite_database: Database) -> House:
    house = house_over(sqlite_database)
    with sqlite_database.transaction() as connection:
        parties.put(connection, Person(IdNo(ZHANG), PersonName("张伟"), KEY))
    pins.set_pin(sqlite_database, KEY, PIN, house.clock())
    return house


@pytest.fixture
def opened(house: House) -> Opened:
    account = house.enter(person())
    with house.accounts.database.transaction() as connection:
        return sessions.open_for(connection, house.accounts, account, (Factor.PASSWORD,), CALLER)


def refusal(house: House, opened: Opened, pin: str = PIN, code: str = "", subject: str = REVISION) -> str:
    with pytest.raises(Problem) as refused:
        step_up.step_up(house.accounts, opened.visit, Shown(pin, code), subject, CALLER, dict)
    return refused.value.code


def test_pin_and_code_yield_what_the_journal_keeps_and_a_new_token(house: House, opened: Opened) -> None:
    assert step_up.begin(house.accounts, opened.visit, REVISION, CALLER) == "138****0017"
    done = step_up.step_up(house.accounts, opened.visit, Shown(PIN, house.letters.code), REVISION, CALLER, dict)
    assert done.outcome == {
        "factors": ["pin", "code"],
        "subject": REVISION,
        "purpose": "sign",
        "account": "person-0014",
        "address": "192.0.2.1",
        "at": house.clock().isoformat(),
    }
    assert sessions.resume(house.accounts, opened.token) is None
    again = sessions.resume(house.accounts, done.opened.token)
    assert again is not None
    assert again.session.factors == (Factor.PASSWORD, Factor.PIN, Factor.CODE)
    assert again.session.ends_at == opened.visit.session.ends_at


def test_a_code_for_one_revision_signs_no_other(house: House, opened: Opened) -> None:
    step_up.begin(house.accounts, opened.visit, REVISION, CALLER)
    assert refusal(house, opened, code=house.letters.code, subject=OTHER) == "CODE_REFUSED"


def test_a_code_for_signing_cancels_nothing(house: House, opened: Opened) -> None:
    step_up.begin(house.accounts, opened.visit, REVISION, CALLER)
    with pytest.raises(Problem, match="CODE_REFUSED"):
        code = house.letters.code
        step_up.step_up(house.accounts, opened.visit, Shown(PIN, code), REVISION, CALLER, dict, Purpose.CANCEL)


def test_a_code_signs_once(house: House, opened: Opened) -> None:
    step_up.begin(house.accounts, opened.visit, REVISION, CALLER)
    done = step_up.step_up(house.accounts, opened.visit, Shown(PIN, house.letters.code), REVISION, CALLER, dict)
    assert refusal(house, done.opened, code=house.letters.code) == "CODE_REFUSED"


def test_a_wrong_pin_leaves_the_code_as_it_was(house: House, opened: Opened) -> None:
    step_up.begin(house.accounts, opened.visit, REVISION, CALLER)
    assert refusal(house, opened, pin="280318", code=house.letters.code) == "PIN_WRONG"
    step_up.step_up(house.accounts, opened.visit, Shown(PIN, house.letters.code), REVISION, CALLER, dict)


@pytest.mark.parametrize(("pin", "code"), [("", "123456"), (PIN, "")])
def test_both_are_asked_for(house: House, opened: Opened, pin: str, code: str) -> None:
    assert refusal(house, opened, pin, code) == "STEP_UP_REQUIRED"


def test_who_has_no_key_is_told_to_apply_for_one(house: House, opened: Opened) -> None:
    with house.accounts.database.transaction() as connection:
        parties.put(connection, Person(IdNo(ZHANG), PersonName("张伟")))
    assert refusal(house, opened, code="123456") == "KEY_ABSENT"


def test_what_is_refused_after_it_leaves_the_session_as_it_was(house: House, opened: Opened) -> None:
    step_up.begin(house.accounts, opened.visit, REVISION, CALLER)

    def refuse(_evidence: object) -> None:
        raise Problem("STATE_CONFLICT", "已变更。", "It has moved on.", status=409)

    with pytest.raises(Problem, match="STATE_CONFLICT"):
        step_up.step_up(house.accounts, opened.visit, Shown(PIN, house.letters.code), REVISION, CALLER, refuse)
    still = sessions.resume(house.accounts, opened.token)
    assert still is not None
    assert still.session.factors == (Factor.PASSWORD,)


# ---- who has something better than a code


@pytest.fixture
def generator(house: House, opened: Opened) -> pyotp.TOTP:
    secret = pyotp.random_base32(32)
    kept = house.accounts.locked_away(secret, opened.visit.account.account_id)
    with house.accounts.database.transaction() as connection:
        store.put_totp(connection, opened.visit.account.account_id, kept)
        assert store.take_totp(connection, opened.visit.account.account_id, 1, house.clock())
    return pyotp.TOTP(secret)


def test_who_has_an_authenticator_shows_its_digits_and_is_sent_no_code(
    house: House, opened: Opened, generator: pyotp.TOTP
) -> None:
    assert step_up.asked_for(house.accounts, opened.visit) == (Factor.TOTP,)
    with pytest.raises(Problem, match="SECOND_FACTOR_FIRST"):
        step_up.begin(house.accounts, opened.visit, REVISION, CALLER)
    assert house.letters.sent == []
    digits = generator.at(house.clock())
    done = step_up.step_up(house.accounts, opened.visit, Shown(PIN, digits), REVISION, CALLER, dict)
    assert done.outcome["factors"] == ["pin", "totp"]
    assert refusal(house, done.opened, code=digits) == "TOTP_REFUSED", "digits are taken once"


def test_a_code_from_before_the_authenticator_signs_nothing(house: House, opened: Opened) -> None:
    step_up.begin(house.accounts, opened.visit, REVISION, CALLER)
    second_factor.begin_totp(house.accounts, opened.visit)
    code = house.letters.code
    with house.accounts.database.transaction() as connection:
        assert store.take_totp(connection, opened.visit.account.account_id, 1, house.clock())
    assert refusal(house, opened, code=code) == "TOTP_REFUSED"


def test_a_passkey_confirms_the_revision_it_was_asked_about_and_no_other(house: House, opened: Opened) -> None:
    key = SoftPasskey(CALLER.origin, "platform.example")
    begun = second_factor.begin_passkey(house.accounts, opened.visit, CALLER)
    made = second_factor.keep_passkey(
        house.accounts, opened.visit, begun["handle"], key.create(begun["options"]), "", CALLER
    )
    assert step_up.asked_for(house.accounts, made.visit) == (Factor.PASSKEY,)

    def shown(subject: str) -> Shown:
        asked = step_up.begin_passkey(house.accounts, made.visit, subject, CALLER)
        return Shown(PIN, handle=asked["handle"], passkey=key.get(asked["options"]))

    for subject in (OTHER, ""):
        with pytest.raises(Problem, match="PASSKEY_REFUSED"):
            step_up.step_up(house.accounts, made.visit, shown(subject), REVISION, CALLER, dict)
    done = step_up.step_up(house.accounts, made.visit, shown(REVISION), REVISION, CALLER, dict)
    assert done.outcome["factors"] == ["pin", "passkey"]
