"""The portal as a stranger meets it: pages, JSON, headers, refusals."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import pytest
from starlette.testclient import TestClient

from signing_service.domain.errors import Problem
from signing_service.domain.register import PublicSeal
from signing_service.domain.verdicts import Report, Sentence
from tests.portal.samples import (
    CONFIG,
    DOCUMENTS,
    HOST,
    LICENCE,
    NOW,
    ORIGIN,
    PASSED,
    REPORTS,
    Register,
    Validation,
    check_code_of,
    code_of,
    pdf,
)
from verify_portal.answers import Lookup, Verifier
from verify_portal.app import PortalConfig, make_app
from verify_portal.pages import PAGE_STEP

UPLOADS = ("in_force", "cancelled", "stranger", "unpublished", "earlier", *REPORTS)
HAN = re.compile(r"[\u3400-\u9fff]")


def portal_with(
    lookup: Lookup | None = None, verifier: Verifier | None = None, config: PortalConfig = CONFIG
) -> TestClient:
    app = make_app(lookup or Register(), verifier or Validation(), config, now=lambda: NOW)
    return TestClient(app, base_url=ORIGIN, raise_server_exceptions=False)


def upload(client: TestClient, name: str, path: str = "/verify", **options: Any) -> Any:
    return client.post(path, files={"file": (f"{name}.pdf", pdf(name), "application/pdf")}, **options)


def every_page(client: TestClient, lang: str) -> list[tuple[str, str]]:
    pages = [(path, client.get(path, params={"lang": lang}).text) for path in ("/", "/camera", "/batch")]
    pages += [(name, client.get(f"/v/{code_of(name)}", params={"lang": lang}).text) for name in DOCUMENTS]
    pages.append(("unknown", client.get("/v/NOSUCHCODE", params={"lang": lang}).text))
    pages += [(f"upload {name}", upload(client, name, params={"lang": lang}).text) for name in UPLOADS]
    pages.append(("no page", client.get("/nothing/here", params={"lang": lang}).text))
    pages.append(("not a pdf", client.post("/verify", params={"lang": lang}, files={"file": b"hello"}).text))
    return pages


class _Reading(HTMLParser):
    """The words of a page, without what is marked as Chinese inside an English one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.marks: list[str | None] = []
        self._void = {"meta", "link", "input", "br", "path", "circle", "rect"}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._void:
            self.marks.append(dict(attrs).get("lang"))
        for name, value in attrs:
            if name in ("aria-label", "title", "alt", "placeholder", "content", "value") and value:
                self.words.append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._void:
            self.marks.pop()

    def handle_data(self, data: str) -> None:
        if "zh-CN" not in self.marks:
            self.words.append(data)


# What each page says --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("in_force", "证照有效"),
        ("expiring", "还有 39 天"),
        ("not_yet", "尚未生效"),
        ("expired", "已过期失效"),
        ("suspended", "已暂扣"),
        ("cancelled", "已注销"),
        ("annulled", "已撤销"),
        ("forfeited", "已吊销"),
        ("superseded", "已被新版本替代"),
        ("transferred", "已转出"),
        ("completed", "工程已竣工备案"),
        ("form_in_progress", "这是申请材料，不是证照"),
        ("form_complete", "这是申请材料，不是证照"),
        ("form_void", "这是申请材料，不是证照"),
        ("copy_in_term", "加注件有效"),
        ("copy_expired", "加注件超过使用期限"),
        ("copy_of_cancelled", "已注销"),
        ("notice_complete", "文书登记在册"),
        ("notice_void", "文书已作废"),
    ],
)
def test_a_scan_answers_with_the_status_of_today(client: TestClient, name: str, sentence: str) -> None:
    page = client.get(f"/v/{code_of(name)}")
    assert page.status_code == 200
    assert sentence in page.text


def test_the_answer_stands_before_everything_else_in_the_page(client: TestClient) -> None:
    page = client.get(f"/v/{code_of('cancelled')}").text
    assert page.index("<h1") < page.index("请不要用作有效证件") < page.index("王**") < page.index("签章经过")


def search(client: TestClient, number: str, check_code: str, **options: Any) -> Any:
    return client.post("/lookup", data={"number": number, "check_code": check_code}, **options)


def test_number_and_check_code_find_it_however_they_are_typed(client: TestClient) -> None:
    number, code = LICENCE.number, check_code_of("in_force")
    for typed in (code, code.lower(), f"{code[:4]} {code[4:8]}-{code[8:]}", code.replace("7", "７")):
        assert "证照有效" in search(client, number, typed).text
    for typed in (number.lower(), f" {number[:4]} {number[4:]}", number.replace("0", "０")):
        assert "证照有效" in search(client, typed, code).text


def test_one_of_the_two_is_not_enough(client: TestClient, register: Register) -> None:
    for number, code in ((LICENCE.number, ""), ("", check_code_of("in_force")), (" ", " ")):
        page = search(client, number, code)
        assert page.status_code == 422
        assert "请同时填写证照编号和查验码" in page.text
    assert register.asked == []


def test_a_search_is_no_address_and_one_that_is_leads_to_the_first_page(client: TestClient) -> None:
    for path in ("/lookup?check_code=X", "/share"):
        answer = client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_wrong_pair_an_unknown_one_and_a_bad_standing_are_answered_alike(
    client: TestClient, register: Register
) -> None:
    asked = [
        (LICENCE.number, "X" * 12),
        ("赣A042019000999", check_code_of("in_force")),
        ("赣A042019000999", "X" * 12),
        *((DOCUMENTS[name].number, check_code_of(name)) for name in ("cancelled", "suspended", "expired", "not_yet")),
        (LICENCE.number, check_code_of("copy_expired")),
        (DOCUMENTS["form_void"].number, check_code_of("form_void")),
    ]
    answers = [search(client, *pair) for pair in asked]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "没有查到编号与查验码都相符、且正常使用的证照" in answers[0].text
    assert len(register.asked) == len(asked)
    assert "已注销" in client.get(f"/v/{code_of('cancelled')}").text


def test_hit_and_miss_of_a_search_have_one_length(client: TestClient) -> None:
    found = search(client, LICENCE.number, check_code_of("in_force"))
    assert found.status_code == 200
    assert len(found.content) == len(search(client, LICENCE.number, "X" * 12).content) == PAGE_STEP


def test_who_tries_out_pairs_is_asked_to_wait() -> None:
    client = portal_with(config=replace(CONFIG, misses_per_minute=3))
    tried = [search(client, LICENCE.number, f"{number:012}").status_code for number in range(4)]
    assert tried == [404, 404, 404, 429]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("in_force", "文件自签发后未被改动，证照在有效期内。"),
        ("stranger", "签章有效，但登记簿中没有这份文件。"),
        ("unpublished", "尚未公布"),
        ("earlier", "不是最终文件"),
        *((name, report.sentence.zh) for name, report in REPORTS.items()),
    ],
)
def test_an_uploaded_file_is_answered_in_one_sentence(client: TestClient, name: str, sentence: str) -> None:
    page = upload(client, name)
    assert page.status_code == 200
    assert sentence in page.text


def test_a_genuine_file_of_a_cancelled_licence_shows_both_truths(client: TestClient) -> None:
    page = upload(client, "cancelled").text
    assert "文件真实，但证照已于" in page
    assert 'class="verdict void"' in page


def test_a_forged_or_foreign_result_never_has_the_shape_of_a_genuine_one(client: TestClient) -> None:
    for name in ("changed", "broken", "revoked", "foreign", "unsigned", "stranger"):
        verdict = re.search(r'<section class="verdict.*?</section>', upload(client, name).text, re.DOTALL)
        assert verdict is not None
        assert "genuine" not in verdict[0]
        assert '<circle cx="32" cy="32"' not in verdict[0]


def test_a_title_without_an_english_name_is_marked_as_chinese() -> None:
    document = replace(LICENCE, title=Sentence("电子证照", "电子证照"), categories=(Sentence("焊工", "焊工"),))
    page = portal_with(Register({"plain": document})).get(f"/v/{code_of('plain')}?lang=en").text
    assert '<span lang="zh-CN">电子证照</span>' in page
    assert '<span lang="zh-CN">焊工</span>' in page


def test_a_signer_nobody_vouches_for_only_calls_itself_so(client: TestClient) -> None:
    page = upload(client, "foreign").text
    assert "自称" in page
    assert "颁发机关" not in page
    assert "登记簿中的记录" not in page


def test_a_page_read_under_another_name_says_so(client: TestClient) -> None:
    warning = "这不是本平台的网址，请勿相信该页面。"
    assert warning in client.get("/", headers={"host": "verify.signing-service.example.evil.test"}).text
    assert warning not in client.get("/", headers={"host": HOST}).text


def test_every_page_names_our_address(client: TestClient) -> None:
    for name, page in every_page(client, "zh"):
        assert HOST in page, name


# What is not shown ----------------------------------------------------------------------------------------------------


def test_the_public_json_has_these_fields_and_no_others(client: TestClient) -> None:
    answer = client.get(f"/api/v/{code_of('in_force')}").json()
    assert set(answer) == {"answer", "document", "checked_at"}
    assert set(answer["answer"]) == {"tone", "reason", "headline", "sentence", "advice", "remark"}
    assert set(answer["document"]) == set(LICENCE.to_json())


def test_the_labels_of_a_licence_page_are_these_and_no_others(client: TestClient) -> None:
    labels = set(re.findall(r"<dt>(.*?)</dt>", client.get(f"/v/{code_of('superseded')}").text))
    assert labels == {
        "持证人",
        "证照",
        "类别",
        "证照编号",
        "状态",
        "有效期",
        "有效期至",
        "终止",
        "所属单位",
        "颁发机关",
        "签发日期",
        "新版本",
        "结论代码",
        "登记的文件",
    }


def test_the_page_of_a_licence_that_lapsed_never_says_that_it_has_no_end(client: TestClient) -> None:
    for lang, words in (("zh", ("2023年3月1日至2026年5月6日", "自行废止：逾期未开工也未延期", "已自行废止")),
                        ("en", ("1 March 2023 to 6 May 2026", "works neither began in time nor were put off", "Lapsed"))):  # fmt: skip
        page = client.get(f"/v/{code_of('lapsed')}", params={"lang": lang}).text
        record = page[page.index('id="record"') : page.index("</section>", page.index('id="record"'))]
        shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", record))
        assert not [one for one in words if one not in shown and one not in page], shown
        assert "长期" not in shown
        assert "no end" not in shown


def test_a_licence_that_another_took_the_place_of_names_it_and_the_api_too(client: TestClient) -> None:
    code = code_of("replaced")
    page = re.sub(r"<[^>]+>", "", client.get(f"/v/{code}").text)
    assert "替代证照" in page
    assert "360102202703150101" in page
    document = client.get(f"/api/v/{code}").json()["document"]
    assert document["replaced_by"] == "360102202703150101"
    assert "赣江示例花园一期工程" in page, "a permit says of which works it is one"
    assert document["works"] == "赣江示例花园一期工程"
    assert document["end"] == {"on": "2026-05-06", "why": {"zh": "注销", "en": "cancelled"}}


def test_no_public_page_carries_an_identity_or_mobile_number_or_a_photo(client: TestClient) -> None:
    for name, page in every_page(client, "zh"):
        words = re.sub(r"<[^>]+>", " ", page)
        assert not re.search(r"(?<![0-9a-zA-Z])\d{17}[\dXx](?![0-9a-zA-Z])", words), name
        assert not re.search(r"(?<![0-9a-zA-Z])1[3-9]\d{9}(?![0-9a-zA-Z])", words), name
        assert "<img" not in page, name


def test_the_code_is_not_in_the_page_that_it_opens(client: TestClient) -> None:
    """A page saved or printed does not open another door: only the language switch and the address carry the code."""
    page = client.get(f"/v/{code_of('in_force')}").text
    assert page.count(code_of("in_force")) == 1


# Known and unknown ----------------------------------------------------------------------------------------------------


def test_known_and_unknown_codes_get_pages_of_one_length(client: TestClient) -> None:
    lengths = {len(client.get(f"/v/{code_of(name)}").content) for name in DOCUMENTS}
    lengths |= {len(client.get(f"/v/{code}").content) for code in ("A" * 26, "X", "%00%01", "A" * 3000, "王")}
    assert lengths == {PAGE_STEP}


def test_every_unknown_code_gets_the_same_page(client: TestClient) -> None:
    pages = {
        re.sub(r'href="/v/[^"]*"|<!-- +-->', "", client.get(f"/v/{code}").text) for code in ("A" * 26, "X", "1234")
    }
    assert len(pages) == 1


def test_the_register_is_asked_once_whether_the_code_can_exist_or_not(client: TestClient, register: Register) -> None:
    for code in (code_of("in_force"), "A" * 26, "!!!", "A" * 3000):
        client.get(f"/v/{code}")
    assert [len(code) for code in register.asked] == [26, 26, 0, 64]


def test_an_unknown_code_is_not_found(client: TestClient) -> None:
    page = client.get(f"/v/{'A' * 26}")
    assert page.status_code == 404
    assert "登记簿中没有与此查验码对应的文件" in page.text
    answer = client.get(f"/api/v/{'A' * 26}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "NOT_FOUND"


def test_who_tries_out_codes_is_asked_to_wait_and_who_scans_is_not() -> None:
    client = portal_with(config=replace(CONFIG, misses_per_minute=3))
    for _ in range(10):
        assert client.get(f"/v/{code_of('in_force')}").status_code == 200
    assert [client.get(f"/v/{number}").status_code for number in range(4)] == [404, 404, 404, 429]
    refused = client.get("/api/v/5")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "60"
    assert refused.json()["code"] == "TOO_MANY_REQUESTS"


# Uploads --------------------------------------------------------------------------------------------------------------


def test_the_api_prints_the_report_the_answer_and_the_registers_entry(client: TestClient) -> None:
    answer = upload(client, "cancelled", "/api/verify").json()
    report = Report.from_json({name: answer[name] for name in PASSED.to_json()})
    assert report == replace(PASSED, sha256=DOCUMENTS["cancelled"].file_sha256)
    assert answer["answer"]["reason"] == "LICENCE_CANCELLED"
    assert answer["licence"]["status"] == "cancelled"
    assert upload(client, "foreign", "/api/verify").json()["licence"] is None


def test_the_api_takes_the_file_itself_as_the_body(client: TestClient) -> None:
    answer = client.post("/api/verify", content=pdf("in_force"), headers={"content-type": "application/pdf"})
    assert answer.json()["answer"]["reason"] == "LICENCE_IN_FORCE"


def test_page_and_api_give_the_same_answer(client: TestClient) -> None:
    for name in UPLOADS:
        answer = upload(client, name, "/api/verify").json()["answer"]
        page = re.sub(r"<[^>]+>", "", upload(client, name).text)
        assert answer["headline"]["zh"] in page
        assert answer["sentence"]["zh"] in page
        assert answer["advice"]["zh"] in page


def test_a_file_over_the_cap_is_refused_before_it_is_validated() -> None:
    validation = Validation()
    client = portal_with(verifier=validation)
    refused = client.post("/verify", files={"file": b"%PDF-" + b"x" * (2 * 1024 * 1024)})
    assert refused.status_code == 413
    assert "文件超过 1 MB" in refused.text
    assert client.post("/api/verify", files={"file": b"%PDF-" + b"x" * (1024 * 1024)}).json()["code"] == "FILE_SIZE"
    assert validation.seen == 0


def test_a_file_over_the_cap_without_announced_length_is_read_no_further_than_the_cap() -> None:
    client = portal_with()
    given = 0

    def endless() -> Any:
        nonlocal given
        while given < 64 * 1024 * 1024:
            given += 65536
            yield b"%PDF-" + b"x" * 65531

    refused = client.post("/api/verify", content=endless(), headers={"content-type": "application/pdf"})
    assert refused.status_code == 413


@pytest.mark.parametrize("body", [b"hello", b"\xff\xd8\xff\xe0JFIF", b"PK\x03\x04", b"x" * 2000 + b"%PDF-1.7"])
def test_what_is_not_a_pdf_is_refused(client: TestClient, body: bytes) -> None:
    page = client.post("/verify", files={"file": body})
    assert page.status_code == 415
    assert "这不是 PDF 文件" in page.text
    assert client.post("/api/verify", files={"file": body}).json()["code"] == "FILE_TYPE"


def test_no_file_is_told_as_such(client: TestClient) -> None:
    for files in ({"file": ("", b"")}, {"other": ("a.pdf", pdf("in_force"))}):
        assert client.post("/verify", files=files).status_code == 422


def test_a_form_of_another_kind_is_refused(client: TestClient) -> None:
    assert client.post("/verify", data={"file": "x"}).status_code == 415
    broken = client.post("/verify", content=b"--x", headers={"content-type": "multipart/form-data; boundary=y"})
    assert broken.status_code == 400
    assert client.post("/verify", content=b"x", headers={"content-type": "multipart/form-data"}).status_code == 400


def test_who_uploads_too_often_is_asked_to_wait() -> None:
    client = portal_with(config=replace(CONFIG, uploads_per_minute=2))
    assert [upload(client, "in_force").status_code for _ in range(3)] == [200, 200, 429]


def test_a_validation_that_was_ended_is_told_in_its_own_words() -> None:
    def too_long(_: bytes) -> Report:
        raise Problem("VALIDATION_TIMEOUT", "文件过于复杂，未能在限定时间内验完。", "Took too long.", status=422)

    page = upload(portal_with(verifier=too_long), "in_force")
    assert page.status_code == 422
    assert "文件过于复杂" in page.text
    assert "还没有选择文件" not in page.text


# Refusals -------------------------------------------------------------------------------------------------------------


def test_what_breaks_says_nothing_about_the_document_and_nothing_about_us() -> None:
    def broken(_: bytes) -> Report:
        raise RuntimeError("secret detail")

    client = portal_with(verifier=broken)
    page = upload(client, "in_force")
    assert page.status_code == 500
    assert "这不说明文件或证照有问题" in page.text
    assert "secret" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    answer = upload(client, "in_force", "/api/verify")
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL")


def test_refusals_are_pages_to_people_and_problem_documents_to_machines(client: TestClient) -> None:
    assert client.get("/nothing").status_code == 404
    assert "没有这个页面" in client.get("/nothing").text
    assert client.get("/verify").status_code == 405
    assert client.get("/api/nothing").json()["code"] == "PAGE_UNKNOWN"
    assert client.get("/api/verify").headers["content-type"] == "application/problem+json"


def without_ours(page: str) -> str:
    """The page without the one script we serve."""
    ours = r'<script type="module" src="/static/(scan|ways|camera|batch)\.js\?v=[0-9a-f]{12}"></script>'
    return re.sub(ours, "", page, count=1)


# Every answer ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", f"/v/{code_of('in_force')}", "/v/X", "/nothing", f"/api/v/{code_of('in_force')}"]
)
def test_every_answer_has_the_headers_of_a_quiet_page(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "noindex" in headers["x-robots-tag"]
    assert headers["cache-control"] == ("private, no-cache" if "/v/" in path else "no-store")
    assert "set-cookie" not in headers


def test_no_page_has_a_script_or_a_style_of_its_own(client: TestClient) -> None:
    for name, page in every_page(client, "zh"):
        assert "<script" not in without_ours(page), name
        assert "style=" not in page, name
        assert not re.search(r"\son[a-z]+=", page), name
        assert "javascript:" not in page, name


def test_robots_are_told_to_stay_away(client: TestClient) -> None:
    assert client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


def test_static_files_have_an_etag_and_are_not_sent_twice(client: TestClient) -> None:
    first = client.get("/static/portal.css")
    assert "max-age" in first.headers["cache-control"]
    again = client.get("/static/portal.css", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/", f"/v/{code_of('in_force')}", "/v/X", f"/api/v/{code_of('in_force')}", "/healthz"]
)
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    get, head = client.get(path), client.head(path)
    assert head.status_code == get.status_code
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.content == b""


def test_health_asks_the_register(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}

    class Gone(Register):
        def is_registered(self, sha: str) -> bool:
            raise ConnectionError(sha)

    assert portal_with(Gone()).get("/healthz").status_code == 500


def weight(client: TestClient, address: str, seen: set[str]) -> int:
    """Bytes of a page or file and of everything that it names: styles, scripts and what they import, pictures."""
    if address in seen:
        return 0
    seen.add(address)
    content = client.get(address).content
    named = re.findall(
        rb"""<(?:link|script|img)[^>]+(?:href|src)="(/static/[^"]+)"|url\("?([\w./-]+)"?\)|from "(\./[\w./-]+)\"""",
        content,
    )
    parts = [next(filter(None, groups)).decode() for groups in named]
    return len(content) + sum(weight(client, urljoin(address, part), seen) for part in parts)


def test_a_whole_scan_page_weighs_less_than_sixty_kilobytes(client: TestClient) -> None:
    for name in DOCUMENTS:
        for lang in ("zh", "en"):
            seen: set[str] = set()
            assert weight(client, f"/v/{code_of(name)}?lang={lang}", seen) < 60_000, name
            assert {path.partition("?")[0].rpartition("/")[2] for path in seen} >= {
                "tokens.css", "portal.css", "guilloche.svg", "icon.svg", "scan.js", "code.js"
            }  # fmt: skip


def test_the_decoder_is_fetched_when_needed_and_served_by_us_with_its_licence(client: TestClient) -> None:
    seen: set[str] = set()
    weight(client, "/camera", seen)
    assert not [path for path in seen if "vendor" in path], "it is fetched when there is something to read"
    assert b"./vendor/jsQR.js" in client.get("/static/qr-reader.js").content
    assert client.get("/static/vendor/jsQR.LICENSE.txt").status_code == 200
    for path in ("/", f"/v/{code_of('in_force')}"):
        assert "qr-reader" not in client.get(path).text


def test_the_interface_is_described(client: TestClient) -> None:
    assert set(client.get("/api/openapi.json").json()["paths"]) == {
        "/api/v/{code}",
        "/api/verify",
        "/api/changes",
        "/api/reports/simple",
        "/api/reports/etsi",
        "/api/reports/pdf",
        "/api/paper",
        "/validateSignature",
    }


# Languages ------------------------------------------------------------------------------------------------------------


def test_english_pages_have_no_chinese_but_marked_proper_names(client: TestClient) -> None:
    for name, page in every_page(client, "en"):
        reading = _Reading()
        reading.feed(page)
        left = [words for words in reading.words if HAN.search(words)]
        assert left == [], name
        assert '<html lang="en">' in page


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("", "zh-CN"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("fr,en;q=0.5,zh;q=0.9", "zh-CN"),
        ("de", "zh-CN"),
        ("en;q=nonsense,zh;q=0.1", "zh-CN"),
    ],
)
def test_the_browsers_language_decides_unless_the_reader_does(client: TestClient, header: str, lang: str) -> None:
    page = client.get("/", headers={"accept-language": header})
    assert page.headers["content-language"] == lang
    assert client.get("/?lang=zh", headers={"accept-language": header}).headers["content-language"] == "zh-CN"


def test_a_chosen_language_stays_and_the_switch_keeps_the_question(client: TestClient) -> None:
    page = client.get(f"/v/{code_of('in_force')}", params={"lang": "en"}).text
    assert f'href="/v/{code_of("in_force")}?lang=zh"' in page
    assert 'href="/?lang=en"' in page
    assert 'href="/?lang=zh"' in search(client, LICENCE.number, check_code_of("in_force"), params={"lang": "en"}).text


# Hostile strings ------------------------------------------------------------------------------------------------------

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}\u202e'


def test_hostile_strings_from_the_register_are_text() -> None:
    words = Sentence(HOSTILE, HOSTILE)
    document = replace(
        LICENCE,
        title=words,
        number=HOSTILE,
        holder=HOSTILE,
        holder_id_last4="",
        organisation=HOSTILE,
        categories=(words,),
        issuer=HOSTILE,
        seals=(PublicSeal(words, HOSTILE, NOW, True),),
    )
    client = portal_with(Register({"hostile": document}))
    for lang in ("zh", "en"):
        page = client.get(f"/v/{code_of('hostile')}", params={"lang": lang}).text
        assert "&lt;script&gt;" in page
        assert "<script" not in without_ours(page)
        assert "<img" not in page
        assert "{{7*7}}" in page


def test_hostile_strings_from_a_file_are_text() -> None:
    seal = replace(
        REPORTS["foreign"].signatures[0], field=HOSTILE, role=HOSTILE, signer=HOSTILE, sub_indication=HOSTILE
    )
    report = replace(
        REPORTS["foreign"], signatures=(replace(seal, signed_at=HOSTILE), replace(seal, signed_at="2026-02-30"))
    )
    client = portal_with(verifier=lambda _: report)
    page = upload(client, "in_force", params={"lang": "en"}).text
    assert "<script" not in without_ours(page)
    assert "<img" not in page


def test_hostile_addresses_are_text(client: TestClient) -> None:
    pages = [client.get(path).text for path in ("/v/%22%3E%3Cscript%3E", "/%22%3E%3Cscript%3E?lang=%22%3E")]
    pages.append(search(client, '"><script>', '"><script>').text)
    for page in pages:
        assert "<script" not in without_ours(page)
        assert '"">' not in page
