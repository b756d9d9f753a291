"""补录, 纠错, 注销, 进赣换证, 出赣 and what the authority does by itself: to the outcome, and every way round it (domain text, §8.4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signing_service.demo import people
from signing_service.domain.codes import LicenceIdentifier
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.register import RegisterStatus
from signing_service.domain.view_states import ViewState
from signing_service.storage import tables
from signing_service.storage.public_register import PublicRegister
from signing_service.workflows.deemed import renewals_not_decided
from tests.factories import renewal_form
from tests.journeys.driver import BUILDER, NAME, OTHER_BUILDER, PERSON, Journey
from tests.journeys.special_operation.forms import backfilling, exchange, handed_in, old_row

LICENCE = people.SIGNALLER_LICENCE


def decided(journey: Journey, number: str, *, levels: int = 2) -> None:
    """受理 and 决定, with 审核 between them where there are three levels."""
    journey.take(number, "accept", journey.officer("tang"))
    if levels == 3:
        journey.take(number, "review", journey.officer("song"))
    journey.take(number, "grant", journey.officer("zheng"))
    journey.settle(number)


# ---- 补录


def test_a_paper_licence_is_entered_waits_for_the_archive_and_then_counts(journey: Journey) -> None:
    who = journey.somebody("赵小军")
    journey.employ(who)
    number = handed_in(journey, "so.backfill", journey.person(who), backfilling(journey))
    decided(journey, number)
    assert journey.stage(number) is Stage.EXTERNAL
    assert journey.my_licences(who)["赣A042018000417"].state is ViewState.NEW_ARCHIVE
    assert journey.found_by_the_public("赣A042018000417", "赵小军") is None, "it is not confirmed yet"
    letter = journey.papers(number)["so_backfill_result"]
    journey.assert_genuine(letter)
    journey.assert_genuine(journey.papers(number)["so_backfill_form"])

    journey.take(number, "archive", journey.officer("song"))
    assert journey.stage(number) is Stage.CLOSED
    assert journey.my_licences(who)["赣A042018000417"].state is ViewState.NORMAL
    assert journey.found_by_the_public("赣A042018000417", "赵小军") is not None


def test_what_is_in_the_register_already_or_is_no_number_of_ours_is_not_entered(journey: Journey) -> None:
    who = journey.somebody("赵小军")
    journey.employ(who)
    for licence_no, code in (
        (LICENCE, "CERT_EXISTS"),
        ("湘A042018000417", "CERTNO_FORMAT"),
        ("赣A04", "CERTNO_FORMAT"),
    ):
        number = journey.begin("so.backfill", journey.person(who), backfilling(journey, licence_no=licence_no))
        assert journey.refused(number, "prepare", journey.person(who)).code == code


def test_a_backfill_that_does_not_agree_with_the_paper_register_is_refused_with_its_reason(journey: Journey) -> None:
    who = journey.somebody("赵小军")
    journey.employ(who)
    number = handed_in(journey, "so.backfill", journey.person(who), backfilling(journey))
    journey.take(number, "accept", journey.officer("tang"))
    journey.take(number, "refuse", journey.officer("zheng"), "纸质登记档案中查无此证")
    journey.settle(number)
    assert journey.stage(number) is Stage.REFUSED
    assert "查无此证" in journey.text_of(journey.papers(number)["refusal_notice"])
    assert journey.my_licences(who) == {}


# ---- 纠错


def correction(journey: Journey, *rows: tuple[str, str], **changes: object) -> dict[str, object]:
    return {
        "licence_no": LICENCE,
        "mobile": "13870000017",
        "corrections": [{"item": item, "after": after, "proof": journey.file(f"{item}.pdf")} for item, after in rows],
        **changes,
    }


def test_a_correction_makes_the_next_version_and_leaves_number_and_term(journey: Journey) -> None:
    (before,) = journey.versions(LICENCE)
    number = journey.begin("so.correct", journey.person(), correction(journey, ("first_issued_on", "2020-02-02")))
    journey.submit(number, journey.person())
    journey.settle(number)
    assert journey.stage(number) is Stage.CONFIRMED, "nobody's employer is corrected, so nobody else is asked"
    decided(journey, number)
    assert journey.stage(number) is Stage.CLOSED
    former, after = journey.versions(LICENCE)
    assert (former.status, after.status) == (LicenceStatus.SUPERSEDED, LicenceStatus.IN_FORCE)
    assert (after.version, after.valid_from, after.valid_until) == (2, before.valid_from, before.valid_until)
    assert after.facts["first_issued_on"] == "2020-02-02"
    assert LicenceIdentifier.parse(after.identifier).version == 2
    form = journey.papers(number)["so_correct_form"]
    assert journey.signed_by(form) == ["holder", "authority", "platform"]
    journey.assert_genuine(form)
    assert "2020-02-02" in journey.text_of(form)
    journey.assert_genuine(journey.papers(number)["special_operation"])


def test_who_corrects_the_employer_needs_the_new_one_to_confirm(journey: Journey) -> None:
    journey.employ(enterprise=OTHER_BUILDER)
    form = correction(journey, ("employer", OTHER_BUILDER), employer_uscc=OTHER_BUILDER)
    number = journey.begin("so.correct", journey.person(), form)
    journey.submit(number, journey.person())
    assert journey.stage(number) is Stage.SUBMITTED
    journey.take(number, "confirm", journey.enterprise(OTHER_BUILDER))
    decided(journey, number)
    after = journey.versions(LICENCE)[-1]
    assert (after.employer, after.facts["employer_name"]) == (OTHER_BUILDER, str(people.FORMER_BUILDER.name))
    assert journey.my_licences()[LICENCE].state is ViewState.NORMAL


@pytest.mark.parametrize(
    ("item", "value", "code"),
    [
        ("id_no", "360102199003070015", "ID_CHECK"),
        ("name", "王建军", "REAL_NAME_DIFFERS"),
        ("valid_until", "2026-02-30", "DATE_INVALID"),
        ("category", "12", "ENUM_INVALID"),
        ("number", "赣A04", "CERTNO_FORMAT"),
        ("employer", OTHER_BUILDER, "EMPLOYER_DIFFERS"),
    ],
)
def test_a_new_value_that_cannot_be_is_told_at_its_field(journey: Journey, item: str, value: str, code: str) -> None:
    number = journey.begin("so.correct", journey.person(), correction(journey, (item, value)))
    refusal = journey.refused(number, "prepare", journey.person())
    assert [(error.field, error.code) for error in refusal.errors] == [("corrections.0.after", code)]


def test_what_the_licence_says_already_is_nothing_to_correct(journey: Journey) -> None:
    number = journey.begin("so.correct", journey.person(), correction(journey, ("name", NAME)))
    assert journey.refused(number, "prepare", journey.person()).code == "NOTHING_TO_CORRECT"


def test_a_number_that_is_corrected_leaves_none_under_the_former_one(journey: Journey) -> None:
    number = journey.begin("so.correct", journey.person(), correction(journey, ("number", "赣A042023000321")))
    journey.submit(number, journey.person())
    decided(journey, number)
    assert [one.status for one in journey.versions(LICENCE)] == [LicenceStatus.SUPERSEDED]
    (after,) = journey.versions("赣A042023000321")
    assert (after.version, after.status) == (2, LicenceStatus.IN_FORCE)


# ---- 注销


def cancelling() -> dict[str, object]:
    return {"licence_no": LICENCE, "mobile": "13870000017", "cancel_reason": "left", "explanation": "已转岗。"}


def test_a_licence_that_is_given_up_is_cancelled_from_that_second(journey: Journey) -> None:
    journey.employ()
    assert journey.found_by_the_public(LICENCE) is not None
    number = journey.begin("so.cancel", journey.person(), cancelling())
    journey.submit(number, journey.person())
    assert journey.waiting(number) == {"authority"}, "the employer is not asked"
    journey.take(number, "accept", journey.officer("tang"))
    journey.take(number, "grant", journey.officer("zheng"))
    assert journey.versions(LICENCE)[-1].status is LicenceStatus.CANCELLED
    assert journey.my_licences()[LICENCE].state is ViewState.UNUSABLE
    assert journey.found_by_the_public(LICENCE) is None
    assert any("贵单位所聘人员" in one and "注销" in one for one in journey.told_to(BUILDER)), "but it is told"
    journey.settle(number)
    letter = journey.papers(number)["cancellation_decision"]
    journey.assert_genuine(letter)
    assert "注销决定书" in journey.text_of(letter).replace(" ", "")
    journey.assert_genuine(journey.papers(number)["so_cancel_form"])


def test_a_second_dossier_on_the_licence_and_a_strangers_licence_are_refused(journey: Journey) -> None:
    number = journey.begin("so.cancel", journey.person(), cancelling())
    journey.submit(number, journey.person())
    second = journey.begin("so.cancel", journey.person(), cancelling())
    assert journey.refused(second, "prepare", journey.person()).code == "DOSSIER_DUPLICATE"
    stranger = journey.somebody("赵小军")
    theirs = journey.begin(
        "so.correct", journey.person(stranger), correction(journey, ("first_issued_on", "2020-02-02"))
    )
    assert journey.refused(theirs, "prepare", journey.person(stranger)).code == "NOT_FOUND"


# ---- 进赣换证, 出赣


def test_another_provinces_licence_becomes_one_of_ours_with_its_own_term(journey: Journey) -> None:
    who = journey.somebody("赵小军")
    journey.employ(who)
    foreign = old_row(journey, who, "赵小军", number="湘A052022000516", category="05")
    journey.takes_over(foreign)
    journey.log_in(who)
    assert journey.my_licences(who)["湘A052022000516"].state is ViewState.TRANSFER_IN

    form = exchange(journey)
    number = handed_in(journey, "so.transfer_in", journey.person(who), form)
    decided(journey, number, levels=3)
    licence = journey.licence_of(number)
    assert licence.number.startswith(f"赣A05{journey.today.year}")
    assert licence.valid_until.isoformat() == form["origin_until"]
    assert licence.facts["origin_no"] == "湘A052022000516"
    assert {number: view.state for number, view in journey.my_licences(who).items()} == {
        licence.number: ViewState.NORMAL
    }
    journey.assert_genuine(journey.papers(number)["special_operation"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"origin_no": "赣A052022000516"}, "CERTNO_FORMAT"), ({"origin_until": "2023-01-01"}, "CERT_EXPIRED")],
)
def test_what_is_ours_already_or_has_expired_is_not_exchanged(
    journey: Journey, changes: dict[str, object], code: str
) -> None:
    who = journey.somebody("赵小军")
    journey.employ(who)
    number = journey.begin("so.transfer_in", journey.person(who), exchange(journey, **changes))
    assert journey.refused(number, "prepare", journey.person(who)).code == code


def leaving(**changes: object) -> dict[str, object]:
    return {
        "licence_no": LICENCE,
        "mobile": "13870000017",
        "to_province": "43",
        "explanation": "赴外省从业。",
        **changes,
    }


def test_who_leaves_the_province_gets_a_proof_and_the_licence_stands_as_transferred(journey: Journey) -> None:
    number = journey.begin("so.transfer_out", journey.person(), leaving())
    journey.submit(number, journey.person())
    journey.settle(number)
    assert journey.stage(number) is Stage.CONFIRMED, "who works for nobody asks nobody"
    decided(journey, number)
    assert journey.versions(LICENCE)[-1].status is LicenceStatus.TRANSFERRED
    assert journey.my_licences()[LICENCE].reasons[0] == "TRANSFERRED"
    proof = journey.papers(number)["so_transfer_out_proof"]
    journey.assert_genuine(proof)
    assert "湖南省" in journey.text_of(proof)


def test_who_still_works_for_the_enterprise_on_the_licence_needs_it_to_confirm(journey: Journey) -> None:
    journey.employ()
    number = journey.begin("so.transfer_out", journey.person(), leaving())
    assert journey.refused(number, "prepare", journey.person()).code == "NO_EMPLOYMENT"
    journey.keep(number, journey.person(), leaving(employer_uscc=BUILDER))
    journey.submit(number, journey.person())
    journey.settle(number)
    assert journey.stage(number) is Stage.SUBMITTED
    journey.take(number, "decline", journey.enterprise(), "项目尚未完工")
    journey.settle(number)
    assert journey.stage(number) is Stage.DRAFT
    assert journey.versions(LICENCE)[-1].status is LicenceStatus.IN_FORCE


# ---- by the authority


def acting(**changes: object) -> dict[str, object]:
    return {
        "licence_no": LICENCE,
        "id_no": PERSON,
        "findings": "某项目发生起重伤害事故，正在调查。",
        "legal_basis": "《中华人民共和国安全生产法》",
        "consequence": "暂扣至调查结论作出之日。",
        **changes,
    }


def done(journey: Journey, key: str, reason: str = "事故调查期间暂停使用") -> str:
    number = journey.begin(key, journey.officer("song"), acting())
    journey.take(number, "propose", journey.officer("song"))
    assert journey.refused(number, "decide", journey.officer("song"), reason).code == "FOUR_EYES"
    assert journey.refused(number, "decide", journey.officer("zheng")).code == "REASON_REQUIRED"
    journey.take(number, "decide", journey.officer("zheng"), reason)
    journey.settle(number)
    return number


def test_a_licence_is_suspended_and_given_back(journey: Journey) -> None:
    journey.employ()
    number = done(journey, "so.suspend")
    assert journey.versions(LICENCE)[-1].status is LicenceStatus.SUSPENDED
    assert journey.my_licences()[LICENCE].reasons[0] == "SUSPENDED"
    letter = journey.papers(number)["suspension_decision"]
    journey.assert_genuine(letter)
    text = journey.text_of(letter).replace(" ", "")
    assert "暂扣决定书" in text
    assert "事故调查期间暂停使用" in text
    assert "暂扣至调查结论作出之日" in text

    back = done(journey, "so.resume", "调查结论与持证人无关")
    assert journey.versions(LICENCE)[-1].status is LicenceStatus.IN_FORCE
    assert journey.my_licences()[LICENCE].state is ViewState.NORMAL
    assert "发还决定书" in journey.text_of(journey.papers(back)["suspension_decision"]).replace(" ", "")


@pytest.mark.parametrize(
    ("key", "status", "title"),
    [("so.annul", LicenceStatus.ANNULLED, "撤销决定书"), ("so.forfeit", LicenceStatus.FORFEITED, "吊销决定书")],
)
def test_a_licence_got_by_deceit_is_annulled_and_one_taken_as_a_penalty_forfeited(
    journey: Journey, key: str, status: LicenceStatus, title: str
) -> None:
    number = done(journey, key, "体检证明系伪造")
    assert journey.versions(LICENCE)[-1].status is status
    letter = journey.papers(number)["cancellation_decision"]
    journey.assert_genuine(letter)
    assert title in journey.text_of(letter).replace(" ", "")
    again = journey.begin(key, journey.officer("song"), acting())
    assert journey.refused(again, "propose", journey.officer("song")).code == "CERT_NOT_IN_FORCE"


def test_what_was_not_suspended_is_not_given_back_and_a_proposal_may_be_dropped(journey: Journey) -> None:
    number = journey.begin("so.resume", journey.officer("song"), acting())
    assert journey.refused(number, "propose", journey.officer("song")).code == "CERT_NOT_IN_FORCE"
    other = journey.begin("so.annul", journey.officer("song"), acting())
    journey.take(other, "propose", journey.officer("song"))
    journey.take(other, "drop", journey.officer("zheng"), "证据不足，不予撤销")
    assert journey.stage(other) is Stage.REFUSED
    assert journey.versions(LICENCE)[-1].status is LicenceStatus.IN_FORCE


# ---- 延续


def renewing(journey: Journey) -> str:
    journey.employ()
    number = journey.begin(
        "so.renew", journey.person(), renewal_form(journey.service, attachments=[journey.file("体检合格证明.pdf")])
    )
    journey.submit(number, journey.person())
    journey.take(number, "confirm", journey.enterprise())
    journey.settle(number)
    return number


def test_a_renewal_is_refused_on_a_ground_of_the_regulation(journey: Journey) -> None:
    number = renewing(journey)
    journey.take(number, "accept", journey.officer("tang"))
    journey.take(number, "review", journey.officer("song"))
    refusal = journey.refused(number, "refuse", journey.officer("zheng"), "两年内三次违章")
    assert [error.field for error in refusal.errors] == ["ground"]
    journey.take(number, "refuse", journey.officer("zheng"), "2025年以来三次违章", ground="violations")
    journey.settle(number)
    letter = journey.papers(number)["refusal_notice"]
    journey.assert_genuine(letter)
    text = journey.text_of(letter)
    assert "两年内违章操作记录达三次以上：2025年以来三次违章" in text
    assert "第二十四条" in text
    assert [one.version for one in journey.versions(LICENCE)] == [1]


@pytest.mark.parametrize("extend", [False, True])
def test_a_renewal_not_decided_when_the_licence_ends_is_an_alarm_and_is_extended_only_where_configured(
    journey: Journey, extend: bool
) -> None:
    number = renewing(journey)
    journey.take(number, "accept", journey.officer("tang"))
    journey.settle(number)
    yesterday = (journey.today - timedelta(days=1)).isoformat()
    with journey.service.desk.database.transaction() as connection:
        connection.execute(
            tables.licence.update().where(tables.licence.c.number == LICENCE).values(valid_until=yesterday)
        )
    alarms: list[str] = []
    desk = journey.service.desk
    assert renewals_not_decided(desk, lambda _c, dossier, _n: alarms.append(dossier.number), extend=extend) == [number]
    journey.settle(number)
    assert alarms == [number]
    assert journey.stage(number) is (Stage.CLOSED if extend else Stage.ACCEPTED)
    assert [one.version for one in journey.versions(LICENCE)] == ([1, 2] if extend else [1])
    if extend:
        form = journey.papers(number)["so_renew_form"]
        assert journey.signed_by(form) == ["holder", "employer", "platform"], "the authority has not sealed it"
        journey.assert_genuine(form)
        shown = PublicRegister(desk.database).by_code(journey.papers(number)["special_operation"].code)
        assert shown is not None
        assert shown.status is RegisterStatus.IN_FORCE
