"""The entrance in a real browser: a cert file that is opened there, a passkey, and no complaint of the strict policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from signing_service.domain.codes import Uscc
from signing_service.domain.parties import Organisation, PartyKind
from signing_service.domain.viewer import Admin
from signing_service.settings import ROOT
from signing_service.storage import parties
from signing_service.storage.database import Database
from signing_service.trust.pki import ensure
from signing_service.web.doorway import Doorway, headers_for
from signing_service.web.platform.app import BROKEN, TOO_LARGE
from signing_service.web.platform.entrance import make_entrance
from signing_service.web.platform.gate import problem_json
from signing_service.workflows.accounts.accounts import CertTrust
from tests.factories_outside import PASSWORD as FILE_PASSWORD
from tests.factories_outside import Revocations, read_key
from tests.factories_pki import two_keys
from tests.platform.conftest import BUILDER, PASSWORD, House, house_over, officer
from tests.platform.test_entrance_certs import TICKETS

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="not run on this machine: Chromium is not installed"),
]


@dataclass
class Place:
    house: House
    address: str
    p12: Path
    app: Starlette
    complaints: list[str] = field(default_factory=list)

    def page(self, browser: Browser) -> Page:
        context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 800})
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if "Content Security" in said.text else None)
        return page


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def place(sqlite_database: Database, tmp_path: Path) -> Iterator[Place]:
    now = datetime.now(UTC)
    pki = ensure(tmp_path / "pki", two_keys(tmp_path), now - timedelta(days=1))
    key = read_key(pki.keys / "curve.pem", pki.folder / "passphrase")
    p12 = tmp_path / "seal.p12"
    p12.write_bytes(key.p12(FILE_PASSWORD))
    house = house_over(sqlite_database)
    house.clock.now = now
    with sqlite_database.transaction() as connection:
        parties.put(connection, Organisation(PartyKind.ENTERPRISE, Uscc(BUILDER), "江右示例建设集团有限公司"))
    trust = CertTrust(pki.anchors(), pki.intermediates(), Revocations(), TICKETS)
    house = replace(house, accounts=replace(house.accounts, certs=trust))
    app = make_entrance(house.accounts, "")
    for prefix, folder in (("/static", "verify_portal/static"), ("/sign/static", "signing_service/web/static")):
        app.router.routes.append(Mount(prefix, StaticFiles(directory=ROOT / folder)))
    dressed = Doorway(
        app,
        headers_for("", connect="'self' http://127.0.0.1:18732", form_action="'self'", referrer="same-origin"),
        broken=lambda _request: problem_json(BROKEN),
        static="/platform/static/",
        largest=lambda _path: 1_000_000,
        too_large=TOO_LARGE,
    )
    server = uvicorn.Server(uvicorn.Config(dressed, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Place(house, f"http://localhost:{port}", p12, app)
    server.should_exit = True
    thread.join(20)


def test_an_enterprise_opens_its_cert_file_in_the_browser_and_is_in(place: Place, browser: Browser) -> None:
    page = place.page(browser)
    page.goto(f"{place.address}/platform/log-in?kind=enterprise")
    page.set_input_files("#p12", place.p12)
    page.fill("#p12-password", "wrong")
    page.click("#cert-file button")
    expect(page.locator("#cert-outcome")).to_contain_text("密码")
    page.fill("#p12-password", FILE_PASSWORD)
    with page.expect_navigation():
        page.click("#cert-file button")
    page.goto(f"{place.address}/platform/account")
    expect(page.locator("main")).to_contain_text("江右示例建设集团有限公司")
    assert place.complaints == []


def test_an_officer_sets_up_a_passkey_and_logs_in_with_it(place: Place, browser: Browser) -> None:
    place.house.enter(officer())
    page = place.page(browser)
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    authenticator = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    more = {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": {**authenticator, **more}})

    def log_in() -> None:
        page.goto(f"{place.address}/platform/log-in?kind=staff")
        page.fill("#f-login", "chen.jing")
        page.fill("#f-password", PASSWORD)
        page.click("form button.button")
        expect(page.locator("#passkey")).to_be_visible()
        with page.expect_navigation():
            page.click("#passkey button")
        page.goto(f"{place.address}/platform/account")
        expect(page.locator("main")).to_contain_text("陈静")

    log_in()
    page.context.clear_cookies()
    log_in()
    assert place.complaints == []


def test_the_picture_of_an_authenticator_can_be_scanned(place: Place, browser: Browser, tmp_path: Path) -> None:
    zxing = pytest.importorskip("zxingcpp")
    image = pytest.importorskip("PIL.Image")
    place.house.enter(officer())
    page = place.page(browser)
    page.goto(f"{place.address}/platform/log-in?kind=staff")
    page.fill("#f-login", "chen.jing")
    page.fill("#f-password", PASSWORD)
    page.click("form button.button")
    page.get_by_role("button", name="显示二维码").click()
    page.locator(".qr").screenshot(path=tmp_path / "qr.png")
    read = zxing.read_barcodes(image.open(tmp_path / "qr.png"))
    assert [one.text.partition("?")[0] for one in read] == ["otpauth://totp/Signing%20Service:chen.jing"]
    assert place.complaints == []


@pytest.mark.slow
def test_every_page_fits_a_phone_and_axe_finds_nothing(place: Place, browser: Browser) -> None:
    """Log-in of each kind, recovery, registration; then an administrator's account, list, officer and new account."""
    lenient = replace(place.house.accounts, rules=replace(place.house.accounts.rules, staff_second_factor=False))
    place.app.state.accounts = lenient
    place.house.enter(officer("city", admin=Admin.CITY))
    place.house.enter(officer("liu.yang", person="361102199911300066"))
    page = place.page(browser)

    def looked_at(path: str) -> None:
        page.goto(f"{place.address}{path}")
        for folded in page.query_selector_all("details:not([open]) > summary"):
            folded.click()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0, path
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], path

    for kind in ("person", "enterprise", "staff"):
        looked_at(f"/platform/log-in?kind={kind}")
    looked_at("/platform/recover")
    looked_at("/platform/developer?lang=en")
    page.goto(f"{place.address}/platform/log-in?kind=staff&lang=zh")
    page.fill("#f-login", "city")
    page.fill("#f-password", PASSWORD)
    page.click("form button.button")
    for path in ("account", "staff", "staff/new", "staff/staff-liu.yang"):
        looked_at(f"/platform/{path}")
    assert place.complaints == []
