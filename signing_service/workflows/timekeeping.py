"""What time does by itself: reminders, overdue alarms, and the steps that the platform takes when nobody acts.

A timer that was set anew meanwhile goes off for nobody: the dossier is held, and its row is looked at again, before
anything is done. Each is a transaction of its own, so that one that fails holds up no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor
from signing_service.domain.errors import Problem
from signing_service.storage import dossiers, todos
from signing_service.storage.todos import TimerRow
from signing_service.workflows.deadlines import DUE
from signing_service.workflows.desk import Desk
from signing_service.workflows.engine import Event
from signing_service.workflows.tidings import remind

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Timekeeper:
    desk: Desk

    def go_off(self) -> int:
        """Everything that is due now; how many timers went off."""
        now = self.desk.clock()
        with self.desk.database.reading() as connection:
            due = todos.due_timers(connection, now)
        count = 0
        for timer in due:
            try:
                count += self._go_off(timer, now)
            except Problem as problem:
                log.warning("timer_refused", dossier=timer.dossier, deadline=timer.deadline, code=problem.code)
        return count

    def _go_off(self, timer: TimerRow, now: datetime) -> bool:
        owes = False
        with self.desk.database.transaction() as connection:
            dossier = dossiers.load(connection, timer.dossier, held=True)
            if not todos.fire(connection, timer, now):
                return False
            procedure = self.desk.catalogue.pinned(dossier.procedure, dossier.edition)
            deadline = next((one for one in procedure.deadlines if one.key == timer.deadline), None)
            if deadline is None or dossier.stage not in deadline.stages:
                return False
            if timer.position != DUE:
                remind(connection, procedure, dossier, deadline, overdue=False, now=now)
            elif deadline.then is None:
                remind(connection, procedure, dossier, deadline, overdue=True, now=now)
            else:
                platform = Actor(SignatoryRole.PLATFORM, dossier.parties[SignatoryRole.PLATFORM], "platform")
                evidence = {"deadline": deadline.key}
                owes = bool(
                    self.desk.record(
                        connection, dossier.number, Event(deadline.then, platform, evidence=evidence)
                    ).effects
                )
        if owes:
            self.desk.nudge()
        return True
