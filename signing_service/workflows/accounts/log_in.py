"""Somebody logs in with name and password, and shows a second factor where one is due."""

from __future__ import annotations

from signing_service.domain.accounts import Account, AccountState, Due, Factor, Purpose, log_in_refused
from signing_service.domain.codes import clean
from signing_service.domain.errors import Problem
from signing_service.domain.viewer import AccountKind
from signing_service.storage import account_journal
from signing_service.storage import accounts as store
from signing_service.workflows.accounts import codes, passwords, sessions
from signing_service.workflows.accounts.accounts import Accounts, Caller
from signing_service.workflows.accounts.sessions import Opened, Visit
from signing_service.workflows.accounts.tries import (
    LOG_INS_OF_AN_ADDRESS,
    Lock,
    counted,
    forgotten,
    limit,
    subject_of,
    tell_of_lock,
)


def by_password(accounts: Accounts, kind: AccountKind, login: str, password: str, caller: Caller) -> Opened:
    """Raises Problem LOGIN_REFUSED (one answer, whatever does not match), ACCOUNT_LOCKED, TOO_MANY."""
    name = log_in_name(kind, login)
    limit(accounts, "log-in", caller.address, *LOG_INS_OF_AN_ADDRESS)
    subject = subject_of(kind, name)
    lock = counted(accounts, subject)
    with accounts.database.reading() as connection:
        account = store.by_login(connection, kind, name)
        kept = store.password_of(connection, account.account_id) if account else None
    right = passwords.matches(kept.hash if kept else None, password)
    if account is None or not right or account.state is not AccountState.ACTIVE:
        _note_refusal(accounts, account, caller, lock)
        raise log_in_refused()
    with accounts.database.transaction() as connection:
        forgotten(connection, subject)
        return sessions.open_for(connection, accounts, account, (Factor.PASSWORD,), caller)


def log_in_name(kind: AccountKind, text: str) -> str:
    """As it is kept: the numbers of people and enterprises in capitals, officers' names as they are. Raises Problem LOGIN_REFUSED for what can be neither."""
    try:
        name = clean(text)
    except Problem:
        raise log_in_refused() from None
    return name.upper() if len(name) == 18 and kind is not AccountKind.STAFF else name


def send_code(accounts: Accounts, visit: Visit, caller: Caller) -> str:
    """The second factor of an enterprise, to where it is reached; the hint says where. As ``codes.send``."""
    if visit.account.kind is not AccountKind.ENTERPRISE or visit.due is not Due.FACTOR:
        raise log_in_refused()
    return codes.send(accounts, visit.account, Purpose.LOG_IN, caller)


def by_code(accounts: Accounts, visit: Visit, code: str, caller: Caller) -> Opened:
    """Raises Problem CODE_REFUSED."""
    codes.check(accounts, visit.account.account_id, Purpose.LOG_IN, code)
    return sessions.add_factors(accounts, visit, (Factor.CODE,), caller)


def _note_refusal(accounts: Accounts, account: Account | None, caller: Caller, lock: Lock) -> None:
    if account is None:
        return
    tell_of_lock(accounts, account, lock)
    with accounts.database.transaction() as connection:
        account_journal.note(
            connection, account.account_id, "log_in_refused", accounts.clock(), address=caller.address[:45]
        )
