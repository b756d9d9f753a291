"""What is said when a system outside does not do what it was asked: it is away, it refuses us, or it refuses this one message."""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.domain.errors import Problem


@dataclass(frozen=True, slots=True)
class System:
    """A system outside, as people call it."""

    key: str
    zh: str
    en: str
    settings: str
    """The prefix of the settings that an operator has to look at."""


MAIL = System("mail", "邮件服务", "The mail server", "SIGNING_MAIL_")
SMS = System("sms", "短信服务", "The SMS provider", "SIGNING_SMS_")
WECHAT = System("wechat", "微信公众平台", "WeChat", "SIGNING_WECHAT_")
REAL_NAME = System("real_name", "实名核验服务", "The real-name register", "SIGNING_REAL_NAME_")
TRADING = System("trading", "公共资源交易中心", "The trading centre", "SIGNING_TRADING_")
NATIONAL = System("national", "国家电子证照归集平台", "The national register of licences", "SIGNING_NATIONAL_")

SYSTEMS = (MAIL, SMS, WECHAT, REAL_NAME, TRADING, NATIONAL)


def away(system: System, why: str) -> Problem:
    """Nobody answers, or not sensibly: worth another try. ``why`` is for the operator and holds nothing personal."""
    return Problem(
        "GATEWAY_AWAY",
        f"{system.zh}暂时无法联系，请稍后重试；已登记的消息会自动补发。",
        f"{system.en} cannot be reached just now: try again in a while. Messages that wait are sent by themselves.",
        status=503,
        system=system.key,
        why=why,
    )


def refused(system: System, why: str) -> Problem:
    """It answers, and will not serve us: account, signature, template or quota, which an operator has to settle."""
    return Problem(
        "GATEWAY_REFUSED",
        f"{system.zh}拒绝了本平台的请求（{why}），请管理员核对 {system.settings}* 设置及账户状态。",
        f"{system.en} refused our request ({why}): an administrator has to check the settings {system.settings}* and "
        "the account.",
        status=502,
        system=system.key,
        why=why,
    )


def not_taken(system: System, why: str) -> Problem:
    """The message, or its addressee, will never be taken: no use in trying again."""
    return Problem(
        "MESSAGE_NOT_TAKEN",
        f"{system.zh}不接收发往该地址的消息（{why}），请核对并更新联系方式。",
        f"{system.en} does not take messages to this address ({why}): check the address and bring it up to date.",
        system=system.key,
        why=why,
    )


def not_used(system: System) -> Problem:
    """The operator has switched the system off."""
    return Problem(
        "GATEWAY_OFF",
        f"本平台未启用{system.zh}，请改用其他方式办理。",
        f"{system.en} is not used by this platform: choose another way.",
        status=503,
        system=system.key,
    )
