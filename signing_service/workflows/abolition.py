"""自行废止: what neither began nor was extended in time loses its force by itself, on the day after (建筑法 第九条).

A permit whose extension the authority still has to decide waits for that decision: it was applied for in time.
"""

from __future__ import annotations

from sqlalchemy import Connection

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.licences import Licence, LicenceStatus
from signing_service.domain.permits import Permit
from signing_service.storage import dossiers, licences, permits, projects
from signing_service.workflows import competence
from signing_service.workflows.desk import Desk
from signing_service.workflows.engine import Event

ABOLISH, EXTEND = "pm.abolish", "pm.extend"
WITH_THE_AUTHORITY = (Stage.CONFIRMED, Stage.ACCEPTED, Stage.ISSUING)


def abolish_lapsed(desk: Desk) -> int:
    """Every permit whose time to begin is over: how many lost their force. May run as often as it likes."""
    today = day_in_shanghai(desk.clock())
    with desk.database.reading() as connection:
        over = [one for one in permits.not_started(connection, today) if one.has_lapsed(today)]
    count = sum(_abolish(desk, permit) for permit in over)
    if count:
        desk.nudge()
    return count


def _abolish(desk: Desk, permit: Permit) -> bool:
    with desk.database.transaction() as connection:
        licence = licences.current(connection, permit.number)
        waits = licence is None or licence.status is not LicenceStatus.IN_FORCE or _is_asked_for(connection, permit)
        if licence is None or waits:
            return False
        number = _opened(desk, connection, permit, licence)
        platform = dossiers.load(connection, number).parties[SignatoryRole.PLATFORM]
        desk.record(connection, number, Event("abolish", Actor(SignatoryRole.PLATFORM, platform, "platform")))
    return True


def _is_asked_for(connection: Connection, permit: Permit) -> bool:
    asked = dossiers.open_on_licence(connection, EXTEND, permit.number)
    return any(one.stage in WITH_THE_AUTHORITY for one in dossiers.load_all(connection, asked).values())


def _opened(desk: Desk, connection: Connection, permit: Permit, licence: Licence) -> str:
    project = projects.find(connection, permit.project)
    return desk.begin_filled_in(
        ABOLISH,
        {
            SignatoryRole.DEVELOPER: licence.holder,
            SignatoryRole.AUTHORITY: licence.authority,
            SignatoryRole.PLATFORM: str(competence.platform(connection).number),
        },
        {"project_no": permit.project, "licence_no": permit.number},
        region=project.region if project else permit.number[:6],
        request_key=f"abolish:{permit.number}",
        within=connection,
    )
