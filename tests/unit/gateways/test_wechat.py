"""WeChat: log-in by authorisation, the account's token, template messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest

from signing_service.domain.errors import Problem
from signing_service.gateways.wechat import TemplateMessage, WechatGateway, WechatUser
from tests.outside import Outside

BACK = "http://127.0.0.1:8000/platform/wechat"


def refusal(call: Any, *given: Any) -> str:
    with pytest.raises(Problem) as refused:
        call(*given)
    return refused.value.code


def somebody(outside: Outside) -> WechatUser:
    return next(iter(outside.stand_ins.wechat.users.values()))


def agreed(outside: Outside, user: WechatUser, back: str = BACK, state: str = "s-1") -> httpx.Response:
    """What a browser does: the authorisation page, then a click on one of its users."""
    assert outside.accesses.wechat is not None
    here = outside.accesses.wechat.address
    asked = urlsplit(outside.gateways.wechat.authorize_url(back, state))
    page = httpx.get(f"{here}{asked.path}?{asked.query}", trust_env=False)
    if page.status_code != 200:
        return page
    link = f"{asked.path}/{user.openid}?"
    assert link in page.text
    return httpx.get(f"{here}{link}{asked.query}", trust_env=False, follow_redirects=False)


def code_of(answer: httpx.Response) -> str:
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def wechat_of(outside: Outside, **changed: object) -> WechatGateway:
    assert outside.accesses.wechat is not None
    return WechatGateway(replace(outside.accesses.wechat, **changed), 5.0, outside.clock)  # type: ignore[arg-type]


def message_to(openid: str, event: str = "todo_opened") -> TemplateMessage:
    values = {
        "thing1": "新的待办",
        "thing2": "执业企业变更",
        "thing3": "C2EC20261123000001",
        "time4": "2026-11-23 12:00",
    }
    return TemplateMessage(openid, event, values, "https://example.org/platform/", "d-1")


def test_who_agrees_comes_back_with_a_code_and_the_same_state_and_is_known(outside: Outside) -> None:
    user = somebody(outside)
    answer = agreed(outside, user, f"{BACK}?next=1")
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(f"{BACK}?next=1&code=")
    assert answer.headers["location"].endswith("&state=s-1")
    assert outside.gateways.wechat.user_of(code_of(answer)) == user


def test_a_code_is_good_once_and_for_five_minutes(outside: Outside) -> None:
    first, second = (code_of(agreed(outside, somebody(outside))) for _ in range(2))
    outside.gateways.wechat.user_of(first)
    assert refusal(outside.gateways.wechat.user_of, first) == "WECHAT_CODE_SPENT"
    outside.clock.advance(timedelta(minutes=5))
    assert refusal(outside.gateways.wechat.user_of, second) == "WECHAT_CODE_SPENT"


def test_a_code_that_nobody_gave_out_is_refused(outside: Outside) -> None:
    assert refusal(outside.gateways.wechat.user_of, "guessed") == "WECHAT_CODE_SPENT"


@pytest.mark.parametrize("back", ["https://evil.example/steal", "javascript:alert(1)", "//evil.example", ""])
def test_a_code_is_never_sent_to_a_strange_page(outside: Outside, back: str) -> None:
    answer = agreed(outside, somebody(outside), back)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_the_wrong_secret_is_the_operators_business(outside: Outside) -> None:
    code = code_of(agreed(outside, somebody(outside)))
    assert refusal(wechat_of(outside, secret="wrong").user_of, code) == "GATEWAY_REFUSED"
    assert refusal(wechat_of(outside, app_id="wx0").access_token) == "GATEWAY_REFUSED"


def test_the_accounts_token_is_kept_until_shortly_before_its_end(outside: Outside) -> None:
    wechat = outside.gateways.wechat
    first = wechat.access_token()
    outside.clock.advance(timedelta(minutes=114))
    assert wechat.access_token() == first
    outside.clock.advance(timedelta(minutes=7))
    assert wechat.access_token() != first


def test_a_message_arrives_with_its_fields(outside: Outside) -> None:
    user = somebody(outside)
    number = outside.gateways.wechat.send(message_to(user.openid))
    (received,) = outside.stand_ins.kept.wechats.to(user.openid)
    assert dict(received.fields) == dict(message_to(user.openid).values)
    assert number == received.number


def test_a_message_of_the_same_reference_is_delivered_once(outside: Outside) -> None:
    openid = somebody(outside).openid
    assert outside.gateways.wechat.send(message_to(openid)) == outside.gateways.wechat.send(message_to(openid))
    (received,) = outside.stand_ins.kept.wechats.to(openid)
    assert received.doubles == 1


def test_a_token_that_somebody_else_ended_is_fetched_anew_and_the_message_still_goes(outside: Outside) -> None:
    openid = somebody(outside).openid
    outside.gateways.wechat.access_token()
    outside.stand_ins.wechat.forget_token()
    outside.gateways.wechat.send(message_to(openid))
    assert len(outside.stand_ins.kept.wechats.to(openid)) == 1


def test_who_does_not_follow_the_account_cannot_be_reached_and_an_unknown_template_is_the_operators(
    outside: Outside,
) -> None:
    wechat = outside.gateways.wechat
    assert refusal(wechat.send, message_to("o-of-somebody-else")) == "MESSAGE_NOT_TAKEN"
    assert refusal(wechat.send, message_to(somebody(outside).openid, "no_such_event")) == "GATEWAY_REFUSED"


def test_a_field_that_is_too_long_is_refused(outside: Outside) -> None:
    message = message_to(somebody(outside).openid)
    assert refusal(outside.gateways.wechat.send, replace(message, values={"thing1": "长" * 21})) == "GATEWAY_REFUSED"
