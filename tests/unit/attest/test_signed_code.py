"""A licence's code proves itself: what we signed is read back, and whatever else is refused, by us and by strangers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from signing_service.attest.code_keys import CodeKey, CodeKeys, publish
from signing_service.attest.code_signer import CodeSigner
from signing_service.attest.cose import MalformedError, deterministic, read_sign1, sign1
from signing_service.attest.signed_code import (
    CodeReason,
    CodeVerdict,
    bytes_of,
    check_code,
    digits_of,
    sign_code,
)
from signing_service.attest.statement import Statement
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, SigningCert

HOST = "verify.signing-service.example"
ADDRESS = f"https://{HOST}/v/abcdefghijklmnopqrstuvwxya"
PRIVATE = ec.derive_private_key(0x5EED, ec.SECP256R1())
OTHER = ec.derive_private_key(0xBAD, ec.SECP256R1())
KEY = CodeKey(PRIVATE.public_key(), date(2026, 1, 1), date(2027, 12, 31))
KEYS = CodeKeys.of([KEY])
STATEMENT = Statement(
    number="赣A0112026000001",
    holder="王建国",
    organisation="江右示例建设集团有限公司",
    specialty="建筑电工",
    issued=date(2026, 11, 22),
    expires=date(2028, 11, 21),
    status_index=17,
    record_hash=bytes(range(16)),
)

_texts = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=120)
_days = st.dates(min_value=date(1970, 1, 1))
statements = st.builds(
    Statement,
    number=_texts,
    holder=_texts,
    organisation=st.just("") | _texts,
    specialty=st.just("") | _texts,
    issued=_days,
    expires=st.none() | _days,
    status_index=st.none() | st.integers(0, 2**32 - 1),
    record_hash=st.binary(min_size=16, max_size=16),
)


def signing(private: ec.EllipticCurvePrivateKey = PRIVATE) -> Callable[[bytes], bytes]:
    return lambda data: private.sign(data, ec.ECDSA(SHA256()))


def code(statement: Statement = STATEMENT, private: ec.EllipticCurvePrivateKey = PRIVATE, kid: bytes = KEY.kid) -> str:
    return sign_code(statement, kid, signing(private))


def test_a_genuine_code_tells_what_was_signed() -> None:
    answer = check_code(f"{ADDRESS}#{code()}", KEYS, {HOST})
    assert (answer.verdict, answer.host_is_ours, answer.statement) == (CodeVerdict.GENUINE, True, STATEMENT)


@given(statements)
def test_every_statement_is_read_back_as_it_was_signed(statement: Statement) -> None:
    assert Statement.from_cbor(statement.to_cbor()) == statement


def test_no_byte_of_a_code_can_be_changed() -> None:
    """Every bit of the COSE_Sign1, flipped: none is GENUINE."""
    signed = bytes_of(code())
    for place in range(8 * len(signed)):
        flipped = bytearray(signed)
        flipped[place // 8] ^= 1 << place % 8
        assert check_code(digits_of(bytes(flipped)), KEYS, ()).verdict is not CodeVerdict.GENUINE, place


def test_no_digit_of_a_code_can_be_changed_left_out_or_added() -> None:
    digits = code()
    for place in range(len(digits)):
        other = str((int(digits[place]) + 1) % 10)
        for changed in (digits[:place] + other + digits[place + 1 :], digits[:place] + digits[place + 1 :]):
            assert check_code(changed, KEYS, ()).verdict is not CodeVerdict.GENUINE, place
    assert check_code(digits + "0", KEYS, ()).verdict is not CodeVerdict.GENUINE


def test_a_code_has_one_spelling_only() -> None:
    """Not even the other signature that ECDSA has of every signature makes a second code."""
    signed = read_sign1(bytes_of(code()))
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    twin = signed.signature[:32] + (order - int.from_bytes(signed.signature[32:])).to_bytes(32)
    spellings = {
        "the twin signature": deterministic([signed.protected, {}, signed.payload, twin]),
        "a tag": b"\xd2" + bytes_of(code()),
        "an unprotected header": deterministic([signed.protected, {4: b"x"}, signed.payload, signed.signature]),
        "a longer encoding": b"\x98\x04" + bytes_of(code())[1:],
    }
    for name, spelling in spellings.items():
        assert check_code(digits_of(spelling), KEYS, ()).reason is CodeReason.MALFORMED, name


def test_a_code_of_a_forger_is_forged_and_says_why() -> None:
    reasons = {
        "under our kid": (code(private=OTHER), CodeReason.SIGNATURE_WRONG),
        "under a kid of his own": (code(private=OTHER, kid=b"\0\0\0\1"), CodeReason.KEY_UNKNOWN),
        "before the key was in use": (
            code(replace(STATEMENT, issued=KEY.from_day - timedelta(1))),
            CodeReason.KEY_NOT_IN_USE,
        ),
        "after the key was retired": (code(replace(STATEMENT, issued=date(2028, 1, 1))), CodeReason.KEY_NOT_IN_USE),
    }
    for name, (forged, reason) in reasons.items():
        answer = check_code(f"{ADDRESS}#{forged}", KEYS, {HOST})
        assert (answer.verdict, answer.reason) == (CodeVerdict.FORGED, reason), name


@pytest.mark.parametrize(
    "address",
    [
        "http://verify.signing-service.example/v/x",
        "https://verify.signing-service.example.evil.example/v/x",
        "https://verify.signing-service.example@evil.example/v/x",
        "https://user@verify.signing-service.example/v/x",
        "https://verify.signing-service.example:8443/v/x",
        "https://verify.signing-service.example/v/x?to=evil",
        "https://verify.signing-servíce.example/v/x",
        "https://[::1/v/x",
        "verify.signing-service.example/v/x",
    ],
)
def test_a_copied_code_on_another_address_is_genuine_and_the_host_is_not_ours(address: str) -> None:
    """The warning is about the address: the values are ours all the same, and name the licence they were copied from."""
    answer = check_code(f"{address}#{code()}", KEYS, {HOST})
    assert (answer.verdict, answer.host_is_ours) == (CodeVerdict.GENUINE, False)


def test_bare_digits_name_no_host() -> None:
    assert check_code(code(), KEYS, {HOST}).host_is_ours is None


@pytest.mark.parametrize("text", ["", ADDRESS, f"{ADDRESS}#"])
def test_an_address_without_a_code_is_not_called_forged(text: str) -> None:
    answer = check_code(text, KEYS, {HOST})
    assert (answer.verdict, answer.reason) == (CodeVerdict.UNREADABLE, CodeReason.NO_CODE)


@settings(max_examples=300)
@given(st.text() | st.from_regex(r"https://[a-z.]{1,9}/v/a#1[0-9]{0,600}", fullmatch=True) | st.integers(0).map(str))
def test_whatever_is_scanned_gets_an_answer(text: str) -> None:
    assert check_code(text, KEYS, {HOST}).verdict is not CodeVerdict.GENUINE


@given(st.binary(max_size=300))
def test_whatever_bytes_a_code_carries_get_an_answer(signed: bytes) -> None:
    assert check_code(digits_of(signed), KEYS, ()).verdict is not CodeVerdict.GENUINE


def test_a_statement_with_more_than_the_schema_knows_is_not_read() -> None:
    values = cbor2.loads(STATEMENT.to_cbor())
    for change in (
        {10: "more"},
        {1: 2},
        {3: ""},
        {4: ""},
        {6: -1},
        {6: True},
        {8: 2**32},
        {9: b"short"},
        {2: "x" * 121},
    ):
        with pytest.raises(MalformedError):
            Statement.from_cbor(deterministic({**values, **change}))
    with pytest.raises(ValueError, match="value 8 is not a count"):
        replace(STATEMENT, status_index=-1).to_cbor()


# ---- keys


def test_the_published_keys_are_read_back() -> None:
    assert CodeKeys.read(json.dumps(KEYS.to_json()).encode()).to_json() == KEYS.to_json()


def test_a_key_set_that_was_tampered_with_is_refused() -> None:
    jwk = KEY.to_jwk()
    for change in ({"kid": "00000000"}, {"crv": "P-384"}, {"x": "AA"}, {"from": "soon"}, {"y": jwk["x"]}):
        with pytest.raises(Problem, match="CODE_KEYS_UNREADABLE"):
            CodeKeys.read(json.dumps({"keys": [{**jwk, **change}]}).encode())


def test_roll_over_keeps_old_codes_checkable() -> None:
    newer = CodeKey(OTHER.public_key(), date(2028, 1, 1))
    keys = CodeKeys.of([newer, KEY])
    later = code(replace(STATEMENT, issued=date(2028, 2, 1)), OTHER, newer.kid)
    assert [check_code(one, keys, ()).verdict for one in (code(), later)] == [CodeVerdict.GENUINE] * 2


def test_a_key_that_is_certified_again_keeps_its_old_codes_checkable(tmp_path: Path) -> None:
    publish(tmp_path / "keys.json", KEY)
    publish(tmp_path / "keys.json", CodeKey(KEY.public_key, date(2027, 6, 1), date(2029, 6, 1)))
    [kept] = CodeKeys.read((tmp_path / "keys.json").read_bytes()).keys
    assert (kept.from_day, kept.until_day) == (KEY.from_day, date(2029, 6, 1))


def test_a_code_that_our_own_check_would_call_forged_is_never_made() -> None:
    """A key whose cert has ended signs no licence: it would be printed with a code that proves the contrary."""

    class Nobody:
        def signing_cert(self, key: KeyRef) -> SigningCert:
            raise AssertionError(key)

        def sign(self, key: KeyRef, data: bytes) -> bytes:
            raise AssertionError((key, data))

    signer = CodeSigner(Nobody(), KeyRef("soft", "licence-code"), KEY)
    with pytest.raises(Problem, match="CODE_KEY_NOT_IN_USE"):
        signer.code(replace(STATEMENT, issued=date(2028, 1, 1)))


# ---- strangers


def test_pycose_verifies_a_code() -> None:
    from pycose.keys import EC2Key
    from pycose.messages import Sign1Message

    numbers = PRIVATE.public_key().public_numbers()
    message = Sign1Message.from_cose_obj(cbor2.loads(bytes_of(code())), True)
    message.key = EC2Key(crv="P_256", x=numbers.x.to_bytes(32), y=numbers.y.to_bytes(32))
    assert message.verify_signature()


def test_cwt_verifies_a_code_and_refuses_a_changed_one() -> None:
    from cwt import COSE, COSEKey, VerifyError

    numbers = PRIVATE.public_key().public_numbers()
    point = {-1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
    key = COSEKey.new({1: 2, 2: KEY.kid, 3: -7, **point})
    verifier = COSE.new()
    assert verifier.decode(b"\xd2" + bytes_of(code()), key) == STATEMENT.to_cbor()
    changed = sign1(replace(STATEMENT, holder="李芳华").to_cbor(), KEY.kid, signing(OTHER))
    with pytest.raises(VerifyError):
        verifier.decode(b"\xd2" + changed, key)


def test_a_signer_of_der_signatures_with_a_large_s_is_made_small() -> None:
    def large(data: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
        r, s = decode_dss_signature(signing()(data))
        return encode_dss_signature(r, max(s, order - s))

    digits = sign_code(STATEMENT, KEY.kid, large)
    assert check_code(digits, KEYS, ()).verdict is CodeVerdict.GENUINE
