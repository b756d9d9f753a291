"""One natural person is one person for life: what is theirs goes over to a new ID number, the former stays an alias.

Journals, ledgers and signed documents keep the number they were written with. Every function works inside the
caller's transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Table, delete, insert, select, update

from signing_service.domain.accounts import AccountState
from signing_service.domain.dates import to_stored
from signing_service.domain.parties import Person
from signing_service.domain.viewer import AccountKind
from signing_service.storage import parties, tables

HELD_BY = (
    (tables.licence, "holder"), (tables.licence_view, "holder"), (tables.seal, "owner"), (tables.employment, "person"),
    (tables.project_lock, "person"), (tables.project, "leader"), (tables.section, "leader"), (tables.part, "party"),
    (tables.todo, "party"), (tables.message, "party"), (tables.real_name, "person"), (tables.party_alias, "person"),
)  # fmt: skip
"""Tables in which a person stands, and by which column."""


def current(connection: Connection, number: str) -> str:
    """The number under which somebody is known now; the same where it never changed."""
    alias = tables.party_alias
    return connection.scalar(select(alias.c.person).where(alias.c.number == number)) or number


def aliases_of(connection: Connection, person: str) -> list[str]:
    """Former numbers, the oldest first."""
    alias = tables.party_alias
    return list(connection.scalars(select(alias.c.number).where(alias.c.person == person).order_by(alias.c.since)))


def rekey(connection: Connection, old: str, new: str, dossier: str, at: datetime) -> None:
    """``new`` is real-named already; it takes over everything of ``old``, whose key signs no more.

    Raises Problem PERSON_NOT_FOUND when one of them is not in the register.
    """
    before, after = parties.load(connection, old), parties.load(connection, new)
    if not isinstance(before, Person) or not isinstance(after, Person):
        msg = "an organisation has no ID number"
        raise TypeError(msg)
    facts = {**before.facts, **after.facts, "aliases": [*before.facts.get("aliases", ()), old]}
    connection.execute(update(tables.party).where(tables.party.c.number == new).values(facts=facts, key_ref=None))
    connection.execute(delete(tables.next_key).where(tables.next_key.c.party == old))
    _rewrite_dossiers(connection, old, new)
    _rekey_accounts(connection, old, new)
    for table, column in HELD_BY:
        _move(connection, table, column, old, new)
    connection.execute(delete(tables.party).where(tables.party.c.number == old))
    connection.execute(insert(tables.party_alias).values(number=old, person=new, dossier=dossier, since=to_stored(at)))


def _move(connection: Connection, table: Table, column: str, old: str, new: str) -> None:
    connection.execute(update(table).where(table.c[column] == old).values({column: new}))


def _rewrite_dossiers(connection: Connection, old: str, new: str) -> None:
    dossier, part = tables.dossier, tables.part
    theirs = select(part.c.dossier).where(part.c.party == old)
    for row in connection.execute(select(dossier.c.number, dossier.c.parties).where(dossier.c.number.in_(theirs))):
        roles = {role: new if number == old else number for role, number in row.parties.items()}
        connection.execute(update(dossier).where(dossier.c.number == row.number).values(parties=roles))


def _rekey_accounts(connection: Connection, old: str, new: str) -> None:
    """Who logs in goes on under the new number; where the window has made an account under it already, the former is
    closed. An officer keeps the log-in, which is no ID number.
    """
    account = tables.account
    own = (account.c.kind == AccountKind.PERSON.value, account.c.login == new)
    if connection.scalar(select(account.c.account_id).where(*own)) is None:
        connection.execute(
            update(account)
            .where(account.c.kind == AccountKind.PERSON.value, account.c.party == old)
            .values(login=new, party=new)
        )
    else:
        connection.execute(
            update(account)
            .where(account.c.kind == AccountKind.PERSON.value, account.c.party == old)
            .values(state=AccountState.DISABLED.value)
        )
    connection.execute(update(account).where(account.c.person == old).values(person=new))
