"""The page of a print and the downloads of an upload, in a real browser, on a phone and on a desk, with scripts off."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from signing_service.domain.validation_statement import ValidationStatement
from signing_service.pipeline.isolation import read_paper_isolated
from signing_service.pipeline.validate import Limits
from tests.portal.prints import Issuer, photo
from tests.portal.samples import CONFIG, NOW, Register, Validation, pdf
from verify_portal.app import make_app

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NOT LOOKED AT: there is no Chromium at {CHROMIUM}"),
]
SIZES = {"phone": {"width": 360, "height": 780}, "desktop": {"width": 1280, "height": 900}}
PATIENTLY = 120_000
"""Milliseconds: a machine with much to do is no reason to fail."""


class Sealer:
    def seal_report(self, statement: ValidationStatement) -> bytes:
        return b"%PDF-1.7\n" + json.dumps(statement.to_json()).encode()


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer.new()


@pytest.fixture(scope="module")
def prints(issuer: Issuer) -> dict[str, bytes]:
    return {
        "genuine": photo(issuer.address("in_force"), "https://phishing.example/x"),
        "cancelled": photo(issuer.address("cancelled")),
        "forged": photo(Issuer.new().address("in_force")),
        "foreign": photo("https://verify.signing-servce.example/v/abc"),
        "no code": photo(),
        "unreadable": b"\x89PNG\r\n\x1a\n",
        "no picture": b"hello",
    }


@pytest.fixture(scope="module")
def origin(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    keys = issuer.write_keys(tmp_path_factory.mktemp("keys") / "licence-keys.json")
    app = make_app(
        Register(),
        Validation(),
        replace(CONFIG, licence_keys=keys, pictures_per_minute=1000),
        now=lambda: NOW,
        reports=Sealer(),
        paper_reader=lambda data: read_paper_isolated(data, Limits(seconds=300)),
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


@pytest.fixture(params=SIZES)
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport=SIZES[request.param], locale="zh-CN", reduced_motion="reduce")
    context.set_default_timeout(PATIENTLY)
    yield context.new_page()
    context.close()


def show(page: Page, origin: str, data: bytes, lang: str = "zh") -> None:
    page.goto(f"{origin}/paper?lang={lang}")
    page.set_input_files("#picture", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": data})
    page.click("form button")
    page.wait_for_selector("h1#headline")


def upload(page: Page, origin: str, lang: str = "zh") -> None:
    page.goto(f"{origin}/?lang={lang}")
    page.set_input_files("#pdf", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": pdf("in_force")})
    page.click("#file button")
    page.wait_for_selector(".downloads")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_page_of_a_print_is_too_wide_and_axe_finds_nothing(
    page: Page, origin: str, prints: dict[str, bytes], lang: str, tmp_path: Path
) -> None:
    axe = Axe()
    opened: dict[str, Callable[[], object]] = {
        "form": lambda: page.goto(f"{origin}/paper?lang={lang}"),
        "upload": lambda: upload(page, origin, lang),
    }
    for name, data in prints.items():
        opened[name] = lambda data=data: show(page, origin, data, lang)  # type: ignore[misc]
    for name, open_page in opened.items():
        open_page()
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, f"{name} is {wide} pixels too wide"
        found = axe.run(page).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], name
        for element in page.query_selector_all(".button, .compare label, input[type=file], .more a"):
            box = element.bounding_box()
            assert box is not None
            assert box["height"] >= 44, element.inner_html()


def test_a_print_is_checked_and_a_report_is_downloaded_without_any_script(
    browser: Browser, origin: str, prints: dict[str, bytes]
) -> None:
    context = browser.new_context(viewport=SIZES["phone"], locale="zh-CN", java_script_enabled=False)
    context.set_default_timeout(PATIENTLY)
    page = context.new_page()
    show(page, origin, prints["genuine"])
    assert page.inner_text("h1") == "二维码真实，请逐项比对"
    # the picture is shown: the page's policy lets it through
    assert page.locator(".sheet img").evaluate("image => image.naturalWidth > 0")
    page.locator(".compare input").first.check()
    upload(page, origin)
    with page.expect_download() as pressed:
        page.click(".downloads form button")
    assert pressed.value.suggested_filename.endswith(".pdf")
    with page.expect_download() as pressed:
        page.click(".downloads a >> nth=0")
    assert json.loads(pressed.value.path().read_text(encoding="utf-8"))["SimpleReport"]
    context.close()


def test_on_a_desk_the_values_stand_beside_the_picture(browser: Browser, origin: str, prints: dict[str, bytes]) -> None:
    context = browser.new_context(viewport=SIZES["desktop"], locale="zh-CN")
    context.set_default_timeout(PATIENTLY)
    page = context.new_page()
    show(page, origin, prints["genuine"])
    picture, values = page.locator(".sheet").bounding_box(), page.locator(".compare").bounding_box()
    assert picture is not None
    assert values is not None
    assert values["x"] >= picture["x"] + picture["width"]
    assert abs(values["y"] - picture["y"]) < 40
    context.close()
