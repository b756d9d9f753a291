"""工程码: ten characters that can be read out; a slip of the finger is noticed (domain text, §10.4)."""

from __future__ import annotations

from itertools import cycle

import pytest

from signing_service.domain.errors import Problem
from signing_service.domain.section_code import ALPHABET, LENGTH, SectionCode

BODIES = ("23456789A", "ZZZZZZZZZ", "222222222", "A2B3C4D5E", "Z9Y8X7W6V")


def minted(body: str) -> SectionCode:
    characters = cycle(body)
    return SectionCode.mint(lambda _text: next(characters))


def is_refused(text: str) -> bool:
    try:
        SectionCode.parse(text)
    except Problem as problem:
        return problem.code == "SECTION_CODE_REFUSED"
    return False


@pytest.mark.parametrize("body", BODIES)
def test_a_code_is_read_as_people_type_it(body: str) -> None:
    code = minted(body)
    assert len(code) == LENGTH
    assert SectionCode.parse(f" {code[:5].lower()}-{code[5:]} ") == code


@pytest.mark.parametrize("body", BODIES)
def test_every_wrong_character_is_noticed(body: str) -> None:
    code = minted(body)
    slips = [
        code[:place] + other + code[place + 1 :]
        for place in range(LENGTH)
        for other in ALPHABET
        if other != code[place]
    ]
    assert len(slips) == LENGTH * (len(ALPHABET) - 1)
    assert all(is_refused(slip) for slip in slips)


@pytest.mark.parametrize("body", BODIES)
def test_every_exchange_of_neighbours_is_noticed(body: str) -> None:
    code = minted(body)
    for place in range(LENGTH - 1):
        slip = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert slip == code or is_refused(slip)


@pytest.mark.parametrize("text", ["", "2345", "23456789AB2", "O0I1L23456", "２３４５６７８９ＡＢＣ"])
def test_what_is_no_code_is_refused_with_the_same_words(text: str) -> None:
    assert is_refused(text)
