"""归集: a renewal and a cancellation on their whole way to the national register, over its protocol (domain text, §5)."""

from __future__ import annotations

from pathlib import Path

from signing_service.demo import people
from signing_service.storage import licences, national_entries
from signing_service.storage.national_entries import EntryState
from signing_service.workflows.national import RegisterRoom
from tests.factories import renewal_form
from tests.journeys.driver import Journey
from tests.journeys.special_operation.test_licences import done
from tests.outside import outside_in

LICENCE = people.SIGNALLER_LICENCE


def renewed(journey: Journey) -> None:
    number = journey.begin(
        "so.renew", journey.person(), renewal_form(journey.service, attachments=[journey.file("体检合格证明.pdf")])
    )
    journey.submit(number, journey.person())
    journey.take(number, "confirm", journey.enterprise())
    journey.settle(number)
    for step, name in (("accept", "tang"), ("review", "song"), ("grant", "zheng")):
        journey.take(number, step, journey.officer(name))
    journey.settle(number)


def test_a_renewed_licence_is_entered_and_its_suspension_told(journey: Journey, tmp_path: Path) -> None:
    with outside_in(tmp_path / "outside") as outside:
        room = RegisterRoom(journey.service.desk, outside.gateways.national)
        journey.employ()
        renewed(journey)
        outside.stand_ins.national.is_down = True
        assert room.tell() == 0
        outside.stand_ins.national.is_down = False
        with journey.service.desk.database.transaction() as connection:
            national_entries.tell_again(connection, [LICENCE], journey.service.desk.clock())
        assert room.tell() == 1
        done(journey, "so.suspend")
        assert room.tell() == 1
        with journey.service.desk.database.reading() as connection:
            current = licences.current(connection, LICENCE)
            told = national_entries.of_licence(connection, LICENCE)
        assert current is not None
        entered = outside.stand_ins.national.entered[current.identifier]
        assert entered.states == [("01", "01"), ("03", "02")]
        assert [one.state for one in told] == [EntryState.ACCEPTED] * 2
        assert told[0].answer is not None
        assert len(told[0].answer["mark"]) == 32
