"""延续注册: in time, by specialty, with employer and three officers; and every way in which it does not come about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signing_service.domain.dates import add_years, in_chinese
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.register import RegisterStatus
from tests.journeys.constructor.driver import (
    BUILDER,
    HOLDER,
    TODAY,
    Town,
    enterprise,
    holder,
    officer,
    specialties_of,
)

BUILDING, MUNICIPAL = "10401001", "10401010"
SOON, LATER = TODAY + timedelta(days=60), TODAY + timedelta(days=700)


def application(town: Town, licence: str, **changes: object) -> dict[str, object]:
    return {
        "licence_no": licence,
        "employer_uscc": BUILDER,
        "mobile": "13970000028",
        "education": "大学本科",
        "renewed": [BUILDING],
        "training_compulsory": "60",
        "training_elective": "60",
        "training_no": "赣继教2026110028",
        "training_proof": town.file("继续教育合格证明"),
        "promise": True,
        **changes,
    }


def begun(town: Town, name: str, ends: dict[str, object] | None = None, **changes: object) -> tuple[str, str, str]:
    """Person, licence and dossier."""
    person = town.person(name)
    licence = town.licence(person, BUILDER, ends or {BUILDING: SOON, MUNICIPAL: LATER})  # type: ignore[arg-type]
    number = town.begin("c2.renew", HOLDER, person, application(town, licence, **changes))
    return person, licence, number


def test_the_chosen_specialty_goes_on_for_three_years_from_its_own_end(town: Town) -> None:
    person, licence, number = begun(town, "赵延续")
    town.submit(number, holder(person))
    assert town.stage(number) is Stage.SUBMITTED
    town.take(number, "confirm", enterprise(BUILDER))
    first = town.document(number, "c2_renew_form")
    town.decide(number)
    assert town.stage(number) is Stage.CLOSED

    before, after = town.versions(licence)
    assert before.status is LicenceStatus.SUPERSEDED
    assert after.status is LicenceStatus.IN_FORCE
    assert specialties_of(after) == {BUILDING: add_years(SOON, 3), MUNICIPAL: LATER}
    assert after.valid_until == max(add_years(SOON, 3), LATER)
    assert [one.role for one in town.validated(number, "c2_renew_form").signatures] == [
        "holder", "employer", "authority", "platform",
    ]  # fmt: skip
    town.validated(number, "constructor")
    town.validated(number, "acceptance_notice")
    assert "准予延续注册" in town.text_of(number, "c2_decision")
    assert town.public_status(town.document(number, "constructor")) is RegisterStatus.IN_FORCE
    assert town.document(number, "c2_renew_form").code == first.code


def test_the_temporary_licence_is_renewed_the_same_way(town: Town) -> None:
    person = town.person("钱临时")
    licence = town.licence(person, BUILDER, {BUILDING: SOON}, kind=LicenceType.CONSTRUCTOR_TEMPORARY)
    number = town.begin("c2.renew", HOLDER, person, application(town, licence))
    assert town.refused(number, "prepare", holder(person)).code == "NOT_FOUND"
    town.take(number, "withdraw", holder(person))
    number = town.begin("c2t.renew", HOLDER, person, application(town, licence))
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER))
    town.decide(number)
    assert specialties_of(town.current(licence)) == {BUILDING: add_years(SOON, 3)}
    assert "临时执业证书" in town.text_of(number, "constructor_temporary")
    town.validated(number, "constructor_temporary")


@pytest.mark.parametrize(
    ("days", "code", "said"),
    [
        (91, "RENEW_TOO_EARLY", f"可于 {in_chinese(TODAY + timedelta(days=1))} 起办理"),
        (29, "RENEW_EXPIRED", "请先办理注销注册，再申请初始注册"),
        (-1, "CERT_EXPIRED", "已过期失效"),
    ],
)
def test_outside_its_window_a_renewal_is_refused_with_what_to_do(town: Town, days: int, code: str, said: str) -> None:
    person, _, number = begun(town, "孙窗口", {BUILDING: TODAY + timedelta(days=days)})
    refusal = town.refused(number, "prepare", holder(person))
    assert refusal.code == code
    assert said in refusal.zh


@pytest.mark.parametrize("days", [90, 30])
def test_the_first_and_the_last_day_of_the_window_count(town: Town, days: int) -> None:
    person, _, number = begun(town, "李首末", {BUILDING: TODAY + timedelta(days=days)})
    town.take(number, "prepare", holder(person))
    assert town.stage(number) is Stage.PREPARED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"renewed": ["10401002"]}, "SPECIALTY_NOT_REGISTERED"),
        ({"training_elective": "59"}, "TRAINING_INCOMPLETE"),
        ({"renewed": []}, "FIELDS_INVALID"),
        ({"renewed": ["99999999"]}, "FIELDS_INVALID"),
        ({"promise": False}, "FIELDS_INVALID"),
    ],
)
def test_what_the_rules_do_not_allow_is_refused(town: Town, changes: dict[str, object], code: str) -> None:
    person, _, number = begun(town, "周规则", **changes)
    assert town.refused(number, "prepare", holder(person)).code == code


def test_who_is_not_employed_by_the_enterprise_is_refused(town: Town) -> None:
    person = town.person("吴无业")
    licence = town.licence(person, BUILDER, {BUILDING: SOON}, employed=False)
    number = town.begin("c2.renew", HOLDER, person, application(town, licence))
    assert town.refused(number, "prepare", holder(person)).code == "NO_EMPLOYMENT"


def test_who_is_past_sixty_five_is_refused(town: Town) -> None:
    person = town.person("郑老年", born=TODAY.replace(year=1960))
    licence = town.licence(person, BUILDER, {BUILDING: SOON})
    number = town.begin("c2.renew", HOLDER, person, application(town, licence))
    assert town.refused(number, "prepare", holder(person)).code == "AGE_LIMIT"


def test_anothers_licence_does_not_exist(town: Town) -> None:
    _, licence, _ = begun(town, "王本人")
    stranger = town.person("冯他人")
    town.employ(stranger, BUILDER)
    number = town.begin("c2.renew", HOLDER, stranger, application(town, licence))
    refusal = town.refused(number, "prepare", holder(stranger))
    assert (refusal.code, refusal.status) == ("NOT_FOUND", 404)


def test_an_employer_that_declines_sends_it_back_and_the_next_form_is_a_new_one(town: Town) -> None:
    person, licence, number = begun(town, "陈退回")
    town.submit(number, holder(person))
    town.take(number, "decline", enterprise(BUILDER), "继续教育证明不清晰")
    assert town.stage(number) is Stage.DRAFT
    assert town.public_status(town.document(number, "c2_renew_form")) is RegisterStatus.VOID
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER))
    town.decide(number)
    assert [row.form_version for row in town.documents(number) if "c2_renew_form" in row.template] == [1, 2]
    assert len(town.versions(licence)) == 2


def test_the_authority_returns_it_once_and_it_comes_back(town: Town) -> None:
    person, licence, number = begun(town, "褚补正")
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER))
    town.take(number, "return", officer("tang"), "请补充劳动合同复印件")
    assert town.stage(number) is Stage.CORRECTION
    town.submit(number, holder(person))
    assert town.stage(number) is Stage.SUBMITTED
    town.take(number, "confirm", enterprise(BUILDER))
    town.decide(number)
    assert len(town.versions(licence)) == 2


def test_a_form_that_is_not_corrected_in_time_lapses(town: Town) -> None:
    person, licence, number = begun(town, "卫逾期")
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER))
    town.take(number, "return", officer("tang"), "请补充劳动合同复印件")
    town.clock.working_days(15)
    town.time_goes_by()
    assert town.stage(number) is Stage.LAPSED
    assert len(town.versions(licence)) == 1


def test_what_the_authority_does_not_accept_or_refuses_leaves_the_licence_alone(town: Town) -> None:
    for step, stage in (("not_accept", Stage.NOT_ACCEPTED), ("refuse", Stage.REFUSED)):
        person, licence, number = begun(town, "蒋不予")
        town.submit(number, holder(person))
        town.take(number, "confirm", enterprise(BUILDER))
        if step == "refuse":
            town.decide(number, "refuse", "继续教育证明系伪造，不符合延续条件")
        else:
            town.take(number, step, officer("tang"), "不属于本机关职权范围")
        assert town.stage(number) is stage
        assert len(town.versions(licence)) == 1


def test_until_it_is_accepted_the_holder_may_withdraw(town: Town) -> None:
    person, licence, number = begun(town, "沈撤回")
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER))
    town.take(number, "withdraw", holder(person))
    assert town.stage(number) is Stage.WITHDRAWN
    assert town.public_status(town.document(number, "c2_renew_form")) is RegisterStatus.VOID
    assert len(town.versions(licence)) == 1

    _, _, second = begun(town, "沈其次")
    with_authority = begun(town, "沈受理")
    town.submit(with_authority[2], holder(with_authority[0]))
    town.take(with_authority[2], "confirm", enterprise(BUILDER))
    town.take(with_authority[2], "accept", officer("tang"))
    assert town.refused(with_authority[2], "withdraw", holder(with_authority[0])).code == "STATE_CONFLICT"
    assert town.stage(second) is Stage.DRAFT


def test_an_authority_that_says_nothing_in_five_days_has_accepted(town: Town) -> None:
    person, _, number = begun(town, "韩视为")
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER))
    town.clock.working_days(5)
    town.time_goes_by()
    assert town.stage(number) is Stage.ACCEPTED


def test_a_silent_employer_is_reminded_and_nothing_else_happens(town: Town) -> None:
    person, _, number = begun(town, "杨提醒")
    town.submit(number, holder(person))
    for days in (3, 2, 5, 10):
        town.clock.working_days(days)
        town.time_goes_by()
    assert town.stage(number) is Stage.SUBMITTED
    assert town.waits_for(number) == {"employer"}
