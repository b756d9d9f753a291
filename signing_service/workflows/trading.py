"""进场交易: a section that has to be tendered goes to the 公共资源交易中心, and its 中标通知书 comes back (domain text, §13.1).

What is asked is written in the transaction of the tender office's own step, under a reference of ours that is the same
at every attempt: a message that arrives twice is one tender. The award is asked for until it is there, checked for whom
it names, and binds the contractor in one transaction with the platform's step. A dossier that has moved on meanwhile is
left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.errors import Problem
from signing_service.gateways.trading_centre import Award, TradingCentre
from signing_service.storage import dossiers, parties, projects, todos, trades
from signing_service.storage.trades import Trade, TradeState
from signing_service.workflows.desk import Desk
from signing_service.workflows.engine import Event

log = structlog.get_logger(__name__)

ASKED_AGAIN = timedelta(minutes=1)
"""Between two questions for an award: tenders take weeks."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)

AWARD, FAILED = "award", "tender_failed"
"""Steps of the platform."""


@dataclass(frozen=True, slots=True)
class TradingRoom:
    """Brings to the centre what is owed and fetches its awards."""

    desk: Desk
    centre: TradingCentre

    def exchange(self) -> int:
        """Everything that is due now, one after the other; how many were moved on."""
        now = self.desk.clock()
        with self.desk.database.reading() as connection:
            due = trades.due(connection, now)
        return sum(self._one(trade) for trade in due)

    def _one(self, trade: Trade) -> bool:
        try:
            match trade.state:
                case TradeState.DUE:
                    self.centre.register(trade.asked)
                    self._move(trade, TradeState.SENT)
                case TradeState.SENT:
                    return self._fetch(trade)
                case TradeState.CALL_BACK:
                    self.centre.call_off(trade.reference)
                    self._move(trade, TradeState.DONE)
        except Problem as problem:
            self._postpone(trade, problem)
            return False
        return True

    def _fetch(self, trade: Trade) -> bool:
        award = self.centre.award_of(trade.reference)
        now = self.desk.clock()
        if award is None:
            with self.desk.database.transaction() as connection:
                if trades.hold(connection, trade):
                    trades.move(connection, trade.reference, TradeState.SENT, now + ASKED_AGAIN)
            return False
        with self.desk.database.transaction() as connection:
            if not trades.hold(connection, trade):
                return False
            self._bind(connection, trade, award, now)
            trades.move(connection, trade.reference, TradeState.DONE, now, award.to_record())
        self.desk.nudge()
        return True

    def _bind(self, connection: Connection, trade: Trade, award: Award, now: datetime) -> None:
        """The winner plays the contractor's part from now on. Raises Problem WINNER_UNKNOWN, ENTERPRISE_NOT_ONBOARDED."""
        dossier = dossiers.load(connection, trade.dossier, held=True)
        section = projects.section_of_dossier(connection, dossier.number)
        if dossier.stage is not Stage.EXTERNAL or section is None:
            return
        platform = Actor(SignatoryRole.PLATFORM, dossier.parties[SignatoryRole.PLATFORM], "platform")
        evidence = {"reference": trade.reference, "signed": award.signed}
        if award.winner is None:
            self.desk.record(connection, dossier.number, Event(FAILED, platform, award.reason, evidence=evidence))
            return
        _refuse_unknown(connection, award.winner)
        role = section.kind.contractor
        form = {**dossier.form, f"{role.value}_uscc": award.winner, "price": award.price}
        who = {**dossier.parties, role: award.winner}
        bound = replace(dossier, form=form, parties=who, version=dossier.version + 1)
        dossiers.save(connection, bound, now)
        todos.put_parts(connection, [bound])
        projects.put_section(connection, replace(section, contractor=award.winner))
        given = {"award_no": award.number, "awarded_on": award.awarded_on.isoformat(), "manager": award.manager}
        self.desk.record(connection, dossier.number, Event(AWARD, platform, given=given, evidence=evidence))

    def _move(self, trade: Trade, state: TradeState) -> None:
        with self.desk.database.transaction() as connection:
            if trades.hold(connection, trade):
                trades.move(connection, trade.reference, state, self.desk.clock())

    def _postpone(self, trade: Trade, problem: Problem) -> None:
        log.warning("tender_waits", dossier=trade.dossier, code=problem.code)
        again = self.desk.clock() + min(FIRST_PAUSE * 2 ** min(trade.attempts, 8), LONGEST_PAUSE)
        with self.desk.database.transaction() as connection:
            trades.postpone(connection, trade, problem.to_document(), again)


def _refuse_unknown(connection: Connection, winner: str) -> None:
    party = parties.find(connection, winner)
    if party is None or not party.facts.get("onboarded", True):
        raise Problem(
            "ENTERPRISE_NOT_ONBOARDED",
            f"中标单位（{winner}）尚未入库，请通知其办理入库，入库后中标信息自动对接。",
            f"The winner ({winner}) has not been taken in yet: have it register, then the award is read by itself.",
            status=412,
        )
