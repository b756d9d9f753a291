"""The service in touch with the world: gateways to systems outside or their stand-ins, the messenger and the trading room
at work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from starlette.types import ASGIApp

from signing_service.assemble import Together
from signing_service.demo.people import crowd
from signing_service.demo.portraits import sample_portrait
from signing_service.domain.parties import PartyKind, Person
from signing_service.gateways.opening import Gateways, open_gateways
from signing_service.outside.pages import PREFIX
from signing_service.outside.real_name import Citizen
from signing_service.outside.running import Addresses, standing_in
from signing_service.settings import Environment, Settings
from signing_service.storage import parties
from signing_service.worker.messenger import Messenger
from signing_service.worker.senders import senders_over
from signing_service.worker.timekeeper import TimekeeperThread
from signing_service.workflows.desk import Desk
from signing_service.workflows.national import RegisterRoom
from signing_service.workflows.trading import TradingRoom

TODOS = "/platform/"
"""The page that a WeChat message opens, below the public origin."""


@dataclass(frozen=True, slots=True)
class Touch:
    """With the systems outside, while the service runs."""

    gateways: Gateways
    messenger: Messenger
    addresses: Addresses

    def beside(self, pages: ASGIApp) -> ASGIApp:
        """The pages, and beside them what stand-ins have received, where there are any."""
        stand_ins = self.addresses.stand_ins
        return pages if stand_ins is None else Together(pages, [((PREFIX,), stand_ins.pages)])


@contextmanager
def in_touch(settings: Settings, desk: Desk) -> Iterator[Touch]:
    """Messages are delivered while the block lasts. Raises as ``outside.running.standing_in`` does."""
    with standing_in(settings, desk.clock, _citizens(settings, desk)) as addresses:
        gateways = open_gateways(addresses.accesses, settings.gateway_seconds, desk.clock)
        url = f"{settings.public_origin}{TODOS}"
        messenger = Messenger(desk.database, senders_over(gateways, url), desk.clock)
        with ExitStack() as working:
            messenger.start()
            working.callback(messenger.stop)
            if addresses.accesses.trading is not None:
                room = TradingRoom(desk, gateways.trading)
                watch = TimekeeperThread(room.exchange, (), desk.clock)
                watch.start()
                working.callback(watch.stop)
            if addresses.accesses.national is not None:
                telling = RegisterRoom(desk, gateways.national)
                watch = TimekeeperThread(telling.tell, (telling.owe_expired,), desk.clock)
                watch.start()
                working.callback(watch.stop)
            yield Touch(gateways, messenger, addresses)


def _citizens(settings: Settings, desk: Desk) -> list[Citizen]:
    """Whom the stand-in of the register knows: the invented people, and who is entered already."""
    if settings.environment is Environment.PRODUCTION:
        return []
    invented = [Citizen(one.id_no, one.name, partial(sample_portrait, one.name, woman=one.woman)) for one in crowd()]
    with desk.database.reading() as connection:
        people = [one for one in parties.of_kind(connection, PartyKind.PERSON) if isinstance(one, Person)]
    entered = [
        Citizen(
            str(one.id_no),
            str(one.name),
            partial(desk.blobs.get, one.facts["photo"]) if one.facts.get("photo") else None,
        )
        for one in people
    ]
    return [*invented, *entered]
