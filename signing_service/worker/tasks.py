"""Performing what dossiers owe, each its oldest first and all side by side, until nothing of theirs is due any more.

What cannot be done now is put off with its problem and tried again by itself; nothing is given up and nothing is
done twice: the result and the mark that it is done are stored in one transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from celery import Celery

from signing_service.domain.errors import Problem
from signing_service.storage import outbox
from signing_service.storage.database import Database
from signing_service.storage.outbox import DueEffect, LeaseLost, Performed, PutOff, Run

PERFORM = "signing_service.perform"

LEASE = timedelta(seconds=60)
"""For how long a silent worker keeps an effect; a living one renews it three times in this while."""

BACK_OFF = tuple(timedelta(seconds=s) for s in (30, 60, 300, 900, 3600))
"""Waits after the first, second ... failure; the last one from then on."""

OFTEN_BRIEF = frozenset({"KEY_UNAVAILABLE", "TSA_UNAVAILABLE", "REVOCATION_UNAVAILABLE", "STORE_UNAVAILABLE"})
"""Problems that mostly pass at once: the first retry comes after a second."""

log = structlog.get_logger(__name__)


class Performer(Protocol):
    """Who knows what an effect means."""

    def perform(self, runs: Sequence[Run]) -> Sequence[Performed]:
        """Do at least the first effect of each run and store its result, in a transaction that also calls
        ``outbox.finish_first``, and say how far each came.

        An effect that has to wait is in hand when this returns (``outbox.hand_on``). May be called again for one whose
        worker died, so nothing outside those transactions may count twice. What cannot be done now in one dossier holds
        up no other.
        """
        ...


@dataclass(frozen=True, slots=True)
class Bench:
    """What a worker works with. Opened in the process that uses it, never carried over a fork."""

    database: Database
    performer: Performer
    clock: Callable[[], datetime]
    lease: timedelta = LEASE


def perform(bench: Bench, dossiers: Sequence[str]) -> int:
    """Perform the due effects of each dossier in order; how many were done. Stops at the first that has to wait."""
    count = 0
    while dossiers and (runs := _take(bench, dossiers)):
        performed = _performed(bench, runs)
        count += sum(one.done for one in performed)
        dossiers = [one.run.dossier for one in performed if one.problem is None]
    return count


def back_off(attempts: int, code: str) -> timedelta:
    """How long an effect waits after its ``attempts``-th failure, 1 being the first, with a problem of this code."""
    waits = (timedelta(seconds=1), *BACK_OFF) if code in OFTEN_BRIEF else BACK_OFF
    return waits[min(attempts, len(waits)) - 1]


def register(celery: Celery, bench: Callable[[], Bench]) -> None:
    """Let the workers of ``celery`` perform effects on the bench that ``bench`` gives them, asked at each message."""

    @celery.task(name=PERFORM, shared=False)
    def _perform(dossiers: list[str]) -> None:
        perform(bench(), dossiers)


def _take(bench: Bench, dossiers: Sequence[str]) -> list[Run]:
    now = bench.clock()
    with bench.database.transaction() as connection:
        return outbox.take(connection, dossiers, now, now + bench.lease)


def _performed(bench: Bench, runs: Sequence[Run]) -> Sequence[Performed]:
    try:
        with _kept(bench, runs):
            performed = bench.performer.perform(runs)
    except Exception as error:  # noqa: BLE001 - told below, for each
        performed = [Performed(run, 0, error) for run in runs]
    for one in performed:
        for effect in one.run.effects[: one.done]:
            log.info("effect_done", **_told(effect))
        if one.problem is not None:
            _put_off(bench, one.run.effects[one.done], one.problem)
    return performed


def _put_off(bench: Bench, effect: DueEffect, problem: Exception) -> None:
    told = _told(effect)
    match problem:
        case LeaseLost():
            log.warning("effect_taken_over", **told)
        case PutOff():
            log.info("effect_put_off", **told)
        case Problem():
            log.warning("effect_waits", code=problem.code, facts=problem.facts, **told)
            _postpone(bench, effect, problem)
        case _:
            log.error("effect_failed", exc_info=problem, **told)
            _postpone(bench, effect, _internal_error())


def _told(effect: DueEffect) -> dict[str, object]:
    return {"dossier": effect.dossier, "effect": effect.effect_id, "kind": effect.kind, "attempts": effect.attempts}


def _postpone(bench: Bench, effect: DueEffect, problem: Problem) -> None:
    due_at = bench.clock() + back_off(effect.attempts, problem.code)
    try:
        with bench.database.transaction() as connection:
            outbox.postpone(connection, effect.effect_id, effect.token, problem.to_document(), due_at)
    except LeaseLost:
        log.warning("effect_taken_over", dossier=effect.dossier, effect=effect.effect_id)


@contextmanager
def _kept(bench: Bench, runs: Sequence[Run]) -> Iterator[None]:
    """Renew the leases while the work goes on, for a slow time stamp is not a dead worker."""
    over = threading.Event()
    name = f"lease-{runs[0].head.effect_id}"
    keeper = threading.Thread(target=_keep, args=(bench, runs, over), name=name, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(bench: Bench, runs: Sequence[Run], over: threading.Event) -> None:
    while not over.wait(bench.lease.total_seconds() / 3):
        try:
            with bench.database.transaction() as connection:
                if not outbox.renew_leases(connection, runs, bench.clock() + bench.lease):
                    return
        except Problem as problem:
            log.warning("lease_not_renewed", dossier=runs[0].dossier, code=problem.code)


def _internal_error() -> Problem:
    return Problem(
        "INTERNAL_ERROR",
        "系统内部错误，已记录，系统将自动重试；若长时间未完成，请联系管理员并提供办件编号。",
        "An internal error was recorded and the work will be tried again by itself; if it does not finish, "
        "give the administrator the dossier number.",
        status=500,
    )
