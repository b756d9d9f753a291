"""安全技术考核发证: from the application to the licence, and every way in which it does not come to one (domain text, §8.4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signing_service.domain.dates import add_years
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.view_states import ViewState
from tests.journeys.driver import OTHER_BUILDER, Journey
from tests.journeys.special_operation.forms import admission, examination, handed_in, scores

NAME = "赵小军"


@pytest.fixture
def person(journey: Journey) -> str:
    who = journey.somebody(NAME)
    journey.employ(who)
    return who


def admitted(journey: Journey, person: str) -> str:
    number = handed_in(journey, "so.exam", journey.person(person), examination(journey, person, NAME))
    journey.take(number, "accept", journey.officer("tang"), **admission(journey))
    journey.settle(number)
    return number


def test_who_passes_gets_ticket_result_and_a_licence_for_two_years(journey: Journey, person: str) -> None:
    number = admitted(journey, person)
    ticket = journey.papers(number)["so_ticket"]
    journey.assert_genuine(ticket)
    assert "第3考场17号" in journey.text_of(ticket).replace(" ", "")
    assert journey.stage(number) is Stage.EXTERNAL

    journey.take(number, "score", journey.officer("song"), **scores(journey, 86, 70))
    journey.take(number, "grant", journey.officer("zheng"))
    journey.settle(number)
    assert journey.stage(number) is Stage.CLOSED
    licence = journey.licence_of(number)
    assert licence.status is LicenceStatus.IN_FORCE
    assert licence.version == 1
    assert licence.number == f"赣A04{journey.today.year}000001"
    assert licence.valid_until == add_years(journey.today, 2) - timedelta(days=1)
    papers = journey.papers(number)
    for name in ("so_exam_form", "so_exam_result", "special_operation"):
        journey.assert_genuine(papers[name])
    assert "86分" in journey.text_of(papers["so_exam_result"]).replace(" ", "")
    assert journey.my_licences(person)[licence.number].state is ViewState.NORMAL
    assert journey.found_by_the_public(licence.number, NAME) is not None


def test_an_enterprise_may_apply_for_its_own_people_who_sign_after_it(journey: Journey, person: str) -> None:
    number = journey.begin("so.exam", journey.enterprise(), examination(journey, person, NAME))
    journey.submit(number, journey.enterprise())
    assert journey.waiting(number) == {"holder"}
    journey.take(number, "confirm", journey.person(person))
    journey.settle(number)
    assert journey.stage(number) is Stage.CONFIRMED
    assert journey.signed_by(journey.papers(number)["so_exam_form"]) == ["employer", "holder"]


@pytest.mark.parametrize(("theory", "practice"), [(59, 90), (90, 69)])
def test_who_fails_either_part_is_told_why_and_gets_no_licence(
    journey: Journey, person: str, theory: int, practice: int
) -> None:
    number = admitted(journey, person)
    journey.take(number, "score", journey.officer("song"), **scores(journey, theory, practice))
    assert journey.refused(number, "grant", journey.officer("zheng")).code == "EXAM_FAILED"
    journey.take(number, "fail", journey.officer("zheng"), "试吊未按规程完成")
    journey.settle(number)
    assert journey.stage(number) is Stage.REFUSED
    letter = journey.papers(number)["so_exam_failed"]
    journey.assert_genuine(letter)
    assert "试吊未按规程完成" in journey.text_of(letter)
    assert "special_operation" not in journey.papers(number)


def test_who_passed_cannot_be_failed_and_scores_are_of_a_hundred(journey: Journey, person: str) -> None:
    number = admitted(journey, person)
    refusal = journey.refused(number, "score", journey.officer("song"), **scores(journey, 101, -1))
    assert {error.field for error in refusal.errors} == {"theory_score", "practice_score"}
    journey.take(number, "score", journey.officer("song"), **scores(journey, 60, 70))
    assert journey.refused(number, "fail", journey.officer("zheng"), "成绩不合格").code == "EXAM_PASSED"


def test_scores_that_are_doubted_go_back_to_be_checked(journey: Journey, person: str) -> None:
    number = admitted(journey, person)
    journey.take(number, "score", journey.officer("song"), **scores(journey, 60, 7))
    journey.take(number, "send_back", journey.officer("zheng"), "实操成绩似有笔误")
    journey.take(number, "score", journey.officer("song"), **scores(journey, 60, 70))
    journey.take(number, "grant", journey.officer("zheng"))
    journey.settle(number)
    assert journey.stage(number) is Stage.CLOSED


def test_nobody_below_eighteen_applies(journey: Journey) -> None:
    born = journey.today - timedelta(days=17 * 365)
    young = journey.somebody(NAME, born=f"{born:%Y%m%d}")
    journey.employ(young)
    number = journey.begin("so.exam", journey.person(young), examination(journey, young, NAME))
    assert journey.refused(number, "prepare", journey.person(young)).code == "ID_AGE"


def test_nobody_applies_for_a_trade_they_hold_or_through_an_enterprise_they_do_not_work_for(
    journey: Journey, person: str
) -> None:
    number = journey.begin(
        "so.exam", journey.person(person), examination(journey, person, NAME, employer_uscc=OTHER_BUILDER)
    )
    assert journey.refused(number, "prepare", journey.person(person)).code == "NO_EMPLOYMENT"
    journey.employ()
    held = journey.begin("so.exam", journey.person(), examination(journey, journey.person().party, "王建国"))
    assert journey.refused(held, "prepare", journey.person()).code == "CERT_EXISTS"


def test_an_application_nobody_takes_in_counts_as_accepted_and_is_still_given_a_seat(
    journey: Journey, person: str
) -> None:
    number = handed_in(journey, "so.exam", journey.person(person), examination(journey, person, NAME))
    journey.time_passes(12)
    assert journey.stage(number) is Stage.ACCEPTED
    journey.take(number, "arrange", journey.officer("tang"), **admission(journey))
    journey.settle(number)
    assert journey.stage(number) is Stage.EXTERNAL
    assert "so_ticket" in journey.papers(number)


def test_what_is_not_accepted_says_why_and_how_to_object(journey: Journey, person: str) -> None:
    number = handed_in(journey, "so.exam", journey.person(person), examination(journey, person, NAME))
    journey.take(number, "not_accept", journey.officer("tang"), "不属于本机关职权范围")
    journey.settle(number)
    letter = journey.papers(number)["non_acceptance_notice"]
    journey.assert_genuine(letter)
    text = journey.text_of(letter)
    assert "不属于本机关职权范围" in text
    assert "六十日" in text
    assert "六个月" in text


def test_returned_with_points_it_is_corrected_and_signed_anew(journey: Journey, person: str) -> None:
    number = handed_in(journey, "so.exam", journey.person(person), examination(journey, person, NAME))
    points = {"medical": "第二页看不清，请重新扫描。"}
    journey.take(number, "return", journey.officer("tang"), "材料不齐，详见下表", points)
    journey.settle(number)
    letter = journey.papers(number)["correction_notice"]
    journey.assert_genuine(letter)
    assert "第二页看不清" in journey.text_of(letter)
    assert journey.stage(number) is Stage.CORRECTION

    journey.keep(number, journey.person(person), examination(journey, person, NAME, health="体检合格，已重新扫描。"))
    journey.submit(number, journey.person(person))
    assert journey.stage(number) is Stage.SUBMITTED, "the employer seals the new form, too"
    journey.take(number, "confirm", journey.enterprise())
    journey.settle(number)
    assert journey.papers(number)["so_exam_form"].form_version == 2
    assert journey.stage(number) is Stage.CONFIRMED


def test_what_is_not_corrected_in_time_lapses_and_what_is_withdrawn_is_over(journey: Journey, person: str) -> None:
    number = handed_in(journey, "so.exam", journey.person(person), examination(journey, person, NAME))
    journey.take(number, "return", journey.officer("tang"), "体检证明缺页")
    journey.settle(number)
    journey.time_passes(40)
    assert journey.stage(number) is Stage.LAPSED
    other = handed_in(journey, "so.exam", journey.person(person), examination(journey, person, NAME))
    journey.take(other, "withdraw", journey.person(person))
    assert journey.stage(other) is Stage.WITHDRAWN


def test_without_a_portrait_the_issue_waits_and_goes_on_when_there_is_one(journey: Journey) -> None:
    person = journey.somebody(NAME, photo=False)
    journey.employ(person)
    number = admitted(journey, person)
    journey.take(number, "score", journey.officer("song"), **scores(journey, 86, 91))
    journey.take(number, "grant", journey.officer("zheng"))
    journey.until_it_waits(number, "PHOTO_MISSING")
    assert journey.stage(number) is Stage.ISSUING
    journey.portrait(person)
    journey.settle(number)
    assert journey.stage(number) is Stage.CLOSED
    journey.assert_genuine(journey.papers(number)["special_operation"])


def test_of_two_applications_for_one_trade_one_is_granted(journey: Journey, person: str) -> None:
    first, second = admitted(journey, person), admitted(journey, person)
    for number in (first, second):
        journey.take(number, "score", journey.officer("song"), **scores(journey, 86, 91))
    journey.take(first, "grant", journey.officer("zheng"))
    journey.settle(first)
    assert journey.refused(second, "grant", journey.officer("zheng")).code == "CERT_EXISTS"
