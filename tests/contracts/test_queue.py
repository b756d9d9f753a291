"""What the queue promises, on both databases and over both brokers: in order, one at a time, once, and nothing lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from sqlalchemy import JSON, Integer, insert, select, update

from signing_service.domain.errors import Problem
from signing_service.settings import Settings
from signing_service.storage import outbox
from signing_service.storage.database import Database
from signing_service.storage.outbox import DueEffect, EffectState, LeaseLost, Performed, Run
from signing_service.storage.tables import dossier, effect
from signing_service.worker.app import make_celery
from signing_service.worker.dispatch import Dispatcher, by_celery
from signing_service.worker.embedded import EmbeddedWorker
from signing_service.worker.tasks import Bench, back_off, perform, register

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
D1, D2 = "202611220000000001", "202611220000000002"


def open_dossier(database: Database, number: str) -> None:
    blank = {JSON: {}, Integer: 1}
    columns = {c.name: blank.get(type(c.type), "") for c in dossier.columns if not c.nullable}
    with database.transaction() as connection:
        connection.execute(insert(dossier).values(**columns | {"number": number}))


def owe(database: Database, number: str, *kinds: str, line: int = 1, due_at: datetime = NOON) -> None:
    with database.transaction() as connection:
        outbox.add(connection, number, line, [(kind, {"of": kind}) for kind in kinds], due_at)


@pytest.fixture
def queue(database: Database) -> Database:
    """A database in which two dossiers are open and owe nothing."""
    open_dossier(database, D1)
    open_dossier(database, D2)
    return database


def claim(database: Database, now: datetime, limit: int = 10) -> list[str]:
    with database.transaction() as connection:
        return outbox.claim_due(connection, now, limit, now + MINUTE)


def begin(database: Database, number: str, now: datetime) -> DueEffect | None:
    with database.transaction() as connection:
        return outbox.begin(connection, number, now, now + MINUTE)


def taken(database: Database, number: str, now: datetime) -> DueEffect:
    held = begin(database, number, now)
    assert held is not None
    return held


def finish(database: Database, held: DueEffect, now: datetime) -> None:
    with database.transaction() as connection:
        outbox.finish(connection, held.effect_id, held.token, now)


def postpone(database: Database, held: DueEffect, due_at: datetime) -> None:
    with database.transaction() as connection:
        outbox.postpone(connection, held.effect_id, held.token, {"code": "TSA_UNAVAILABLE"}, due_at)


def states(database: Database, number: str) -> list[str]:
    with database.reading() as connection:
        of = select(effect.c.state).where(effect.c.dossier == number).order_by(effect.c.line, effect.c.position)
        return list(connection.execute(of).scalars())


# --- order


def test_effects_of_one_dossier_are_performed_in_the_order_in_which_they_are_owed(queue: Database) -> None:
    owe(queue, D1, "seal", "prove", line=2)
    owe(queue, D1, "render", "stamp", line=1)
    performed = []
    while held := begin(queue, D1, NOON):
        performed.append((held.kind, held.arguments["of"], held.line, held.position))
        finish(queue, held, NOON)
    assert performed == [
        ("render", "render", 1, 0),
        ("stamp", "stamp", 1, 1),
        ("seal", "seal", 2, 0),
        ("prove", "prove", 2, 1),
    ]


def test_an_effect_is_not_taken_before_its_time(queue: Database) -> None:
    owe(queue, D1, "remind", due_at=NOON + SECOND)
    assert claim(queue, NOON) == []
    assert begin(queue, D1, NOON) is None
    assert claim(queue, NOON + SECOND) == [D1]


def test_an_effect_that_waits_holds_up_those_behind_it_and_no_other_dossier(queue: Database) -> None:
    owe(queue, D1, "seal", "notify")
    owe(queue, D2, "seal")
    postpone(queue, taken(queue, D1, NOON), NOON + MINUTE)
    assert claim(queue, NOON + SECOND) == [D2]
    assert begin(queue, D1, NOON + SECOND) is None


def test_what_is_due_longest_is_claimed_first_and_no_more_than_asked(queue: Database) -> None:
    owe(queue, D1, "seal", due_at=NOON)
    owe(queue, D2, "seal", due_at=NOON - SECOND)
    assert claim(queue, NOON, limit=1) == [D2]
    assert claim(queue, NOON, limit=1) == [D1]


# --- one at a time


def test_while_an_effect_is_in_hand_no_other_of_its_dossier_is(queue: Database) -> None:
    owe(queue, D1, "seal", "notify")
    taken(queue, D1, NOON)
    assert begin(queue, D1, NOON) is None
    assert claim(queue, NOON) == []


def test_a_dossier_is_claimed_by_one_dispatcher(queue: Database) -> None:
    owe(queue, D1, "seal")
    assert claim(queue, NOON) == [D1]
    assert claim(queue, NOON) == []


def test_a_message_delivered_twice_finds_nothing_to_do_the_second_time(queue: Database) -> None:
    owe(queue, D1, "seal")
    claim(queue, NOON)
    assert begin(queue, D1, NOON) is not None
    assert begin(queue, D1, NOON) is None


def test_of_eight_workers_that_reach_for_an_effect_one_gets_it(queue: Database) -> None:
    owe(queue, D1, *[f"e{n}" for n in range(6)])
    for turn in range(6):
        with ThreadPoolExecutor(8) as pool:
            held = [got for got in pool.map(lambda _: begin(queue, D1, NOON), range(8)) if got]
        assert [got.kind for got in held] == [f"e{turn}"]
        finish(queue, held[0], NOON)


def test_of_eight_dispatchers_that_claim_at_once_each_dossier_goes_to_one(queue: Database) -> None:
    numbers = [f"D{n}" for n in range(24)]
    for number in numbers:
        open_dossier(queue, number)
        owe(queue, number, "seal", "notify")
    with ThreadPoolExecutor(8) as pool:
        claimed = [number for part in pool.map(lambda _: claim(queue, NOON, 5), range(8)) for number in part]
    claimed += claim(queue, NOON, 100)
    assert sorted(claimed) == sorted(numbers)


# --- leases and fencing


def test_a_result_is_recorded_once_and_a_second_one_is_refused(queue: Database) -> None:
    owe(queue, D1, "seal")
    held = taken(queue, D1, NOON)
    finish(queue, held, NOON)
    with pytest.raises(LeaseLost):
        finish(queue, held, NOON)
    assert states(queue, D1) == ["done"]


def test_an_effect_whose_worker_fell_silent_is_claimed_again_after_its_lease(queue: Database) -> None:
    owe(queue, D1, "seal")
    taken(queue, D1, NOON)
    assert claim(queue, NOON + MINUTE - SECOND) == []
    assert claim(queue, NOON + MINUTE) == [D1]


def test_a_message_that_the_broker_forgot_is_sent_again_after_its_lease(queue: Database) -> None:
    owe(queue, D1, "seal")
    assert claim(queue, NOON) == [D1]
    assert claim(queue, NOON + MINUTE) == [D1]


@pytest.mark.parametrize("late", ["finish", "postpone", "renew"])
def test_a_late_worker_is_refused_once_another_has_the_effect(queue: Database, late: str) -> None:
    owe(queue, D1, "seal")
    old = taken(queue, D1, NOON)
    new = taken(queue, D1, NOON + MINUTE)
    with pytest.raises(LeaseLost), queue.transaction() as connection:
        if late == "finish":
            outbox.finish(connection, old.effect_id, old.token, NOON + MINUTE)
        elif late == "postpone":
            outbox.postpone(connection, old.effect_id, old.token, {}, NOON)
        else:
            outbox.renew_lease(connection, old.effect_id, old.token, NOON + 9 * MINUTE)
    finish(queue, new, NOON + MINUTE)
    assert new.attempts == 2


def test_a_late_workers_result_is_undone_with_its_refusal(queue: Database) -> None:
    owe(queue, D1, "seal")
    old = taken(queue, D1, NOON)
    taken(queue, D1, NOON + MINUTE)
    with pytest.raises(LeaseLost), queue.transaction() as connection:
        connection.execute(update(dossier).where(dossier.c.number == D1).values(stage="issued"))
        outbox.finish(connection, old.effect_id, old.token, NOON + MINUTE)
    with queue.reading() as connection:
        assert connection.execute(select(dossier.c.stage).where(dossier.c.number == D1)).scalar_one() == ""


def test_a_worker_whose_lease_ran_out_may_still_finish_when_nobody_took_over(queue: Database) -> None:
    owe(queue, D1, "seal")
    held = taken(queue, D1, NOON)
    finish(queue, held, NOON + 9 * MINUTE)
    assert states(queue, D1) == ["done"]


def test_a_worker_that_goes_on_keeps_its_effect(queue: Database) -> None:
    owe(queue, D1, "seal")
    held = taken(queue, D1, NOON)
    with queue.transaction() as connection:
        outbox.renew_lease(connection, held.effect_id, held.token, NOON + 2 * MINUTE)
    assert claim(queue, NOON + MINUTE) == []
    assert claim(queue, NOON + 2 * MINUTE) == [D1]


# --- retries


def test_an_effect_that_failed_waits_with_its_problem_and_is_due_again_by_itself(queue: Database) -> None:
    owe(queue, D1, "seal")
    postpone(queue, taken(queue, D1, NOON), NOON + MINUTE)
    with queue.reading() as connection:
        (waiting,) = outbox.owed(connection, D1)
    assert (waiting.state, waiting.due_at, waiting.problem) == (
        EffectState.WAITING,
        NOON + MINUTE,
        {"code": "TSA_UNAVAILABLE"},
    )
    assert claim(queue, NOON + MINUTE) == [D1]
    assert taken(queue, D1, NOON + MINUTE).attempts == 2


def test_after_a_restart_of_the_only_process_everything_in_hand_is_free_at_once(queue: Database) -> None:
    owe(queue, D1, "seal")
    owe(queue, D2, "seal")
    former = taken(queue, D1, NOON)
    claim(queue, NOON)
    with queue.transaction() as connection:
        assert outbox.recover(connection) == 2
    assert sorted(claim(queue, NOON)) == [D1, D2]
    with pytest.raises(LeaseLost):
        finish(queue, former, NOON)


def test_a_claim_the_broker_refused_is_free_at_once_and_an_effect_in_hand_is_not(queue: Database) -> None:
    owe(queue, D1, "seal")
    owe(queue, D2, "seal")
    claim(queue, NOON)
    taken(queue, D2, NOON)
    with queue.transaction() as connection:
        outbox.release(connection, [D1, D2])
    assert claim(queue, NOON) == [D1]


@pytest.mark.parametrize(
    ("attempts", "code", "seconds"),
    [
        (1, "INTERNAL_ERROR", 30),
        (2, "INTERNAL_ERROR", 60),
        (3, "INTERNAL_ERROR", 300),
        (99, "INTERNAL_ERROR", 3600),
        (1, "TSA_UNAVAILABLE", 1),
        (1, "KEY_UNAVAILABLE", 1),
        (2, "KEY_UNAVAILABLE", 30),
        (99, "KEY_UNAVAILABLE", 3600),
    ],
)
def test_each_failure_waits_longer_and_never_for_ever(attempts: int, code: str, seconds: int) -> None:
    assert back_off(attempts, code) == timedelta(seconds=seconds)


# --- what is reported


def test_the_backlog_counts_what_is_due_and_what_waits(queue: Database) -> None:
    owe(queue, D1, "seal", "notify", due_at=NOON - MINUTE)
    owe(queue, D2, "remind", due_at=NOON + MINUTE)
    postpone(queue, taken(queue, D1, NOON), NOON + SECOND)
    with queue.reading() as connection:
        now = outbox.backlog(connection, NOON)
        later = outbox.backlog(connection, NOON + MINUTE)
    assert (now.due, now.waiting, now.oldest_due_at) == (1, 1, NOON - MINUTE)
    assert (later.due, later.waiting) == (3, 1)


def test_with_nothing_owed_there_is_no_backlog(queue: Database) -> None:
    with queue.reading() as connection:
        assert outbox.backlog(connection, NOON) == outbox.Backlog(due=0, waiting=0, oldest_due_at=None)
        assert outbox.owed(connection, D1) == ()


# --- the worker


class Recorder:
    """A performer that keeps what it did, and does what a test tells it to do first."""

    def __init__(self, database: Database, before: Callable[[DueEffect], None] = lambda _: None) -> None:
        self._database = database
        self._before = before
        self.performed: list[tuple[str, str]] = []

    def perform(self, runs: Sequence[Run]) -> list[Performed]:
        return [self._perform(run) for run in runs]

    def _perform(self, run: Run) -> Performed:
        try:
            self._do(run.head)
        except Exception as problem:  # noqa: BLE001 - whatever a performer did not foresee
            return Performed(run, 0, problem)
        return Performed(run, 1)

    def _do(self, effect: DueEffect) -> None:
        self._before(effect)
        with self._database.transaction() as connection:
            outbox.finish(connection, effect.effect_id, effect.token, datetime.now(UTC))
            # before the commit: who waits for an idle dossier looks at this list as soon as it is committed
            self.performed.append((effect.dossier, effect.kind))


class Stepped:
    """A clock that stands where it is put."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def test_one_message_performs_everything_that_is_due_in_its_dossier(queue: Database) -> None:
    owe(queue, D1, "render", "stamp")
    owe(queue, D1, "remind", line=2, due_at=NOON + SECOND)
    recorder = Recorder(queue)
    assert perform(Bench(queue, recorder, Stepped(NOON)), [D1]) == 2
    assert recorder.performed == [(D1, "render"), (D1, "stamp")]


def test_a_problem_postpones_the_effect_and_stops_the_dossier(queue: Database) -> None:
    def no_time_stamp(effect: DueEffect) -> None:
        if (effect.kind, effect.attempts) == ("seal", 1):
            raise Problem("TSA_UNAVAILABLE", "时间戳服务暂不可用。", "The time stamp service is away.", status=503)

    owe(queue, D1, "seal", "notify")
    clock, recorder = Stepped(NOON), Recorder(queue, no_time_stamp)
    bench = Bench(queue, recorder, clock)
    assert perform(bench, [D1]) == 0
    with queue.reading() as connection:
        head = outbox.owed(connection, D1)[0]
    assert head.problem is not None
    assert (head.problem["code"], head.due_at, recorder.performed) == ("TSA_UNAVAILABLE", NOON + SECOND, [])
    clock.now += SECOND
    assert perform(bench, [D1]) == 2
    assert recorder.performed == [(D1, "seal"), (D1, "notify")]


def test_an_error_nobody_foresaw_is_recorded_without_its_text_and_tried_again(queue: Database) -> None:
    def breaks(_: DueEffect) -> None:
        raise ValueError("ID number 11010519491231002X")

    owe(queue, D1, "seal")
    assert perform(Bench(queue, Recorder(queue, breaks), Stepped(NOON)), [D1]) == 0
    with queue.reading() as connection:
        (head,) = outbox.owed(connection, D1)
    assert head.problem is not None
    assert (head.problem["code"], head.due_at) == ("INTERNAL_ERROR", NOON + timedelta(seconds=30))
    assert "11010519491231002X" not in str(head.problem)


def test_a_worker_that_lost_its_effect_leaves_it_to_the_other(queue: Database) -> None:
    def another_takes_over(effect: DueEffect) -> None:
        taken(queue, effect.dossier, NOON + MINUTE)

    owe(queue, D1, "seal")
    assert perform(Bench(queue, Recorder(queue, another_takes_over), Stepped(NOON)), [D1]) == 0
    assert states(queue, D1) == ["running"]


def test_long_work_keeps_its_lease(queue: Database) -> None:
    """The work takes four leases, and the dispatcher never thinks that the worker is dead."""
    stolen: list[str] = []

    def long_work(_: DueEffect) -> None:
        for _ in range(12):
            time.sleep(0.1)
            stolen.extend(claim(queue, datetime.now(UTC)))

    owe(queue, D1, "seal")
    bench = Bench(queue, Recorder(queue, long_work), lambda: datetime.now(UTC), lease=timedelta(seconds=0.3))
    assert perform(bench, [D1]) == 1
    assert stolen == []


def test_what_fails_in_one_dossier_of_a_message_holds_up_no_other(queue: Database) -> None:
    def no_seal(effect: DueEffect) -> None:
        if effect.dossier == D1:
            raise Problem("NO_SEAL", "该单位尚未备案电子印章。", "This enterprise has no seal on record.")

    owe(queue, D1, "seal", "notify")
    owe(queue, D2, "seal", "notify")
    recorder = Recorder(queue, no_seal)
    assert perform(Bench(queue, recorder, Stepped(NOON)), [D1, D2]) == 2
    assert recorder.performed == [(D2, "seal"), (D2, "notify")]
    assert states(queue, D1) == ["waiting", "pending"]


# --- runs: a dossier's effects in the hands of one worker


def taken_run(database: Database, number: str, now: datetime) -> Run:
    with database.transaction() as connection:
        (run,) = outbox.take(connection, [number], now, now + MINUTE)
    return run


def test_a_run_holds_what_is_due_in_order_and_nothing_behind_what_is_not(queue: Database) -> None:
    owe(queue, D1, "render", "seal")
    owe(queue, D1, "remind", line=2, due_at=NOON + SECOND)
    owe(queue, D1, "archive", line=3)
    owe(queue, D2, "render")
    with queue.transaction() as connection:
        runs = outbox.take(connection, [D2, D1, D2], NOON, NOON + MINUTE)
    assert [(run.dossier, [one.kind for one in run.effects]) for run in runs] == [
        (D2, ["render"]),
        (D1, ["render", "seal"]),
    ]
    assert states(queue, D1) == ["running", "pending", "pending", "pending"]


def test_what_is_behind_an_effect_in_hand_is_nobodys_until_that_is_done(queue: Database) -> None:
    owe(queue, D1, "render", "seal", "prove")
    run = taken_run(queue, D1, NOON)
    assert begin(queue, D1, NOON) is None
    with queue.transaction() as connection:
        outbox.finish_first(connection, [(run, 2)], NOON)
    assert states(queue, D1) == ["done", "done", "pending"]
    assert taken(queue, D1, NOON).kind == "prove"


def test_an_effect_that_is_handed_on_is_in_hand_and_can_be_put_off(queue: Database) -> None:
    owe(queue, D1, "render", "seal", "prove")
    run = taken_run(queue, D1, NOON)
    with queue.transaction() as connection:
        outbox.hand_on(connection, run, 1, NOON, NOON + MINUTE)
    assert states(queue, D1) == ["done", "running", "pending"]
    postpone(queue, run.effects[1], NOON + MINUTE)
    assert taken(queue, D1, NOON + MINUTE).attempts == 2


@pytest.mark.parametrize("late", ["finish", "hand on", "write"])
def test_a_late_worker_stores_nothing_of_a_run_that_another_has(queue: Database, late: str) -> None:
    owe(queue, D1, "render", "seal")
    owe(queue, D2, "render")
    with queue.transaction() as connection:
        runs = outbox.take(connection, [D1, D2], NOON, NOON + MINUTE)
    taken(queue, D1, NOON + MINUTE)
    with pytest.raises(LeaseLost), queue.transaction() as connection:
        if late == "finish":
            outbox.finish_first(connection, [(run, 1) for run in runs], NOON + MINUTE)
        elif late == "hand on":
            outbox.hand_on(connection, runs[0], 1, NOON + MINUTE, NOON + 2 * MINUTE)
        else:
            outbox.still_held(connection, runs)
    assert states(queue, D1) == ["running", "pending"]
    assert states(queue, D2) == ["running"]


# --- the dispatcher and the embedded worker, over memory:// and Valkey


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def celery(broker_url: str) -> Iterator[Celery]:
    made = make_celery(Settings(broker_url=broker_url))
    yield made
    made.close()


Running = Callable[..., EmbeddedWorker]


@pytest.fixture
def running(queue: Database, celery: Celery) -> Iterator[Running]:
    """Starts an embedded worker; stops it after the test."""
    started: list[EmbeddedWorker] = []

    def start(performer: Recorder, send: Callable[[list[str]], None] | None = None, **options: Any) -> EmbeddedWorker:
        register(celery, lambda: Bench(queue, performer, now))
        worker = EmbeddedWorker(celery, Dispatcher(queue, send or by_celery(celery), now, **options), concurrency=2)
        worker.start()
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.stop()


def test_what_is_owed_is_done_in_order_soon_after_it_was_saved(queue: Database, running: Running) -> None:
    recorder = Recorder(queue)
    worker = running(recorder, poll=timedelta(seconds=60))
    owe(queue, D1, "render", "stamp", "seal")
    owe(queue, D2, "render", "stamp", "seal")
    assert worker.wait_idle(D1, 20)
    assert worker.wait_idle(D2, 20)
    for number in (D1, D2):
        assert [kind for of, kind in recorder.performed if of == number] == ["render", "stamp", "seal"]


def test_different_dossiers_are_worked_on_side_by_side(queue: Database, running: Running) -> None:
    """Each effect waits until the other dossier's is in hand too."""
    both = threading.Barrier(2, timeout=20)
    recorder = Recorder(queue, lambda _: both.wait() and None)
    worker = running(recorder, group=1)
    owe(queue, D1, "seal")
    owe(queue, D2, "seal")
    assert worker.wait_idle(D1, 20)
    assert worker.wait_idle(D2, 20)


def test_what_was_in_hand_when_the_service_died_is_done_after_it_starts(queue: Database, running: Running) -> None:
    owe(queue, D1, "seal", "notify", due_at=now())
    taken(queue, D1, now())
    recorder = Recorder(queue)
    assert running(recorder).wait_idle(D1, 20)
    assert recorder.performed == [(D1, "seal"), (D1, "notify")]


def test_nothing_is_lost_when_the_broker_forgets_messages(queue: Database, celery: Celery, running: Running) -> None:
    deliver, forgotten = by_celery(celery), []

    def forgetful(numbers: list[str]) -> None:
        forgotten.append(numbers)
        if len(forgotten) > 2:
            deliver(numbers)

    recorder = Recorder(queue)
    worker = running(recorder, forgetful, poll=timedelta(seconds=0.05), on_the_way=timedelta(seconds=0.1))
    owe(queue, D1, "seal")
    owe(queue, D2, "seal")
    assert worker.wait_idle(D1, 20)
    assert worker.wait_idle(D2, 20)
    assert sorted(recorder.performed) == [(D1, "seal"), (D2, "seal")]


def test_every_message_delivered_three_times_is_done_once(queue: Database, celery: Celery, running: Running) -> None:
    deliver = by_celery(celery)
    recorder = Recorder(queue, lambda _: time.sleep(0.02))
    worker = running(recorder, lambda numbers: [deliver(numbers) for _ in range(3)] and None)
    for number in (D1, D2):
        owe(queue, number, "render", "stamp", "seal")
    assert worker.wait_idle(D1, 20)
    assert worker.wait_idle(D2, 20)
    assert sorted(recorder.performed) == sorted((d, k) for d in (D1, D2) for k in ("render", "stamp", "seal"))


def test_a_broker_that_is_away_keeps_nothing_back_once_it_returns(
    queue: Database, celery: Celery, running: Running
) -> None:
    deliver, refusals = by_celery(celery), iter([True, True, False])

    def away_at_first(numbers: list[str]) -> None:
        if next(refusals, False):
            raise ConnectionRefusedError
        deliver(numbers)

    recorder = Recorder(queue)
    worker = running(recorder, away_at_first, poll=timedelta(seconds=0.05))
    owe(queue, D1, "seal")
    assert worker.wait_idle(D1, 20)


def test_the_broker_holds_no_more_dossiers_than_its_depth(queue: Database) -> None:
    sent: list[str] = []
    for number in (f"D{n}" for n in range(5)):
        open_dossier(queue, number)
        owe(queue, number, "seal")
    dispatcher = Dispatcher(queue, sent.extend, lambda: NOON, depth=3)
    assert (dispatcher.dispatch_once(), dispatcher.dispatch_once(), len(sent)) == (3, 0, 3)
    taken(queue, sent[0], NOON)
    assert dispatcher.dispatch_once() == 1


def test_a_backlog_goes_out_many_dossiers_in_a_message_and_a_single_one_at_once(queue: Database) -> None:
    sent: list[list[str]] = []
    dispatcher = Dispatcher(queue, sent.append, lambda: NOON, group=20)
    owe(queue, D1, "seal")
    dispatcher.dispatch_once()
    numbers = [f"D{n:02}" for n in range(45)]
    for number in numbers:
        open_dossier(queue, number)
        owe(queue, number, "seal")
    dispatcher.dispatch_once()
    assert [len(message) for message in sent] == [1, 20, 20, 5]
    assert sorted(number for message in sent[1:] for number in message) == numbers


def test_messages_that_the_broker_refuses_are_given_back_and_those_before_are_not(queue: Database) -> None:
    taken_up: list[str] = []

    def full_after_one(numbers: list[str]) -> None:
        if taken_up:
            raise ConnectionRefusedError
        taken_up.extend(numbers)

    numbers = [f"D{n}" for n in range(5)]
    for number in numbers:
        open_dossier(queue, number)
        owe(queue, number, "seal")
    with pytest.raises(ConnectionRefusedError):
        Dispatcher(queue, full_after_one, lambda: NOON, group=2).dispatch_once()
    assert sorted(claim(queue, NOON)) == sorted(set(numbers) - set(taken_up))


def test_waiting_for_a_dossier_ends_when_its_next_attempt_is_far_away(queue: Database, running: Running) -> None:
    def no_key(_: DueEffect) -> None:
        raise Problem("NO_SEAL", "该单位尚未备案电子印章。", "This enterprise has no seal on record.")

    worker = running(Recorder(queue, no_key))
    owe(queue, D1, "seal")
    began = time.monotonic()
    assert not worker.wait_idle(D1, 15)
    assert time.monotonic() - began < 10


def test_stopping_lets_the_effect_in_hand_be_finished(queue: Database, running: Running) -> None:
    in_hand = threading.Event()

    def slow(_: DueEffect) -> None:
        in_hand.set()
        time.sleep(0.3)

    recorder = Recorder(queue, slow)
    worker = running(recorder)
    owe(queue, D1, "seal")
    worker.nudge()
    assert in_hand.wait(20)
    worker.stop()
    assert (recorder.performed, states(queue, D1)) == ([(D1, "seal")], ["done"])
