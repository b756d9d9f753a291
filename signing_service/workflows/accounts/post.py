"""What accounts have to say goes the way of every message: written in the same transaction, delivered by the messenger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from signing_service.domain.accounts import CODE_LIFETIME, LINK_LIFETIME, Recipient
from signing_service.domain.messages import Event
from signing_service.workflows import messages

LASTS: Mapping[Event, timedelta] = {Event.CODE: CODE_LIFETIME, Event.LINK: LINK_LIFETIME}
"""After that nobody wants it delivered."""


@dataclass(frozen=True, slots=True)
class Post:
    """A ``domain.accounts.Messenger``."""

    clock: Callable[[], datetime]

    def tell(self, connection: Any, to: Recipient, event: str, facts: Mapping[str, str]) -> None:
        known = {messages.MOBILE: to.mobile, messages.EMAIL: "" if to.mobile else to.email}
        who = messages.addressee(to.party or to.name, known)
        what = Event(event)
        messages.tell(connection, who, what, facts, self.clock(), lasts=LASTS.get(what))
