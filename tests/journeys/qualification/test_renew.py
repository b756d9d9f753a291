"""资质延续: by the third month before the end, with everybody's signature; five years more, or no longer."""

from __future__ import annotations

from signing_service.domain.dates import add_months, add_years, day_in_shanghai
from signing_service.domain.dossier import Stage
from signing_service.domain.employment import EmploymentEnd
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.register import RegisterStatus
from signing_service.storage import employments
from tests.journeys.constructor.driver import Town
from tests.journeys.qualification.firm import firm, held_before, officer, put_to_the_public

REASON = "净资产已低于标准要求。"


def test_it_goes_on_for_five_years_in_a_further_version_of_everything_on_it(town: Town) -> None:
    ours = firm(town, "泸溪示例匠心建筑有限公司")
    number = held_before(ours, ("G01/2", "G10/2"), ends_in=120)
    before = town.current(number)
    dossier = ours.renews(number)
    ours.sign(dossier)
    put_to_the_public(town, dossier)
    town.clock.days(11)
    town.time_goes_by()
    town.take(dossier, "grant", officer(town, dossier, "zheng"))

    assert town.stage(dossier) is Stage.CLOSED
    first, second = town.versions(number)
    assert first.status is LicenceStatus.SUPERSEDED
    assert second.valid_until == add_years(before.valid_until, 5)
    assert second.facts["qualifications"] == before.facts["qualifications"]
    form = town.text_of(dossier, "eq_form")
    assert "市政公用工程施工总承包" in form
    assert "延续" in town.text_of(dossier, "eq_public_notice")
    assert [one.role for one in town.validated(dossier, "eq_form").signatures][:3] == [
        "technical_leader", "legal_representative", "employer",
    ]  # fmt: skip
    assert town.public_status(town.document(dossier, "qualification")) is RegisterStatus.IN_FORCE


def test_a_day_after_the_third_month_before_the_end_it_is_too_late_and_the_last_day_is_told(town: Town) -> None:
    ours = firm(town, "潦河示例匠心建筑有限公司")
    number = held_before(ours, ("G01/2",), ends_in=120)
    dossier = ours.renews(number)
    last = add_months(town.current(number).valid_until, -3)
    town.clock.days((last - day_in_shanghai(town.clock())).days + 1)
    refusal = town.refused(dossier, "prepare", ours.clerk)
    assert refusal.code == "RENEW_EXPIRED"
    assert f"{last.year} 年 {last.month} 月 {last.day} 日" in refusal.zh or str(last.day) in refusal.zh
    town.clock.days(-1)
    town.take(dossier, "prepare", ours.clerk)
    assert town.stage(dossier) is Stage.SUBMITTED, "the last day counts"
    town.take(dossier, "withdraw", ours.clerk)
    assert town.stage(dossier) is Stage.WITHDRAWN


def test_what_was_applied_for_in_time_is_in_time_when_it_comes_back_for_correction(town: Town) -> None:
    ours = firm(town, "梅江示例匠心建筑有限公司")
    number = held_before(ours, ("G01/2",), ends_in=100)
    dossier = ours.renews(number)
    ours.sign(dossier)
    town.clock.days(20)
    town.take(dossier, "return", officer(town, dossier, "tang"), "审计报告缺页，请补充完整。")
    ours.sign(dossier)
    assert town.stage(dossier) is Stage.CONFIRMED


def test_who_has_left_meanwhile_holds_up_the_decision_and_a_refusal_leaves_the_licence_as_it_is(town: Town) -> None:
    ours = firm(town, "遂川示例匠心建筑有限公司")
    number = held_before(ours, ("G01/2",), ends_in=150)
    dossier = ours.renews(number)
    ours.sign(dossier)
    put_to_the_public(town, dossier)
    town.clock.days(11)
    town.time_goes_by()
    with town.service.desk.database.transaction() as connection:
        employments.end(connection, ours.professionals[0].id_no, day_in_shanghai(town.clock()), EmploymentEnd.CHANGED)
    assert town.refused(dossier, "grant", officer(town, dossier, "zheng")).code == "STAFF_UNUSABLE"
    town.take(dossier, "refuse", officer(town, dossier, "zheng"), REASON)
    assert town.stage(dossier) is Stage.REFUSED
    assert [one.status for one in town.versions(number)] == [LicenceStatus.IN_FORCE]


def test_nobody_renews_what_is_anothers(town: Town) -> None:
    ours, theirs = firm(town, "恩江示例匠心建筑有限公司"), firm(town, "乌江示例匠心建筑有限公司", professionals=0)
    number = held_before(theirs, ("G01/2",), ends_in=150)
    assert town.refused(ours.renews(number), "prepare", ours.clerk).code == "NOT_FOUND"
