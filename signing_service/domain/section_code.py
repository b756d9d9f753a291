"""工程码: what the platform texts to a contractor's project leader, and what opens one section and nothing else
(domain text, §10.4).

Ten characters that are easily told apart when they are read out: nine by chance (31⁹, 44 bits) and one that checks them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Self

from signing_service.domain.codes import clean
from signing_service.domain.errors import Problem

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 characters, a prime: without 0 and O, 1, I and L."""

LENGTH = 10
LIFETIME = timedelta(days=30)
TRIES = 5
LOCKED_FOR = timedelta(minutes=30)
SENT_PER_DAY = 5


class SectionCode(str):
    """One wrong character, or two neighbours exchanged, are always noticed: 31 is a prime."""

    __slots__ = ()

    @classmethod
    def mint(cls, choice: Callable[[str], str]) -> Self:
        """``choice`` gives one character of a text that nobody can guess."""
        body = "".join(choice(ALPHABET) for _ in range(LENGTH - 1))
        return cls(body + _check(body))

    @classmethod
    def parse(cls, text: str) -> Self:
        """As it was typed, in any case, with or without spaces and hyphens. Raises Problem SECTION_CODE_REFUSED."""
        code = "".join(clean(text).upper().replace("-", "").split())
        if len(code) != LENGTH or not set(code) <= set(ALPHABET) or _check(code[:-1]) != code[-1]:
            raise refused()
        return cls(code)


def _check(body: str) -> str:
    """Weighted sum modulo 31: positions count 2, 3, 4 …, so that the whole, with the check as 1, is 0."""
    total = sum(weight * ALPHABET.index(character) for weight, character in enumerate(reversed(body), 2))
    return ALPHABET[-total % len(ALPHABET)]


def refused() -> Problem:
    """One answer for a code that is wrong, old, replaced, or for another mobile."""
    return Problem(
        "SECTION_CODE_REFUSED",
        "手机号或工程码不正确，或工程码已失效，请核对短信，或联系建设单位重新发送。",
        "The mobile number or the code is not right, or the code holds no longer: check the text message, or ask the "
        "developer to have it sent again.",
        status=401,
    )
