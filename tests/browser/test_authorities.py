"""What authorities may and may not: an administrator makes officers of real people in the own city alone, a dossier of
Nanchang is not there for Jiujiang, nobody decides on two levels, and chance is computed again by whoever wants to
(domain text, §18.6, scenarios 10 and 12)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from signing_service.domain import draw
from signing_service.domain.dossier import Stage
from tests.browser.constructors import paper_in, pictured, sees, stage_of
from tests.browser.sites import (
    CLINIC,
    CONTRACTORS,
    DEVELOPER,
    OFFICE,
    REPRESENTATIVE,
    design,
    draw_is_held,
    draw_is_promised,
    filing,
    project_in,
)
from tests.browser.town import CROWD, Town, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("province")]

NOBODY = "360102198001010013"
"""An ID number that adds up and that no window has seen."""


@pytest.fixture(scope="module")
def project(town: Town) -> str:
    return project_in(town)


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return paper_in(tmp_path_factory.mktemp("papers"))


def test_an_account_is_made_for_a_real_named_person_alone(town: Town) -> None:
    admin = town.officer("nc.guanli")
    admin.page.goto(f"{town.origin}/platform/staff")
    pictured(admin.page, "12-staff")
    admin.page.goto(f"{town.origin}/platform/staff/new")
    admin.fill(name="甘小棠", id_no=NOBODY, mobile="13970000777", login="gan.xiaotang")
    admin.page.locator("[name=region]").select_option("360100")
    admin.page.get_by_role("button", name="创建账号").click()
    sees(admin.page, "STAFF_NOT_REALNAMED")
    pictured(admin.page, "12-not-real-named")
    assert admin.page.locator("[name=login]").input_value() == "gan.xiaotang", "what was typed is kept"


def test_an_administrator_grants_nothing_outside_the_own_city(town: Town) -> None:
    admin = town.officer("nc.guanli")
    admin.page.goto(f"{town.origin}/platform/staff/staff-nc-shouli")
    regions = admin.page.locator("select[name=region]").first
    assert "360400" not in regions.locator("option").evaluate_all("all => all.map(one => one.value)")
    last = admin.page.locator(".permissions").last
    last.locator("[name=procedures]").select_option("fs.*")
    last.locator("[name=level]").select_option("review")
    last.locator("[name=region]").evaluate("one => one.add(new Option('九江市', '360400', true, true))")
    admin.page.get_by_role("button", name="保存权限").click()
    sees(admin.page, "REGION_SCOPE")
    pictured(admin.page, "12-another-city")

    admin.page.goto(f"{town.origin}/platform/staff/staff-nc-shouli")
    last = admin.page.locator(".permissions").last
    last.locator("[name=procedures]").select_option("fs.*")
    last.locator("[name=level]").select_option("review")
    last.locator("[name=region]").select_option("360100")
    admin.page.get_by_role("button", name="保存权限").click()
    admin.page.wait_for_url("**/staff/staff-nc-shouli")
    pictured(admin.page, "12-granted")
    assert admin.page.get_by_text("REGION_SCOPE").count() == 0


def test_special_works_pass_three_officers_and_no_other_city_sees_them(town: Town, project: str, paper: Path) -> None:
    developer = town.enterprise(DEVELOPER)
    number = filing(developer, project, CLINIC)
    developer.page.get_by_role("button", name="生成申请表").first.click()
    sees(developer.page, "特殊建设工程")
    pictured(developer.page, "10-special")

    number = design(developer, project, CLINIC, paper)
    pictured(developer.page, "10-form")
    developer.prepare(number)
    for party in (town.enterprise(next(iter(CONTRACTORS.values()))), town.person(REPRESENTATIVE)):
        party.sign(number, "confirm")
    developer.sign(number, "submit")

    stranger = town.officer("jj.shouli")
    answer = stranger.page.goto(f"{town.origin}/platform/dossiers/{number}")
    assert answer is not None
    assert answer.status == 404
    pictured(stranger.page, "12-elsewhere")

    first = town.officer("nc.shouli")
    first.decide(number, "accept")
    first.open(number)
    pictured(first.page, "10-two-levels")
    assert first.page.locator("form[action$='/steps/review']").count() == 0, "nothing is offered that will be refused"
    assert by_hand(first, number, "review") == 403
    town.officer("nc.shenhe").open(number)
    pictured(town.officer("nc.shenhe").page, "10-review")
    town.officer("nc.shenhe").page.locator("[name='given.situations'][value='5']").check()
    town.officer("nc.shenhe").page.get_by_role("button", name="确认初审").click()
    town.officer("nc.shenhe").page.wait_for_url("**done=review")
    town.officer("nc.jueding").decide(number, "grant")
    assert stage_of(town, number) is Stage.CLOSED
    developer.open(number)
    pictured(developer.page, "10-passed")


def by_hand(visitor: Visitor, number: str, step: str) -> int:
    """Status of a step that the page does not offer, sent with the page's own token."""
    token = visitor.page.locator("input[name=csrf]").first.get_attribute("value")
    address = f"{visitor.town.origin}/platform/dossiers/{number}/steps/{step}"
    form = {"csrf": token or "", "role": "authority", "given.situations": "5"}
    return visitor.page.request.post(address, form=form, headers={"Origin": visitor.town.origin}).status


def test_ordinary_works_are_filed_and_anybody_computes_the_draw_again(town: Town, project: str) -> None:
    developer = town.enterprise(DEVELOPER)
    number = filing(developer, project, OFFICE)
    developer.prepare(number)
    parties = [*(town.enterprise(uscc) for uscc in CONTRACTORS.values()), town.person(REPRESENTATIVE)]
    for party in parties:
        party.sign(number, "confirm")
    developer.sign(number, "submit")
    clerk = town.officer("nc.shouli")
    clerk.open(number)
    clerk.page.locator("[name='given.category'][value='general']").check()
    pictured(clerk.page, "10-filing")
    clerk.page.get_by_role("button", name="确认准予备案").click()
    clerk.page.wait_for_url("**done=accept")
    town.service.settle(number)

    promised = draw_is_promised(town)
    page = town.stranger()
    page.goto(f"{town.origin}/draws")
    sees(page, promised.secret_hash)
    pictured(page, "10-promised")
    draw_is_held(town, promised)
    page.reload()
    sees(page, "候选 1 件")
    pictured(page, "10-drawn")
    with page.expect_download() as download:
        page.locator(f"a[href*='{promised.number}.json']").click()
    published = json.loads(Path(download.value.path()).read_bytes())
    record = published.get("record", published)
    assert draw.faults_of(record) == []
    assert [one["dossier_no"] for one in record["candidates"]] == [number]
    assert CROWD[REPRESENTATIVE].name not in json.dumps(published, ensure_ascii=False)
    page.get_by_role("link", name="查验盖章的记录").first.click()
    sees(page, promised.number[-4:])
    pictured(page, "10-record")
