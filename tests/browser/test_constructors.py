"""Constructors change employer and are cancelled against somebody's will, from the phone to the public page
(domain text, §18.6, scenarios 5, 6 and 7)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from signing_service.demo.people import BUILDER, FORMER_BUILDER
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.verdicts import Verdict
from tests.browser.constructors import (
    AUTHORITY_LEVELS,
    about_to_sign,
    change_of_employer,
    current,
    employer_of,
    forced_by_enterprise,
    forced_by_person,
    form_of,
    paper_in,
    pictured,
    press_together,
    refused_by_authority,
    registered,
    scanned,
    sees,
    stage_of,
    validated,
)
from tests.browser.town import CROWD, PATIENCE, Town

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("province")]

FORMER, NEW = str(FORMER_BUILDER.uscc), str(BUILDER.uscc)


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return paper_in(tmp_path_factory.mktemp("papers"))


def test_of_two_who_seal_at_one_moment_one_is_told_so_and_loses_nothing(town: Town, proof: Path) -> None:
    who = registered(town, 0, FORMER_BUILDER)
    person, former, new = town.person(who.position), town.enterprise(FORMER), town.enterprise(NEW)
    number = change_of_employer(person, who)
    pictured(person.page, "05-form")
    person.attach("attachments", proof)
    person.prepare(number)
    person.open(number)
    pictured(person.page, "05-prepared")
    person.sign(number, "submit")
    pictured(person.page, "05-submitted")

    for enterprise in (former, new):
        enterprise.page.goto(f"{town.origin}/platform/")
        sees(enterprise.page, "执业企业变更")
    pictured(new.page, "05-todos")
    for enterprise in (former, new):
        about_to_sign(enterprise, number, "confirm")
    pictured(former.page, "05-room")
    sealed, told = press_together(former, new)
    pictured(told.page, "05-conflict")
    # who comes while the other's seal is going in is told to wait, who comes after it to look again
    expect(told.page.get_by_text(re.compile("REVISION_CHANGED|NOT_READY"))).to_be_visible(timeout=PATIENCE)
    told.page.get_by_role("link", name="重新打开").click()
    told.page.get_by_role("link", name="查看后同意").click()
    sees(told.page, "轮到您")
    pictured(sealed.page, "05-sealed")
    town.service.settle(number)
    told.sign(number, "confirm")
    pictured(told.page, "05-both")

    report = validated(town, form_of(town, number))
    assert report.verdict is Verdict.TOTAL_PASSED
    assert {one.role for one in report.signatures} == {"holder", "former_employer", "new_employer"}
    assert employer_of(town, who) == FORMER, "nothing switches before the decision"

    for login, step in AUTHORITY_LEVELS:
        town.officer(login).open(number)
        pictured(town.officer(login).page, f"05-{step}")
        town.officer(login).decide(number, step)
    assert (current(town, who).employer, employer_of(town, who)) == (NEW, NEW)
    assert current(town, who).version == 2
    person.page.goto(f"{town.origin}/platform/licences")
    pictured(person.page, "05-licences")
    page = scanned(town, form_of(town, number))
    pictured(page, "05-public")
    sees(page, "签署完成")
    assert page.get_by_text(CROWD[who.position].name).count() == 0, "the public page shows no full name"


def test_a_decline_makes_a_new_form_and_no_seal_on_the_old_one_counts(town: Town) -> None:
    who = registered(town, 1, FORMER_BUILDER)
    person, former, new = town.person(who.position), town.enterprise(FORMER), town.enterprise(NEW)
    number = change_of_employer(person, who)
    person.prepare(number)
    person.sign(number, "submit")
    new.sign(number, "confirm")
    sees(scanned(town, form_of(town, number)), "办理中")

    former.decide(number, "decline", "工作尚未交接完毕，请于交接后再申请。")
    void = scanned(town, form_of(town, number))
    pictured(void, "06-void")
    sees(void, "已作废")
    person.open(number)
    pictured(person.page, "06-declined")
    sees(person.page, "对方不同意，请修改后重新提交")
    sees(person.page, "工作尚未交接完毕")
    new.open(number)
    expect(new.page.get_by_text("已作废").first).to_be_visible()

    person.open(number, "form")
    pictured(person.page, "06-form")
    sees(person.page, "工作尚未交接完毕")
    person.fill(projects="工作已交接，未担任在建工程项目的施工负责人。")
    person.prepare(number)
    second = form_of(town, number, 2)
    person.open(number, "compare")
    pictured(person.page, "06-compare")
    sees(person.page, "工作已交接")
    person.sign(number, "submit")
    new.open(number)
    pictured(new.page, "06-again")
    former.sign(number, "confirm")
    assert {one.role for one in validated(town, second).signatures} == {"holder", "former_employer"}, (
        "its old seal is not reused"
    )
    new.sign(number, "confirm")
    assert {one.role for one in validated(town, second).signatures} == {"holder", "former_employer", "new_employer"}
    assert scanned(town, form_of(town, number)).get_by_text("已作废").first.is_visible()
    sees(scanned(town, second), "办理中")


def test_who_leads_a_project_cannot_cancel(town: Town) -> None:
    leader = town.person(16)
    leader.begin("二级建造师注销注册", "赣236121400077")
    leader.page.get_by_label("全部专业").check()
    leader.page.locator("[name=reason]").first.check()
    leader.fill(handover="全部资料已移交工程部。")
    leader.page.get_by_role("button", name=re.compile("生成")).first.click()
    sees(leader.page, "滕王阁旁示例学校综合楼")
    pictured(leader.page, "07-locked")
    expect(leader.page.locator("[name=handover]")).to_have_value("全部资料已移交工程部。")


def test_an_enterprise_that_is_silent_does_not_keep_a_person(town: Town, proof: Path) -> None:
    town.a_quarter_passes()
    silent, objecting, mirrored = (registered(town, position, BUILDER) for position in (2, 4, 5))
    numbers = {}
    for who in (silent, objecting):
        numbers[who] = forced_by_person(town.person(who.position), who, proof)
        pictured(town.person(who.position).page, "07-form")
        town.person(who.position).prepare(numbers[who])
        town.person(who.position).sign(numbers[who], "submit")
    employer = town.enterprise(NEW)
    numbers[mirrored] = forced_by_enterprise(employer, mirrored, proof)
    pictured(employer.page, "07-form-enterprise")
    employer.prepare(numbers[mirrored])
    employer.sign(numbers[mirrored], "submit")

    objects = numbers[objecting]
    employer.open(objects)
    pictured(employer.page, "07-asked")
    employer.decide(objects, "object", objection="劳动合同仍在履行，未收到解除通知。")
    pictured(employer.page, "07-objected")
    refused_by_authority(town, objects, "劳动关系是否解除尚有争议，正在仲裁。")
    town.person(objecting.position).open(objects)
    pictured(town.person(objecting.position).page, "07-refused")
    sees(town.person(objecting.position).page, "尚有争议")
    assert current(town, objecting).status is LicenceStatus.IN_FORCE

    town.days_pass(9)
    assert stage_of(town, numbers[silent]) is Stage.SUBMITTED
    town.days_pass(9)
    for who in (silent, mirrored):
        number = numbers[who]
        town.service.settle(number)
        assert stage_of(town, number) is Stage.CONFIRMED
        for login, step in AUTHORITY_LEVELS:
            town.officer(login).open(number)
            pictured(town.officer(login).page, f"07-{step}")
            town.officer(login).decide(number, step)
        assert current(town, who).status is LicenceStatus.CANCELLED
        assert employer_of(town, who) is None
        town.person(who.position).open(number)
        pictured(town.person(who.position).page, f"07-done-{who.position}")
        page = town.stranger()
        page.goto(f"{town.origin}/v/{form_of(town, number).code}")
        pictured(page, "07-public")
        sees(page, "签署完成")
