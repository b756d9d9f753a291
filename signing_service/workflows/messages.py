"""Telling people: one message on the platform, always, and its deliveries by whatever channels we know of them.

Everything is written in the caller's transaction, so that nobody is told of what did not happen; nothing is sent
here. What is kept for reading shows neither codes nor links.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from signing_service.domain.dates import in_chinese, in_english
from signing_service.domain.errors import Problem
from signing_service.domain.licences import Licence
from signing_service.domain.messages import (
    SECRET_FACTS,
    Channel,
    Event,
    channels_of,
    in_full,
    masked,
    safe_facts,
)
from signing_service.domain.parties import Party
from signing_service.storage import aliases, messages, parties

MOBILE, OPENID, EMAIL, UNWANTED = "mobile", "wechat_openid", "email", "channels_unwanted"
"""Facts of a party: its addresses, and the channels by which it does not want to be told."""

LONGEST_ADDRESS = 254


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who is told: ``name`` is the number of a party or the account of an officer."""

    name: str
    addresses: Mapping[Channel, str] = field(default_factory=dict, repr=False)

    def only(self, *channels: Channel) -> Addressee:
        """By these channels alone: a code goes where it was asked for."""
        return Addressee(self.name, {one: address for one, address in self.addresses.items() if one in channels})


def addressee_of(party: Party) -> Addressee:
    """By what is known of the party, less what it does not want."""
    return addressee(str(party.number), party.facts)


def addressee(name: str, facts: Mapping[str, object]) -> Addressee:
    """As ``addressee_of``, of facts that are kept elsewhere: an officer's account, an application to register."""
    known = {Channel.SMS: facts.get(MOBILE), Channel.WECHAT: facts.get(OPENID), Channel.MAIL: facts.get(EMAIL)}
    unwanted = facts.get(UNWANTED)
    left_out = {str(one) for one in unwanted} if isinstance(unwanted, list | tuple) else set()
    return Addressee(name, {one: str(at) for one, at in known.items() if at and one.value not in left_out})


def tell(
    connection: Connection,
    who: str | Addressee,
    event: Event,
    facts: Mapping[str, object],
    now: datetime,
    *,
    once: str | None = None,
    lasts: timedelta | None = None,
) -> str | None:
    """Tell a party, by number, or an addressee; the message's ID, None when ``once`` was told before.

    ``lasts``: after that nobody wants it delivered, as with a code. A text message or mail leaves as soon as the
    transaction is committed. Raises Problem PERSON_NOT_FOUND for an unknown number, ValueError for missing facts.
    """
    told_to = addressee_of(parties.load(connection, aliases.current(connection, who))) if isinstance(who, str) else who
    safe = safe_facts(event, facts)
    text = in_full(event, masked(safe))
    message = messages.Message(
        message_id=str(uuid4()),
        party=told_to.name,
        event=event,
        zh=text.zh,
        en=text.en,
        at=now,
        dossier=safe.get("dossier"),
        # a code or link is nothing to be read again: it does not count as unread
        read_at=now if SECRET_FACTS & safe.keys() else None,
    )
    until = now + lasts if lasts is not None else None
    deliveries = [
        messages.NewDelivery(channel, address, safe, until)
        for channel, address in sorted(told_to.addresses.items())
        if channel in channels_of(event) and len(address) <= LONGEST_ADDRESS
    ]
    return message.message_id if messages.add(connection, message, deliveries, once=once) else None


def tell_code(
    connection: Connection,
    who: Addressee,
    code: str,
    purpose: tuple[str, str],
    now: datetime,
    lasts: timedelta = timedelta(minutes=5),
) -> str:
    """Send a one-time code; ``purpose`` in Chinese and English. Raises Problem NO_ADDRESS when there is nowhere to."""
    if not who.addresses.keys() & channels_of(Event.CODE):
        raise Problem(
            "NO_ADDRESS",
            "尚未登记可接收验证码的手机号或邮箱，请到窗口登记后再试。",
            "There is no mobile number or e-mail address to send a code to: have one registered at the window first.",
        )
    zh, en = purpose
    facts = {"code": code, "purpose": zh, "purpose_en": en, "minutes": int(lasts.total_seconds() // 60)}
    return tell(connection, who, Event.CODE, facts, now, lasts=lasts) or ""


def by_day(name: str, day: date) -> dict[str, str]:
    """A day as two facts, ``due`` and ``due_en``."""
    return {name: in_chinese(day), f"{name}_en": in_english(day)}


def facts_of_licence(licence: Licence, title_zh: str, title_en: str) -> dict[str, str]:
    """What messages about a licence say of it."""
    named = {"licence": licence.number, "licence_name": title_zh, "licence_name_en": title_en}
    return {**named, **by_day("valid_until", licence.valid_until)}
