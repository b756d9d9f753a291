"""The pages in a real browser, at the width of a small phone: nothing sticks out, nothing is out of anybody's reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.portal.pictures import outcomes
from tests.portal.samples import DOCUMENTS, LICENCE, check_code_of, code_of
from tests.portal.serving import CHROMIUM, DESKTOP, PHONE, serve_samples

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NOT LOOKED AT: there is no Chromium at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with serve_samples() as serving:
        yield serving


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


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_page_is_wider_than_the_screen_and_axe_finds_nothing(
    page: Page, origin: str, lang: str, tmp_path: Path
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
    axe = Axe()
    for name, open_page in outcomes(page, origin, lang):
        open_page()
        for folded in page.query_selector_all("details:not([open]) > summary"):
            folded.click()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, f"{name} is {wide} pixels too wide"
        found = axe.run(page).response["violations"]
        told = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
        assert told == [], name
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
    assert complaints == []


def test_the_main_button_and_every_field_are_large_enough_for_a_thumb(page: Page, origin: str) -> None:
    for path in ("/", "/camera", "/batch", f"/v/{code_of('in_force')}"):
        page.goto(origin + path)
        for folded in page.query_selector_all("details:not([open]) > summary"):
            folded.click()
        for element in page.query_selector_all(
            ".button, .more, input:not([type=hidden], .hidden-file), summary, .switch, .brand"
        ):
            box = element.bounding_box()
            # what is not shown now, such as the button to scan again, has none
            assert box is None or box["height"] >= 44, element.inner_html()


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
    page.focus("#number")
    page.keyboard.type(LICENCE.number)
    page.keyboard.press("Tab")
    page.keyboard.type(check_code_of("in_force").lower())
    page.keyboard.press("Enter")
    page.wait_for_selector("h1#headline")
    assert page.inner_text("h1") == "证照有效"
    assert page.url == f"{origin}/lookup", "what was typed is in no address"


def test_a_printed_void_page_still_says_so_without_colours(page: Page, origin: str, tmp_path: Path) -> None:
    page.goto(f"{origin}/v/{code_of('cancelled')}")
    page.emulate_media(media="print")
    page.screenshot(path=tmp_path / "print.png", full_page=True)
    style = page.locator(".verdict").evaluate("node => getComputedStyle(node).backgroundColor")
    assert style == "rgb(255, 255, 255)"
    assert page.locator(".verdict .icon").is_visible()
    assert not page.locator(".actions").is_visible()
