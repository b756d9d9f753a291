"""What people with a special-operation licence live through, from the window or the phone to the public page (domain
text, §18.6, scenarios 1 to 4 and 13; of 12 that officers of elsewhere find nothing).

Every test is about somebody else, so that none needs another.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from reportlab.pdfgen.canvas import Canvas

from signing_service.demo.people import BUILDER, FORMER_BUILDER
from signing_service.demo.portraits import sample_portrait
from signing_service.domain.codes import IdNo, PersonName, id_check
from signing_service.domain.dates import add_years
from signing_service.domain.employment import ContractKind, Employment
from signing_service.domain.parties import Person
from signing_service.domain.viewer import AccountKind
from signing_service.outside.real_name import Citizen
from signing_service.storage import employments, licences, parties
from tests.browser.town import CROWD, Town, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("province")]

COPIED, UNBOUND, IN_TIME, TOO_EARLY, NO_PORTRAIT, ENDS_SOON = 3, 9, 10, 11, 15, 17
RENEWAL = "建筑施工特种作业操作资格证书延续"
COPY = "电子证照加注（使用件）"
ANSWERS = {
    "working_since": "2014年9月", "health": "2026年11月1日体检合格。",
    "training": "每年24学时，均合格。", "conduct": "无违章、无事故。",
}  # fmt: skip


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("papers") / "paper.pdf"
    canvas = Canvas(str(file))
    canvas.drawString(100, 700, "check-up: fit")
    canvas.save()
    return file


# ---- who comes to the window, and who is asked to work somewhere


def newcomer(town: Town) -> tuple[str, str]:
    """Known to an employer, and twice to the historical database: once by the number of before 1999, in another spelling."""
    head = "36010419880512231"
    number, name = head + id_check(head), "买买提·艾力"
    ends = add_years(town.today, 1)
    town.remembers(
        number, name, "赣A022025000901", BUILDER, ends, written_id_no=number[:6] + number[8:17], name="买买提•艾力"
    )
    town.remembers(number, name, "赣A042025000902", FORMER_BUILDER, ends)
    with town.service.desk.database.transaction() as connection:
        parties.put(connection, Person(IdNo(number), PersonName(name), None))
        begins = add_years(town.today, -1)
        contract = Employment(number, str(BUILDER.uscc), "架子工", ContractKind.FIXED, begins, add_years(town.today, 2))
        employments.start(connection, contract)
    return number, name


def test_who_was_registered_at_a_window_finds_two_licences_and_the_public_the_usable_one(
    town: Town, tmp_path: Path
) -> None:
    number, name = newcomer(town)
    face = tmp_path / "face.jpg"
    face.write_bytes(sample_portrait(name, woman=False))
    town.outside.register.enter(Citizen(number, name, face.read_bytes))

    clerk = town.officer("nc.chuangkou").page
    clerk.goto(f"{town.origin}/platform/")
    clerk.get_by_role("link", name="实名登记").click()
    card = {
        "name": name, "nation": "维吾尔族", "born": "1988-05-12", "address": "江西省南昌市西湖区示例路8号",
        "id_no": number, "valid_from": "2016-05-01", "valid_until": "长期", "mobile": "13870004321",
    }  # fmt: skip
    for field, value in card.items():
        clerk.locator(f"[name={field}]").fill(value)
    for picture in ("portrait", "face"):
        clerk.locator(f"[name={picture}]").set_input_files(face)
    clerk.locator("[name=consent]").check()
    clerk.get_by_role("button", name="核验并登记").click()
    first_password = clerk.locator(".slip").inner_text()

    holder = Visitor.at_the_door(town, AccountKind.PERSON, number, first_password)
    expect(holder.page.get_by_role("heading", name="请先修改初始密码")).to_be_visible()
    holder.fill(old=first_password, new="Gan-Po-Da-Di-88", again="Gan-Po-Da-Di-88")
    holder.page.get_by_role("button", name="修改密码").click()
    expect(holder.page.get_by_role("link", name="我的待办")).to_be_visible()

    expect(holder.licence("赣A022025000901")).to_contain_text("正常使用")
    expect(holder.licence("赣A042025000902")).to_contain_text("暂不可用")
    expect(town.asked_for("赣A022025000901", name).locator("h1")).to_have_text("正常使用")
    expect(town.asked_for("赣A042025000902", name).locator("h1")).to_have_text("未查到正常使用的证书")


def test_an_employment_that_the_enterprise_began_is_confirmed_on_the_phone_and_the_licence_is_usable(
    town: Town, paper: Path
) -> None:
    somebody, licence = CROWD[UNBOUND], "赣A102025000909"
    town.remembers(somebody.id_no, somebody.name, licence, FORMER_BUILDER, add_years(town.today, 1))
    holder = town.person(UNBOUND)
    expect(holder.licence(licence)).to_contain_text("暂不可用")

    employer = town.enterprise(str(FORMER_BUILDER.uscc))
    number = employer.begin("聘用关系登记")
    employer.fill(
        name=somebody.name, id_no=somebody.id_no, mobile="13970001234", post="高处作业吊篮安装拆卸工",
        contract_from=town.today.isoformat(), contract_until=add_years(town.today, 2).isoformat(),
    )  # fmt: skip
    employer.page.get_by_label("固定期限", exact=True).check()
    employer.attach("contract", paper)
    employer.prepare(number)
    employer.sign(number, "submit")

    holder.page.goto(f"{town.origin}/platform/")
    expect(holder.page.get_by_role("heading", name="有 1 件待办")).to_be_visible()
    holder.page.get_by_role("link", name="聘用关系登记").first.click()
    holder.page.get_by_role("link", name="查看后同意").click()
    holder.sign(number, "confirm")

    expect(holder.licence(licence)).to_contain_text("正常使用")
    expect(town.asked_for(licence, somebody.name).locator("h1")).to_have_text("正常使用")


# ---- 延续


def asked_to_renew(holder: Visitor, licence: str, paper: Path) -> str:
    number = holder.begin(RENEWAL, licence)
    holder.fill(**ANSWERS)
    holder.attach("attachments", paper)
    holder.prepare(number)
    return number


def renewed(town: Town, holder: Visitor, licence: str, paper: Path, *, issued: bool = True) -> str:
    """Signed, sealed and decided; ``issued``: and the licence made."""
    number = asked_to_renew(holder, licence, paper)
    holder.sign(number, "submit")
    employer = town.enterprise(str(BUILDER.uscc))
    employer.page.goto(f"{town.origin}/platform/")
    expect(employer.page.get_by_role("link", name=RENEWAL).first).to_be_visible()
    employer.sign(number, "confirm")
    for login, step in (("nc.shouli", "accept"), ("nc.shenhe", "review")):
        town.officer(login).decide(number, step)
    town.officer("nc.jueding").decide(number, "grant", settled=issued)
    return number


def test_99_days_before_the_end_it_is_too_early_and_the_page_says_from_when(town: Town, paper: Path) -> None:
    holder = town.person(TOO_EARLY)
    asked_to_renew(holder, "赣A062024000511", paper)
    expect(holder.page.get_by_text("暂不能延续")).to_be_visible()
    expect(holder.page.locator("[name=health]")).to_have_value(ANSWERS["health"])


def test_80_days_before_the_end_it_is_renewed_and_the_version_before_says_that_it_is_replaced(
    town: Town, paper: Path, tmp_path: Path
) -> None:
    holder, licence = town.person(IN_TIME), "赣A052024000510"
    number = renewed(town, holder, licence, paper)
    stranger = town.officer("jj.shouli")
    stranger.open(number)
    expect(stranger.page.get_by_text("NOT_FOUND")).to_be_visible()

    with town.service.desk.database.reading() as connection:
        version = licences.current(connection, licence)
    assert version is not None
    assert version.version == 2
    assert version.valid_until == add_years(town.today + timedelta(days=80), 2)
    file = holder.download(licence, tmp_path)
    public = town.verified(file)
    expect(public.locator("h1")).to_have_text("真实有效")

    corrected(town, holder, licence, paper)
    expect(town.verified(holder.download(licence, tmp_path)).locator("h1")).to_have_text("真实有效")
    expect(town.verified(file).locator("section.verdict")).to_contain_text("被新版本替代")


def corrected(town: Town, holder: Visitor, licence: str, paper: Path) -> None:
    """The first day is put right: a further version."""
    number = holder.begin("建筑施工特种作业操作资格证书信息纠错", licence)
    page = holder.page
    page.locator("[name='corrections.0.item']").select_option("first_issued_on")
    page.locator("[name='corrections.0.after']").fill("2021-03-01")
    holder.attach("corrections.0.proof", paper)
    holder.prepare(number)
    holder.sign(number, "submit")
    for login, step in (("nc.shouli", "accept"), ("nc.jueding", "grant")):
        town.officer(login).decide(number, step)


# ---- no portrait, no licence


def test_without_a_portrait_the_issue_waits_and_goes_on_by_itself_when_there_is_one(
    town: Town, paper: Path, tmp_path: Path
) -> None:
    somebody, licence = CROWD[NO_PORTRAIT], "赣A092024000515"
    town.remembers(somebody.id_no, somebody.name, licence, BUILDER, town.today + timedelta(days=70))
    holder = town.person(NO_PORTRAIT)
    number = renewed(town, holder, licence, paper, issued=False)
    page = holder.page

    def waits() -> None:
        holder.open(number)
        expect(page.locator("main")).to_contain_text("证件照", timeout=3_000)

    eventually(waits)
    page.get_by_role("link", name="上传证件照").click()
    picture = tmp_path / "portrait.jpg"
    picture.write_bytes(sample_portrait(somebody.name, woman=somebody.woman))
    page.locator("[name=photo]").set_input_files(picture)
    page.get_by_role("button", name="保存证件照").click()
    expect(page.get_by_text("等待照片的制证会自动继续")).to_be_visible()
    town.service.settle(number)
    expect(town.verified(holder.download(licence, tmp_path)).locator("h1")).to_have_text("真实有效")


def eventually(look: Callable[[], None], times: int = 20) -> None:
    """What comes by itself, on a page that is opened again."""
    for _ in range(times - 1):
        try:
            look()
        except AssertionError:
            continue
        return
    look()


# ---- 加注


def copied(holder: Visitor, licence: str, purpose: str, until: str = "") -> str:
    number = holder.begin(COPY, licence)
    holder.fill(purpose=purpose, until=until)
    holder.page.get_by_role("button", name=re.compile("申请加注")).click()
    return number


def test_a_copy_ends_with_its_specialty_and_every_copy_is_void_with_its_licence(town: Town, tmp_path: Path) -> None:
    constructor = town.person(ENDS_SOON)
    copied(constructor, "赣236121400078", "投标", (town.today + timedelta(days=61)).isoformat())
    expect(constructor.page.get_by_text("COPY_TERM").first).to_be_visible()

    holder, licence = town.person(COPIED), "赣A012023000503"
    numbers = [copied(holder, licence, purpose) for purpose in ("滨江大道工程投标", "滕王阁旁学校综合楼进场")]
    for number in numbers:
        town.service.settle(number)
    copies = [holder.document(number, "使用件", tmp_path) for number in numbers]
    last = town.today + timedelta(days=179)
    for copy in copies:
        public = town.verified(copy)
        expect(public.locator("section.verdict")).to_have_class(re.compile("genuine"))
        expect(public.locator("section.record")).to_contain_text(f"{last.year}年{last.month}月{last.day}日")

    cancelled(town, holder, licence)
    for copy in copies:
        said(town.verified(copy), "已", "注销")
    expect(town.asked_for(licence, CROWD[COPIED].name).locator("h1")).to_have_text("未查到正常使用的证书")


def cancelled(town: Town, holder: Visitor, licence: str) -> None:
    number = holder.begin("建筑施工特种作业操作资格证书注销", licence)
    holder.page.get_by_label("不再从事该工种作业").check()
    holder.fill(explanation="已转行，不再从事该工种作业。")
    holder.prepare(number)
    holder.sign(number, "submit")
    for login, step in (("nc.shouli", "accept"), ("nc.jueding", "grant")):
        town.officer(login).decide(number, step)


def said(page: Page, *words: str) -> None:
    verdict = page.locator("section.verdict")
    expect(verdict).not_to_have_class(re.compile("genuine"))
    for word in words:
        expect(verdict).to_contain_text(word)
