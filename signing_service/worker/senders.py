"""A delivery in the words and fields of its channel, handed to the gateway.

The reference of the delivery is the OutId of a text message, the client_msg_id of WeChat and the Message-ID of mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from signing_service.domain.dates import SHANGHAI
from signing_service.domain.messages import Channel, in_full, sms_values, wechat_values
from signing_service.gateways.mail import Letter
from signing_service.gateways.opening import Gateways
from signing_service.gateways.sms import TextMessage
from signing_service.gateways.wechat import TemplateMessage
from signing_service.storage.messages import DueDelivery
from signing_service.worker.messenger import Sender

_PAGE = Markup(
    '<!doctype html><html lang="zh-CN"><body style="margin:0;padding:24px;background:#fafaf7;color:#1b1f24;'
    'font:16px/1.7 sans-serif"><h1 style="font-size:22px">{title}</h1><p>{zh}</p>'
    '<p lang="en" style="color:#5b6470">{en}</p><p style="color:#5b6470;font-size:14px">{foot}</p></body></html>'
)
_FOOT = "本邮件由系统自动发送，请勿回复。 Sent automatically: please do not reply."


@dataclass(frozen=True, slots=True)
class SmsSender:
    gateways: Gateways

    def send(self, due: DueDelivery) -> None:
        """After a first attempt whose end is not known, the provider is asked whether the message has left."""
        sms = self.gateways.sms
        if due.attempts > 1 and any(sms.has_left(due.address, due.reference, day) for day in _days(due)):
            return
        sms.send(TextMessage(due.address, due.event.value, sms_values(due.event, due.facts), due.reference))


@dataclass(frozen=True, slots=True)
class WechatSender:
    gateways: Gateways
    url: str
    """The page that the message opens."""

    def send(self, due: DueDelivery) -> None:
        time = f"{due.told_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        values = wechat_values(due.event, due.facts, time)
        self.gateways.wechat.send(TemplateMessage(due.address, due.event.value, values, self.url, due.reference))


@dataclass(frozen=True, slots=True)
class MailSender:
    gateways: Gateways

    def send(self, due: DueDelivery) -> None:
        told = in_full(due.event, due.facts)
        self.gateways.mail.send(
            Letter(
                to=due.address,
                subject=f"{told.title_zh} · {told.title_en}",
                plain=f"{told.zh}\n\n{told.en}\n\n{_FOOT}\n",
                html=_PAGE.format(title=told.title_zh, zh=_linked(told.zh, due), en=_linked(told.en, due), foot=_FOOT),
                reference=due.reference,
                at=due.first_at,
            )
        )


def senders_over(gateways: Gateways, url: str) -> Mapping[Channel, Sender]:
    """``url``: of the page 我的待办."""
    return {
        Channel.SMS: SmsSender(gateways),
        Channel.WECHAT: WechatSender(gateways, url),
        Channel.MAIL: MailSender(gateways),
    }


def _linked(text: str, due: DueDelivery) -> Markup:
    """The text with its own link, and no other, made clickable."""
    link = due.facts.get("link", "")
    if not link.startswith(("https://", "http://")) or link not in text:
        return escape(text)
    before, _, after = text.partition(link)
    return Markup('{}<a href="{}">{}</a>{}').format(before, link, link, after)


def _days(due: DueDelivery) -> list[datetime]:
    """On which an earlier attempt may have left: that of the first, and those after it while attempts go on."""
    return [due.first_at + timedelta(days=day) for day in range(min(due.attempts - 1, 4))]
