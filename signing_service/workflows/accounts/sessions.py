"""Sessions: opened when somebody has shown who they are, known by a token that is kept as a hash, ended by idleness,
after a day's work, or by their owner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from signing_service.domain.accounts import (
    Account,
    AccountState,
    Due,
    Event,
    Factor,
    Rules,
    Session,
    due_first,
    login_required,
)
from signing_service.domain.dates import moments
from signing_service.domain.devices import device_named
from signing_service.domain.viewer import AccountKind, Viewer
from signing_service.storage import account_journal, parties
from signing_service.storage import accounts as store
from signing_service.storage import sessions as kept
from signing_service.workflows import matching
from signing_service.workflows.accounts.accounts import Accounts, Caller, hash_of

NOTED_EVERY = timedelta(minutes=1)
"""When a session was last used is written at most so often."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A session with whoever it belongs to, as it stands now."""

    session: Session
    account: Account
    viewer: Viewer
    due: Due | None
    """None: anything that the account may do."""


@dataclass(frozen=True, slots=True)
class Opened:
    token: str
    """For the cookie; nobody else is told."""
    visit: Visit


def open_for(
    connection: Connection, accounts: Accounts, account: Account, factors: tuple[Factor, ...], caller: Caller
) -> Opened:
    """A new token at every log-in, whatever the browser had before."""
    now = accounts.clock()
    kept.forget_ended(connection, now, accounts.rules.idle)
    token = accounts.token()
    session = Session(
        hash_of(token),
        account.account_id,
        factors,
        now,
        now,
        now + accounts.rules.absolute,
        caller.address[:45],
        caller.agent[:200],
    )
    kept.open_session(connection, session)
    if account.kind is AccountKind.PERSON and parties.find(connection, account.party):
        # what the register of before has of them is found at the first log-in, and asked for again at each
        matching.at_first_log_in(connection, account.party, now)
    shown, device = [factor.value for factor in factors], _device(account, caller)
    _tell_of_new_device(connection, accounts, account, caller, device)
    account_journal.note(
        connection, account.account_id, "logged_in", now, address=caller.address[:45], factors=shown, device=device
    )
    return Opened(token, _visit(connection, accounts.rules, session, account))


def _device(account: Account, caller: Caller) -> str:
    """Known again at the next log-in, and says nothing of who else uses the device."""
    return hash_of(f"{account.account_id}:{caller.device or caller.agent}")[:32]


def _tell_of_new_device(
    connection: Connection, accounts: Accounts, account: Account, caller: Caller, device: str
) -> None:
    """Its owner is told where the account was used before, and never with this device."""
    known = account_journal.devices_of(connection, account.account_id)
    if known and device not in known and account.reached_at.hint:
        facts = {**moments("time", accounts.clock()), "device": device_named(caller.agent)}
        accounts.messenger.tell(connection, account.reached_at, Event.NEW_LOGIN, facts)


def resume(accounts: Accounts, token: str) -> Visit | None:
    """Whoever bears the token; None when it is unknown, has ended, or the account is in use no more."""
    if not token:
        return None
    now, rules = accounts.clock(), accounts.rules
    with accounts.database.reading() as connection:
        session = kept.session(connection, hash_of(token))
        if session is None or not _lives(session, rules, now):
            return None
        account = store.find(connection, session.account_id)
        if account is None or account.state is not AccountState.ACTIVE:
            return None
        visit = _visit(connection, rules, session, account)
    if now - session.seen_at >= min(NOTED_EVERY, rules.idle / 2):
        with accounts.database.transaction() as connection:
            kept.seen(connection, session.session_id, now)
    return visit


def add_factors(accounts: Accounts, visit: Visit, factors: tuple[Factor, ...], caller: Caller) -> Opened:
    """Something more was shown: the session goes on under a new token, and ends no later than it would have.

    Raises Problem LOGIN_REQUIRED when it was ended meanwhile.
    """
    now = accounts.clock()
    token = accounts.token()
    shown = tuple(dict.fromkeys((*visit.session.factors, *factors)))
    session = replace(visit.session, session_id=hash_of(token), factors=shown, seen_at=now)
    with accounts.database.transaction() as connection:
        if not kept.end(connection, visit.session.session_id, visit.account.account_id):
            raise login_required()
        kept.open_session(connection, session)
        new, address = [factor.value for factor in factors], caller.address[:45]
        account_journal.note(connection, visit.account.account_id, "factor_shown", now, address=address, factors=new)
        return Opened(token, _visit(connection, accounts.rules, session, visit.account))


def log_out(accounts: Accounts, visit: Visit) -> None:
    end(accounts, visit.account, visit.session.session_id)


def listed(accounts: Accounts, account: Account) -> list[Session]:
    """Those that live, the newest first."""
    now = accounts.clock()
    with accounts.database.reading() as connection:
        found = kept.sessions_of(connection, account.account_id)
    return [one for one in found if _lives(one, accounts.rules, now)]


def end(accounts: Accounts, account: Account, session_id: str) -> None:
    """One of the account's own; of another's nothing is said and nothing done."""
    with accounts.database.transaction() as connection:
        if kept.end(connection, session_id, account.account_id):
            account_journal.note(connection, account.account_id, "session_ended", accounts.clock())


def end_others(accounts: Accounts, visit: Visit) -> None:
    with accounts.database.transaction() as connection:
        kept.end_all(connection, visit.account.account_id, visit.session.session_id)
        account_journal.note(connection, visit.account.account_id, "other_sessions_ended", accounts.clock())


def settled(visit: Visit | None) -> Viewer:
    """Raises Problem LOGIN_REQUIRED, LOGIN_UNFINISHED."""
    if visit is None:
        raise login_required()
    if visit.due is not None:
        raise due_first(visit.due)
    return visit.viewer


def refuse_before_factor(visit: Visit) -> None:
    """With the password alone nobody changes what protects the account. Raises Problem LOGIN_UNFINISHED."""
    if visit.due is Due.FACTOR:
        raise due_first(Due.FACTOR)


def _lives(session: Session, rules: Rules, now: datetime) -> bool:
    return now < session.ends_at and now - session.seen_at < rules.idle


def _visit(connection: Connection, rules: Rules, session: Session, account: Account) -> Visit:
    staff = account.kind is AccountKind.STAFF
    viewer = Viewer(
        account=account.account_id,
        kind=account.kind,
        party=account.party,
        name=account.name,
        region=account.region,
        grants=store.grants_of(connection, account.account_id) if staff else (),
        admin=account.admin,
        developer=account.developer,
    )
    return Visit(session, account, viewer, _due(connection, rules, account, frozenset(session.factors)))


def _due(connection: Connection, rules: Rules, account: Account, shown: frozenset[Factor]) -> Due | None:
    password = store.password_of(connection, account.account_id)
    must_change = Factor.PASSWORD in shown and password is not None and password.must_change
    match account.kind:
        case AccountKind.STAFF:
            has = store.has_second_factor(connection, account.account_id)
            if has and not shown & {Factor.TOTP, Factor.PASSKEY}:
                return Due.FACTOR
            if must_change:
                return Due.PASSWORD
            return Due.SET_UP if rules.staff_second_factor and not has else None
        case AccountKind.ENTERPRISE:
            if not shown & {Factor.CERT, Factor.CODE}:
                return Due.FACTOR
        case AccountKind.PERSON:
            pass
    return Due.PASSWORD if must_change else None
