"""Until when an algorithm may be relied on: what was time-stamped with it has to be time-stamped anew before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

LAST_DAY: Mapping[str, date] = {
    "sha1": date(2013, 12, 31),
    "rsa-1024": date(2013, 12, 31),
    "sha224": date(2030, 12, 31),
    "rsa-2048": date(2030, 12, 31),
    "rsa-3072": date(2035, 12, 31),
    "rsa-4096": date(2035, 12, 31),
    "ecdsa-p256": date(2035, 12, 31),
    "ecdsa-p384": date(2035, 12, 31),
    "ecdsa-p521": date(2035, 12, 31),
    "ed25519": date(2035, 12, 31),
}
"""The last day of each (NIST SP 800-131A rev. 2, tables 2 and 8; IR 8547 initial public draft, table 2). One that is
not listed has no end that is known of.
"""


def last_day(algorithms: Iterable[str]) -> date | None:
    """The day on which the first of them ends; None when none of them has an end."""
    return min((LAST_DAY[name] for name in algorithms if name in LAST_DAY), default=None)
