"""Wrong tries and haste: a try is counted, and the lock it would bring is written, before anything is compared.

Of many tries at the same moment none is free, and a process that dies has not forgotten its try. What does not exist is
counted like what does, so a lock says nothing of who has an account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from signing_service.domain import accounts as rules
from signing_service.domain.accounts import Account
from signing_service.domain.dates import moments
from signing_service.domain.viewer import AccountKind
from signing_service.storage import sessions
from signing_service.storage.database import Database
from signing_service.workflows.accounts.accounts import Accounts, hash_of

LOG_INS_OF_AN_ADDRESS = 60, timedelta(minutes=10)
"""Most that one address may try; many people share one behind an office's router."""


def subject_of(kind: AccountKind, login: str) -> str:
    return f"password:{hash_of(f'{kind.value}:{login}')}"


@dataclass(frozen=True, slots=True)
class Lock:
    """What this try costs, should it be wrong."""

    tries: int
    until: datetime | None
    """None: nothing is locked yet."""


def counted(accounts: Accounts, subject: str) -> Lock:
    """Raises Problem ACCOUNT_LOCKED. The caller compares next, and calls ``forgotten`` when it was right,
    ``tell_of_lock`` when it was not.
    """
    now = accounts.clock()
    with accounts.database.transaction() as connection:
        state = sessions.attempts(connection, subject)
        locked = state.locked_until is not None and now < state.locked_until
        lock = Lock(state.tries + 1, rules.locked_until(state.tries + 1, now))
        if not locked:
            sessions.count_attempt(connection, subject, lock.tries, lock.until)
    if locked and state.locked_until is not None:
        raise rules.is_locked(state.locked_until)
    return lock


def tell_of_lock(accounts: Accounts, account: Account, lock: Lock) -> None:
    """The owner learns of the first lock in a row, and is not called up by whoever goes on trying."""
    if lock.until is None or lock.tries != rules.TRIES or not account.reached_at.hint:
        return
    with accounts.database.transaction() as connection:
        accounts.messenger.tell(connection, account.reached_at, rules.Event.LOCKED, moments("until", lock.until))


def forgotten(connection: Connection, subject: str) -> None:
    sessions.clear_attempts(connection, subject)


def limit(accounts: Accounts, what: str, who: str, most: int, window: timedelta) -> None:
    """At most ``most`` in any ``window``, refused ones included. Raises Problem TOO_MANY.

    In a transaction of its own, so that what is refused afterwards has been counted too.
    """
    if over_limit(accounts.database, accounts, what, who, most, window):
        raise rules.too_many()


def over_limit(database: Database, accounts: Accounts, what: str, who: str, most: int, window: timedelta) -> bool:
    """As ``limit``, for who has to answer the same whether it is too much or not."""
    with database.transaction() as connection:
        return sessions.hit(connection, f"{what}:{hash_of(who)[:40]}", window, accounts.clock()) > most
