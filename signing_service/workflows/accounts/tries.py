"""Wrong tries and haste: a try is counted, and the lock it would bring is written, before anything is compared.

Of many tries at the same moment none is free, and a process that dies has not forgotten its try. What does not exist is
counted like what does, so a lock says nothing of who has an account.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from signing_service.domain import accounts as rules
from signing_service.domain.viewer import AccountKind
from signing_service.storage import sessions
from signing_service.storage.database import Database
from signing_service.workflows.accounts.accounts import Accounts, hash_of

LOG_INS_OF_AN_ADDRESS = 60, timedelta(minutes=10)
"""Most that one address may try; many people share one behind an office's router."""


def subject_of(kind: AccountKind, login: str) -> str:
    return f"password:{hash_of(f'{kind.value}:{login}')}"


def counted(accounts: Accounts, subject: str) -> None:
    """Raises Problem ACCOUNT_LOCKED. The caller compares next, and calls ``forgotten`` when it was right."""
    now = accounts.clock()
    with accounts.database.transaction() as connection:
        state = sessions.attempts(connection, subject)
        locked = state.locked_until is not None and now < state.locked_until
        if not locked:
            tries = state.tries + 1
            sessions.count_attempt(connection, subject, tries, rules.locked_until(tries, now))
    if locked and state.locked_until is not None:
        raise rules.is_locked(state.locked_until)


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
