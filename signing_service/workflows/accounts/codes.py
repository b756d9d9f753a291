"""One-time codes: six digits, five minutes, five tries, one purpose. Stored as a keyed hash in the transaction that
queues the message, used up when right.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection

from signing_service.domain.accounts import (
    CODE_DIGITS,
    CODE_LIFETIME,
    PURPOSES,
    Account,
    Event,
    Purpose,
    Recipient,
    code_refused,
)
from signing_service.domain.errors import Problem
from signing_service.storage import sessions
from signing_service.workflows.accounts.accounts import Accounts, Caller
from signing_service.workflows.accounts.tries import limit

CODES_OF_A_HOLDER = 5, timedelta(minutes=15)
CODES_OF_AN_ADDRESS = 30, timedelta(minutes=15)


def send(accounts: Accounts, account: Account, purpose: Purpose, caller: Caller, subject: str = "") -> str:
    """To where the account is reached; the hint says where, masked. Raises Problem TOO_MANY, NOT_REACHABLE."""
    to = account.reached_at
    if not to.hint:
        raise Problem(
            "NOT_REACHABLE",
            "该账号未登记手机号或邮箱，无法发送验证码；请持证件到窗口登记。",
            "No mobile number or e-mail address is registered for this account: have one registered at a window.",
            status=409,
        )
    limit(accounts, "code", account.account_id, *CODES_OF_A_HOLDER)
    limit(accounts, "code-address", caller.address, *CODES_OF_AN_ADDRESS)
    with accounts.database.transaction() as connection:
        queue(connection, accounts, account.account_id, to, purpose, subject)
    return to.hint


def queue(
    connection: Connection, accounts: Accounts, holder: str, to: Recipient, purpose: Purpose, subject: str = ""
) -> None:
    """The code and its message, in the caller's transaction; the codes sent before of the same purpose count no more."""
    number = int.from_bytes(accounts.chance(16)) % 10**CODE_DIGITS
    code = f"{number:0{CODE_DIGITS}d}"
    hashed = accounts.keyed("code", holder, purpose.value, subject, code)
    sessions.put_code(connection, holder, purpose.value, subject, hashed, accounts.clock() + CODE_LIFETIME)
    zh, en = PURPOSES[purpose]
    facts = {"code": code, "purpose": zh, "purpose_en": en, "minutes": str(CODE_LIFETIME // timedelta(minutes=1))}
    if to.hint:
        accounts.messenger.tell(connection, to, Event.CODE, facts)


def check(
    accounts: Accounts,
    holder: str,
    purpose: Purpose,
    code: str,
    subject: str = "",
    then: Callable[[Connection], None] = lambda _connection: None,
) -> None:
    """Use the code up, and do what it opens in the same transaction: what ``then`` refuses leaves the code as it was.

    Raises Problem CODE_REFUSED: wrong, used, too old, tried too often, or for something else.
    """
    now = accounts.clock()
    with accounts.database.transaction() as connection:
        kept = sessions.try_code(connection, holder, purpose.value, subject, now)
    told = accounts.keyed("code", holder, purpose.value, subject, code.strip())
    if kept is None or not hmac.compare_digest(kept, told):
        raise code_refused()
    with accounts.database.transaction() as connection:
        if not sessions.use_code(connection, holder, purpose.value, subject, kept):
            raise code_refused()
        then(connection)
