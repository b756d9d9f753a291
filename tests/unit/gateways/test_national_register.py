"""国家电子证照归集平台: licences entered once, states updated, refusals read, nothing believed that says nothing of our record."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from signing_service.demo.portraits import sample_portrait
from signing_service.domain.codes import LicenceIdentifier
from signing_service.domain.errors import Problem
from signing_service.gateways.national_register import ENTER, TOKEN, NationalAccess, NationalRegisterGateway
from tests.key_services import listening
from tests.outside import Outside

TYPE = "special_operation"
ISSUER = "11360000999000013K"
FIRST = LicenceIdentifier(f"{ISSUER}101", ISSUER, "A042026000123", 1)
PHOTO = base64.b64encode(sample_portrait("王建国", woman=False)).decode()


def version(identifier: LicenceIdentifier = FIRST, **changes: Any) -> dict[str, Any]:
    return {
        "eCertID": f"{identifier.version:032d}",
        "zzeCertID": str(identifier),
        "certNum": "赣A042026000123",
        "provinceNum": "360000",
        "issuAuth": "示例省住房和城乡建设厅",
        "issuAuthCode": ISSUER,
        "operateType": "01",
        "certState": "01",
        "certStatusDescription": "",
        "photo": PHOTO,
        **changes,
    }


def state(**changes: Any) -> dict[str, Any]:
    return version(**{"eCertID": "f" * 32, "operateType": "03", "certState": "02", **changes})


def test_a_licence_is_entered_and_its_state_follows(outside: Outside) -> None:
    register = outside.gateways.national
    receipt = register.enter(TYPE, version())
    assert (receipt.accepted, receipt.reason, len(receipt.mark)) == (True, "", 32)
    assert register.update(TYPE, state()).accepted
    entered = outside.stand_ins.national.entered[str(FIRST)]
    assert entered.states == [("01", "01"), ("03", "02")]


def test_what_arrives_twice_is_one_entry_and_with_other_contents_refused(outside: Outside) -> None:
    register = outside.gateways.national
    first = register.enter(TYPE, version())
    assert register.enter(TYPE, version()) == first
    assert len(outside.stand_ins.national.entered[str(FIRST)].states) == 1
    changed = register.enter(TYPE, version(certNum="赣A042026000124"))
    assert (changed.accepted, changed.reason) == (False, "数据唯一标识已用于其他内容")
    again = register.enter(TYPE, version(eCertID="a" * 32))
    assert again.reason == "该证照标识已归集"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"zzeCertID": str(FIRST)[:-1] + "?"}, "证照标识不正确"),
        ({"zzeCertID": str(FIRST)[:-1] + ("0" if str(FIRST)[-1] != "0" else "1")}, "证照标识不正确"),
        ({"operateType": "03"}, "操作类型不正确"),
        ({"operateType": "77"}, "操作类型不正确"),
        ({"certState": "08"}, "证书状态不正确"),
        ({"certState": "99"}, "证书状态为其他时须填写描述"),
        ({"operateType": "02", "associatedZzeCertID": str(FIRST)}, "关联证照标识尚未归集"),
        ({"photo": ""}, "照片须为不超过 50KB 的 jpg 或 png"),
        ({"photo": base64.b64encode(b"\xff\xd8\xff" + bytes(50 * 1024)).decode()}, "照片须为不超过 50KB 的 jpg 或 png"),
        ({"issuAuthCode": ""}, "issuAuthCode 为空"),
    ],
)
def test_what_the_register_checks_is_refused_with_its_reason(
    outside: Outside, changes: dict[str, str], reason: str
) -> None:
    receipt = outside.gateways.national.enter(TYPE, version(**changes))
    assert (receipt.accepted, receipt.reason) == (False, reason)
    assert not outside.stand_ins.national.entered


def test_a_version_that_follows_names_the_one_it_replaces_and_a_state_is_of_one_that_is_there(outside: Outside) -> None:
    register, second = outside.gateways.national, FIRST.next_version()
    assert register.update(TYPE, state()).reason == "该证照尚未归集"
    register.enter(TYPE, version())
    assert register.enter(TYPE, version(second, operateType="02", associatedZzeCertID=str(FIRST))).accepted
    assert register.enter("review_pass", version(eCertID="b" * 32)).reason == "未开通该类证照"
    assert register.enter("nothing", version(eCertID="c" * 32)).reason == "请求格式不正确"


def test_one_token_serves_for_its_life_and_a_forgotten_one_is_fetched_again(outside: Outside) -> None:
    register, stand_in = outside.gateways.national, outside.stand_ins.national
    register.enter(TYPE, version())
    register.update(TYPE, state())
    assert len(stand_in._tokens) == 1
    stand_in.forget_tokens()
    assert register.update(TYPE, state(eCertID="d" * 32, operateType="06", certState="01")).accepted
    outside.clock.advance(timedelta(hours=3))
    assert register.update(TYPE, state(eCertID="e" * 32)).accepted
    assert len(stand_in._tokens) == 2


def test_who_is_not_known_there_gets_no_token_and_an_operator_is_told(outside: Outside) -> None:
    access = outside.accesses.national
    assert access is not None
    forger = NationalRegisterGateway(replace(access, secret="guessed"), 5.0, outside.clock)
    with pytest.raises(Problem, match="GATEWAY_REFUSED") as refused:
        forger.enter(TYPE, version())
    assert "guessed" not in str(refused.value.to_document())
    assert access.secret not in repr(access)


def test_a_register_under_repair_is_away(outside: Outside) -> None:
    outside.stand_ins.national.is_down = True
    with pytest.raises(Problem, match="GATEWAY_AWAY"):
        outside.gateways.national.enter(TYPE, version())
    outside.stand_ins.national.is_down = False
    assert outside.gateways.national.enter(TYPE, version()).accepted


OURS = {"eCertID": version()["eCertID"]}
OTHERS = {"eCertID": "0" * 32}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"ReturnCode": "1", "ReturnData": {"SuccessData": [OURS]}}, (True, "")),
        ({"ReturnCode": 2, "ReturnData": {"WarnData": [{**OURS, "WarnMsg": "照片偏小"}]}}, (True, "照片偏小")),
        ({"ReturnCode": "0", "ReturnData": {"ErrorData": [{**OURS, "ErrorMsg": "重复"}]}}, (False, "重复")),
        (
            {"ReturnCode": "0", "ReturnData": {"ErrorData": [{"ErrorGuid": OURS["eCertID"], "ErrorMsg": "重复"}]}},
            (False, "重复"),
        ),
        ({"ReturnCode": "0", "ReturnMsg": "系统校验未通过"}, (False, "系统校验未通过")),
        ({"ReturnCode": "0"}, (False, "未说明原因")),
        ({"ReturnCode": "1", "ReturnData": {"SuccessData": [OTHERS]}}, None),
        ({"ReturnCode": "1", "ReturnData": "ok"}, None),
        ({"ReturnCode": "1"}, None),
        ({"ReturnCode": "7", "ReturnData": {"SuccessData": [OURS]}}, None),
        ({}, None),
    ],
)
def test_an_answer_is_believed_when_it_speaks_of_our_record(
    outside: Outside, answer: dict[str, Any], outcome: tuple[bool, str] | None
) -> None:
    async def token(_request: Request) -> JSONResponse:
        return JSONResponse({"access_token": "t", "expires_in": 3600})

    async def said(_request: Request) -> JSONResponse:
        return JSONResponse(answer)

    app = Starlette(routes=[Route(TOKEN, token, methods=["POST"]), Route(ENTER, said, methods=["POST"])])
    with listening(app) as address:
        register = NationalRegisterGateway(NationalAccess(address, "platform", "s"), 5.0, outside.clock)
        if outcome is None:
            with pytest.raises(Problem, match="GATEWAY_AWAY"):
                register.enter(TYPE, version())
        else:
            receipt = register.enter(TYPE, version())
            assert (receipt.accepted, receipt.reason) == outcome
