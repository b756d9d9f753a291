"""Passwords: kept as Argon2id (RFC 9106), compared only after the try was counted, replaced before first use."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from signing_service.domain.accounts import Account, Event, refuse_weak_password
from signing_service.domain.dates import moments
from signing_service.domain.errors import Problem
from signing_service.storage import account_journal, sessions
from signing_service.storage import accounts as store
from signing_service.workflows.accounts.accounts import Accounts, Caller
from signing_service.workflows.accounts.tries import counted, forgotten, subject_of, tell_of_lock

# RFC 9106, 4: the cost of a guess; 19 MiB and two passes take some 20 ms
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

_NOBODY = _HASHER.hash("nobody has this password")
"""Compared with when there is no such account, so that the answer takes as long."""

_LEGIBLE = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def hashed(password: str) -> str:
    return _HASHER.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Takes the same time when nothing is kept."""
    try:
        _HASHER.verify(kept or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def known_of(account: Account) -> list[str]:
    """What others know of an account, and try first."""
    return [word for word in (account.name, account.login, account.party, account.person or "", account.mobile) if word]


def first_password(accounts: Accounts) -> str:
    """Twelve characters that are easily told apart on paper; it has to be replaced at the first log-in."""
    even = 256 - 256 % len(_LEGIBLE)  # every character as likely as any other
    while True:
        drawn = "".join(_LEGIBLE[byte % len(_LEGIBLE)] for byte in accounts.chance(64) if byte < even)[:12]
        kinds = (str.isdigit, str.isupper, str.islower)
        if len(drawn) == 12 and all(any(map(kind, drawn)) for kind in kinds):
            return drawn


def put(
    connection: Connection, accounts: Accounts, account: Account, password: str, *, must_change: bool = False
) -> None:
    """Raises Problem PASSWORD_WEAK."""
    refuse_weak_password(password, known_of(account))
    store.put_password(connection, account.account_id, hashed(password), accounts.clock(), must_change=must_change)


def replace(
    accounts: Accounts, account: Account, old: str, new: str, caller: Caller, *, keep_session: str = ""
) -> None:
    """By its owner, who shows the old one; every other session ends.

    Raises Problem LOGIN_REFUSED, ACCOUNT_LOCKED, PASSWORD_WEAK, PASSWORD_SAME.
    """
    refuse_weak_password(new, known_of(account))
    if new == old:
        raise Problem(
            "PASSWORD_SAME", "新密码不能与原密码相同，请另设。", "The new password is the old one: choose another."
        )
    lock = counted(accounts, subject_of(account.kind, account.login))
    with accounts.database.reading() as connection:
        kept = store.password_of(connection, account.account_id)
    if not matches(kept.hash if kept else None, old):
        tell_of_lock(accounts, account, lock)
        raise _old_is_wrong()
    fresh = hashed(new)
    with accounts.database.transaction() as connection:
        forgotten(connection, subject_of(account.kind, account.login))
        store.put_password(connection, account.account_id, fresh, accounts.clock(), must_change=False)
        was_changed(connection, accounts, account, caller, keep_session)


def was_changed(
    connection: Connection, accounts: Accounts, account: Account, caller: Caller, keep_session: str = "", by: str = ""
) -> None:
    """Journal it, end every other session, and tell the owner, who may not have been the one who did it."""
    now = accounts.clock()
    sessions.end_all(connection, account.account_id, keep_session)
    account_journal.note(connection, account.account_id, "password_changed", now, by=by, address=caller.address[:45])
    if account.reached_at.hint:
        accounts.messenger.tell(connection, account.reached_at, Event.PASSWORD_CHANGED, moments("time", now))


def _old_is_wrong() -> Problem:
    return Problem(
        "PASSWORD_WRONG",
        "原密码不正确，请重新输入；连续输错 5 次将锁定 15 分钟。",
        "The old password is not right: five wrong tries in a row lock the account for 15 minutes.",
        status=403,
    )
