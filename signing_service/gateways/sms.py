"""Text messages: the SMS service of Alibaba Cloud (Dysmsapi, version 2017-05-25), SendSms and QuerySendDetails.

A message is a template that the provider has approved, and the values of its variables. ``OutId`` is ours: the
provider gives it back in its records, so that after a crash we ask whether a message has left before we send it again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from signing_service.domain.dates import SHANGHAI
from signing_service.gateways.acs3 import authorization, canonical_query
from signing_service.gateways.over_http import Answer, HttpLine
from signing_service.gateways.problems import SMS, away, not_taken, refused

VERSION = "2017-05-25"
PAGE_SIZE = 50
FAILED = 2
"""SendStatus: 1 waits for its receipt, 2 failed, 3 arrived."""

_LATER = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isp.SYSTEM_ERROR"})
_NEVER = frozenset({"isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT", "isv.MOBILE_COUNT_OVER_LIMIT"})


@dataclass(frozen=True, slots=True)
class SmsAccess:
    address: str
    """``https://dysmsapi.aliyuncs.com``"""
    access_key: str
    secret: str = field(repr=False)
    sign_name: str
    """The name in 【】 that stands before every message; approved by the provider."""
    templates: Mapping[str, str] = field(default_factory=dict)
    """Approved template codes by event; an event without one is named in capitals, ``SMS_CODE``."""

    def template(self, event: str) -> str:
        return self.templates.get(event, f"SMS_{event.upper()}")


@dataclass(frozen=True, slots=True)
class TextMessage:
    mobile: str
    event: str
    values: Mapping[str, str] = field(repr=False)
    reference: str
    """Ours, at most 256 characters: ``OutId``."""


class SmsGateway:
    """For many threads. ``clock`` and ``nonce`` are passed in."""

    def __init__(
        self,
        access: SmsAccess,
        seconds: float,
        clock: Callable[[], datetime],
        nonce: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._access = access
        self._line = HttpLine(SMS, access.address, seconds)
        self._clock = clock
        self._nonce = nonce

    def send(self, message: TextMessage) -> str:
        """The provider's number of the message (BizId).

        Raises Problem GATEWAY_AWAY (also over the provider's rate), GATEWAY_REFUSED, MESSAGE_NOT_TAKEN.
        """
        answer = self._ask(
            "SendSms",
            {
                "PhoneNumbers": message.mobile,
                "SignName": self._access.sign_name,
                "TemplateCode": self._access.template(message.event),
                "TemplateParam": json.dumps(dict(message.values), ensure_ascii=False, separators=(",", ":")),
                "OutId": message.reference,
            },
        )
        return answer.text("BizId")

    def has_left(self, mobile: str, reference: str, day: datetime) -> bool:
        """Whether the provider took a message with this reference on the day of ``day``, and did not fail to send it."""
        page, seen = 1, 0
        while True:
            answer = self._ask(
                "QuerySendDetails",
                {
                    "PhoneNumber": mobile,
                    "SendDate": day.astimezone(SHANGHAI).strftime("%Y%m%d"),
                    "PageSize": str(PAGE_SIZE),
                    "CurrentPage": str(page),
                },
            )
            details = _details(answer)
            if any(one.get("OutId") == reference and one.get("SendStatus") != FAILED for one in details):
                return True
            seen += len(details)
            if not details or seen >= int(answer.text("TotalCount") or 0):
                return False
            page += 1

    def _ask(self, action: str, values: Mapping[str, str]) -> Answer:
        query = canonical_query(values)
        headers = {
            "host": self._line.host,
            "x-acs-action": action,
            "x-acs-version": VERSION,
            "x-acs-date": self._clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": self._nonce(),
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        }
        signed = authorization(self._access.access_key, self._access.secret, "POST", "/", query, headers)
        answer = self._line.ask("POST", "/", query=query, body=b"", headers={**headers, "Authorization": signed})
        _settle(answer.text("Code"))
        return answer


def _settle(code: str) -> None:
    if code == "OK":
        return
    shown = code if re.fullmatch(r"[A-Za-z0-9_.]{1,80}", code) else "unknown answer"
    if code in _LATER or code.startswith("Throttling"):
        raise away(SMS, shown)
    if code in _NEVER:
        raise not_taken(SMS, shown)
    raise refused(SMS, shown)


def _details(answer: Answer) -> list[Mapping[str, Any]]:
    found = answer.document.get("SmsSendDetailDTOs")
    listed = found.get("SmsSendDetailDTO") if isinstance(found, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise away(SMS, "answers without the records it was asked for")
    return listed
