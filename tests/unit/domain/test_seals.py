"""Which seal may be used when, and with whose cert."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.seals import (
    Seal,
    SealArtwork,
    SealKind,
    SealState,
    choose_seal,
    for_purpose,
    not_for_sheets,
)

KEY, OTHER = KeyRef("soft", "authority"), KeyRef("soft", "other")
CERT = "ab" * 32
DAY = date(2026, 11, 22)
SEAL = Seal(
    "seal-authority", 1, "11360000999000013K", SealArtwork(SealKind.AUTHORITY, "示例省住房和城乡建设厅"), KEY,
    date(2026, 1, 1), date(2028, 12, 31),
)  # fmt: skip


def refused(*seals: Seal, on: date = DAY, key: KeyRef = KEY) -> str:
    with pytest.raises(Problem) as told:
        choose_seal(seals, on, key, CERT)
    assert "seal-authority" in told.value.zh
    return told.value.code


def test_a_seal_is_used_on_its_days_with_its_key() -> None:
    assert choose_seal([SEAL], DAY, KEY, CERT) == SEAL
    assert choose_seal([SEAL], SEAL.valid_until, KEY, CERT) == SEAL
    assert refused(SEAL, on=date(2029, 1, 1)) == "SEAL_EXPIRED"
    assert refused(SEAL, on=date(2025, 12, 31)) == "SEAL_EXPIRED"
    assert refused(SEAL, key=OTHER) == "SEAL_NOT_FOR_THIS_CERT"


def test_who_has_no_seal_signs_without_one() -> None:
    assert choose_seal([], DAY, KEY, CERT) is None


@pytest.mark.parametrize("state", [SealState.SUSPENDED, SealState.LOST, SealState.WITHDRAWN])
def test_a_seal_that_is_not_active_is_not_used_and_no_older_version_either(state: SealState) -> None:
    assert refused(replace(SEAL, state=state)) == "SEAL_NOT_ACTIVE"
    assert refused(SEAL, replace(SEAL, version=2, state=state)) == "SEAL_NOT_ACTIVE"


@pytest.mark.parametrize(("permitted", "works"), [({CERT}, True), ({str(KEY)}, True), ({str(OTHER)}, False)])
def test_a_list_of_certs_counts_alone(permitted: set[str], works: bool) -> None:
    listed = replace(SEAL, permitted=frozenset(permitted))
    if works:
        assert choose_seal([listed], DAY, KEY, CERT) == listed
    else:
        assert refused(listed) == "SEAL_NOT_FOR_THIS_CERT"


def test_of_two_versions_the_one_of_the_day_is_used() -> None:
    new = replace(SEAL, version=2, valid_from=date(2026, 11, 22))
    assert choose_seal([SEAL, new], date(2026, 11, 21), KEY, CERT) == SEAL
    assert choose_seal([SEAL, new], date(2026, 11, 22), KEY, CERT) == new


def test_of_several_seals_one_that_may_be_used_is_used() -> None:
    lost = replace(SEAL, seal_id="seal-lost", version=7, state=SealState.LOST)
    assert choose_seal([lost, SEAL], DAY, KEY, CERT) == SEAL


def test_an_authority_keeps_a_special_seal_for_what_it_was_made_for() -> None:
    general, special = (
        replace(SEAL, seal_id=purpose, artwork=SealArtwork(SealKind.AUTHORITY, "示例市住房和城乡建设局", (purpose,)))
        for purpose in ("行政审批专用章", "消防审批专用章")
    )
    owned = [general, special]
    assert for_purpose(owned, "消防审批专用章") == [special]
    assert for_purpose(owned, "") == not_for_sheets(owned) == [general]
    assert for_purpose([general], "消防审批专用章") == [general], "without one the general seal goes on"
    assert not_for_sheets([special]) == [special], "who has no other uses it for everything"
