"""Work that is due after a step, kept in the same transaction as the step: the queue that forgets nothing.

A step saves what it owes (render, seal, notify) as effects. They are performed by workers, strictly in order within
one dossier and one at a time; different dossiers go on side by side. The table is the truth, the broker only wakes
somebody up, so a lost message, a killed worker or a second delivery costs time and nothing else.

    pending -> queued -> running -> done        waiting: it failed, and is tried again by itself when due

Whoever performs an effect holds it for a while (the lease) with a token. When the lease runs out another worker may
take the effect with a new token, and the old worker's late result is refused (fencing). So a result is recorded
exactly once, in the transaction that also calls ``finish``. Times are passed in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import takewhile
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Select, Update, and_, exists, func, insert, null, or_, select, update

from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.errors import Problem
from signing_service.storage.tables import effect


class EffectState(StrEnum):
    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"


IDLE = (EffectState.PENDING, EffectState.WAITING)
IN_HAND = (EffectState.QUEUED, EffectState.RUNNING)
UNFINISHED = (*IDLE, *IN_HAND)


@dataclass(frozen=True, slots=True)
class DueEffect:
    """An effect in the hands of one worker: what to do, and the token without which its result is refused."""

    effect_id: int
    dossier: str
    line: int
    """The journal line of the step that owes it."""
    position: int
    kind: str
    arguments: Mapping[str, Any]
    attempts: int
    """This one included."""
    token: str


@dataclass(frozen=True, slots=True)
class Run:
    """What one dossier owes that is due, the oldest first, in the hands of one worker.

    Only the first is marked as in hand: nobody can take one behind it as long as it is not done.
    """

    dossier: str
    effects: tuple[DueEffect, ...]

    @property
    def head(self) -> DueEffect:
        return self.effects[0]


@dataclass(frozen=True, slots=True)
class Performed:
    """How far a worker came with a run: so many of its effects are done, and why the next one has to wait."""

    run: Run
    done: int
    problem: Exception | None = None


@dataclass(frozen=True, slots=True)
class OwedEffect:
    """An effect that is not done yet, as a page shows it."""

    effect_id: int
    line: int
    position: int
    kind: str
    arguments: Mapping[str, Any]
    state: EffectState
    attempts: int
    due_at: datetime
    problem: Mapping[str, Any] | None
    """The problem document of the last attempt, when that failed."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How far the workers are behind, over all dossiers."""

    due: int
    """Effects whose time has come, those behind another of the same dossier included."""
    waiting: int
    """Effects that failed and will be tried again."""
    oldest_due_at: datetime | None


class LeaseLost(Problem):
    """Somebody else has this effect now; what was done under the old token must not be stored."""

    def __init__(self, effect_id: int) -> None:
        super().__init__(
            "LEASE_LOST",
            "该任务已由另一处理进程接手，本次结果未保存，无需处理。",
            "Another worker has taken this task over; this result was not stored and nothing needs to be done.",
            status=409,
            effect=effect_id,
        )


class PutOff(Exception):
    """The effect waits for somebody and has been postponed already; nobody need do that again."""


def add(
    connection: Connection, dossier: str, line: int, effects: Iterable[tuple[str, Mapping[str, Any]]], due_at: datetime
) -> None:
    """Owe ``effects``, each a kind and its arguments, in this order, after everything the dossier owes already.

    An effect that is due later also holds up those behind it.
    """
    add_all(connection, [(dossier, line, effects)], due_at)


def add_all(
    connection: Connection,
    owed: Iterable[tuple[str, int, Iterable[tuple[str, Mapping[str, Any]]]]],
    due_at: datetime,
) -> None:
    """As ``add`` for several dossiers, each with its journal line and its effects."""
    rows = [
        {
            "dossier": dossier,
            "line": line,
            "position": position,
            "kind": kind,
            "arguments": dict(arguments),
            "state": EffectState.PENDING,
            "attempts": 0,
            "due_at": to_stored(due_at),
        }
        for dossier, line, effects in owed
        for position, (kind, arguments) in enumerate(effects)
    ]
    if rows:
        connection.execute(insert(effect), rows)


def claim_due(connection: Connection, now: datetime, limit: int, lease_until: datetime) -> list[str]:
    """The dossiers, at most ``limit``, that a worker has to be woken up for; claimed until ``lease_until``.

    Due is the oldest unfinished effect of a dossier when its time has come, or when whoever had it has not been
    heard of for longer than the lease: a message the broker forgot, a worker that was killed.
    """
    # state by state, so that each is read in the order of its index and no further than ``limit``
    due = [head for free in _ways_to_be_free(now) for head in connection.execute(_heads(free, limit))]
    heads = sorted(due, key=lambda head: (head.due_at, head.effect_id))[:limit]
    if heads:
        connection.execute(
            update(effect)
            .where(effect.c.effect_id.in_([head.effect_id for head in heads]))
            .values(state=EffectState.QUEUED, lease_until=to_stored(lease_until), lease_token=None)
        )
    return [head.dossier for head in heads]


def queued(connection: Connection, now: datetime) -> int:
    """How many claimed effects are still on their way to a worker."""
    on_their_way = and_(effect.c.state == EffectState.QUEUED, effect.c.lease_until > to_stored(now))
    return connection.execute(select(func.count()).select_from(effect).where(on_their_way)).scalar_one()


def release(connection: Connection, dossiers: Iterable[str]) -> None:
    """Give claims back at once: the broker did not take the message."""
    connection.execute(
        update(effect)
        .where(effect.c.dossier.in_(list(dossiers)), effect.c.state == EffectState.QUEUED)
        .values(state=EffectState.PENDING, lease_until=None)
    )


def take(connection: Connection, dossiers: Sequence[str], now: datetime, lease_until: datetime) -> list[Run]:
    """Take what ``dossiers`` owe in hand until ``lease_until``, in the order of ``dossiers``.

    One that owes nothing, whose time has not come, or that another worker has is left out: also what a second
    delivery of the same message gets.
    """
    owed: dict[str, list[Any]] = {}
    for row in connection.execute(_owed_by(*dossiers)):
        owed.setdefault(row.dossier, []).append(row)
    token = str(uuid4())
    heads = [rows[0].effect_id for rows in owed.values()]
    taken = set(
        connection.scalars(
            update(effect)
            .where(effect.c.effect_id.in_(heads), or_(effect.c.state == EffectState.QUEUED, *_ways_to_be_free(now)))
            .values(
                state=EffectState.RUNNING,
                attempts=effect.c.attempts + 1,
                lease_until=to_stored(lease_until),
                lease_token=token,
            )
            .returning(effect.c.effect_id)
        )
        if heads
        else ()
    )
    stored = to_stored(now)
    runs = []
    for dossier in dict.fromkeys(dossiers):
        head, *behind = owed.get(dossier, [None])
        if head is not None and head.effect_id in taken:
            rows = [head, *takewhile(lambda row: row.state in IDLE and row.due_at <= stored, behind)]
            runs.append(Run(dossier, tuple(_due(row, token) for row in rows)))
    return runs


def begin(connection: Connection, dossier: str, now: datetime, lease_until: datetime) -> DueEffect | None:
    """Take the oldest unfinished effect of ``dossier`` in hand. None as ``take`` leaves a dossier out."""
    return next((run.head for run in take(connection, [dossier], now, lease_until)), None)


def renew_lease(connection: Connection, effect_id: int, token: str, lease_until: datetime) -> None:
    """Keep the effect in hand for longer. Raises LeaseLost when somebody else has it."""
    _held(connection, effect_id, token, update(effect).values(lease_until=to_stored(lease_until)))


def renew_leases(connection: Connection, runs: Iterable[Run], lease_until: datetime) -> int:
    """Keep in hand for longer what is still in hand of these runs; of how many it is."""
    tokens: dict[str, list[int]] = {}
    for run in runs:
        tokens.setdefault(run.head.token, []).extend(one.effect_id for one in run.effects)
    return sum(
        connection.execute(
            update(effect)
            .where(effect.c.effect_id.in_(ids), effect.c.state == EffectState.RUNNING, effect.c.lease_token == token)
            .values(lease_until=to_stored(lease_until))
        ).rowcount
        for token, ids in tokens.items()
    )


def finish(connection: Connection, effect_id: int, token: str, now: datetime) -> None:
    """Done. Belongs into the transaction that stores the result, so that both are there or neither is.

    Raises LeaseLost when somebody else has the effect; then that transaction has to be undone.
    """
    done = update(effect).values(
        state=EffectState.DONE, done_at=to_stored(now), lease_until=None, lease_token=None, problem=null()
    )
    _held(connection, effect_id, token, done)


def finish_first(connection: Connection, done: Iterable[tuple[Run, int]], now: datetime) -> None:
    """Of each run so many effects are done, the one in hand among them. As ``finish`` for each of them.

    Raises LeaseLost when somebody else has one of the runs; then the whole transaction has to be undone.
    """
    by_token: dict[str, list[int]] = {}
    behind: list[int] = []
    for run, count in done:
        by_token.setdefault(run.head.token, []).append(run.head.effect_id)
        behind += [one.effect_id for one in run.effects[1:count]]
    finished = {"state": EffectState.DONE, "done_at": to_stored(now), "lease_until": None, "lease_token": None}
    for token, heads in by_token.items():
        _all_held(connection, heads, token, update(effect).values(**finished, problem=null()))
    if behind:
        # nobody else can have them: the one before was ours until this transaction
        change = update(effect).values(**finished, problem=null(), attempts=effect.c.attempts + 1)
        connection.execute(change.where(effect.c.effect_id.in_(behind)))


def hand_on(connection: Connection, run: Run, count: int, now: datetime, lease_until: datetime) -> None:
    """The first ``count`` effects of a run are done and the next is in hand, under the same token. Raises LeaseLost."""
    finish_first(connection, [(run, count)], now)
    following = run.effects[count]
    connection.execute(
        update(effect)
        .where(effect.c.effect_id == following.effect_id)
        .values(
            state=EffectState.RUNNING,
            attempts=effect.c.attempts + 1,
            lease_until=to_stored(lease_until),
            lease_token=following.token,
        )
    )


def still_held(connection: Connection, runs: Iterable[Run]) -> None:
    """Nobody has taken over any of the runs, nor can until the transaction ends. Raises LeaseLost."""
    by_token: dict[str, list[int]] = {}
    for run in runs:
        by_token.setdefault(run.head.token, []).append(run.head.effect_id)
    for token, heads in by_token.items():
        _all_held(connection, heads, token, update(effect).values(state=EffectState.RUNNING))


def postpone(connection: Connection, effect_id: int, token: str, problem: Mapping[str, Any], due_at: datetime) -> None:
    """Not now: it waits with its problem document and is tried again at ``due_at``. Raises LeaseLost."""
    waits = update(effect).values(
        state=EffectState.WAITING, due_at=to_stored(due_at), lease_until=None, lease_token=None, problem=dict(problem)
    )
    _held(connection, effect_id, token, waits)


def wake(connection: Connection, codes: Iterable[str], now: datetime, dossier: str | None = None) -> int:
    """Let what waits with one of these problems be tried now, of one dossier or of all: what it waited for has changed."""
    wanted = select(effect.c.effect_id, effect.c.problem).where(effect.c.state == EffectState.WAITING)
    rows = connection.execute(wanted if dossier is None else wanted.where(effect.c.dossier == dossier)).all()
    told = set(codes)
    woken = [row.effect_id for row in rows if row.problem and row.problem.get("code") in told]
    for effect_id in woken:
        connection.execute(
            update(effect)
            .where(effect.c.effect_id == effect_id, effect.c.state == EffectState.WAITING)
            .values(due_at=to_stored(now))
        )
    return len(woken)


def hold(connection: Connection, effect_id: int, token: str, lease_until: datetime) -> None:
    """Keep the effect in hand, and everybody else from changing it until the transaction ends. Raises LeaseLost.

    What is looked up between this and ``postpone`` cannot change unseen: ``hasten`` waits for the end.
    """
    renew_lease(connection, effect_id, token, lease_until)


def hasten(connection: Connection, dossier: str, now: datetime) -> None:
    """What the dossier owes first has not to wait any longer: what it waited for is there.

    An effect in hand is named too, so that this waits for a worker that is just putting it off.
    """
    head = connection.execute(_owed_by(dossier).limit(1)).first()
    if head is not None:
        connection.execute(update(effect).where(effect.c.effect_id == head.effect_id).values(due_at=to_stored(now)))


def recover(connection: Connection) -> int:
    """Free what a former process had in hand, without waiting for leases; how many effects that were.

    For the one process that is server and worker at once, when it starts. Its predecessor, should it still live,
    is fenced off by its tokens.
    """
    freed = connection.execute(
        update(effect)
        .where(effect.c.state.in_(IN_HAND))
        .values(state=EffectState.PENDING, lease_until=None, lease_token=None)
    )
    return freed.rowcount


def owed(connection: Connection, dossier: str) -> tuple[OwedEffect, ...]:
    """What the dossier still owes, in the order in which it will be performed."""
    return tuple(_owed(row) for row in connection.execute(_owed_by(dossier)))


def owed_first(connection: Connection, dossier: str) -> OwedEffect | None:
    """What the dossier owes next; None: nothing."""
    row = connection.execute(_owed_by(dossier).limit(1)).first()
    return _owed(row) if row is not None else None


def owing(connection: Connection, dossiers: Collection[str]) -> set[str]:
    """Those of the dossiers that owe something still."""
    wanted = select(effect.c.dossier).where(effect.c.dossier.in_(dossiers), effect.c.state.in_(UNFINISHED)).distinct()
    return set(connection.scalars(wanted))


def backlog(connection: Connection, now: datetime) -> Backlog:
    """The lag that readiness and metrics report."""
    is_due = effect.c.due_at <= to_stored(now)
    due, waiting, oldest = connection.execute(
        select(
            func.count().filter(is_due),
            func.count().filter(effect.c.state == EffectState.WAITING),
            func.min(effect.c.due_at).filter(is_due),
        ).where(effect.c.state.in_(UNFINISHED))
    ).one()
    return Backlog(due=due, waiting=waiting, oldest_due_at=from_stored(oldest) if oldest else None)


def _owed_by(*dossiers: str) -> Select[*tuple[Any, ...]]:
    return (
        select(effect)
        .where(effect.c.dossier.in_(dossiers), effect.c.state.in_(UNFINISHED))
        .order_by(effect.c.dossier, effect.c.line, effect.c.position)
    )


def _owed(row: Any) -> OwedEffect:
    return OwedEffect(
        effect_id=row.effect_id,
        line=row.line,
        position=row.position,
        kind=row.kind,
        arguments=row.arguments,
        state=EffectState(row.state),
        attempts=row.attempts,
        due_at=from_stored(row.due_at),
        problem=row.problem,
    )


def _due(row: Any, token: str) -> DueEffect:
    return DueEffect(
        effect_id=row.effect_id,
        dossier=row.dossier,
        line=row.line,
        position=row.position,
        kind=row.kind,
        arguments=row.arguments,
        attempts=row.attempts + 1,
        token=token,
    )


def _heads(free: ColumnElement[bool], limit: int) -> Select[*tuple[Any, ...]]:
    return (
        select(effect.c.effect_id, effect.c.dossier, effect.c.due_at)
        .where(free, ~_has_older())
        .order_by(effect.c.due_at, effect.c.effect_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def _ways_to_be_free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    stored = to_stored(now)
    return (
        *(and_(effect.c.state == state, effect.c.due_at <= stored) for state in IDLE),
        and_(effect.c.state.in_(IN_HAND), effect.c.lease_until <= stored),
    )


def _has_older() -> ColumnElement[bool]:
    older = effect.alias("older")
    return exists().where(
        older.c.dossier == effect.c.dossier,
        older.c.state.in_(UNFINISHED),
        or_(
            older.c.line < effect.c.line,
            and_(older.c.line == effect.c.line, older.c.position < effect.c.position),
        ),
    )


def _held(connection: Connection, effect_id: int, token: str, change: Update) -> None:
    """Make ``change`` to the effect if this token still holds it."""
    held = change.where(
        effect.c.effect_id == effect_id, effect.c.state == EffectState.RUNNING, effect.c.lease_token == token
    )
    if connection.execute(held).rowcount != 1:
        raise LeaseLost(effect_id)


def _all_held(connection: Connection, effect_ids: Sequence[int], token: str, change: Update) -> None:
    held = change.where(
        effect.c.effect_id.in_(effect_ids), effect.c.state == EffectState.RUNNING, effect.c.lease_token == token
    )
    if connection.execute(held).rowcount != len(effect_ids):
        raise LeaseLost(effect_ids[0])
