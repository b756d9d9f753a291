"""WeChat: the page on which a person agrees, the tokens, and template messages, with the errors that WeChat gives.

On the page one chooses which of some invented people one is.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from signing_service.domain.messages import LONGEST_THING, Event
from signing_service.gateways.wechat import WechatAccess, WechatUser
from signing_service.outside.kept import Received, Shelf

CODE_LASTS, TOKEN_LASTS = timedelta(minutes=5), timedelta(hours=2)
LONGEST_STATE = 128

NICKNAMES = ("赣江晚风", "工地老王", "李工", "塔吊小陈", "阳明路42号", "青云谱的雨", "浔阳监理周", "八一桥头")


@dataclass(frozen=True, slots=True)
class _Grant:
    openid: str
    until: datetime


class WechatRefused(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Wechat:
    """For the account of ``access``. Safe for threads."""

    def __init__(self, shelf: Shelf, access: WechatAccess, clock: Callable[[], datetime]) -> None:
        self._shelf = shelf
        self._access = access
        self._clock = clock
        self._lock = threading.Lock()
        self._codes: dict[str, _Grant] = {}
        self._tokens: dict[str, _Grant] = {}
        self._account_token: _Grant | None = None
        self._templates = {access.template(event.value) for event in Event}
        self.users = {user.openid: user for user in (_invented(access.app_id, name) for name in NICKNAMES)}
        """By openid, in the order of the page."""

    def api(self) -> list[Route]:
        """What the platform's server asks."""
        return [
            Route("/sns/oauth2/access_token", self._answered(self._grant), methods=["GET"]),
            Route("/sns/userinfo", self._answered(self._userinfo), methods=["GET"]),
            Route("/cgi-bin/stable_token", self._answered(self._stable_token), methods=["POST"]),
            Route("/cgi-bin/message/template/send", self._answered(self._send), methods=["POST"]),
        ]

    def refusal_of(self, request: Request) -> str:
        """Why the person cannot be asked to agree; empty: they can."""
        asked = request.query_params
        if asked.get("appid") != self._access.app_id:
            return "appid 参数错误"
        if asked.get("response_type") != "code" or asked.get("scope") not in ("snsapi_base", "snsapi_userinfo"):
            return "scope 参数错误或没有 scope 权限"
        if not _is_state(asked.get("state", "")):
            return "state 参数错误"
        # 网页授权域名: a code goes to a page of this machine, or to nobody
        if not _is_own(asked.get("redirect_uri", ""), request):
            return "redirect_uri 域名与后台配置不一致"
        return ""

    async def agree(self, request: Request) -> Response:
        """The chosen person agrees: the browser goes back to the platform with a code."""
        openid = request.path_params["openid"]
        if self.refusal_of(request) or openid not in self.users:
            return Response("redirect_uri 域名与后台配置不一致", 400, media_type="text/plain; charset=utf-8")
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = _Grant(openid, self._clock() + CODE_LASTS)
        back = request.query_params["redirect_uri"]
        given = urlencode({"code": code, "state": request.query_params.get("state", "")})
        return RedirectResponse(f"{back}{'&' if urlsplit(back).query else '?'}{given}", 302)

    # ---- what the platform's server asks

    def _grant(self, request: Request, _body: bytes) -> dict[str, Any]:
        asked = request.query_params
        self._known(asked.get("appid", ""), asked.get("secret", ""))
        if asked.get("grant_type") != "authorization_code":
            raise WechatRefused(40002, "invalid grant_type")
        with self._lock:
            granted = self._codes.pop(asked.get("code", ""), None)
            if granted is None:
                raise WechatRefused(40029, "invalid code")
            if granted.until <= self._clock():
                raise WechatRefused(42003, "oauth_code expired")
            token = secrets.token_urlsafe(40)
            self._tokens[token] = _Grant(granted.openid, self._clock() + TOKEN_LASTS)
        return {
            "access_token": token,
            "expires_in": int(TOKEN_LASTS.total_seconds()),
            "refresh_token": secrets.token_urlsafe(40),
            "openid": granted.openid,
            "scope": "snsapi_userinfo",
        }

    def _userinfo(self, request: Request, _body: bytes) -> dict[str, Any]:
        granted = self._tokens.get(request.query_params.get("access_token", ""))
        if granted is None or granted.until <= self._clock():
            raise WechatRefused(40001, "invalid credential")
        if granted.openid != request.query_params.get("openid"):
            raise WechatRefused(40003, "invalid openid")
        user = self.users[granted.openid]
        # since 2021 WeChat fills neither sex nor place
        empty = {"sex": 0, "language": "", "city": "", "province": "", "country": "", "headimgurl": "", "privilege": []}
        return {"openid": user.openid, "nickname": user.nickname, **empty, "unionid": user.unionid}

    def _stable_token(self, _request: Request, body: bytes) -> dict[str, Any]:
        asked = _object(body)
        self._known(str(asked.get("appid", "")), str(asked.get("secret", "")))
        if asked.get("grant_type") != "client_credential":
            raise WechatRefused(40002, "invalid grant_type")
        with self._lock:
            now, held = self._clock(), self._account_token
            if held is None or held.until <= now or asked.get("force_refresh") is True:
                held = self._account_token = _Grant(secrets.token_urlsafe(64), now + TOKEN_LASTS)
        return {"access_token": held.openid, "expires_in": int((held.until - now).total_seconds())}

    def _send(self, request: Request, body: bytes) -> dict[str, Any]:
        held = self._account_token
        given = request.query_params.get("access_token", "")
        if held is None or not hmac.compare_digest(held.openid.encode(), given.encode()):
            raise WechatRefused(40001, "invalid credential, access_token is invalid or not latest")
        if held.until <= self._clock():
            raise WechatRefused(42001, "access_token expired")
        asked = _object(body)
        openid, data = str(asked.get("touser", "")), asked.get("data")
        if openid not in self.users:
            raise WechatRefused(40003, "invalid openid")
        if asked.get("template_id") not in self._templates:
            raise WechatRefused(40037, "invalid template_id")
        if not isinstance(data, dict) or not all(isinstance(one, dict) for one in data.values()):
            raise WechatRefused(47001, "data format error")
        fields = tuple((str(name), str(one.get("value", ""))) for name, one in data.items())
        if any(name.startswith("thing") and not 0 < len(text) <= LONGEST_THING for name, text in fields):
            raise WechatRefused(47003, "argument invalid! data.thing.value invalid")
        received = self._shelf.put(
            Received(
                to=openid,
                title=next((text for name, text in fields if name == "thing1"), ""),
                text=str(asked.get("url", "")),
                at=self._clock(),
                reference=str(asked.get("client_msg_id", "")),
                fields=fields,
                number=str(uuid4().int % 10**18),
            )
        )
        return {"errcode": 0, "errmsg": "ok", "msgid": int(received.number)}

    def forget_token(self) -> None:
        """As when somebody else has fetched a newer one: what was given out before is worth nothing."""
        with self._lock:
            if self._account_token is not None:
                self._account_token = replace(self._account_token, openid=secrets.token_urlsafe(64))

    def _known(self, app_id: str, secret: str) -> None:
        if app_id != self._access.app_id:
            raise WechatRefused(40013, "invalid appid")
        if not hmac.compare_digest(secret.encode(), self._access.secret.encode()):
            raise WechatRefused(40125, "invalid appsecret")

    @staticmethod
    def _answered(answer: Callable[[Request, bytes], dict[str, Any]]) -> Callable[[Request], Any]:
        async def answered(request: Request) -> Response:
            try:
                return JSONResponse(answer(request, await request.body()))
            except WechatRefused as refused:
                # WeChat's errors come with status 200
                return JSONResponse({"errcode": refused.code, "errmsg": refused.message})

        return answered


def _is_state(state: str) -> bool:
    """At most 128 characters; WeChat asks for a-zA-Z0-9, and lets the signs of base64url pass."""
    return len(state) <= LONGEST_STATE and all(one.isascii() and (one.isalnum() or one in "-_.~") for one in state)


def _is_own(redirect_uri: str, request: Request) -> bool:
    try:
        parts = urlsplit(redirect_uri)
        host = parts.hostname
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and host is not None
        and host in {request.url.hostname, "127.0.0.1", "localhost"}
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise WechatRefused(47001, "data format error")
    return document


def _invented(app_id: str, nickname: str) -> WechatUser:
    """The same person has another openid towards every account, and one unionid."""
    mark = sha256(f"{app_id} {nickname}".encode()).hexdigest()
    return WechatUser(f"o{mark[:27]}", nickname, f"u{sha256(nickname.encode()).hexdigest()[:27]}")
