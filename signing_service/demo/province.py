"""A small province to log in to: a window, two cities, officers of each level, six enterprises, twenty people in
interesting states (domain text, §1, §8.3, §15). Everybody is invented; every number adds up.

Passwords, PINs and second factors are the same for all and are shown on the tour page, which production does not have.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from signing_service.demo import people
from signing_service.demo.people import AUTHORITY, BUILDER, FORMER_BUILDER, Somebody
from signing_service.demo.portraits import sample_portrait
from signing_service.demo.signatures import sample_signature
from signing_service.domain.accounts import Account
from signing_service.domain.codes import IdNo, PersonName, Region, Uscc
from signing_service.domain.dates import add_months, add_years, day_in_shanghai
from signing_service.domain.documents import Blobs, Sha256
from signing_service.domain.employment import ContractKind, Employment, ProjectLock
from signing_service.domain.keys import KeyRef
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.new_keys import CertAuthority, HolderKind, NewKey
from signing_service.domain.parties import Organisation, PartyKind, Person
from signing_service.domain.seals import Seal, SealArtwork, SealKind
from signing_service.domain.staff import Grant, Level
from signing_service.domain.viewer import AccountKind, Admin
from signing_service.storage import accounts as store
from signing_service.storage import employments, legacy, licences, parties
from signing_service.storage.database import Database
from signing_service.storage.legacy import LegacyLicence
from signing_service.workflows import matching, pins
from signing_service.workflows.accounts.accounts import Accounts
from signing_service.workflows.accounts.passwords import hashed
from signing_service.workflows.desk import Desk

PASSWORD = "Gan-Jiang-2026"  # noqa: S105  of invented people, shown on the tour page
PIN = "284017"

NANCHANG, JIUJIANG = Region("360100"), Region("360400")
CITY_BUREAU = Organisation(
    PartyKind.AUTHORITY, Uscc("11360100999000021K"), "示例市住房和城乡建设局", NANCHANG,
    KeyRef("soft", "authority-city"), {"letter_head": "示市建许受", "letter_place": "示市", "phone": "0791-00000001"},
)  # fmt: skip
OTHER_BUREAU = Organisation(
    PartyKind.AUTHORITY, Uscc("11360400999000304B"), "浔阳示例市住房和城乡建设局", JIUJIANG,
    KeyRef("soft", "authority-jiujiang"), {"letter_head": "浔市建许受", "letter_place": "浔市", "phone": "0792-00000001"},
)  # fmt: skip
DESIGNER = Organisation(
    PartyKind.ENTERPRISE, Uscc("91361100999000152K"), "信江示例建筑设计院有限公司", Region("361102"),
    KeyRef("soft", "enterprise-91361100999000152k"),
)  # fmt: skip
DEVELOPER = Organisation(
    PartyKind.ENTERPRISE, Uscc("91360100MA99001679"), "赣江示例房地产开发有限公司", Region("360113"),
    KeyRef("soft", "enterprise-91360100ma99001679"),
)  # fmt: skip
LIFTER = Organisation(
    PartyKind.ENTERPRISE, Uscc("913604009990004199"), "匡庐示例起重机械租赁有限公司", Region("360402"), None
)
SURVEYOR = Organisation(
    PartyKind.ENTERPRISE, Uscc("91360100999000435F"), "赣岩示例勘察设计有限公司", Region("360104"), None
)

PLACES = {BUILDER.uscc: "360102", FORMER_BUILDER.uscc: "360102"}
ENTERPRISES = (BUILDER, FORMER_BUILDER, DESIGNER, DEVELOPER, LIFTER, SURVEYOR)


@dataclass(frozen=True, slots=True)
class LogIn:
    """A line of the tour page."""

    kind: AccountKind
    login: str
    name: str
    note: str
    note_en: str
    totp: str = ""
    """Secret of the authenticator; the page shows the digits of the moment."""


@dataclass(frozen=True, slots=True)
class Officer:
    login: str
    name: str
    bureau: Organisation
    region: Region
    grants: tuple[tuple[str, Level], ...]
    note: str
    note_en: str
    admin: Admin | None = None


OFFICERS = (
    Officer("sheng.guanli", "万青云", AUTHORITY, Region("360000"), (), "省厅信息中心管理员", "Administrator of the province", Admin.PROVINCE),
    Officer("nc.guanli", "程远志", CITY_BUREAU, NANCHANG, (), "南昌市管理员", "Administrator of Nanchang", Admin.CITY),
    Officer("jj.guanli", "柳如海", OTHER_BUREAU, JIUJIANG, (), "九江市管理员", "Administrator of Jiujiang", Admin.CITY),
    Officer("nc.chuangkou", "陶敏", CITY_BUREAU, NANCHANG, (("rn.*", Level.WINDOW),), "南昌市窗口（实名登记）", "Window in Nanchang"),
    Officer("sheng.shouli", "唐静", AUTHORITY, Region("360000"), (("*", Level.ACCEPT),), "省厅 受理", "Province: accepts"),
    Officer("sheng.shenhe", "宋岩", AUTHORITY, Region("360000"), (("*", Level.REVIEW),), "省厅 审核", "Province: reviews"),
    Officer("sheng.jueding", "郑国平", AUTHORITY, Region("360000"), (("*", Level.DECIDE),), "省厅 决定", "Province: decides"),
    Officer("nc.shouli", "涂小曼", CITY_BUREAU, NANCHANG, (("*", Level.ACCEPT),), "南昌市 受理", "Nanchang: accepts"),
    Officer("nc.shenhe", "章立新", CITY_BUREAU, NANCHANG, (("*", Level.REVIEW), ("*", Level.TENDER)), "南昌市 审核、招标办", "Nanchang: reviews, tender office"),
    Officer("nc.jueding", "余江山", CITY_BUREAU, NANCHANG, (("*", Level.DECIDE),), "南昌市 决定", "Nanchang: decides"),
    Officer("jj.shouli", "甘棠", OTHER_BUREAU, JIUJIANG, (("*", Level.ACCEPT),), "九江市 受理（看不到南昌的办件）", "Jiujiang: accepts, sees nothing of Nanchang"),
    Officer("jj.shenhe", "庐峰", OTHER_BUREAU, JIUJIANG, (("*", Level.REVIEW),), "九江市 审核", "Jiujiang: reviews"),
    Officer("jj.jueding", "湓浦", OTHER_BUREAU, JIUJIANG, (("*", Level.DECIDE),), "九江市 决定", "Jiujiang: decides"),
)  # fmt: skip


def enter(desk: Desk, accounts: Accounts, ca: CertAuthority) -> None:
    """Put the province into a register that has the invented people already. Doing it again changes nothing."""
    now = desk.clock()
    today = day_in_shanghai(now)
    if is_entered(desk.database):
        return
    keys, portraits = _keys(ca, today, desk), _portraits(desk.blobs)  # before: nobody else writes meanwhile
    with desk.database.transaction() as connection:
        _organisations(connection, keys, today)
        _people(connection, portraits, keys, today)
        _accounts(connection, accounts, now)
        _licences(connection, today, now)
        _from_before(connection, today)
        for one in people.crowd():
            matching.at_first_log_in(connection, one.id_no, now)
    _pins(desk.database, keys, desk)


def is_entered(database: Database) -> bool:
    with database.reading() as connection:
        return store.by_login(connection, AccountKind.STAFF, OFFICERS[0].login) is not None


def log_ins() -> list[LogIn]:
    """Everybody who can log in, officers first."""
    officers = [
        LogIn(AccountKind.STAFF, one.login, one.name, one.note, one.note_en, totp_secret(one.login)) for one in OFFICERS
    ]
    enterprises = [
        LogIn(AccountKind.ENTERPRISE, str(one.uscc), one.name, _said(one)[0], _said(one)[1]) for one in ENTERPRISES
    ]
    persons = [
        LogIn(AccountKind.PERSON, one.id_no, one.name, STATES[position][0], STATES[position][1])
        for position, one in enumerate(people.crowd())
    ]
    two = [
        LogIn(AccountKind.PERSON, people.SIGNALLER_ID, "王建国", "特种作业证书刚延续", "A licence that was just renewed"),
        LogIn(AccountKind.PERSON, people.CONSTRUCTOR_ID, "李芳华", "建造师，刚变更执业企业", "A constructor who has just changed employer"),
    ]  # fmt: skip
    return [*officers, *enterprises, *two, *persons]


def _said(one: Organisation) -> tuple[str, str]:
    if one.uscc == DEVELOPER.uscc:
        return "建设单位", "A developer"
    if one.key is None:
        return "尚无电子印章", "Has no electronic seal yet"
    return "有电子印章", "Has an electronic seal"


def totp_secret(login: str) -> str:
    """The same at every start, so that the page can show the digits of the moment."""
    return base64.b32encode(hashlib.sha256(f"demo/{login}".encode()).digest()[:20]).decode()


# ---- who there is

STATES: tuple[tuple[str, str], ...] = (
    ("证书正常使用", "All in order"),
    ("证书正常使用，可加注", "All in order: have a copy made"),
    ("证书正常使用，可注销", "All in order: may cancel"),
    ("正常使用；历史库另有一证（15 位身份证号）", "All in order; another licence found by a 15-digit ID number"),
    ("正常使用", "All in order"),
    ("正常使用", "All in order"),
    ("暂不可用：用人单位与聘用关系不一致", "Unusable: the employer on it is another one"),
    ("暂不可用：用人单位与聘用关系不一致", "Unusable: the employer on it is another one"),
    ("暂不可用：用人单位与聘用关系不一致", "Unusable: the employer on it is another one"),
    ("没有聘用关系，等企业发起登记", "Employed by nobody: waits for an enterprise to ask"),
    ("80 日后到期，可办延续", "Ends in 80 days: may be renewed"),
    ("99 日后到期，尚不能延续", "Ends in 99 days: too early to renew"),
    ("已过期", "Has run out"),
    ("暂扣", "Suspended"),
    ("外省证书，可办进赣换证", "Another province's licence: may be exchanged"),
    ("没有证件照，制证会等待", "No portrait: an issue waits"),
    ("建造师，在建项目锁定", "A constructor locked by a project under way"),
    ("建造师，60 日后到期", "A constructor whose registration ends in 60 days"),
    ("尚未申领电子签名", "Has no electronic signature yet"),
    ("生僻字姓名", "A name with a rare character"),
)
EMPLOYED_BY_BUILDER = (0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)
EMPLOYED_BY_FORMER = (6, 7, 8)
WITHOUT_PORTRAIT, WITHOUT_KEY = 15, 18


def _keys(ca: CertAuthority, today: date, desk: Desk) -> dict[str, KeyRef]:
    """Made by the embedded CA, as if each had applied for it."""
    until = add_years(today, 1)
    return {
        one.id_no: ca.make(
            NewKey(f"demo-person-{position:02d}", HolderKind.PERSON, one.name, one.id_no, until), desk.clock()
        )
        for position, one in enumerate(people.crowd())
        if position != WITHOUT_KEY
    }


def _organisations(connection: Connection, keys: dict[str, KeyRef], today: date) -> None:
    for bureau in (CITY_BUREAU, OTHER_BUREAU):
        parties.put(connection, bureau)
        _seal(connection, bureau, SealKind.AUTHORITY, ("行政审批专用章",), today)
    for one in ENTERPRISES:
        known = parties.find(connection, str(one.uscc))
        place = one.region or Region(PLACES[one.uscc])
        facts = {**(known.facts if known else {}), "mobile": _mobile(str(one.uscc)), "email": _email(str(one.uscc))}
        parties.put(connection, replace(one, region=place, facts=facts))
        if known is None and one.key is not None:
            _seal(connection, one, SealKind.ENTERPRISE, (), today)


def _seal(connection: Connection, owner: Organisation, kind: SealKind, lines: tuple[str, ...], today: date) -> None:
    if owner.key is None:
        return
    code = f"3601009{int.from_bytes(hashlib.sha256(owner.uscc.encode()).digest()[:4]) % 10**6:06d}"
    seal = Seal(
        f"seal-{owner.key.label}"[:36], 1, str(owner.uscc), SealArtwork(kind, owner.name, lines, code), owner.key,
        today, add_years(today, 3),
    )  # fmt: skip
    for one in (seal, *people.special_seals(seal)):
        parties.put_seal(connection, one)


def _portraits(blobs: Blobs) -> dict[str, Sha256]:
    return {
        one.id_no: blobs.put(sample_portrait(one.name, woman=one.woman))
        for position, one in enumerate(people.crowd())
        if position != WITHOUT_PORTRAIT
    }


def _people(connection: Connection, portraits: dict[str, Sha256], keys: dict[str, KeyRef], today: date) -> None:
    for position, one in enumerate(people.crowd()):
        known = parties.find(connection, one.id_no)
        facts: dict[str, Any] = {
            "education": "高中（中专）", **(known.facts if known else {}),
            "mobile": _mobile(one.id_no), "region": "360102", "real_named_on": today.isoformat(),
        }  # fmt: skip
        facts.pop("photo", None)
        if one.id_no in portraits:
            facts["photo"] = portraits[one.id_no]
        key = keys.get(one.id_no)
        parties.put(connection, Person(IdNo(one.id_no), PersonName(one.name), key, facts))
        if key is not None:
            artwork = SealArtwork(SealKind.SIGNATURE, one.name, strokes=sample_signature(one.name))
            parties.put_seal(
                connection,
                Seal(f"seal-{key.label}", 1, one.id_no, artwork, key, today, add_years(today, 1)),
            )
        _employ(connection, position, one, today)
    for number in (people.SIGNALLER_ID, people.CONSTRUCTOR_ID):
        known = parties.load(connection, number)
        parties.put(connection, replace(known, facts={**known.facts, "mobile": _mobile(number), "region": "360102"}))
        if employments.active(connection, number) is None:
            employments.start(connection, _contract(number, BUILDER, "专业人员", today))


def _employ(connection: Connection, position: int, one: Somebody, today: date) -> None:
    employer = (
        BUILDER if position in EMPLOYED_BY_BUILDER else FORMER_BUILDER if position in EMPLOYED_BY_FORMER else None
    )
    if employer is not None:
        employments.start(connection, _contract(one.id_no, employer, "特种作业人员", today))


def _contract(number: str, employer: Organisation, post: str, today: date) -> Employment:
    return Employment(number, str(employer.uscc), post, ContractKind.FIXED, add_years(today, -1), add_years(today, 2))


# ---- what they hold


def _licences(connection: Connection, today: date, now: datetime) -> None:
    """Two constructors: one leads a project under way, the registration of the other ends soon."""
    crowd = people.crowd()
    for position, serial, ends in ((16, 77, add_years(today, 2)), (17, 78, today + timedelta(days=60))):
        person = parties.load(connection, crowd[position].id_no)
        if not isinstance(person, Person):
            continue
        specialties = [{"name": "建筑工程", "code": "10401001", "valid_until": ends.isoformat()}]
        licence = people.from_before(
            person, LicenceType.CONSTRUCTOR, f"赣236121{400000 + serial}", "102", add_years(ends, -3), ends, BUILDER,
            {"photo": person.facts["photo"], "specialties": specialties},
        )  # fmt: skip
        licences.add(connection, licence, now)
    employments.lock(
        connection, ProjectLock(crowd[16].id_no, "3601022611010101", "滕王阁旁示例学校综合楼", add_months(today, -1))
    )


def _from_before(connection: Connection, today: date) -> None:
    """The historical database: what is found when they log in for the first time."""
    crowd = people.crowd()

    def row(position: int, number: str, ends: date, **changes: Any) -> LegacyLicence:
        one = crowd[position]
        values: dict[str, Any] = {
            "legacy_id": f"L{position:03d}",
            "number": number,
            "written_id_no": one.id_no,
            "name": one.name,
            "sex": "女" if one.woman else "男",
            "born": IdNo(one.id_no).born,
            "category": number[2:4],
            "employer_uscc": str(BUILDER.uscc),
            "employer_name": BUILDER.name,
            "authority_name": AUTHORITY.name,
            "first_issued_on": add_years(ends, -4),
            "valid_from": add_years(ends, -2),
            "valid_until": ends,
        }
        return LegacyLicence(**{**values, **changes})

    old_number = crowd[3].id_no[:6] + crowd[3].id_no[8:17]
    rows = (
        row(3, "赣A012023000503", today + timedelta(days=300), written_id_no=old_number),
        row(10, "赣A052024000510", today + timedelta(days=80)),
        row(11, "赣A062024000511", today + timedelta(days=99)),
        row(12, "赣A072022000512", today - timedelta(days=20)),
        row(13, "赣A082024000513", today + timedelta(days=200), status=LicenceStatus.SUSPENDED),
        row(14, "浙A042024000514", today + timedelta(days=400)),
    )
    legacy.add_all(connection, rows, today)


# ---- how they come in


def _accounts(connection: Connection, accounts: Accounts, now: datetime) -> None:
    password = hashed(PASSWORD)

    def add(account: Account) -> None:
        store.add(connection, account, "demo", now)
        store.put_password(connection, account.account_id, password, now, must_change=False)

    for officer in OFFICERS:
        account = Account(
            f"staff-{officer.login.replace('.', '-')}", AccountKind.STAFF, officer.login, str(officer.bureau.uscc),
            officer.name, mobile=_mobile(officer.login), region=officer.region, admin=officer.admin,
        )  # fmt: skip
        add(account)
        store.put_totp(
            connection, account.account_id, accounts.locked_away(totp_secret(officer.login), account.account_id)
        )
        store.take_totp(connection, account.account_id, step=1, at=now)
        grants = [Grant(procedures, level, officer.region) for procedures, level in officer.grants]
        store.put_grants(connection, account.account_id, grants)
    for one in ENTERPRISES:
        uscc = str(one.uscc)
        add(
            Account(
                f"enterprise-{uscc[-8:].lower()}", AccountKind.ENTERPRISE, uscc, uscc, one.name,
                mobile=_mobile(uscc), email=_email(uscc), developer=one.uscc == DEVELOPER.uscc,
            )
        )  # fmt: skip
    holders = [(one.id_no, one.name) for one in people.crowd()]
    holders += [(people.SIGNALLER_ID, "王建国"), (people.CONSTRUCTOR_ID, "李芳华")]
    for position, (number, name) in enumerate(holders):
        add(
            Account(
                f"person-{position:02d}", AccountKind.PERSON, number, number, name, person=number,
                mobile=_mobile(number),
            )
        )  # fmt: skip


def _pins(database: Database, keys: dict[str, KeyRef], desk: Desk) -> None:
    own = [KeyRef("soft", "person-wang-jianguo"), KeyRef("soft", "person-li-fanghua")]
    theirs = [one.key for one in ENTERPRISES if one.key is not None]
    for key in (*keys.values(), *own, *theirs):
        pins.set_pin(database, key, PIN, desk.clock())


def _mobile(of: str) -> str:
    return f"139{int.from_bytes(hashlib.sha256(of.encode()).digest()[:4]) % 10**8:08d}"


def _email(of: str) -> str:
    return f"clerk-{of[-6:].lower()}@example.org"
