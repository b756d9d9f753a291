"""A 建设单位 registers itself and confirms its e-mail address by a link (domain text, §10.1, ``dev.register``).

    registered -> a link, 24 hours, good once -> confirmed: party and account      forgotten after 7 days

Whoever asks with an address that is known is answered as if it were new; the mailbox is told the truth.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection

from signing_service.domain.accounts import (
    LINK_LIFETIME,
    UNCONFIRMED_FOR,
    Account,
    AccountState,
    Event,
    check_email,
    refuse_weak_password,
)
from signing_service.domain.codes import IdNo, Mobile, PersonName, Uscc, clean_prose
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.errors import FieldError, Problem, refuse_all
from signing_service.domain.parties import ORGANISATION_NAME_LENGTH, Organisation, PartyKind
from signing_service.domain.viewer import AccountKind
from signing_service.storage import account_journal, parties, registrations
from signing_service.storage import accounts as store
from signing_service.workflows.accounts import passwords
from signing_service.workflows.accounts.accounts import Accounts, Caller, hash_of
from signing_service.workflows.accounts.clerks import login_format
from signing_service.workflows.accounts.tries import limit, over_limit

CONFIRM = "/platform/developer/confirm"
RECOVER = "/platform/recover"
REGISTRATIONS_OF_AN_ADDRESS = 10, timedelta(hours=1)
LINKS_OF_A_MAILBOX = 5, timedelta(days=1)
LARGEST_SCAN = 5 * 1024 * 1024
_LOGIN = re.compile(r"[A-Za-z0-9_]{6,20}")
_SCANS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-")


@dataclass(frozen=True, slots=True)
class Application:
    """As it was typed."""

    uscc: str
    name: str
    kind: str
    """单位类型"""
    representative: str
    representative_id: str
    address: str
    contact: str
    mobile: str
    email: str
    login: str
    password: str
    scan: bytes
    """Of the business licence: JPEG, PNG or PDF."""


def register(accounts: Accounts, asked: Application, caller: Caller) -> None:
    """Raises Problem FIELDS_INVALID (every field at once), PASSWORD_WEAK, FILE_TYPE, FILE_SIZE, ORG_EXISTS, LOGIN_TAKEN,
    TOO_MANY. An address that is known raises nothing.
    """
    limit(accounts, "register", caller.address, *REGISTRATIONS_OF_AN_ADDRESS)
    typed = _read(accounts, asked)
    refuse_weak_password(asked.password, [typed["name"], typed["uscc"], asked.login, typed["mobile"]])
    _refuse_scan(asked.scan)
    scan = accounts.blobs.put(asked.scan) if accounts.blobs else ""
    kept = passwords.hashed(asked.password)
    silent = over_limit(accounts.database, accounts, "link", typed["email"].casefold(), *LINKS_OF_A_MAILBOX)
    account = Account(
        accounts.new_id("developer"),
        AccountKind.ENTERPRISE,
        asked.login,
        typed["uscc"],
        typed["name"],
        mobile=typed["mobile"],
        email=typed["email"],
        developer=True,
        state=AccountState.UNCONFIRMED,
    )
    with accounts.database.transaction() as connection:
        _forget_old(connection, accounts)
        known = store.by_email(connection, typed["email"])
        if known is not None and known.state is AccountState.ACTIVE:
            if not silent:
                _tell(connection, accounts, known, f"{caller.origin}{RECOVER}", "找回密码", "recover the password")
            return
        _refuse_known_organisation(connection, typed["uscc"])
        # an earlier one that nobody confirmed makes room: it may have been somebody else's
        for former in _unconfirmed(connection, typed["uscc"], known):
            store.forget(connection, former.account_id)
        store.add(connection, account, account.account_id, accounts.clock())
        store.put_password(connection, account.account_id, kept, accounts.clock(), must_change=False)
        address = caller.address[:45]
        account_journal.note(connection, account.account_id, "registered", accounts.clock(), address=address)
        facts = {name: typed[name] for name in ("representative", "representative_id", "address", "contact")}
        _link(connection, accounts, account, {**facts, "kind": asked.kind[:40], "scan": scan}, caller, silent=silent)


def send_again(accounts: Accounts, email: str, caller: Caller) -> None:
    """A new link, the former is void. Silent when nothing waits for this address, or after five in a day."""
    limit(accounts, "register", caller.address, *REGISTRATIONS_OF_AN_ADDRESS)
    address = check_email(email)
    if over_limit(accounts.database, accounts, "link", address.casefold(), *LINKS_OF_A_MAILBOX):
        return
    with accounts.database.transaction() as connection:
        account = store.by_email(connection, address)
        if account is None or account.state is not AccountState.UNCONFIRMED:
            return
        facts = registrations.facts_of(connection, account.account_id)
        _link(connection, accounts, account, facts, caller)


def confirm(accounts: Accounts, token: str, caller: Caller) -> Account:
    """Raises Problem LINK_REFUSED: unknown, used, replaced, or older than 24 hours; ORG_EXISTS."""
    now = accounts.clock()
    with accounts.database.transaction() as connection:
        found = registrations.take(connection, hash_of(token), now)
        account = store.find(connection, found.account_id) if found else None
        if found is None or account is None or account.state is not AccountState.UNCONFIRMED:
            raise link_refused()
        _refuse_known_organisation(connection, account.party)
        store.save(connection, replace(account, state=AccountState.ACTIVE))
        if parties.find(connection, account.party) is None:
            facts = {**found.facts, "mobile": account.mobile, "email": account.email, "developer": True}
            parties.put(
                connection, Organisation(PartyKind.ENTERPRISE, Uscc(account.party), account.name, None, None, facts)
            )
        account_journal.note(connection, account.account_id, "confirmed", now, address=caller.address[:45])
        return account


def forget_unconfirmed(accounts: Accounts) -> int:
    """How many were older than seven days."""
    with accounts.database.transaction() as connection:
        return _forget_old(connection, accounts)


def link_refused() -> Problem:
    return Problem(
        "LINK_REFUSED",
        "链接无效、已使用或已超过 24 小时；请在注册页重新发送验证邮件。",
        "The link is unknown, used, or older than 24 hours: have it sent again on the registration page.",
        status=410,
    )


def _forget_old(connection: Connection, accounts: Accounts) -> int:
    old = store.unconfirmed_before(connection, accounts.clock() - UNCONFIRMED_FOR)
    for account in old:
        store.forget(connection, account.account_id)
    return len(old)


def _unconfirmed(connection: Connection, uscc: str, same_mailbox: Account | None) -> list[Account]:
    found = store.of_party(connection, AccountKind.ENTERPRISE, uscc)
    waiting = {one.account_id: one for one in found if one.state is AccountState.UNCONFIRMED}
    if same_mailbox is not None:
        waiting[same_mailbox.account_id] = same_mailbox
    return list(waiting.values())


def _refuse_known_organisation(connection: Connection, uscc: str) -> None:
    active = store.of_party(connection, AccountKind.ENTERPRISE, uscc)
    if any(one.state is AccountState.ACTIVE for one in active):
        raise Problem(
            "ORG_EXISTS",
            "该统一社会信用代码已注册，请直接登录；忘记密码可点“找回密码”。",
            "This organisation is registered already: log in, or recover the password.",
            status=409,
        )


def _link(
    connection: Connection,
    accounts: Accounts,
    account: Account,
    facts: dict[str, str],
    caller: Caller,
    *,
    silent: bool = False,
) -> None:
    token = accounts.token()
    until = accounts.clock() + LINK_LIFETIME
    registrations.put(connection, account.account_id, hash_of(token), facts, until)
    if not silent:
        _tell(connection, accounts, account, f"{caller.origin}{CONFIRM}?token={token}", "邮箱验证", "registration")


def _tell(connection: Connection, accounts: Accounts, account: Account, link: str, zh: str, en: str) -> None:
    hours = str(LINK_LIFETIME // timedelta(hours=1))
    to = replace(account.reached_at, mobile="")
    facts = {"link": link, "purpose": zh, "purpose_en": en, "hours": hours}
    accounts.messenger.tell(connection, to, Event.LINK, facts)


def _read(accounts: Accounts, asked: Application) -> dict[str, str]:
    today = day_in_shanghai(accounts.clock())
    parsers: dict[str, Callable[[], str]] = {
        "uscc": lambda: Uscc.parse(asked.uscc),
        "name": lambda: _named(asked.name),
        "representative": lambda: PersonName.parse(asked.representative),
        "representative_id": lambda: IdNo.parse(asked.representative_id, today, minimum_age=18),
        "address": lambda: _said(asked.address),
        "contact": lambda: PersonName.parse(asked.contact),
        "mobile": lambda: Mobile.parse(asked.mobile),
        "email": lambda: check_email(asked.email),
    }
    typed: dict[str, str] = {}
    errors: list[FieldError] = []
    for field, parse in parsers.items():
        try:
            typed[field] = str(parse())
        except Problem as problem:
            errors.append(FieldError(field, problem.code, problem.zh, problem.en))
    if not _LOGIN.fullmatch(asked.login):
        errors.append(login_format())
    refuse_all(errors)
    return typed


def _named(text: str) -> str:
    name = clean_prose(text)
    if len(name) not in ORGANISATION_NAME_LENGTH or "\n" in name:
        raise Problem(
            "NAME_INVALID",
            "单位名称应为 2 至 120 个字，请按营业执照填写登记全称。",
            "An organisation's name has 2 to 120 characters: copy it in full from the business licence.",
        )
    return name


def _said(text: str) -> str:
    said = clean_prose(text)
    if not said or len(said) > 200:
        raise Problem("TEXT_LENGTH", "请填写，不超过 200 字。", "Say something here, in 200 characters at most.")
    return said


def _refuse_scan(scan: bytes) -> None:
    if len(scan) > LARGEST_SCAN:
        raise Problem(
            "FILE_SIZE", "营业执照扫描件不得超过 5 MB。", "The scan of the business licence has 5 MB at most."
        )
    if not scan.startswith(_SCANS):
        raise Problem(
            "FILE_TYPE",
            "请上传营业执照扫描件（JPG、PNG 或 PDF）。",
            "Add a scan of the business licence: JPEG, PNG or PDF.",
        )
