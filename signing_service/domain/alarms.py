"""What runs out, and when somebody has to be told: 90, 30 and 7 days before, and in the last week every day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signing_service.domain.dates import SHANGHAI

THRESHOLDS = (90, 30, 7)
URGENT = THRESHOLDS[-1]

CODE = "CERT_EXPIRES_SOON"


@dataclass(frozen=True, slots=True)
class Ending:
    """A cert or seal and its end."""

    kind: str
    """key | chain | tsa | anchor | seal"""
    name: str
    mark: str
    """What tells a renewed one from the one before: the cert's hash, the seal's version."""
    ends: datetime

    @property
    def subject(self) -> str:
        return f"{self.kind} {self.name} {self.mark}"

    def days_left(self, now: datetime) -> int:
        """Whole days; negative when it is over."""
        return (self.ends - now).days

    def threshold(self, now: datetime) -> int | None:
        """The nearest threshold that was passed; None while there is time."""
        passed = [days for days in THRESHOLDS if self.days_left(now) <= days]
        return passed[-1] if passed else None

    def told(self, now: datetime) -> str:
        """One line, Chinese and English."""
        days, ends = self.days_left(now), f"{self.ends.astimezone(SHANGHAI):%Y-%m-%d}"
        left = f"剩 {days} 天 / {days} days left" if days >= 0 else "已到期 / expired"
        return f"{self.kind} {self.name}：{ends} 到期 / ends {ends}，{left}"
