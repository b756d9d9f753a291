"""A messenger that dies between sending and marking: the message is sent again, and arrives once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from signing_service.domain.messages import Channel, Event
from signing_service.storage import tables
from signing_service.storage.database import Database
from signing_service.storage.messages import DueDelivery
from signing_service.worker.messenger import GIVEN_UP_AFTER, LEASE, Messenger, Sender, pause_after
from signing_service.worker.senders import senders_over
from signing_service.workflows.messages import addressee, tell
from tests.outside import EMAIL, ID_NO, MOBILE, Outside, outside_in

FACTS = {"dossier": "SORN20261123000001", "procedure": "延续", "procedure_en": "Renewal"}
URL = "https://example.org/platform/"


class Killed(BaseException):
    """As the process is gone, nobody catches it."""


class DiesAfterSending:
    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def send(self, due: DueDelivery) -> None:
        self._sender.send(due)
        raise Killed


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    with outside_in(tmp_path) as running:
        yield running


def tell_wang(database: Database, outside: Outside) -> None:
    openid = next(iter(outside.stand_ins.wechat.users))
    wang = addressee(ID_NO, {"mobile": MOBILE, "email": EMAIL, "wechat_openid": openid})
    with database.transaction() as connection:
        tell(connection, wang, Event.ACCEPTED, FACTS, outside.clock())


def messenger(database: Database, outside: Outside, **gateways: Sender) -> Messenger:
    senders = {**senders_over(outside.gateways, URL), **{Channel(name): one for name, one in gateways.items()}}
    return Messenger(database, senders, outside.clock)


def states(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(connection.scalars(select(tables.delivery.c.state)))


def shelf_of(outside: Outside, channel: Channel) -> list[int]:
    """Of each message that arrived by the channel, how often it came again."""
    kept = outside.stand_ins.kept
    shelf = {Channel.SMS: kept.texts, Channel.MAIL: kept.mails, Channel.WECHAT: kept.wechats}[channel]
    return [one.doubles for one in shelf.all()]


def test_what_is_told_arrives_by_every_channel(database: Database, outside: Outside) -> None:
    tell_wang(database, outside)
    working = messenger(database, outside)
    assert [working.deliver_due(channel) for channel in Channel] == [1, 1, 1]
    assert [shelf_of(outside, channel) for channel in Channel] == [[0], [0], [0]]
    assert states(database) == {"sent"}
    assert [working.deliver_due(channel) for channel in Channel] == [0, 0, 0]


@pytest.mark.parametrize(
    ("channel", "doubles"),
    # the SMS provider is asked before; WeChat and mailboxes know the reference again
    [(Channel.SMS, 0), (Channel.WECHAT, 1), (Channel.MAIL, 1)],
)
def test_who_is_killed_after_sending_sends_again_and_it_arrives_once(
    database: Database, outside: Outside, channel: Channel, doubles: int
) -> None:
    tell_wang(database, outside)
    dying = DiesAfterSending(senders_over(outside.gateways, URL)[channel])
    with pytest.raises(Killed):
        messenger(database, outside, **{channel.value: dying}).deliver_due(channel)
    successor = messenger(database, outside)
    assert successor.deliver_due(channel) == 0  # the lease of the dead one still holds
    outside.clock.advance(LEASE)
    assert successor.deliver_due(channel) == 1
    assert shelf_of(outside, channel) == [doubles]
    with database.reading() as connection:
        delivery = tables.delivery
        asked = select(delivery.c.state, delivery.c.attempts).where(delivery.c.channel == channel.value)
        assert tuple(connection.execute(asked).one()) == ("sent", 2)


def test_a_text_message_that_left_before_midnight_is_not_sent_again_after_it(
    sqlite_database: Database, outside: Outside
) -> None:
    outside.clock.advance(timedelta(hours=11, minutes=59))  # 23:59 in Shanghai
    tell_wang(sqlite_database, outside)
    dying = DiesAfterSending(senders_over(outside.gateways, URL)[Channel.SMS])
    with pytest.raises(Killed):
        messenger(sqlite_database, outside, sms=dying).deliver_due(Channel.SMS)
    outside.clock.advance(LEASE)
    messenger(sqlite_database, outside).deliver_due(Channel.SMS)
    assert shelf_of(outside, Channel.SMS) == [0]


class Away:
    """Breaks in a way nobody thought of."""

    def send(self, due: DueDelivery) -> None:
        raise KeyError(due.address)


def test_one_message_that_cannot_be_written_holds_up_no_other_and_is_given_up_at_last(
    sqlite_database: Database, outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_wang(sqlite_database, outside)
    tell_wang(sqlite_database, outside)
    broken = messenger(sqlite_database, outside, sms=Away())
    assert broken.deliver_due(Channel.SMS) == 2
    assert states(sqlite_database) == {"pending"}
    outside.clock.advance(GIVEN_UP_AFTER)
    broken.deliver_due(Channel.SMS)
    with sqlite_database.reading() as connection:
        delivery = tables.delivery
        rows = connection.execute(select(delivery).where(delivery.c.channel == "sms")).all()
    assert {(row.state, row.facts, row.problem["code"]) for row in rows} == {("failed", None, "MESSAGE_BROKEN")}
    shown = capsys.readouterr()
    assert MOBILE not in shown.out + shown.err


def test_a_provider_that_is_away_is_tried_again_later_and_later() -> None:
    assert [pause_after(attempts).total_seconds() for attempts in (1, 2, 3, 6, 7, 8, 40)] == [
        5, 15, 45, 1215, 3600, 3600, 3600,
    ]  # fmt: skip


def test_an_addressee_that_is_never_taken_is_given_up_at_once(sqlite_database: Database, outside: Outside) -> None:
    with sqlite_database.transaction() as connection:
        nobody = addressee(ID_NO, {"mobile": "12345"})
        tell(connection, nobody, Event.ACCEPTED, FACTS, outside.clock())
    messenger(sqlite_database, outside).deliver_due(Channel.SMS)
    assert states(sqlite_database) == {"failed"}


def test_a_messenger_in_threads_delivers_and_stops(sqlite_database: Database, outside: Outside) -> None:
    tell_wang(sqlite_database, outside)
    working = messenger(sqlite_database, outside)
    working.start()
    working.nudge()
    for _ in range(400):
        if states(sqlite_database) == {"sent"}:
            break
        working._stopping.wait(0.05)
    working.stop()
    assert states(sqlite_database) == {"sent"}
