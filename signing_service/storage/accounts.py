"""Accounts with their passwords, second factors and permissions. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from signing_service.domain.accounts import Account, AccountState
from signing_service.domain.codes import Region
from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.errors import Problem
from signing_service.domain.staff import Grant, Level
from signing_service.domain.viewer import AccountKind, Admin
from signing_service.storage import tables


@dataclass(frozen=True, slots=True)
class Password:
    hash: str
    must_change: bool


@dataclass(frozen=True, slots=True)
class Totp:
    secret: str
    """As it is kept: encrypted."""
    last_step: int
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Passkey:
    credential_id: str
    account_id: str
    public_key: bytes
    sign_count: int
    label: str
    made_at: datetime


# ---- accounts


def add(connection: Connection, account: Account, by: str, at: datetime) -> None:
    """Raises Problem LOGIN_TAKEN, also for an ID number that is an officer already."""
    try:
        with connection.begin_nested():
            connection.execute(insert(tables.account).values(**_values(account), made_at=to_stored(at), made_by=by))
    except IntegrityError:
        raise Problem(
            "LOGIN_TAKEN",
            "该登录名或身份证号已有账号；已是其他单位工作人员的，须先由原单位停用其账号。",
            "There is an account with this log-in name or ID number; an officer elsewhere has to be released there first.",
            status=409,
        ) from None


def save(connection: Connection, account: Account) -> None:
    table = tables.account
    connection.execute(update(table).where(table.c.account_id == account.account_id).values(**_values(account)))


def find(connection: Connection, account_id: str) -> Account | None:
    return _first(connection, tables.account.c.account_id == account_id)


def by_login(connection: Connection, kind: AccountKind, login: str) -> Account | None:
    return _first(connection, (tables.account.c.kind == kind.value) & (tables.account.c.login == login))


def of_party(connection: Connection, kind: AccountKind, party: str) -> list[Account]:
    table = tables.account
    query = select(table).where(table.c.kind == kind.value, table.c.party == party).order_by(table.c.made_at)
    return [_account(row) for row in connection.execute(query).mappings()]


def by_email(connection: Connection, email: str) -> Account | None:
    """One that is in use."""
    return _first(
        connection, (tables.account.c.email == email) & (tables.account.c.state != AccountState.DISABLED.value)
    )


def officers(connection: Connection) -> list[Account]:
    """Every account of an authority, disabled ones included, by region and name."""
    table = tables.account
    query = select(table).where(table.c.kind == AccountKind.STAFF.value).order_by(table.c.region, table.c.login)
    return [_account(row) for row in connection.execute(query).mappings()]


def officer_of(connection: Connection, person: str) -> Account | None:
    """The one account in which this ID number is an officer now."""
    table = tables.account
    return _first(
        connection,
        (table.c.person == person)
        & (table.c.kind == AccountKind.STAFF.value)
        & (table.c.state == AccountState.ACTIVE.value),
    )


def unconfirmed_before(connection: Connection, moment: datetime) -> list[Account]:
    table = tables.account
    old = (table.c.state == AccountState.UNCONFIRMED.value) & (table.c.made_at < to_stored(moment))
    return [_account(row) for row in connection.execute(select(table).where(old)).mappings()]


def forget(connection: Connection, account_id: str) -> None:
    """Of a registration that nobody confirmed: as if it had never been. What was journalled stays."""
    for table in (tables.registration, tables.password, tables.session, tables.account):
        connection.execute(delete(table).where(table.c.account_id == account_id))


def _first(connection: Connection, condition: Any) -> Account | None:
    row = connection.execute(select(tables.account).where(condition)).mappings().first()
    return _account(row) if row else None


def _account(row: RowMapping) -> Account:
    return Account(
        account_id=row["account_id"],
        kind=AccountKind(row["kind"]),
        login=row["login"],
        party=row["party"],
        name=row["name"],
        person=row["person"],
        mobile=row["mobile"],
        email=row["email"],
        region=Region(row["region"]) if row["region"] else None,
        dept=row["dept"],
        post=row["post"],
        admin=Admin(row["admin"]) if row["admin"] else None,
        developer=bool(row["developer"]),
        state=AccountState(row["state"]),
    )


def _values(account: Account) -> dict[str, Any]:
    return {
        "account_id": account.account_id,
        "kind": account.kind.value,
        "login": account.login,
        "party": account.party,
        "name": account.name,
        "person": account.person,
        "mobile": account.mobile,
        "email": account.email,
        "region": str(account.region) if account.region else None,
        "dept": account.dept,
        "post": account.post,
        "admin": account.admin.value if account.admin else None,
        "developer": int(account.developer),
        "state": account.state.value,
    }


# ---- passwords


def password_of(connection: Connection, account_id: str) -> Password | None:
    row = connection.execute(select(tables.password).where(tables.password.c.account_id == account_id)).first()
    return Password(row.hash, bool(row.must_change)) if row else None


def put_password(connection: Connection, account_id: str, hashed: str, at: datetime, *, must_change: bool) -> None:
    """In place of the one before."""
    table = tables.password
    connection.execute(delete(table).where(table.c.account_id == account_id))
    connection.execute(
        insert(table).values(account_id=account_id, hash=hashed, must_change=int(must_change), set_at=to_stored(at))
    )


# ---- second factors


def totp_of(connection: Connection, account_id: str) -> Totp | None:
    row = connection.execute(
        select(tables.totp).where(tables.totp.c.account_id == account_id).with_for_update()
    ).first()
    return Totp(row.secret, row.last_step, row.confirmed_at is not None) if row else None


def put_totp(connection: Connection, account_id: str, secret: str) -> None:
    """Being set up: no factor until it is confirmed."""
    drop_totp(connection, account_id)
    connection.execute(insert(tables.totp).values(account_id=account_id, secret=secret, last_step=0))


def take_totp(connection: Connection, account_id: str, step: int, at: datetime) -> bool:
    """Whether the digits of this step were not taken before; confirms one that was being set up."""
    table = tables.totp
    taken = connection.execute(
        update(table)
        .where(table.c.account_id == account_id, table.c.last_step < step)
        .values(last_step=step, confirmed_at=to_stored(at))
    )
    return taken.rowcount == 1


def drop_totp(connection: Connection, account_id: str) -> None:
    connection.execute(delete(tables.totp).where(tables.totp.c.account_id == account_id))


def passkeys_of(connection: Connection, account_id: str) -> list[Passkey]:
    table = tables.passkey
    rows = connection.execute(select(table).where(table.c.account_id == account_id).order_by(table.c.made_at))
    return [
        Passkey(row.credential_id, row.account_id, row.public_key, row.sign_count, row.label, from_stored(row.made_at))
        for row in rows
    ]


def add_passkey(connection: Connection, key: Passkey) -> None:
    connection.execute(
        insert(tables.passkey).values(
            credential_id=key.credential_id,
            account_id=key.account_id,
            public_key=key.public_key,
            sign_count=key.sign_count,
            label=key.label,
            made_at=to_stored(key.made_at),
        )
    )


def count_passkey(connection: Connection, credential_id: str, sign_count: int, at: datetime) -> None:
    table = tables.passkey
    connection.execute(
        update(table).where(table.c.credential_id == credential_id).values(sign_count=sign_count, used_at=to_stored(at))
    )


def drop_passkey(connection: Connection, account_id: str, credential_id: str) -> bool:
    table = tables.passkey
    gone = connection.execute(
        delete(table).where(table.c.account_id == account_id, table.c.credential_id == credential_id)
    )
    return gone.rowcount == 1


def has_second_factor(connection: Connection, account_id: str) -> bool:
    table = tables.totp
    confirmed = select(table.c.account_id).where(table.c.account_id == account_id, table.c.confirmed_at.is_not(None))
    return bool(connection.execute(confirmed).first()) or bool(passkeys_of(connection, account_id))


# ---- permissions


def grants_of(connection: Connection, account_id: str) -> tuple[Grant, ...]:
    table = tables.staff_grant
    rows = connection.execute(
        select(table)
        .where(table.c.account_id == account_id)
        .order_by(table.c.procedures, table.c.level, table.c.region)
    )
    return tuple(Grant(row.procedures, Level(row.level), Region(row.region)) for row in rows)


def put_grants(connection: Connection, account_id: str, grants: Iterable[Grant]) -> None:
    """In place of those before."""
    table = tables.staff_grant
    connection.execute(delete(table).where(table.c.account_id == account_id))
    rows = [
        {"account_id": account_id, "procedures": one.procedures, "level": one.level.value, "region": str(one.region)}
        for one in dict.fromkeys(grants)
    ]
    if rows:
        connection.execute(insert(table), rows)


# ---- WeChat


def bind_wechat(connection: Connection, openid: str, account_id: str, at: datetime) -> None:
    """Raises Problem WECHAT_BOUND when either is bound already: one openid, one person."""
    try:
        with connection.begin_nested():
            connection.execute(
                insert(tables.wechat_binding).values(openid=openid, account_id=account_id, bound_at=to_stored(at))
            )
    except IntegrityError:
        raise Problem(
            "WECHAT_BOUND",
            "该微信或该账号已有绑定，请先在原账号中解除绑定。",
            "This WeChat account or this person is bound already: unbind first.",
            status=409,
        ) from None


def bound_to(connection: Connection, openid: str) -> Account | None:
    table = tables.wechat_binding
    found = connection.scalar(select(table.c.account_id).where(table.c.openid == openid))
    return find(connection, found) if found else None


def openid_of(connection: Connection, account_id: str) -> str | None:
    table = tables.wechat_binding
    return connection.scalar(select(table.c.openid).where(table.c.account_id == account_id))


def unbind_wechat(connection: Connection, account_id: str) -> None:
    connection.execute(delete(tables.wechat_binding).where(tables.wechat_binding.c.account_id == account_id))


def disabled(account: Account) -> Account:
    return replace(account, state=AccountState.DISABLED)
