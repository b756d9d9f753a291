"""开工期限: before a construction permit lapses its developer is told, at each threshold once, and has a todo (建筑法 第九条).

Nobody is reminded once works have begun, while the permit is suspended, or while an extension that was applied for in
time is being decided. What was asked for ends by itself as soon as it is not needed any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.licences import Licence, LicenceStatus
from signing_service.domain.messages import Event as Message
from signing_service.domain.permits import MOST_EXTENSIONS, Permit
from signing_service.storage import dossiers, licences, permits, projects
from signing_service.workflows import competence, messages
from signing_service.workflows.abolition import is_asked_for
from signing_service.workflows.desk import Desk
from signing_service.workflows.engine import Event
from signing_service.workflows.wording import LICENCE_TITLES

REMIND = "pm.remind"
START_REMINDERS = (30, 7, 1)
"""Days before the last day to begin."""


def remind_of_start(desk: Desk, thresholds: Sequence[int] = START_REMINDERS) -> int:
    """Every permit that has come to a threshold: how many developers were told. May run as often as it likes."""
    today = day_in_shanghai(desk.clock())
    with desk.database.reading() as connection:
        soon = permits.not_started(connection, today + timedelta(days=max(thresholds)))
    return sum(_remind(desk, one.number, thresholds) for one in soon)


def end_reminders(desk: Desk) -> int:
    """What waits for a developer though nothing is to be done any more: how many such todos were taken away."""
    with desk.database.reading() as connection:
        asked = dossiers.at_stages(connection, REMIND, [Stage.SUBMITTED])
        over = [one for one in asked if not _still_holds(connection, one)]
    for one in over:
        with desk.database.transaction() as connection:
            # the developer may have answered just now
            if dossiers.load(connection, one.number, held=True).stage is Stage.SUBMITTED:
                desk.record(connection, one.number, Event("end", _platform(one)))
    return len(over)


def threshold_reached(start_by: date, today: date, thresholds: Sequence[int]) -> int | None:
    """The last of them that has come; None: none yet, or the time is over. One that was missed holds until the next."""
    left = (start_by - today).days
    return min((days for days in thresholds if days >= left), default=None) if left >= 0 else None


def _remind(desk: Desk, number: str, thresholds: Sequence[int]) -> bool:
    now = desk.clock()
    today = day_in_shanghai(now)
    with desk.database.transaction() as connection:
        permit, licence = permits.find(connection, number), licences.current(connection, number)
        reached = threshold_reached(permit.start_by, today, thresholds) if permit else None
        if permit is None or licence is None or reached is None or not _waits_for_start(connection, permit, licence):
            return False
        once = f"{Message.START_DUE}:{number}:{permit.start_by.isoformat()}:{reached}"
        facts = _facts(connection, permit, licence, today)
        if messages.tell(connection, licence.holder, Message.START_DUE, facts, now, once=once) is None:
            return False
        if not dossiers.open_on_licence(connection, REMIND, number):
            _open(desk, connection, permit, licence, once)
    return True


def _waits_for_start(connection: Connection, permit: Permit, licence: Licence) -> bool:
    waiting = permit.is_live and permit.started_on is None and licence.status is LicenceStatus.IN_FORCE
    return waiting and not is_asked_for(connection, permit)


def _still_holds(connection: Connection, asked: Dossier) -> bool:
    number = asked.form["licence_no"]
    permit, licence = permits.find(connection, number), licences.current(connection, number)
    if permit is None or licence is None or permit.start_by.isoformat() != asked.form["start_by"]:
        return False
    return _waits_for_start(connection, permit, licence)


def _open(desk: Desk, connection: Connection, permit: Permit, licence: Licence, once: str) -> None:
    project = projects.find(connection, permit.project)
    number = desk.begin_filled_in(
        REMIND,
        {
            SignatoryRole.DEVELOPER: licence.holder,
            SignatoryRole.AUTHORITY: licence.authority,
            SignatoryRole.PLATFORM: str(competence.platform(connection).number),
        },
        {
            "project_no": permit.project,
            "licence_no": permit.number,
            "start_by": permit.start_by.isoformat(),
            "extensions_left": str(MOST_EXTENSIONS - permit.extensions),
        },
        region=project.region if project else permit.number[:6],
        request_key=once,
        within=connection,
    )
    desk.record(connection, number, Event("remind", _platform(dossiers.load(connection, number))))


def _facts(connection: Connection, permit: Permit, licence: Licence, today: date) -> dict[str, object]:
    title, project = LICENCE_TITLES[licence.type], projects.find(connection, permit.project)
    left = MOST_EXTENSIONS - permit.extensions
    return {
        **messages.facts_of_licence(licence, title.zh, title.en),
        **messages.by_day("due", permit.start_by),
        "days": (permit.start_by - today).days,
        **({"project": project.name} if project else {}),
        **({"extensions_left": left} if left > 0 else {"extended": permit.extensions}),
    }


def _platform(dossier: Dossier) -> Actor:
    return Actor(SignatoryRole.PLATFORM, dossier.parties[SignatoryRole.PLATFORM], "platform")
