"""Several clerks of one enterprise, each with an account of the own: made and ended by the enterprise's own account."""

from __future__ import annotations

import re
from dataclasses import dataclass

from signing_service.domain.accounts import Account, AccountState, Event, not_allowed
from signing_service.domain.codes import IdNo, Mobile
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.errors import FieldError, Problem, refuse_all
from signing_service.domain.viewer import AccountKind
from signing_service.storage import account_journal, real_names, sessions
from signing_service.storage import accounts as store
from signing_service.workflows.accounts import passwords
from signing_service.workflows.accounts.accounts import Accounts, Caller
from signing_service.workflows.accounts.sessions import Visit

_LOGIN = re.compile(r"[A-Za-z][A-Za-z0-9_]{5,19}")
MOST_CLERKS = 50


@dataclass(frozen=True, slots=True)
class NewClerk:
    account: Account
    password: str
    """The first one; told once."""


def make(accounts: Accounts, by: Visit, login: str, id_no: str, mobile: str, caller: Caller) -> NewClerk:
    """Raises Problem NOT_ALLOWED (a clerk makes none), FIELDS_INVALID, NOT_REALNAMED, LOGIN_TAKEN, TOO_MANY_CLERKS."""
    enterprise = _enterprise(by)
    person, reached = _read(accounts, login, id_no, mobile)
    password = passwords.first_password(accounts)
    clerk = Account(
        accounts.new_id("clerk"),
        AccountKind.ENTERPRISE,
        login,
        enterprise.party,
        enterprise.name,
        person=person,
        mobile=reached,
        developer=enterprise.developer,
    )
    now = accounts.clock()
    with accounts.database.transaction() as connection:
        if real_names.of_person(connection, person) is None:
            raise Problem(
                "NOT_REALNAMED",
                "该身份证号尚未实名登记，请本人先持身份证原件到窗口办理。",
                "This ID number is not real-named: the person goes to a window with the card first.",
                status=412,
            )
        others = store.of_party(connection, AccountKind.ENTERPRISE, enterprise.party)
        if sum(one.state is AccountState.ACTIVE for one in others) > MOST_CLERKS:
            raise Problem(
                "TOO_MANY_CLERKS",
                "经办人账号已达 50 个，请先停用不再使用的账号。",
                "There are fifty accounts of clerks: end those that are not used.",
                status=409,
            )
        store.add(connection, clerk, enterprise.account_id, now)
        store.put_password(connection, clerk.account_id, passwords.hashed(password), now, must_change=True)
        account_journal.note(
            connection, clerk.account_id, "made", now, by=enterprise.account_id, address=caller.address[:45]
        )
        accounts.messenger.tell(connection, clerk.reached_at, Event.OPENED, {"login": login})
    return NewClerk(clerk, password)


def listed(accounts: Accounts, by: Visit) -> list[Account]:
    """Those in use, the enterprise's own account left out."""
    enterprise = _enterprise(by)
    with accounts.database.reading() as connection:
        found = store.of_party(connection, AccountKind.ENTERPRISE, enterprise.party)
    return [one for one in found if one.state is AccountState.ACTIVE and one.account_id != enterprise.account_id]


def end(accounts: Accounts, by: Visit, account_id: str, caller: Caller) -> None:
    """Out at once. Raises Problem NOT_ALLOWED, ACCOUNT_UNKNOWN (also of another enterprise's clerk)."""
    enterprise = _enterprise(by)
    with accounts.database.transaction() as connection:
        clerk = store.find(connection, account_id)
        if clerk is None or clerk.party != enterprise.party or clerk.account_id == enterprise.account_id:
            raise Problem(
                "ACCOUNT_UNKNOWN",
                "本企业没有这个经办人账号，请从列表中选择。",
                "Your enterprise has no such clerk: choose one from the list.",
                status=404,
            )
        store.save(connection, store.disabled(clerk))
        sessions.end_all(connection, account_id)
        account_journal.note(
            connection, account_id, "disabled", accounts.clock(), by=enterprise.account_id, address=caller.address[:45]
        )


def is_own_account(account: Account) -> bool:
    """The enterprise's, and not that of one of its clerks, who are named by their ID number."""
    return account.kind is AccountKind.ENTERPRISE and account.person is None


def _enterprise(by: Visit) -> Account:
    account = by.account
    if not is_own_account(account):
        raise not_allowed()
    return account


def _read(accounts: Accounts, login: str, id_no: str, mobile: str) -> tuple[str, str]:
    errors: list[FieldError] = []
    person = reached = ""
    try:
        person = str(IdNo.parse(id_no, day_in_shanghai(accounts.clock()), minimum_age=18))
    except Problem as problem:
        errors.append(FieldError("id_no", problem.code, problem.zh, problem.en))
    try:
        reached = str(Mobile.parse(mobile))
    except Problem as problem:
        errors.append(FieldError("mobile", problem.code, problem.zh, problem.en))
    if not _LOGIN.fullmatch(login):
        errors.append(login_format())
    refuse_all(errors)
    return person, reached


def login_format() -> FieldError:
    return FieldError(
        "login",
        "LOGIN_FORMAT",
        "登录名为 6 至 20 位字母、数字或下划线，以字母开头。",
        "A log-in name has 6 to 20 letters, digits or underscores and begins with a letter.",
    )
