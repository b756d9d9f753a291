"""Who is told what when a dossier moves, and when its time runs out (domain text, §3: notification events).

Everything is written in the transaction of the step itself: nobody is told of what did not happen. Officers are told by
their desk, which is their list of todos; people and enterprises also by text message, WeChat and mail.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.licences import Licence, LicenceStatus
from signing_service.domain.messages import Event
from signing_service.storage import licences, parties, todos
from signing_service.workflows import messages
from signing_service.workflows.changes import PutLicenceInForce, SetLicenceStatus
from signing_service.workflows.changes_of_permits import EndPermit
from signing_service.workflows.deadlines import DUE, Deadline, due_on
from signing_service.workflows.engine import Outcome, initiator_of
from signing_service.workflows.procedure import Procedure, Situation
from signing_service.workflows.wording import LICENCE_TITLES, STATUSES

OF_STAGE = {
    Stage.ACCEPTED: Event.ACCEPTED,
    Stage.CORRECTION: Event.RETURNED,
    Stage.NOT_ACCEPTED: Event.NOT_ACCEPTED,
    Stage.ISSUING: Event.GRANTED,
    Stage.REFUSED: Event.REFUSED,
    Stage.LAPSED: Event.LAPSED,
}
"""What the initiator is told when the dossier comes to a stage from an earlier one."""

OFFICIAL = (SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM)


def tell_of_step(
    connection: Connection, procedure: Procedure, before: Dossier, outcome: Outcome, situation: Situation
) -> None:
    """Whoever is waited for since this step, and the initiator of what became of it."""
    after, event = outcome.dossier, outcome.event
    facts = _facts(procedure, after, situation)
    if before.stage is not after.stage and not after.stage.lies_with_initiator and not procedure.told_by_itself:
        for todo in outcome.todos:
            if todo.role not in OFFICIAL:
                messages.tell(connection, after.parties[todo.role], Event.TODO_OPENED, facts, situation.now)
    told = _event(before, after, event.actor.role)
    initiator = initiator_of(procedure, after)
    if told is not None and initiator not in OFFICIAL:
        reason = {"reason": event.reason} if event.reason else {}
        if told is Event.DECLINED and (by := situation.parties.get(event.actor.role)) is not None:
            facts["sender"] = by.public_name  # the other side, not who began it
        messages.tell(connection, after.parties[initiator], told, {**facts, **reason}, situation.now)
    for change in outcome.changes:
        match change:
            case PutLicenceInForce():
                _tell_of_issue(connection, after, situation)
            case SetLicenceStatus(status) | EndPermit(status) if situation.licence is not None:
                _tell_of_status(connection, situation.licence, status, event.reason, situation.now)


def _event(before: Dossier, after: Dossier, by: SignatoryRole) -> Event | None:
    if before.stage is after.stage:
        return None
    if after.stage is Stage.DRAFT:
        return Event.DECLINED if not before.stage.lies_with_initiator else None
    if after.stage is Stage.EXTERNAL and before.stage is Stage.CONFIRMED:
        return Event.ACCEPTED  # an examination is arranged with the acceptance
    if after.stage is Stage.ACCEPTED and before.stage is not Stage.CONFIRMED:
        return None
    if after.stage is Stage.ISSUING and by is not SignatoryRole.AUTHORITY:
        return None
    return OF_STAGE.get(after.stage)


def remind(
    connection: Connection, procedure: Procedure, dossier: Dossier, deadline: Deadline, overdue: bool, now: datetime
) -> None:
    """Those who are waited for; when it is overdue, also who began it learns that it is."""
    clock = dossier.facts.get("clocks", {}).get(deadline.key, {})
    facts = {**_named(procedure, dossier), **messages.by_day("due", date.fromisoformat(clock["due"]))}
    waiting = [row for row in todos.of_dossier(connection, dossier.number) if row.role not in OFFICIAL]
    wanted = deadline.waits_for or tuple(row.role for row in waiting)
    event = Event.OVERDUE if overdue else Event.REMINDER
    position = DUE if overdue else "reminder"
    for row in waiting:
        if row.role in wanted:
            once = f"{event}:{dossier.number}:{deadline.key}:{clock['since']}:{position}:{now.date()}:{row.role}"
            messages.tell(connection, row.party, event, facts, now, once=once)


def _facts(procedure: Procedure, dossier: Dossier, situation: Situation) -> dict[str, Any]:
    due = due_on(dossier.facts.get("clocks", {}))
    sender = situation.parties.get(initiator_of(procedure, dossier))
    return {
        **_named(procedure, dossier),
        **({"sender": sender.public_name} if sender else {}),
        **(messages.by_day("due", due) if due else {}),
    }


def _named(procedure: Procedure, dossier: Dossier) -> dict[str, Any]:
    return {"procedure": procedure.title, "procedure_en": procedure.title_en, "dossier": dossier.number}


def _tell_of_issue(connection: Connection, dossier: Dossier, situation: Situation) -> None:
    licence = licences.of_dossier(connection, dossier.number)
    if licence is None:
        return
    holder = situation.parties.get(SignatoryRole.HOLDER) or parties.find(connection, licence.holder)
    if holder is not None:
        title = LICENCE_TITLES[licence.type]
        facts = messages.facts_of_licence(licence, title.zh, title.en)
        messages.tell(connection, str(holder.number), Event.ISSUED, facts, situation.now)


def _tell_of_status(
    connection: Connection, licence: Licence, status: LicenceStatus, reason: str, now: datetime
) -> None:
    state = STATUSES[status]
    tell_of_state(connection, licence, (state.zh, state.en), now, reason)
    if licence.employer and parties.find(connection, licence.employer):
        facts = _of_state(licence, (state.zh, state.en), reason)
        messages.tell(connection, licence.employer, Event.STAFF_LICENCE_CHANGED, facts, now)


def tell_of_state(
    connection: Connection, licence: Licence, state: tuple[str, str], now: datetime, reason: str | None = None
) -> None:
    """The holder learns that the licence is in another state now, in Chinese and English; one we do not know is left out."""
    holder = parties.find(connection, licence.holder)
    if holder is not None:
        facts = _of_state(licence, state, reason)
        messages.tell(connection, messages.addressee_of(holder), Event.LICENCE_STATE_CHANGED, facts, now)


def _of_state(licence: Licence, state: tuple[str, str], reason: str | None) -> dict[str, str]:
    title = LICENCE_TITLES[licence.type]
    facts = {**messages.facts_of_licence(licence, title.zh, title.en), "state": state[0], "state_en": state[1]}
    return {**facts, "reason": reason} if reason else facts
