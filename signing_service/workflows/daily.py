"""What a new day brings: contracts that have run out end employments, and holders learn that a licence runs out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.employment import EmploymentEnd
from signing_service.domain.messages import EXPIRY_REMINDERS, LONGEST_AFTERWARDS
from signing_service.storage import employments, licences
from signing_service.workflows import messages
from signing_service.workflows.desk import Desk
from signing_service.workflows.wording import LICENCE_TITLES


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
        today = day_in_shanghai(now)
        first, last = today - timedelta(days=LONGEST_AFTERWARDS), today + timedelta(days=max(EXPIRY_REMINDERS))
        with self.desk.database.transaction() as connection:
            ending = licences.ending_between(connection, first, last)
            named = [(one, LICENCE_TITLES[one.type].zh, LICENCE_TITLES[one.type].en) for one in ending]
            return messages.tell_of_expiry(connection, named, today, now)
