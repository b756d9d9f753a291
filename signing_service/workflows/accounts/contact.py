"""Where an account is reached is changed by showing that the new mobile number is; both numbers are told."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from signing_service.domain.accounts import Account, Event, Purpose
from signing_service.domain.codes import Mobile
from signing_service.domain.viewer import AccountKind
from signing_service.storage import account_journal, parties
from signing_service.storage import accounts as store
from signing_service.workflows.accounts import codes
from signing_service.workflows.accounts.accounts import Accounts, Caller
from signing_service.workflows.accounts.clerks import is_own_account
from signing_service.workflows.accounts.sessions import Visit
from signing_service.workflows.accounts.tries import limit


def begin(accounts: Accounts, visit: Visit, mobile: str, caller: Caller) -> str:
    """A code to the new number; the hint says which, masked. Raises Problem MOBILE_INVALID, TOO_MANY."""
    number = str(Mobile.parse(mobile))
    limit(accounts, "code", visit.account.account_id, *codes.CODES_OF_A_HOLDER)
    limit(accounts, "code-address", caller.address, *codes.CODES_OF_AN_ADDRESS)
    to = replace(visit.account.reached_at, mobile=number)
    with accounts.database.transaction() as connection:
        codes.queue(connection, accounts, visit.account.account_id, to, Purpose.REACH, number)
    return to.hint


def finish(accounts: Accounts, visit: Visit, mobile: str, code: str, caller: Caller) -> None:
    """Raises Problem MOBILE_INVALID, CODE_REFUSED (also when the code went to another number)."""
    number = Mobile.parse(mobile)
    account = visit.account

    def put(connection: Connection) -> None:
        store.save(connection, replace(account, mobile=str(number)))
        parties.know(connection, account.party, own_facts(account, mobile=str(number)))
        now = accounts.clock()
        account_journal.note(connection, account.account_id, "mobile_changed", now, address=caller.address[:45])
        facts = {"what": "手机号", "what_en": "mobile number", "value": number.masked}
        for to in (account.reached_at, replace(account.reached_at, mobile=str(number))):
            if to.hint:
                accounts.messenger.tell(connection, to, Event.CONTACT_CHANGED, facts)

    codes.check(accounts, account.account_id, Purpose.REACH, code, str(number), put)


def own_facts(account: Account, **facts: str) -> dict[str, str]:
    """What the party is reached by, too: of a person, and of an enterprise by its own account. A clerk's number and
    an officer's are theirs alone.
    """
    return facts if account.kind is AccountKind.PERSON or is_own_account(account) else {}
