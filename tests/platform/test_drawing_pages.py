"""The pages of drawings: a set and its uploads, an expert's discipline, opinions beside replies, how far seals are (§10.5)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest

from signing_service.domain.documents import sha256_of
from signing_service.domain.projects import Project
from signing_service.domain.staff import Level
from tests.journeys.drawing_review.studio import AGENCY, DESIGN, SURVEY
from tests.journeys.project.site import BUILDER, DESIGNER, DEVELOPER, LEADERS, SURVEYOR
from tests.platform.drawing_office import DrawingOffice, drawing_office_in
from tests.sheets import drawing, dwg


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DrawingOffice]:
    with drawing_office_in(tmp_path_factory.mktemp("drawings") / "var") as opened:
        yield opened


@pytest.fixture
def project(there: DrawingOffice) -> Project:
    return there.studio.a_drawn_project()


def as_script() -> dict[str, str]:
    """What the page's own script sends besides."""
    return {"Accept": "application/json"}


def wanted(project: Project, data: bytes, **changes: Any) -> dict[str, Any]:
    return {
        "project": project.number, "kind": "design", "discipline": "architecture", "sheet_no": "建施-01",
        "title": "首层平面图", "file": "pdf", "size": len(data), "sha256": sha256_of(data), **changes,
    }  # fmt: skip


def set_of(project: Project, kind: str = "design") -> str:
    return f"/platform/projects/{project.number}/sheets/{kind}"


# ---- uploads


def test_a_file_goes_on_where_the_connection_broke_also_on_another_day(there: DrawingOffice, project: Project) -> None:
    designer, data = there.of(DESIGNER), drawing("建施-01")
    begun = designer.post("/platform/uploads", wanted(project, data), headers=as_script())
    assert begun.status_code == 201, begun.text
    address = f"/platform/uploads/{begun.json()['upload_id']}"
    part = {"part": ("blob", data[:700], "application/octet-stream")}
    assert designer.post(address, {"offset": "0"}, files=part, headers=as_script()).json()["received"] == 700
    again = designer.post(address, {"offset": "0"}, files=part, headers=as_script())
    assert (again.status_code, again.json()["code"]) == (409, "OFFSET_CONFLICT"), "it has arrived already"
    assert designer.get(address, headers=as_script()).json()["received"] == 700
    page = designer.get(set_of(project)).text
    assert "有 1 个文件没有传完" in page
    assert designer.post("/platform/uploads", wanted(project, data), headers=as_script()).json()["received"] == 700

    rest = {"part": ("blob", data[700:], "application/octet-stream")}
    designer.post(address, {"offset": "700"}, files=rest, headers=as_script())
    sheet = designer.post(f"{address}/complete", headers=as_script())
    assert (sheet.status_code, sheet.json()["pdf_sha256"]) == (201, sha256_of(data))
    known = designer.post("/platform/uploads", wanted(project, data), headers=as_script())
    assert known.json()["sheet"]["sheet_id"] == sheet.json()["sheet_id"], "nobody sends it twice"
    page = designer.get(set_of(project)).text
    assert "没有传完" not in page
    assert "首层平面图" in page


def test_programs_bring_parts_in_base64_and_a_file_that_is_another_one_is_refused(
    there: DrawingOffice, project: Project
) -> None:
    designer, data = there.of(DESIGNER), dwg("建施-02")
    typed = wanted(project, data, file="dwg", sheet_no="建施-02")
    begun = designer.api("POST", "/api/platform/uploads", typed).json()
    address = f"/api/platform/uploads/{begun['upload_id']}"
    assert designer.api("POST", address, {"offset": "x", "content": ""}).json()["code"] == "REQUEST_MALFORMED"
    content = base64.b64encode(data[::-1]).decode()
    assert designer.api("POST", address, {"offset": 0, "content": content}).json()["received"] == len(data)
    assert designer.api("POST", f"{address}/complete").json()["code"] == "HASH_MISMATCH"
    assert designer.api("GET", address).status_code == 404, "what is spoilt is thrown away"
    refused = designer.api("POST", "/api/platform/uploads", {**typed, "discipline": "", "size": 0}).json()
    assert {error["field"] for error in refused["errors"]} == {"discipline", "size"}


def test_without_a_script_a_file_is_brought_with_its_form_and_taken_away_again(
    there: DrawingOffice, project: Project
) -> None:
    designer, typed = there.of(DESIGNER), {"discipline": "structure", "sheet_no": "结施-01", "title": "基础平面图"}
    pdf = {"file": ("x.pdf", drawing("结施-01"), "application/pdf")}
    page = designer.post(set_of(project), typed, files=pdf)
    assert page.status_code == 200
    assert "基础平面图" in page.text
    original = {"file": ("x.dwg", dwg("结施-01"), "application/octet-stream")}
    page = designer.post(set_of(project), typed, files=original)
    pdf_link, dwg_link = (re.search(rf"/platform/sheets/[^\"]+/{kind}", page.text) for kind in ("pdf", "dwg"))
    assert pdf_link
    assert dwg_link
    kept = designer.get(dwg_link[0])
    assert kept.content == dwg("结施-01")
    assert kept.headers["content-disposition"].startswith("attachment")
    assert designer.get(pdf_link[0]).headers["content-type"] == "application/pdf"
    wrong = designer.post(set_of(project), {**typed, "sheet_no": ""}, files=pdf)
    assert wrong.status_code == 422
    assert "FIELDS_INVALID" in wrong.text
    assert 'value="基础平面图"' in wrong.text, "what was typed stays"
    gone = designer.post(pdf_link[0].replace("/pdf", "/remove"))
    assert "还没有图纸" in gone.text


def test_a_set_is_for_whoever_plays_a_part_and_brought_by_its_unit_alone(
    there: DrawingOffice, project: Project
) -> None:
    there.studio.upload(project, DESIGN, "architecture", "AR-01")
    for party in (DEVELOPER, SURVEYOR):
        page = there.of(party).get(set_of(project))
        assert page.status_code == 200
        assert "data-sheets" not in page.text
    sheet = there.of(DEVELOPER).api("GET", f"/api{set_of(project)}").json()["sheets"][0]
    data = drawing("AR-09")
    for party in (BUILDER, there.studio.somebody("路人丙")):
        stranger = there.of(party)
        assert stranger.get(set_of(project)).status_code == 404
        assert stranger.get(f"/platform/sheets/{sheet['sheet_id']}/pdf").status_code == 404
    for party in (DEVELOPER, SURVEYOR, BUILDER):
        refused = there.of(party).api("POST", "/api/platform/uploads", wanted(project, data))
        assert (refused.status_code, refused.json()["code"]) == (404, "NOT_FOUND")
    assert there.of(DESIGNER).get(f"/platform/projects/{project.number}/sheets/supervision").status_code == 404


# ---- a review on its pages


def test_a_review_on_its_pages_from_the_first_opinion_to_the_last_seal(there: DrawingOffice, project: Project) -> None:
    studio = there.studio
    studio.upload_set(project, SURVEY)
    handed = studio.hand_over(project, SURVEY)
    number, experts = studio.in_review(project, SURVEY)
    (expert,) = experts.values()
    page = there.of(SURVEYOR).get(f"/platform/dossiers/{handed}").text
    assert "1 / 1 张" in page
    assert set_of(project, "survey") in page
    review = f"/platform/reviews/{number}"

    opinion = an_expert_gives_an_opinion(there, review, expert)
    assert "正在审查，图纸不得替换" in there.of(SURVEYOR).get(set_of(project, "survey")).text
    studio.take(number, "ask_changes", studio.agency())
    studio.settle(number)
    the_unit_answers_it(there, review, opinion, number)
    told = there.of(expert).get("/platform/messages").text
    assert "已答复您的全部 1 条意见" in told
    assert "已修改并送第 2 轮审查" in told
    assert "有 1 件待办" in there.of(expert).get("/platform/").text
    there.of(expert).post(f"{review}/opinions/{opinion}/close")
    passed = there.of(expert).post(f"{review}/conclusions", {"discipline": "geotechnical", "conclusion": "pass"})
    assert "没有待您审查" in there.of(expert).get("/platform/reviews").text
    assert "已关闭" in passed.text
    studio.take(number, "conclude", studio.agency())
    studio.settle(number)
    studio.take(number, "grant", studio.head())
    studio.settle(number)
    told = there.of(AGENCY).api("GET", f"/api/platform/dossiers/{number}/sealing").json()
    assert told == {"review_agency": {"done": 1, "total": 1, "seconds_left": 0, "finished": True}}
    page = there.of(DEVELOPER).get(set_of(project, "survey")).text
    assert "1 张已审查合格" in page
    sealed = re.search(r"/platform/sheets/[^\"]+/sealed", page)
    assert sealed
    assert there.of(DEVELOPER).get(sealed[0]).content.startswith(b"%PDF")
    assert there.of(DESIGNER).get(review).status_code == 404, "another unit's work"


def an_expert_gives_an_opinion(there: DrawingOffice, review: str, expert: str) -> str:
    """Its id; the expert is told on the first page, though the dossier is not theirs."""
    caller = there.of(expert)
    page = caller.get("/platform/").text
    assert "有 1 件待办" in page
    assert f'href="{review}"' in page, "what waits for an expert is done on the page of the review"
    (todo,) = caller.api("GET", "/api/platform/todos").json()["todos"]
    assert (todo["role"], todo["steps"]) == ("review_expert", ["conclude"])
    assert "被指定为" in caller.get("/platform/messages").text
    assert "待您审查" in caller.get("/platform/reviews").text
    assert "岩土工程" in caller.get(review).text
    typed = {
        "discipline": "geotechnical", "sheet_no": "GE-01", "clause": "GB 50021-2001", "nature": "general",
        "severity": "medium", "text": "短",
    }  # fmt: skip
    wrong = caller.post(f"{review}/opinions", typed)
    assert wrong.status_code == 422
    assert 'value="GB 50021-2001"' in wrong.text, "what was typed stays"
    early = caller.post(f"{review}/conclusions", {"discipline": "geotechnical", "conclusion": "revise"})
    assert "OPINION_MISSING" in early.text
    page = caller.post(f"{review}/opinions", {**typed, "text": "勘探点间距大于规范要求。"}).text
    found = re.search(r'id="o-([0-9a-f-]+)"', page)
    assert found
    caller.post(f"{review}/conclusions", {"discipline": "geotechnical", "conclusion": "revise"})
    assert "修改后复审" in caller.get(review).text
    assert "没有待办" in caller.get("/platform/").text, "who has concluded is not waited for"
    other = {"discipline": "measurement", "conclusion": "pass"}
    told = caller.api("POST", f"/api{review}/conclusions", other)
    assert (told.status_code, told.json()["code"]) == (403, "NOT_YOUR_DISCIPLINE")
    return found[1]


def the_unit_answers_it(there: DrawingOffice, review: str, opinion: str, number: str) -> None:
    unit, reply = there.of(SURVEYOR), f"{review}/opinions/{opinion}/reply"
    assert "有 1 条意见待答复" in unit.get(review).text
    assert there.of(AGENCY).post(reply, {"reply": "代为答复"}).status_code == 404
    short = unit.post(reply, {"reply": "无"})
    assert (short.status_code, "TEXT_LENGTH" in short.text) == (422, True)
    page = unit.post(reply, {"reply": "已补充钻孔 6 个，见第 2 版。"}).text
    assert "意见已全部答复" in page
    taken = unit.post(f"/platform/dossiers/{number}/steps/reply", {"role": "surveyor"}, follow=False)
    assert taken.status_code == 303, taken.text
    page = there.of(DEVELOPER).get(review).text
    assert "第 2 轮" in page
    assert "已补充钻孔 6 个" in page
    told = there.of(DEVELOPER).api("GET", f"/api{review}").json()
    assert told["opinions"][0]["reply"] == "已补充钻孔 6 个，见第 2 版。"


# ---- a registered person


def test_a_registered_person_sees_every_sheet_that_is_to_carry_the_own_seal_and_strangers_see_none(
    there: DrawingOffice, project: Project
) -> None:
    studio = there.studio
    sheets = studio.upload_set(project, DESIGN)
    number = studio.handed_over(project, DESIGN)
    (consent,) = studio.consents(number)
    person = LEADERS["design"][0]
    caller, place = there.of(person), f"/platform/dossiers/{consent}"
    assert "图纸盖章本人确认" in caller.get("/platform/").text
    assert f"{place}/sheets" in caller.get(place).text
    page = caller.get(f"{place}/sheets").text
    assert "有 4 张图纸将加盖您的执业印章" in page
    for sheet in sheets:
        link = f"/platform/sheets/{sheet.sheet_id}/pdf"
        assert link in page
        assert caller.get(link).content.startswith(b"%PDF")
    assert f"{place}/sign/confirm" in page
    assert f"{place}/sheets" in caller.get(f"{place}/sign/confirm").text
    unit = there.of(DESIGNER).get(f"/platform/dossiers/{number}").text
    assert "待本人确认" in unit
    assert place in unit
    for stranger in (there.of(studio.somebody("路人丁")), there.of(BUILDER)):
        assert stranger.get(f"{place}/sheets").status_code == 404
        assert stranger.get(f"/platform/sheets/{sheets[0].sheet_id}/pdf").status_code == 404
    assert caller.get(f"/platform/dossiers/{number}").status_code == 404, "the unit's own business"


# ---- officers who supervise the review


def test_officers_of_county_city_and_province_read_sheets_and_reviews_and_change_nothing(
    there: DrawingOffice, project: Project
) -> None:
    studio = there.studio
    studio.upload_set(project, SURVEY)
    studio.hand_over(project, SURVEY)
    draft = studio.upload(project, DESIGN, "architecture", "AR-77")
    sealed = next(one for one in studio.latest(project, SURVEY) if one.document_id)
    number, experts = studio.in_review(project, SURVEY)
    studio.opine(number, experts["geotechnical"], "geotechnical", sheet_no=sealed.sheet_no)
    city = f"{project.region[:4]}00"
    for officer in (there.officer(project.region), there.officer(city), there.officer("360000", "rv.survey")):
        page = officer.get(f"/platform/projects/{project.number}").text
        assert set_of(project, "survey") in page
        page = officer.get(set_of(project, "survey")).text
        assert sealed.sheet_no in page
        assert "AR-77" not in officer.get(set_of(project)).text, "what was not handed over is its unit's business"
        assert "data-sheets" not in page
        assert officer.get(f"/platform/sheets/{sealed.sheet_id}/sealed").content.startswith(b"%PDF")
        assert officer.get(f"/platform/sheets/{draft.sheet_id}/pdf").status_code == 404
        page = officer.get(f"/platform/reviews/{number}").text
        assert "疏散楼梯间" in page
        assert "提出意见" not in page
        assert 'name="reply"' not in page
        assert f"/platform/reviews/{number}" in officer.get(f"/platform/dossiers/{number}").text
        assert number in officer.get("/platform/books/drawing-review?tab=every").text
        typed = {"discipline": "geotechnical", "conclusion": "pass"}
        assert officer.post(f"/platform/reviews/{number}/conclusions", typed).status_code in (403, 404)
        refused = officer.api("POST", "/api/platform/uploads", wanted(project, drawing("x"), kind="survey"))
        assert refused.status_code in (403, 404)


def test_officers_of_elsewhere_or_of_other_businesses_see_none_of_it(there: DrawingOffice, project: Project) -> None:
    studio = there.studio
    studio.upload_set(project, SURVEY)
    studio.hand_over(project, SURVEY)
    (sheet,) = studio.latest(project, SURVEY)
    number, _ = studio.in_review(project, SURVEY)
    elsewhere = there.officer("360702")
    assert elsewhere.get(f"/platform/projects/{project.number}").status_code == 404
    other_business = there.officer(project.region, "so.*", Level.REVIEW)
    assert set_of(project, "survey") not in other_business.get(f"/platform/projects/{project.number}").text
    drawings_alone = there.officer(project.region, "rv.design")
    for officer in (elsewhere, other_business, drawings_alone):
        for address in (
            set_of(project, "survey"),
            f"/platform/sheets/{sheet.sheet_id}/sealed",
            f"/platform/sheets/{sheet.sheet_id}/pdf",
            f"/platform/reviews/{number}",
            f"/platform/dossiers/{number}/sealing",
        ):
            assert officer.get(address).status_code == 404, address
