"""The province as its people meet it: everybody with a browser of their own, a phone for text messages, and one clock."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Browser, Download, Locator, Page, expect

from signing_service.assemble import make_service_app, open_accounts, open_room
from signing_service.commands.outside import in_touch
from signing_service.demo import people, province
from signing_service.domain.codes import IdNo
from signing_service.domain.dates import add_years, day_in_shanghai
from signing_service.domain.parties import Organisation
from signing_service.domain.viewer import AccountKind
from signing_service.embedded import Service, prepare, running
from signing_service.outside.running import StandIns
from signing_service.storage import legacy
from signing_service.storage.legacy import LegacyLicence
from signing_service.trust.newcomers import open_ca
from signing_service.workflows.timekeeping import Timekeeper
from tests.factories import settings_in
from tests.portal.serving import DESKTOP, PHONE, served

CROWD = people.crowd()
PATIENCE = 60_000
"""Milliseconds: a loaded machine draws, seals and proves slowly."""
CODE = re.compile(r"验证码(\d{6})")


@dataclass
class Clock:
    """The real time, moved forward by whole days."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Town:
    service: Service
    origin: str
    outside: StandIns
    clock: Clock
    browser: Browser
    _visitors: dict[str, Visitor] = field(default_factory=dict)

    def person(self, position: int) -> Visitor:
        """One of the twenty, on a phone."""
        return self._visitor(AccountKind.PERSON, CROWD[position].id_no)

    def person_of(self, id_no: str) -> Visitor:
        """Anybody else with an account, on a phone."""
        return self._visitor(AccountKind.PERSON, id_no)

    def enterprise(self, uscc: str) -> Visitor:
        return self._visitor(AccountKind.ENTERPRISE, uscc)

    def officer(self, login: str) -> Visitor:
        return self._visitor(AccountKind.STAFF, login)

    def stranger(self) -> Page:
        """Somebody with a phone and no account."""
        context = self.browser.new_context(viewport=PHONE, locale="zh-CN")
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    @property
    def today(self) -> date:
        return day_in_shanghai(self.clock())

    def remembers(
        self, id_no: str, name: str, number: str, employer: Organisation, ends: date, /, **changes: Any
    ) -> None:
        """The historical database has a licence of this person: found at the next log-in."""
        values: dict[str, Any] = {
            "legacy_id": number, "number": number, "written_id_no": id_no, "name": name,
            "sex": IdNo(id_no).sex.zh, "born": IdNo(id_no).born, "category": number[2:4],
            "employer_uscc": str(employer.uscc), "employer_name": employer.name,
            "authority_name": people.AUTHORITY.name, "first_issued_on": add_years(ends, -4),
            "valid_from": add_years(ends, -2), "valid_until": ends,
        }  # fmt: skip
        with self.service.desk.database.transaction() as connection:
            legacy.add_all(connection, [LegacyLicence(**{**values, **changes})], self.today)

    def verified(self, file: Path) -> Page:
        """The public page on which a stranger has uploaded a file."""
        page = self.stranger()
        page.goto(self.origin)
        page.locator("input[type=file]").first.set_input_files(file)
        page.get_by_role("button", name="上传并查验").click()
        expect(page.locator("section.verdict")).to_be_visible()
        return page

    def asked_for(self, number: str, name: str) -> Page:
        """The public query of special-operation licences."""
        page = self.stranger()
        page.goto(f"{self.origin}/personnel")
        page.locator("#number").fill(number)
        page.locator("#name").fill(name)
        page.get_by_role("button", name="查询").click()
        expect(page.locator("section.verdict")).to_be_visible()
        return page

    def _visitor(self, kind: AccountKind, login: str) -> Visitor:
        if login not in self._visitors:
            self._visitors[login] = Visitor.logged_in(self, kind, login)
        return self._visitors[login]

    def time_passes(self, **some: float) -> None:
        """Sessions end with it, as they would."""
        self.clock.ahead += timedelta(**some)
        self._visitors.clear()

    def a_quarter_passes(self) -> None:
        """Thirty codes may be asked for from one address in that time, and all live at one."""
        self.time_passes(minutes=16)

    def days_pass(self, count: int) -> None:
        """Timers go off."""
        self.time_passes(days=count)
        Timekeeper(self.service.desk).go_off()

    def code_sent(self, after: int) -> str:
        """Digits of the newest text message after so many that were there before."""
        give_up = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < give_up:
            texts = self.outside.kept.texts.all()
            # other news may come right behind it
            for text in texts[: len(texts) - after]:
                if found := CODE.search(text.text):
                    return found[1]
            time.sleep(0.1)
        raise TimeoutError("no text message with a code came")

    @property
    def texts(self) -> int:
        return len(self.outside.kept.texts.all())


@dataclass
class Visitor:
    """An account in a browser of its own."""

    town: Town
    page: Page

    @classmethod
    def logged_in(cls, town: Town, kind: AccountKind, login: str) -> Visitor:
        visitor = cls.at_the_door(town, kind, login, province.PASSWORD)
        expect(visitor.page.get_by_role("link", name="我的待办")).to_be_visible(timeout=PATIENCE)
        return visitor

    @classmethod
    def at_the_door(cls, town: Town, kind: AccountKind, login: str, password: str) -> Visitor:
        """Name, password and second factor are given; what is shown then is theirs to see to."""
        size = PHONE if kind is AccountKind.PERSON else DESKTOP
        context = town.browser.new_context(viewport=size, locale="zh-CN")
        context.set_default_timeout(PATIENCE)
        visitor = cls(town, context.new_page())
        page = visitor.page
        page.goto(f"{town.origin}/platform/log-in?kind={kind.value}")
        page.locator("input[name=login]").fill(login)
        page.locator("input[name=password]").fill(password)
        before = town.texts
        page.get_by_role("button", name="登录", exact=True).click()
        if kind is AccountKind.STAFF:
            page.locator("input[name=code]").first.fill(pyotp.TOTP(province.totp_secret(login)).at(town.clock()))
            page.get_by_role("button", name="确定").first.click()
        elif kind is AccountKind.ENTERPRISE:
            page.get_by_role("button", name=re.compile("发送验证码")).click()
            page.locator("input[name=code]").first.fill(town.code_sent(before))
            page.get_by_role("button", name="确定").first.click()
        return visitor

    # ---- what people do

    def begin(self, title: str, licence: str = "") -> str:
        """Choose a kind of business, and get the number of the dossier."""
        self.page.goto(f"{self.town.origin}/platform/begin" + (f"?licence={licence}" if licence else ""))
        self.page.get_by_role("button", name=f"开始办理 {title}", exact=False).first.click()
        self.page.wait_for_url(re.compile(r"/platform/dossiers/[A-Z0-9]{4}\d{14}/form"))
        found = re.search(r"[A-Z0-9]{4}\d{14}", self.page.url)
        assert found
        return found[0]

    def open(self, number: str, *below: str) -> None:
        self.page.goto("/".join((f"{self.town.origin}/platform/dossiers/{number}", *below)))

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.page.locator(f"[name={name}]").first.fill(value)

    def attach(self, field: str, file: Path) -> None:
        self.page.locator(f"[name='{field}.upload']").set_input_files(file)
        expect(self.page.get_by_text(re.compile("已上传")).first).to_be_visible(timeout=PATIENCE)

    def prepare(self, number: str) -> None:
        """The form is drawn from what was typed."""
        self.page.get_by_role("button", name=re.compile("生成")).first.click()
        self.town.service.settle(number)

    def sign(self, number: str, step: str) -> None:
        """See every page, then sign with PIN and a code from the phone."""
        self.open(number, "sign", step)
        self.see_every_page()
        before = self.town.texts
        self.page.get_by_role("button", name="获取验证码").click()
        self.page.get_by_label("验证码").fill(self.town.code_sent(before))
        self.page.get_by_label(re.compile("PIN")).fill(province.PIN)
        self.page.get_by_role("button", name=re.compile("^(签名|盖章|签署)")).click()
        self.page.wait_for_url(re.compile(r"done="))
        self.town.service.settle(number)

    def decide(self, number: str, step: str, reason: str = "", *, settled: bool = True, **given: str) -> None:
        """An officer's step, on the page of the dossier; ``settled``: and everything that it owes is done."""
        self.open(number)
        form = self.page.locator(f"form[action$='/steps/{step}']")
        if not form.is_visible():
            self.page.locator("details").filter(has=form).locator("> summary").click()
        if reason:
            form.locator("[name=reason]").fill(reason)
        for name, value in given.items():
            form.locator(f"[name='given.{name}']").first.fill(value)
        form.get_by_role("button").last.click()
        self.page.wait_for_url(re.compile(r"done="))
        if settled:
            self.town.service.settle(number)

    def licence(self, number: str) -> Locator:
        """Its card under 我的证书."""
        self.page.goto(f"{self.town.origin}/platform/licences")
        return self.page.locator("li.licence").filter(has_text=re.compile(r"\s*".join(number)))

    def download(self, number: str, folder: Path) -> Path:
        with self.page.expect_download() as download:
            self.licence(number).get_by_role("link", name="下载").click()
        return self._kept(download.value, folder)

    def document(self, number: str, title: str, folder: Path) -> Path:
        """A document of a dossier, fetched as its link on the page does."""
        self.open(number)
        link = self.page.get_by_role("link", name=re.compile(title)).first
        answer = self.page.request.get(f"{self.town.origin}{link.get_attribute('href')}")
        kept = folder / f"{number}-{time.monotonic_ns()}.pdf"
        kept.write_bytes(answer.body())
        return kept

    @staticmethod
    def _kept(download: Download, folder: Path) -> Path:
        kept = folder / f"{time.monotonic_ns()}.pdf"
        download.save_as(kept)
        return kept

    def see_every_page(self) -> None:
        for picture in self.page.locator("figure.page figcaption, .page figcaption").all():
            picture.scroll_into_view_if_needed()
            # what is on the screen is told once it was drawn: who scrolls past faster has not seen it
            self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        expect(self.page.get_by_text("已看完全部")).to_be_visible(timeout=PATIENCE)

    def headline(self) -> str:
        return self.page.get_by_role("heading", level=1).inner_text()


@contextmanager
def town_in(folder: Path, browser: Browser, **changes: object) -> Iterator[Town]:
    settings = settings_in(folder, outside_port=0, outside_mail_port=0, **changes)
    clock = Clock()
    prepare(settings, lambda _line: None)
    with running(settings, clock) as service, in_touch(settings, service.desk) as touch:
        with service.desk.database.transaction() as connection:
            people.enter(connection, service.desk.blobs, clock())
        accounts = open_accounts(settings, service.desk, open_room(settings, service.desk))
        province.enter(service.desk, accounts, open_ca(settings, clock))
        assert touch.addresses.stand_ins
        app = touch.beside(make_service_app(settings, service.desk, gateways=touch.gateways))
        with served(app) as origin:  # type: ignore[arg-type]
            yield Town(service, origin, touch.addresses.stand_ins, clock, browser)
