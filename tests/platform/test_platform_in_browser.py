"""The pages in a real browser, on a phone and on a desk: what scripts add, and that nobody is shut out by them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from signing_service.demo import people
from signing_service.domain.accounts import Account
from tests.platform.office import ACCEPTOR, BUILDER, HOLDER, PDF, PIN, Office, confirmed_renewal, prepared_renewal
from tests.platform.pictures import Browsers, scenes
from tests.portal.serving import CHROMIUM, DESKTOP, PHONE, served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NOT LOOKED AT: there is no Chromium at {CHROMIUM}"),
]
LARGEST_PAGE = 150_000
LONG = 20_000


@pytest.fixture
def origin(office: Office) -> Iterator[str]:
    with served(office.app) as serving:  # type: ignore[arg-type]
        yield serving


@pytest.fixture
def browsers(browser: Browser, office: Office, origin: str) -> Browsers:
    return Browsers(browser, office, origin)


@pytest.fixture
def page_of(browsers: Browsers) -> Iterator[object]:
    opened = []

    def open_for(account: Account, viewport: dict[str, int] = PHONE) -> Page:
        context = browsers.of(account, viewport)
        opened.append(context)
        return context.__enter__().new_page()

    yield open_for
    for context in opened:
        context.__exit__(None, None, None)


def test_no_page_is_too_wide_or_too_heavy_and_axe_finds_nothing(
    office: Office, browsers: Browsers, origin: str
) -> None:
    complaints: list[str] = []
    for name, account, address, first in scenes(office):
        for viewport, lang in ((PHONE, "zh"), (DESKTOP, "en")):
            with browsers.of(account, viewport) as context:
                page = context.new_page()
                page.on(
                    "console", lambda message: complaints.append(message.text) if "Policy" in message.text else None
                )
                page.on("pageerror", lambda error: complaints.append(str(error)))
                answer = page.goto(f"{origin}{address}?lang={lang}")
                assert answer is not None
                assert len(answer.body()) < LARGEST_PAGE, name
                first(page)
                for folded in page.query_selector_all("details:not([open]) > summary:visible"):
                    folded.click()
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wide == 0, f"{name} is {wide} pixels too wide"
                found = Axe().run(page).response["violations"]
                assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], name
    assert complaints == []


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_what_is_typed_is_kept_by_itself_and_is_there_on_return(
    office: Office, page_of: object, origin: str, viewport: dict[str, int]
) -> None:
    number = office.of(HOLDER).begin("so.renew", people.SIGNALLER_LICENCE)
    page: Page = page_of(HOLDER, viewport)  # type: ignore[operator]
    page.goto(f"{origin}/platform/dossiers/{number}/form")
    page.fill("#f-health", "体检合格。")
    expect(page.locator(".keeping.kept")).to_contain_text("已保存", timeout=LONG)
    page.goto(f"{origin}/platform/")
    page.goto(f"{origin}/platform/dossiers/{number}/form")
    assert page.input_value("#f-health") == "体检合格。"


def test_without_a_connection_the_page_says_so_and_saves_once_it_is_back(
    office: Office, page_of: object, origin: str
) -> None:
    number = office.of(HOLDER).begin("so.renew", people.SIGNALLER_LICENCE)
    page: Page = page_of(HOLDER)  # type: ignore[operator]
    page.goto(f"{origin}/platform/dossiers/{number}/form")
    page.context.set_offline(True)
    page.fill("#f-health", "写在断网时。")
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator(".keeping.failed")).to_be_visible(timeout=LONG)
    page.context.set_offline(False)
    expect(page.locator(".keeping.kept")).to_be_visible(timeout=LONG)
    expect(page.locator("#offline")).to_be_hidden()
    kept = office.of(HOLDER).api("GET", f"/api/platform/dossiers/{number}").json()["draft"]
    assert kept["health"] == "写在断网时。"


def test_files_go_up_with_progress_and_what_is_refused_says_why(office: Office, page_of: object, origin: str) -> None:
    number = office.of(HOLDER).begin("so.renew", people.SIGNALLER_LICENCE)
    page: Page = page_of(HOLDER)  # type: ignore[operator]
    page.goto(f"{origin}/platform/dossiers/{number}/form")
    page.set_input_files(
        "#f-attachments-file",
        [
            {"name": "体检.pdf", "mimeType": "application/pdf", "buffer": PDF},
            {"name": "程序.pdf", "mimeType": "application/pdf", "buffer": b"MZ not a pdf"},
        ],
    )
    expect(page.get_by_text("已上传，1 页")).to_be_visible(timeout=LONG)
    expect(page.locator(".refused")).to_contain_text("只能上传 PDF、JPG 或 PNG", timeout=LONG)
    page.click("text=移除 >> nth=0")
    expect(page.locator(".keeping.kept")).to_be_visible(timeout=LONG)
    kept = office.of(HOLDER).api("GET", f"/api/platform/dossiers/{number}").json()["draft"]
    assert "attachments" not in kept


def test_an_enterprise_is_chosen_with_the_arrow_keys(office: Office, page_of: object, origin: str) -> None:
    number = office.of(HOLDER).begin("so.renew", people.SIGNALLER_LICENCE)
    page: Page = page_of(HOLDER)  # type: ignore[operator]
    page.goto(f"{origin}/platform/dossiers/{number}/form")
    page.fill("#f-employer_uscc", "")
    page.type("#f-employer_uscc", "东湖示例")
    expect(page.get_by_role("option")).to_have_count(1, timeout=LONG)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("#f-employer_uscc") == str(people.FORMER_BUILDER.uscc)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_the_button_of_the_signing_room_opens_when_the_last_page_was_seen(
    office: Office, page_of: object, origin: str, viewport: dict[str, int]
) -> None:
    number = prepared_renewal(office)
    page: Page = page_of(HOLDER, viewport)  # type: ignore[operator]
    page.goto(f"{origin}/platform/dossiers/{number}/sign/submit")
    button = page.locator("[data-needs-reading]")
    expect(button).to_be_disabled()
    for figure in page.query_selector_all(".page figcaption"):
        figure.scroll_into_view_if_needed()
    expect(button).to_be_enabled(timeout=LONG)
    page.click("[data-code] button")
    expect(page.locator("[data-code-told]")).to_contain_text("138****0017", timeout=LONG)
    page.fill("#code", office.letters.code)
    page.fill("#pin", PIN)
    button.click()
    page.wait_for_url(f"**/dossiers/{number}**")
    office.settle(number)
    # the page looks again by itself
    expect(page.locator("#headline")).to_contain_text("等待用人单位", timeout=LONG)


def test_an_officer_goes_from_the_list_to_the_decision_by_keyboard(
    office: Office, page_of: object, origin: str
) -> None:
    number = confirmed_renewal(office)
    page: Page = page_of(ACCEPTOR[0], DESKTOP)  # type: ignore[operator]
    page.goto(f"{origin}/platform/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dossiers/{number}")
    page.locator("button", has_text="确认受理").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**?done=accept")
    office.settle(number)
    assert "已受理" in office.of(BUILDER).get(f"/platform/dossiers/{number}").text
