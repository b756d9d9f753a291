"""The status lists are signed anew: soon after a licence changes, and before the last ones grow old.

The portal holds no key, so that who holds one signs the list here and stores it, and the portal serves the bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from signing_service.attest.code_signer import CodeSigner
from signing_service.attest.status_list import ListedStatus, StatusList, address_of, listed, packed, sign_list
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.licences import PLACES, status_on
from signing_service.storage import status_lists
from signing_service.storage.database import Database
from signing_service.storage.status_lists import PlacedStatus, PublishedList

KEPT_FOR = timedelta(minutes=5)
"""The ttl: a reader asks again after this while, so that a change is known everywhere by then."""
LASTS = timedelta(days=7)
"""The exp: a list this old answers nothing any more; a phone without network has it for a week."""
SOONEST = timedelta(seconds=20)
"""A list is not signed again sooner: where licences are issued all the time, one signature covers many."""


@dataclass(frozen=True, slots=True)
class StatusPublisher:
    """Signs with the key of codes, and stores."""

    database: Database
    codes: CodeSigner
    public_origin: str

    def publish_due(self, now: datetime) -> list[int]:
        """Sign and store every list that is due at ``now``; the numbers of those that were.

        Raises Problem CODE_KEY_NOT_IN_USE, and what the key store raises; the lists that are there stay.
        """
        with self.database.reading() as connection:
            changed_at = status_lists.last_change(connection)
            extent = status_lists.extent(connection)
            lists = range(-(-extent // PLACES))
            due = [number for number in lists if _is_due(status_lists.covered(connection, number), changed_at, now)]
            contents = {number: status_lists.placed(connection, number) for number in due}
        return [
            number
            for number, content in contents.items()
            if self._publish(number, content, min(PLACES, extent - number * PLACES), changed_at, now)
        ]

    def _publish(self, number: int, content: list[PlacedStatus], size: int, covers: str, now: datetime) -> bool:
        self.codes.require_in_use(day_in_shanghai(now))
        # the seconds that the claims can say
        made_at = now.replace(microsecond=0)
        today = day_in_shanghai(now)
        octets = packed(((one.index % PLACES, _status(one, today)) for one in content), size)
        listing = StatusList(address_of(self.public_origin, number), made_at, KEPT_FOR, made_at + LASTS, octets)
        token = sign_list(listing, self.codes.public.kid, self.codes.sign)
        with self.database.transaction() as connection:
            return status_lists.keep(connection, PublishedList(number, token, now, listing.expires_at), covers)


def _is_due(covered: tuple[datetime, str] | None, changed_at: str, now: datetime) -> bool:
    if covered is None:
        return True
    age = now - covered[0]
    return age >= KEPT_FOR or (covered[1] != changed_at and age >= SOONEST)


def _status(one: PlacedStatus, today: date) -> ListedStatus:
    """What the public is told today: a licence in force past its last day has expired."""
    return listed(status_on(one.status, one.valid_until, today))
