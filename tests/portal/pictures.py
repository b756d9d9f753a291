"""Takes a picture of every outcome of the portal, on a phone and on a desk, in both languages, and prints each one.

    python -m tests.portal.pictures DIRECTORY

Nobody reads a stylesheet and sees a page: whoever changes one looks at these.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.portal.samples import DOCUMENTS, HOLDER, LICENCE, REPORTS, check_code_of, code_of, pdf
from tests.portal.serving import CHROMIUM, DESKTOP, PHONE, serve_samples

UPLOADS = ("in_force", "cancelled", "copy_in_term", "copy_expired", "stranger", "unpublished", "earlier", *REPORTS)


def upload(page: Page, origin: str, data: bytes, lang: str) -> None:
    page.goto(f"{origin}/?lang={lang}")
    page.set_input_files("#pdf", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": data})
    page.click("#file button")
    page.wait_for_selector("h1#headline")


def search(page: Page, origin: str, number: str, check_code: str, lang: str) -> None:
    page.goto(f"{origin}/?lang={lang}")
    page.fill("#number", number)
    page.fill("#check_code", check_code)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1#headline")


def compare(page: Page, origin: str, name: str, last6: str, lang: str) -> None:
    page.goto(f"{origin}/v/{code_of('in_force')}?lang={lang}")
    page.click("#holder summary")
    page.fill("#holder-name", name)
    page.fill("#holder-last6", last6)
    page.click("#holder button")
    page.wait_for_selector(".compared")


def check_batch(page: Page, origin: str, lang: str, names: tuple[str, ...] = UPLOADS) -> None:
    page.goto(f"{origin}/batch?lang={lang}")
    files = [{"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": pdf(name)} for name in names]
    page.set_input_files("#pdfs", [*files, {"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"}])
    page.click("#batch .button")
    page.wait_for_selector("[data-csv]:visible, .results .button:visible")


def outcomes(page: Page, origin: str, lang: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """The name of each page and how to open it."""
    for path in ("/", "/camera", "/batch"):
        yield path.strip("/") or "home", lambda path=path: page.goto(f"{origin}{path}?lang={lang}")  # type: ignore[misc]
    for name in DOCUMENTS:
        yield name, lambda name=name: page.goto(f"{origin}/v/{code_of(name)}?lang={lang}")  # type: ignore[misc]
    yield "unknown", lambda: page.goto(f"{origin}/v/X?lang={lang}")
    yield "no such page", lambda: page.goto(f"{origin}/nothing?lang={lang}")
    yield "searched", lambda: search(page, origin, LICENCE.number, check_code_of("in_force"), lang)
    yield "searched in vain", lambda: search(page, origin, LICENCE.number, "X" * 12, lang)
    for name in UPLOADS:
        yield f"upload {name}", lambda name=name: upload(page, origin, pdf(name), lang)  # type: ignore[misc]
    yield "not a pdf", lambda: upload(page, origin, b"hello", lang)
    yield "too large", lambda: upload(page, origin, b"%PDF-" + b"x" * 3_000_000, lang)
    yield "holder agrees", lambda: compare(page, origin, *HOLDER, lang)
    yield "holder differs", lambda: compare(page, origin, "王小红", "000000", lang)
    yield "batch checked", lambda: check_batch(page, origin, lang)


def take(browser: Browser, origin: str, directory: Path) -> None:
    for screen, viewport in {"phone": PHONE, "desktop": DESKTOP}.items():
        for lang in ("zh", "en"):
            context = browser.new_context(viewport=viewport, locale="zh-CN", reduced_motion="reduce")
            page = context.new_page()
            for name, open_page in outcomes(page, origin, lang):
                open_page()
                page.screenshot(path=directory / f"{name} {screen} {lang}.png", full_page=True)
                if screen == "desktop" and lang == "zh":
                    page.pdf(path=directory / f"{name} printed.pdf", prefer_css_page_size=True)
            context.close()


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    with serve_samples() as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        take(browser, origin, directory)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
