"""What a new day brings: contracts that have run out end employments, and holders learn that a licence runs out."""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.employment import EmploymentEnd
from signing_service.storage import employments
from signing_service.workflows import expiry
from signing_service.workflows.desk import Desk


@dataclass(frozen=True, slots=True)
class Daily:
    """Each may run as often as it likes: what is done is not done twice."""

    desk: Desk

    def end_contracts(self) -> int:
        """An employment ends with the last day of its contract; how many did (domain text, §9.2)."""
        today = day_in_shanghai(self.desk.clock())
        with self.desk.database.transaction() as connection:
            over = employments.past_their_contract(connection, today)
            for one in over:
                employments.end(connection, one.person, one.until or today, EmploymentEnd.EXPIRED)
        return len(over)

    def tell_of_expiry(self) -> int:
        """Each holder at 90, 60, 30 and 7 days before the end and the day after; how many were told."""
        now = self.desk.clock()
        with self.desk.database.transaction() as connection:
            return expiry.tell_of_expiry(connection, day_in_shanghai(now), now)
