"""Whatever of a qualification is taken back, declined, returned, refused or lapses leaves the licence as it was (§11, §18.5)."""

from __future__ import annotations

import pytest

from signing_service.domain.licences import LicenceStatus
from tests.journeys.constructor.driver import EMPLOYER, Town, enterprise
from tests.journeys.driver import Journey
from tests.journeys.qualification.firm import Firm, firm, held_before, today
from tests.journeys.qualification.test_change_and_cancel import cancels, changes
from tests.journeys.qualification.test_onboard import application, newcomer
from tests.journeys.ways_out import every_way_out


def every_way(town: Town, number: str) -> None:
    every_way_out(Journey(town.service, town.clock), number)  # type: ignore[arg-type]


def begun(ours: Firm, key: str, licence: str) -> str:
    match key:
        case "eq.renew":
            return ours.renews(licence)
        case "eq.change":
            return changes(ours, licence, registered_capital="6000", registered_on=today(ours.town).isoformat())
    return cancels(ours, licence)


def test_of_an_application(town: Town) -> None:
    ours = firm(town, "寻乌示例匠心建筑有限公司", professionals=0)
    number = ours.begin(requested=("G01/2",))
    town.take(number, "prepare", ours.clerk)
    every_way(town, number)


@pytest.mark.parametrize("key", ["eq.renew", "eq.change", "eq.cancel"])
def test_of_what_becomes_of_a_licence(town: Town, key: str) -> None:
    ours = firm(town, f"安远示例{key[3:]}建筑有限公司", professionals=0)
    licence = held_before(ours, ("G01/2",), ends_in=400)
    number = begun(ours, key, licence)
    town.take(number, "prepare", ours.clerk)
    before = town.versions(licence)
    every_way(town, number)
    assert town.versions(licence) == before
    assert before[-1].status is LicenceStatus.IN_FORCE


def test_of_who_comes_into_the_register(town: Town) -> None:
    uscc, person = newcomer(town, "定南示例建筑有限公司")
    number = town.begin("ent.onboard", EMPLOYER, uscc, application(town, person))
    town.take(number, "prepare", enterprise(uscc))
    every_way(town, number)
