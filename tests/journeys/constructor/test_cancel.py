"""注销注册 and 强制注销: all or some of it, agreed, objected to or not answered; what is void from that second."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.register import RegisterStatus
from tests.journeys.constructor.driver import (
    BUILDER,
    EMPLOYER,
    HOLDER,
    TODAY,
    Town,
    enterprise,
    holder,
    officer,
    specialties_of,
)

BUILDING, MUNICIPAL = "10401001", "10401010"
ENDS = {BUILDING: TODAY + timedelta(days=400), MUNICIPAL: TODAY + timedelta(days=600)}


def held(town: Town, name: str, ends: dict[str, date] | None = None, **more: object) -> tuple[str, str]:
    person = town.person(name)
    return person, town.licence(person, BUILDER, ends or ENDS, **more)  # type: ignore[arg-type]


def cancellation(licence: str, **changes: object) -> dict[str, object]:
    return {
        "licence_no": licence, "employer_uscc": BUILDER, "mobile": "13970000028", "scope": "all", "reason": "01",
        "handover": "全部资料已移交工程部。", **changes,
    }  # fmt: skip


def forced_by_person(town: Town, licence: str, **changes: object) -> dict[str, object]:
    return {
        "licence_no": licence, "employer_uscc": BUILDER, "mobile": "13970000028", "reason": "01",
        "statement": "已解除劳动合同，两次书面请求配合办理注销，企业未予办理。", "left_on": "2026-08-31",
        "evidence": town.file("解除劳动合同证明"), **changes,
    }  # fmt: skip


def forced_by_enterprise(town: Town, licence: str, person: str) -> dict[str, object]:
    return {
        "licence_no": licence, "holder_id_no": person, "employer_phone": "0791-88000028", "contact_name": "钱晓镕",
        "mobile": "13970000136", "reason": "01", "statement": "已依法解除劳动合同，本人未配合办理注销。",
        "left_on": "2026-08-31", "served_on": "2026-09-04", "evidence": town.file("送达证明"),
    }  # fmt: skip


SIDES = {
    "c2.force_cancel_person": (HOLDER, EMPLOYER, "c2_force_p_form"),
    "c2.force_cancel_ent": (EMPLOYER, HOLDER, "c2_force_e_form"),
}


def forced(town: Town, key: str, name: str) -> tuple[str, str, str]:
    """Person, licence, and a dossier that the one side has sent to the other."""
    person, licence = held(town, name)
    asks, _, _ = SIDES[key]
    typed = forced_by_person(town, licence) if asks is HOLDER else forced_by_enterprise(town, licence, person)
    actor = holder(person) if asks is HOLDER else enterprise(BUILDER)
    number = town.begin(key, asks, actor.party, typed)
    town.submit(number, actor)
    return person, licence, number


def other_of(key: str, person: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return enterprise(BUILDER) if SIDES[key][1] is EMPLOYER else holder(person)


# ---- with the employer


def test_the_whole_registration_is_cancelled_and_with_it_employment_and_copies(town: Town) -> None:
    person, licence = held(town, "赵注销")
    copy = town.begin(
        "cert.annotate", HOLDER, person, {"licence_no": licence, "purpose": "投标"}
    )  # fmt: skip
    number = town.begin("c2.cancel", HOLDER, person, cancellation(licence))
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER))
    assert town.current(licence).status is LicenceStatus.IN_FORCE
    town.decide(number)
    assert town.stage(number) is Stage.CLOSED
    assert [one.status for one in town.versions(licence)] == [LicenceStatus.CANCELLED]
    assert town.employer_of(person) is None
    assert "全部专业" in town.text_of(number, "c2_cancel_decision")
    town.validated(number, "c2_cancel_form")
    town.validated(number, "c2_cancel_decision")
    assert town.stage(copy) is not Stage.CLOSED


def test_some_specialties_go_and_the_others_stay_as_they_were(town: Town) -> None:
    person, licence = held(town, "钱部分")
    number = town.begin(
        "c2.cancel", HOLDER, person, cancellation(licence, scope="part", dropped=[MUNICIPAL], reason="04")
    )
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER))
    town.take(number, "accept", officer("tang"))
    town.take(number, "review", officer("song"))
    assert town.refused(number, "grant", officer("zheng")).code == "OTHER_DECISION"
    town.take(number, "grant_part", officer("zheng"))
    before, after = town.versions(licence)
    assert before.status is LicenceStatus.SUPERSEDED
    assert specialties_of(after) == {BUILDING: ENDS[BUILDING]}
    assert after.valid_until == ENDS[BUILDING]
    assert town.employer_of(person) == BUILDER
    town.validated(number, "constructor")


def test_all_specialties_are_the_whole_registration(town: Town) -> None:
    person, licence = held(town, "孙全部")
    for dropped, code in (([BUILDING, MUNICIPAL], "SPECIALTIES_ALL"), (["10401002"], "SPECIALTY_NOT_REGISTERED")):
        number = town.begin("c2.cancel", HOLDER, person, cancellation(licence, scope="part", dropped=dropped))
        assert town.refused(number, "prepare", holder(person)).code == code
        town.take(number, "withdraw", holder(person))


def test_a_made_up_reason_is_refused_at_its_field(town: Town) -> None:
    person, licence = held(town, "李原因")
    number = town.begin("c2.cancel", HOLDER, person, cancellation(licence, reason="99"))
    refusal = town.refused(number, "prepare", holder(person))
    assert [error.field for error in refusal.errors] == ["reason"]


def test_an_expired_licence_is_cancelled_before_another_is_issued(town: Town) -> None:
    person, licence = held(town, "周过期", {BUILDING: TODAY - timedelta(days=1)})
    number = town.begin("c2.cancel", HOLDER, person, cancellation(licence, reason="02"))
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER))
    town.decide(number)
    assert town.current(licence).status is LicenceStatus.CANCELLED


def test_the_employer_declines_and_the_authority_refuses(town: Town) -> None:
    person, licence = held(town, "吴不销")
    number = town.begin("c2.cancel", HOLDER, person, cancellation(licence))
    town.submit(number, holder(person))
    town.take(number, "decline", enterprise(BUILDER), "工作尚未交接完毕")
    assert town.stage(number) is Stage.DRAFT
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER))
    town.decide(number, "refuse", "劳动关系尚未解除，不符合注销条件")
    assert town.stage(number) is Stage.REFUSED
    assert town.current(licence).status is LicenceStatus.IN_FORCE
    assert town.employer_of(person) == BUILDER
    assert "劳动关系尚未解除" in town.text_of(number, "c2_no_cancel_decision")


def test_a_project_leader_cancels_when_the_project_is_over(town: Town) -> None:
    person, licence = held(town, "郑项目")
    town.lock(person)
    number = town.begin("c2.cancel", HOLDER, person, cancellation(licence))
    assert town.refused(number, "prepare", holder(person)).code == "PM_LOCKED"
    town.unlock()
    town.take(number, "prepare", holder(person))


def test_a_temporary_licence_is_cancelled_too(town: Town) -> None:
    person, licence = held(town, "王临时", kind=LicenceType.CONSTRUCTOR_TEMPORARY)
    number = town.begin("c2t.cancel", HOLDER, person, cancellation(licence))
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER))
    town.decide(number)
    assert town.current(licence).status is LicenceStatus.CANCELLED


# ---- without the other side

both = pytest.mark.parametrize("key", list(SIDES))


@both
def test_who_agrees_signs_and_the_licence_is_cancelled(town: Town, key: str) -> None:
    person, licence, number = forced(town, key, "赵同意")
    town.take(number, "confirm", other_of(key, person))
    town.decide(number)
    assert town.current(licence).status is LicenceStatus.CANCELLED
    assert town.employer_of(person) is None
    assert {one.role for one in town.validated(number, SIDES[key][2]).signatures} == {
        "holder", "employer", "authority", "platform",
    }  # fmt: skip
    assert "表示同意" in town.text_of(number, "c2_cancel_decision")


@both
def test_an_objection_blocks_nothing_and_stands_in_the_decision(town: Town, key: str) -> None:
    person, licence, number = forced(town, key, "钱异议")
    assert town.refused(number, "object", other_of(key, person)).code == "FIELDS_INVALID"
    town.take(number, "object", other_of(key, person), objection="劳动合同仍在履行，未收到解除通知。")
    assert town.stage(number) is Stage.CONFIRMED
    town.decide(number, "refuse", "劳动关系是否解除尚有争议，正在仲裁")
    assert town.stage(number) is Stage.REFUSED
    assert town.current(licence).status is LicenceStatus.IN_FORCE
    assert town.employer_of(person) == BUILDER
    assert "提出异议，理由为：劳动合同仍在履行" in town.text_of(number, "c2_no_cancel_decision")


@both
def test_silence_blocks_nothing_and_the_field_stays_empty(town: Town, key: str) -> None:
    person, licence, number = forced(town, key, "孙沉默")
    other = SIDES[key][1]
    town.clock.working_days(9)
    town.time_goes_by()
    assert town.stage(number) is Stage.SUBMITTED
    town.clock.working_days(2)
    town.time_goes_by()
    assert town.stage(number) is Stage.CONFIRMED
    assert town.refused(number, "confirm", other_of(key, person)).code == "STATE_CONFLICT"
    town.decide(number)
    assert town.current(licence).status is LicenceStatus.CANCELLED
    assert SignatoryRole(other).value not in {one.role for one in town.validated(number, SIDES[key][2]).signatures}
    assert "未表明意见" in town.text_of(number, "c2_cancel_decision")


def test_the_other_side_needs_no_key_to_be_silent(town: Town) -> None:
    person = town.person("李无钥", key=False)
    licence = town.licence(person, BUILDER, ENDS)
    number = town.begin("c2.force_cancel_ent", EMPLOYER, BUILDER, forced_by_enterprise(town, licence, person))
    town.submit(number, enterprise(BUILDER))
    town.clock.working_days(10)
    town.time_goes_by()
    town.decide(number)
    assert town.current(licence).status is LicenceStatus.CANCELLED


def test_while_both_are_heard_the_time_for_the_decision_stands_still(town: Town) -> None:
    _, _, number = forced(town, "c2.force_cancel_person", "周约谈")
    town.take(number, "object", enterprise(BUILDER), objection="工作未交接，请求约谈双方。")
    town.take(number, "accept", officer("tang"))
    due = clocks(town, number)["decide"]["due"]
    day = (town.clock().date() + timedelta(days=10)).isoformat()
    town.take(number, "hear", officer("song"), hearing_on=day, hearing_at="省厅行政审批处")
    assert "left" in clocks(town, number)["decide"]
    town.clock.working_days(8)
    town.time_goes_by()
    town.take(number, "heard", officer("he"), hearing_record="双方到场陈述意见。")
    assert town.stage(number) is Stage.ACCEPTED
    assert clocks(town, number)["decide"]["due"] > due


def test_a_second_forced_dossier_waits_for_thirty_days(town: Town) -> None:
    person, licence, number = forced(town, "c2.force_cancel_person", "吴滥用")
    town.take(number, "object", enterprise(BUILDER), objection="劳动合同仍在履行，不同意注销。")
    town.decide(number, "refuse", "证据不足，不予注销")
    for key, asks, actor in (
        ("c2.force_cancel_person", HOLDER, holder(person)),
        ("c2.force_cancel_ent", EMPLOYER, enterprise(BUILDER)),
    ):
        typed = forced_by_person(town, licence) if asks is HOLDER else forced_by_enterprise(town, licence, person)
        again = town.begin(key, asks, actor.party, typed)
        assert town.refused(again, "prepare", actor).code == "FORCED_LATELY"
        town.take(again, "withdraw", actor)
    town.clock.days(31)
    again = town.begin("c2.force_cancel_person", HOLDER, person, forced_by_person(town, licence))
    town.take(again, "prepare", holder(person))
    assert town.stage(again) is Stage.PREPARED


def test_anothers_licence_cannot_be_forced(town: Town) -> None:
    _, licence = held(town, "郑他人")
    stranger = town.person("王路人")
    number = town.begin("c2.force_cancel_person", HOLDER, stranger, forced_by_person(town, licence))
    assert town.refused(number, "prepare", holder(stranger)).status == 404


def test_the_other_side_is_the_licences_employer_and_nobody_else(town: Town) -> None:
    person, licence, number = forced(town, "c2.force_cancel_person", "冯归属")
    assert town.refused(number, "confirm", holder(person)).code == "NOT_YOUR_DOSSIER"
    assert town.public_status(town.document(number, "c2_force_p_form")) is RegisterStatus.IN_PROGRESS
    assert town.current(licence).status is LicenceStatus.IN_FORCE


def clocks(town: Town, number: str) -> dict[str, dict[str, str]]:
    from signing_service.storage import dossiers

    with town.service.desk.database.reading() as connection:
        return dict(dossiers.load(connection, number).facts["clocks"])
