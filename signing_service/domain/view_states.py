"""我的证书: what a licence can be used for today, found by ten checks of it against the person and the employment.

The manual names four states and says that employer and person, the term and the last business are compared; only 正常使用
is found by the public. Which check leads to which state is our rule (domain text, §8.3). It is computed over the status
in the register, never stored instead of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.dictionaries import SPECIAL_OPERATION_TRADES
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.numbers import SpecialOperationNo

HOME_PROVINCE = "赣"


class ViewState(StrEnum):
    NORMAL = "normal"
    """正常使用"""
    NEW_ARCHIVE = "new_archive"
    """新增归档: issued or supplemented, and not yet confirmed in the archive of licences."""
    TRANSFER_IN = "transfer_in"
    """进赣换证: another province's, to be exchanged for one of ours."""
    UNUSABLE = "unusable"
    """暂不可用; the reasons are listed."""


STATE_WORDS: dict[ViewState, tuple[str, str]] = {
    ViewState.NORMAL: ("正常使用", "in normal use"),
    ViewState.NEW_ARCHIVE: ("新增归档", "new on record"),
    ViewState.TRANSFER_IN: ("进赣换证", "to be exchanged"),
    ViewState.UNUSABLE: ("暂不可用", "not usable for now"),
}
"""What a state of a special-operation licence is called, in Chinese and English."""

_OF_CONSTRUCTORS: dict[ViewState, tuple[str, str]] = {
    ViewState.NORMAL: ("正常", "in normal use"),
    ViewState.UNUSABLE: ("异常状态", "abnormal: not usable for now"),
}
"""Constructors' licences know these two (domain text, §9)."""


def state_words(of: LicenceType, state: ViewState) -> tuple[str, str]:
    """What the state of a licence of this type is called, in Chinese and English."""
    words = STATE_WORDS[state]
    return words if of is LicenceType.SPECIAL_OPERATION else _OF_CONSTRUCTORS.get(state, words)


class LicenceCheck(StrEnum):
    """C1 to C10 of the domain text, in its order."""

    NAME = "C1"
    SEX_AND_BIRTH = "C2"
    EMPLOYER = "C3"
    TERM = "C4"
    NUMBER = "C5"
    CATEGORY = "C6"
    ONLY_ONE = "C7"
    STATUS = "C8"
    BUSINESS = "C9"
    PHOTO = "C10"
    """Concerns the making of the electronic licence alone, not its state."""


_CONSTRUCTORS = frozenset(
    {
        LicenceCheck.NAME,
        LicenceCheck.SEX_AND_BIRTH,
        LicenceCheck.EMPLOYER,
        LicenceCheck.TERM,
        LicenceCheck.STATUS,
        LicenceCheck.PHOTO,
    }
)
CHECKS: Mapping[LicenceType, frozenset[LicenceCheck]] = {
    LicenceType.SPECIAL_OPERATION: frozenset(LicenceCheck),
    LicenceType.CONSTRUCTOR: _CONSTRUCTORS,
    LicenceType.CONSTRUCTOR_TEMPORARY: _CONSTRUCTORS,
}
"""What is asked of a person's licence of each type (domain text, §8.3 and §9); of others nothing is."""


class Business(StrEnum):
    """业务办理类别: what was last done to the licence."""

    ISSUED = "issued"
    BACKFILLED = "backfilled"
    TRANSFERRED_IN = "transferred_in"
    RENEWED = "renewed"
    CORRECTED = "corrected"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A licence as the register or the historical database has it; empty where that says nothing."""

    number: str
    name: str
    id_no: str
    """As it was written down then, 15 or 18 characters."""
    sex: str
    born: date | None
    employer_uscc: str
    employer_name: str
    category: str
    valid_until: date
    status: LicenceStatus
    business: Business
    settled: bool
    """The archive was confirmed, or the exchange is finished."""
    type: LicenceType = LicenceType.SPECIAL_OPERATION


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whoever the licence is compared with, as real-named and employed today."""

    name: str
    id_no: str
    aliases: tuple[str, ...] = ()
    """ID numbers the person had before."""
    employer_uscc: str = ""
    employer_name: str = ""
    """Empty: nobody employs the person."""
    has_photo: bool = False
    same_category: tuple[str, ...] = ()
    """Numbers of the person's other licences of the same category that are in force."""
    contested: bool = False
    """Another person claims the same record."""


@dataclass(frozen=True, slots=True)
class Checked:
    check: LicenceCheck
    passed: bool
    reason: str = ""
    """A code for the person and the officer: EMPLOYER_DIFFERS; empty when it passed."""


@dataclass(frozen=True, slots=True)
class View:
    state: ViewState
    reasons: tuple[str, ...] = ()


REASONS: dict[str, tuple[str, str]] = {
    "NAME_DIFFERS": ("证书姓名与实名登记不一致，请办理纠错", "The name differs from the real-name record: have it corrected"),
    "ID_DIFFERS": ("证书上的性别或出生日期与身份证不符，请办理纠错", "Sex or birth date differ from the ID: have them corrected"),
    "NO_EMPLOYMENT": ("尚未建立聘用关系，请先与用人单位建立", "Nobody employs you here: establish the employment first"),
    "EMPLOYER_DIFFERS": ("证书用人单位与现聘用单位不一致，请办理纠错", "The licence names another employer: have it corrected"),
    "EXPIRED": ("证书已过有效期，不能再延续", "The licence has expired and can no longer be renewed"),
    "NUMBER_FOREIGN": ("外省证书，请办理进赣换证", "A licence of another province: exchange it"),
    "NUMBER_MALFORMED": ("证书编号格式不符，请办理纠错", "The number is malformed: have it corrected"),
    "CATEGORY_UNKNOWN": ("操作类别不在国家代码中，请办理纠错", "The trade is not in the national code set: have it corrected"),
    "SECOND_LICENCE": ("同一类别另有有效证书，请注销其一", "Another licence of the same trade is in force: cancel one"),
    "SUSPENDED": ("证书已暂扣", "The licence is suspended"),
    "CANCELLED": ("证书已注销", "The licence was cancelled"),
    "ANNULLED": ("证书已撤销", "The licence was annulled"),
    "FORFEITED": ("证书已吊销", "The licence was forfeited"),
    "TRANSFERRED": ("证书已转出到外省", "The licence has gone to another province"),
    "COMPLETED": ("所许可的工程已竣工备案", "The works it allowed are completed"),
    "NOT_ARCHIVED": ("新增证书，等待归档确认", "New on record: the archive is still to confirm it"),
    "TO_BE_EXCHANGED": ("进赣换证办理中", "The exchange for a licence of ours is under way"),
    "ID_CONFLICT": ("该证书同时匹配到另一人，等待发证机关裁定", "Another person matches this record: the authority decides"),
    "PHOTO_MISSING": ("没有证件照，电子证照暂不能制作", "No portrait: the electronic licence cannot be made yet"),
}  # fmt: skip
"""What a reason says to the person, in Chinese and English."""

_REASONS_OF_CONSTRUCTORS: dict[str, tuple[str, str]] = {
    "NAME_DIFFERS": ("证书姓名与实名登记不一致，请办理姓名变更", "The name differs from the real-name record: apply for its change"),
    "ID_DIFFERS": ("证书上的性别或出生日期与身份证不符，请办理身份证变更", "Sex or birth date differ from the ID: apply for a change of ID"),
    "EMPLOYER_DIFFERS": ("注册单位与现聘用单位不一致，请办理执业企业变更", "You are registered with another enterprise: apply for a change of employer"),
    "EXPIRED": ("注册已过有效期，请重新申请初始注册", "The registration has expired: apply for an initial one"),
    "CANCELLED": ("注册已注销", "The registration was cancelled"),
}  # fmt: skip


def reason_words(of: LicenceType, code: str) -> tuple[str, str]:
    """What the reason says of a licence of this type, and which business cures it."""
    words = REASONS.get(code, (code, code))
    return words if of is LicenceType.SPECIAL_OPERATION else _REASONS_OF_CONSTRUCTORS.get(code, words)


_DECIDED = ("ID_CONFLICT", "EXPIRED", "SUSPENDED", "CANCELLED", "ANNULLED", "FORFEITED", "TRANSFERRED", "COMPLETED")
"""Reasons that count before every other: nothing the licence is on its way to become makes it usable."""
_FOREIGN = ("NUMBER_FOREIGN", "TO_BE_EXCHANGED")
_NEW = ("NOT_ARCHIVED",)


def matched_id(id_no: str, today: date) -> str:
    """An old record's ID number as people have it today: one of 15 digits becomes the 18 characters it grew into.

    For matching alone: what does not add up is returned as it is, and matches nobody.
    """
    number = "".join(id_no.split()).upper()
    try:
        return IdNo.upgraded(number, today) if len(number) == 15 else number
    except Problem:
        return number


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one name: ``•``, ``・`` and ``.`` are ``·``, spaces are nothing."""
    return bool(one) and _plain(one) == _plain(other)


def _plain(name: str) -> str:
    try:
        return str(PersonName.parse("".join(name.split())))
    except Problem:
        return "".join(name.split())


def bare_name(name: str) -> str:
    """An enterprise's name without spaces, its brackets of one width, as names are compared."""
    return "".join(name.split()).replace("（", "(").replace("）", ")")


def check(record: OnRecord, bearer: Bearer, today: date) -> tuple[Checked, ...]:
    """Of C1 to C10 every one that is asked of the licence's type, whatever the others say."""
    reasons = {
        LicenceCheck.NAME: "" if same_name(record.name, bearer.name) else "NAME_DIFFERS",
        LicenceCheck.SEX_AND_BIRTH: _of_birth(record, bearer),
        LicenceCheck.EMPLOYER: _of_employer(record, bearer),
        LicenceCheck.TERM: "EXPIRED" if today > record.valid_until or record.status is LicenceStatus.EXPIRED else "",
        LicenceCheck.NUMBER: _of_number(record.number),
        LicenceCheck.CATEGORY: "" if record.category in SPECIAL_OPERATION_TRADES else "CATEGORY_UNKNOWN",
        LicenceCheck.ONLY_ONE: "ID_CONFLICT" if bearer.contested else "SECOND_LICENCE" if bearer.same_category else "",
        LicenceCheck.STATUS: _of_status(record.status),
        LicenceCheck.BUSINESS: _of_business(record),
        LicenceCheck.PHOTO: "" if bearer.has_photo else "PHOTO_MISSING",
    }
    asked = CHECKS[record.type]
    return tuple(Checked(one, passed=not reason, reason=reason) for one, reason in reasons.items() if one in asked)


def view(results: Iterable[Checked]) -> View:
    """The state that the checks lead to, with its reasons.

    Precedence: what was decided (expired, cancelled, contested), then 进赣换证, then 新增归档, then what does not agree.
    """
    failed = [one.reason for one in results if not one.passed and one.check is not LicenceCheck.PHOTO]
    for leading, state in (
        (_DECIDED, ViewState.UNUSABLE),
        (_FOREIGN, ViewState.TRANSFER_IN),
        (_NEW, ViewState.NEW_ARCHIVE),
    ):
        if any(reason in leading for reason in failed):
            first = [reason for reason in failed if reason in leading]
            return View(state, (*first, *(reason for reason in failed if reason not in leading)))
    return View(ViewState.UNUSABLE if failed else ViewState.NORMAL, tuple(failed))


def _of_birth(record: OnRecord, bearer: Bearer) -> str:
    """What the record says of sex and birth is the ID's; a record that says nothing contradicts nothing."""
    id_no = IdNo(bearer.id_no)
    sex_agrees = not record.sex or record.sex == id_no.sex.zh
    birth_agrees = record.born is None or record.born == id_no.born
    return "" if sex_agrees and birth_agrees else "ID_DIFFERS"


def _of_employer(record: OnRecord, bearer: Bearer) -> str:
    if not bearer.employer_uscc:
        return "NO_EMPLOYMENT"
    if record.employer_uscc:
        return "" if record.employer_uscc == bearer.employer_uscc else "EMPLOYER_DIFFERS"
    return "" if bare_name(record.employer_name) == bare_name(bearer.employer_name) else "EMPLOYER_DIFFERS"


def _of_number(number: str) -> str:
    try:
        parsed = SpecialOperationNo.parse(number)
    except Problem:
        return "NUMBER_MALFORMED"
    return "" if parsed.startswith(HOME_PROVINCE) else "NUMBER_FOREIGN"


def _of_status(status: LicenceStatus) -> str:
    return "" if status in (LicenceStatus.IN_FORCE, LicenceStatus.EXPIRED) else status.value.upper()


def _of_business(record: OnRecord) -> str:
    if record.settled:
        return ""
    if record.business is Business.TRANSFERRED_IN:
        return "TO_BE_EXCHANGED"
    return "NOT_ARCHIVED" if record.business in (Business.ISSUED, Business.BACKFILLED) else ""
