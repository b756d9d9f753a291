"""资质认定: professionals, technical leader, legal representative, seal; taken in, examined, put to the public, decided."""

from __future__ import annotations

from signing_service.demo.province import CITY_BUREAU
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.dossier import Stage
from signing_service.domain.employment import EmploymentEnd
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.register import RegisterStatus
from signing_service.pipeline.pictures import layout
from signing_service.storage import employments
from signing_service.storage.public_register import PublicRegister
from tests.journeys.constructor.driver import BUILDER, Town, holder
from tests.journeys.qualification.firm import (
    BUILDING,
    LATER,
    city,
    firm,
    officer,
    put_to_the_public,
    today,
    valid_for_five_years,
)

REASON = "审计报告缺页，请补充完整后重新提交。"


def test_the_city_grants_a_lowest_grade_when_everybody_has_signed_in_order(town: Town) -> None:
    city(town)
    ours = firm(town, "赣江示例匠心建筑有限公司", professionals=2)
    number = ours.begin(page_seam="yes")
    town.take(number, "prepare", ours.clerk)
    sheets = [sheet for one in ours.professionals for sheet in ours.asked(one)]
    assert len(sheets) == 2

    early = town.refused(number, "confirm", ours.as_leader())
    assert early.code == "SLOT_NOT_OPEN"
    assert all(one.name in early.zh for one in ours.professionals)
    town.take(sheets[0], "confirm", holder(ours.professionals[0].id_no))
    late = town.refused(number, "confirm", ours.as_leader())
    assert ours.professionals[0].name not in late.zh
    town.take(sheets[1], "confirm", holder(ours.professionals[1].id_no))
    assert [one.role for one in town.validated(sheets[0], "eq_confirm_form").signatures] == ["holder", "platform"]
    assert number in town.text_of(sheets[0], "eq_confirm_form")

    assert town.refused(number, "confirm", ours.as_representative()).code == "SLOT_NOT_OPEN"
    town.take(number, "confirm", ours.as_leader())
    assert town.waits_for(number) == {"legal_representative"}
    assert town.refused(number, "confirm", ours.clerk).code == "SLOT_NOT_OPEN"
    town.take(number, "confirm", ours.as_representative())
    town.take(number, "confirm", ours.clerk)

    put_to_the_public(town, number)
    assert town.stage(number) is Stage.EXTERNAL
    town.validated(number, "eq_public_notice")
    the_public_has_ten_days(town, number)
    town.take(number, "grant", officer(town, number, "zheng"))

    assert town.stage(number) is Stage.CLOSED
    row = town.document(number, "qualification")
    licence = town.current(row.number)
    assert licence.number.startswith("D336")
    assert licence.authority == str(CITY_BUREAU.uscc)
    assert licence.holder == ours.uscc
    assert licence.employer is None
    assert licence.valid_until == valid_for_five_years(day_in_shanghai(town.clock()))
    assert licence.facts["category_name"] == "建筑工程施工总承包三级"
    assert [one.role for one in town.validated(number, "eq_form").signatures] == [
        "technical_leader", "legal_representative", "employer", "authority", "platform",
    ]  # fmt: skip
    strips = layout(town.file_of(number, "eq_form")).strips
    assert strips, "a strip of the enterprise's seal on every page"
    assert all(one.place.filled and one.place.role == "employer" for one in strips)
    town.validated(number, "qualification")
    form, face = town.text_of(number, "eq_form"), town.text_of(number, "qualification")
    assert "建筑工程施工总承包三级：注册建造师" in form
    assert "不足" in form, "the form says what falls short of the standard"
    assert ours.name in face
    found = PublicRegister(town.service.desk.database).by_code(row.code)
    assert found is not None
    assert found.status is RegisterStatus.IN_FORCE
    assert ours.name in str(found.holder), "an enterprise is named in full"


def the_public_has_ten_days(town: Town, number: str) -> None:
    assert town.refused(number, "grant", officer(town, number, "zheng")).code == "STATE_CONFLICT"
    town.clock.days(10)
    town.time_goes_by()
    assert town.stage(number) is Stage.EXTERNAL, "the tenth day is not over"
    town.clock.days(1)
    town.time_goes_by()
    assert town.stage(number) is Stage.REVIEWED


def test_a_professional_who_does_not_agree_is_replaced_and_the_others_are_asked_anew(town: Town) -> None:
    ours = firm(town, "章江示例匠心建筑有限公司", professionals=2)
    unwilling, willing = ours.professionals
    number = ours.begin()
    town.take(number, "prepare", ours.clerk)
    (asked,), (other,) = ours.asked(unwilling), ours.asked(willing)
    town.take(asked, "refuse", holder(unwilling.id_no), "本人已提出离职，不同意。")
    assert town.refused(number, "confirm", ours.as_leader()).code == "PROFESSIONAL_DECLINED"

    town.take(number, "revise", ours.clerk)
    town.service.settle(other)
    assert town.stage(other) is Stage.LAPSED, "nobody need confirm a form that is void"
    ours.professionals.remove(unwilling)
    ours.rewrites(number, constructors=[willing.row])
    ours.sign(number)
    assert town.stage(number) is Stage.CONFIRMED


def test_a_returned_application_asks_everybody_anew(town: Town) -> None:
    ours = firm(town, "贡江示例匠心建筑有限公司")
    number = ours.begin()
    ours.sign(number)
    town.take(number, "return", officer(town, number, "tang"), REASON)
    assert town.stage(number) is Stage.CORRECTION
    town.take(number, "prepare", ours.clerk)
    assert len(ours.asked(ours.professionals[0])) == 1, "what was signed counts for the former version alone"
    assert town.refused(number, "confirm", ours.as_leader()).code == "SLOT_NOT_OPEN"
    ours.confirmed()
    for actor in (ours.as_leader(), ours.as_representative(), ours.clerk):
        town.take(number, "confirm", actor)
    town.take(number, "not_accept", officer(town, number, "tang"), "不属于本机关职权范围。")
    assert town.stage(number) is Stage.NOT_ACCEPTED


OBJECTION = {
    "objector": "示例市某某建筑公司", "objector_contact": "13800000000", "objection": "所列工程业绩的竣工日期与实际不符。",
}  # fmt: skip


def test_an_objection_is_heard_by_who_examined_and_stops_the_public_days(town: Town) -> None:
    """Three officers are enough: who accepted, who examined and heard it, who decides."""
    ours = firm(town, "锦江示例匠心建筑有限公司")
    number = ours.begin()
    ours.sign(number)
    put_to_the_public(town, number)
    received = today(town).isoformat()
    town.clock.days(4)
    reviewer = officer(town, number, "song")
    assert town.refused(number, "object", officer(town, number, "tang"), objected_on=received, **OBJECTION).code == (
        "FOUR_EYES"
    )
    town.take(number, "object", reviewer, objected_on=received, **OBJECTION)
    assert town.stage(number) is Stage.ACCEPTED
    assert town.refused(number, "review", reviewer, opinion="符合标准。").code == "OBJECTION_WAITS"
    seen_by_officer, seen_by_applicant = (town.platforms.of(one).page_of(number) for one in (reviewer, ours.clerk))
    assert OBJECTION["objection"] in seen_by_officer
    assert OBJECTION["objection"] in seen_by_applicant
    for kept in (OBJECTION["objector"], OBJECTION["objector_contact"]):
        assert kept in seen_by_officer
        assert kept not in seen_by_applicant, "who objects is not told to who applied"
    town.clock.days(20)
    town.time_goes_by()
    assert town.stage(number) is Stage.ACCEPTED, "an objection that waits holds the application back"
    town.take(number, "answer", reviewer, finding="经核对竣工验收备案资料，申报日期属实。")
    assert town.stage(number) is Stage.EXTERNAL
    reply = town.text_of(number, "eq_objection_reply")
    assert "所提异议不成立" in reply
    assert OBJECTION["objector"] not in reply
    assert town.validated(number, "eq_objection_reply").signatures[0].role == "authority"

    town.clock.days(6)
    town.time_goes_by()
    assert town.stage(number) is Stage.EXTERNAL, "six of the ten days were left"
    town.clock.days(1)
    town.time_goes_by()
    assert town.stage(number) is Stage.REVIEWED
    assert town.refused(number, "refuse", reviewer, "审查人员不得决定。").code == "FOUR_EYES"
    town.take(number, "refuse", officer(town, number, "zheng"), "净资产不符合标准要求。")
    assert town.stage(number) is Stage.REFUSED
    assert "净资产不符合标准要求" in town.text_of(number, "refusal_notice")
    assert not [row for row in town.documents(number) if row.template.startswith("licences/")]


def test_an_objection_that_holds_goes_to_the_decision_and_a_second_examination_begins_anew(town: Town) -> None:
    ours = firm(town, "潦河示例匠心建筑有限公司")
    number = ours.begin()
    ours.sign(number)
    put_to_the_public(town, number)
    reviewer, decider = officer(town, number, "song"), officer(town, number, "zheng")
    assert town.refused(number, "object", reviewer, objected_on="2031-01-01", **OBJECTION).code == "FIELDS_INVALID"
    town.take(number, "object", reviewer, objected_on=today(town).isoformat(), **OBJECTION)
    town.take(number, "uphold", reviewer, finding="经核查，所列工程尚未竣工。")
    assert town.stage(number) is Stage.REVIEWED
    assert "所提异议成立" in town.text_of(number, "eq_objection_reply")
    assert town.refused(number, "grant", decider).code == "OBJECTION_HOLDS"
    town.take(number, "send_back", decider, "请核实其余业绩后重新审查。")
    assert town.refused(number, "uphold", reviewer, finding="没有新的异议。").code == "NO_OBJECTION"
    town.take(number, "review", reviewer, opinion="其余业绩符合标准。")
    assert letters(town, number, "eq_public_notice") == 2, "what is put to the public anew has a notice of its own"

    again = {**OBJECTION, "objection": "注册建造师不在该企业工作。"}
    town.take(number, "object", reviewer, objected_on=today(town).isoformat(), **again)
    town.take(number, "answer", reviewer, finding="经核对聘用关系登记，该人员在职。")
    assert letters(town, number, "eq_objection_reply") == 2
    reply = town.text_of(number, "eq_objection_reply")
    assert again["objection"].rstrip("。") in reply
    assert OBJECTION["objection"].rstrip("。") not in reply
    town.validated(number, "eq_objection_reply")
    the_public_has_ten_days(town, number)


def letters(town: Town, number: str, template: str) -> int:
    return len([row for row in town.documents(number) if row.template.split("/")[1] == template])


def test_nobody_is_counted_by_two_enterprises_at_a_time(town: Town) -> None:
    ours, theirs = firm(town, "修河示例匠心建筑有限公司"), firm(town, "饶河示例匠心建筑有限公司")
    number = ours.begin()
    town.take(number, "prepare", ours.clerk)
    worker = ours.professionals[0]
    with town.service.desk.database.transaction() as connection:
        employments.end(connection, worker.id_no, day_in_shanghai(town.clock()), EmploymentEnd.CHANGED)
    town.employ(worker.id_no, theirs.uscc)
    titled = [
        {"name": worker.name, "id_no": worker.id_no, "title": "工程师", "field": "建筑", "certificate_no": "示职字1号"}
    ]
    other = theirs.begin(titled=titled)
    refusal = town.refused(other, "prepare", theirs.clerk)
    assert refusal.code == "PERSON_DOUBLE_USED"
    assert [error.field for error in refusal.errors] == ["titled.0.id_no"]
    assert town.refused(number, "confirm", ours.as_leader()).code == "STAFF_UNUSABLE", "who has left counts no more"
    town.take(number, "withdraw", ours.clerk)
    town.take(other, "prepare", theirs.clerk)
    assert town.stage(other) is Stage.SUBMITTED


def test_every_unusable_person_is_told_with_the_row(town: Town) -> None:
    ours = firm(town, "抚河示例匠心建筑有限公司", professionals=0)
    elsewhere = town.person("钱别处")
    elsewhere_licence = town.licence(elsewhere, BUILDER, {BUILDING: LATER})
    mine = ours.hires("孙在册")
    stranger = {"name": "李他名", "id_no": mine.id_no, "licence_no": mine.licence_no}
    rows = [
        {"name": "钱别处", "id_no": elsewhere, "licence_no": elsewhere_licence},
        mine.row,
        stranger,
        {**mine.row, "licence_no": elsewhere_licence},
    ]
    number = ours.begin(constructors=rows)
    refusal = town.refused(number, "prepare", ours.clerk)
    assert refusal.code == "STAFF_UNUSABLE"
    assert [(error.field, error.code) for error in refusal.errors] == [
        ("constructors.0.id_no", "NO_EMPLOYMENT"),
        ("constructors.2.id_no", "NO_EMPLOYMENT"),
        ("constructors.3.id_no", "NOT_FOUND"),
    ]


def test_what_is_asked_for_has_to_be_one_authoritys_to_give(town: Town) -> None:
    ours = firm(town, "信江示例匠心建筑有限公司")
    for requested, code in (
        (("G01/1",), "QUAL_MINISTRY"),
        (("G01/3", "S01/1"), "QUAL_ISSUERS_DIFFER"),
        (("G01/9",), "ENUM_INVALID"),
        (("G01/3", "G01/2"), "QUAL_TWICE"),
    ):
        number = ours.begin(requested=requested)
        assert town.refused(number, "prepare", ours.clerk).code == code


def test_a_further_category_is_a_further_version_and_a_higher_grade_takes_the_place_of_the_lower(town: Town) -> None:
    ours = firm(town, "袁河示例匠心建筑有限公司")
    first = ours.licensed()
    assert town.refused(ours.begin(), "prepare", ours.clerk).code == "CERT_EXISTS"
    assert town.refused(ours.begin("addition", ("G01/3",)), "prepare", ours.clerk).code == "QUAL_HELD"
    assert town.refused(ours.begin("upgrade", ("G10/3",)), "prepare", ours.clerk).code == "QUAL_NOT_HIGHER"
    assert town.refused(ours.begin("addition", ("G10/3",)), "prepare", ours.clerk).code == "CERT_EXISTS"

    assert ours.licensed("addition", ("G10/3",), licence_no=first) == first
    before, after = town.versions(first)
    assert after.facts["category_name"] == "建筑工程施工总承包三级、市政公用工程施工总承包三级"
    assert after.valid_until == before.valid_until

    higher = ours.licensed("upgrade", ("G01/2",))
    assert higher.startswith("D236")
    assert town.current(first).status is LicenceStatus.IN_FORCE, "it still says something of its own"
    assert ours.licensed("upgrade", ("G10/2",), licence_no=higher) == higher
    assert town.versions(first)[-1].status is LicenceStatus.CANCELLED, "everything on it is held in a higher grade"
