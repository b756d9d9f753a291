"""视为合格: a renewal that was filed in time and is not decided when the licence ends (建质〔2008〕75号 第二十六条).

By law it counts as passed. The platform raises an alarm with the authority, and extends by itself only where it is told
to: whether it may is for the province to say.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.storage import dossiers, licences
from signing_service.workflows.desk import Desk
from signing_service.workflows.engine import Event

WITH_THE_AUTHORITY = (Stage.CONFIRMED, Stage.ACCEPTED, Stage.REVIEWED)
Alarmed = Callable[[Connection, Dossier, datetime], None]


def renewals_not_decided(desk: Desk, alarm: Alarmed, *, extend: bool) -> list[str]:
    """Every renewal whose licence ended while the authority had it: an alarm each, and with ``extend`` the extension."""
    now = desk.clock()
    today = day_in_shanghai(now)
    found: list[str] = []
    with desk.database.transaction() as connection:
        for dossier in dossiers.at_stages(connection, "so.renew", WITH_THE_AUTHORITY):
            licence = licences.current(connection, dossier.facts["licence_no"])
            if licence is None or licence.valid_until >= today:
                continue
            found.append(dossier.number)
            alarm(connection, dossier, now)
            if extend:
                platform = Actor(SignatoryRole.PLATFORM, dossier.parties[SignatoryRole.PLATFORM], "platform")
                desk.record(connection, dossier.number, Event("deem_extended", platform))
    if extend and found:
        desk.nudge()
    return found
