"""Holders are told before a licence runs out, and on the day after (when: ``domain.expiry``; domain text, §3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from signing_service.domain.expiry import LONGEST_AFTERWARDS, LONGEST_BEFORE, expiry_reminder, last_day_to_renew
from signing_service.domain.licences import Licence
from signing_service.domain.messages import Event
from signing_service.storage import licences, parties
from signing_service.workflows.messages import addressee_of, by_day, facts_of_licence, tell
from signing_service.workflows.wording import LICENCE_TITLES


def tell_of_expiry(connection: Connection, today: date, now: datetime) -> int:
    """Tell each holder who has come to a reminder, each time once; how many were told. Holders we do not know are left out."""
    count = 0
    first, last = today - timedelta(days=LONGEST_AFTERWARDS), today + timedelta(days=LONGEST_BEFORE)
    for licence in licences.ending_between(connection, first, last):
        reminder, holder = (
            expiry_reminder(licence.type, licence.valid_until, today),
            parties.find(connection, licence.holder),
        )
        if reminder is None or holder is None:
            continue
        title = LICENCE_TITLES[licence.type]
        facts = {
            **facts_of_licence(licence, title.zh, title.en),
            "days": (licence.valid_until - today).days,
            **_renewal(licence, today),
        }
        event = Event.EXPIRED if reminder < 0 else Event.EXPIRING
        once = f"{event}:{licence.number}:{licence.valid_until.isoformat()}:{reminder}"
        count += tell(connection, addressee_of(holder), event, facts, now, once=once) is not None
    return count


def _renewal(licence: Licence, today: date) -> dict[str, str]:
    """Until when it is renewed, or that it is too late for that."""
    last = last_day_to_renew(licence.type, licence.valid_until)
    return by_day("renew_by" if today <= last else "renew_missed", last)
