"""Text messages over the provider's signed API."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from signing_service.domain.errors import Problem
from signing_service.domain.messages import LONGEST_VALUE
from signing_service.gateways.acs3 import authorization, canonical_query, signature
from signing_service.gateways.sms import SmsGateway, TextMessage
from tests.outside import MOBILE, NOON, Outside

CODE = TextMessage(MOBILE, "code", {"code": "204816", "minutes": "5"}, "d-1")


def refused_with(gateway: SmsGateway, message: TextMessage = CODE) -> Problem:
    with pytest.raises(Problem) as refused:
        gateway.send(message)
    return refused.value


def sms_of(outside: Outside, **changed: object) -> SmsGateway:
    assert outside.accesses.sms is not None
    return SmsGateway(replace(outside.accesses.sms, **changed), 5.0, outside.clock)  # type: ignore[arg-type]


def test_the_signature_is_that_of_the_providers_own_example() -> None:
    """Alibaba Cloud SDK, V3 request structure and signature: the worked example of RunInstances."""
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = canonical_query(
        {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    )
    expected = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    assert signature("YourAccessKeySecret", "POST", "/", query, headers) == expected
    assert authorization("YourAccessKeyId", "YourAccessKeySecret", "POST", "/", query, headers) == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        f"x-acs-signature-nonce;x-acs-version,Signature={expected}"
    )


def test_the_query_keeps_unreserved_characters_only() -> None:
    assert canonical_query({"b": "赣 *~+", "a": "-_."}) == "a=-_.&b=%E8%B5%A3%20%2A~%2B"


def test_a_code_arrives_in_the_words_that_were_approved(outside: Outside) -> None:
    number = outside.gateways.sms.send(CODE)
    (received,) = outside.stand_ins.kept.texts.to(MOBILE)
    assert received.title == "【住建一体化平台】"
    assert received.text == "验证码204816，5分钟内有效，请勿告诉任何人。"
    assert number == received.number


def test_the_provider_can_be_asked_whether_a_message_has_left(outside: Outside) -> None:
    sms = outside.gateways.sms
    assert not sms.has_left(MOBILE, "d-1", NOON)
    sms.send(CODE)
    assert sms.has_left(MOBILE, "d-1", NOON)
    assert not sms.has_left(MOBILE, "d-2", NOON)
    assert not sms.has_left(MOBILE, "d-1", NOON + timedelta(days=1))


def test_a_message_is_found_also_beyond_the_first_page_of_records(outside: Outside) -> None:
    for number in range(53):
        outside.gateways.sms.send(replace(CODE, reference=f"d-{number}"))
    assert outside.gateways.sms.has_left(MOBILE, "d-0", NOON)


def test_what_the_provider_will_never_take_is_told_apart_from_what_an_operator_has_to_settle(outside: Outside) -> None:
    never = refused_with(outside.gateways.sms, replace(CODE, mobile="12345"))
    settle = refused_with(sms_of(outside, sign_name="别人的签名"))
    assert (never.code, settle.code) == ("MESSAGE_NOT_TAKEN", "GATEWAY_REFUSED")
    assert "isv.SMS_SIGNATURE_ILLEGAL" in settle.zh


def test_a_template_that_was_not_approved_is_named_to_the_operator(outside: Outside) -> None:
    refused = refused_with(sms_of(outside, templates={"code": "SMS_404"}))
    assert (refused.code, refused.facts["why"]) == ("GATEWAY_REFUSED", "isv.SMS_TEMPLATE_ILLEGAL")


def test_a_value_that_is_too_long_or_missing_is_refused(outside: Outside) -> None:
    long = refused_with(outside.gateways.sms, replace(CODE, values={"code": "2" * (LONGEST_VALUE + 1), "minutes": "5"}))
    missing = refused_with(outside.gateways.sms, replace(CODE, values={"code": "2"}))
    assert long.facts["why"] == "isv.PARAM_LENGTH_LIMIT"
    assert missing.facts["why"] == "isv.TEMPLATE_MISSING_PARAMETERS"


def test_neither_number_nor_code_is_in_the_repr_of_what_is_sent() -> None:
    assert "204816" not in repr(CODE)
