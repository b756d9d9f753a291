"""A new code key takes over: old codes stay checkable, a former key signs no more, and a stolen one is ended."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from signing_service.attest.code_keys import CodeKey, CodeKeys, publish, read_published, retire
from signing_service.attest.code_signer import CodeSigner
from signing_service.attest.signed_code import CodeReason, CodeVerdict, bytes_of, check_code
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, SigningCert
from tests.unit.attest.test_signed_code import KEY, OTHER, PRIVATE, STATEMENT, code

NEXT = CodeKey(OTHER.public_key(), date(2026, 10, 1), date(2029, 12, 31))
TAKEN_OVER = date(2026, 11, 30)
BEFORE = replace(STATEMENT, issued=TAKEN_OVER)
AFTER = replace(STATEMENT, issued=date(2026, 12, 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The published set, after the next key has taken over."""
    path = tmp_path / "licence-keys.json"
    publish(path, KEY)
    publish(path, NEXT, takes_over_on=TAKEN_OVER)
    return path


def test_both_keys_are_published_each_with_its_days(path: Path) -> None:
    jwks = {jwk["kid"]: jwk for jwk in json.loads(path.read_bytes())["keys"]}
    assert (jwks[KEY.kid.hex()]["until"], jwks[NEXT.kid.hex()]["until"]) == ("2026-11-30", "2029-12-31")


def test_old_and_new_codes_are_genuine_after_a_roll_over(path: Path) -> None:
    keys = read_published(path)
    for genuine in (code(), code(BEFORE), code(BEFORE, OTHER, NEXT.kid), code(AFTER, OTHER, NEXT.kid)):
        assert check_code(genuine, keys, ()).verdict is CodeVerdict.GENUINE


def test_a_former_key_dates_no_code_after_the_roll_over(path: Path) -> None:
    answer = check_code(code(AFTER), read_published(path), ())
    assert (answer.verdict, answer.reason) == (CodeVerdict.FORGED, CodeReason.KEY_NOT_IN_USE)


def test_publishing_again_changes_nothing_and_brings_no_retired_key_back(path: Path) -> None:
    before = path.read_bytes()
    publish(path, NEXT, takes_over_on=date(2027, 1, 1))
    publish(path, replace(KEY, until_day=date(2040, 1, 1)), takes_over_on=date(2027, 1, 1))
    assert path.read_bytes() == before


def test_a_key_that_ended_earlier_is_not_prolonged_by_its_successor(tmp_path: Path) -> None:
    publish(tmp_path / "keys.json", replace(KEY, until_day=date(2026, 6, 30)))
    publish(tmp_path / "keys.json", NEXT, takes_over_on=TAKEN_OVER)
    kept = read_published(tmp_path / "keys.json").find(KEY.kid)
    assert kept is not None
    assert kept.until_day == date(2026, 6, 30)


def test_a_stolen_key_is_ended_on_a_day_that_is_past(path: Path) -> None:
    retire(path, NEXT.kid, date(2026, 11, 22))
    keys = read_published(path)
    assert check_code(code(STATEMENT, OTHER, NEXT.kid), keys, ()).verdict is CodeVerdict.GENUINE
    assert check_code(code(AFTER, OTHER, NEXT.kid), keys, ()).reason is CodeReason.KEY_NOT_IN_USE
    with pytest.raises(Problem, match="CODE_KEY_UNKNOWN"):
        retire(path, b"\0\0\0\1", date(2026, 11, 22))


class Store:
    """A key store with one key."""

    def signing_cert(self, key: KeyRef) -> SigningCert:
        raise AssertionError(key)

    def sign(self, key: KeyRef, data: bytes) -> bytes:
        del key
        return PRIVATE.sign(data, ec.ECDSA(SHA256()))


def test_a_process_that_still_has_the_former_key_makes_no_code_that_would_be_forged(path: Path) -> None:
    signer = CodeSigner(Store(), KeyRef("soft", "licence-code"), KEY, lambda: read_published(path))
    assert check_code(signer.code(BEFORE), read_published(path), ()).verdict is CodeVerdict.GENUINE
    with pytest.raises(Problem, match="CODE_KEY_NOT_IN_USE"):
        signer.code(AFTER)


# ---- strangers, with the published file and nothing of ours


def _jwk_of(path: Path, signed: bytes) -> dict[str, str]:
    kid = cbor2.loads(cbor2.loads(signed)[0])[4]
    found: dict[str, str] = next(jwk for jwk in json.loads(path.read_bytes())["keys"] if jwk["kid"] == kid.hex())
    return found


def _pycose(signed: bytes, jwk: dict[str, str]) -> bool:
    from pycose.keys import EC2Key
    from pycose.messages import Sign1Message

    message = Sign1Message.from_cose_obj(cbor2.loads(signed), True)
    message.key = EC2Key(crv="P_256", x=_octets(jwk["x"]), y=_octets(jwk["y"]))
    return bool(message.verify_signature())


def _cwt(signed: bytes, jwk: dict[str, str]) -> bool:
    from cwt import COSE, COSEKey, VerifyError

    key = COSEKey.new({1: 2, 2: bytes.fromhex(jwk["kid"]), 3: -7, -1: 1, -2: _octets(jwk["x"]), -3: _octets(jwk["y"])})
    try:
        COSE.new().decode(b"\xd2" + signed, key)
    except VerifyError:
        return False
    return True


def _octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=")


@pytest.mark.parametrize("verifies", [_pycose, _cwt])
def test_strangers_find_the_key_of_old_and_new_codes_in_the_published_set(
    path: Path, verifies: Callable[[bytes, dict[str, str]], bool]
) -> None:
    for digits in (code(BEFORE), code(AFTER, OTHER, NEXT.kid)):
        signed = bytes_of(digits)
        assert verifies(signed, _jwk_of(path, signed))
    forged = bytes_of(code(AFTER, PRIVATE, NEXT.kid))
    assert not verifies(forged, _jwk_of(path, forged))


def test_the_set_of_a_roll_over_reads_as_it_was_written(path: Path) -> None:
    keys = read_published(path)
    assert CodeKeys.read(json.dumps(keys.to_json()).encode()) == keys
    assert [key.retired for key in keys.keys] == [True, False]
