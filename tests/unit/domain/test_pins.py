from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from signing_service.domain import pins
from signing_service.domain.errors import Problem

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_locks_grow_until_one_that_only_the_administrator_ends() -> None:
    locks = [pins.locked_until(tries, NOW) for tries in range(1, 11)]
    assert locks[:4] == [None] * 4
    assert [lock - NOW for lock in locks[4:7] if lock] == [timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)]
    assert locks[7:] == [pins.FOR_EVER] * 3


@pytest.mark.parametrize("pin", ["12345", "111111", "123456", "654321", "abcdef", "", "1" * 33, "12\n45678"])
def test_what_is_tried_first_is_no_pin(pin: str) -> None:
    with pytest.raises(Problem) as refused:
        pins.refuse_weak(pin)
    assert refused.value.code == "PIN_WEAK"


@pytest.mark.parametrize("pin", ["493027", "112233", "密码四九三零", "correct horse"])
def test_six_characters_without_pattern_are_a_pin(pin: str) -> None:
    pins.refuse_weak(pin)


def test_a_lock_says_until_when_in_beijing() -> None:
    told = pins.is_locked(NOW + timedelta(minutes=15))
    assert "08:15" in told.zh
    assert "管理员" in pins.is_locked(pins.FOR_EVER).zh
