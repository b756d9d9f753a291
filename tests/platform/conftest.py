"""The entrance as it is served, with invented accounts, a clock that can be moved, and the messages that were queued."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from signing_service.domain.accounts import Account, Recipient, Rules
from signing_service.domain.codes import Region
from signing_service.domain.errors import Problem
from signing_service.domain.viewer import AccountKind, Admin
from signing_service.storage import accounts as store
from signing_service.storage.database import Database
from signing_service.web.platform.entrance import make_entrance
from signing_service.workflows.accounts.accounts import Accounts
from signing_service.workflows.accounts.passwords import hashed
from tests.portal.serving import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.platform.office import Office

ORIGIN = "https://platform.example"
PASSWORD = "Gan-Jiang-2026"

ZHANG, LI = "360102199003070014", "360102198501010028"
BUILDER, AUTHORITY, CITY = "9136010099900011XN", "11360000999000013K", "11360100999000021K"


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 29, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **some: float) -> None:
        self.now += timedelta(**some)


@dataclass
class Letters:
    """Where messages go here: the outside world, as a list."""

    sent: list[tuple[Recipient, str, dict[str, str]]] = field(default_factory=list)

    def tell(self, connection: Any, to: Recipient, event: str, facts: Mapping[str, str]) -> None:
        assert connection.in_transaction()
        self.sent.append((to, str(event), dict(facts)))

    @property
    def code(self) -> str:
        return next(facts["code"] for _, _, facts in reversed(self.sent) if "code" in facts)

    @property
    def link(self) -> str:
        return next(facts["link"] for _, _, facts in reversed(self.sent) if "link" in facts)


@dataclass
class House:
    """Accounts over a fresh store."""

    accounts: Accounts
    clock: Clock
    letters: Letters

    def enter(self, account: Account, password: str = PASSWORD, *, must_change: bool = False) -> Account:
        with self.accounts.database.transaction() as connection:
            store.add(connection, account, "test", self.clock())
            kept = hashed(password)
            store.put_password(connection, account.account_id, kept, self.clock(), must_change=must_change)
        return account


def person(number: str = ZHANG, **more: Any) -> Account:
    facts: dict[str, Any] = {"mobile": "13870000017", "person": number, **more}
    return Account(f"person-{number[-4:]}", AccountKind.PERSON, number, number, "张伟", **facts)


def enterprise(login: str = BUILDER, **more: Any) -> Account:
    facts: dict[str, Any] = {"mobile": "13970000028", **more}
    return Account(
        f"enterprise-{login[:8]}", AccountKind.ENTERPRISE, login, BUILDER, "江右示例建设集团有限公司", **facts
    )


def officer(login: str = "chen.jing", **more: Any) -> Account:
    facts: dict[str, Any] = {"region": Region("360100"), "person": LI, "mobile": "13600000011", **more}
    return Account(f"staff-{login}", AccountKind.STAFF, login, CITY, "陈静", **facts)


def province_admin(**more: Any) -> Account:
    return officer("province", region=Region("360000"), admin=Admin.PROVINCE, **more)


def house_over(database: Database, **rules: Any) -> House:
    clock, letters = Clock(), Letters()
    accounts = Accounts(
        database,
        clock,
        letters,
        b"s" * 32,
        Rules(**rules),
        procedures=("rn.register", "so.renew", "c2.employer_change"),
        blobs=MemoryBlobs(),  # type: ignore[arg-type]
        register=Register(),
        wechat=WechatHouse(),
    )
    return House(accounts, clock, letters)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with the module: while it is open, its thread cannot run another event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


@pytest.fixture
def house(sqlite_database: Database) -> House:
    return house_over(sqlite_database)


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with TestClient(make_entrance(house.accounts, ORIGIN), base_url=ORIGIN, follow_redirects=False) as opened:
        yield opened


JPEG = b"\xff\xd8\xff\xe0 invented picture"


@dataclass
class Face:
    score: float
    same: bool


@dataclass
class Register:
    """The real-name register of this invented province: knows every face as its own unless told otherwise."""

    score: float = 96.5
    asked: list[str] = field(default_factory=list)

    def compare(self, id_no: str, name: str, picture: bytes) -> Face:
        self.asked.append(str(id_no))
        return Face(self.score, self.score >= 80)


@dataclass
class WechatUser:
    openid: str


@dataclass
class WechatHouse:
    """WeChat as it is towards us: whoever agrees gets a code that is good once."""

    codes: dict[str, str] = field(default_factory=dict)

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        return f"https://open.weixin.example/authorize?redirect_uri={redirect_uri}&state={state}"

    def agree(self, openid: str) -> str:
        code = f"code-{len(self.codes)}-{openid}"
        self.codes[code] = openid
        return code

    def user_of(self, code: str) -> WechatUser:
        if code not in self.codes:
            raise Problem("WECHAT_CODE_SPENT", "授权码已用。", "The code is spent.", status=403)
        return WechatUser(self.codes.pop(code))


class MemoryBlobs(dict[str, bytes]):
    def put(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        self[name] = data
        return name


@pytest.fixture(scope="session")
def prepared_province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.platform.office import prepare_province

    return prepare_province(tmp_path_factory.mktemp("province"))


@pytest.fixture
def office(prepared_province: Path, tmp_path: Path) -> Iterator[Office]:
    from tests.platform.office import office_over

    with office_over(prepared_province, tmp_path) as opened:
        yield opened
