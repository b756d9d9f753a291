"""聘用关系: either side asks, the other answers; what silence means; what is never told (domain text, §9.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.register import RegisterStatus
from signing_service.storage.public_register import PublicRegister
from tests.journeys.driver import BUILDER, NAME, OTHER_BUILDER, PERSON, Journey, not_taken_in


def binding(journey: Journey, **changes: object) -> dict[str, object]:
    return {
        "name": NAME,
        "id_no": PERSON,
        "mobile": "13870000017",
        "employer_uscc": BUILDER,
        "post": "信号司索工",
        "contract_kind": "fixed",
        "contract_from": "2026-11-01",
        "contract_until": (journey.today + timedelta(days=700)).isoformat(),
        "contract": journey.file("劳动合同.pdf"),
        **changes,
    }


def ending(journey: Journey, **changes: object) -> dict[str, object]:
    return {
        "name": NAME,
        "id_no": PERSON,
        "employer_uscc": BUILDER,
        "post": "信号司索工",
        "bound_from": "2023-03-01",
        "left_on": journey.today.isoformat(),
        "end_reason": "agreed",
        "explanation": "双方协商一致。",
        **changes,
    }


def sides(journey: Journey, beginner: str) -> tuple[Actor, Actor]:
    """Who asks, and who answers."""
    person, enterprise = journey.person(), journey.enterprise()
    return (person, enterprise) if beginner == "person" else (enterprise, person)


@pytest.mark.parametrize("beginner", ["person", "enterprise"])
def test_either_side_asks_and_the_other_confirms_on_one_form(journey: Journey, beginner: str) -> None:
    asks, answers = sides(journey, beginner)
    number = journey.begin("emp.bind", asks, binding(journey))
    journey.submit(number, asks)
    assert journey.waiting(number) == {answers.role.value}
    assert journey.refused(number, "confirm", asks).code == "NOT_YOUR_DOSSIER", "nobody agrees to the own request"
    journey.take(number, "confirm", answers)
    journey.settle(number)

    assert journey.stage(number) is Stage.CLOSED
    assert journey.employer_of() == BUILDER
    form = journey.papers(number)["emp_bind_form"]
    assert journey.signed_by(form) == [asks.role.value, answers.role.value, "platform"]
    journey.assert_genuine(form)


def test_who_is_employed_is_not_bound_again_and_nobody_learns_to_whom(journey: Journey) -> None:
    journey.employ()
    number = journey.begin("emp.bind", journey.enterprise(OTHER_BUILDER), binding(journey, employer_uscc=OTHER_BUILDER))
    refusal = journey.refused(number, "prepare", journey.enterprise(OTHER_BUILDER))
    assert refusal.code == "EMP_ALREADY_BOUND"
    assert "江右" not in refusal.zh


def test_a_wrong_name_and_an_unknown_number_are_answered_alike(journey: Journey) -> None:
    answers = set()
    for wrong in ({"name": "张三丰"}, {"id_no": "360102198501010028"}, {"id_no": "361102199911300066"}):
        number = journey.begin("emp.bind", journey.enterprise(), binding(journey, **wrong))
        refusal = journey.refused(number, "prepare", journey.enterprise())
        answers.add((refusal.code, refusal.zh, refusal.en, refusal.status))
    assert len(answers) == 1
    assert answers.pop()[0] == "PERSON_NOT_FOUND"


def test_an_enterprise_that_is_not_taken_in_employs_nobody(journey: Journey) -> None:
    uscc = not_taken_in(journey)
    number = journey.begin("emp.bind", journey.person(), binding(journey, employer_uscc=uscc))
    assert journey.refused(number, "prepare", journey.person()).code == "ENTERPRISE_NOT_ONBOARDED"


def test_a_contract_that_has_ended_is_no_contract(journey: Journey) -> None:
    yesterday = (journey.today - timedelta(days=1)).isoformat()
    number = journey.begin("emp.bind", journey.person(), binding(journey, contract_until=yesterday))
    refusal = journey.refused(number, "prepare", journey.person())
    assert [(error.field, error.code) for error in refusal.errors] == [("contract_until", "RANGE_INVALID")]


def test_declined_with_a_reason_it_is_asked_again_only_when_something_is_changed(journey: Journey) -> None:
    number = journey.begin("emp.bind", journey.enterprise(), binding(journey))
    journey.submit(number, journey.enterprise())
    assert journey.refused(number, "decline", journey.person(), "不").code == "REASON_REQUIRED"
    journey.take(number, "decline", journey.person(), "合同终止日期写错了")
    journey.settle(number)
    first = journey.papers(number)["emp_bind_form"]
    shown = PublicRegister(journey.service.desk.database).by_code(first.code)
    assert shown is not None
    assert shown.status is RegisterStatus.VOID
    assert journey.waiting(number) == {"employer"}
    assert journey.refused(number, "prepare", journey.enterprise()).code == "NOTHING_CHANGED"

    journey.keep(number, journey.enterprise(), binding(journey, post="起重信号工"))
    journey.submit(number, journey.enterprise())
    journey.take(number, "confirm", journey.person())
    journey.settle(number)
    assert journey.stage(number) is Stage.CLOSED
    assert journey.employer_of() == BUILDER


def test_only_who_asked_may_take_it_back(journey: Journey) -> None:
    number = journey.begin("emp.bind", journey.person(), binding(journey))
    journey.submit(number, journey.person())
    assert journey.refused(number, "withdraw", journey.enterprise()).code == "NOT_YOUR_DOSSIER"
    journey.take(number, "withdraw", journey.person())
    journey.settle(number)
    assert journey.stage(number) is Stage.WITHDRAWN
    assert journey.employer_of() is None


def test_a_request_nobody_answers_is_reminded_of_after_fifteen_days_and_lapses_after_thirty(journey: Journey) -> None:
    number = journey.begin("emp.bind", journey.person(), binding(journey))
    journey.submit(number, journey.person())
    journey.settle(number)
    told = len(journey.told_to(BUILDER))
    journey.time_passes(15)
    assert len(journey.told_to(BUILDER)) == told + 1, "the side that has not answered is reminded"
    assert journey.stage(number) is Stage.SUBMITTED
    journey.time_passes(16)
    assert journey.stage(number) is Stage.LAPSED
    assert journey.refused(number, "confirm", journey.enterprise()).code == "STATE_CONFLICT"
    assert journey.employer_of() is None


@pytest.mark.parametrize("beginner", ["person", "enterprise"])
def test_either_side_ends_it_and_the_other_confirms(journey: Journey, beginner: str) -> None:
    journey.employ()
    asks, answers = sides(journey, beginner)
    number = journey.begin("emp.unbind", asks, ending(journey))
    journey.submit(number, asks)
    journey.take(number, "confirm", answers)
    journey.settle(number)
    assert journey.stage(number) is Stage.CLOSED
    assert journey.employer_of() is None
    journey.assert_genuine(journey.papers(number)["emp_unbind_form"])


def test_after_ten_working_days_of_silence_it_ends_and_the_form_stays_unsigned_by_the_silent_side(
    journey: Journey,
) -> None:
    journey.employ()
    number = journey.begin("emp.unbind", journey.person(), ending(journey))
    journey.submit(number, journey.person())
    journey.settle(number)
    journey.time_passes(9)
    assert journey.stage(number) is Stage.SUBMITTED
    journey.time_passes(12)
    journey.settle(number)
    assert journey.stage(number) is Stage.CLOSED
    assert journey.employer_of() is None
    form = journey.papers(number)["emp_unbind_form"]
    assert journey.signed_by(form) == ["holder", "platform"]
    journey.assert_genuine(form)
    shown = PublicRegister(journey.service.desk.database).by_code(form.code)
    assert shown is not None
    assert shown.status is RegisterStatus.COMPLETE


def test_an_end_that_the_other_side_declines_leaves_the_employment_as_it_was(journey: Journey) -> None:
    journey.employ()
    number = journey.begin("emp.unbind", journey.enterprise(), ending(journey))
    journey.submit(number, journey.enterprise())
    journey.take(number, "decline", journey.person(), "工资尚未结清")
    journey.settle(number)
    assert journey.stage(number) is Stage.DRAFT
    assert journey.employer_of() == BUILDER


def test_nobody_ends_an_employment_that_is_another_enterprises(journey: Journey) -> None:
    journey.employ()
    number = journey.begin(
        "emp.unbind", journey.enterprise(OTHER_BUILDER), ending(journey, employer_uscc=OTHER_BUILDER)
    )
    assert journey.refused(number, "prepare", journey.enterprise(OTHER_BUILDER)).code == "NO_EMPLOYMENT"
