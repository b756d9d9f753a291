"""When the holder of a licence is told that it ends: before the day, and on the day after (domain text, §3 and §11.4).

One table by type, for one has to be renewed long before its end: a qualification is applied for three months before it
(建筑业企业资质管理规定 第十八条), so a first reminder at 90 days would come on the last day, or after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from signing_service.domain.dates import add_months
from signing_service.domain.licences import LicenceType

REMINDERS = (90, 60, 30, 7, -1)
"""Days before the last day of a licence on which its holder is told; -1: the day after."""

REMINDERS_OF_TYPE: Mapping[LicenceType, tuple[int, ...]] = {
    LicenceType.QUALIFICATION: (180, 120, *REMINDERS),
}
"""Of those types that have others than ``REMINDERS``."""

MONTHS_TO_RENEW: Mapping[LicenceType, int] = {LicenceType.QUALIFICATION: 3}
"""So many months before its end a licence of this type is renewed at the latest; others until their last day."""

LONGEST_BEFORE = max(days for of_type in (REMINDERS, *REMINDERS_OF_TYPE.values()) for days in of_type)
"""Days before its end from which a licence may have to be told of."""

LONGEST_AFTERWARDS = 30
"""For so many days after its end a holder who was not told yet is still told."""


def reminders_of(kind: LicenceType) -> tuple[int, ...]:
    return REMINDERS_OF_TYPE.get(kind, REMINDERS)


def expiry_reminder(kind: LicenceType, valid_until: date, today: date) -> int | None:
    """The reminder that a licence with this last day has reached; None: none yet, or it ended long ago.

    One that was missed, because nobody looked that day, is the one that holds until the next.
    """
    left, reminders = (valid_until - today).days, reminders_of(kind)
    if left < 0:
        return reminders[-1] if -left <= LONGEST_AFTERWARDS else None
    return min((days for days in reminders if days >= left), default=None)


def last_day_to_renew(kind: LicenceType, valid_until: date) -> date:
    return add_months(valid_until, -MONTHS_TO_RENEW.get(kind, 0))
