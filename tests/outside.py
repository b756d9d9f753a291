"""The systems outside as tests meet them: our stand-ins on real sockets of this machine, at a time that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from signing_service.demo.portraits import sample_portrait
from signing_service.gateways.opening import Accesses, Gateways, open_gateways
from signing_service.outside.real_name import Citizen
from signing_service.outside.running import StandIns, standing_in
from signing_service.settings import Settings

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""

ID_NO, NAME = "360102199003070014", "王建国"
MOBILE, EMAIL = "13970000001", "wang@example.org"
PORTRAIT = sample_portrait(NAME, woman=False)
CITIZENS = (
    Citizen(ID_NO, NAME, lambda: PORTRAIT),
    Citizen("360102198501010028", "李芳华"),
)


@dataclass
class Clock:
    """Stands still until it is moved."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


@dataclass(frozen=True)
class Outside:
    clock: Clock
    accesses: Accesses
    gateways: Gateways
    stand_ins: StandIns


@contextmanager
def outside_in(folder: Path, **settings: object) -> Iterator[Outside]:
    clock = Clock()
    given = Settings(_env_file=None, var=folder, **settings)  # type: ignore[arg-type]
    with standing_in(given, clock, CITIZENS) as addresses:
        assert addresses.stand_ins is not None
        gateways = open_gateways(addresses.accesses, 5.0, clock)
        yield Outside(clock, addresses.accesses, gateways, addresses.stand_ins)
