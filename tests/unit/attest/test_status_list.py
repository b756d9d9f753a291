"""One signed list tells the status of every licence, and how old it is."""

from __future__ import annotations

import base64
import zlib
from datetime import UTC, date, datetime, timedelta

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from signing_service.attest.code_keys import CodeKey, CodeKeys
from signing_service.attest.cose import MalformedError, deterministic, read_sign1, sign1
from signing_service.attest.status_list import (
    CONTENT,
    MOST_LICENCES,
    TAG,
    ListedStatus,
    StatusList,
    listed,
    packed,
    read_list,
    sign_list,
)
from signing_service.domain.licences import LicenceStatus

ADDRESS = "https://verify.signing-service.example/status/1"
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
PRIVATE, OTHER = ec.derive_private_key(0x5EED, ec.SECP256R1()), ec.derive_private_key(0xBAD, ec.SECP256R1())
KEY = CodeKey(PRIVATE.public_key(), date(2026, 1, 1))
KEYS = CodeKeys.of([KEY])


def sign(data: bytes, private: ec.EllipticCurvePrivateKey = PRIVATE) -> bytes:
    return private.sign(data, ec.ECDSA(SHA256()))


def listing(octets: bytes) -> StatusList:
    return StatusList(ADDRESS, NOON, timedelta(hours=12), NOON + timedelta(days=7), octets)


@given(st.dictionaries(st.integers(0, 500), st.sampled_from(ListedStatus)))
def test_every_status_is_read_back_at_its_place(statuses: dict[int, ListedStatus]) -> None:
    token = sign_list(listing(packed(statuses.items(), 501)), KEY.kid, sign)
    read = read_list(token, ADDRESS, KEYS)
    assert [read.status(place) for place in range(501)] == [
        statuses.get(place, ListedStatus.NOT_ASSIGNED) for place in range(501)
    ]
    assert (read.made_at, read.keep_for) == (NOON, timedelta(hours=12))
    assert read.is_current(NOON + timedelta(days=6))
    assert not read.is_current(NOON + timedelta(days=7))


def test_the_packing_is_that_of_the_draft() -> None:
    """Low bits first; the draft's own example of one bit a status, compressed as there."""
    octets = packed([(0, ListedStatus.CANCELLED), (1, ListedStatus.SUSPENDED), (2, ListedStatus.FORFEITED)], 4)
    assert octets == bytes([0x21, 0x3F])
    assert base64.urlsafe_b64encode(zlib.compress(bytes.fromhex("b9a3"), 9)).rstrip(b"=") == b"eNrbuRgAAhcBXQ"


def test_the_claims_are_those_of_the_draft() -> None:
    token = sign_list(listing(packed([], 2)), KEY.kid, sign)
    signed = read_sign1(token[1:], CONTENT)
    assert cbor2.loads(signed.protected)[16] == "application/statuslist+cwt"
    claims = cbor2.loads(signed.payload)
    assert (claims[2], claims[6], claims[65534], claims[65533]["bits"]) == (ADDRESS, 1795320000, 43200, 4)


def test_every_status_of_the_register_has_its_value_but_what_is_over_in_another_way() -> None:
    values = {status: listed(status) for status in LicenceStatus}
    assert values.pop(LicenceStatus.TRANSFERRED) is ListedStatus.CANCELLED
    assert values.pop(LicenceStatus.COMPLETED) is ListedStatus.EXPIRED
    assert len(set(values.values())) == len(values)


def test_a_place_outside_the_list_is_an_error_and_not_in_force() -> None:
    with pytest.raises(IndexError):
        listing(packed([], 4)).status(4)
    with pytest.raises(IndexError):
        packed([(4, ListedStatus.IN_FORCE)], 4)
    with pytest.raises(MalformedError):
        listing(b"\x77").status(0)


def test_a_list_of_another_name_key_or_day_is_refused() -> None:
    token = sign_list(listing(packed([], 2)), KEY.kid, sign)
    older = CodeKeys.of([CodeKey(PRIVATE.public_key(), date(2026, 1, 1), date(2026, 6, 30))])
    forged = sign_list(listing(packed([], 2)), KEY.kid, lambda data: sign(data, OTHER))
    for refused, address, keys in (
        (token, ADDRESS + "/2", KEYS),
        (token, ADDRESS, older),
        (token, ADDRESS, CodeKeys.of([])),
        (forged, ADDRESS, KEYS),
        (token[:-1] + bytes([token[-1] ^ 1]), ADDRESS, KEYS),
        (token[1:], ADDRESS, KEYS),
        (TAG + sign1(b"\xa0", KEY.kid, sign), ADDRESS, KEYS),
        (TAG + sign1(b"\xa0", KEY.kid, sign, CONTENT), ADDRESS, KEYS),
    ):
        with pytest.raises(MalformedError):
            read_list(refused, address, keys)


def test_a_list_that_unpacks_into_too_much_is_refused_at_once() -> None:
    bomb = zlib.compress(bytes(MOST_LICENCES), 9)
    claims = {2: ADDRESS, 4: 2**31, 6: 1795320000, 65533: {"bits": 4, "lst": bomb}, 65534: 1}
    with pytest.raises(MalformedError, match="too long"):
        read_list(TAG + sign1(deterministic(claims), KEY.kid, sign, CONTENT), ADDRESS, KEYS)


def test_a_million_licences_fit_into_a_phone() -> None:
    cancelled = ((place, ListedStatus.CANCELLED) for place in range(0, 1_000_000, 100))
    everyone = bytes(500_000)
    octets = bytearray(everyone)
    for place, status in cancelled:
        octets[place // 2] |= status << 4 * (place % 2)
    assert len(sign_list(listing(bytes(octets)), KEY.kid, sign)) < 50_000


# ---- strangers


def _cwt_key() -> object:
    from cwt import COSEKey

    numbers = PRIVATE.public_key().public_numbers()
    point = {-1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
    return COSEKey.new({1: 2, 2: KEY.kid, 3: -7, **point})


def test_cwt_verifies_a_list_and_the_rules_of_the_draft_read_it() -> None:
    """Not a line of ours reads here: the token as a CWT, then the draft's own algorithm (4.1): byte, shift, mask."""
    import cwt

    now = datetime.now(UTC)
    made = StatusList(
        ADDRESS, now, timedelta(minutes=5), now + timedelta(days=7), packed([(7, ListedStatus.SUSPENDED)], 16)
    )
    claims = cwt.decode(sign_list(made, KEY.kid, sign), _cwt_key())
    assert (claims[2], claims[6], claims[4]) == (ADDRESS, int(now.timestamp()), int(made.expires_at.timestamp()))
    assert claims[65534] == 300
    bits, octets = claims[65533]["bits"], zlib.decompress(claims[65533]["lst"])

    def value(index: int) -> int:
        each = 8 // bits
        return octets[index // each] >> (index % each) * bits & (1 << bits) - 1

    assert [value(index) for index in (6, 7, 8)] == [3, 2, 3]
    forged = sign_list(made, KEY.kid, lambda data: sign(data, OTHER))
    with pytest.raises(cwt.VerifyError):
        cwt.decode(forged, _cwt_key())
