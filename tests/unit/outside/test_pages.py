"""The page on which the messages of the demonstration are read, and what is never on it."""

from __future__ import annotations

import asyncio
import re

import httpx2 as httpx
import pytest

from signing_service.assemble import Together
from signing_service.gateways.mail import Letter
from signing_service.gateways.sms import TextMessage
from signing_service.gateways.wechat import TemplateMessage
from signing_service.outside.kept import MOST_KEPT, OnceOnly, Received, Shelf
from signing_service.outside.pages import MOST_SHOWN, NATIONAL, PREFIX, TRADING, pieces
from tests.outside import EMAIL, MOBILE, NOON, Outside
from tests.unit.gateways.test_national_register import state, version

OTHER = "13970000002"


def page(outside: Outside, path: str = PREFIX, **query: str) -> httpx.Response:
    assert outside.accesses.sms is not None
    return httpx.get(f"{outside.accesses.sms.address}{path}", params=query, trust_env=False)


def text_to(outside: Outside, mobile: str, code: str) -> None:
    outside.gateways.sms.send(TextMessage(mobile, "code", {"code": code, "minutes": "5"}, f"{mobile} {code}"))


def mailed(outside: Outside, text: str) -> None:
    outside.gateways.mail.send(Letter(EMAIL, "请验证您的邮箱", text, "<p>…</p>", "d-1", NOON))


def test_messages_are_read_by_phone_the_newest_first(outside: Outside) -> None:
    text_to(outside, MOBILE, "111111")
    text_to(outside, OTHER, "222222")
    text_to(outside, MOBILE, "333333")
    shown = page(outside).text
    assert re.findall(r"验证码(\d{6})", shown) == ["333333", "111111", "222222"]
    assert shown.count('<article class="phone">') == 2


def test_one_number_has_a_page_of_its_own(outside: Outside) -> None:
    text_to(outside, MOBILE, "111111")
    text_to(outside, OTHER, "222222")
    shown = page(outside, to=OTHER).text
    assert "222222" in shown
    assert "111111" not in shown


def test_letters_and_wechat_messages_are_there_with_their_links(outside: Outside) -> None:
    openid, user = next(iter(outside.stand_ins.wechat.users.items()))
    mailed(outside, "请打开 https://example.org/platform/verify?t=1，完成注册。")
    outside.gateways.wechat.send(
        TemplateMessage(openid, "issued", {"thing1": "电子证照已制发"}, "https://example.org/platform/", "d-1")
    )
    shown = page(outside).text
    assert '<a href="https://example.org/platform/verify?t=1" rel="noreferrer">' in shown
    assert user.nickname in shown
    assert "电子证照已制发" in shown


def test_what_arrived_twice_is_shown_once_and_said_so(outside: Outside) -> None:
    mailed(outside, "一")
    mailed(outside, "一")
    shown = page(outside).text
    assert shown.count('<article class="mail">') == 1
    assert "又收到 1 次" in shown


def test_nothing_that_was_sent_becomes_part_of_the_page(outside: Outside) -> None:
    mailed(outside, '<script>alert(1)</script> javascript:alert(1) https://example.org/"onclick="alert(1)')
    shown = page(outside).text
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert 'href="javascript' not in shown
    assert 'href="https://example.org/"' in shown


def test_every_answer_forbids_scripts_search_engines_and_caches(outside: Outside) -> None:
    pages = outside.stand_ins.pages

    async def asked(path: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=pages), base_url="http://here") as client:
            return await client.get(path)

    for path in (PREFIX, f"{PREFIX}nothing", f"{PREFIX}static/outside.css", f"{PREFIX}wechat/authorize"):
        headers = asyncio.run(asked(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script-src" not in headers["content-security-policy"]
        assert headers["x-robots-tag"].startswith("noindex")
        assert headers["cache-control"] == "no-store"


def test_the_pages_open_no_way_to_send_anything(outside: Outside) -> None:
    """The service's port carries the pages; the systems themselves answer on the loopback only."""

    async def portal(scope: object, receive: object, send: object) -> None:
        raise LookupError

    async def posted(path: str) -> int:
        app = Together(portal, [((PREFIX,), outside.stand_ins.pages)])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://here") as client:
            return (await client.post(path)).status_code

    assert asyncio.run(posted(f"{PREFIX}cgi-bin/stable_token")) == 404
    assert asyncio.run(posted(PREFIX)) == 405
    with pytest.raises(LookupError):
        asyncio.run(posted("/cgi-bin/stable_token"))


def test_the_page_refreshes_by_itself_without_script_and_can_be_stopped(outside: Outside) -> None:
    assert '<meta http-equiv="refresh" content="5">' in page(outside).text
    assert "http-equiv" not in page(outside, still="1").text


def test_the_page_is_complete_in_english(outside: Outside) -> None:
    shown = page(outside, lang="en").text
    words = re.sub(r"<[^>]+>", "", shown.replace("中文", ""))
    assert "Systems outside (demonstration)" in words
    assert not re.search(r"[\u4e00-\u9fff]", words)


def test_the_page_stays_small_however_much_arrives(outside: Outside) -> None:
    for number in range(MOST_KEPT):
        for shelf in (outside.stand_ins.kept.texts, outside.stand_ins.kept.mails, outside.stand_ins.kept.wechats):
            shelf.put(Received(f"1397{number:07d}", "标题", "正文" * 30, NOON, f"r-{number}", (("thing2", "x" * 20),)))
    shown = page(outside).text
    assert len(shown.encode()) <= 150_000
    assert shown.count('<article class="mail">') == MOST_SHOWN


def test_the_oldest_messages_are_forgotten() -> None:
    shelf = Shelf()
    for number in range(MOST_KEPT + 1):
        shelf.put(Received("a", str(number), "", NOON, str(number)))
    kept = shelf.all()
    assert (len(kept), kept[0].title, kept[-1].title) == (MOST_KEPT, str(MOST_KEPT), "1")


def test_a_message_without_reference_is_never_a_double() -> None:
    shelf = Shelf()
    for _ in range(2):
        shelf.put(Received("a", "", "", NOON, ""))
    assert len(shelf.all()) == 2


def test_a_nonce_may_come_again_when_its_time_is_long_over() -> None:
    once = OnceOnly(300)
    assert [once.is_new("n", at) for at in (0.0, 599.0, 600.0)] == [True, False, True]


def test_links_end_where_the_sentence_goes_on() -> None:
    assert pieces("见 https://a.example/b，谢谢") == [("见 ", False), ("https://a.example/b", True), ("，谢谢", False)]


TENDER = {
    "reference": "SGFB20261129000001-01",
    "section_no": "3601022611290101-SG-001",
    "section_name": "匠心家园施工",
    "estimate": "20150",
}


def decided(outside: Outside, **fields: str) -> httpx.Response:
    assert outside.accesses.trading is not None
    address = f"{outside.accesses.trading.address}{TRADING}"
    headers = {"Sec-Fetch-Site": fields.pop("site", "same-origin")}
    return httpx.post(
        address,
        data={"reference": TENDER["reference"], **fields},
        headers=headers,
        trust_env=False,
        follow_redirects=True,
    )


def test_a_tender_is_decided_on_the_trading_centres_page(outside: Outside) -> None:
    outside.gateways.trading.register(TENDER)
    assert TENDER["section_no"] in page(outside, TRADING).text
    shown = decided(outside, winner="9136010099900011XN", price="19876.55", manager="李芳华").text
    assert "已定标" in shown
    award = outside.gateways.trading.award_of(TENDER["reference"])
    assert award is not None
    assert (award.winner, award.price) == ("9136010099900011XN", "19876.55")


def test_a_tender_may_be_declared_failed_and_another_sites_page_decides_nothing(outside: Outside) -> None:
    outside.gateways.trading.register(TENDER)
    assert decided(outside, fail="1", site="cross-site").status_code == 422
    assert decided(outside, reference="SGFB20261129000009-01", fail="1").status_code == 422
    assert outside.gateways.trading.award_of(TENDER["reference"]) is None
    assert "流标" in decided(outside, fail="1").text
    award = outside.gateways.trading.award_of(TENDER["reference"])
    assert award is not None
    assert award.winner is None


def test_the_national_registers_page_shows_what_it_was_told_and_refuses_on_request(outside: Outside) -> None:
    assert outside.accesses.national is not None
    address = f"{outside.accesses.national.address}{NATIONAL}"
    register = outside.gateways.national
    assert register.enter("special_operation", version()).accepted
    shown = page(outside, NATIONAL).text
    assert version()["certNum"] in shown
    assert "01→01" in shown

    def refusing(reason: str, number: str = version()["certNum"], site: str = "same-origin") -> int:
        told = {"number": number, "reason": reason}
        return httpx.post(address, data=told, headers={"Sec-Fetch-Site": site}, trust_env=False).status_code

    assert refusing("证书编号有误", site="cross-site") == 422
    assert refusing("证书编号有误", number=" ") == 422
    assert register.update("special_operation", state()).accepted
    assert refusing("证书编号有误") == 303
    later = state(eCertID="9" * 32, operateType="06", certState="01")
    assert register.update("special_operation", later).reason == "证书编号有误"
    assert refusing("") == 303
    assert register.update("special_operation", later).accepted
