"""What people are told, and in which words: one row an event, in Chinese and English, by each channel (domain text, §3, §17.3).

A text names its facts as ``${fact}``, as templates of text messages do. Of a message in full, the clauses after the
first are left out when a fact of theirs is not known. No text carries a full ID number: whatever looks like one is
masked before it gets in. A text message is fixed wording that its provider has approved, so it only uses facts that
the event always has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import Template


class Channel(StrEnum):
    SMS = "sms"
    WECHAT = "wechat"
    MAIL = "mail"


class Event(StrEnum):
    TODO_OPENED = "todo_opened"
    REMINDER = "reminder"
    """At half and at four fifths of a limit, or as the procedure says."""
    OVERDUE = "overdue"
    RETURNED = "returned"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    ISSUED = "issued"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    START_DUE = "start_due"
    """The works of a construction permit have to begin soon, or it lapses by itself."""
    LICENCE_STATE_CHANGED = "licence_state_changed"
    STAFF_LICENCE_CHANGED = "staff_licence_changed"
    """An employer learns that a licence of somebody it employs has another state; it is told, not asked."""
    CODE = "code"
    LINK = "link"
    ACCOUNT_OPENED = "account_opened"
    ACCOUNT_LOCKED = "account_locked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    CONTACT_CHANGED = "contact_changed"
    NEW_LOGIN = "new_login"
    SECTION_CODE = "section_code"
    """工程码, for the project leader of who is to take a section on."""
    REVIEW_ASKED = "review_asked"
    """An expert is appointed to review drawings or a survey in the own discipline."""
    REVIEW_ROUND = "review_round"
    """The same expert, when it comes back changed."""
    REPLIES = "replies"
    """The same expert, when the unit has answered every opinion of theirs that is open."""


SECRET_FACTS = frozenset({"code", "link"})
"""Shown to nobody but the addressee: in what is kept they are ``******``."""

NUMBERS_OF_OURS = SECRET_FACTS | {"licence"}
"""Facts whose digits we have given out ourselves: a construction permit's number looks like an ID number and is public."""

LONGEST_VALUE = 35
"""Of a variable in a text message, in characters."""

LONGEST_THING = 20
"""Of a field ``thing`` in a WeChat template, in characters."""

MASK = "******"


@dataclass(frozen=True, slots=True)
class Wording:
    """How one event is told. ``zh`` and ``en``: clauses of the message in full."""

    title_zh: str
    title_en: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    sms: str
    subject: str = ""
    """The fact that says what it is about, for WeChat; empty: the title does."""
    number: str = ""
    """The fact by which it is found again."""

    @property
    def required(self) -> frozenset[str]:
        """Facts without which the event cannot be told."""
        texts = (self.zh[0], self.en[0], self.sms)
        return frozenset(name for text in texts for name in named_in(text)) | {
            name for name in (self.subject, self.number) if name
        }


_DOSSIER = {"subject": "procedure", "number": "dossier"}
_LICENCE = {"subject": "licence_name", "number": "licence"}
_REVIEW = {"subject": "project", "number": "dossier"}
_DUE_ZH, _DUE_EN = "请于 ${due} 前办理。", "Please deal with it by ${due_en}."
_REASON_ZH, _REASON_EN = "理由：${reason}", "Reason: ${reason}"

WORDINGS: Mapping[Event, Wording] = {
    Event.TODO_OPENED: Wording(
        "新的待办",
        "Something waits for you",
        ("您有一件新的待办：${procedure}（${dossier}）。", "发起方：${sender}。", _DUE_ZH),
        ("${procedure_en} (${dossier}) waits for you.", "It was started by ${sender}.", _DUE_EN),
        "您有新的待办：${procedure}，办件编号${dossier}，请登录平台在我的待办中办理。",
        **_DOSSIER,
    ),
    Event.REMINDER: Wording(
        "待办提醒",
        "A reminder",
        ("${procedure}（${dossier}）仍待您办理，期限至 ${due}。",),
        ("${procedure_en} (${dossier}) still waits for you; the time limit is ${due_en}.",),
        "提醒：${procedure}，办件编号${dossier}，须于${due}前办理，请登录平台处理。",
        **_DOSSIER,
    ),
    Event.OVERDUE: Wording(
        "办理逾期",
        "Overdue",
        ("${procedure}（${dossier}）已超过办理期限 ${due}，请尽快办理。",),
        ("${procedure_en} (${dossier}) was due on ${due_en}: please deal with it at once.",),
        "逾期：${procedure}，办件编号${dossier}，期限${due}已过，请尽快登录平台办理。",
        **_DOSSIER,
    ),
    Event.RETURNED: Wording(
        "退回补正",
        "Returned for correction",
        ("${procedure}（${dossier}）已退回补正，请一次补正后重新提交。", "需补正：${reason}", _DUE_ZH),
        ("${procedure_en} (${dossier}) was returned for correction.", "To be corrected: ${reason}", _DUE_EN),
        "您的${procedure}，办件编号${dossier}，需补正材料，请登录平台查看补正内容。",
        **_DOSSIER,
    ),
    Event.DECLINED: Wording(
        "对方不同意",
        "Declined",
        ("${procedure}（${dossier}）对方不同意，已退回到您处；原申请表作废。", "对方：${sender}。", _REASON_ZH),
        ("${procedure_en} (${dossier}) was declined and is back with you; its form is void.", "By ${sender}.", _REASON_EN),
        "您的${procedure}，办件编号${dossier}，对方不同意，请登录平台查看理由。",
        **_DOSSIER,
    ),
    Event.ACCEPTED: Wording(
        "已受理",
        "Accepted",
        ("${procedure}（${dossier}）已受理。", "将于 ${due} 前作出决定。"),
        ("${procedure_en} (${dossier}) was accepted.", "It will be decided by ${due_en}."),
        "您的${procedure}，办件编号${dossier}，已受理，请留意后续通知。",
        **_DOSSIER,
    ),
    Event.NOT_ACCEPTED: Wording(
        "不予受理",
        "Not accepted",
        ("${procedure}（${dossier}）不予受理，决定书已送达平台。", _REASON_ZH),
        ("${procedure_en} (${dossier}) was not accepted; the decision is on the platform.", _REASON_EN),
        "您的${procedure}，办件编号${dossier}，不予受理，请登录平台查看决定书。",
        **_DOSSIER,
    ),
    Event.GRANTED: Wording(
        "准予许可",
        "Granted",
        ("${procedure}（${dossier}）已准予。", "电子证照制作完成后另行通知。"),
        ("${procedure_en} (${dossier}) was granted.", "You will be told when the licence is made."),
        "您的${procedure}，办件编号${dossier}，已准予，请登录平台查看决定。",
        **_DOSSIER,
    ),
    Event.REFUSED: Wording(
        "不予许可",
        "Refused",
        ("${procedure}（${dossier}）不予许可，决定书及救济途径请在平台查看。", _REASON_ZH),
        ("${procedure_en} (${dossier}) was refused; the decision and your remedies are on the platform.", _REASON_EN),
        "您的${procedure}，办件编号${dossier}，不予许可，请登录平台查看决定书。",
        **_DOSSIER,
    ),
    Event.LAPSED: Wording(
        "办件失效",
        "Lapsed",
        ("${procedure}（${dossier}）因逾期未办理已失效；仍需办理的请重新发起。",),
        ("${procedure_en} (${dossier}) has lapsed because nobody acted in time: start again if it is still needed.",),
        "${procedure}，办件编号${dossier}，逾期未办理已失效，如需办理请重新发起。",
        **_DOSSIER,
    ),
    Event.ISSUED: Wording(
        "电子证照已制发",
        "The licence is issued",
        ("${licence_name}（${licence}）已制发，可登录平台下载、亮码。", "有效期至 ${valid_until}。"),
        ("${licence_name_en} ${licence} is issued: download it or show its code on the platform.",
         "It is valid until ${valid_until_en}."),
        "您的${licence_name}，编号${licence}，已制发，请登录平台下载。",
        **_LICENCE,
    ),
    Event.EXPIRING: Wording(
        "证照即将到期",
        "A licence runs out soon",
        ("${licence_name}（${licence}）将于 ${valid_until} 到期，还有 ${days} 天。", "需要延续的，最迟应于 ${renew_by} 申请。",
         "延续申请的期限（${renew_missed}）已过，届满后请重新申请。"),
        ("${licence_name_en} ${licence} runs out on ${valid_until_en}, in ${days} days.",
         "To renew it apply by ${renew_by_en}.",
         "To renew it one had to apply by ${renew_missed_en}: apply anew when it has run out."),
        "您的${licence_name}，编号${licence}，将于${valid_until}到期，需要延续的请及时申请。",
        **_LICENCE,
    ),
    Event.EXPIRED: Wording(
        "证照已到期",
        "A licence has run out",
        ("${licence_name}（${licence}）已于 ${valid_until} 到期失效，不得继续使用。",),
        ("${licence_name_en} ${licence} ran out on ${valid_until_en} and may not be used any more.",),
        "您的${licence_name}，编号${licence}，已于${valid_until}到期失效，不得继续使用。",
        **_LICENCE,
    ),
    Event.START_DUE: Wording(
        "开工期限将至",
        "Works have to begin",
        ("${licence_name}（${licence}）：工程最迟应于 ${due} 开工，还有 ${days} 天；已开工的请办理开工登记。", "工程：${project}。",
         "不能按期开工的，请在该日前申请延期（还可延期 ${extensions_left} 次）。", "已延期 ${extended} 次，不能再次延期。",
         "逾期既未开工也未延期的，施工许可证自行废止。"),
        ("${licence_name_en} ${licence}: the works have to begin by ${due_en}, in ${days} days. If they have begun, register it.",
         "Project: ${project}.", "If they cannot begin, apply for an extension before that day (${extensions_left} left).",
         "It was extended ${extended} times and cannot be again.", "Otherwise the permit lapses by itself."),
        "您的${licence_name}，编号${licence}，工程最迟应于${due}开工，逾期未开工也未延期的自行废止，请登录平台办理。",
        **_LICENCE,
    ),
    Event.LICENCE_STATE_CHANGED: Wording(
        "证照状态变更",
        "The state of a licence has changed",
        ("${licence_name}（${licence}）的状态已变更为：${state}。", _REASON_ZH),
        ("The state of ${licence_name_en} ${licence} is now: ${state_en}.", _REASON_EN),
        "您的${licence_name}，编号${licence}，状态已变更为${state}，详情请登录平台查看。",
        **_LICENCE,
    ),
    Event.STAFF_LICENCE_CHANGED: Wording(
        "所聘人员证照状态变更",
        "The state of an employee's licence has changed",
        ("贵单位所聘人员的${licence_name}（${licence}）的状态已变更为：${state}，请据此安排其工作。", _REASON_ZH),
        ("The state of an employee's ${licence_name_en} ${licence} is now: ${state_en}. Arrange the work accordingly.", _REASON_EN),
        "贵单位所聘人员的${licence_name}，编号${licence}，状态已变更为${state}，详情请登录平台查看。",
        **_LICENCE,
    ),
    Event.CODE: Wording(
        "验证码",
        "Your code",
        ("验证码 ${code}，用于${purpose}，${minutes} 分钟内有效，请勿告诉任何人。",),
        ("Your code for ${purpose_en} is ${code}. It holds for ${minutes} minutes; tell nobody.",),
        "验证码${code}，${minutes}分钟内有效，请勿告诉任何人。",
    ),
    Event.LINK: Wording(
        "请验证您的邮箱",
        "Confirm your e-mail address",
        ("请在 ${hours} 小时内打开以下链接，完成${purpose}：${link}", "如非本人操作，请忽略本邮件。"),
        ("To complete ${purpose_en}, open this link within ${hours} hours: ${link}", "If it was not you, ignore this."),
        "",
    ),
    Event.ACCOUNT_OPENED: Wording(
        "账号已开通",
        "Your account is open",
        ("您的账号已开通，登录名 ${login}；首次登录须修改密码。",),
        ("Your account is open; your log-in name is ${login}. Change the password when you first log in.",),
        "您的账号${login}已开通，首次登录须修改密码。",
    ),
    Event.ACCOUNT_LOCKED: Wording(
        "账号已锁定",
        "Your account is locked",
        ("因多次输错，您的账号已锁定至 ${until}。如非本人操作，请尽快修改密码。",),
        ("After several wrong attempts your account is locked until ${until_en}. If it was not you, change the password.",),
        "因多次输错，您的账号已锁定至${until}，如非本人操作请尽快修改密码。",
    ),
    Event.PASSWORD_CHANGED: Wording(
        "密码已修改",
        "Your password was changed",
        ("您的登录密码已于 ${time} 修改。如非本人操作，请立即通过找回密码重设。",),
        ("Your password was changed at ${time_en}. If it was not you, recover the account at once.",),
        "您的登录密码已修改，如非本人操作请立即找回密码。",
    ),
    Event.CONTACT_CHANGED: Wording(
        "联系方式已变更",
        "Your contact details were changed",
        ("您的${what}已变更为 ${value}。如非本人操作，请立即联系窗口。",),
        ("Your ${what_en} is now ${value}. If it was not you, contact the window at once.",),
        "您的${what}已变更，如非本人操作请立即联系窗口。",
    ),
    Event.NEW_LOGIN: Wording(
        "新设备登录",
        "A log-in from a new device",
        ("您的账号于 ${time} 在新设备登录（${device}）。如非本人操作，请立即修改密码。",),
        ("Your account was used on a new device (${device}) at ${time_en}. If it was not you, change the password now.",),
        "您的账号在新设备登录，如非本人操作请立即修改密码。",
    ),
    Event.SECTION_CODE: Wording(
        "工程码",
        "The code of a section",
        ("${project}：${section}已发包给贵单位，工程码 ${code}，${until} 前有效。", "请凭手机号和工程码登录承接。"),
        ("${project}: ${section} is put out to you; its code is ${code}, valid until ${until_en}.",
         "Log in with mobile number and code to take it on."),
        "${section}已发包，工程码${code}，${until}前有效，请登录平台承接，勿告诉他人。",
    ),
    Event.REVIEW_ASKED: Wording(
        "审查任务",
        "A review for you",
        ("您被指定为“${project}”的审查人员，专业：${disciplines}（${dossier}）。", _DUE_ZH),
        ("You are appointed to review ${project} in ${disciplines} (${dossier}).", "It is to be done by ${due_en}."),
        "您被指定为${project}的审查人员，办件编号${dossier}，请登录平台在我的待办中审查。",
        **_REVIEW,
    ),
    Event.REVIEW_ROUND: Wording(
        "复审任务",
        "A review comes back to you",
        ("“${project}”（${dossier}）已修改并送第 ${round} 轮审查，请核对答复和新版图纸，重新给出结论。", _DUE_ZH),
        ("${project} (${dossier}) comes back for round ${round}: look at what was changed, and conclude anew.", "It is to be done by ${due_en}."),
        "${project}已送第${round}轮审查，办件编号${dossier}，请登录平台在我的待办中复审。",
        **_REVIEW,
    ),
    Event.REPLIES: Wording(
        "审查意见已答复",
        "Your opinions were answered",
        ("“${project}”（${dossier}）的编制单位已答复您的全部 ${count} 条意见。", "送复审后请您核对。"),
        ("The unit has answered all ${count} opinions of yours on ${project} (${dossier}).",
         "You are asked to look at them when it is handed in again."),
        "${project}的编制单位已答复您的审查意见，办件编号${dossier}，请登录平台查看。",
        **_REVIEW,
    ),
}  # fmt: skip

_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])(\d{4})\d{10}(\d{3}[0-9Xx])(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True)
class Told:
    """An event in words, for everybody to read who may read the message."""

    title_zh: str
    title_en: str
    zh: str
    en: str


def without_id_numbers(text: str) -> str:
    """``3601**********0014`` for each full ID number in the text, as the parties to a dossier see it."""
    return _ID_NUMBER.sub(lambda found: f"{found[1]}{'*' * 10}{found[2]}", text)


def safe_facts(event: Event, facts: Mapping[str, object]) -> dict[str, str]:
    """The facts as text on one line, ID numbers masked; None and empty ones are left out.

    Raises ValueError when one is missing without which the event cannot be told: a mistake of ours.
    """
    given = {name: " ".join(str(value).split()) for name, value in facts.items() if value is not None}
    safe = {name: text if name in NUMBERS_OF_OURS else without_id_numbers(text) for name, text in given.items() if text}
    if missing := WORDINGS[event].required - safe.keys():
        msg = f"{event} cannot be told without {', '.join(sorted(missing))}"
        raise ValueError(msg)
    return safe


def masked(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts as they may be kept: codes and links are hidden."""
    return {name: MASK if name in SECRET_FACTS else text for name, text in facts.items()}


def in_full(event: Event, facts: Mapping[str, str]) -> Told:
    """For the page and for mail."""
    wording = WORDINGS[event]
    return Told(
        wording.title_zh,
        wording.title_en,
        "".join(_clauses(wording.zh, facts)),
        " ".join(_clauses(wording.en, facts)),
    )


def sms_values(event: Event, facts: Mapping[str, str]) -> dict[str, str]:
    """The variables of the text message, each as long as the provider allows."""
    return {name: clipped(facts[name], LONGEST_VALUE) for name in named_in(WORDINGS[event].sms)}


def wechat_values(event: Event, facts: Mapping[str, str], time: str) -> dict[str, str]:
    """The fields of a template message: title, subject, number and time, the same for every event."""
    wording = WORDINGS[event]
    fields = {
        "thing1": wording.title_zh,
        "thing2": facts.get(wording.subject, ""),
        "thing3": facts.get(wording.number, ""),
        "time4": time,
    }
    return {name: clipped(text, LONGEST_THING) for name, text in fields.items() if text}


def channels_of(event: Event) -> frozenset[Channel]:
    """By which an event may go: a code by text message or mail, that of a section by text message, a link by mail, everything else by all."""
    if event is Event.CODE:
        return frozenset({Channel.SMS, Channel.MAIL})
    if event is Event.SECTION_CODE:
        return frozenset({Channel.SMS})
    return frozenset({Channel.MAIL}) if event is Event.LINK else frozenset(Channel)


def clipped(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def named_in(text: str) -> tuple[str, ...]:
    """The facts that a text names, in the order of the text."""
    return tuple(dict.fromkeys(Template(text).get_identifiers()))


def _clauses(clauses: tuple[str, ...], facts: Mapping[str, str]) -> list[str]:
    return [Template(clause).substitute(facts) for clause in clauses if set(named_in(clause)) <= facts.keys()]
