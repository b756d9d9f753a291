"""Performing what a dossier owes, oldest first, until nothing of it is due any more.

What cannot be done now is put off with its problem and tried again by itself; nothing is given up and nothing is
done twice: the result and the mark that it is done are stored in one transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from celery import Celery

from signing_service.domain.errors import Problem
from signing_service.storage import outbox
from signing_service.storage.database import Database
from signing_service.storage.outbox import DueEffect, LeaseLost, PutOff

PERFORM_NEXT = "signing_service.perform_next"

LEASE = timedelta(seconds=60)
"""For how long a silent worker keeps an effect; a living one renews it three times in this while."""

BACK_OFF = tuple(timedelta(seconds=s) for s in (30, 60, 300, 900, 3600))
"""Waits after the first, second ... failure; the last one from then on."""

OFTEN_BRIEF = frozenset({"KEY_UNAVAILABLE", "TSA_UNAVAILABLE", "REVOCATION_UNAVAILABLE", "STORE_UNAVAILABLE"})
"""Problems that mostly pass at once: the first retry comes after a second."""

log = structlog.get_logger(__name__)


class Performer(Protocol):
    """Who knows what an effect means."""

    def perform(self, effect: DueEffect) -> None:
        """Do it and store its result, in a transaction that also calls ``outbox.finish``.

        May be called again for an effect whose worker died, so nothing outside that transaction may count twice.
        Raises Problem for what cannot be done now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Bench:
    """What a worker works with. Opened in the process that uses it, never carried over a fork."""

    database: Database
    performer: Performer
    clock: Callable[[], datetime]
    lease: timedelta = LEASE
    publish: Callable[[], object] = lambda: None
    """Signs the status lists that are due."""


def perform_next(bench: Bench, dossier: str) -> int:
    """Perform the due effects of ``dossier`` in order; how many were done. Stops at the first that has to wait."""
    done = 0
    while effect := _take(bench, dossier):
        if not _perform(bench, effect):
            break
        done += 1
    return done


def back_off(attempts: int, code: str) -> timedelta:
    """How long an effect waits after its ``attempts``-th failure, 1 being the first, with a problem of this code."""
    waits = (timedelta(seconds=1), *BACK_OFF) if code in OFTEN_BRIEF else BACK_OFF
    return waits[min(attempts, len(waits)) - 1]


def register(celery: Celery, bench: Callable[[], Bench]) -> None:
    """Let the workers of ``celery`` perform effects on the bench that ``bench`` gives them, asked at each message."""

    @celery.task(name=PERFORM_NEXT, shared=False)
    def _perform_next(dossier: str) -> None:
        perform_next(bench(), dossier)


def _take(bench: Bench, dossier: str) -> DueEffect | None:
    now = bench.clock()
    with bench.database.transaction() as connection:
        return outbox.begin(connection, dossier, now, now + bench.lease)


def _perform(bench: Bench, effect: DueEffect) -> bool:
    told = {"dossier": effect.dossier, "effect": effect.effect_id, "kind": effect.kind, "attempts": effect.attempts}
    try:
        with _kept(bench, effect):
            bench.performer.perform(effect)
    except LeaseLost:
        log.warning("effect_taken_over", **told)
        return False
    except PutOff:
        log.info("effect_put_off", **told)
        return False
    except Problem as problem:
        log.warning("effect_waits", code=problem.code, facts=problem.facts, **told)
        _postpone(bench, effect, problem)
        return False
    except Exception:
        log.exception("effect_failed", **told)
        _postpone(bench, effect, _internal_error())
        return False
    log.info("effect_done", **told)
    return True


def _postpone(bench: Bench, effect: DueEffect, problem: Problem) -> None:
    due_at = bench.clock() + back_off(effect.attempts, problem.code)
    try:
        with bench.database.transaction() as connection:
            outbox.postpone(connection, effect.effect_id, effect.token, problem.to_document(), due_at)
    except LeaseLost:
        log.warning("effect_taken_over", dossier=effect.dossier, effect=effect.effect_id)


@contextmanager
def _kept(bench: Bench, effect: DueEffect) -> Iterator[None]:
    """Renew the lease while the work goes on, for a slow time stamp is not a dead worker."""
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(bench, effect, over), name=f"lease-{effect.effect_id}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(bench: Bench, effect: DueEffect, over: threading.Event) -> None:
    while not over.wait(bench.lease.total_seconds() / 3):
        try:
            with bench.database.transaction() as connection:
                outbox.renew_lease(connection, effect.effect_id, effect.token, bench.clock() + bench.lease)
        except LeaseLost:
            return
        except Problem as problem:
            log.warning("lease_not_renewed", dossier=effect.dossier, effect=effect.effect_id, code=problem.code)


def _internal_error() -> Problem:
    return Problem(
        "INTERNAL_ERROR",
        "系统内部错误，已记录，系统将自动重试；若长时间未完成，请联系管理员并提供办件编号。",
        "An internal error was recorded and the work will be tried again by itself; if it does not finish, "
        "give the administrator the dossier number.",
        status=500,
    )
