"""资质变更 and 注销: legal representative, then seal; what changes stands on the licence and in the register."""

from __future__ import annotations

from datetime import timedelta

from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.register import RegisterStatus
from signing_service.domain.seals import SealState
from signing_service.storage import parties
from tests.journeys.constructor.driver import Town
from tests.journeys.qualification.firm import Firm, firm, held_before, officer, today

REASON = "营业执照与申请内容不一致。"


def decided(town: Town, number: str, step: str = "grant", reason: str = "") -> None:
    """受理, 审核, 决定."""
    town.take(number, "accept", officer(town, number, "tang"))
    town.take(number, "review", officer(town, number, "song"))
    town.take(number, step, officer(town, number, "zheng"), reason)


def signed(ours: Firm, number: str) -> str:
    town = ours.town
    town.take(number, "prepare", ours.clerk)
    assert town.refused(number, "confirm", ours.clerk).code == "SLOT_NOT_OPEN"
    town.take(number, "confirm", ours.as_representative())
    town.take(number, "confirm", ours.clerk)
    return number


def changes(ours: Firm, licence: str, **items: str) -> str:
    """``name="…"``: 企业名称 becomes that."""
    registered = items.pop("registered_on", today(ours.town).isoformat())
    typed = {
        "licence_no": licence,
        "items": list(items),
        **{f"new_{key}": value for key, value in items.items()},
        "registered_on": registered,
        "business_licence": ours.town.file("营业执照"),
        **ours.officers(),
    }
    return ours.applies("eq.change", typed)


def cancels(ours: Firm, licence: str) -> str:
    said = {"licence_no": licence, "cancel_reason": "given_up", "explanation": "公司转型，不再承揽施工业务。"}
    return ours.applies("eq.cancel", {**said, **ours.officers()})


def test_name_and_address_change_on_the_licence_and_in_the_register_and_the_old_seals_go(town: Town) -> None:
    ours = firm(town, "禾水示例匠心建筑有限公司", professionals=0)
    licence = held_before(ours, ("G01/2",), ends_in=900)
    renamed, moved = "禾水示例精工建设有限公司", "示例省示例市西湖区精工路 9 号"
    number = signed(ours, changes(ours, licence, name=renamed, address=moved))
    form = town.text_of(number, "eq_change_form")
    assert ours.name in form
    assert renamed in form
    decided(town, number)

    assert town.stage(number) is Stage.CLOSED
    before, after = town.versions(licence)
    assert before.status is LicenceStatus.SUPERSEDED
    assert after.holder_name == renamed
    assert after.facts["address"] == moved
    assert (after.valid_until, after.facts["qualifications"]) == (before.valid_until, before.facts["qualifications"])
    assert renamed in town.text_of(number, "qualification")
    assert [one.role for one in town.validated(number, "eq_change_form").signatures] == [
        "legal_representative", "employer", "authority", "platform",
    ]  # fmt: skip
    with town.service.desk.database.reading() as connection:
        known = parties.load(connection, ours.uscc)
        states = {seal.state for seal in parties.seals(connection, ours.uscc)}
    assert (known.name, known.facts["address"]) == (renamed, moved)
    assert states == {SealState.WITHDRAWN}
    again = changes(ours, licence, address="示例省示例市西湖区精工路 10 号")
    assert town.refused(again, "prepare", ours.clerk).code == "KEY_MISSING"


def test_without_a_new_name_the_seals_stay(town: Town) -> None:
    ours = firm(town, "蜀水示例匠心建筑有限公司", professionals=0)
    licence = held_before(ours, ("G01/2",), ends_in=900)
    decided(town, signed(ours, changes(ours, licence, registered_capital="6000", economic_nature="股份有限公司")))
    assert town.current(licence).facts["registered_capital"] == "6000"
    with town.service.desk.database.reading() as connection:
        assert {seal.state for seal in parties.seals(connection, ours.uscc)} == {SealState.ACTIVE}


def test_a_change_that_is_late_is_told_on_the_form_and_one_that_is_none_is_refused(town: Town) -> None:
    ours = firm(town, "孤江示例匠心建筑有限公司", professionals=0)
    licence = held_before(ours, ("G01/2",), ends_in=900)
    same = changes(ours, licence, name=ours.name)
    assert town.refused(same, "prepare", ours.clerk).code == "NOTHING_CHANGED"
    town.take(same, "withdraw", ours.clerk)
    late = changes(
        ours, licence, registered_capital="6000", registered_on=(today(town) - timedelta(days=40)).isoformat()
    )
    town.take(late, "prepare", ours.clerk)
    assert "已超过一个月" in town.text_of(late, "eq_change_form")
    town.take(late, "decline", ours.as_representative(), "注册资本没有变更。")
    assert town.stage(late) is Stage.DRAFT


def test_a_change_is_returned_signed_anew_and_refused_or_lapses(town: Town) -> None:
    ours = firm(town, "泷江示例匠心建筑有限公司", professionals=0)
    licence = held_before(ours, ("G01/2",), ends_in=900)
    number = signed(ours, changes(ours, licence, registered_capital="6000"))
    town.take(number, "return", officer(town, number, "tang"), REASON)
    assert "不一致" in town.text_of(number, "correction_notice")
    signed(ours, number)
    town.take(number, "accept", officer(town, number, "tang"))
    town.take(number, "review", officer(town, number, "song"))
    town.take(number, "send_back", officer(town, number, "zheng"), REASON)
    assert town.stage(number) is Stage.ACCEPTED
    town.take(number, "review", officer(town, number, "song"))
    town.take(number, "refuse", officer(town, number, "zheng"), REASON)
    assert town.stage(number) is Stage.REFUSED
    assert [one.status for one in town.versions(licence)] == [LicenceStatus.IN_FORCE]

    other = signed(ours, changes(ours, licence, registered_capital="7000"))
    town.take(other, "return", officer(town, other, "tang"), REASON)
    town.clock.working_days(15)
    town.time_goes_by()
    assert town.stage(other) is Stage.LAPSED


def test_a_licence_that_is_given_up_is_cancelled_with_a_letter(town: Town) -> None:
    ours = firm(town, "琴江示例匠心建筑有限公司", professionals=0)
    licence = held_before(ours, ("G01/2",), ends_in=900)
    number = signed(ours, cancels(ours, licence))
    decided(town, number)
    assert town.stage(number) is Stage.CLOSED
    assert town.current(licence).status is LicenceStatus.CANCELLED
    assert "不再承揽施工业务" in town.text_of(number, "cancellation_decision")
    town.validated(number, "cancellation_decision")
    assert town.public_status(town.document(number, "eq_change_form")) is RegisterStatus.COMPLETE
    again = cancels(ours, licence)
    assert town.refused(again, "prepare", ours.clerk).code == "CERT_NOT_IN_FORCE"


def test_a_cancellation_that_is_refused_leaves_the_licence_and_one_that_has_ended_can_be_given_up(town: Town) -> None:
    ours = firm(town, "湘水示例匠心建筑有限公司", professionals=0)
    licence = held_before(ours, ("G01/2",), ends_in=30)
    number = signed(ours, cancels(ours, licence))
    decided(town, number, "refuse", "尚有在建工程，暂不能注销。")
    assert town.stage(number) is Stage.REFUSED
    assert town.current(licence).status is LicenceStatus.IN_FORCE
    town.clock.days(60)
    assert town.refused(ours.renews(licence), "prepare", ours.clerk).code == "CERT_NOT_IN_FORCE"
    decided(town, signed(ours, cancels(ours, licence)))
    assert town.current(licence).status is LicenceStatus.CANCELLED
