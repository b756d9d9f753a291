"""数字化审图 from a developer's registration to the 合格书: links and codes that fail as they should, 120 sheets over a
connection that breaks, two opinions, every sheet sealed (domain text, §18.6, scenario 8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from reportlab.pdfgen.canvas import Canvas

from signing_service.demo import people, province
from signing_service.domain.projects import SectionKind
from signing_service.domain.sheets import SheetState
from signing_service.domain.verdicts import Verdict
from signing_service.pipeline.lay_out import as_it_stands
from signing_service.pipeline.validate import validate
from signing_service.storage import documents, licences, projects, sheets
from tests.browser import drawing_cast as cast
from tests.browser.town import CROWD, PATIENCE, Town, Visitor
from tests.sheets import drawing

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("drawings")]

LOGIN, EMAIL, MOBILE = "xunyang_zhiye", "zhiye@example.org", "13900000055"
LEADERS_MOBILE = "13900000066"
SHEETS = 120
WRONG = "2345678923"
LINK = re.compile(r"/platform/developer/confirm\?token=[\w-]+", re.ASCII)


@dataclass
class Course:
    """What one test of the scenario leaves to the next."""

    developer: Visitor | None = None
    project: str = ""
    review: str = ""


@pytest.fixture(scope="module")
def course(town: Town) -> Course:
    cast.furnish(town)
    return Course()


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("papers") / "contract.pdf"
    canvas = Canvas(str(file))
    canvas.drawString(100, 700, "contract")
    canvas.save()
    return file


def fill_in(page: Page, values: dict[str, Any], prefix: str = "") -> None:
    """Every field by its name, whatever it is made of."""
    for key, value in values.items():
        name = prefix + key
        if isinstance(value, Path):
            page.locator(f"[name='{name}.upload']").set_input_files(value)
        elif isinstance(value, list):
            for place, row in enumerate(value):
                fill_in(page, row, f"{name}.{place}.")
        else:
            put(page, name, str(value))


def put(page: Page, name: str, value: str) -> None:
    found = page.locator(f"[name='{name}']")
    kind = found.first.evaluate("one => one.type")
    if kind in ("radio", "checkbox"):
        page.locator(f"[name='{name}'][value='{value}']").check()
    elif kind == "select-one":
        found.select_option(value)
    else:
        found.first.fill(value)
        found.first.press("Escape")


def mailed(town: Town, after: int) -> str:
    """The link of the newest mail."""
    page = town.stranger()
    for _ in range(600):
        mails = town.outside.kept.mails.to(EMAIL)
        if len(mails) > after and (found := LINK.search(mails[0].text)):
            page.context.close()
            return town.origin + found[0]
        page.wait_for_timeout(100)
    raise TimeoutError("no mail with a link came")


def test_a_developer_registers_by_a_link_that_is_good_once_and_for_a_day(
    town: Town, course: Course, paper: Path
) -> None:
    page = town.stranger()
    page.goto(f"{town.origin}/platform/developer")
    fill_in(
        page,
        {
            "uscc": cast.DEVELOPER, "name": cast.DEVELOPER_NAME, "kind": "有限责任公司", "representative": "陈志强",
            "representative_id": "360403197812310034", "address": "示例市红谷大道 100 号", "contact": "陈志强",
            "mobile": MOBILE, "email": EMAIL, "login": LOGIN, "new": province.PASSWORD, "again": province.PASSWORD,
        },
    )  # fmt: skip
    page.locator("[name=scan]").set_input_files(paper)
    page.get_by_role("button", name="注册", exact=True).click()
    expect(page.get_by_text(EMAIL)).to_be_visible()
    expired = mailed(town, 0)

    town.time_passes(hours=25)
    page.goto(expired)
    page.get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="链接不能使用")).to_be_visible()
    page.goto(f"{town.origin}/platform/developer")
    page.locator("summary").filter(has_text="没有收到").click()
    page.locator("#f-to").fill(EMAIL)
    page.get_by_role("button", name="重新发送").click()
    link = mailed(town, 1)
    page.goto(link)
    page.get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="注册完成")).to_be_visible()
    page.goto(link)
    page.get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="链接不能使用")).to_be_visible()
    cast.has_key_and_seal(town, cast.DEVELOPER)
    course.developer = town.enterprise(LOGIN)


def test_a_project_in_a_county_is_registered_once_its_leaders_mobile_is_confirmed(
    town: Town, course: Course, paper: Path
) -> None:
    developer = course.developer
    assert developer is not None
    number = developer.begin("项目报建")
    fill_in(
        developer.page,
        {
            "legal_representative": "陈志强", "developer_address": "示例市红谷大道 100 号", "leader_name": CROWD[cast.LEADER].name,
            "leader_id_no": CROWD[cast.LEADER].id_no, "leader_mobile": LEADERS_MOBILE, "project_name": "滨江花园住宅工程",
            "project_category": "01", "region": "360102", "project_place": "东湖区滨江大道 8 号",
            "investment_code": "2611-360102-04-01-654321", "approval_no": "示发改投资〔2026〕201号",
            "approval_level": "设区市级", "investment": "42680.00", "total_area": "12860.50", "nature": "新建",
            "usage": "居住建筑", "funding": "自筹资金", "starts_on": "2027-03-01", "ends_on": "2029-06-30",
            "scale": "新建住宅楼 1 栋。", "attachments": paper,
            "unit_works": [
                {
                    "name": "1#住宅楼", "structure": "剪力墙结构", "usage": "住宅", "floors_above": "18",
                    "floors_below": "1", "area": "12860.50",
                }
            ],
        },
    )  # fmt: skip
    expect(developer.page.get_by_text(re.compile("已上传")).first).to_be_visible(timeout=PATIENCE)
    developer.prepare(number)
    expect(developer.page.get_by_role("link", name=re.compile("确认手机号"))).to_be_visible(timeout=PATIENCE)
    confirm_mobile(town, developer, number)
    developer.open(number, "form")
    developer.prepare(number)
    developer.sign(number, "submit")
    with town.service.desk.database.reading() as connection:
        (found,) = projects.of_party(connection, cast.DEVELOPER, 10)
    assert found.region == "360102"
    course.project = found.number


def confirm_mobile(town: Town, developer: Visitor, number: str) -> None:
    developer.open(number, "mobile")
    before = town.texts
    developer.page.get_by_role("button", name=re.compile("发送")).first.click()
    developer.page.locator("[name=code]").fill(town.code_sent(before))
    developer.page.get_by_role("button", name=re.compile("确认|确定")).first.click()
    expect(developer.page.get_by_text("手机号已确认")).to_be_visible()


def test_a_wrong_code_five_times_locks_and_a_code_that_is_sent_again_opens_the_survey(
    town: Town, course: Course, paper: Path
) -> None:
    developer = course.developer
    assert developer is not None
    number = put_out_the_survey(town, developer, course.project, paper)
    first = section_code(town, 0)
    page = town.stranger()
    for tries in range(1, 7):
        said = opens(page, town, WRONG if tries < 6 else first)
        assert ("ACCOUNT_LOCKED" if tries == 6 else "SECTION_CODE_REFUSED") in said, tries
    texts = len(codes(town))
    developer.page.goto(f"{town.origin}/platform/projects/{course.project}")
    developer.page.get_by_role("button", name=re.compile("重新发送工程码")).click()
    expect(developer.page.get_by_text("工程码已重新发送")).to_be_visible()
    again = section_code(town, texts)
    assert "ACCOUNT_LOCKED" in opens(page, town, again), "it is locked for half an hour, whatever is typed"
    town.time_passes(minutes=31)
    assert "SECTION_CODE_REFUSED" in opens(page, town, first), "the former opens nothing any more"
    assert "滨江花园" in opens(page, town, again)
    expect(page.get_by_role("link", name="登录并承接")).to_be_visible()

    surveyor = town.enterprise(cast.SURVEYOR)
    taken_on(town, surveyor, number, paper)
    with town.service.desk.database.reading() as connection:
        found = projects.find(connection, course.project)
    assert found is not None
    assert [one.state.is_taken_on for one in found.sections] == [True]


def put_out_the_survey(town: Town, developer: Visitor, project: str, paper: Path) -> str:
    developer.page.goto(f"{town.origin}/platform/projects/{project}")
    developer.page.locator("form:has([value='ct.survey']) button").first.click()
    developer.page.wait_for_url(re.compile(r"/form$"))
    found = re.search(r"dossiers/([A-Z0-9]+)/", developer.page.url)
    assert found
    number = found[1]
    fill_in(
        developer.page,
        {
            "section_name": "滨江花园住宅工程勘察", "unit_works": [{"code": "001"}], "scope": "详细勘察。",
            "price": "86.40", "term": "45 日历天", "starts_on": "2027-03-01", "ends_on": "2027-04-14",
            "method": "direct", "method_reason": "金额未达到必须招标的标准。", "attachments": paper,
            "surveyor_uscc": cast.SURVEYOR, "contractor_qualification": "甲级 B236000045",
            "contractor_leader_name": "王建国", "contractor_leader_id_no": people.SIGNALLER_ID,
            "contractor_leader_mobile": LEADERS_MOBILE,
        },
    )  # fmt: skip
    expect(developer.page.get_by_text(re.compile("已上传")).first).to_be_visible(timeout=PATIENCE)
    developer.prepare(number)
    developer.sign(number, "submit")
    return number


def taken_on(town: Town, surveyor: Visitor, number: str, paper: Path) -> None:
    surveyor.open(number)
    form = surveyor.page.locator("form[action$='/steps/take_on']")
    if not form.is_visible():
        surveyor.page.locator("details").filter(has=form).locator("> summary").click()
    values: dict[str, Any] = {
        "contractor_qualification": "甲级 B236000045", "contract_name": "勘察合同", "contract_no": "JXJY-2026-KC-01",
        "contract_amount": "86.40", "signed_on": "2026-11-01", "starts_on": "2027-03-01", "ends_on": "2027-04-14",
        "contract": paper, "agreement": "按委托范围和合同约定完成工作。", "leader_name": "王建国",
        "leader_id_no": people.SIGNALLER_ID, "leader_mobile": LEADERS_MOBILE, "leader_qualification": "注册土木工程师",
        "leader_registration_no": "AY20133600045", "indicators": [{"code": "001", "indicators": "钻孔 18 个"}],
    }  # fmt: skip
    fill_in(surveyor.page, values, "given.")
    form.get_by_role("button").last.click()
    surveyor.page.wait_for_url(re.compile(r"done="))
    town.service.settle(number)
    surveyor.sign(number, "confirm")


def codes(town: Town) -> list[str]:
    """Newest first."""
    found = [re.search(r"工程码\D{0,3}([0-9A-Z]{10})", one.text) for one in town.outside.kept.texts.all()]
    return [one[1] for one in found if one]


def section_code(town: Town, after: int) -> str:
    page = town.stranger()
    for _ in range(600):
        if len(found := codes(town)) > after:
            page.context.close()
            return found[0]
        page.wait_for_timeout(100)
    raise TimeoutError("no text message with a 工程码 came")


def opens(page: Page, town: Town, code: str) -> str:
    page.goto(f"{town.origin}/platform/section")
    page.locator("[name=mobile]").fill(LEADERS_MOBILE)
    page.locator("[name=code]").fill(code)
    page.get_by_role("button", name="查看发包工程").click()
    page.wait_for_load_state()
    return page.locator("main").inner_text()


def test_120_sheets_arrive_over_a_connection_that_breaks_and_are_sealed(town: Town, course: Course) -> None:
    surveyor = town.enterprise(cast.SURVEYOR)
    page, address = surveyor.page, f"{town.origin}/platform/projects/{course.project}/sheets/survey"
    page.goto(address)
    page.locator("#discipline").select_option("geotechnical")
    page.locator("#file").set_input_files(
        [
            {"name": f"勘-{place:03d} 钻孔柱状图.pdf", "mimeType": "application/pdf", "buffer": drawing(f"勘-{place:03d}")}
            for place in range(1, SHEETS + 1)
        ]
    )  # fmt: skip
    expect(page.locator("[data-all] [role=status]")).to_have_text(re.compile(r"已传 [1-9]\d* 个"), timeout=PATIENCE)
    page.context.set_offline(True)
    expect(page.get_by_text("网络中断，恢复后自动续传…").first).to_be_visible(timeout=PATIENCE)
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name=f"有 {SHEETS} 张图纸待送交")).to_be_visible(timeout=4 * PATIENCE)

    page.get_by_role("button", name="送交并盖章").click()
    page.wait_for_url(re.compile(r"/form$"))
    number = re.search(r"dossiers/([A-Z0-9]+)/", page.url)
    assert number
    person = {"discipline": "geotechnical", "id_no": cast.REGISTERED_PERSON, "registration_no": "AY20133600045"}
    fill_in(page, {"persons": [person], "pin": province.PIN})
    page.get_by_role("button", name=re.compile("送交并逐张盖章")).first.click()
    page.wait_for_url(re.compile(r"/dossiers/[A-Z0-9]+$"))
    town.service.settle(number[1])
    page.goto(page.url)
    expect(page.get_by_text("待本人确认").first).to_be_visible()
    consented(town)
    page.goto(page.url)
    expect(page.get_by_text(f"/ {SHEETS} 张").first).to_be_visible()
    town.service.settle(number[1], timeout=600)
    page.goto(address)
    expect(page.get_by_role("heading", name=f"共 {SHEETS} 张图纸，{SHEETS} 张已盖章")).to_be_visible()


def consented(town: Town) -> None:
    """The registered person, on a phone: looks at the sheets, and signs once for all of them."""
    person = town.person_of(cast.REGISTERED_PERSON)
    page = person.page
    page.goto(f"{town.origin}/platform/")
    page.get_by_role("link", name="图纸盖章本人确认").first.click()
    page.wait_for_url(re.compile(r"/dossiers/ZYQR\d{14}"))
    number = page.url.rsplit("/", 1)[1]
    town.service.settle(number)
    page.get_by_role("link", name="查看全部图纸").click()
    expect(page.get_by_role("heading", name=f"有 {SHEETS} 张图纸将加盖您的执业印章")).to_be_visible()
    page.locator("summary").first.click()
    expect(page.locator("ul.files a")).to_have_count(SHEETS)
    sheet = page.request.get(f"{town.origin}{page.locator('ul.files a').first.get_attribute('href')}")
    assert sheet.body() == drawing("勘-001")
    page.get_by_role("link", name="同意盖章并签名").click()
    page.wait_for_url(re.compile(r"/sign/confirm$"))
    sign_here(town, person, number)


def test_two_opinions_are_answered_and_the_set_passes_with_a_seal_on_every_sheet(town: Town, course: Course) -> None:
    number = applied_for(town, course)
    agency, expert = town.enterprise(cast.AGENCY), town.person(cast.EXPERT)
    agency.open(number, "sign", "accept")
    reviewer = {"discipline": "geotechnical", "id_no": CROWD[cast.EXPERT].id_no, "registration_no": "S2026001"}
    fill_in(agency.page, {"experts": [reviewer]}, "given.")
    sign_here(town, agency, number)

    review = f"{town.origin}/platform/reviews/{number}"
    expert.page.goto(f"{town.origin}/platform/")
    expect(expert.page.get_by_text(re.compile("项目待您审查"))).to_be_visible()
    expert.page.goto(review)
    for sheet, nature, text in (
        ("勘-001", "mandatory", "控制性勘探孔深度不满足强制性条文要求。"),
        ("勘-002", "general", "图例与柱状图不一致，请统一。"),
    ):
        expert.page.locator("summary").filter(has_text="提出意见").click()
        given = {"sheet_no": sheet, "clause": "GB 55017-2021", "nature": nature, "severity": "medium", "text": text}
        fill_in(expert.page, given)
        expert.page.get_by_role("button", name="提交意见").click()
        expect(expert.page.get_by_text(text)).to_be_visible()
    expert.page.get_by_role("button", name="要求修改后复审").click()
    with_pin(town, agency, number, "ask_changes")

    answered(town, number, review)
    expert.page.goto(review)
    for _ in range(2):
        expert.page.get_by_role("button", name="关闭意见").first.click()
        expert.page.wait_for_load_state()
    expert.page.get_by_role("button", name="本专业通过").click()
    with_pin(town, agency, number, "conclude")
    with_pin(town, town.person(cast.HEAD), number, "grant")
    agency.decide(number, "file")
    every_sheet_is_sealed(town, course, number)


def applied_for(town: Town, course: Course) -> str:
    developer = town.enterprise(LOGIN)
    number = developer.begin("勘察文件报审")
    fill_in(
        developer.page,
        {
            "project_no": course.project, "unit_works": [{"code": "001"}], "review_agency_uscc": cast.AGENCY,
            "review_kinds": "survey", "review_nature": "first", "engineering_grade": "first",
            "scale": "新建住宅楼 1 栋。", "special": "no", "approvals": "示发改投资〔2026〕201号",
        },
    )  # fmt: skip
    developer.prepare(number)
    developer.sign(number, "submit")
    return number


def sign_here(town: Town, visitor: Visitor, number: str) -> None:
    """On the page of the signing room that is open, its own fields filled in already."""
    visitor.see_every_page()
    before = town.texts
    visitor.page.get_by_role("button", name="获取验证码").click()
    visitor.page.get_by_label("验证码").fill(town.code_sent(before))
    visitor.page.get_by_label(re.compile("PIN")).fill(province.PIN)
    visitor.page.get_by_role("button", name=re.compile("^(签名|盖章|签署)")).click()
    visitor.page.wait_for_url(re.compile(r"done="))
    town.service.settle(number)


def with_pin(town: Town, visitor: Visitor, number: str, step: str) -> None:
    """A step that uses the visitor's key for what is drawn with it."""
    visitor.open(number)
    form = visitor.page.locator(f"form[action$='/steps/{step}']")
    if not form.is_visible():
        visitor.page.locator("details").filter(has=form).locator("> summary").click()
    form.locator("[name=pin]").fill("000000")
    form.get_by_role("button").last.click()
    expect(visitor.page.get_by_text(re.compile("PIN_")).first).to_be_visible()
    form.locator("[name=pin]").fill(province.PIN)
    form.get_by_role("button").last.click()
    visitor.page.wait_for_url(re.compile(r"done="))
    town.service.settle(number, timeout=600)


def answered(town: Town, number: str, review: str) -> None:
    surveyor = town.enterprise(cast.SURVEYOR)
    page = surveyor.page
    page.goto(review)
    for left in (2, 1):
        expect(page.get_by_role("heading", name=f"有 {left} 条意见待答复")).to_be_visible()
        box = page.locator("article:not(:has-text('轮后答复')) textarea[name=reply]").first
        box.fill("已按意见修改，见补充说明。")
        box.locator("xpath=ancestor::form").get_by_role("button").click()
        page.wait_for_load_state()
    expect(page.get_by_role("heading", name="意见已全部答复")).to_be_visible()
    surveyor.decide(number, "reply")


def every_sheet_is_sealed(town: Town, course: Course, number: str) -> None:
    anchors, now = town.service.anchors, town.clock()
    with town.service.desk.database.reading() as connection:
        found = sheets.latest(connection, course.project, SectionKind.SURVEY)
        licence = licences.of_dossier(connection, number)
        files = [
            documents.bytes_of(
                connection, town.service.desk.blobs, documents.revisions(connection, one.document_id)[-1].sha256
            )
            for one in found
            if one.document_id
        ]
    assert licence is not None
    assert licence.number == f"{course.project}-TX-001"
    assert ({one.state for one in found}, len(files)) == ({SheetState.APPROVED}, SHEETS)
    for data in files:
        assert len(as_it_stands(data).fields) == 3
    for data in (files[0], files[-1]):
        report = validate(data, anchors.roots, intermediates=anchors.intermediates, now=now)
        assert report.verdict is Verdict.TOTAL_PASSED, report.reason
    developer = town.enterprise(LOGIN)
    developer.page.goto(f"{town.origin}/platform/projects/{course.project}/sheets/survey")
    expect(developer.page.get_by_text(f"{SHEETS} 张已审查合格")).to_be_visible()
