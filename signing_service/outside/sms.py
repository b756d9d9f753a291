"""An SMS provider: SendSms and QuerySendDetails of Alibaba Cloud (Dysmsapi, 2017-05-25) with their V3 signature.

It holds the templates of ``domain.messages`` as approved, keeps each message by its number, and refuses what the
provider refuses: wrong signatures, times more than 15 minutes off, nonces that were used, unknown templates.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from string import Template
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from signing_service.domain.dates import SHANGHAI
from signing_service.domain.messages import LONGEST_VALUE, WORDINGS
from signing_service.gateways.acs3 import ALGORITHM, canonical_query, signature
from signing_service.gateways.sms import VERSION, SmsAccess
from signing_service.outside.kept import OnceOnly, Received, Shelf

SECONDS_OFF = 15 * 60

SIGNED = frozenset(
    {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}
)
"""Headers that a signature has to cover."""

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=(?P<key>[^,]+),SignedHeaders=(?P<signed>[^,]+),Signature=(?P<signature>[0-9a-f]{{64}})"
)


class SmsRefused(Exception):
    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


class SmsProvider:
    """For the account of ``access``, whose address is nothing to us."""

    def __init__(self, shelf: Shelf, access: SmsAccess, clock: Callable[[], datetime]) -> None:
        self._shelf = shelf
        self._access = access
        self._clock = clock
        self._nonces = OnceOnly(SECONDS_OFF)
        self._templates = {access.template(event.value): wording.sms for event, wording in WORDINGS.items()}

    def routes(self) -> list[Route]:
        return [Route("/", self._answer, methods=["POST"])]

    async def _answer(self, request: Request) -> Response:
        request_id = str(uuid4()).upper()
        try:
            document = self._done(request, await request.body())
        except SmsRefused as refused:
            document = {"Code": refused.code, "Message": refused.message}
            return JSONResponse({**document, "RequestId": request_id}, refused.status)
        return JSONResponse({"Code": "OK", "Message": "OK", "RequestId": request_id, **document})

    def _done(self, request: Request, body: bytes) -> dict[str, Any]:
        self._admit(request, body)
        if request.headers["x-acs-version"] != VERSION:
            raise SmsRefused("InvalidVersion", "Specified parameter Version is not valid.")
        asked = dict(request.query_params)
        match request.headers["x-acs-action"]:
            case "SendSms":
                return self._send(asked)
            case "QuerySendDetails":
                return self._details(asked)
        raise SmsRefused("InvalidAction.NotFound", "The specified action is not found.", 404)

    def _admit(self, request: Request, body: bytes) -> None:
        headers = request.headers
        given = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if given is None or not set(headers.keys()) >= SIGNED:
            raise SmsRefused("IncompleteSignature", "The request signature does not conform to standards.")
        if given["key"] != self._access.access_key:
            raise SmsRefused("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
        names = given["signed"].split(";")
        if not set(names) >= SIGNED or not set(names) <= set(headers.keys()):
            raise SmsRefused("IncompleteSignature", "Headers are missing from the signature.")
        query = canonical_query(request.query_params.multi_items())
        expected = signature(self._access.secret, request.method, "/", query, {name: headers[name] for name in names})
        same = hmac.compare_digest(expected, given["signature"])
        if not same or headers["x-acs-content-sha256"] != hashlib.sha256(body).hexdigest():
            raise SmsRefused("SignatureDoesNotMatch", "Specified signature is not matched with our calculation.")
        now = self._clock()
        if abs((now - _moment(headers["x-acs-date"])).total_seconds()) > SECONDS_OFF:
            raise SmsRefused("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
        if not self._nonces.is_new(headers["x-acs-signature-nonce"], now.timestamp()):
            raise SmsRefused("SignatureNonceUsed", "Specified signature nonce was used already.")

    def _send(self, asked: Mapping[str, str]) -> dict[str, Any]:
        mobile = asked.get("PhoneNumbers", "")
        if not re.fullmatch(r"1[3-9][0-9]{9}", mobile):
            raise SmsRefused("isv.MOBILE_NUMBER_ILLEGAL", "号码格式错误", 200)
        if asked.get("SignName") != self._access.sign_name:
            raise SmsRefused("isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名", 200)
        template = self._templates.get(asked.get("TemplateCode", ""))
        if not template:
            raise SmsRefused("isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板", 200)
        received = self._shelf.put(
            Received(
                to=mobile,
                title=f"【{self._access.sign_name}】",
                text=_filled(template, asked.get("TemplateParam", "{}")),
                at=self._clock(),
                reference=asked.get("OutId", ""),
                fields=(("TemplateCode", asked["TemplateCode"]),),
                number=f"{uuid4().int % 10**18:018d}^0",
            )
        )
        return {"BizId": received.number}

    def _details(self, asked: Mapping[str, str]) -> dict[str, Any]:
        day, mobile = asked.get("SendDate", ""), asked.get("PhoneNumber", "")
        try:
            size, page = min(int(asked["PageSize"]), 50), int(asked["CurrentPage"])
        except (KeyError, ValueError):
            raise SmsRefused("isv.INVALID_PARAMETERS", "参数异常", 200) from None
        found = [one for one in self._shelf.to(mobile) if f"{one.at.astimezone(SHANGHAI):%Y%m%d}" == day]
        details = [
            {
                "PhoneNum": one.to,
                "OutId": one.reference,
                "SendStatus": 3,
                "ErrCode": "DELIVERED",
                "TemplateCode": dict(one.fields)["TemplateCode"],
                "Content": f"{one.title}{one.text}",
                "SendDate": f"{one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            }
            for one in found[size * (page - 1) : size * page]
        ]
        return {"TotalCount": str(len(found)), "SmsSendDetailDTOs": {"SmsSendDetailDTO": details}}


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise SmsRefused(
            "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted."
        ) from None


def _filled(template: str, given: str) -> str:
    try:
        values = json.loads(given)
        text = Template(template).substitute(values)
    except (ValueError, TypeError, KeyError):
        raise SmsRefused("isv.TEMPLATE_MISSING_PARAMETERS", "模板缺少变量", 200) from None
    if any(len(str(value)) > LONGEST_VALUE for value in values.values()):
        raise SmsRefused("isv.PARAM_LENGTH_LIMIT", "参数超过长度限制", 200)
    return text
