"""What becomes of a construction permit after it was issued: started in time, extended, stopped, ended (domain text, §13.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from signing_service.domain.dates import add_months

START_WITHIN = 3
"""Months from the day of issue (建筑法 第九条)."""
MOST_EXTENSIONS = 2
LONGEST_EXTENSION = 3
"""Months (建筑法 第九条)."""
STOP_REPORTED_WITHIN = 1
"""Months from the day on which the works stopped (建筑法 第十条)."""
VERIFIED_AFTER = 12
"""Months: works that stood still so long are verified before they go on (建筑法 第十条)."""
FILED_WITHIN = 15
"""Days from 竣工验收合格 to the filing (房屋建筑和市政基础设施工程竣工验收备案管理办法 第四条)."""


@dataclass(frozen=True, slots=True)
class Permit:
    number: str
    project: str
    unit_works: tuple[str, ...]
    issued_on: date
    start_by: date
    """The last day on which the works may begin."""
    extensions: int = 0
    started_on: date | None = None
    stopped_on: date | None = None
    """Since when they stand still; None: they do not."""
    ended_on: date | None = None
    """自行废止, 竣工 or replaced by another permit."""

    @property
    def is_live(self) -> bool:
        return self.ended_on is None

    def has_lapsed(self, today: date) -> bool:
        """Whether it has lost its force by itself: neither started nor extended, and the last day is over."""
        return self.is_live and self.started_on is None and today > self.start_by

    def extended_until(self, months: int) -> date:
        return add_months(self.start_by, months)

    def wants_verifying(self, resumed_on: date) -> bool:
        return self.stopped_on is not None and resumed_on >= add_months(self.stopped_on, VERIFIED_AFTER)


def start_by(issued_on: date) -> date:
    """30 November gives 28 February: months keep inside the month."""
    return add_months(issued_on, START_WITHIN)


def stop_due(stopped_on: date) -> date:
    """The last day on which a stop is reported in time."""
    return add_months(stopped_on, STOP_REPORTED_WITHIN)


def filing_due(accepted_on: date) -> date:
    """The last day on which a completion is filed in time."""
    return accepted_on + timedelta(days=FILED_WITHIN)
