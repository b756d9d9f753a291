"""What a key may be used for (用印规则): which documents, in which part, when, how often, and who has to release it.

A key without a policy of its own has the default of its owner's kind, so that nothing has to be configured. The rules
are pure: what was counted and what time it is are passed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from signing_service.domain.dates import SHANGHAI, day_in_shanghai
from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import PartyKind
from signing_service.domain.working_days import CALENDAR

RELEASES_NEEDED = 2
"""Officers who release one use, beside the one who took the step: four eyes see the document."""


class KeyState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    """Not now: a loss is looked into. What waits goes on when it is active again."""
    RETIRED = "retired"
    """Never again: another key has taken over."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One use that is asked for."""

    key: KeyRef
    kind: DocumentKind
    template: str
    """``licences/special_operation/2026-01``"""
    role: SignatoryRole


@dataclass(frozen=True, slots=True)
class Counts:
    """How often a key has been used otherwise, by the ledger; the use that is asked for does not count."""

    today: int = 0
    in_all: int = 0


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """What is empty or None restricts nothing.

    ``documents`` and ``release`` name kinds (``licence``), templates (``licences/special_operation``) or editions.
    """

    state: KeyState = KeyState.ACTIVE
    documents: frozenset[str] = frozenset()
    roles: frozenset[SignatoryRole] = frozenset()
    opens: time | None = None
    """First minute of the day, Asia/Shanghai, in which the key may be used."""
    closes: time | None = None
    """First minute in which it may not."""
    working_days: bool = False
    per_day: int | None = None
    """Uses on one day of Asia/Shanghai."""
    in_all: int | None = None
    release: frozenset[str] = frozenset()
    """Documents that two officers have to release before the key seals them."""
    officers: frozenset[str] = frozenset()
    """Accounts that may release; empty: any but the one who took the step."""
    release_hours: int = 24
    """How long a release that was asked for or given can be used."""
    valid_from: date | None = None
    valid_until: date | None = None
    """The last day."""

    def needs_release(self, use: KeyUse) -> bool:
        return _named(self.release, use)

    def to_record(self) -> dict[str, Any]:
        return {name: _plain(getattr(self, name)) for name in _READ if getattr(self, name) != getattr(_NOTHING, name)}


def _plain(value: Any) -> Any:
    match value:
        case frozenset():
            return sorted(str(one) for one in value)
        case time():
            return value.isoformat("minutes")
        case StrEnum():
            return value.value
        case date():
            return value.isoformat()
    return value


def _names(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise ValueError(value)
    return frozenset(value)


def _documents(value: Any) -> frozenset[str]:
    names = _names(value)
    kinds = {kind.value for kind in DocumentKind}
    if any(name not in kinds and name.split("/")[0] not in {f"{kind}s" for kind in kinds} for name in names):
        raise ValueError(value)
    return names


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(value)
    return value


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _time(value: Any) -> time:
    return value if isinstance(value, time) else time.fromisoformat(value)


def _date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


_READ: Mapping[str, Any] = {
    "state": KeyState,
    "documents": _documents,
    "roles": lambda value: frozenset(SignatoryRole(one) for one in _names(value)),
    "opens": _time,
    "closes": _time,
    "working_days": _yes_or_no,
    "per_day": _count,
    "in_all": _count,
    "release": _documents,
    "officers": _names,
    "release_hours": _count,
    "valid_from": _date,
    "valid_until": _date,
}
_NOTHING = KeyPolicy()


def policy_of(record: Mapping[str, Any]) -> KeyPolicy:
    """The policy that a record or a TOML file describes. Raises Problem KEY_POLICY_INVALID, naming the entry."""
    values: dict[str, Any] = {}
    for name, value in record.items():
        try:
            values[name] = _READ[name](value)
        except (KeyError, ValueError, TypeError):
            raise _invalid(name) from None
    policy = KeyPolicy(**values)
    if (policy.opens is None) != (policy.closes is None) or (
        policy.opens is not None and policy.closes is not None and policy.opens >= policy.closes
    ):
        raise _invalid("opens, closes")
    if policy.valid_from and policy.valid_until and policy.valid_from > policy.valid_until:
        raise _invalid("valid_from, valid_until")
    return policy


def _invalid(name: str) -> Problem:
    return Problem(
        "KEY_POLICY_INVALID",
        f"用印规则中的“{name}”无法识别，请对照 certs/key_policy.example.toml 更正。",
        f"“{name}” of the key policy cannot be read: correct it after certs/key_policy.example.toml.",
    )


_OFFICES = frozenset({SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM})
_REVIEW_PASS = "licences/review_pass"  # noqa: S105  a pass, no password
_REVIEW_OPINION = "notices/rv_opinion"
_OF_REVIEW_AGENCIES = frozenset({_REVIEW_PASS, _REVIEW_OPINION, "notices/rv_notice"})
"""What a review agency issues, which is an enterprise; its head signs the 合格书, its experts their opinions (13号令 第十三条)."""
_DEFAULTS: Mapping[PartyKind, KeyPolicy] = {
    PartyKind.PERSON: KeyPolicy(
        documents=frozenset({DocumentKind.FORM.value, _REVIEW_PASS, _REVIEW_OPINION}),
        roles=frozenset(SignatoryRole) - _OFFICES,
    ),
    PartyKind.ENTERPRISE: KeyPolicy(
        documents=frozenset({DocumentKind.FORM.value}) | _OF_REVIEW_AGENCIES, roles=frozenset(SignatoryRole) - _OFFICES
    ),
    PartyKind.AUTHORITY: KeyPolicy(roles=frozenset({SignatoryRole.AUTHORITY})),
    PartyKind.PLATFORM: KeyPolicy(roles=frozenset({SignatoryRole.PLATFORM})),
}


def default_policy(owner: PartyKind) -> KeyPolicy:
    """People and enterprises sign forms and nothing that an authority issues but of drawing reviews, a review agency what it issues; an office's key signs in its own part."""
    return _DEFAULTS[owner]


def refusal(policy: KeyPolicy, use: KeyUse, now: datetime, counts: Counts) -> Problem | None:
    """Why the key may not be used so now, or None. Whether it has been released is another question.

    Codes: KEY_SUSPENDED, KEY_RETIRED, KEY_POLICY_TERM, KEY_POLICY_ROLE, KEY_POLICY_DOCUMENT, KEY_COUNT_EXHAUSTED,
    and of what passes by itself KEY_POLICY_HOURS and KEY_COUNT_TODAY.
    """
    return lasting_refusal(policy, use, now, counts) or _passing_refusal(policy, use, now, counts)


def lasting_refusal(policy: KeyPolicy, use: KeyUse, now: datetime, counts: Counts) -> Problem | None:
    """The refusals that do not pass by themselves: those that must be known before the first party signs."""
    today = day_in_shanghai(now)
    if policy.state is not KeyState.ACTIVE:
        return _not_active(policy, use)
    if (policy.valid_from and today < policy.valid_from) or (policy.valid_until and today > policy.valid_until):
        return _refused(
            "KEY_POLICY_TERM",
            f"密钥“{use.key}”的准用期为 {policy.valid_from or '-'} 至 {policy.valid_until or '-'}，请联系管理员延长或换用密钥",
            f"Key {str(use.key)!r} may be used from {policy.valid_from or '-'} to {policy.valid_until or '-'}: "
            "have the administrator extend that, or change the key",
        )
    if policy.roles and use.role not in policy.roles:
        return _refused(
            "KEY_POLICY_ROLE",
            f"密钥“{use.key}”不得以 {use.role} 身份签章，请联系管理员核对用印规则",
            f"Key {str(use.key)!r} may not sign as {use.role}: have the administrator check its policy",
        )
    if policy.documents and not _named(policy.documents, use):
        return _refused(
            "KEY_POLICY_DOCUMENT",
            f"密钥“{use.key}”不得用于 {use.template}，请联系管理员核对用印规则",
            f"Key {str(use.key)!r} may not sign {use.template}: have the administrator check its policy",
        )
    if policy.in_all is not None and counts.in_all >= policy.in_all:
        return _refused(
            "KEY_COUNT_EXHAUSTED",
            f"密钥“{use.key}”的 {policy.in_all} 次准用次数已用完，请联系管理员增加次数或换用密钥",
            f"Key {str(use.key)!r} has been used the {policy.in_all} times it may: have the administrator raise "
            "the number or change the key",
        )
    return None


def _passing_refusal(policy: KeyPolicy, use: KeyUse, now: datetime, counts: Counts) -> Problem | None:
    local = now.astimezone(SHANGHAI)
    closed = policy.working_days and not CALENDAR.is_working(local.date())
    if policy.opens and policy.closes:
        closed = closed or not policy.opens <= local.time() < policy.closes
    if closed:
        hours = f"{policy.opens:%H:%M}-{policy.closes:%H:%M}" if policy.opens and policy.closes else "00:00-24:00"
        return _refused(
            "KEY_POLICY_HOURS",
            f"密钥“{use.key}”只能在{'工作日 ' if policy.working_days else ''}{hours}（北京时间）使用，届时系统将自动继续",
            f"Key {str(use.key)!r} is used {'on working days, ' if policy.working_days else ''}{hours} Beijing time: "
            "this goes on by itself then",
        )
    if policy.per_day is not None and counts.today >= policy.per_day:
        return _refused(
            "KEY_COUNT_TODAY",
            f"密钥“{use.key}”今日的 {policy.per_day} 次准用次数已用完，明日系统将自动继续",
            f"Key {str(use.key)!r} has been used the {policy.per_day} times it may in a day: this goes on tomorrow",
        )
    return None


def release_obstacle(policy: KeyPolicy, use: KeyUse) -> Problem | None:
    """A release that nobody could ever give: fewer officers are named than are needed."""
    if not policy.needs_release(use) or not policy.officers or len(policy.officers) >= RELEASES_NEEDED:
        return None
    return _refused(
        "RELEASE_IMPOSSIBLE",
        f"密钥“{use.key}”用印须 {RELEASES_NEEDED} 人放行，但规则只列出 {len(policy.officers)} 人，请管理员补充放行人员",
        f"Key {str(use.key)!r} needs {RELEASES_NEEDED} officers to release it and its policy names "
        f"{len(policy.officers)}: have the administrator name more",
    )


def _not_active(policy: KeyPolicy, use: KeyUse) -> Problem:
    if policy.state is KeyState.SUSPENDED:
        return _refused(
            "KEY_SUSPENDED",
            f"密钥“{use.key}”已暂停使用，恢复后系统将自动继续，请联系管理员",
            f"Key {str(use.key)!r} is suspended: this goes on by itself when the administrator makes it active again",
        )
    return _refused(
        "KEY_RETIRED",
        f"密钥“{use.key}”已停用，请管理员为该主体登记新的密钥",
        f"Key {str(use.key)!r} is retired: have the administrator enter the key that takes over",
    )


def _refused(code: str, zh: str, en: str) -> Problem:
    return Problem(code, f"{zh}。", f"{en}.", status=503)


def _named(names: Iterable[str], use: KeyUse) -> bool:
    kind_and_name = use.template.rpartition("/")[0]
    return any(name in (use.kind.value, kind_and_name, use.template) for name in names)


@dataclass(frozen=True, slots=True)
class NextKey:
    """The key that takes over from a party's present one: on a day, or when the present cert has few days left."""

    key: KeyRef
    from_day: date | None = None
    days_left: int = field(default=30)
    """Without a day: it takes over when the present cert ends in fewer days than this."""

    def takes_over(self, at: datetime, present_ends: datetime | None) -> bool:
        """``present_ends`` is None when the present key is gone: then the next one takes over at once."""
        if present_ends is None:
            return True
        if self.from_day is not None:
            return day_in_shanghai(at) >= self.from_day
        return (present_ends - at).total_seconds() < self.days_left * 86_400
