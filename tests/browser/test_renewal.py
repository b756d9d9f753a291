"""延续, from a phone to the public page: refused too early with the opening date; then signed, sealed, decided, issued, and
the version before says that it is replaced (domain text, §18.6, scenario 3); officers of elsewhere find nothing (12).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from reportlab.pdfgen.canvas import Canvas

from signing_service.demo import people
from signing_service.domain.dates import add_years, day_in_shanghai
from signing_service.storage import licences
from tests.browser.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("province")]

TOO_EARLY, IN_TIME = 11, 10
RENEWAL = "建筑施工特种作业操作资格证书延续"
ANSWERS = {
    "working_since": "2014年9月", "health": "2026年11月1日体检合格。",
    "training": "每年24学时，均合格。", "conduct": "无违章、无事故。",
}  # fmt: skip


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("papers") / "check-up.pdf"
    canvas = Canvas(str(file))
    canvas.drawString(100, 700, "check-up: fit")
    canvas.save()
    return file


def test_99_days_before_the_end_it_is_too_early_and_the_page_says_from_when(town: Town, paper: Path) -> None:
    holder = town.person(TOO_EARLY)
    number = holder.begin(RENEWAL, "赣A062024000511")
    holder.fill(**ANSWERS)
    holder.attach("attachments", paper)
    holder.prepare(number)
    expect(holder.page.get_by_text("暂不能延续")).to_be_visible()
    expect(holder.page.locator("[name=health]")).to_have_value(ANSWERS["health"])


def test_80_days_before_the_end_it_is_renewed_and_everybody_can_check_it(town: Town, paper: Path) -> None:
    holder, number_before = town.person(IN_TIME), "赣A052024000510"
    number = holder.begin(RENEWAL, number_before)
    holder.fill(**ANSWERS)
    holder.attach("attachments", paper)
    holder.prepare(number)
    holder.sign(number, "submit")

    employer = town.enterprise(str(people.BUILDER.uscc))
    employer.page.goto(f"{town.origin}/platform/")
    expect(employer.page.get_by_role("link", name=RENEWAL).first).to_be_visible()
    employer.sign(number, "confirm")

    town.officer("jj.shouli").open(number)
    expect(town.officer("jj.shouli").page.get_by_text("NOT_FOUND")).to_be_visible()
    for login, step in (("nc.shouli", "accept"), ("nc.shenhe", "review"), ("nc.jueding", "grant")):
        town.officer(login).decide(number, step)

    with town.service.desk.database.reading() as connection:
        renewed = licences.current(connection, number_before)
    assert renewed is not None
    assert renewed.version == 2
    assert renewed.valid_until > add_years(day_in_shanghai(town.clock()), 2)

    holder.page.goto(f"{town.origin}/platform/licences")
    with holder.page.expect_download() as download:
        holder.page.locator(f"a[href*='{'%E8%B5%A3'}A052024000510/file']").click()
    stranger = town.stranger()
    stranger.goto(f"{town.origin}/verify")
    stranger.locator("input[type=file]").first.set_input_files(download.value.path())
    expect(stranger.get_by_text("真实有效").first).to_be_visible()
