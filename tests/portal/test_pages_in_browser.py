"""The pages in a real browser, at the width of a small phone: nothing sticks out, nothing is out of anybody's reach."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.portal.samples import CONFIG, DOCUMENTS, NOW, REPORTS, Register, Validation, check_code_of, code_of, pdf
from verify_portal.app import make_app

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NOT LOOKED AT: there is no Chromium at {CHROMIUM}"),
]

PHONE = {"width": 360, "height": 780}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    app = make_app(Register(), Validation(), CONFIG, now=lambda: NOW)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    # no JavaScript of a page's own is allowed by its policy; the checks below run from outside it
    context = browser.new_context(viewport=request.param, locale="zh-CN", reduced_motion="reduce")
    yield context.new_page()
    context.close()


def upload(page: Page, origin: str, data: bytes, lang: str) -> None:
    page.goto(f"{origin}/?lang={lang}")
    page.set_input_files("#pdf", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": data})
    page.click("#file button")
    page.wait_for_selector("h1#headline")


def looked_at(page: Page, origin: str, lang: str) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "home", lambda: page.goto(f"{origin}/?lang={lang}")
    for name in DOCUMENTS:
        yield name, lambda name=name: page.goto(f"{origin}/v/{code_of(name)}?lang={lang}")  # type: ignore[misc]
    yield "unknown", lambda: page.goto(f"{origin}/v/X?lang={lang}")
    yield "no such page", lambda: page.goto(f"{origin}/nothing?lang={lang}")
    for name in ("in_force", "cancelled", "stranger", *REPORTS):
        yield f"upload {name}", lambda name=name: upload(page, origin, pdf(name), lang)  # type: ignore[misc]
    yield "not a pdf", lambda: upload(page, origin, b"hello", lang)
    yield "too large", lambda: upload(page, origin, b"%PDF-" + b"x" * 3_000_000, lang)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_page_is_wider_than_the_screen_and_axe_finds_nothing(
    page: Page, origin: str, lang: str, tmp_path: Path
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
    axe = Axe()
    for name, open_page in looked_at(page, origin, lang):
        open_page()
        for summary in page.query_selector_all("summary"):
            summary.click()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, f"{name} is {wide} pixels too wide"
        found = axe.run(page).response["violations"]
        told = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
        assert told == [], name
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
    assert complaints == []


def test_the_main_button_and_every_field_are_large_enough_for_a_thumb(page: Page, origin: str) -> None:
    for path in ("/", f"/v/{code_of('in_force')}"):
        page.goto(origin + path)
        for element in page.query_selector_all(".button, input:not([type=hidden]), summary, .switch, .brand"):
            box = element.bounding_box()
            assert box is not None
            assert box["height"] >= 44, element.inner_html()


def test_the_answer_is_on_the_first_screen(page: Page, origin: str) -> None:
    for name in DOCUMENTS:
        page.goto(f"{origin}/v/{code_of(name)}")
        sentence = page.locator(".sentence").bounding_box()
        assert sentence is not None
        assert sentence["y"] + sentence["height"] < 400, name


def test_a_number_is_copied_without_the_gaps_it_is_shown_with(page: Page, origin: str) -> None:
    page.goto(f"{origin}/v/{code_of('in_force')}")
    assert page.locator("dd.number").first.evaluate("node => node.textContent") == "赣A042019000123"


def test_a_stranger_finds_the_way_by_keyboard_from_the_first_page_to_the_answer(page: Page, origin: str) -> None:
    page.goto(origin)
    page.focus("#check_code")
    page.keyboard.type(check_code_of("cancelled").lower())
    page.keyboard.press("Enter")
    page.wait_for_selector("h1#headline")
    assert page.inner_text("h1") == "已注销"


def test_a_printed_void_page_still_says_so_without_colours(page: Page, origin: str, tmp_path: Path) -> None:
    page.goto(f"{origin}/v/{code_of('cancelled')}")
    page.emulate_media(media="print")
    page.screenshot(path=tmp_path / "print.png", full_page=True)
    style = page.locator(".verdict").evaluate("node => getComputedStyle(node).backgroundColor")
    assert style == "rgb(255, 255, 255)"
    assert page.locator(".verdict .icon").is_visible()
    assert not page.locator(".actions").is_visible()
