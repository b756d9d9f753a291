"""The officer's desk: what is seen, what is decided, and what an officer of elsewhere or of another level cannot do."""

from __future__ import annotations

import io

import pypdfium2
import pytest

from signing_service.demo import people
from signing_service.storage import account_journal
from tests.platform.office import (
    ACCEPTOR,
    BUILDER,
    DECIDER,
    ELSEWHERE,
    HOLDER,
    RENEWAL,
    REVIEWER,
    Office,
    confirmed_renewal,
)


@pytest.fixture
def number(office: Office) -> str:
    return confirmed_renewal(office)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return "".join(page.get_textpage().get_text_bounded() for page in document)


def test_the_form_its_attachments_and_the_registers_stand_side_by_side(office: Office, number: str) -> None:
    page = office.of(ACCEPTOR[0]).get(f"/platform/dossiers/{number}").text
    assert RENEWAL["conduct"] in page
    assert "体检合格证明.pdf" in page
    assert "聘用关系" in page
    assert people.BUILDER.name in page
    assert "没有登记的聘用关系" not in page


def test_a_full_id_number_is_shown_when_asked_for_and_the_view_is_recorded(office: Office, number: str) -> None:
    acceptor = office.of(ACCEPTOR[0])
    assert people.SIGNALLER_ID not in acceptor.get(f"/platform/dossiers/{number}").text
    page = acceptor.post(f"/platform/dossiers/{number}/reveal").text
    assert people.SIGNALLER_ID in page.replace('</span><span class="group">', "")
    with office.service.desk.database.reading() as connection:
        views = account_journal.views_of(connection, people.SIGNALLER_ID)
    assert [(one.account_id, one.why) for one in views] == [(ACCEPTOR[0].account_id, number)]
    assert office.of(HOLDER).post(f"/platform/dossiers/{number}/reveal").status_code == 403


def test_a_letter_can_be_looked_at_before_it_goes_out_and_nothing_has_happened(office: Office, number: str) -> None:
    acceptor = office.of(ACCEPTOR[0])
    data = {"reason": "材料不齐，请补正。", "point.health": "请写明体检日期。"}
    letter = acceptor.post(f"/platform/dossiers/{number}/steps/return/preview", data)
    assert letter.headers["content-type"] == "application/pdf"
    assert "请写明体检日期" in text_of(letter.content)
    assert "待受理" in acceptor.get(f"/platform/dossiers/{number}").text


def test_points_of_a_correction_stand_at_their_fields_and_the_versions_compare(office: Office, number: str) -> None:
    one = f"/platform/dossiers/{number}"
    returned = office.of(ACCEPTOR[0]).post(
        f"{one}/steps/return", {"reason": "材料不齐，请补正。", "point.health": "请写明体检日期。"}
    )
    assert returned.status_code == 200, returned.text
    office.settle(number)
    holder = office.of(HOLDER)
    form = holder.get(f"{one}/form").text
    assert "需补正：请写明体检日期。" in form
    draft = holder.api("GET", f"/api{one}").json()["draft"]
    data = {
        **RENEWAL,
        "health": "2026年11月2日体检合格。",
        "attachments": draft["attachments"][0]["sha256"],
        "_next": "1",
    }
    assert holder.post(f"{one}/form", data, follow=False).status_code == 303
    office.settle(number)
    page = holder.get(one).text
    assert "已作废" in page
    compared = holder.get(f"{one}/compare").text
    assert "有 1 处不同" in compared
    assert RENEWAL["health"] in compared
    assert "2026年11月2日体检合格。" in compared


def test_a_return_without_a_reason_is_refused_and_keeps_what_was_typed(office: Office, number: str) -> None:
    answer = office.of(ACCEPTOR[0]).post(
        f"/platform/dossiers/{number}/steps/return", {"reason": "缺", "point.health": "请写明体检日期。"}
    )
    assert answer.status_code == 422
    assert "REASON_REQUIRED" in answer.text
    assert "请写明体检日期。" in answer.text


def test_an_officer_of_another_region_finds_nothing_and_one_of_another_level_is_told(
    office: Office, number: str
) -> None:
    one = f"/platform/dossiers/{number}"
    elsewhere = office.of(ELSEWHERE[0])
    assert elsewhere.get(one).status_code == 404
    assert number not in elsewhere.get("/platform/").text
    assert elsewhere.post(f"{one}/steps/accept").status_code == 404
    decider = office.of(DECIDER[0])
    assert decider.get(one).status_code == 200
    refused = decider.api("POST", f"/api{one}/steps/accept")
    assert (refused.status_code, refused.json()["code"]) == (403, "LEVEL_NOT_GRANTED")


def test_a_step_out_of_turn_says_where_the_dossier_is(office: Office, number: str) -> None:
    refused = office.of(REVIEWER[0]).api("POST", f"/api/platform/dossiers/{number}/steps/grant")
    assert (refused.status_code, refused.json()["code"]) == (409, "STATE_CONFLICT")


def test_the_list_is_narrowed_by_kind_region_and_words(office: Office, number: str) -> None:
    acceptor = office.of(ACCEPTOR[0])
    table = '<table class="rows" data-keys>'
    assert number in acceptor.get("/platform/?kind=so.renew&region=360000&sort=age&q=王建国").text.split(table)[1]
    for query in ("kind=c2.renew", "region=360100", "q=不在"):
        assert table not in acceptor.get(f"/platform/?{query}").text


def test_the_applicant_may_withdraw_until_it_is_accepted_and_is_told_so_after(office: Office, number: str) -> None:
    office.of(ACCEPTOR[0]).post(f"/platform/dossiers/{number}/steps/accept")
    office.settle(number)
    refused = office.of(HOLDER).api("POST", f"/api/platform/dossiers/{number}/steps/withdraw")
    assert refused.json()["code"] == "STATE_CONFLICT"


# ---- what the authority begins by itself

SUSPENSION = {
    "licence_no": people.SIGNALLER_LICENCE,
    "id_no": people.SIGNALLER_ID,
    "findings": "某项目发生起重伤害事故，正在调查。",
    "legal_basis": "《中华人民共和国安全生产法》",
    "consequence": "暂扣至调查结论作出之日。",
}


def test_an_officers_own_draft_is_theirs_to_write_and_to_propose(office: Office) -> None:
    officer = office.of(REVIEWER[0])
    begun = officer.api("POST", "/api/platform/dossiers", {"procedure": "so.suspend", "form": SUSPENSION})
    assert begun.status_code == 201, begun.text
    number = begun.json()["number"]
    assert officer.get(f"/platform/dossiers/{number}/form").status_code == 200
    assert number in officer.get("/platform/dossiers").text
    assert office.of(HOLDER).get(f"/platform/dossiers/{number}").status_code == 404
    proposed = officer.api("POST", f"/api/platform/dossiers/{number}/steps/propose")
    assert proposed.status_code == 200, proposed.text


def test_nobody_begins_what_is_another_kinds_to_begin(office: Office) -> None:
    for who, procedure, role in (
        (HOLDER, "prj.register", ""), (HOLDER, "so.suspend", ""), (BUILDER, "so.renew", ""),
        (HOLDER, "emp.bind", "employer"), (BUILDER, "emp.bind", "holder"), (REVIEWER[0], "so.renew", "holder"),
    ):  # fmt: skip
        asked = {"procedure": procedure, "role": role}
        refused = office.of(who).api("POST", "/api/platform/dossiers", asked)
        assert (refused.status_code, refused.json()["code"]) == (403, "NOT_YOURS_TO_BEGIN"), procedure
    begun = office.of(BUILDER).api("POST", "/api/platform/dossiers", {"procedure": "emp.bind", "role": "employer"})
    assert begun.status_code == 201
