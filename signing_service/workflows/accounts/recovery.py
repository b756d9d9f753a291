"""Somebody has forgotten the password: a code to where the account is reached, then a new password.

Whoever asks is answered the same, whether there is such an account or not, and the same work is done for it.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from signing_service.domain.accounts import Account, AccountState, Purpose, Recipient, refuse_weak_password
from signing_service.domain.viewer import AccountKind
from signing_service.storage import accounts as store
from signing_service.workflows.accounts import codes, passwords
from signing_service.workflows.accounts.accounts import Accounts, Caller
from signing_service.workflows.accounts.log_in import log_in_name
from signing_service.workflows.accounts.tries import forgotten, limit, subject_of

OF_A_LOGIN = 5, timedelta(hours=1)
OF_AN_ADDRESS = 20, timedelta(hours=1)


def begin(accounts: Accounts, kind: AccountKind, login: str, caller: Caller) -> None:
    """Raises Problem TOO_MANY, also for what does not exist."""
    name = log_in_name(kind, login)
    limit(accounts, "recover", f"{kind.value}:{name}", *OF_A_LOGIN)
    limit(accounts, "recover-address", caller.address, *OF_AN_ADDRESS)
    with accounts.database.transaction() as connection:
        account = _usable(store.by_login(connection, kind, name))
        to = account.reached_at if account else Recipient("")
        codes.queue(connection, accounts, _holder(accounts, kind, name), to, Purpose.RECOVER)


def finish(accounts: Accounts, kind: AccountKind, login: str, code: str, password: str, caller: Caller) -> None:
    """Every session ends, and locks with them. Raises Problem CODE_REFUSED, PASSWORD_WEAK (the code stays good)."""
    name = log_in_name(kind, login)
    refuse_weak_password(password, [name])
    kept = passwords.hashed(password)

    def put(connection: Connection) -> None:
        account = _usable(store.by_login(connection, kind, name))
        if account is None:
            return
        refuse_weak_password(password, passwords.known_of(account))
        store.put_password(connection, account.account_id, kept, accounts.clock(), must_change=False)
        forgotten(connection, subject_of(kind, name))
        passwords.was_changed(connection, accounts, account, caller)

    codes.check(accounts, _holder(accounts, kind, name), Purpose.RECOVER, code, then=put)


def _holder(accounts: Accounts, kind: AccountKind, name: str) -> str:
    return accounts.keyed("recover", kind.value, name)


def _usable(account: Account | None) -> Account | None:
    return account if account is not None and account.state is AccountState.ACTIVE else None
