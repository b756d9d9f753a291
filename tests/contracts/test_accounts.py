"""What both databases promise of accounts: a code opens once whoever races, no try is free, journals only grow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from signing_service.domain.accounts import CODE_TRIES, Account, AccountState, Factor, Session
from signing_service.domain.codes import Region
from signing_service.domain.errors import Problem
from signing_service.domain.staff import Grant, Level
from signing_service.domain.viewer import AccountKind
from signing_service.storage import account_journal, sessions, tables
from signing_service.storage import accounts as store
from signing_service.storage.database import Database

NOW = datetime(2026, 11, 29, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
RACERS = 6
OFFICER = Account(
    "staff-1", AccountKind.STAFF, "chen", "11360100999000021K", "陈静", "360102198501010028", region=Region("360100")
)


def enter(database: Database, account: Account = OFFICER) -> None:
    with database.transaction() as connection:
        store.add(connection, account, "test", NOW)


def test_an_account_is_read_back_as_it_was_written(database: Database) -> None:
    enter(database)
    with database.reading() as connection:
        assert store.find(connection, "staff-1") == OFFICER
        assert store.by_login(connection, AccountKind.STAFF, "chen") == OFFICER
        assert store.by_login(connection, AccountKind.PERSON, "chen") is None


@pytest.mark.parametrize(
    "other",
    [
        Account("x", AccountKind.STAFF, "chen", "1", "n", "360102199003070014"),
        Account("x", AccountKind.STAFF, "other", "1", "n", OFFICER.person),
    ],
    ids=["the same name", "the same human being"],
)
def test_a_log_in_name_and_an_officer_are_there_once(database: Database, other: Account) -> None:
    enter(database)
    with database.transaction() as connection:
        with pytest.raises(Problem, match="LOGIN_TAKEN"):
            store.add(connection, other, "test", NOW)
        assert store.find(connection, "x") is None, "the transaction goes on"


def test_who_was_released_may_be_an_officer_elsewhere(database: Database) -> None:
    enter(database)
    with database.transaction() as connection:
        store.save(connection, store.disabled(OFFICER))
        again = Account("staff-2", AccountKind.STAFF, "chen2", "1", "陈静", OFFICER.person)
        store.add(connection, again, "test", NOW)
        assert store.officer_of(connection, str(OFFICER.person)) == again
        assert [one.state for one in store.officers(connection)] == [AccountState.DISABLED, AccountState.ACTIVE] or [
            one.state for one in store.officers(connection)
        ] == [AccountState.ACTIVE, AccountState.DISABLED]


def test_permissions_are_replaced_as_a_whole(database: Database) -> None:
    enter(database)
    grant = Grant("so.*", Level.ACCEPT, Region("360100"))
    other = Grant("*", Level.AUDIT, Region("360102"))
    with database.transaction() as connection:
        store.put_grants(connection, "staff-1", [grant, grant, other])
        assert set(store.grants_of(connection, "staff-1")) == {grant, other}
        store.put_grants(connection, "staff-1", [other])
        assert store.grants_of(connection, "staff-1") == (other,)


def test_of_many_that_bring_the_same_code_one_is_let_through(database: Database) -> None:
    with database.transaction() as connection:
        sessions.put_code(connection, "h", "sign", "s", "hash", NOW + HOUR)
    start = Barrier(RACERS)

    def use() -> bool:
        start.wait()
        with database.transaction() as connection:
            return sessions.use_code(connection, "h", "sign", "s", "hash")

    with ThreadPoolExecutor(RACERS) as pool:
        assert sum(one.result() for one in [pool.submit(use) for _ in range(RACERS)]) == 1


def test_of_many_tries_at_once_no_more_than_five_are_compared(database: Database) -> None:
    with database.transaction() as connection:
        sessions.put_code(connection, "h", "sign", "s", "hash", NOW + HOUR)
    start = Barrier(CODE_TRIES + 3)

    def attempt() -> bool:
        start.wait()
        with database.transaction() as connection:
            return sessions.try_code(connection, "h", "sign", "s", NOW) is not None

    with ThreadPoolExecutor(CODE_TRIES + 3) as pool:
        allowed = [one.result() for one in [pool.submit(attempt) for _ in range(CODE_TRIES + 3)]]
    assert sum(allowed) == CODE_TRIES


def test_a_code_is_of_one_holder_purpose_and_subject(database: Database) -> None:
    with database.transaction() as connection:
        sessions.put_code(connection, "h", "sign", "s", "hash", NOW + HOUR)
        for other in (("x", "sign", "s"), ("h", "log_in", "s"), ("h", "sign", "t")):
            assert sessions.try_code(connection, *other, NOW) is None
        assert sessions.try_code(connection, "h", "sign", "s", NOW + HOUR) is None
        assert sessions.try_code(connection, "h", "sign", "s", NOW) == "hash"


def test_of_many_that_bring_the_same_nonce_one_is_let_through(database: Database) -> None:
    with database.transaction() as connection:
        sessions.put_challenge(connection, "c", "cert", None, {"a": 1}, NOW + HOUR)
    start = Barrier(RACERS)

    def take() -> bool:
        start.wait()
        with database.transaction() as connection:
            return sessions.take_challenge(connection, "c", "cert", NOW) is not None

    with ThreadPoolExecutor(RACERS) as pool:
        assert sum(one.result() for one in [pool.submit(take) for _ in range(RACERS)]) == 1


def test_digits_of_an_authenticator_are_taken_once_whoever_races(database: Database) -> None:
    enter(database)
    with database.transaction() as connection:
        store.put_totp(connection, "staff-1", "secret")
    start = Barrier(RACERS)

    def take() -> bool:
        start.wait()
        with database.transaction() as connection:
            return store.take_totp(connection, "staff-1", 7, NOW)

    with ThreadPoolExecutor(RACERS) as pool:
        assert sum(one.result() for one in [pool.submit(take) for _ in range(RACERS)]) == 1
    with database.transaction() as connection:
        assert not store.take_totp(connection, "staff-1", 6, NOW), "nor those of a step before"


def test_a_rate_is_of_the_window_that_slides(database: Database) -> None:
    counts = []
    for minutes in (0, 20, 40, 61, 200):
        with database.transaction() as connection:
            counts.append(sessions.hit(connection, "b", HOUR, NOW + timedelta(minutes=minutes)))
    assert counts == [1, 2, 3, 3, 1]


def test_sessions_that_ended_are_forgotten_and_others_kept(database: Database) -> None:
    enter(database)
    half = timedelta(minutes=30)
    with database.transaction() as connection:
        for name, seen, ends in (("idle", NOW - half, NOW + HOUR), ("over", NOW, NOW), ("lives", NOW, NOW + HOUR)):
            row = Session(name, "staff-1", (Factor.PASSWORD, Factor.TOTP), NOW - HOUR, seen, ends, "::1", "agent")
            sessions.open_session(connection, row)
        sessions.forget_ended(connection, NOW, half)
        assert [one.session_id for one in sessions.sessions_of(connection, "staff-1")] == ["lives"]
        assert sessions.session(connection, "lives").factors == (Factor.PASSWORD, Factor.TOTP)  # type: ignore[union-attr]


def test_one_openid_is_of_one_person(database: Database) -> None:
    enter(database)
    enter(database, Account("p", AccountKind.PERSON, "l", "l", "n"))
    with database.transaction() as connection:
        store.bind_wechat(connection, "openid", "p", NOW)
        for openid, account in (("openid", "staff-1"), ("another", "p")):
            with pytest.raises(Problem, match="WECHAT_BOUND"):
                store.bind_wechat(connection, openid, account, NOW)
        assert store.openid_of(connection, "p") == "openid"


@pytest.mark.parametrize("table", [tables.id_view, tables.account_event], ids=lambda table: str(table.name))
@pytest.mark.parametrize("change", [delete, lambda table: update(table).values(at="")])
def test_nobody_changes_what_was_journalled(database: Database, table: object, change: object) -> None:
    with database.transaction() as connection:
        account_journal.note(connection, "a", "logged_in", NOW, factors=["password"])
        account_journal.note_view(connection, "a", "360102199003070014", NOW, "核对")
    with pytest.raises(DBAPIError, match="only grow"), database.transaction() as connection:
        connection.execute(change(table))  # type: ignore[operator]
    with database.reading() as connection:
        assert account_journal.events_of(connection, "a")[0].facts == {"factors": ["password"]}
        assert account_journal.views_of(connection, "360102199003070014")[0].why == "核对"
