"""The PIN of a key that the platform holds for a person or an enterprise: how many wrong tries, and what they cost.

Four wrong tries are free, each further one locks for longer, the eighth until the administrator unlocks: of the
10^6 PINs of six digits a thief has tried seven.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from signing_service.domain.dates import SHANGHAI
from signing_service.domain.errors import Problem

LENGTH = range(6, 33)

LOCKS = {5: timedelta(minutes=15), 6: timedelta(hours=1), 7: timedelta(days=1)}
"""After so many wrong tries in a row it is locked for so long."""
LAST_TRY = 8

FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)


def locked_until(tries: int, now: datetime) -> datetime | None:
    """The end of the lock that the ``tries``-th try in a row has, should it be wrong; None: no lock."""
    if tries >= LAST_TRY:
        return FOR_EVER
    return now + LOCKS[tries] if tries in LOCKS else None


def refuse_weak(pin: str) -> None:
    """Raises Problem PIN_WEAK for what is tried first: too short, one digit throughout, a run such as 123456."""
    steps = {ord(after) - ord(before) for before, after in pairwise(pin)}
    if len(pin) not in LENGTH or not pin.isprintable() or steps in ({0}, {1}, {-1}):
        raise Problem(
            "PIN_WEAK",
            "PIN 须为 6 至 32 位，且不得为重复或连续的数字，请另设。",
            "A PIN has 6 to 32 characters and is neither one digit throughout nor a run such as 123456: choose another.",
        )


def is_locked(until: datetime) -> Problem:
    if until >= FOR_EVER:
        return Problem(
            "PIN_LOCKED",
            "PIN 连续输错次数过多，已锁定，请联系管理员核实身份后解锁。",
            "The PIN was wrong too often and is locked: the administrator unlocks it once it is clear who you are.",
            status=403,
        )
    return Problem(
        "PIN_LOCKED",
        f"PIN 连续输错，已锁定至 {until.astimezone(SHANGHAI):%Y-%m-%d %H:%M}（北京时间），请届时再试。",
        f"The PIN was wrong too often and is locked until {until.astimezone(SHANGHAI):%Y-%m-%d %H:%M} Beijing time.",
        status=403,
        until=until.isoformat(),
    )


def is_wrong(tries: int) -> Problem:
    left = max(0, min(LOCKS) - tries)
    return Problem(
        "PIN_WRONG",
        f"PIN 不正确，请重新输入；再输错 {left} 次将被锁定。" if left else "PIN 不正确，已锁定。",
        f"The PIN is not right: {left} more wrong tries lock it."
        if left
        else "The PIN is not right and is now locked.",
        status=403,
        left=left,
    )
