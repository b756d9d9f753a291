"""消防备案: filed, drawn or not, checked, checked again; and nobody has a hand in the draw (domain text, §14)."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest

from signing_service.domain import draw
from signing_service.domain.dossier import Stage
from signing_service.domain.errors import Problem
from signing_service.domain.fire import FireMatter, is_settled
from signing_service.pipeline.record import read_record
from signing_service.storage import draws
from tests.journeys.fire.world import CLINIC, KINDERGARTEN, OFFICE, Fire, officers


def drawn_from(fire: Fire, project: str) -> str:
    """Filings of a key project until one is drawn, at the latest when a whole one is carried over; the check that follows."""
    number = fire.filed(project, "key", way="documents", buildings=[KINDERGARTEN], **reports(fire))
    while fire.journey.stage(number) is Stage.ACCEPTED:
        fire.draw_is_held()
    for check in fire.of_procedure("fs.check"):
        if fire.journey.dossier(check).form["record_no"] == number:
            return check
    return drawn_from(fire, project)


def reports(fire: Fire) -> dict[str, object]:
    file = fire.journey.file
    return {"commitment": None, "completion_report": file("竣工验收报告.pdf"), "as_built": file("竣工图.pdf")}


def arranged(fire: Fire, check: str) -> None:
    journey = fire.journey
    day = (journey.today + timedelta(days=1)).isoformat()
    journey.take(check, "arrange", journey.officer("tang"), check_on=day, officers=officers())
    journey.settle(check)


def failed_check(fire: Fire, project: str) -> str:
    journey, check = fire.journey, drawn_from(fire, project)
    arranged(fire, check)
    journey.take(check, "inspect", journey.officer("lu"), **fire.visit("failed"))
    by = (journey.today + timedelta(days=30)).isoformat()
    journey.take(check, "fail", journey.officer("zheng"), "二层安全出口标志灯两处不亮", rectify_by=by)
    journey.settle(check)
    return check


def report(fire: Fire, project: str, check: str) -> str:
    return fire.journey.begin("fs.recheck", fire.developer, fire.put_right(project, check))


def test_a_filing_gets_its_receipt_and_the_draw_leaves_a_record_that_anybody_can_compute_again(fire: Fire) -> None:
    fire.until(9)
    journey, project = fire.journey, fire.project()
    number = fire.filed(project)
    assert journey.stage(number) is Stage.ACCEPTED
    receipt = journey.papers(number)["fs_receipt"]
    journey.assert_genuine(receipt)
    assert receipt.number.startswith(f"示建消验备字〔{journey.today:%Y}〕第0")
    assert journey.signed_by(journey.papers(number)["fs_record_form"])[-2:] == ["developer", "platform"]
    assert is_settled(fire.results(project))
    assert fire.results(project)[-1].facts == {"late": False}
    assert journey.waiting(number) == set(), "nobody has a step between the receipt and the draw"
    for step in ("accept", "not_accept", "return", "drawn", "not_drawn"):
        assert journey.refused(number, step, journey.officer("tang"), "不参加抽取").status in (
            403,
            409,
        )

    fire.look()
    promised = fire.draw_under_way()
    assert promised.committed_at is None, "before five nothing is closed"
    assert set(promised.published) == {"record_no", "authority_name", "secret_hash", "promised_at"}
    fire.until(17)
    fire.look()
    closed = fire.draw(promised.number)
    assert closed.secret_hash == promised.secret_hash
    assert closed.list_hash == draw.list_hash([number]).hex()
    assert closed.record is None, "the secret is not out yet"
    assert closed.published["ratios"] == {"general": "5%", "key": "20%"}, "and the ratios are fixed"
    late = fire.filed(fire.project())
    fire.look()
    assert fire.draw(promised.number) == closed, "who comes after the closing is not on the list"
    journey.clock.ahead += timedelta(minutes=15)
    fire.look()
    journey.settle(promised.number)
    assert journey.stage(number) is Stage.CLOSED
    assert journey.stage(late) is Stage.ACCEPTED, "and waits for the next draw"

    held = fire.draw(promised.number)
    assert held.record is not None
    assert draw.faults_of(held.record) == []
    assert hashlib.sha256(bytes.fromhex(held.record["beacon"])).hexdigest() == promised.secret_hash
    assert [one["dossier_no"] for one in held.record["candidates"]] == [number]
    paper = journey.papers(promised.number)["draw_record"]
    journey.assert_genuine(paper)
    assert paper.number == promised.number
    assert held.code == paper.code
    assert journey.signed_by(paper) == ["platform"]
    inside = read_record(journey.file_of(paper))
    assert inside is not None
    assert draw.faults_of(json.loads(inside)) == []
    fire.look()
    following = fire.draw_under_way()
    assert following.number != promised.number
    assert following.secret_hash != promised.secret_hash


def test_who_is_drawn_is_checked_by_two_within_fifteen_working_days(fire: Fire) -> None:
    journey, project = fire.journey, fire.project()
    check = drawn_from(fire, project)
    assert journey.stage(check) is Stage.CONFIRMED
    arranged(fire, check)
    notice = journey.papers(check)["fs_draw_notice"]
    journey.assert_genuine(notice)
    text = journey.text_of(notice)
    assert journey.dossier(check).form["draw_no"] in text
    assert "鲁一鸣" in text
    assert journey.refused(check, "inspect", journey.officer("tang"), **fire.visit()).code == "FOUR_EYES"
    journey.take(check, "inspect", journey.officer("lu"), **fire.visit())
    assert journey.refused(check, "fail", journey.officer("zheng"), "结论不符的理由").code == "FIELDS_INVALID"
    journey.take(check, "send_back", journey.officer("zheng"), "请补充抽样部位")
    journey.take(check, "inspect", journey.officer("lu"), **fire.visit())
    journey.take(check, "pass", journey.officer("zheng"))
    journey.settle(check)
    assert journey.stage(check) is Stage.CLOSED
    result = journey.papers(check)["fs_check_notice"]
    journey.assert_genuine(result)
    filing = journey.dossier(check).form["record_no"]
    assert journey.papers(filing)["fs_receipt"].number in journey.text_of(result)
    assert fire.results(project)[-1].matter is FireMatter.CHECK
    assert is_settled(fire.results(project))


def test_a_check_that_nobody_makes_is_overdue(fire: Fire) -> None:
    check = drawn_from(fire, fire.project())
    clock = fire.journey.dossier(check).facts["clocks"]["check"]
    assert clock["due"] > (fire.journey.today + timedelta(days=18)).isoformat(), "fifteen working days"
    fire.journey.time_passes(40)
    assert fire.journey.stage(check) is Stage.CONFIRMED, "time decides nothing"


def test_what_failed_its_check_is_put_right_and_passes_the_second(fire: Fire) -> None:
    journey, project = fire.journey, fire.project()
    check = failed_check(fire, project)
    assert journey.stage(check) is Stage.REFUSED
    letter = journey.papers(check)["fs_check_notice"]
    journey.assert_genuine(letter)
    assert "安全出口标志灯两处不亮" in journey.text_of(letter)
    assert not is_settled(fire.results(project)), "not to be filed as completed until it is put right"

    again = report(fire, project, check)
    journey.submit(again, fire.developer)
    journey.settle(again)
    form = journey.papers(again)["fs_recheck_form"]
    assert letter.number in journey.text_of(form)
    assert "recheck" in journey.dossier(again).facts["clocks"]
    journey.take(again, "inspect", journey.officer("lu"), **fire.visit("failed"))
    by = (journey.today + timedelta(days=10)).isoformat()
    journey.take(again, "fail", journey.officer("zheng"), "仍有一处标志灯不亮", rectify_by=by)
    journey.settle(again)
    assert journey.stage(again) is Stage.REFUSED
    journey.assert_genuine(journey.papers(again)["fs_recheck_notice"])
    assert not is_settled(fire.results(project))

    third = report(fire, project, check)
    journey.submit(third, fire.developer)
    journey.take(third, "inspect", journey.officer("lu"), **fire.visit())
    journey.take(third, "pass", journey.officer("zheng"))
    journey.settle(third)
    assert journey.stage(third) is Stage.CLOSED
    journey.assert_genuine(journey.papers(third)["fs_recheck_form"])
    journey.assert_genuine(journey.papers(third)["fs_recheck_notice"])
    assert is_settled(fire.results(project))
    fourth = report(fire, project, check)
    assert journey.refused(fourth, "prepare", fire.developer).code == "NO_FAILED_CHECK"


def test_what_is_not_filed_gets_the_paper_that_says_why(fire: Fire) -> None:
    journey = fire.journey
    number = fire.handed_in("fs.record", fire.filing(fire.project()), *fire.units)
    given = {"ground": "incomplete", "missing": "有监理单位签署意见的竣工验收报告"}
    journey.take(number, "not_accept", journey.officer("tang"), "竣工验收报告缺少监理意见", **given)
    journey.settle(number)
    assert journey.stage(number) is Stage.NOT_ACCEPTED
    letter = journey.papers(number)["fs_no_receipt"]
    journey.assert_genuine(letter)
    assert "缺少监理意见" in journey.text_of(letter)


def test_special_works_are_accepted_and_not_filed(fire: Fire) -> None:
    journey = fire.journey
    number = journey.begin("fs.record", fire.developer, fire.filing(fire.project(), buildings=[CLINIC]))
    refusal = journey.refused(number, "prepare", fire.developer)
    assert refusal.code == "SPECIAL_PROJECT"
    assert "消防验收" in refusal.zh


def test_a_commitment_does_where_nobody_gathers_and_has_to_be_made(fire: Fire) -> None:
    journey = fire.journey
    gathered = journey.begin("fs.record", fire.developer, fire.filing(fire.project(), buildings=[KINDERGARTEN]))
    assert journey.refused(gathered, "prepare", fire.developer).code == "COMMITMENT_NOT_ALLOWED"
    unmade = journey.begin("fs.record", fire.developer, fire.filing(fire.project(), commitment=False))
    errors = journey.refused(unmade, "prepare", fire.developer).errors
    assert [(error.field, error.code) for error in errors] == [("commitment", "STATEMENT_REQUIRED")]
    papers = journey.begin("fs.record", fire.developer, fire.filing(fire.project(), way="documents", commitment=None))
    assert {error.field for error in journey.refused(papers, "prepare", fire.developer).errors} == {
        "completion_report",
        "as_built",
    }


def test_returned_it_is_corrected_and_what_is_late_is_filed_and_marked(fire: Fire) -> None:
    journey, project = fire.journey, fire.project()
    accepted_on = (journey.today - timedelta(days=30)).isoformat()
    form = fire.filing(project, accepted_on=accepted_on)
    number = fire.handed_in("fs.record", form, *fire.units)
    journey.take(number, "return", journey.officer("tang"), "单体名称有误")
    journey.settle(number)
    journey.keep(number, fire.developer, {**form, "buildings": [{**OFFICE, "name": "文化站主楼"}]})
    fire.signed(number, *fire.units)
    journey.take(number, "accept", journey.officer("tang"), category="general")
    journey.settle(number)
    assert fire.results(project)[-1].facts == {"late": True}


def test_a_second_look_at_a_closed_draw_changes_nothing(fire: Fire) -> None:
    journey = fire.journey
    fire.filed(fire.project())
    fire.draw_is_held()
    with journey.service.desk.database.transaction() as connection:
        last = draws.newest(connection, 10)
        held = next(one for one in last if one.record is not None)
        assert not draws.commit(connection, held.number, [], "0" * 64, {}, journey.clock())
        assert not draws.reveal(connection, held.number, {}, journey.clock())
        assert draws.find(connection, held.number) == held


def test_nobody_begins_a_check_or_a_draw_by_hand(fire: Fire) -> None:
    for key in ("fs.check", "fs.draw"):
        with pytest.raises(Problem, match="NOT_YOURS_TO_BEGIN"):
            fire.journey.begin(key, fire.developer, {})
