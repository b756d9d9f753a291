"""What the stand-ins hold a caller to, asked without our own clients: signatures, times, replays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from signing_service.gateways.acs3 import authorization, canonical_query
from signing_service.gateways.real_name import request_signature
from tests.outside import ID_NO, MOBILE, NAME, Outside, outside_in


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    with outside_in(tmp_path) as running:
        yield running


class SmsCaller:
    """Signs as the provider's documents say, and can be made to do it wrong."""

    def __init__(self, outside: Outside) -> None:
        assert outside.accesses.sms is not None
        self.access = outside.accesses.sms
        self.host = self.access.address.removeprefix("http://")
        self.values = {
            "PhoneNumbers": MOBILE,
            "SignName": self.access.sign_name,
            "TemplateCode": "SMS_CODE",
            "TemplateParam": json.dumps({"code": "204816", "minutes": "5"}),
        }
        self.headers = {
            "host": self.host,
            "x-acs-action": "SendSms",
            "x-acs-version": "2017-05-25",
            "x-acs-date": f"{outside.clock().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": "n-1",
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        }

    def ask(self, *, signed: dict[str, str] | None = None, **changed: Any) -> str:
        """The provider's code; ``changed`` is changed after signing."""
        query = canonical_query(self.values)
        key, secret = changed.pop("key", self.access.access_key), changed.pop("secret", self.access.secret)
        given = authorization(key, secret, "POST", "/", query, signed or self.headers)
        headers = {**self.headers, "Authorization": given, **changed.pop("headers", {})}
        address = f"{self.access.address}/?{canonical_query({**self.values, **changed})}"
        return str(httpx.post(address, headers=headers, trust_env=False).json()["Code"])


def test_a_request_signed_as_documented_is_taken(outside: Outside) -> None:
    assert SmsCaller(outside).ask() == "OK"


def test_a_request_is_refused_when_anything_was_changed_after_signing(outside: Outside) -> None:
    caller = SmsCaller(outside)
    assert caller.ask(PhoneNumbers="13970000002") == "SignatureDoesNotMatch"
    assert caller.ask(headers={"x-acs-signature-nonce": "n-2"}) == "SignatureDoesNotMatch"
    assert caller.ask(headers={"x-acs-content-sha256": "0" * 64}) == "SignatureDoesNotMatch"
    assert outside.stand_ins.kept.texts.all() == []


def test_a_request_under_a_wrong_secret_or_an_unknown_key_is_refused(outside: Outside) -> None:
    caller = SmsCaller(outside)
    assert caller.ask(secret="another") == "SignatureDoesNotMatch"
    assert caller.ask(key="LTAI-another") == "InvalidAccessKeyId.NotFound"


def test_a_signature_has_to_cover_the_time_and_the_nonce(outside: Outside) -> None:
    caller = SmsCaller(outside)
    signed = {name: value for name, value in caller.headers.items() if name != "x-acs-signature-nonce"}
    assert caller.ask(signed=signed) == "IncompleteSignature"


def test_a_request_without_signature_is_refused(outside: Outside) -> None:
    assert SmsCaller(outside).ask(headers={"Authorization": "Bearer me"}) == "IncompleteSignature"


def test_a_request_that_is_repeated_is_refused(outside: Outside) -> None:
    caller = SmsCaller(outside)
    assert [caller.ask(), caller.ask()] == ["OK", "SignatureNonceUsed"]
    assert len(outside.stand_ins.kept.texts.all()) == 1


@pytest.mark.parametrize("off", [timedelta(minutes=-16), timedelta(minutes=16)])
def test_a_request_of_another_time_is_refused(outside: Outside, off: timedelta) -> None:
    caller = SmsCaller(outside)
    outside.clock.advance(off)
    assert caller.ask() == "InvalidTimeStamp.Expired"


def asked_register(outside: Outside, **changed: Any) -> tuple[int, dict[str, Any]]:
    access = outside.accesses.real_name
    assert access is not None
    body = json.dumps({"id_no": ID_NO, "name": NAME}).encode()
    moment, nonce = str(int(outside.clock().timestamp())), changed.pop("nonce", "n-1")
    signed = request_signature(changed.pop("secret", access.secret), "/v1/identity/check", moment, nonce, body)
    outside.clock.advance(changed.pop("later", timedelta()))
    headers = {"X-Client": access.client, "X-Timestamp": moment, "X-Nonce": nonce, "X-Signature": signed}
    answer = httpx.post(
        f"{access.address}{changed.pop('path', '/v1/identity/check')}",
        content=changed.pop("body", body),
        headers={**headers, **changed},
        trust_env=False,
    )
    return answer.status_code, answer.json()


def test_the_register_answers_a_signed_question_and_says_no_more_than_it_is_asked(outside: Outside) -> None:
    assert asked_register(outside) == (200, {"result": "match"})


def test_the_register_refuses_a_wrong_signature_another_body_another_path_and_another_client(outside: Outside) -> None:
    wrong = (401, {"code": "SIGNATURE_WRONG"})
    assert asked_register(outside, secret="another") == wrong
    assert asked_register(outside, body=b"{}") == wrong
    assert asked_register(outside, path="/v1/face/compare") == wrong
    assert asked_register(outside, **{"X-Nonce": "n-2"}) == wrong
    assert asked_register(outside, **{"X-Timestamp": "0"}) == wrong
    assert asked_register(outside, **{"X-Signature": ""}) == wrong
    assert asked_register(outside, **{"X-Client": "another"}) == (401, {"code": "CLIENT_UNKNOWN"})


def test_the_register_refuses_a_question_that_is_repeated(outside: Outside) -> None:
    assert asked_register(outside)[0] == 200
    assert asked_register(outside) == (401, {"code": "NONCE_USED"})
    assert asked_register(outside, nonce="n-2")[0] == 200


def test_the_register_refuses_a_question_of_more_than_five_minutes_ago(outside: Outside) -> None:
    assert asked_register(outside, later=timedelta(seconds=301)) == (401, {"code": "TIMESTAMP_OLD"})


def test_a_nonce_is_remembered_as_long_as_its_time_is_believed(outside: Outside) -> None:
    """The very same question, in the last second in which its time is believed."""
    assert asked_register(outside)[0] == 200
    outside.clock.advance(timedelta(seconds=299))
    access = outside.accesses.real_name
    assert access is not None
    body = json.dumps({"id_no": ID_NO, "name": NAME}).encode()
    moment = str(int((outside.clock() - timedelta(seconds=299)).timestamp()))
    signed = request_signature(access.secret, "/v1/identity/check", moment, "n-1", body)
    headers = {"X-Client": access.client, "X-Timestamp": moment, "X-Nonce": "n-1", "X-Signature": signed}
    answer = httpx.post(f"{access.address}/v1/identity/check", content=body, headers=headers, trust_env=False)
    assert answer.json() == {"code": "NONCE_USED"}
