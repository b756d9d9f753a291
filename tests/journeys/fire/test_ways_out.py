"""Whatever of fire matters is taken back, declined, returned, refused or lapses leaves everything as it was (§14, §18.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.fire.world import Fire
from tests.journeys.ways_out import every_way_out

GROUND = {"not_accept": {"ground": "special", "missing": "消防验收申请材料"}}


def design(fire: Fire) -> tuple[str, dict[str, Any]]:
    return "fs.design", fire.design(fire.project())


def acceptance(fire: Fire) -> tuple[str, dict[str, Any]]:
    project = fire.project()
    fire.design_passed(project)
    return "fs.accept", fire.acceptance(project)


def filing(fire: Fire) -> tuple[str, dict[str, Any]]:
    return "fs.record", fire.filing(fire.project())


def second_check(fire: Fire) -> tuple[str, dict[str, Any]]:
    project = fire.project()
    return "fs.recheck", fire.put_right(project, fire.check_failed(project))


@pytest.mark.parametrize("of", [design, acceptance, filing, second_check])
def test_of_each_procedure(fire: Fire, of: Callable[[Fire], tuple[str, dict[str, Any]]]) -> None:
    key, form = of(fire)
    number = fire.journey.begin(key, fire.developer, form)
    fire.journey.take(number, "prepare", fire.developer)
    fire.journey.settle(number)
    given = GROUND if key == "fs.record" else None
    # the opinion on acceptance tells of the visit, and is walked where somebody went there
    every_way_out(fire.journey, number, given, but=("refuse@reviewed",) if key == "fs.accept" else ())
