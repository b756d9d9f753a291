"""What a new day brings: contracts that have run out end employments, licences are checked anew, holders learn that one runs out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from signing_service.domain.accounts import UNCONFIRMED_FOR
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.dossier import Dossier
from signing_service.domain.employment import EmploymentEnd
from signing_service.storage import accounts, employments, sessions
from signing_service.workflows import expiry, matching
from signing_service.workflows.abolition import abolish_lapsed
from signing_service.workflows.deemed import renewals_not_decided
from signing_service.workflows.desk import Desk
from signing_service.workflows.start_reminders import START_REMINDERS, remind_of_start

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Daily:
    """Each may run as often as it likes: what is done is not done twice."""

    desk: Desk
    extend_undecided: bool = False
    """Whether a renewal that nobody decided in time is extended by itself; else there is only the alarm."""
    before_start: tuple[int, ...] = START_REMINDERS
    """Days before the last day to begin on which a developer is reminded."""

    def undecided_renewals(self) -> int:
        """An alarm for each renewal whose licence ended while the authority had it (建质〔2008〕75号 第二十六条)."""
        return len(renewals_not_decided(self.desk, _alarm, extend=self.extend_undecided))

    def end_contracts(self) -> int:
        """An employment ends with the last day of its contract; how many did (domain text, §9.2)."""
        today = day_in_shanghai(self.desk.clock())
        with self.desk.database.transaction() as connection:
            over = employments.past_their_contract(connection, today)
            for one in over:
                employments.end(connection, one.person, one.until or today, EmploymentEnd.EXPIRED)
        return len(over)

    def check_licences(self) -> int:
        """After the contracts: every licence against its holder; how many came into another state (domain text, §8.3)."""
        with self.desk.database.transaction() as connection:
            return len(matching.nightly(connection, self.desk.clock()))

    def abolish_permits(self) -> int:
        """Construction permits under which works neither began nor were put off lose their force; how many (建筑法 第九条)."""
        return abolish_lapsed(self.desk)

    def remind_of_start(self) -> int:
        """Developers whose construction permit lapses unless works begin; how many were reminded."""
        return remind_of_start(self.desk, self.before_start)

    def tidy_accounts(self) -> int:
        """What is kept of accounts for a time only: registrations that nobody confirmed, codes, counted tries; how many
        registrations were forgotten.
        """
        now = self.desk.clock()
        with self.desk.database.transaction() as connection:
            old = accounts.unconfirmed_before(connection, now - UNCONFIRMED_FOR)
            for account in old:
                accounts.forget(connection, account.account_id)
            sessions.forget_codes(connection, now)
            sessions.forget_hits(connection, now - timedelta(days=1))
        return len(old)

    def tell_of_expiry(self) -> int:
        """Each holder at 90, 60, 30 and 7 days before the end and the day after; how many were told."""
        now = self.desk.clock()
        with self.desk.database.transaction() as connection:
            return expiry.tell_of_expiry(connection, day_in_shanghai(now), now)


def _alarm(_connection: Connection, dossier: Dossier, _now: datetime) -> None:
    log.warning("renewal_undecided_at_expiry", dossier=dossier.number, stage=dossier.stage.value, region=dossier.region)
