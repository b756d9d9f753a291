"""The components in a real browser: nothing sticks out at 360 pixels, nothing is out of anybody's reach, and no policy is offended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.platform.gallery import make_gallery
from tests.portal.serving import CHROMIUM, DESKTOP, PHONE, served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NOT LOOKED AT: there is no Chromium at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with served(make_gallery()) as serving:  # type: ignore[arg-type]
        yield serving


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport=request.param, locale="zh-CN", reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_component_fits_the_screen_and_axe_finds_nothing(page: Page, origin: str, lang: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{origin}/?lang={lang}")
    for folded in page.query_selector_all("details:not([open]) > summary"):
        folded.click()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    assert complaints == []


def test_what_can_be_pressed_is_large_enough_for_a_thumb(page: Page, origin: str) -> None:
    page.goto(origin)
    for element in page.query_selector_all(".button, .link, .way, .switch, .option, input:not([type=hidden]), select"):
        box = element.bounding_box()
        inside_a_label = element.evaluate("one => !!one.closest('.option') && one.tagName === 'INPUT'")
        assert box is None or inside_a_label or box["height"] >= 44, element.evaluate("one => one.outerHTML")


def test_the_errors_take_the_focus_and_lead_to_their_fields(page: Page, origin: str) -> None:
    page.goto(origin)
    assert page.evaluate("document.activeElement.id") == "errors"
    page.click("#errors a >> nth=1")
    assert page.evaluate("document.activeElement.id") == "f-left_on"


def test_what_does_not_apply_is_hidden_and_keeps_what_was_typed(page: Page, origin: str) -> None:
    page.goto(origin)
    assert page.is_visible("#f-other")
    page.check("input[name=reason][value=left]")
    assert page.is_hidden("#f-other")
    assert page.input_value("#f-other") == "已转为管理岗位。"
    page.check("input[name=reason][value=other]")
    assert page.is_visible("#f-other")
