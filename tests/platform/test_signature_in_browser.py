"""个人电子签名 on a phone: the name is written with a finger, a PIN is chosen once, and the first signature closes it."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from signing_service.domain.dossier import Stage
from signing_service.storage import dossiers, parties
from tests.platform.office import STRANGER, Office
from tests.platform.pictures import Browsers
from tests.portal.serving import CHROMIUM, PHONE, served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NOT LOOKED AT: there is no Chromium at {CHROMIUM}"),
]
NEW_PIN = "530917"
STROKES = (((0.1, 0.3), (0.3, 0.7)), ((0.3, 0.3), (0.1, 0.7)), ((0.5, 0.2), (0.5, 0.8)), ((0.6, 0.5), (0.9, 0.4)))


def write_name(page: Page, strokes: tuple[tuple[tuple[float, float], ...], ...]) -> None:
    sheet = page.locator("[data-pad] svg")
    sheet.scroll_into_view_if_needed()
    frame = sheet.bounding_box()
    assert frame is not None
    for stroke in strokes:
        for at, (x, y) in enumerate(stroke):
            page.mouse.move(frame["x"] + x * frame["width"], frame["y"] + y * frame["height"], steps=8)
            if at == 0:
                page.mouse.down()
        page.mouse.up()


def written(request: Request) -> int:
    """How many strokes a draft that is kept has."""
    (strokes,) = parse_qs(request.post_data or "").get("strokes", ["[]"])
    return len(json.loads(strokes))


def test_a_name_written_on_the_screen_becomes_a_signature_with_a_pin_of_its_owner(
    office: Office, browser: Browser
) -> None:
    desk = office.service.desk
    number = office.of(STRANGER).begin("person.esign")
    with (
        served(office.app) as origin,  # type: ignore[arg-type]
        Browsers(browser, office, origin).of(STRANGER, PHONE) as context,
    ):
        page = context.new_page()
        page.goto(f"{origin}/platform/dossiers/{number}/form")
        write_name(page, STROKES[:2])
        page.get_by_role("button", name="清除重写").click()
        write_name(page, STROKES)
        expect(page.get_by_text("已写 4 笔")).to_be_visible()
        with page.expect_response(
            lambda answer: answer.url.endswith("/draft") and written(answer.request) == len(STROKES)
        ):
            page.locator("[name=mobile]").fill("13870000028")
        page.reload()
        expect(page.get_by_text("已写 4 笔")).to_be_visible()
        page.get_by_label("使用须知").check()
        page.get_by_role("button", name="下一步").click()
        page.wait_for_url(re.compile(rf"/dossiers/{number}(\?.*)?$"))
        office.settle(number)

        page.goto(f"{origin}/platform/dossiers/{number}/sign/submit")
        page.get_by_role("link", name="设置签名 PIN").click()
        page.get_by_role("button", name="获取验证码").click()
        for pin, again, code, said in (
            (NEW_PIN, "530918", office.letters.code, "PIN_DIFFERS"),
            ("123456", "123456", office.letters.code, "PIN_WEAK"),
            (NEW_PIN, NEW_PIN, "000000", "CODE_REFUSED"),
            (NEW_PIN, NEW_PIN, office.letters.code, ""),
        ):
            page.get_by_label("验证码", exact=True).fill(code)
            page.get_by_label("新 PIN").fill(pin)
            page.get_by_label("再输入一次").fill(again)
            page.get_by_role("button", name="保存 PIN").click()
            if said:
                expect(page.get_by_text(said)).to_be_visible()
        expect(page.get_by_label("签名 PIN")).to_be_visible()

    assert office.of(STRANGER).sign(number, "submit", pin=NEW_PIN).status_code == 303
    office.settle(number)
    with desk.database.reading() as connection:
        assert dossiers.load(connection, number).stage is Stage.CLOSED
        made = [seal.artwork.strokes for seal in parties.seals(connection, STRANGER.party)]
    assert len(STROKES) in [len(strokes) for strokes in made]
