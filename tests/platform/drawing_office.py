"""A building site with its review agency, whose people meet the pages: everybody has an account, and nobody a script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from signing_service.demo import people
from signing_service.domain.accounts import Account, Rules
from signing_service.domain.codes import Region
from signing_service.domain.staff import Grant, Level
from signing_service.domain.viewer import AccountKind
from signing_service.settings import ROOT, Settings
from signing_service.storage import accounts as store
from signing_service.web.platform import entrance
from signing_service.web.platform.app import make_platforms
from signing_service.web.platform.house import House
from signing_service.web.platform.rendering import Renderer
from signing_service.workflows.accounts.accounts import Accounts
from signing_service.workflows.accounts.passwords import hashed
from tests.journeys.drawing_review.studio import AGENCY, Studio, studio_in
from tests.journeys.project.site import BUILDER, DESIGNER, DEVELOPER, SURVEYOR
from tests.platform.conftest import PASSWORD, Letters
from tests.platform.gallery import TOKENS
from tests.platform.office import Caller, Office

ORGANISATIONS = {
    DEVELOPER: "建设单位",
    SURVEYOR: "勘察单位",
    DESIGNER: "设计单位",
    AGENCY: "审图机构",
    BUILDER: "施工单位",
}


@dataclass
class DrawingOffice:
    studio: Studio
    office: Office
    _known: dict[str, Account] = field(default_factory=dict)

    def account(self, party: str) -> Account:
        """Of an enterprise or a person; made when it is first asked for."""
        if party not in self._known:
            kind = AccountKind.ENTERPRISE if party in ORGANISATIONS else AccountKind.PERSON
            name = ORGANISATIONS.get(party, "审查人员")
            more = {"person": party} if kind is AccountKind.PERSON else {}
            with self.studio.service.desk.database.transaction() as connection:
                one = store.by_login(connection, kind, party)  # whoever took a step of a journey has one
                if one is None:
                    serial = len(self._known)
                    one = Account(f"pages-{serial}", kind, party, party, name, mobile=f"1397{serial:07d}", **more)
                    store.add(connection, one, "test", self.studio.clock())
                kept = hashed(PASSWORD)
                store.put_password(connection, one.account_id, kept, self.studio.clock(), must_change=False)
            self._known[party] = one
        return self._known[party]

    def officer(self, region: str, procedures: str = "rv.*", level: Level = Level.AUDIT) -> Caller:
        """Of the province's office, with one permission."""
        login = f"officer-{region}-{procedures}-{level}"
        if login not in self._known:
            one = Account(
                login, AccountKind.STAFF, login, str(people.AUTHORITY.uscc), "审图监管", region=Region(region),
                mobile=f"1398{len(self._known):07d}",
            )  # fmt: skip
            with self.studio.service.desk.database.transaction() as connection:
                store.add(connection, one, "test", self.studio.clock())
                kept = hashed(PASSWORD)
                store.put_password(connection, one.account_id, kept, self.studio.clock(), must_change=False)
                store.put_grants(connection, one.account_id, (Grant(procedures, level, Region(region)),))
            self._known[login] = one
        return self.office.of(self._known[login])

    def of(self, party: str) -> Caller:
        return self.office.of(self.account(party))


def offices_of(studio: Studio) -> DrawingOffice:
    """The platforms over a studio that is there already."""
    desk, letters = studio.service.desk, Letters()
    accounts = Accounts(
        desk.database, desk.clock, letters, b"s" * 32, Rules(staff_second_factor=False), blobs=desk.blobs
    )
    house = House(desk, Renderer(), Settings().fonts, ROOT / "templates", public_origin="http://verify.test")
    platforms = make_platforms(house, accounts, "", entrance.ways(house.page))
    app = Starlette(routes=[Mount("/static", StaticFiles(directory=TOKENS)), Mount("/", platforms)])
    return DrawingOffice(studio, Office(studio.service, accounts, letters, app))


@contextmanager
def drawing_office_in(folder: Path) -> Iterator[DrawingOffice]:
    with studio_in(folder) as studio:
        yield offices_of(studio)
