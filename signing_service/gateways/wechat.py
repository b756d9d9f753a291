"""WeChat official accounts (微信公众平台, 服务号): log-in by authorisation (网页授权) and template messages (模板消息).

OAuth 2.0 as WeChat has it: ``appid`` and ``secret`` go in the query and errors come with status 200 and ``errcode``.
An access token of the account serves every call for two hours and is kept until shortly before its end.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from signing_service.domain.errors import Problem
from signing_service.gateways.over_http import Answer, HttpLine
from signing_service.gateways.problems import WECHAT, away, not_taken, refused

EARLIER = timedelta(minutes=5)
"""A token is fetched anew so long before its end."""

_TOKEN_ENDED = frozenset({40001, 40014, 42001})
_LATER = frozenset({-1, 45009, 45011})
_NEVER = frozenset({40003, 43004, 43019, 43101})
"""Not an openid of this account, does not follow it, has blocked it, has refused the message."""
_CODE_SPENT = frozenset({40029, 40163, 41008, 42003})


@dataclass(frozen=True, slots=True)
class WechatAccess:
    address: str
    """``https://api.weixin.qq.com``"""
    authorize_address: str
    """``https://open.weixin.qq.com/connect/oauth2/authorize``, which the person's own browser opens."""
    app_id: str
    secret: str = field(repr=False)
    templates: Mapping[str, str] = field(default_factory=dict)
    """Template IDs by event; an event without one is its own."""

    def template(self, event: str) -> str:
        return self.templates.get(event, event)


@dataclass(frozen=True, slots=True)
class WechatUser:
    openid: str
    """Of this person towards this account; says nothing to other accounts."""
    nickname: str
    unionid: str = ""


@dataclass(frozen=True, slots=True)
class TemplateMessage:
    openid: str
    event: str
    values: Mapping[str, str]
    """By the template's field names: ``thing1``, ``time2``, ``character_string3``."""
    url: str
    reference: str
    """Ours: ``client_msg_id``; WeChat sends one message of it within ten minutes."""


class WechatGateway:
    """For many threads."""

    def __init__(self, access: WechatAccess, seconds: float, clock: Callable[[], datetime]) -> None:
        self._access = access
        self._line = HttpLine(WECHAT, access.address, seconds)
        self._clock = clock
        self._fetching = threading.Lock()
        self._token: tuple[str, datetime] | None = None

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where the person is sent to agree. ``state`` comes back and has to be the one of the same session."""
        asked = {
            "appid": self._access.app_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": "snsapi_userinfo",
            "state": state,
        }
        return f"{self._access.authorize_address}?{urlencode(asked)}#wechat_redirect"

    def user_of(self, code: str) -> WechatUser:
        """Who agreed. A code is good once, for five minutes.

        Raises Problem WECHAT_CODE_SPENT, GATEWAY_AWAY, GATEWAY_REFUSED.
        """
        granted = self._get(
            "/sns/oauth2/access_token",
            appid=self._access.app_id,
            secret=self._access.secret,
            code=code,
            grant_type="authorization_code",
        )
        openid, token = granted.text("openid"), granted.text("access_token")
        if not openid or not token:
            raise away(WECHAT, "answers without openid")
        told = self._get("/sns/userinfo", access_token=token, openid=openid, lang="zh_CN")
        if told.text("openid") != openid:
            raise away(WECHAT, "answers about somebody else")
        return WechatUser(openid, told.text("nickname")[:64], told.text("unionid"))

    def send(self, message: TemplateMessage) -> str:
        """WeChat's number of the message (msgid). Raises Problem GATEWAY_AWAY, GATEWAY_REFUSED, MESSAGE_NOT_TAKEN."""
        content = {
            "touser": message.openid,
            "template_id": self._access.template(message.event),
            "url": message.url,
            "client_msg_id": message.reference,
            "data": {name: {"value": value} for name, value in message.values.items()},
        }
        answer = self._post("/cgi-bin/message/template/send", content, self.access_token())
        if _code(answer) in _TOKEN_ENDED:
            # somebody else fetched a newer one, which ends ours early: once more with a fresh one
            answer = self._post("/cgi-bin/message/template/send", content, self.access_token(fresh=True))
        _settle(answer)
        return answer.text("msgid")

    def access_token(self, *, fresh: bool = False) -> str:
        """The account's, kept until five minutes before its end. Raises Problem GATEWAY_AWAY, GATEWAY_REFUSED."""
        with self._fetching:
            if self._token is None or fresh or self._token[1] <= self._clock():
                asked = {
                    "grant_type": "client_credential",
                    "appid": self._access.app_id,
                    "secret": self._access.secret,
                    "force_refresh": fresh,
                }
                answer = self._post("/cgi-bin/stable_token", asked)
                _settle(answer)
                self._token = (answer.text("access_token"), self._clock() + _lifetime(answer) - EARLIER)
            return self._token[0]

    def _get(self, path: str, **asked: str) -> Answer:
        answer = self._line.ask("GET", path, query=urlencode(asked))
        _settle(answer)
        return answer

    def _post(self, path: str, content: Mapping[str, Any], token: str = "") -> Answer:
        return self._line.ask(
            "POST",
            path,
            query=urlencode({"access_token": token}) if token else "",
            body=json.dumps(content, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json"},
        )


def _lifetime(answer: Answer) -> timedelta:
    try:
        return timedelta(seconds=int(answer.text("expires_in")))
    except ValueError:
        raise away(WECHAT, "answers without the life of its token") from None


def _code(answer: Answer) -> int:
    try:
        return int(answer.text("errcode") or 0)
    except ValueError:
        raise away(WECHAT, "answers with an errcode that is no number") from None


def _settle(answer: Answer) -> None:
    code = _code(answer)
    if code == 0:
        return
    if code in _CODE_SPENT:
        raise Problem(
            "WECHAT_CODE_SPENT",
            "微信授权已过期或已使用，请返回登录页重新授权。",
            "The WeChat authorisation has expired or was used already: go back to the log-in page and authorise again.",
            status=401,
        )
    if code in _LATER:
        raise away(WECHAT, f"errcode {code}")
    if code in _NEVER:
        raise not_taken(WECHAT, f"errcode {code}")
    raise refused(WECHAT, f"errcode {code}")
