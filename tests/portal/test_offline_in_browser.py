"""A code is checked where there is no network: by the installed page, and by one file from a disk."""

from __future__ import annotations

import base64
import functools
import http.server
import io
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from signing_service.attest.code_keys import CodeKey, publish
from signing_service.attest.cose import MalformedError, deterministic, sign1
from signing_service.attest.status_list import CONTENT, TAG, ListedStatus, address_of, packed, read_list
from signing_service.pipeline.stamp import qr_matrix
from tests.portal.offline_samples import (
    ADDRESS,
    KEY,
    KEYS,
    OTHER,
    PRIVATE,
    STATEMENT,
    STATUSES,
    code,
    lists_made,
    scanned,
    token,
)
from tests.portal.samples import CONFIG, NOW, ORIGIN, Register, Validation
from tests.portal.test_code_in_browser import CHROMIUM, STATIC, served
from verify_portal.app import PortalConfig, make_app
from verify_portal.offline_words import OUTCOMES
from verify_portal.single_file import single_file

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NOT LOOKED AT: there is no Chromium at {CHROMIUM}"),
]

PHONE = {"width": 360, "height": 780}
LATER = NOW + timedelta(hours=3)
FOREIGN = "portal.evil.example"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1"]
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, locale="zh-CN", reduced_motion="reduce")
    context.clock.set_fixed_time(LATER)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def config(tmp_path: Path) -> PortalConfig:
    publish(tmp_path / "licence-keys.json", KEY)
    return replace(CONFIG, licence_keys=tmp_path / "licence-keys.json", status_lists=lists_made())


def portal(config: PortalConfig) -> Any:
    return served(make_app(Register(), Validation(), config, now=lambda: LATER))


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        pass


@contextmanager
def folder_served(folder: Path) -> Iterator[int]:
    """The files of a folder; gives the port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def ready(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("html[data-ready]")


def installed(page: Page, origin: str) -> None:
    ready(page, f"{origin}/offline")
    page.evaluate(
        """new Promise((done) => {
            const worker = navigator.serviceWorker;
            if (worker.controller) done();
            else worker.addEventListener("controllerchange", () => done());
        })"""
    )


def picture_of(text: str) -> bytes:
    """The QR of an address as a screenshot shows it."""
    rows = [[255] * 8 + [*row] + [255] * 8 for row in qr_matrix(text)]
    margin = [[255] * len(rows[0])] * 8
    lines = [*margin, *rows, *margin]
    image = Image.new("L", (len(lines[0]), len(lines)))
    image.putdata([value for line in lines for value in line])
    octets = io.BytesIO()
    image.resize((image.width * 5, image.height * 5), Image.Resampling.NEAREST).save(octets, "PNG")
    return octets.getvalue()


def choose(page: Page, picture: bytes) -> str:
    page.set_input_files("#picture", {"name": "photo.png", "mimeType": "image/png", "buffer": picture})
    return outcome(page)


def paste(page: Page, text: str) -> str:
    page.evaluate("document.getElementById('outcome').hidden = true")
    page.fill("#text", text)
    page.click("#by-text button")
    return outcome(page)


def outcome(page: Page) -> str:
    box = page.locator("#outcome")
    box.wait_for(state="visible")
    return box.get_attribute("data-outcome") or ""


# ---- the installed page


def test_the_installed_page_checks_a_picture_with_the_network_and_the_portal_gone(
    page: Page, context: BrowserContext, config: PortalConfig
) -> None:
    with portal(config) as origin:
        installed(page, origin)
    context.set_offline(True)
    ready(page, f"{origin}/offline")
    assert choose(page, picture_of(scanned(ListedStatus.IN_FORCE))) == "in_force"
    assert "按 3 小时前的状态表" in page.inner_text("#outcome")
    assert "王建国" in page.inner_text("#values")
    assert "现在没有网络" in page.inner_text("#kept-told")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert not Axe().run(page).response["violations"]
    page.goto(f"{origin}/offline?lang=en")
    page.wait_for_selector("html[data-ready]")
    assert paste(page, scanned(ListedStatus.CANCELLED)) == "cancelled"
    assert "By a status list made 3 hours ago" in page.inner_text("#outcome")


def test_the_page_can_be_installed(page: Page, context: BrowserContext, config: PortalConfig) -> None:
    with portal(config) as origin:
        installed(page, origin)
        devtools = context.new_cdp_session(page)
        manifest = devtools.send("Page.getAppManifest")
        assert manifest["errors"] == []
        errors = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
        # a browser that forgets everything, as this one does, installs nothing
        assert {error["errorId"] for error in errors} <= {"in-incognito"}


@pytest.mark.parametrize("status", list(ListedStatus))
def test_every_status_of_the_kept_list_has_its_own_answer(
    page: Page, config: PortalConfig, status: ListedStatus
) -> None:
    with portal(config) as origin:
        ready(page, f"{origin}/offline")
        assert paste(page, scanned(status)) == status.name.lower()
        headline = OUTCOMES[status.name.lower()].headline.zh
        assert headline in page.inner_text("#headline")
        assert "按 3 小时前的状态表" in page.inner_text("#age")


WRONG: dict[str, tuple[Callable[[], str], str]] = {
    "forged": (lambda: f"{ADDRESS}#{code(private=OTHER)}", "CODE_SIGNATURE_WRONG"),
    "unknown key": (lambda: f"{ADDRESS}#{code(private=OTHER, kid=bytes(4))}", "CODE_KEY_UNKNOWN"),
    "key out of use": (lambda: code(replace(STATEMENT, issued=date(2025, 1, 1))), "CODE_KEY_NOT_IN_USE"),
    "foreign host": (lambda: f"https://verify.evil.example/v/x#{code()}", "foreign_host"),
    "cut off": (lambda: f"{ADDRESS}#{code()[:-1]}", "CODE_MALFORMED"),
    "no code": (lambda: ADDRESS, "CODE_MISSING"),
    "past its term": (lambda: code(replace(STATEMENT, expires=date(2026, 11, 21))), "expired"),
    "in no list": (lambda: code(replace(STATEMENT, status_index=None)), "status_unknown"),
    "in a list that is not kept": (lambda: code(replace(STATEMENT, status_index=1 << 20)), "status_unknown"),
    "beyond the list": (lambda: code(replace(STATEMENT, status_index=(1 << 20) - 1)), "status_unknown"),
}


@pytest.mark.parametrize("name", WRONG)
def test_whatever_is_not_in_order_never_looks_genuine(page: Page, config: PortalConfig, name: str) -> None:
    made, expected = WRONG[name]
    with portal(config) as origin:
        ready(page, f"{origin}/offline")
        assert paste(page, made()) == expected
        assert "genuine" not in (page.get_attribute("#outcome", "class") or "")
        # what a forged code claims is not shown
        assert page.is_visible("#values") is not expected.startswith("CODE_")
        assert not Axe().run(page).response["violations"]


def test_a_picture_without_a_code_says_what_to_do(page: Page, config: PortalConfig) -> None:
    octets = io.BytesIO()
    Image.new("L", (400, 400), 255).save(octets, "PNG")
    with portal(config) as origin:
        ready(page, f"{origin}/offline")
        assert choose(page, octets.getvalue()) == "no_code_in_picture"


def test_a_list_that_is_too_old_answers_nothing(page: Page, context: BrowserContext, config: PortalConfig) -> None:
    context.clock.set_fixed_time(NOW + timedelta(days=8))
    with portal(config) as origin:
        ready(page, f"{origin}/offline")
        assert paste(page, scanned(ListedStatus.IN_FORCE)) == "status_unknown"
        assert "已经太旧" in page.inner_text("#age")


def test_a_newer_list_takes_the_place_of_the_kept_one(page: Page, config: PortalConfig) -> None:
    lists = lists_made()
    with portal(replace(config, status_lists=lists)) as origin:
        ready(page, f"{origin}/offline")
        lists.lists = lists_made(LATER).lists
        page.click("#renew")
        expect(page.locator("#kept-list")).to_contain_text("刚刚")


@pytest.mark.parametrize("kept", ["forged list", "other list"])
def test_a_list_that_is_not_ours_never_takes_the_place_of_the_kept_one(
    page: Page, config: PortalConfig, kept: str
) -> None:
    lists = lists_made()
    with portal(replace(config, status_lists=lists)) as origin:
        ready(page, f"{origin}/offline")
        bad = token(LATER, private=OTHER) if kept == "forged list" else token(LATER, address_of(ORIGIN, 5))
        lists.lists = {0: replace(lists.lists[0], token=bad)}
        page.click("#renew")
        expect(page.locator("#kept-told")).to_contain_text("使用保存的数据")
        assert paste(page, scanned(ListedStatus.IN_FORCE)) == "in_force"
        assert "按 3 小时前" in page.inner_text("#age")


def test_a_site_that_gives_other_keys_than_those_kept_is_not_believed(page: Page, config: PortalConfig) -> None:
    assert config.licence_keys is not None
    with portal(config) as origin:
        ready(page, f"{origin}/offline")
        config.licence_keys.unlink()
        publish(config.licence_keys, CodeKey(OTHER.public_key(), date(2026, 1, 1)))
        page.click("#renew")
        page.locator("#keys-differ").wait_for(state="visible")
        assert paste(page, scanned(ListedStatus.IN_FORCE)) == "in_force"


def test_a_page_under_another_address_warns_of_itself(page: Page, config: PortalConfig) -> None:
    with portal(config) as origin:
        page.goto(origin.replace("127.0.0.1", FOREIGN) + "/offline")
        assert page.locator(".alarm:visible").count() == 1
        assert "请勿相信" in page.inner_text(".alarm:visible")


def test_the_way_from_code_to_answer_needs_no_mouse(page: Page, config: PortalConfig) -> None:
    with portal(config) as origin:
        ready(page, f"{origin}/offline")
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "text":
                break
        page.keyboard.insert_text(scanned(ListedStatus.IN_FORCE))
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert outcome(page) == "in_force"
        assert page.evaluate("document.activeElement.id") == "headline"


# ---- one file from a disk


@pytest.fixture
def from_disk(page: Page, context: BrowserContext, tmp_path: Path) -> Iterator[Page]:
    """The file, opened from a disk with the network off; it asks nobody anything."""
    (tmp_path / "verify.html").write_bytes(single_file(ORIGIN, KEYS, {0: token()}, "zh"))
    context.set_offline(True)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    ready(page, (tmp_path / "verify.html").as_uri())
    yield page
    assert {url for url in asked if not url.startswith("data:")} == {(tmp_path / "verify.html").as_uri()}
    assert complaints == []


def test_one_file_checks_a_genuine_code_from_a_picture(from_disk: Page) -> None:
    assert choose(from_disk, picture_of(scanned(ListedStatus.IN_FORCE))) == "in_force"
    assert "按 3 小时前的状态表" in from_disk.inner_text("#outcome")
    assert "江右示例建设集团有限公司" in from_disk.inner_text("#values")
    assert from_disk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert from_disk.locator(".alarm:visible").count() == 0


@pytest.mark.parametrize("name", WRONG)
def test_one_file_says_the_same_of_what_is_not_in_order(from_disk: Page, name: str) -> None:
    made, expected = WRONG[name]
    assert paste(from_disk, made()) == expected
    assert OUTCOMES[expected].headline.zh in from_disk.inner_text("#headline")


def test_one_file_in_english_is_clean_for_axe(page: Page, tmp_path: Path) -> None:
    (tmp_path / "verify.html").write_bytes(single_file(ORIGIN, KEYS, {}, "en"))
    ready(page, (tmp_path / "verify.html").as_uri())
    assert paste(page, scanned(ListedStatus.IN_FORCE)) == "status_unknown"
    assert "No status list is kept here" in page.inner_text("#age")
    # axe brings a script of its own, which the policy of the file keeps out; so it looks at a copy without the policy
    text = (tmp_path / "verify.html").read_text(encoding="utf-8")
    (tmp_path / "open.html").write_text(text.replace("Content-Security-Policy", "x"), encoding="utf-8")
    ready(page, (tmp_path / "open.html").as_uri())
    paste(page, scanned(ListedStatus.IN_FORCE))
    assert not Axe().run(page).response["violations"]


def test_one_file_that_somebody_else_serves_warns_of_itself(page: Page, tmp_path: Path) -> None:
    (tmp_path / "verify.html").write_bytes(single_file(ORIGIN, KEYS, {}, "zh"))

    with folder_served(tmp_path) as port:
        ready(page, f"http://{FOREIGN}:{port}/verify.html")
        assert page.is_visible("#foreign-page")


def test_a_script_that_was_slipped_into_the_file_does_not_run(page: Page, tmp_path: Path) -> None:
    text = single_file(ORIGIN, KEYS, {}, "zh").decode()
    (tmp_path / "verify.html").write_text(text.replace("</body>", "<script>window.slipped = 1</script></body>"))
    ready(page, (tmp_path / "verify.html").as_uri())
    assert page.evaluate("window.slipped") is None


# ---- the two readers of a list


def texts() -> list[tuple[bytes, str]]:
    """Tokens and the address they are asked under: ours, and every way not to be."""
    address = address_of(ORIGIN, 0)

    def signed(claims: Any, content: str = CONTENT) -> bytes:
        return TAG + sign1(deterministic(claims), KEY.kid, lambda data: PRIVATE.sign(data, ec.ECDSA(SHA256())), content)

    made = int(NOW.timestamp())
    lst = zlib.compress(packed(STATUSES.items(), 64), 9)
    claims = {2: address, 4: made + 60, 6: made, 65533: {"bits": 4, "lst": lst}, 65534: 300}
    ours = token()
    return [
        (ours, address),
        (signed(claims), address),
        (ours, address + "1"),
        (ours[1:], address),
        (ours[:-1] + bytes([ours[-1] ^ 1]), address),
        (token(private=OTHER), address),
        (token(private=OTHER, kid=bytes(4)), address),
        (token(NOW - timedelta(days=700)), address),
        (signed(claims, ""), address),
        (signed(claims, "application/statuslist+jwt"), address),
        (signed({**claims, 65533: {"bits": 2, "lst": lst}}), address),
        (signed({**claims, 65533: {"bits": 4, "lst": b"not zlib"}}), address),
        (signed({**claims, 65533: {"bits": 4, "lst": zlib.compress(bytes(1 << 24), 9)}}), address),
        (signed({**claims, 6: "now"}), address),
        (signed({}), address),
        (b"", address),
        (b"\xd2", address),
    ]


def _ours(octets: bytes, address: str) -> list[str] | None:
    try:
        listing = read_list(octets, address, KEYS)
    except MalformedError:
        return None
    return [listing.status(place).name.lower() for place in range(20)]


def test_script_and_service_read_the_same_lists(page: Page) -> None:
    cases = [[base64.b64encode(octets).decode(), address] for octets, address in texts()]
    with folder_served(STATIC) as port:
        page.goto(f"http://127.0.0.1:{port}/icon.svg")
        said = page.evaluate(
            """async ([cases, keys]) => {
                const { readStatusList } = await import("/status-list.js");
                const read = async ([base64, address]) => {
                    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
                    const list = await readStatusList(bytes, address, keys).catch(() => null);
                    return list && Array.from({ length: 20 }, (_, place) => list.status(place));
                };
                return Promise.all(cases.map(read));
            }""",
            [cases, KEYS.to_json()],
        )
    assert said == [_ours(*case) for case in texts()]
    assert [answer is not None for answer in said][:3] == [True, True, False]
