"""自检: what the last signature will need is tried before the first, and whatever is missing is named."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, SigningCert, TimeStamp
from signing_service.keystores.soft import SoftKeyStore
from signing_service.pipeline.increment import TIME_STAMP_ROOM
from signing_service.pipeline.preflight import Signatory, check_can_finish
from signing_service.trust.pki import ensure
from tests.factories_pki import DESCRIPTION, EXPIRED, NOT_YET_VALID, NOW, add_key, two_keys
from tests.factories_revocation import TestRevocation
from tests.unit.pipeline.sealing import (
    AUTHORITY,
    EMPLOYER,
    HOLDER,
    KEYS,
    PLATFORM,
    RENEWAL,
    Keyring,
    fonts,
    template,
)


class WatchedKeys:
    """A key store that counts what it signs."""

    def __init__(self, keys: SoftKeyStore) -> None:
        self._keys = keys
        self.signed: list[KeyRef] = []

    def signing_cert(self, key: KeyRef) -> SigningCert:
        return self._keys.signing_cert(key)

    def sign(self, key: KeyRef, data: bytes) -> bytes:
        self.signed.append(key)
        return self._keys.sign(key, data)


class OtherKeys(WatchedKeys):
    """A key store that mixed its keys up: what it signs does not belong to the cert it shows."""

    def sign(self, key: KeyRef, data: bytes) -> bytes:
        return ec.generate_private_key(ec.SECP256R1()).sign(data, ec.ECDSA(SHA256()))


class NoTime:
    def time_stamp(self, digest: bytes) -> TimeStamp:
        raise Problem("TSA_UNAVAILABLE", "时间戳服务不可用", "no time", status=503)


class LongTime:
    """An authority whose token carries more certs than there is room for."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def time_stamp(self, digest: bytes) -> TimeStamp:
        stamp = self._keyring.tsa.time_stamp(digest)
        return TimeStamp(stamp.token + bytes(TIME_STAMP_ROOM - len(stamp.token) + 1), stamp.at)


def tried(keyring: Keyring, roles: Iterable[SignatoryRole] = template(RENEWAL).roles, **changes: Any) -> None:
    signatories = changes.pop("signatories", [Signatory(role, KEYS[role]) for role in roles])
    asked = {
        "facts": template(RENEWAL).sample(),
        "fonts": fonts(),
        "signatories": signatories,
        "keys": keyring.keys,
        "anchors": keyring.pki.anchors(),
        "tsa": keyring.tsa,
        "now": keyring.now,
        **changes,
    }
    check_can_finish(**asked)


def refusal(keyring: Keyring, **changes: Any) -> Problem:
    with pytest.raises(Problem) as refused:
        tried(keyring, **changes)
    assert refused.value.zh
    assert refused.value.en
    return refused.value


def test_a_document_that_lacks_nothing_may_be_drawn(keyring: Keyring) -> None:
    watched = WatchedKeys(keyring.keys)
    tried(keyring, keys=watched)
    assert watched.signed == [KEYS[role] for role in template(RENEWAL).roles], "each key was tried once"


@pytest.mark.parametrize(
    "facts", [{"name": "王\U000e0061"}, {"rows": [{"deep": ["\u0e01"]}]}, {"pair": ("a", {"b": "\U0001f600"})}]
)
def test_a_character_that_no_font_holds_is_named_before_any_key_is_asked(
    facts: dict[str, Any], keyring: Keyring
) -> None:
    watched = WatchedKeys(keyring.keys)
    problem = refusal(keyring, facts=facts, keys=watched)
    assert problem.code == "GLYPH_MISSING"
    assert problem.facts["code_point"].startswith("U+")
    assert watched.signed == []


@pytest.mark.parametrize("validity", [EXPIRED, NOT_YET_VALID], ids=["expired", "not yet valid"])
def test_a_cert_outside_its_term_is_refused(validity: Any, tmp_path: Path) -> None:
    pki = ensure(tmp_path / "pki", two_keys(tmp_path), NOW)
    key = add_key(pki, "late", validity=validity)
    with pytest.raises(Problem) as refused:
        check_can_finish(
            {}, fonts(), [Signatory(EMPLOYER, key)], SoftKeyStore(pki.keys, pki.passphrase), pki.anchors(), None, NOW
        )
    assert refused.value.code == "CERT_NOT_VALID"
    assert f"{validity.not_after:%Y-%m-%d}" in refused.value.zh


def test_a_chain_without_its_intermediate_is_refused(keyring: Keyring) -> None:
    class Bare(WatchedKeys):
        def signing_cert(self, key: KeyRef) -> SigningCert:
            whole = self._keys.signing_cert(key)
            return SigningCert(whole.cert, (), whole.algorithm)

    assert refusal(keyring, keys=Bare(keyring.keys)).code == "CHAIN_INCOMPLETE"


def test_of_roots_with_one_name_it_is_the_key_that_counts(keyring: Keyring, tmp_path: Path) -> None:
    look_alike = ensure(tmp_path / "pki", DESCRIPTION, keyring.now)
    assert refusal(keyring, anchors=look_alike.anchors()).code == "CHAIN_INCOMPLETE"
    assert refusal(keyring, anchors=[]).code == "CHAIN_INCOMPLETE"
    tried(keyring, anchors=[*look_alike.anchors(), *keyring.pki.anchors()])


def test_a_key_that_the_store_has_not_is_refused(keyring: Keyring) -> None:
    watched = WatchedKeys(keyring.keys)
    unknown = Signatory(HOLDER, KeyRef("soft", "nobody"))
    assert refusal(keyring, signatories=[unknown, Signatory(AUTHORITY, KEYS[AUTHORITY])], keys=watched).code == (
        "KEY_UNKNOWN"
    )
    assert watched.signed == []


def test_a_key_that_does_not_belong_to_its_cert_is_refused(keyring: Keyring) -> None:
    assert refusal(keyring, keys=OtherKeys(keyring.keys)).code == "SIGNATURE_INVALID"


def test_the_last_signatory_is_tried_like_the_first(keyring: Keyring) -> None:
    first = [Signatory(role, KEYS[role]) for role in (HOLDER, EMPLOYER, AUTHORITY)]
    problem = refusal(keyring, signatories=[*first, Signatory(PLATFORM, KeyRef("soft", "nobody"))])
    assert problem.code == "KEY_UNKNOWN"


def test_no_time_no_document(keyring: Keyring) -> None:
    assert refusal(keyring, tsa=NoTime()).code == "TSA_UNAVAILABLE"
    tried(keyring, tsa=None)


def test_a_time_stamp_longer_than_the_room_kept_for_it_is_refused(keyring: Keyring) -> None:
    assert refusal(keyring, tsa=LongTime(keyring)).code == "TSA_TOKEN_TOO_LONG"


# ---- for the long term


def test_the_evidence_of_every_signatory_and_of_the_authority_of_time_is_asked_for(keyring: Keyring) -> None:
    revocation = TestRevocation(keyring.pki)
    tried(keyring, revocation=revocation, intermediates=keyring.pki.intermediates())
    assert revocation.asked == len(template(RENEWAL).roles) + 1
    tried(keyring)
    assert revocation.asked == len(template(RENEWAL).roles) + 1, "and only where a level asks for it"


def test_nobody_signs_what_cannot_reach_its_level(keyring: Keyring) -> None:
    down = TestRevocation(keyring.pki, down=1)
    assert refusal(keyring, revocation=down).code == "REVOCATION_UNAVAILABLE"
    for label in ("authority", "tsa"):
        revoked = TestRevocation(keyring.pki)
        revoked.revoke(keyring.keys.signing_cert(KeyRef("soft", label)).cert, keyring.now)
        assert refusal(keyring, revocation=revoked).code == "CERT_REVOKED"
