"""Holders are told before a licence runs out, and on the day after (domain text, §3, T-90, -60, -30, -7, +1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from signing_service.domain.messages import EXPIRY_REMINDERS, LONGEST_AFTERWARDS, Event, expiry_reminder
from signing_service.storage import licences, parties
from signing_service.workflows.messages import addressee_of, facts_of_licence, tell
from signing_service.workflows.wording import LICENCE_TITLES


def tell_of_expiry(connection: Connection, today: date, now: datetime) -> int:
    """Tell each holder who has come to a reminder, each time once; how many were told. Holders we do not know are left out."""
    count = 0
    first, last = today - timedelta(days=LONGEST_AFTERWARDS), today + timedelta(days=EXPIRY_REMINDERS[0])
    for licence in licences.ending_between(connection, first, last):
        reminder, holder = expiry_reminder(licence.valid_until, today), parties.find(connection, licence.holder)
        if reminder is None or holder is None:
            continue
        title = LICENCE_TITLES[licence.type]
        facts = {
            **facts_of_licence(licence, title.zh, title.en),
            "days": (licence.valid_until - today).days,
        }
        event = Event.EXPIRED if reminder < 0 else Event.EXPIRING
        once = f"{event}:{licence.number}:{licence.valid_until.isoformat()}:{reminder}"
        count += tell(connection, addressee_of(holder), event, facts, now, once=once) is not None
    return count
