"""What the platform owes the trading centre, and what came back (domain text, §13.1). Every function works inside the
caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from signing_service.domain.dates import from_stored, to_stored
from signing_service.storage import tables


class TradeState(StrEnum):
    DUE = "due"
    """Not known to the centre yet, as far as we know."""
    SENT = "sent"
    """The centre has it; its award is asked for."""
    CALL_BACK = "call_back"
    """To be called off."""
    DONE = "done"


OPEN = (TradeState.DUE.value, TradeState.SENT.value, TradeState.CALL_BACK.value)


@dataclass(frozen=True, slots=True)
class Trade:
    """One tender; ``reference`` is ours, and the same at every attempt."""

    reference: str
    dossier: str
    asked: Mapping[str, Any]
    state: TradeState
    attempts: int
    due_at: datetime


def add(connection: Connection, reference: str, dossier: str, asked: Mapping[str, Any], now: datetime) -> None:
    connection.execute(
        insert(tables.trade).values(
            reference=reference,
            dossier=dossier,
            asked=dict(asked),
            state=TradeState.DUE.value,
            attempts=0,
            due_at=to_stored(now),
            problem=None,
            answer=None,
        )
    )


def count(connection: Connection, dossier: str) -> int:
    """How many tenders there were of a dossier."""
    trade = tables.trade
    return len(connection.scalars(select(trade.c.reference).where(trade.c.dossier == dossier)).all())


def call_back(connection: Connection, dossier: str, now: datetime) -> None:
    trade = tables.trade
    connection.execute(
        update(trade)
        .where(trade.c.dossier == dossier, trade.c.state.in_(OPEN))
        .values(state=TradeState.CALL_BACK.value, due_at=to_stored(now), attempts=0)
    )


def due(connection: Connection, now: datetime) -> list[Trade]:
    """The oldest first."""
    trade = tables.trade
    wanted = select(trade).where(trade.c.state.in_(OPEN), trade.c.due_at <= to_stored(now)).order_by(trade.c.due_at)
    return [_trade(row) for row in connection.execute(wanted)]


def hold(connection: Connection, trade: Trade) -> bool:
    """Whether it is still as it was seen; until the transaction ends nobody else moves it."""
    table = tables.trade
    wanted = select(table.c.state).where(table.c.reference == trade.reference).with_for_update()
    return connection.scalar(wanted) == trade.state.value


def move(
    connection: Connection, reference: str, state: TradeState, due_at: datetime, answer: Mapping[str, Any] | None = None
) -> None:
    told = {} if answer is None else {"answer": dict(answer)}
    connection.execute(
        update(tables.trade)
        .where(tables.trade.c.reference == reference)
        .values(state=state.value, due_at=to_stored(due_at), attempts=0, problem=None, **told)
    )


def postpone(connection: Connection, trade: Trade, problem: Mapping[str, Any], due_at: datetime) -> None:
    table = tables.trade
    connection.execute(
        update(table)
        .where(table.c.reference == trade.reference, table.c.state == trade.state.value)
        .values(problem=dict(problem), due_at=to_stored(due_at), attempts=trade.attempts + 1)
    )


def of_dossier(connection: Connection, dossier: str) -> list[Trade]:
    trade = tables.trade
    wanted = select(trade).where(trade.c.dossier == dossier).order_by(trade.c.reference)
    return [_trade(row) for row in connection.execute(wanted)]


def _trade(row: Any) -> Trade:
    return Trade(row.reference, row.dossier, row.asked, TradeState(row.state), row.attempts, from_stored(row.due_at))
