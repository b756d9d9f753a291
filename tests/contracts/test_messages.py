"""What is told is told once and to the end, on SQLite and PostgreSQL: leases, second attempts, what is wiped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.errors import Problem
from signing_service.domain.messages import MASK, Channel, Event
from signing_service.domain.parties import Person
from signing_service.storage import messages, parties, tables
from signing_service.storage.database import Database
from signing_service.storage.messages import DeliveryState, DeliveryTaken, DueDelivery
from signing_service.workflows.messages import Addressee, addressee, tell, tell_code
from tests.outside import EMAIL, ID_NO, MOBILE, NAME, NOON

LEASE = timedelta(minutes=2)
FACTS = {"dossier": "SORN20261123000001", "procedure": "延续", "procedure_en": "Renewal"}
WANG = addressee(ID_NO, {"mobile": MOBILE, "email": EMAIL, "wechat_openid": "o-wang"})


def told(database: Database, event: Event = Event.ACCEPTED, at: datetime = NOON, **given: Any) -> str | None:
    with database.transaction() as connection:
        return tell(connection, given.pop("who", WANG), event, given.pop("facts", FACTS), at, **given)


def taken(database: Database, channel: Channel = Channel.SMS, at: datetime = NOON) -> DueDelivery | None:
    with database.transaction() as connection:
        return messages.take(connection, channel, at, at + LEASE)


def held(database: Database, channel: Channel = Channel.SMS, at: datetime = NOON) -> DueDelivery:
    due = taken(database, channel, at)
    assert due is not None
    return due


def deliveries(database: Database) -> Sequence[Any]:
    with database.reading() as connection:
        return connection.execute(select(tables.delivery).order_by(tables.delivery.c.channel)).all()


def everything(database: Database) -> str:
    """All that is stored of messages, as text."""
    with database.reading() as connection:
        rows = [*connection.execute(select(tables.message)), *connection.execute(select(tables.delivery))]
    return json.dumps([list(row) for row in rows], ensure_ascii=False)


# --- telling


def test_a_party_is_told_on_the_platform_and_by_every_channel_we_know(database: Database) -> None:
    told(database)
    with database.reading() as connection:
        (message,) = messages.of_party(connection, ID_NO)
    assert (message.event, message.dossier, message.read_at) == (Event.ACCEPTED, FACTS["dossier"], None)
    assert message.zh == "延续（SORN20261123000001）已受理。"
    assert [(one.channel, one.address) for one in deliveries(database)] == [
        ("mail", EMAIL),
        ("sms", MOBILE),
        ("wechat", "o-wang"),
    ]


def test_a_party_is_not_told_by_channels_it_does_not_want(database: Database) -> None:
    with database.transaction() as connection:
        facts = {"mobile": MOBILE, "email": EMAIL, "channels_unwanted": ["sms"]}
        parties.put(connection, Person(IdNo(ID_NO), PersonName(NAME), None, facts))
    told(database, who=ID_NO)
    assert [one.channel for one in deliveries(database)] == ["mail"]


def test_who_is_not_registered_cannot_be_told_by_number(database: Database) -> None:
    with pytest.raises(Problem) as refused:
        told(database, who=ID_NO)
    assert refused.value.code == "PERSON_NOT_FOUND"


def test_nobody_is_told_of_what_did_not_happen(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as connection:
        tell(connection, WANG, Event.ACCEPTED, FACTS, NOON)
        raise RuntimeError
    assert deliveries(database) == []


def test_what_is_told_once_is_told_once_also_by_eight_at_the_same_time(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: told(database, once="accepted:1"), range(8)))
    assert len([one for one in ids if one]) == 1
    assert len(deliveries(database)) == 3


def test_two_messages_without_such_a_mark_are_two(database: Database) -> None:
    assert told(database) != told(database)
    assert len(deliveries(database)) == 6


# --- reading


def test_messages_are_counted_read_and_listed_by_their_own_party_only(database: Database) -> None:
    first = told(database, at=NOON)
    told(database, at=NOON + timedelta(hours=1))
    told(database, who=Addressee("another"))
    with database.transaction() as connection:
        assert messages.unread(connection, ID_NO) == 2
        assert messages.mark_read(connection, "another", NOON, [str(first)]) == 0
        assert messages.mark_read(connection, ID_NO, NOON, [str(first)]) == 1
        assert messages.mark_read(connection, ID_NO, NOON, [str(first)]) == 0
        assert messages.unread(connection, ID_NO) == 1
        newest, oldest = messages.of_party(connection, ID_NO)
        assert (newest.at, oldest.message_id) == (NOON + timedelta(hours=1), first)
        assert messages.of_party(connection, ID_NO, before=newest.at) == [oldest]
        assert messages.mark_read(connection, ID_NO, NOON) == 1
        assert messages.unread(connection, "another") == 1


# --- on the way


def test_a_delivery_is_taken_by_one_and_its_channel_only(database: Database) -> None:
    told(database)
    due = held(database, Channel.SMS)
    assert (due.address, due.attempts, due.facts["procedure"]) == (MOBILE, 1, "延续")
    assert taken(database, Channel.SMS) is None
    assert held(database, Channel.MAIL).address == EMAIL


def test_of_eight_that_take_at_once_each_delivery_goes_to_one(database: Database) -> None:
    for _ in range(4):
        told(database)
    with ThreadPoolExecutor(8) as pool:
        due = [one for one in pool.map(lambda _: taken(database), range(8)) if one]
    # on PostgreSQL one that looks while another takes may go away empty, and comes again
    while one := taken(database):
        due.append(one)
    assert len({one.reference for one in due}) == len(due) == 4


def test_what_whoever_took_it_did_not_finish_is_taken_again_with_the_same_reference(database: Database) -> None:
    told(database)
    first = held(database)
    assert taken(database, at=NOON + LEASE - timedelta(seconds=1)) is None
    second = held(database, at=NOON + LEASE)
    assert (second.reference, second.attempts, second.first_at) == (first.reference, 2, NOON)
    assert second.token != first.token


def test_who_lost_the_lease_changes_nothing_any_more(database: Database) -> None:
    told(database)
    first = held(database)
    held(database, at=NOON + LEASE)
    for late in (
        lambda connection: messages.mark_sent(connection, first, NOON),
        lambda connection: messages.postpone(connection, first, {}, NOON),
        lambda connection: messages.give_up(connection, first, {}),
    ):
        with pytest.raises(DeliveryTaken), database.transaction() as connection:
            late(connection)


def test_a_delivery_that_was_postponed_waits_until_its_time(database: Database) -> None:
    told(database)
    due = held(database)
    with database.transaction() as connection:
        messages.postpone(connection, due, {"code": "GATEWAY_AWAY"}, NOON + timedelta(seconds=5))
        assert not messages.is_due(connection, Channel.SMS, NOON + timedelta(seconds=4))
        assert messages.is_due(connection, Channel.SMS, NOON + timedelta(seconds=5))
    assert held(database, at=NOON + timedelta(seconds=5)).attempts == 2


# --- codes


def code_told(database: Database, code: str = "204816") -> None:
    with database.transaction() as connection:
        tell_code(connection, WANG.only(Channel.SMS), code, ("登录", "logging in"), NOON)


def test_a_code_goes_before_tidings_that_have_waited_longer(database: Database) -> None:
    told(database, at=NOON - timedelta(hours=1))
    code_told(database)
    assert [held(database).event for _ in range(2)] == [Event.CODE, Event.ACCEPTED]


def test_a_code_is_in_clear_nowhere_but_in_its_delivery_and_there_until_it_has_left(database: Database) -> None:
    code_told(database)
    with database.reading() as connection:
        (message,) = messages.of_party(connection, ID_NO)
    assert MASK in message.zh
    assert "204816" not in message.zh + message.en
    due = held(database)
    assert due.facts["code"] == "204816"
    with database.transaction() as connection:
        messages.mark_sent(connection, due, NOON)
    assert "204816" not in everything(database)
    assert deliveries(database)[0].facts is None


def test_a_code_that_was_given_up_is_wiped_too(database: Database) -> None:
    code_told(database)
    due = held(database)
    with database.transaction() as connection:
        messages.give_up(connection, due, {"code": "MESSAGE_NOT_TAKEN"})
    assert "204816" not in everything(database)
    assert deliveries(database)[0].state == DeliveryState.FAILED


@pytest.mark.parametrize("was_in_hand", [False, True])
def test_a_code_that_is_too_late_is_not_sent_but_wiped(database: Database, was_in_hand: bool) -> None:
    code_told(database)
    if was_in_hand:
        held(database, at=NOON + timedelta(minutes=1))
    assert taken(database, at=NOON + timedelta(minutes=5)) is None
    assert "204816" not in everything(database)
    assert deliveries(database)[0].state == DeliveryState.LAPSED


def test_wiped_means_null_and_not_a_json_null(database: Database) -> None:
    code_told(database)
    due = held(database)
    with database.transaction() as connection:
        messages.mark_sent(connection, due, NOON)
        assert connection.scalar(text("SELECT count(*) FROM delivery WHERE facts IS NULL")) == 1


def test_a_code_does_not_count_as_something_to_be_read(database: Database) -> None:
    code_told(database)
    with database.reading() as connection:
        assert messages.unread(connection, ID_NO) == 0


def test_a_code_that_can_go_nowhere_is_refused(database: Database) -> None:
    with pytest.raises(Problem) as refused, database.transaction() as connection:
        tell_code(connection, WANG.only(Channel.WECHAT), "1", ("登录", "logging in"), NOON)
    assert refused.value.code == "NO_ADDRESS"
