"""Brings messages to where people read them: text messages, WeChat, mail; a thread for each, so that none waits for another.

A delivery is taken in one transaction, sent without any, and marked in another. Who is killed between sending and
marking leaves it in hand; when the lease has run out it is sent again with the same reference, by which the outside
tells a double. Dossiers never wait for messages.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from signing_service.domain.errors import Problem
from signing_service.domain.messages import Channel
from signing_service.storage import messages
from signing_service.storage.database import Database
from signing_service.storage.messages import DueDelivery

POLL = timedelta(seconds=1)
LEASE = timedelta(minutes=2)
"""Longer than any attempt lasts: a gateway answers within some seconds or is away."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
"""Between two attempts, tripled at each."""

GIVEN_UP_AFTER = timedelta(days=3)
"""What could not be delivered by then is read on the platform or not at all."""

FINAL = frozenset({"MESSAGE_NOT_TAKEN", "GATEWAY_OFF"})

log = structlog.get_logger(__name__)


class Sender(Protocol):
    """Of one channel."""

    def send(self, due: DueDelivery) -> None:
        """Return when the outside has taken the message, also when it had it already. Raises Problem otherwise."""


class Messenger:
    """Delivers what is due by the channels it has senders for."""

    def __init__(
        self,
        database: Database,
        senders: Mapping[Channel, Sender],
        clock: Callable[[], datetime],
        *,
        poll: timedelta = POLL,
        lease: timedelta = LEASE,
    ) -> None:
        self._database = database
        self._senders = senders
        self._clock = clock
        self._poll = poll
        self._lease = lease
        self._stopping = threading.Event()
        self._nudges = {channel: threading.Event() for channel in senders}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._stopping.clear()
        self._threads = [
            threading.Thread(target=self._run, args=(channel,), name=f"messenger-{channel}", daemon=True)
            for channel in self._senders
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Return when what is in hand is sent. What is due stays in the store."""
        self._stopping.set()
        self.nudge()
        for thread in self._threads:
            thread.join()

    def nudge(self) -> None:
        """Somebody waits for a code: look at once. Never blocks, never fails."""
        for nudge in self._nudges.values():
            nudge.set()

    def deliver_due(self, channel: Channel) -> int:
        """Try everything that is due by the channel; how many deliveries were tried."""
        count = 0
        while not self._stopping.is_set() and (due := self._take(channel)):
            self._deliver(due)
            count += 1
        return count

    def _take(self, channel: Channel) -> DueDelivery | None:
        now = self._clock()
        with self._database.reading() as connection:
            if not messages.is_due(connection, channel, now):
                return None
        with self._database.transaction() as connection:
            return messages.take(connection, channel, now, now + self._lease)

    def _deliver(self, due: DueDelivery) -> None:
        try:
            self._senders[due.channel].send(due)
        except Problem as problem:
            self._put_off(due, problem)
        except Exception as error:  # noqa: BLE001 - one message that cannot be written must not hold up the rest
            # neither text nor address gets into the log
            log.error("message_failed", channel=due.channel, event_told=due.event, kind=type(error).__name__)  # noqa: TRY400
            self._put_off(due, _broken())
        else:
            self._store(lambda: self._mark_sent(due))

    def _mark_sent(self, due: DueDelivery) -> None:
        with self._database.transaction() as connection:
            messages.mark_sent(connection, due, self._clock())

    def _put_off(self, due: DueDelivery, problem: Problem) -> None:
        now = self._clock()
        again = now + pause_after(due.attempts)
        again = min(again, due.until) if due.until else again
        final = problem.code in FINAL or now - due.first_at >= GIVEN_UP_AFTER

        def store() -> None:
            with self._database.transaction() as connection:
                if final:
                    messages.give_up(connection, due, problem.to_document())
                else:
                    messages.postpone(connection, due, problem.to_document(), again)

        if final or due.attempts == 1:
            log.warning("message_waits" if not final else "message_given_up", channel=due.channel, code=problem.code)
        self._store(store)

    def _store(self, store: Callable[[], None]) -> None:
        try:
            store()
        except messages.DeliveryTaken:
            log.warning("message_taken_over")

    def _run(self, channel: Channel) -> None:
        while not self._stopping.is_set():
            try:
                self.deliver_due(channel)
            except Exception:
                log.exception("messages_not_delivered")
            self._nudges[channel].wait(self._poll.total_seconds())
            self._nudges[channel].clear()


def pause_after(attempts: int) -> timedelta:
    """5 seconds, 15, 45, … at most an hour."""
    pause: timedelta = FIRST_PAUSE * 3 ** min(attempts - 1, 10)
    return min(pause, LONGEST_PAUSE)


def _broken() -> Problem:
    return Problem(
        "MESSAGE_BROKEN",
        "消息内容无法生成，请管理员查看日志。",
        "The message could not be written: an administrator has to look at the log.",
        status=500,
    )
