"""Takes a picture of the pages of the platforms at every moment of a renewal, on a phone and on a desk.

python -m tests.platform.pictures DIRECTORY [zh|en]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from signing_service.demo import people
from signing_service.domain.accounts import Account
from signing_service.domain.viewer import AccountKind
from tests.platform import office as made
from tests.platform.conftest import PASSWORD
from tests.platform.office import Office
from tests.portal.serving import CHROMIUM, DESKTOP, PHONE, served

NOTHING: Callable[[Page], None] = lambda _page: None  # noqa: E731


class Browsers:
    """A browser for each account and screen; each account logs in once."""

    def __init__(self, browser: Browser, office: Office, origin: str) -> None:
        self._browser, self._office, self._origin = browser, office, origin
        self._sessions: dict[str, Any] = {}

    @contextmanager
    def of(self, account: Account, viewport: dict[str, int]) -> Iterator[BrowserContext]:
        context = self._browser.new_context(
            viewport=viewport, locale="zh-CN", reduced_motion="reduce",  # type: ignore[arg-type]
            storage_state=self._sessions.get(account.account_id),
        )  # fmt: skip
        if account.account_id not in self._sessions:
            self._log_in(context, account)
        yield context
        context.close()

    def _log_in(self, context: BrowserContext, account: Account) -> None:
        session = f"{self._origin}/api/platform/session"
        told = {"kind": account.kind.value, "login": account.login, "password": PASSWORD}
        answer = context.request.post(session, data=told)
        assert answer.status == 201, answer.text()
        if account.kind is AccountKind.ENTERPRISE:
            token = {"X-CSRF-Token": answer.json()["csrf"]}
            context.request.post(f"{session}/code", data={}, headers=token)
            answer = context.request.post(f"{session}/factor", data={"code": self._office.letters.code}, headers=token)
            assert answer.ok, answer.text()
        self._sessions[account.account_id] = context.storage_state()


def scenes(office: Office) -> Iterator[tuple[str, Account, str, Callable[[Page], None]]]:
    """Name, who looks, address, and what is done on the page first; each scene after the one before."""
    holder = office.of(made.HOLDER)
    yield "home empty", made.HOLDER, "/platform/", NOTHING
    yield "begin", made.HOLDER, "/platform/begin", NOTHING
    yield "licences", made.HOLDER, "/platform/licences", NOTHING
    yield "messages", made.HOLDER, "/platform/messages", NOTHING
    number = holder.begin("so.renew", people.SIGNALLER_LICENCE)
    one = f"/platform/dossiers/{number}"
    yield "form", made.HOLDER, f"{one}/form", NOTHING

    def submit_empty(page: Page) -> None:
        page.click("button[name=_next]")
        page.wait_for_selector("#errors")

    yield "form with errors", made.HOLDER, f"{one}/form", submit_empty
    file = made.upload(holder, number, "attachments").json()
    holder.post(f"{one}/form", {**made.RENEWAL, "attachments": file["sha256"], "_next": "1"})
    office.settle(number)
    yield "dossier prepared", made.HOLDER, one, NOTHING
    yield "signing", made.HOLDER, f"{one}/sign/submit", NOTHING
    holder.sign(number, "submit")
    office.settle(number)
    yield "home waiting", made.HOLDER, "/platform/", NOTHING
    yield "home enterprise", made.BUILDER, "/platform/", NOTHING
    yield "dossier enterprise", made.BUILDER, one, NOTHING
    yield "signing enterprise", made.BUILDER, f"{one}/sign/confirm", NOTHING
    office.of(made.BUILDER).sign(number, "confirm")
    office.settle(number)
    yield "desk", made.ACCEPTOR[0], "/platform/", NOTHING
    yield "desk dossier", made.ACCEPTOR[0], one, _open_all
    office.of(made.ACCEPTOR[0]).post(
        f"{one}/steps/return", {"reason": "体检证明看不清，请重新上传。", "point.health": "请写明体检日期。"}
    )
    office.settle(number)
    yield "form to be corrected", made.HOLDER, f"{one}/form", NOTHING
    holder.post(
        f"{one}/form", {**made.RENEWAL, "health": "2026年11月体检合格。", "attachments": file["sha256"], "_next": "1"}
    )
    office.settle(number)
    yield "dossier second version", made.HOLDER, one, NOTHING
    yield "compare", made.HOLDER, f"{one}/compare", NOTHING
    holder.sign(number, "submit")
    office.settle(number)
    office.of(made.BUILDER).sign(number, "confirm")
    office.settle(number)
    for who, step in ((made.ACCEPTOR, "accept"), (made.REVIEWER, "review"), (made.DECIDER, "grant")):
        office.of(who[0]).post(f"{one}/steps/{step}")
        office.settle(number)
    yield "dossier closed", made.HOLDER, one, NOTHING
    yield "licences after", made.HOLDER, "/platform/licences", NOTHING
    yield "code", made.HOLDER, f"/platform/licences/{people.SIGNALLER_LICENCE}/code", NOTHING
    yield "dossiers", made.HOLDER, "/platform/dossiers", NOTHING
    yield "dossiers officer", made.DECIDER[0], "/platform/dossiers", NOTHING
    yield "not found", made.HOLDER, "/platform/dossiers/NOTHING", NOTHING


def _open_all(page: Page) -> None:
    while folded := page.query_selector("details:not([open]) > summary:visible"):
        folded.click()


def main(folder: Path, lang: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        prepared = made.prepare_province(Path(scratch) / "prepared")
        with made.office_over(prepared, Path(scratch) / "office") as office, served(office.app) as origin:  # type: ignore[arg-type]
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
            browsers = Browsers(browser, office, origin)
            for name, account, address, first in scenes(office):
                for screen, viewport in (("phone", PHONE), ("desktop", DESKTOP)):
                    with browsers.of(account, viewport) as context:
                        page = context.new_page()
                        page.on("console", lambda message: print(name, message.text))  # noqa: T201, B023
                        page.goto(f"{origin}{address}?lang={lang}")
                        first(page)
                        page.wait_for_load_state("networkidle")
                        page.screenshot(path=folder / f"{name} {screen}.png", full_page=True)
            browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "zh")
