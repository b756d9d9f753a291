"""Accounts: who may log in with what, how long that holds, and what a wrong try costs (domain text, §1, §15, §16).

Figures that a security officer may want to change are settings and arrive as ``Rules``; the rest stands here, once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from signing_service.domain.codes import IdNo, PersonName, Region
from signing_service.domain.dates import SHANGHAI
from signing_service.domain.errors import Problem
from signing_service.domain.viewer import AccountKind, Admin

TRIES = 5
"""Wrong ones in a row; from the fifth on each further one locks anew."""
LOCKED_FOR = timedelta(minutes=15)

CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=5)
CODE_TRIES = 5

CHALLENGE_LIFETIME = timedelta(minutes=5)
"""Of a nonce that a key has to sign, and of the way to WeChat and back."""

LINK_LIFETIME = timedelta(hours=24)
UNCONFIRMED_FOR = timedelta(days=7)
"""A registration whose e-mail address nobody confirmed is forgotten then."""

PASSWORD_LENGTH = range(10, 129)
PASSWORD_CLASSES = 3

TOKEN_BYTES = 32
"""Of sessions and links: 256 bits."""


class AccountState(StrEnum):
    ACTIVE = "active"
    UNCONFIRMED = "unconfirmed"
    """Registered itself; the e-mail address is not confirmed yet."""
    DISABLED = "disabled"


class Factor(StrEnum):
    """What somebody has shown of themselves; the journal and the session name them so."""

    PASSWORD = "password"  # noqa: S105  a word
    CODE = "code"
    """A one-time code sent to the registered mobile number or e-mail address."""
    TOTP = "totp"
    """Digits of an authenticator, RFC 6238."""
    PASSKEY = "passkey"
    """WebAuthn."""
    CERT = "cert"
    """A nonce signed with the key of a CA's cert."""
    WECHAT = "wechat"
    PIN = "pin"
    """Of the key that the platform holds for the party."""


class Due(StrEnum):
    """What a session still lacks before anything can be done with it."""

    FACTOR = "factor"
    """The second factor: TOTP or passkey of an officer, the code of an enterprise."""
    PASSWORD = "password"  # noqa: S105  a word
    """The first password has to be replaced."""
    SET_UP = "set_up"
    """An officer without a second factor sets one up."""


class Purpose(StrEnum):
    """A one-time code opens this and nothing else."""

    LOG_IN = "log_in"
    RECOVER = "recover"
    BIND_WECHAT = "bind_wechat"
    UNBIND_WECHAT = "unbind_wechat"
    REACH = "reach"
    """Shows that a new mobile number or e-mail address is reached."""
    SIGN = "sign"
    """With the SHA-256 of the revision as its subject."""
    CANCEL = "cancel"
    """With what is cancelled as its subject."""
    PIN = "pin"
    """Chooses the first PIN of the holder's key."""


class Event(StrEnum):
    """What a messenger is asked to tell, with its facts."""

    CODE = "code"
    """code, purpose, purpose_en, minutes"""
    LINK = "link"
    """link, purpose, purpose_en, hours; to the e-mail address that is to be confirmed"""
    OPENED = "account_opened"
    """login"""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a word
    """time, time_en"""
    CONTACT_CHANGED = "contact_changed"
    """what, what_en, value: also of second factors and WeChat"""
    LOCKED = "account_locked"
    """until, until_en"""
    NEW_LOGIN = "new_login"
    """time, time_en, device"""


PURPOSES: Mapping[Purpose, tuple[str, str]] = {
    Purpose.LOG_IN: ("登录", "log in"),
    Purpose.RECOVER: ("找回密码", "recover the password"),
    Purpose.BIND_WECHAT: ("绑定微信", "bind WeChat"),
    Purpose.UNBIND_WECHAT: ("解除微信绑定", "unbind WeChat"),
    Purpose.REACH: ("登记联系方式", "register where you are reached"),
    Purpose.SIGN: ("签署文件", "sign a document"),
    Purpose.CANCEL: ("办理注销", "cancel"),
    Purpose.PIN: ("设置签名 PIN", "choose the PIN of your key"),
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where somebody is reached; the messenger takes the mobile number first."""

    name: str
    mobile: str = ""
    email: str = ""
    party: str = ""
    """As messages are kept for them: number of a party, account of an officer."""

    @property
    def hint(self) -> str:
        """``138****1234``, ``z***@example.cn``: enough to know which one."""
        if self.mobile:
            return f"{self.mobile[:3]}****{self.mobile[7:]}"
        user, _, host = self.email.partition("@")
        return f"{user[:1]}***@{host}" if host else ""


class Messenger(Protocol):
    """Queues a message in the caller's transaction: what is rolled back is never sent, what is committed is."""

    def tell(self, connection: Any, to: Recipient, event: str, facts: Mapping[str, str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of accounts."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    staff_second_factor: bool = True
    consent: str = "2026-01"
    """Version of the text on biometrics that is agreed to at the window (PIPL 29)."""


@dataclass(frozen=True, slots=True)
class Account:
    account_id: str
    """As journals name it; says nothing of an ID number."""
    kind: AccountKind
    login: str
    """ID number of a person; USCC or a clerk's own name of an enterprise; an officer's own name. One a kind."""
    party: str
    """ID number of a person, USCC of an enterprise, USCC of an officer's authority."""
    name: str
    """Of the person or the enterprise; of an officer the own name."""
    person: str | None = None
    """ID number of the human being who logs in; of an enterprise None where nobody in particular is named."""
    mobile: str = ""
    email: str = ""
    region: Region | None = None
    """Of an officer."""
    dept: str = ""
    post: str = ""
    admin: Admin | None = None
    developer: bool = False
    state: AccountState = AccountState.ACTIVE

    @property
    def reached_at(self) -> Recipient:
        kept_for = self.account_id if self.kind is AccountKind.STAFF else self.party
        return Recipient(self.name, self.mobile, self.email, kept_for)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody's browser or program, from log-in to log-out. Its token is known to its bearer alone."""

    session_id: str
    """SHA-256 of the token, hex."""
    account_id: str
    factors: tuple[Factor, ...]
    made_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Card:
    """What the reader of ID cards tells (GA 450): everything that is printed on a second-generation card."""

    id_no: str
    name: str
    sex: str
    nation: str
    born: str
    address: str
    valid_from: str
    valid_until: str
    """ISO day, or 长期"""


class FaceAnswer(Protocol):
    """Of the real-name register."""

    @property
    def score(self) -> float:
        """How alike the live face and the register's portrait are, 0 to 100."""
        ...

    @property
    def same(self) -> bool:
        """Number and name belong together, and the score is high enough."""
        ...


class RealNameRegister(Protocol):
    """Raises Problem when it cannot be asked."""

    def compare(self, id_no: IdNo, name: PersonName, picture: bytes, /) -> FaceAnswer: ...


class WechatUser(Protocol):
    @property
    def openid(self) -> str:
        """Of this person towards our official account; says nothing to others."""
        ...


class Wechat(Protocol):
    """网页授权: where somebody is sent to agree, and who it was that agreed."""

    def authorize_url(self, redirect_uri: str, state: str) -> str: ...

    def user_of(self, code: str) -> WechatUser:
        """Raises Problem when the code is spent or WeChat cannot be asked."""
        ...


# ---- rules


def refuse_weak_password(password: str, known: Iterable[str]) -> None:
    """``known`` is what others know of the account: name, numbers, log-in name. Raises Problem PASSWORD_WEAK."""
    folded = password.casefold()
    named = any(len(word) >= 2 and word.casefold() in folded for word in known)
    classes = {_class_of(character) for character in password}
    if len(password) not in PASSWORD_LENGTH or len(classes) < PASSWORD_CLASSES or named or not password.isprintable():
        raise Problem(
            "PASSWORD_WEAK",
            "密码须为 10 至 128 位，至少包含大写字母、小写字母、数字、符号中的三类，且不得含有姓名、名称、证件号码或登录名，请另设。",
            "A password has 10 to 128 characters of at least three kinds (capital letters, small letters, digits, signs) "
            "and contains neither name nor number nor log-in name: choose another.",
        )


def _class_of(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Lu", "Ll", "Nd"):
        return category
    return "other"


def locked_until(tries: int, now: datetime) -> datetime | None:
    """The end of the lock that the ``tries``-th try in a row has, should it be wrong; None: no lock."""
    return now + LOCKED_FOR if tries >= TRIES else None


def is_locked(until: datetime) -> Problem:
    moment = f"{until.astimezone(SHANGHAI):%H:%M}"
    return Problem(
        "ACCOUNT_LOCKED",
        f"连续输错次数过多，已锁定至 {moment}（北京时间），请届时再试或找回密码。",
        f"There were too many wrong tries; locked until {moment} Beijing time. Try again then, or recover the password.",
        status=429,
        until=until.isoformat(),
    )


def log_in_refused() -> Problem:
    """One answer, whatever it is that does not match."""
    return Problem(
        "LOGIN_REFUSED",
        "账号或密码不正确，请核对后重新输入；忘记密码可点“找回密码”。",
        "The account or the password is not right: check both, or recover the password.",
        status=401,
    )


def login_required() -> Problem:
    return Problem(
        "LOGIN_REQUIRED",
        "请先登录；长时间未操作会自动退出。",
        "Log in first; a session ends when it is idle.",
        status=401,
    )


def due_first(due: Due) -> Problem:
    zh, en = {
        Due.FACTOR: ("请先完成第二步验证。", "The second factor comes first."),
        Due.PASSWORD: ("首次登录请先修改密码。", "Replace the first password before anything else."),
        Due.SET_UP: ("请先设置动态口令或通行密钥。", "Set up an authenticator or a passkey before anything else."),
    }[due]
    return Problem("LOGIN_UNFINISHED", zh, en, status=401, due=due.value)


def not_allowed() -> Problem:
    return Problem(
        "NOT_ALLOWED",
        "您的账号没有此项权限；如确需办理，请联系本单位管理员授权。",
        "Your account may not do this: ask your administrator for the permission if you need it.",
        status=403,
    )


def code_refused() -> Problem:
    return Problem(
        "CODE_REFUSED",
        "验证码不正确、已使用或已过期（5 分钟），请核对或重新获取。",
        "The code is wrong, used or older than five minutes: check it, or ask for a new one.",
        status=403,
    )


def too_many() -> Problem:
    return Problem(
        "TOO_MANY",
        "操作过于频繁，请稍后再试。",
        "Too many requests in a short time: try again in a while.",
        status=429,
    )


def forged_request() -> Problem:
    return Problem(
        "CSRF_REFUSED",
        "页面已失效，未提交任何内容；请刷新页面后重试。",
        "The page has grown stale and nothing was submitted: reload it and try again.",
        status=403,
    )


def check_email(text: str) -> str:
    """Trimmed. At most 254 characters, one ``@``, a dot in the domain. Raises Problem EMAIL_INVALID."""
    address = text.strip()
    user, _, host = address.partition("@")
    odd = any(unicodedata.category(c)[0] in "CZ" or c in '<>"(),;:\\' for c in address)
    if not user or "." not in host.strip(".") or "@" in host or len(address) > 254 or odd:
        raise Problem(
            "EMAIL_INVALID",
            "电子邮箱格式不正确，应形如 name@example.cn。",
            "The e-mail address cannot be right: it looks like name@example.cn.",
        )
    return address
