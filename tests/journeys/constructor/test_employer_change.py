"""执业企业变更: both enterprises on one form, in any order; who declines, who is silent, and what switches at the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.register import RegisterStatus
from signing_service.domain.view_states import View, ViewState
from signing_service.pipeline.lay_out import as_it_stands
from signing_service.storage import documents
from tests.journeys.constructor.driver import (
    BUILDER,
    FORMER,
    FORMER_EMPLOYER,
    HOLDER,
    NEW_EMPLOYER,
    THIRD,
    TODAY,
    Town,
    enterprise,
    holder,
    specialties_of,
)

ENDS = {"10401001": TODAY + timedelta(days=400), "10401010": TODAY + timedelta(days=600)}


def application(town: Town, licence: str, **changes: object) -> dict[str, object]:
    return {
        "licence_no": licence,
        "mobile": "13970000028",
        "former_employer_uscc": FORMER,
        "new_employer_uscc": BUILDER,
        "left_on": "2026-11-10",
        "contract_from": "2026-11-16",
        "contract_until": "2030-11-15",
        "reason": "劳动合同期满，申请变更执业企业。",
        "projects": "未担任在建工程项目的施工负责人。",
        **changes,
    }


def begun(town: Town, name: str, **changes: object) -> tuple[str, str, str]:
    person = town.person(name)
    licence = town.licence(person, FORMER, ENDS)
    return person, licence, town.begin("c2.employer_change", HOLDER, person, application(town, licence, **changes))


def test_employment_licence_and_nothing_else_switch_when_it_is_issued(town: Town) -> None:
    person, licence, number = begun(town, "赵变更")
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER, NEW_EMPLOYER))
    assert town.waits_for(number) == {"former_employer"}
    town.take(number, "confirm", enterprise(FORMER, FORMER_EMPLOYER))
    assert town.employer_of(person) == FORMER, "nothing switches before the decision"
    town.decide(number)
    before, after = town.versions(licence)
    assert (before.employer, after.employer) == (FORMER, BUILDER)
    assert specialties_of(after) == ENDS
    assert after.valid_until == before.valid_until
    assert town.employer_of(person) == BUILDER
    assert town.view_of(person, licence) == View(ViewState.NORMAL), "it is checked again when it is issued"
    assert [one.role for one in town.validated(number, "c2_change_form").signatures] == [
        "holder", "new_employer", "former_employer", "authority", "platform",
    ]  # fmt: skip
    town.validated(number, "constructor")


@pytest.mark.parametrize("who", [FORMER_EMPLOYER, NEW_EMPLOYER])
def test_either_enterprise_may_decline_and_then_no_seal_counts(town: Town, who: SignatoryRole) -> None:
    person, licence, number = begun(town, "钱谢绝")
    sides = {FORMER_EMPLOYER: FORMER, NEW_EMPLOYER: BUILDER}
    other = NEW_EMPLOYER if who is FORMER_EMPLOYER else FORMER_EMPLOYER
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(sides[other], other))
    town.take(number, "decline", enterprise(sides[who], who), "工作尚未交接完毕")
    assert town.stage(number) is Stage.DRAFT
    assert town.public_status(town.document(number, "c2_change_form")) is RegisterStatus.VOID
    town.submit(number, holder(person))
    assert town.waits_for(number) == {"former_employer", "new_employer"}
    assert len(town.versions(licence)) == 1
    assert town.employer_of(person) == FORMER


def test_a_silent_former_employer_is_passed_with_proof_and_its_field_stays_empty(town: Town) -> None:
    person, licence, number = begun(town, "孙沉默")
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER, NEW_EMPLOYER))
    proof = {"silence_reason": "01", "silence_proof": town.file("解除劳动合同证明")}
    refusal = town.refused(number, "go_on", holder(person), **proof)
    assert refusal.code == "PARTY_HAS_TIME"
    town.clock.working_days(10)
    town.time_goes_by()
    assert town.stage(number) is Stage.SUBMITTED, "silence alone moves nothing"
    assert town.refused(number, "go_on", holder(person)).code == "FIELDS_INVALID"
    town.take(number, "go_on", holder(person), **proof)
    assert town.stage(number) is Stage.CONFIRMED
    town.decide(number)
    assert town.employer_of(person) == BUILDER
    assert len(town.versions(licence)) == 2
    assert [one.role for one in town.validated(number, "c2_change_form").signatures] == [
        "holder", "new_employer", "authority", "platform",
    ]  # fmt: skip
    row = town.document(number, "c2_change_form")
    with town.service.desk.database.reading() as connection:
        last = documents.revisions(connection, row.document_id)[-1]
    form = as_it_stands(town.service.desk.blobs.get(last.sha256))
    assert FORMER_EMPLOYER in form.fields


def test_the_new_employer_may_still_answer_after_the_former_was_passed(town: Town) -> None:
    person, _, number = begun(town, "李其后")
    town.submit(number, holder(person))
    town.clock.working_days(10)
    town.time_goes_by()
    town.take(number, "go_on", holder(person), silence_reason="02", silence_proof=town.file("注销证明"))
    assert town.stage(number) is Stage.SUBMITTED
    assert town.waits_for(number) == {"new_employer"}
    town.take(number, "confirm", enterprise(BUILDER, NEW_EMPLOYER))
    assert town.stage(number) is Stage.CONFIRMED


def test_when_nobody_answers_for_thirty_days_it_lapses(town: Town) -> None:
    person, licence, number = begun(town, "周无声")
    town.submit(number, holder(person))
    town.clock.days(31)
    town.time_goes_by()
    assert town.stage(number) is Stage.LAPSED
    assert town.public_status(town.document(number, "c2_change_form")) is RegisterStatus.VOID
    assert len(town.versions(licence)) == 1


def test_to_the_same_enterprise_there_is_nothing_to_change(town: Town) -> None:
    person, _, number = begun(town, "吴相同", new_employer_uscc=FORMER)
    assert town.refused(number, "prepare", holder(person)).code == "SAME_ENTERPRISE"


def test_who_leads_a_project_under_way_cannot_go(town: Town) -> None:
    person, _, number = begun(town, "郑在建")
    town.lock(person)
    refusal = town.refused(number, "prepare", holder(person))
    assert refusal.code == "PM_LOCKED"
    assert "示例大厦" in refusal.zh
    town.unlock()
    town.take(number, "prepare", holder(person))


def test_a_project_that_begins_meanwhile_stops_the_decision(town: Town) -> None:
    from tests.journeys.constructor.driver import officer

    person, _, number = begun(town, "王途中")
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER, NEW_EMPLOYER))
    town.take(number, "confirm", enterprise(FORMER, FORMER_EMPLOYER))
    town.lock(person)
    town.take(number, "accept", officer("tang"))
    town.take(number, "review", officer("song"))
    assert town.refused(number, "grant", officer("zheng")).code == "PM_LOCKED"
    town.unlock()
    town.take(number, "grant", officer("zheng"))
    assert town.stage(number) is Stage.CLOSED


def test_an_employment_with_a_third_enterprise_is_ended_first(town: Town) -> None:
    town.enterprise("浔阳示例工程监理有限公司", THIRD)
    person = town.person("冯第三")
    licence = town.licence(person, FORMER, ENDS, employed=False)
    town.employ(person, THIRD)
    number = town.begin("c2.employer_change", HOLDER, person, application(town, licence))
    assert town.refused(number, "prepare", holder(person)).code == "EMP_ALREADY_BOUND"


def test_who_is_with_the_new_employer_already_keeps_that_employment(town: Town) -> None:
    person = town.person("陈已聘")
    licence = town.licence(person, FORMER, ENDS, employed=False)
    town.employ(person, BUILDER)
    number = town.begin("c2.employer_change", HOLDER, person, application(town, licence))
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER, NEW_EMPLOYER))
    town.take(number, "confirm", enterprise(FORMER, FORMER_EMPLOYER))
    town.decide(number)
    assert town.employer_of(person) == BUILDER
    assert town.current(licence).employer == BUILDER


def test_two_who_seal_the_same_revision_are_not_both_right(town: Town) -> None:
    person, _, number = begun(town, "褚同时")
    town.submit(number, holder(person))
    row = town.document(number, "c2_change_form")
    with town.service.desk.database.reading() as connection:
        seen = documents.revisions(connection, row.document_id)[-1].sha256
    desk = town.service.desk
    desk.take_step(number, "confirm", enterprise(BUILDER, NEW_EMPLOYER), evidence={"seen": seen})
    with pytest.raises(Exception, match="REVISION_CHANGED"):
        desk.take_step(number, "confirm", enterprise(FORMER, FORMER_EMPLOYER), evidence={"seen": seen})
    town.service.settle(number)
    with desk.database.reading() as connection:
        seen = documents.revisions(connection, row.document_id)[-1].sha256
    desk.take_step(number, "confirm", enterprise(FORMER, FORMER_EMPLOYER), evidence={"seen": seen})
    town.service.settle(number)
    assert len(town.validated(number, "c2_change_form").signatures) == 3
