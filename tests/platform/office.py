"""A province in small for the pages: a running service with its worker, accounts of everybody, and the platforms served over it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from httpx2 import Response
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from signing_service.demo import people
from signing_service.domain.accounts import Account, Rules
from signing_service.domain.codes import Region
from signing_service.domain.employment import ContractKind, Employment
from signing_service.domain.keys import KeyRef
from signing_service.domain.staff import Grant, Level
from signing_service.domain.viewer import AccountKind
from signing_service.embedded import Service, prepare, running
from signing_service.storage import accounts as store
from signing_service.storage import employments
from signing_service.web.platform import entrance
from signing_service.web.platform.app import make_platforms
from signing_service.web.platform.house import House
from signing_service.web.platform.rendering import Renderer
from signing_service.workflows import pins
from signing_service.workflows.accounts.accounts import Accounts
from signing_service.workflows.accounts.passwords import hashed
from tests.factories import settings_in
from tests.factories_outside import room_of
from tests.platform.conftest import PASSWORD, Letters
from tests.platform.gallery import TOKENS

PIN = "284017"
ORIGIN = "http://platform.test"
HOLDER_KEY, BUILDER_KEY = "person-wang-jianguo", "enterprise-9136010099900011xn"
FORMER_KEY, CONSTRUCTOR_KEY = "enterprise-91360102999000128k", "person-li-fanghua"

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n%%EOF\n"
)


CROWD = {one.name: one.id_no for one in people.crowd()}


def person(number: str, name: str) -> Account:
    return Account(
        f"person-{number[-4:]}", AccountKind.PERSON, number, number, name, person=number, mobile="13870000017"
    )


def enterprise(party: Any) -> Account:
    uscc = str(party.uscc)
    return Account(f"enterprise-{uscc[-6:]}", AccountKind.ENTERPRISE, uscc, uscc, party.name, mobile="13970000028")


def officer(login: str, name: str, level: Level, region: str = "360000") -> tuple[Account, tuple[Grant, ...]]:
    account = Account(
        f"staff-{login}", AccountKind.STAFF, login, str(people.AUTHORITY.uscc), name, region=Region(region),
        person=CROWD[name], mobile="13600000011",
    )  # fmt: skip
    return account, (Grant("*", level, Region(region)),)


HOLDER = person(people.SIGNALLER_ID, "王建国")
STRANGER = person(people.CONSTRUCTOR_ID, "李芳华")
BUILDER, FORMER = enterprise(people.BUILDER), enterprise(people.FORMER_BUILDER)
ACCEPTOR, REVIEWER, DECIDER = (
    officer("chen.jing", "陈静", Level.ACCEPT), officer("zhou.haiyan", "周海燕", Level.REVIEW),
    officer("he.rong", "何镕", Level.DECIDE),
)  # fmt: skip
ELSEWHERE = officer("gan.zhou", "林志云", Level.ACCEPT, "360700")


@dataclass
class Office:
    service: Service
    accounts: Accounts
    letters: Letters
    app: Starlette
    _clients: dict[str, Caller] = field(default_factory=dict)

    def of(self, account: Account) -> Caller:
        """That account's browser, logged in."""
        if account.account_id not in self._clients:
            self._clients[account.account_id] = Caller(self, account)
        return self._clients[account.account_id]

    def settle(self, number: str) -> None:
        self.service.settle(number)


class Caller:
    """A browser without JavaScript: follows where it is led, sends the forms of the page it is on."""

    def __init__(self, office: Office, account: Account | None) -> None:
        self.office = office
        self.http = TestClient(office.app, base_url=ORIGIN, raise_server_exceptions=False)
        self.csrf = ""
        if account is not None:
            self._log_in(account)

    def _log_in(self, account: Account) -> None:
        told = self.http.post(
            "/api/platform/session", json={"kind": account.kind.value, "login": account.login, "password": PASSWORD}
        )
        assert told.status_code == 201, told.text
        self.csrf = told.json()["csrf"]
        if account.kind is AccountKind.ENTERPRISE:
            self.http.post("/api/platform/session/code", json={}, headers=self.token)
            code = self.office.letters.code
            told = self.http.post("/api/platform/session/factor", json={"code": code}, headers=self.token)
            assert told.status_code == 200, told.text
            self.csrf = told.json()["csrf"]

    @property
    def token(self) -> dict[str, str]:
        return {"X-CSRF-Token": self.csrf}

    def get(self, address: str, **more: Any) -> Response:
        return self.http.get(address, **more)

    def post(self, address: str, data: dict[str, Any] | None = None, *, follow: bool = True, **more: Any) -> Response:
        form = {"csrf": self.csrf, **(data or {})}
        if "files" not in more:
            more.setdefault("headers", {})["Content-Type"] = "application/x-www-form-urlencoded"
        return self._goes_on(self.http.post(address, data=form, follow_redirects=follow, **more))

    def api(self, method: str, address: str, body: dict[str, Any] | None = None) -> Response:
        return self._goes_on(self.http.request(method, address, json=body or {}, headers=self.token))

    def _goes_on(self, answer: Response) -> Response:
        """With the token of the next page, where the session has a new one."""
        if any("session" in one.cookies for one in (answer, *answer.history)):
            self.csrf = str(self.http.get("/api/platform/session").json()["csrf"])
        return answer

    # ---- runs of steps

    def begin(self, procedure: str, licence: str = "") -> str:
        answer = self.post("/platform/begin", {"procedure": procedure, "licence": licence}, follow=False)
        assert answer.status_code == 303, answer.text
        found = re.search(r"dossiers/([A-Z0-9]+)/form", answer.headers["location"])
        assert found
        return found.group(1)

    def see_every_page(self, number: str, step: str) -> str:
        """Opens the signing room, loads every picture as a browser does, and returns the hash that was shown."""
        page = self.get(f"/platform/dossiers/{number}/sign/{step}")
        assert page.status_code == 200, page.text
        pictures = re.findall(r'src="(/platform/dossiers/[^"]+\.png)"', page.text)
        assert pictures
        for address in pictures:
            assert self.get(address).status_code == 200
        return str(pictures[0].split("/")[-2])

    def ask_for_code(self, number: str, step: str, revision: str) -> str:
        answer = self.post(
            f"/platform/dossiers/{number}/sign/{step}/code",
            {"revision": revision},
            headers={"Accept": "application/json"},
        )
        assert answer.status_code == 202, answer.text
        return self.office.letters.code

    def sign(self, number: str, step: str, **changes: str) -> Response:
        seen = self.see_every_page(number, step)
        code = self.ask_for_code(number, step, seen)
        data = {"seen": seen, "pin": PIN, "code": code, **changes}
        return self.post(f"/platform/dossiers/{number}/sign/{step}", data, follow=False)


RENEWAL = {
    "licence_no": people.SIGNALLER_LICENCE,
    "employer_uscc": str(people.BUILDER.uscc),
    "mobile": "13870000017",
    "working_since": "2014年9月",
    "health": "体检合格，无妨碍从事本工种作业的疾病。",
    "training": "每年均不少于24学时。",
    "conduct": "无违章作业记录。",
}


def upload(caller: Caller, number: str, field_name: str, data: bytes = PDF, name: str = "体检合格证明.pdf") -> Response:
    return caller.post(
        f"/platform/dossiers/{number}/files",
        {"field": field_name},
        files={"file": (name, data, "application/octet-stream")},
        headers={"Accept": "application/json"},
    )


def prepared_renewal(office: Office) -> str:
    """A renewal whose form is drawn and waits for its holder's signature."""
    holder = office.of(HOLDER)
    number = holder.begin("so.renew", people.SIGNALLER_LICENCE)
    file = upload(holder, number, "attachments").json()
    answer = holder.post(
        f"/platform/dossiers/{number}/form", {**RENEWAL, "attachments": file["sha256"], "_next": "1"}, follow=False
    )
    assert answer.status_code == 303, answer.text
    office.settle(number)
    return number


def submitted_renewal(office: Office) -> str:
    number = prepared_renewal(office)
    assert office.of(HOLDER).sign(number, "submit").status_code == 303
    office.settle(number)
    return number


def confirmed_renewal(office: Office) -> str:
    number = submitted_renewal(office)
    answer = office.of(BUILDER).sign(number, "confirm")
    assert answer.status_code == 303, answer.text
    office.settle(number)
    return number


def prepare_province(folder: Path) -> Path:
    """A folder with keys, people and accounts, to be copied for each test."""
    settings = settings_in(folder / "var")
    prepare(settings, lambda _line: None)
    with running(settings) as service:
        now = service.desk.clock()
        password = hashed(PASSWORD)
        with service.desk.database.transaction() as connection:
            people.enter(connection, service.desk.blobs, now)
            employments.start(
                connection,
                Employment(
                    people.SIGNALLER_ID, str(people.BUILDER.uscc), "信号工", ContractKind.OPEN, date(2025, 1, 1), None
                ),
            )
            for account in (HOLDER, STRANGER, BUILDER, FORMER):
                store.add(connection, account, "test", now)
                store.put_password(connection, account.account_id, password, now, must_change=False)
            for account, grants in (ACCEPTOR, REVIEWER, DECIDER, ELSEWHERE):
                store.add(connection, account, "test", now)
                store.put_password(connection, account.account_id, password, now, must_change=False)
                store.put_grants(connection, account.account_id, grants)
        for label in (HOLDER_KEY, BUILDER_KEY, FORMER_KEY, CONSTRUCTOR_KEY):
            pins.set_pin(service.desk.database, KeyRef("soft", label), PIN, now)
    return settings.var


@contextmanager
def office_over(prepared: Path, folder: Path) -> Iterator[Office]:
    copied = Path(shutil.copytree(prepared, folder / "var", symlinks=True))
    settings = settings_in(copied)
    with running(settings) as service:
        letters = Letters()
        accounts = Accounts(
            service.desk.database, service.desk.clock, letters, b"s" * 32, Rules(staff_second_factor=False),
            blobs=service.desk.blobs,
        )  # fmt: skip
        house = House(
            service.desk,
            Renderer(),
            settings.fonts,
            settings.templates,
            room=room_of(service),
            public_origin="http://verify.test",
        )
        platforms = make_platforms(house, accounts, "", entrance.ways(house.page))
        app = Starlette(routes=[Mount("/static", StaticFiles(directory=TOKENS)), Mount("/", platforms)])
        yield Office(service, accounts, letters, app)
