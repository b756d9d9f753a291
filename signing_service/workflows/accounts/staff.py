"""Accounts of authorities: the province makes the administrators of cities, they make their officers and say what each
may do (domain text, §15).

Nobody gives what lies outside the own region, nobody gives anything to himself, and a city is never left without an
administrator. Whoever asks about an officer outside the own region is told that there is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from sqlalchemy import Connection

from signing_service.domain.accounts import Account, AccountState, Event, not_allowed
from signing_service.domain.codes import IdNo, Mobile, PersonName, Region, RegionLevel, Uscc
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.errors import FieldError, Problem, refuse_all
from signing_service.domain.parties import PartyKind
from signing_service.domain.staff import Grant, Level
from signing_service.domain.viewer import AccountKind, Admin, Viewer
from signing_service.storage import account_journal, parties, real_names, sessions
from signing_service.storage import accounts as store
from signing_service.workflows.accounts import passwords
from signing_service.workflows.accounts.accounts import Accounts, Caller

OF_AGE = 18
_LOGIN = re.compile(r"[A-Za-z][A-Za-z0-9._-]{2,29}")
_REASON = range(2, 201)


@dataclass(frozen=True, slots=True)
class NewOfficer:
    """As it was typed."""

    login: str
    id_no: str
    name: str
    mobile: str
    region: str
    authority: str
    """USCC of the authority the officer works for; empty: the administrator's own."""
    dept: str = ""
    post: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    account: Account
    password: str
    """The first one, to be handed over on paper and replaced at the first log-in; told once."""


def make_city_admin(accounts: Accounts, by: Viewer, asked: NewOfficer, caller: Caller) -> Made:
    """By an administrator of the province. Raises Problem NOT_ALLOWED and as ``make_officer``."""
    if by.admin is not Admin.PROVINCE:
        raise not_allowed()
    return _make(accounts, by, asked, Admin.CITY, caller)


def make_officer(accounts: Accounts, by: Viewer, asked: NewOfficer, caller: Caller) -> Made:
    """By an administrator, for the own region or one in it.

    Raises Problem NOT_ALLOWED, FIELDS_INVALID (every field at once), REGION_SCOPE, STAFF_NOT_REALNAMED,
    NAME_MISMATCH, LOGIN_TAKEN.
    """
    if by.admin is None:
        raise not_allowed()
    return _make(accounts, by, asked, None, caller)


def first_admin(accounts: Accounts, asked: NewOfficer) -> Made:
    """The province's first, by whoever runs the service; afterwards there is one, and it makes the others.

    Raises Problem ADMIN_EXISTS, FIELDS_INVALID.
    """
    with accounts.database.reading() as connection:
        if any(one.admin is Admin.PROVINCE and _active(one) for one in store.officers(connection)):
            raise Problem(
                "ADMIN_EXISTS",
                "已有省级管理员，其他账号请由其在平台上创建。",
                "There is an administrator of the province already, who makes all other accounts.",
                status=409,
            )
    typed = _read(accounts, asked, Admin.PROVINCE, asked.authority)
    password = passwords.first_password(accounts)
    with accounts.database.transaction() as connection:
        _refuse_foreign_authority(connection, typed)
        _enter(connection, accounts, typed, password, "operator", Caller())
    return Made(typed, password)


def seen_by(accounts: Accounts, by: Viewer) -> list[tuple[Account, tuple[Grant, ...]]]:
    """The officers of the administrator's region, with what each may do."""
    if by.admin is None:
        raise not_allowed()
    with accounts.database.reading() as connection:
        mine = [one for one in store.officers(connection) if _within(by, one)]
        return [(one, store.grants_of(connection, one.account_id)) for one in mine]


def one_seen_by(accounts: Accounts, by: Viewer, account_id: str) -> tuple[Account, tuple[Grant, ...]]:
    """Raises Problem NOT_ALLOWED, ACCOUNT_UNKNOWN (also of an officer elsewhere)."""
    with accounts.database.reading() as connection:
        officer = _officer(connection, by, account_id)
        return officer, store.grants_of(connection, account_id)


def full_id_number(accounts: Accounts, by: Viewer, account_id: str, why: str) -> str:
    """Of an officer of the own region; who looked, when and why is journalled with it."""
    reason = _reason(why)
    with accounts.database.transaction() as connection:
        officer = _officer(connection, by, account_id)
        person = officer.person or ""
        account_journal.note_view(connection, by.account, person, accounts.clock(), reason)
    return person


def assign(accounts: Accounts, by: Viewer, account_id: str, grants: Iterable[Grant], caller: Caller) -> None:
    """In place of what the officer might do before.

    Raises Problem SELF_GRANT, REGION_SCOPE (outside the administrator's region or the officer's), PROCEDURE_UNKNOWN,
    ACCOUNT_UNKNOWN.
    """
    wanted = tuple(dict.fromkeys(grants))
    if account_id == by.account:
        raise Problem(
            "SELF_GRANT",
            "管理员不能给自己授权办件，请由其他管理员办理。",
            "An administrator cannot give permissions to himself: ask another administrator.",
            status=403,
        )
    with accounts.database.transaction() as connection:
        officer = _officer(connection, by, account_id)
        for grant in wanted:
            _refuse_grant(accounts, by, officer, grant)
        before = store.grants_of(connection, account_id)
        store.put_grants(connection, account_id, wanted)
        _note(
            connection, accounts, officer, "permissions_changed", by, caller, before=_told(before), after=_told(wanted)
        )


def disable(accounts: Accounts, by: Viewer, account_id: str, reason: str, caller: Caller, successor: str = "") -> None:
    """Out at once: sessions end and permissions go, so what waits is with the others of the level.

    ``successor``: account of the officer who becomes administrator instead. Raises Problem SELF_DISABLE, LAST_ADMIN,
    REASON_REQUIRED, ACCOUNT_UNKNOWN.
    """
    why = _reason(reason)
    if account_id == by.account:
        raise Problem(
            "SELF_DISABLE",
            "不能停用自己的账号，请先移交管理权限，再由继任管理员办理。",
            "Nobody disables the own account: hand it over first, the successor does the rest.",
            status=409,
        )
    with accounts.database.transaction() as connection:
        officer = _officer(connection, by, account_id)
        if officer.admin is not None:
            _succeed(connection, accounts, officer, successor, by, caller)
        store.save(connection, replace(store.disabled(officer), admin=None))
        store.put_grants(connection, account_id, ())
        sessions.end_all(connection, account_id)
        _note(connection, accounts, officer, "disabled", by, caller, reason=why)


def hand_over(accounts: Accounts, by: Viewer, successor: str, caller: Caller) -> None:
    """The administrator gives the office to an officer of the same region, and is an officer from then on.

    Raises Problem SUCCESSOR_UNFIT, ACCOUNT_UNKNOWN.
    """
    with accounts.database.transaction() as connection:
        mine = _officer(connection, by, by.account)
        _succeed(connection, accounts, mine, successor, by, caller, required=True)
        store.save(connection, replace(mine, admin=None))
        sessions.end_all(connection, mine.account_id)
        _note(connection, accounts, mine, "handed_over", by, caller, successor=successor)


def start_afresh(accounts: Accounts, by: Viewer, account_id: str, reason: str, caller: Caller) -> Made:
    """For an officer who lost password or telephone: a new first password, and second factors are set up anew."""
    why = _reason(reason)
    password = passwords.first_password(accounts)
    if account_id == by.account:
        raise not_allowed()
    with accounts.database.transaction() as connection:
        officer = _officer(connection, by, account_id)
        store.drop_totp(connection, account_id)
        for key in store.passkeys_of(connection, account_id):
            store.drop_passkey(connection, account_id, key.credential_id)
        kept = passwords.hashed(password)
        store.put_password(connection, account_id, kept, accounts.clock(), must_change=True)
        passwords.was_changed(connection, accounts, officer, caller, by=by.account)
        _note(connection, accounts, officer, "started_afresh", by, caller, reason=why)
    return Made(officer, password)


# ---- making


def _make(accounts: Accounts, by: Viewer, asked: NewOfficer, admin: Admin | None, caller: Caller) -> Made:
    typed = _read(accounts, asked, admin, asked.authority or by.party)
    if by.region is None or typed.region is None or not by.region.covers(typed.region):
        raise region_scope()
    password = passwords.first_password(accounts)
    with accounts.database.transaction() as connection:
        _refuse_foreign_authority(connection, typed)
        _refuse_unknown_person(connection, typed)
        _enter(connection, accounts, typed, password, by.account, caller)
    return Made(typed, password)


def _read(accounts: Accounts, asked: NewOfficer, admin: Admin | None, authority: str) -> Account:
    errors: list[FieldError] = []
    today = day_in_shanghai(accounts.clock())
    values: dict[str, str] = {}
    parsers: dict[str, Callable[[], str]] = {
        "id_no": lambda: IdNo.parse(asked.id_no, today, minimum_age=OF_AGE),
        "name": lambda: PersonName.parse(asked.name),
        "mobile": lambda: Mobile.parse(asked.mobile),
        "region": lambda: _region(asked.region, admin),
        "authority": lambda: Uscc.parse(authority),
        "login": lambda: _login(asked.login),
    }
    for name, parse in parsers.items():
        try:
            values[name] = parse()
        except Problem as problem:
            errors.append(FieldError(name, problem.code, problem.zh, problem.en))
    refuse_all(errors)
    return Account(
        account_id=accounts.new_id("staff"),
        kind=AccountKind.STAFF,
        login=str(values["login"]),
        party=str(values["authority"]),
        name=str(values["name"]),
        person=str(values["id_no"]),
        mobile=str(values["mobile"]),
        region=Region(values["region"]),
        dept=asked.dept.strip()[:80],
        post=asked.post.strip()[:80],
        admin=admin,
    )


def _region(text: str, admin: Admin | None) -> Region:
    """An administrator is of a province or of a prefecture; an officer of any level."""
    region = Region.parse(text)
    level = {Admin.PROVINCE: RegionLevel.PROVINCE, Admin.CITY: RegionLevel.PREFECTURE}
    if admin is not None and region.level is not level[admin]:
        what = "设区市" if admin is Admin.CITY else "省"
        raise Problem(
            "REGION_LEVEL",
            f"管理员的行政区划应为{what}一级，“{region.name}”不符，请重新选择。",
            f"The region of such an administrator is a {level[admin].value}, and {region} is none: choose another.",
        )
    return region


def _login(text: str) -> str:
    if not _LOGIN.fullmatch(text.strip()):
        raise Problem(
            "LOGIN_FORMAT",
            "登录名为 3 至 30 位，以字母开头，可用字母、数字、点、横线和下划线。",
            "A log-in name has 3 to 30 letters, digits, dots, hyphens or underscores and begins with a letter.",
        )
    return text.strip()


def _refuse_foreign_authority(connection: Connection, typed: Account) -> None:
    authority = parties.find(connection, typed.party)
    region = getattr(authority, "region", None)
    if authority is None or authority.kind is not PartyKind.AUTHORITY or typed.region is None:
        raise Problem(
            "AUTHORITY_UNKNOWN",
            "没有这个主管部门，请从已登记的主管部门中选择单位。",
            "There is no such authority: choose one that is registered.",
        )
    if region is None or not region.covers(typed.region):
        raise region_scope()


def _refuse_unknown_person(connection: Connection, typed: Account) -> None:
    record = real_names.of_person(connection, typed.person or "")
    if record is None:
        raise Problem(
            "STAFF_NOT_REALNAMED",
            "该身份证号尚未实名登记，不能创建账号；请本人先持身份证原件到窗口办理实名登记。",
            "This ID number is not real-named, so no account can be made: the person goes to a window with the card first.",
            status=412,
        )
    if record.card.name != typed.name:
        raise Problem(
            "NAME_MISMATCH",
            "姓名与实名登记不一致，请按身份证核对后重新填写。",
            "The name is not that of the real-name record: compare it with the ID card.",
            status=412,
        )


def _enter(connection: Connection, accounts: Accounts, typed: Account, password: str, by: str, caller: Caller) -> None:
    now = accounts.clock()
    store.add(connection, typed, by, now)
    store.put_password(connection, typed.account_id, passwords.hashed(password), now, must_change=True)
    facts = {"region": str(typed.region), "admin": typed.admin.value if typed.admin else ""}
    account_journal.note(connection, typed.account_id, "made", now, by=by, address=caller.address[:45], **facts)
    accounts.messenger.tell(connection, typed.reached_at, Event.OPENED, {"login": typed.login})


# ---- who may do what to whom


def _within(by: Viewer, officer: Account) -> bool:
    if by.region is None or officer.region is None or not by.region.covers(officer.region):
        return False
    return by.admin is Admin.PROVINCE or officer.admin is not Admin.PROVINCE


def _officer(connection: Connection, by: Viewer, account_id: str) -> Account:
    if by.admin is None:
        raise not_allowed()
    found = store.find(connection, account_id)
    if found is None or found.kind is not AccountKind.STAFF or not _active(found) or not _within(by, found):
        raise Problem(
            "ACCOUNT_UNKNOWN",
            "本辖区内没有这个在用的工作人员账号，请从列表中选择。",
            "There is no such account in use in your region: choose one from the list.",
            status=404,
        )
    return found


def _refuse_grant(accounts: Accounts, by: Viewer, officer: Account, grant: Grant) -> None:
    inside = by.region is not None and by.region.covers(grant.region)
    if not inside or officer.region is None or not officer.region.covers(grant.region):
        raise region_scope()
    known = grant.procedures == "*" or any(fnmatchcase(key, grant.procedures) for key in accounts.procedures)
    if not known:
        raise Problem(
            "PROCEDURE_UNKNOWN",
            f"没有事项“{grant.procedures}”，请从事项目录中选择。",
            f"There is no procedure “{grant.procedures}”: choose one from the catalogue.",
        )


def _succeed(
    connection: Connection,
    accounts: Accounts,
    leaving: Account,
    successor: str,
    by: Viewer,
    caller: Caller,
    *,
    required: bool = False,
) -> None:
    others = [
        one
        for one in store.officers(connection)
        if _active(one)
        and one.account_id != leaving.account_id
        and one.admin is leaving.admin
        and one.region == leaving.region
    ]
    if not successor:
        if others and not required:
            return
        raise Problem(
            "LAST_ADMIN",
            "这是该地区最后一名管理员，停用前请先指定继任管理员。",
            "This is the last administrator of the region: name a successor first.",
            status=409,
        )
    heir = store.find(connection, successor)
    if heir is None or not _active(heir) or heir.region != leaving.region or heir.account_id == leaving.account_id:
        raise Problem(
            "SUCCESSOR_UNFIT",
            "继任者须是同一地区在用的工作人员账号，请重新选择。",
            "The successor has to be an officer of the same region whose account is in use: choose another.",
            status=409,
        )
    store.save(connection, replace(heir, admin=leaving.admin))
    sessions.end_all(connection, heir.account_id)
    _note(connection, accounts, heir, "became_admin", by, caller, after=leaving.account_id)


def _active(account: Account) -> bool:
    return account.state is AccountState.ACTIVE


def _note(
    connection: Connection, accounts: Accounts, of: Account, event: str, by: Viewer, caller: Caller, **facts: object
) -> None:
    account_journal.note(
        connection, of.account_id, event, accounts.clock(), by=by.account, address=caller.address[:45], **facts
    )


def _told(grants: Iterable[Grant]) -> list[str]:
    return [f"{one.procedures} × {one.level.value} × {one.region}" for one in grants]


def _reason(text: str) -> str:
    reason = text.strip()
    if len(reason) not in _REASON:
        raise Problem(
            "REASON_REQUIRED",
            "请填写理由（2 至 200 字），将记入日志。",
            "Give a reason of 2 to 200 characters; it is written into the journal.",
        )
    return reason


def region_scope() -> Problem:
    return Problem(
        "REGION_SCOPE",
        "超出您或该工作人员的管辖区域，请选择辖区内的行政区划。",
        "This lies outside your region or the officer's: choose one inside.",
        status=403,
    )


def grant_of(procedures: str, level: str, region: str) -> Grant:
    """As it was typed. Raises Problem LEVEL_UNKNOWN, REGION_INVALID."""
    try:
        known = Level(level)
    except ValueError:
        raise Problem(
            "LEVEL_UNKNOWN",
            "没有这个权限级别，请从列表中选择。",
            "There is no such level: choose one from the list.",
        ) from None
    return Grant(procedures.strip(), known, Region.parse(region))
