"""A flip of any byte inside a signed range gives TOTAL_FAILED, even where it destroys the structure of the file."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable

import pytest

from signing_service.domain.verdicts import Verdict
from signing_service.pipeline.validate import validate
from tests.security import attacks
from tests.security.signed_files import NOW, Pki

SPECIAL = (
    rb"%PDF-1\.\d",
    rb"/ByteRange ?\[[^\]]*\]",
    rb"/Contents ?<30",
    rb"/FT ?/Sig",
    rb"/SubFilter ?/ETSI\.CAdES\.detached",
    rb"/Type ?/Sig\b",
    rb"/V \d+ 0 R",
    rb"/T \([a-z]+\)",
    rb"/AcroForm",
    rb"/Fields ?\[",
    rb"/Root \d+ 0 R",
    rb"/Prev \d+",
    rb"/Size \d+",
    rb"xref\n[^t]{0,60}",
    rb"startxref\n\d+\n",
    rb"%%EOF\n",
    rb"trailer",
)


def signed_positions(data: bytes) -> set[int]:
    covered: set[int] = set()
    for first, length, second, rest in attacks.byte_ranges(data):
        covered.update(range(first, first + length), range(second, second + rest))
    return covered


def assert_all_fail(data: bytes, positions: Iterable[int], pki: Pki, seed: int) -> None:
    chance = random.Random(seed)
    for position in positions:
        flipped = bytearray(data)
        flipped[position] ^= 1 << chance.randrange(8)
        report = validate(bytes(flipped), pki.anchors, now=NOW)
        assert report.verdict is Verdict.TOTAL_FAILED, (position, data[position - 10 : position + 10], report)
        assert report.exit_code == 1


def special_positions(data: bytes) -> set[int]:
    signed = signed_positions(data)
    found = {
        position
        for pattern in SPECIAL
        for match in re.finditer(pattern, data)
        for position in range(match.start(), match.end())
    }
    return found & signed


def test_every_special_region_was_found(two_untimed: bytes) -> None:
    signed = signed_positions(two_untimed)
    found = [pattern for pattern in SPECIAL if re.search(pattern, two_untimed)]
    assert len(found) >= len(SPECIAL) - 2, set(SPECIAL) - set(found)
    assert len(special_positions(two_untimed)) > 300
    assert len(signed) > 10_000


def test_a_flip_anywhere_in_a_signed_range_fails(two_untimed: bytes, pki: Pki) -> None:
    sample = random.Random(7).sample(sorted(signed_positions(two_untimed)), 150)
    assert_all_fail(two_untimed, sample, pki, seed=1)


def test_a_flip_in_the_structure_fails(two_untimed: bytes, pki: Pki) -> None:
    sample = random.Random(8).sample(sorted(special_positions(two_untimed)), 250)
    assert_all_fail(two_untimed, sample, pki, seed=2)


def test_a_flip_in_a_time_stamped_file_fails(one: bytes, pki: Pki) -> None:
    sample = random.Random(9).sample(sorted(signed_positions(one)), 40)
    assert_all_fail(one, sample, pki, seed=3)


@pytest.mark.slow
def test_a_flip_of_every_structural_byte_and_of_a_tenth_of_all_others_fails(two_untimed: bytes, pki: Pki) -> None:
    positions = special_positions(two_untimed) | set(sorted(signed_positions(two_untimed))[::10])
    assert_all_fail(two_untimed, sorted(positions), pki, seed=4)


def test_a_byte_removed_or_inserted_fails(two_untimed: bytes, pki: Pki) -> None:
    chance = random.Random(5)
    for position in chance.sample(sorted(signed_positions(two_untimed)), 40):
        for changed in (
            two_untimed[:position] + two_untimed[position + 1 :],
            two_untimed[:position] + b" " + two_untimed[position:],
        ):
            assert validate(changed, pki.anchors, now=NOW).exit_code == 1, position
