"""Where an account is reached is changed by showing that the new mobile number is; both numbers are told."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from signing_service.domain.accounts import Event, Purpose, Recipient
from signing_service.domain.codes import Mobile
from signing_service.storage import account_journal
from signing_service.storage import accounts as store
from signing_service.workflows.accounts import codes
from signing_service.workflows.accounts.accounts import Accounts, Caller
from signing_service.workflows.accounts.sessions import Visit
from signing_service.workflows.accounts.tries import limit


def begin(accounts: Accounts, visit: Visit, mobile: str, caller: Caller) -> str:
    """A code to the new number; the hint says which, masked. Raises Problem MOBILE_INVALID, TOO_MANY."""
    number = str(Mobile.parse(mobile))
    limit(accounts, "code", visit.account.account_id, *codes.CODES_OF_A_HOLDER)
    limit(accounts, "code-address", caller.address, *codes.CODES_OF_AN_ADDRESS)
    to = Recipient(visit.account.name, mobile=number, party=visit.account.party)
    with accounts.database.transaction() as connection:
        codes.queue(connection, accounts, visit.account.account_id, to, Purpose.REACH, number)
    return to.hint


def finish(accounts: Accounts, visit: Visit, mobile: str, code: str, caller: Caller) -> None:
    """Raises Problem MOBILE_INVALID, CODE_REFUSED (also when the code went to another number)."""
    number = Mobile.parse(mobile)
    account = visit.account

    def put(connection: Connection) -> None:
        store.save(connection, replace(account, mobile=str(number)))
        now = accounts.clock()
        account_journal.note(connection, account.account_id, "mobile_changed", now, address=caller.address[:45])
        facts = {"what": "手机号", "what_en": "mobile number", "value": number.masked}
        for to in (account.reached_at, Recipient(account.name, mobile=str(number), party=account.party)):
            if to.hint:
                accounts.messenger.tell(connection, to, Event.CONTACT_CHANGED, facts)

    codes.check(accounts, account.account_id, Purpose.REACH, code, str(number), put)
