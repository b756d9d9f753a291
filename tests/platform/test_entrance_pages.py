"""The entrance as pages, without scripts: every kind of person gets in, is told what is due, and gets out again."""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest

from signing_service.domain.codes import Region
from signing_service.domain.staff import Grant, Level
from signing_service.domain.viewer import Admin
from signing_service.storage import accounts as store
from tests.platform.browsing import Browser
from tests.platform.conftest import (
    BUILDER,
    JPEG,
    PASSWORD,
    ZHANG,
    House,
    WechatHouse,
    enterprise,
    house_over,
    officer,
    person,
)
from tests.platform.test_entrance_developer import FORM
from tests.platform.test_entrance_staff import house as staffed_house  # noqa: F401  a fixture
from tests.platform.test_entrance_window import CARD

FRESH = "Xin-Mi-Ma-88"


def test_a_person_logs_in_and_out(house: House) -> None:
    house.enter(person())
    browser = Browser(house)
    assert browser.log_in("person", ZHANG).headers["location"] == "/platform/"
    page = browser.open("/platform/account")
    assert "张伟" in page.text
    assert ZHANG not in page.text
    assert browser.send("/platform/log-out").headers["location"] == "/platform/log-in"
    assert browser.open("/platform/account").headers["location"] == "/platform/log-in?next=/platform/account"


def test_who_was_sent_to_the_log_in_goes_on_where_they_were(house: House) -> None:
    house.enter(person())
    browser = Browser(house)
    page = browser.open("/platform/log-in?next=/platform/account")
    assert 'name="next" value="/platform/account"' in page.text
    answer = browser.send("/platform/log-in", kind="person", login=ZHANG, password=PASSWORD, next="/platform/account")
    assert answer.headers["location"] == "/platform/account"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/platform//evil.example", "/platform/\\evil"]
)
def test_no_log_in_leads_to_another_site(house: House, elsewhere: str) -> None:
    house.enter(person())
    browser = Browser(house)
    browser.open("/platform/log-in")
    answer = browser.send("/platform/log-in", kind="person", login=ZHANG, password=PASSWORD, next=elsewhere)
    assert answer.headers["location"] == "/platform/"


def test_a_refused_log_in_keeps_the_number_and_never_the_password(house: House) -> None:
    house.enter(person())
    answer = Browser(house).log_in("person", ZHANG, "Wrong-Password-1")
    assert answer.status_code == 401
    assert f'value="{ZHANG}"' in answer.text
    assert "Wrong-Password-1" not in answer.text
    assert "LOGIN_REFUSED" in answer.text


def test_a_form_without_the_token_of_the_page_is_refused(house: House) -> None:
    house.enter(person())
    browser = Browser(house)
    browser.open("/platform/log-in")
    browser.token = "0" * 64
    answer = browser.send("/platform/log-in", kind="person", login=ZHANG, password=PASSWORD)
    assert (answer.status_code, "CSRF_REFUSED" in answer.text) == (403, True)


def test_a_page_of_before_the_log_in_changes_nothing_after_it(house: House) -> None:
    house.enter(person())
    browser = Browser(house)
    browser.open("/platform/log-in")
    old = browser.token
    browser.log_in("person", ZHANG)
    browser.token = old
    assert browser.send("/platform/log-out").status_code == 403


def test_a_first_password_is_replaced_on_the_next_page(house: House) -> None:
    house.enter(person(), must_change=True)
    browser = Browser(house)
    assert browser.log_in("person", ZHANG).headers["location"] == "/platform/log-in/next"
    assert browser.open("/platform/account").headers["location"] == "/platform/log-in/next"
    browser.open("/platform/log-in/next")
    unlike = browser.send("/platform/log-in/next/password", old=PASSWORD, new=FRESH, again=f"{FRESH}9")
    assert "PASSWORD_TWICE" in unlike.text
    done = browser.send("/platform/log-in/next/password", old=PASSWORD, new=FRESH, again=FRESH)
    assert done.headers["location"] == "/platform/log-in/next"
    assert browser.open("/platform/log-in/next").headers["location"] == "/platform/"


def test_an_enterprise_asks_for_the_code_and_types_it(house: House) -> None:
    house.enter(enterprise())
    browser = Browser(house)
    browser.log_in("enterprise", BUILDER)
    browser.open("/platform/log-in/next")
    assert "139****0028" in browser.send("/platform/log-in/next/send").text
    wrong = browser.send("/platform/log-in/next/code", code="x", sent_to="139****0028")
    assert "CODE_REFUSED" in wrong.text
    browser.send("/platform/log-in/next/code", code=house.letters.code)
    assert "江右示例建设集团有限公司" in browser.open("/platform/account").text


def test_an_officer_scans_the_code_and_confirms_it(house: House) -> None:
    house.enter(officer())
    browser = Browser(house)
    browser.log_in("staff", "chen.jing")
    browser.open("/platform/log-in/next")
    browser.send("/platform/log-in/next/set-up")
    page = browser.open("/platform/log-in/next").text
    assert "<svg" in page
    groups = re.search(r'translate="no">(.*?)</span></p>', page)
    assert groups is not None
    secret = re.sub(r"<[^>]*>", "", groups.group(1)).strip()
    digits = pyotp.TOTP(secret).at(house.clock())
    browser.send("/platform/log-in/next/set-up", code=digits)
    assert "陈静" in browser.open("/platform/account").text


def test_who_forgot_the_password_is_let_in_with_the_code(house: House) -> None:
    house.enter(person())
    browser = Browser(house)
    browser.open("/platform/recover")
    page = browser.send("/platform/recover", kind="person", login=ZHANG)
    assert "如果账号存在" in page.text
    sent = {"kind": "person", "login": ZHANG, "code": house.letters.code}
    assert "密码已重设" in browser.send("/platform/recover/finish", new=FRESH, again=FRESH, **sent).text
    assert browser.log_in("person", ZHANG, FRESH).status_code == 303


# ---- WeChat


def provider(house: House) -> WechatHouse:
    assert isinstance(house.accounts.wechat, WechatHouse)
    return house.accounts.wechat


def back_from_wechat(house: House, browser: Browser, openid: str) -> Any:
    browser.open("/platform/log-in")
    state = browser.open("/platform/wechat").headers["location"].partition("state=")[2]
    return browser.open(f"/platform/wechat/return?state={state}&code={provider(house).agree(openid)}")


def handle_in(page: Any) -> str:
    found = re.search(r'name="handle" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found.group(1)


def test_who_comes_from_wechat_first_binds_and_then_is_known(house: House) -> None:
    house.enter(person())
    browser = Browser(house)
    page = back_from_wechat(house, browser, "openid-1")
    page = browser.send("/platform/wechat/person", handle=handle_in(page), name="张伟", id_no=ZHANG)
    assert "138****0017" in page.text
    bound = browser.send("/platform/wechat/bind", handle=handle_in(page), code=house.letters.code)
    assert bound.headers["location"] == "/platform/"
    again = Browser(house)
    assert back_from_wechat(house, again, "openid-1").headers["location"] == "/platform/"
    assert "已绑定" in again.open("/platform/account").text


def test_name_and_number_that_do_not_belong_together_send_to_the_window(house: House) -> None:
    house.enter(person())
    browser = Browser(house)
    page = back_from_wechat(house, browser, "openid-1")
    for name, number in (("张玮", ZHANG), ("张伟", "360102198501010028")):
        answer = browser.send("/platform/wechat/person", handle=handle_in(page), name=name, id_no=number)
        assert (answer.status_code, "NOT_REALNAMED" in answer.text) == (412, True)
    assert house.letters.sent == []


def test_one_openid_is_bound_to_one_person_and_one_person_to_one_openid(house: House) -> None:
    house.enter(person())

    def bind(openid: str) -> Any:
        browser = Browser(house)
        page = back_from_wechat(house, browser, openid)
        page = browser.send("/platform/wechat/person", handle=handle_in(page), name="张伟", id_no=ZHANG)
        return browser.send("/platform/wechat/bind", handle=handle_in(page), code=house.letters.code)

    assert bind("openid-1").status_code == 303
    assert "WECHAT_BOUND" in bind("openid-2").text


def test_consent_that_another_browser_began_is_refused(house: House) -> None:
    house.enter(person())
    attacker, victim = Browser(house), Browser(house)
    attacker.open("/platform/log-in")
    state = attacker.open("/platform/wechat").headers["location"].partition("state=")[2]
    victim.open("/platform/log-in")
    answer = victim.open(f"/platform/wechat/return?state={state}&code={provider(house).agree('openid-1')}")
    assert (answer.status_code, "WECHAT_REFUSED" in answer.text) == (403, True)


def test_wechat_is_unbound_with_a_code(house: House) -> None:
    house.enter(person())
    with house.accounts.database.transaction() as connection:
        store.bind_wechat(connection, "openid-1", "person-0014", house.clock())
    browser = Browser(house)
    browser.log_in("person", ZHANG)
    browser.open("/platform/account")
    assert "138****0017" in browser.send("/platform/account/wechat").text
    assert browser.send("/platform/account/wechat", code=house.letters.code).status_code == 303
    assert "解除微信绑定" not in browser.open("/platform/account").text


# ---- the own account


def test_the_account_page_changes_password_number_and_sessions(house: House) -> None:
    house.enter(person())
    phone = Browser(house, **{"User-Agent": "telephone"})
    phone.log_in("person", ZHANG)
    browser = Browser(house)
    browser.log_in("person", ZHANG)
    assert "telephone" in browser.open("/platform/account").text
    browser.send("/platform/account/sessions/others")
    assert phone.open("/platform/account").status_code == 303
    browser.open("/platform/account")
    assert "PASSWORD_WRONG" in browser.send("/platform/account/password", old="x", new=FRESH, again=FRESH).text
    assert browser.send("/platform/account/password", old=PASSWORD, new=FRESH, again=FRESH).status_code == 303
    browser.open("/platform/account")
    browser.send("/platform/account/mobile", mobile="13900000099")
    assert browser.send("/platform/account/mobile", mobile="13900000099", code=house.letters.code).status_code == 303
    assert "139****0099" in browser.open("/platform/account").text


# ---- registration


def test_a_project_owner_registers_and_confirms_on_pages(house: House) -> None:
    browser = Browser(house)
    browser.open("/platform/developer")
    typed = {name: value for name, value in FORM.items() if name not in ("scan", "password")}
    words = {"new": FORM["password"], "again": FORM["password"]}
    scan = {"scan": ("licence.jpg", JPEG, "image/jpeg")}
    missing = browser.send("/platform/developer", **{**typed, "uscc": "1", **words}, files=scan)
    assert ("USCC_FORMAT" in missing.text, FORM["name"] in missing.text) == (True, True)
    assert "请查收邮件" in browser.send("/platform/developer", **typed, **words, files=scan).text
    link = house.letters.link
    assert browser.open(link).status_code == 200
    assert browser.open(link).status_code == 200, "opening the link uses nothing up"
    token = link.partition("token=")[2]
    assert "注册完成" in browser.send("/platform/developer/confirm", token=token).text
    assert "LINK_REFUSED" not in browser.open("/platform/developer").text
    assert "链接不能使用" in browser.send("/platform/developer/confirm", token=token).text


def test_a_clerk_registers_a_person_on_the_page_of_the_window(house: House) -> None:
    house = house_over(house.accounts.database, staff_second_factor=False)
    house.enter(officer("window"))
    with house.accounts.database.transaction() as connection:
        store.put_grants(connection, "staff-window", [Grant("rn.register", Level.WINDOW, Region("360100"))])
    browser = Browser(house)
    browser.log_in("staff", "window")
    browser.open("/platform/window")
    typed = {name: value for name, value in CARD.items() if name not in ("portrait", "face", "consent")}
    pictures = {name: (f"{name}.jpg", JPEG, "image/jpeg") for name in ("portrait", "face")}
    refused = browser.send("/platform/window", **typed, files=pictures)
    assert ("CONSENT_MISSING" in refused.text, CARD["address"] in refused.text) == (True, True)
    page = browser.send("/platform/window", **typed, consent="2026-01", files=pictures)
    password = re.search(r'class="number slip" translate="no">([^<]+)<', page.text)
    assert password is not None
    assert Browser(house).log_in("person", ZHANG, password.group(1)).headers["location"] == "/platform/log-in/next"


def test_an_administrator_makes_an_officer_and_gives_permissions_on_pages(staffed_house: House) -> None:  # noqa: F811
    house = staffed_house
    house.enter(officer("city", admin=Admin.CITY))
    browser = Browser(house)
    browser.log_in("staff", "city")
    browser.open("/platform/staff/new")
    typed = {
        "login": "liu.yang",
        "id_no": "361102199911300066",
        "name": "刘洋",
        "mobile": "13700000022",
        "region": "360102",
    }
    slip = browser.send("/platform/staff/new", **typed)
    assert "初始密码只显示这一次" in slip.text
    listed = browser.open("/platform/staff").text
    address = re.search(r'/platform/staff/(staff-[a-z2-7]{16})"', listed)
    assert address is not None
    path = f"/platform/staff/{address.group(1)}"
    browser.open(path)
    rows = {"procedures": ["so.*", ""], "level": ["accept", "accept"], "region": ["360102", "360102"]}
    assert browser.send(f"{path}/permissions", **rows).headers["location"] == path
    assert "特种作业操作资格 · 受理 · 东湖区" in browser.open("/platform/staff").text
    assert "361102199911300066" not in browser.open(path).text
    assert "361102199911300066" in browser.send(f"{path}/id-number", why="核对社保").text
    assert browser.send(f"{path}/disable", reason="调离本单位").status_code == 303
    assert "已停用" in browser.open("/platform/staff").text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_speaks_both_languages_without_scripts_or_styles_inside(house: House, language: str) -> None:
    browser = Browser(house)
    for path in ("log-in", "log-in?kind=enterprise", "log-in?kind=staff", "recover", "developer", "developer/confirm"):
        mark = "&" if "?" in path else "?"
        page = browser.open(f"/platform/{path}{mark}lang={language}")
        assert page.status_code == 200
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page.text), path
        assert len(page.content) < 150_000
        words = re.sub(r"<[^>]*>", "", page.text.partition("<main")[2].partition("</main>")[0])
        assert bool(re.search(r"[一-鿿]", words)) is (language == "zh"), path
