"""Who is told what when a dossier moves, and when time runs out on it (domain text, §3, notification events).

Whoever has something new to do is told of it; whoever began the dossier is told what became of it. Who has just acted
is not told of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.licences import Licence
from signing_service.domain.messages import EXPIRY_REMINDERS, LONGEST_AFTERWARDS, Event, expiry_reminder
from signing_service.storage import licences, parties, todos
from signing_service.storage.public_register import TITLES_EN
from signing_service.storage.todos import TodoRow
from signing_service.workflows.deadlines import Deadline
from signing_service.workflows.messages import addressee_of, by_day, facts_of_licence, tell
from signing_service.workflows.procedure import Procedure

OUTCOMES: Mapping[str, Event] = {
    "return": Event.RETURNED,
    "decline": Event.DECLINED,
    "accept": Event.ACCEPTED,
    "not_accept": Event.NOT_ACCEPTED,
    "grant": Event.GRANTED,
    "refuse": Event.REFUSED,
    "lapse": Event.LAPSED,
}
"""What the initiator is told after a step of this name."""

TITLES_ZH: Mapping[str, str] = {
    "special_operation": "建筑施工特种作业操作资格证书",
    "constructor": "二级建造师注册证书",
}
"""What a licence is called; one that is not listed is called 电子证照."""


def facts_of_dossier(procedure: Procedure, dossier: Dossier) -> dict[str, str]:
    return {"dossier": dossier.number, "procedure": procedure.title, "procedure_en": procedure.title_en}


def titles_of(licence: Licence) -> tuple[str, str]:
    """What messages call the licence, in Chinese and English."""
    kind = licence.type.value
    return TITLES_ZH.get(kind, "电子证照"), TITLES_EN.get(kind, "Licence")


def tell_of_step(
    connection: Connection,
    procedure: Procedure,
    dossier: Dossier,
    step: str,
    by: str,
    now: datetime,
    *,
    reason: str | None = None,
) -> int:
    """After ``step`` was saved by the party ``by``, todos included; how many were told."""
    count = 0
    sender = parties.find(connection, by)
    facts = {**facts_of_dossier(procedure, dossier), "sender": sender.public_name if sender else None, "reason": reason}
    initiator = dossier.parties.get(procedure.initiator)
    event = OUTCOMES.get(step)
    told = {by}
    if event is not None and initiator is not None and initiator != by:
        count += _tell(connection, initiator, event, facts, now)
        told.add(initiator)
    for todo in todos.of_dossier(connection, dossier.number):
        if todo.since == now and todo.party not in told:
            told.add(todo.party)
            count += _tell(connection, todo.party, Event.TODO_OPENED, {**facts, **_due(todo)}, now)
    return count


def tell_of_time(
    connection: Connection, procedure: Procedure, dossier: Dossier, deadline: Deadline, overdue: bool, now: datetime
) -> None:
    """``timekeeping.Told``: those who are waited for are reminded, or told that it is overdue; each once."""
    facts = facts_of_dossier(procedure, dossier)
    told: set[str] = set()
    for todo in todos.of_dossier(connection, dossier.number):
        if todo.party in told or todo.due_on is None or not _waited_for(todo.role, deadline):
            continue
        told.add(todo.party)
        event = Event.OVERDUE if overdue else Event.REMINDER
        _tell(connection, todo.party, event, {**facts, **_due(todo)}, now)


def tell_of_issue(connection: Connection, licence: Licence, now: datetime) -> int:
    """The licence is in force and public: its holder is told, once a version."""
    facts = facts_of_licence(licence, *titles_of(licence))
    once = f"{Event.ISSUED}:{licence.number}:{licence.version}"
    return _tell(connection, licence.holder, Event.ISSUED, facts, now, once)


def tell_of_state(
    connection: Connection, licence: Licence, state: tuple[str, str], now: datetime, reason: str | None = None
) -> int:
    """The licence is in another state now, in Chinese and English: 暂扣, 注销, 撤销, 吊销, 恢复."""
    zh, en = state
    facts = {**facts_of_licence(licence, *titles_of(licence)), "state": zh, "state_en": en, "reason": reason}
    return _tell(connection, licence.holder, Event.LICENCE_STATE_CHANGED, facts, now)


def tell_of_expiry(connection: Connection, today: date, now: datetime) -> int:
    """Tell each holder at 90, 60, 30 and 7 days before the end and on the day after, each time once; how many were told."""
    count = 0
    first, last = today - timedelta(days=LONGEST_AFTERWARDS), today + timedelta(days=EXPIRY_REMINDERS[0])
    for licence in licences.ending_between(connection, first, last):
        reminder = expiry_reminder(licence.valid_until, today)
        if reminder is None:
            continue
        facts = {**facts_of_licence(licence, *titles_of(licence)), "days": (licence.valid_until - today).days}
        event = Event.EXPIRED if reminder < 0 else Event.EXPIRING
        once = f"{event}:{licence.number}:{licence.valid_until.isoformat()}:{reminder}"
        count += _tell(connection, licence.holder, event, facts, now, once)
    return count


def _tell(
    connection: Connection,
    number: str,
    event: Event,
    facts: Mapping[str, object],
    now: datetime,
    once: str | None = None,
) -> int:
    """A party that the register does not know cannot be told, and holds nothing up."""
    party = parties.find(connection, number)
    if party is None:
        return 0
    return tell(connection, addressee_of(party), event, facts, now, once=once) is not None


def _waited_for(role: SignatoryRole, deadline: Deadline) -> bool:
    return not deadline.waits_for or role in deadline.waits_for


def _due(todo: TodoRow) -> dict[str, str]:
    return by_day("due", todo.due_on) if todo.due_on else {}
