"""What was changed, on the portal: two pages side by side with the places marked, and the sealed version to take away."""

from __future__ import annotations

import base64
import io
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from signing_service.domain.changes import Change, ChangedPage, ChangeKind, Changes, IntactRevision, Picture, Region
from signing_service.domain.documents import sha256_of
from signing_service.domain.errors import Problem
from signing_service.domain.verdicts import Trust, Verdict
from signing_service.pipeline.compare import compare_isolated
from signing_service.pipeline.isolation import validate_isolated
from tests.portal.samples import CONFIG, NOW, ORIGIN, Register, Validation, pdf
from tests.security import corpus, signed_files
from tests.security.signed_files import NOW as SIGNED_AT
from tests.security.signed_files import Pki
from verify_portal.app import make_app
from verify_portal.changes import KEPT_FOR, SealedVersions, ShownChanges, where

HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki.make()


@pytest.fixture(scope="module")
def sealed(pki: Pki) -> bytes:
    return signed_files.two_seals(pki)


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


def portal(pki: Pki, register: Register | None = None, now: Callable[[], datetime] = lambda: NOW) -> TestClient:
    app = make_app(
        register or Register(),
        lambda data: validate_isolated(data, pki.anchors, now=SIGNED_AT),
        CONFIG,
        now=now,
        comparer=lambda data: compare_isolated(data, pki.anchors, now=SIGNED_AT),
    )
    return TestClient(app, base_url=ORIGIN, raise_server_exceptions=False)


def upload(client: TestClient, data: bytes, path: str = "/verify", lang: str = "zh") -> Any:
    return client.post(path, params={"lang": lang}, files={"file": ("a.pdf", data, "application/pdf")})


def altered(sealed: bytes) -> bytes:
    return corpus.updated(sealed, corpus.forged_page)


def test_an_altered_file_is_shown_beside_what_was_sealed(pki: Pki, sealed: bytes) -> None:
    page = upload(portal(pki), altered(sealed)).text
    assert page.index("<h1") < page.index("改动了什么") < page.index("签章经过")
    assert "第 1 页的内容被改动" in page
    pictures = re.findall(r'href="data:image/jpeg;base64,([^"]+)"', page)
    assert len(pictures) == 2
    before, after = (Image.open(io.BytesIO(base64.b64decode(picture))) for picture in pictures)
    assert before.size == after.size
    assert page.count('class="badge"') == 2
    assert page.count('class="was"') == page.count('class="is"') == 1
    assert "签章时：第 1 页；1 页面" in page
    assert re.search(r'<ol class="places">\s*<li>页面', page)


def test_the_marked_place_is_where_the_change_is(pki: Pki, sealed: bytes) -> None:
    answer = upload(portal(pki), altered(sealed), "/api/changes").json()["changes"]
    [page] = answer["pages"]
    [[left, top, right, bottom]] = page["regions"]
    # the forged words stand from x 72, y 420 of an A4 page
    assert left <= 72 * 1000 / 595 <= right
    assert top <= (842 - 425) * 1000 / 842 <= bottom
    before, after = (
        Image.open(io.BytesIO(base64.b64decode(page[name]["jpeg"]))).convert("L")
        for name in ("picture_before", "picture_after")
    )
    width, height = before.size
    box = (left * width // 1000, top * height // 1000, right * width // 1000, bottom * height // 1000)
    assert before.crop(box).getextrema() != after.crop(box).getextrema()


def test_the_sealed_version_is_taken_away_byte_for_byte(pki: Pki, sealed: bytes) -> None:
    client = portal(pki)
    link = re.search(r'href="(/original/[^"]+)"', upload(client, altered(sealed)).text)
    assert link
    answer = client.get(link[1])
    assert answer.content.rstrip() == sealed.rstrip()
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    assert upload(client, answer.content, "/api/verify").json()["verdict"] == "TOTAL_PASSED"


def test_the_sealed_version_is_forgotten_after_ten_minutes(pki: Pki, sealed: bytes, clock: Clock) -> None:
    client = portal(pki, now=clock)
    link = re.search(r'href="(/original/[^"]+)"', upload(client, altered(sealed)).text)
    assert link
    clock.time += KEPT_FOR - timedelta(seconds=1)
    assert client.get(link[1]).status_code == 200
    clock.time += timedelta(seconds=1)
    gone = client.get(link[1])
    assert (gone.status_code, "SEALED_VERSION_GONE" in gone.text) == (404, True)
    assert client.get("/original/guessed").status_code == 404


def test_what_is_kept_is_bounded_and_the_oldest_goes_first(clock: Clock) -> None:
    kept = SealedVersions(clock)
    handles = [kept.keep(b"%d" % number) for number in range(80)]
    assert len(set(handles)) == 80
    assert min(len(handle) for handle in handles) >= 43
    for handle in handles[:16]:
        with pytest.raises(Problem):
            kept.take(handle)
    assert kept.take(handles[16]) == b"16"
    large = b"x" * (50 * 1024 * 1024)
    first, second = kept.keep(large), kept.keep(large)
    with pytest.raises(Problem):
        kept.take(first)
    assert kept.take(second) == large
    assert kept.keep(large * 2) == ""


def test_the_register_says_whether_the_sealed_version_is_ours(pki: Pki, sealed: bytes) -> None:
    file = altered(sealed)
    assert "登记簿中没有它" in upload(portal(pki), file).text
    length = upload(portal(pki), file, "/api/verify").json()["changes"]["intact"]["length"]
    ours = Register(unpublished=frozenset({sha256_of(file[:length])}))
    page = upload(portal(pki, ours), file).text
    assert "与登记的文件逐字节一致" in page
    assert 'class="verdict void"' in page


def test_the_version_of_a_stranger_is_never_called_the_original(pki: Pki) -> None:
    other = Pki.make()
    file = altered(signed_files.two_seals(other))
    page = upload(portal(pki), file).text
    assert "改动了什么" in page
    assert "签章者未能确认" in page
    assert "下载签章时的原版" not in page
    assert "下载较早版本（签章者未确认）" in page


def test_a_file_without_a_sealed_version_says_so(pki: Pki, sealed: bytes) -> None:
    position = sealed.index(b"/MediaBox")
    broken = sealed[:position] + b"/MediaBax" + sealed[position + 9 :]
    page = upload(portal(pki), broken).text
    assert "没有留下完好的签章版本" in page
    assert "/original/" not in page
    answer = upload(portal(pki), broken, "/api/verify").json()
    assert (answer["integrity"], answer["changes"]["intact"]) == ("broken", None)


def test_a_file_that_was_not_altered_is_not_compared(pki: Pki, sealed: bytes) -> None:
    client = portal(pki)
    for data in (sealed, signed_files.page()):
        assert "改动了什么" not in upload(client, data).text
        assert upload(client, data, "/api/verify").json()["changes"] is None
        assert upload(client, data, "/api/changes").json()["changes"] is None


def test_the_report_of_machines_has_no_pictures_unless_they_are_asked_for(pki: Pki, sealed: bytes) -> None:
    client = portal(pki)
    plain = upload(client, altered(sealed), "/api/verify").json()["changes"]
    full = upload(client, altered(sealed), "/api/changes").json()["changes"]
    assert "jpeg" not in str(plain)
    assert full["pages"][0].pop("picture_before")["jpeg"]
    assert full["pages"][0].pop("picture_after")["jpeg"]
    assert plain == full
    assert {"kind", "page", "subject", "before", "after", "sentence"} == set(plain["changes"][0])


def test_a_comparison_that_cannot_be_had_does_not_hold_up_the_answer() -> None:
    def away(_: bytes) -> Changes:
        raise Problem("VALIDATOR_UNAVAILABLE", "暂不可用", "not available", status=503)

    app = make_app(Register(), Validation(), CONFIG, now=lambda: NOW, comparer=away)
    page = upload(TestClient(app, base_url=ORIGIN), pdf("changed"))
    assert page.status_code == 200
    assert "文件被改动" in page.text
    assert "这次没有比对" in page.text


def test_altered_files_that_come_in_numbers_are_answered_without_waiting_to_be_compared() -> None:
    going_on, release = threading.Event(), threading.Event()

    def slow(_: bytes) -> Changes:
        going_on.set()
        assert release.wait(60)
        return Changes(None)

    config = replace(CONFIG, comparisons_waiting=0)
    app = make_app(Register(), Validation(), config, now=lambda: NOW, comparer=slow)
    with TestClient(app, base_url=ORIGIN) as client, ThreadPoolExecutor(1) as threads:
        first = threads.submit(upload, client, pdf("changed"))
        assert going_on.wait(60)
        assert "这次没有比对" in upload(client, pdf("changed")).text
        assert "证照在有效期内" in upload(client, pdf("in_force")).text
        release.set()
        assert "没有留下完好的签章版本" in first.result(60).text


# ---- what is quoted from a file


def told(*changes: Change, pages: tuple[ChangedPage, ...] = (), **more: Any) -> Changes:
    intact = IntactRevision(5, "0" * 64, Verdict.TOTAL_PASSED, Trust.TRUSTED, "GENUINE")
    return Changes(intact, changes, pages, looked_at=True, **more)


def shown(changes: Changes, lang: str = "zh") -> str:
    app = make_app(Register(), Validation(), CONFIG, now=lambda: NOW, comparer=lambda _: changes)
    client = TestClient(app, base_url=ORIGIN)
    return str(upload(client, pdf("changed"), lang=lang).text)


def test_hostile_names_and_values_are_text() -> None:
    changes = told(*(Change(kind, 1, HOSTILE, HOSTILE, HOSTILE) for kind in ChangeKind))
    page = shown(Changes.from_json(changes.to_json(pictures=True)))
    assert "<script>" not in page
    assert "\u202e" not in page
    assert page.count("&lt;script&gt;") >= 10


def test_every_change_is_said_in_both_languages() -> None:
    for kind in ChangeKind:
        said = Change(kind, 3, "NAME", "1", "2").sentence
        assert said.zh
        assert said.en
        assert "{" not in said.zh + said.en
        assert not re.search(r"[\u3400-\u9fff]", said.en)


def jpeg(width: int, height: int) -> Picture:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, "JPEG")
    return Picture(out.getvalue(), width, height)


def test_added_moved_and_further_pages_are_named() -> None:
    one = jpeg(80, 120)
    pages = (
        ChangedPage(0, 2, (), None, one),
        ChangedPage(3, 0, (), one, None),
        ChangedPage(4, 1, (), one, one),
        ChangedPage(5, 5, (Region(0, 0, 1000, 1000),), one, one),
    )
    page = shown(told(pages=pages, pages_changed=9, all_pages=False, rebuilt=True))
    for words in (
        "增加的第 2 页", "被删除的原第 3 页", "原第 4 页，现第 1 页", "第 5 页", "没有这一页", "整页", "另有 5 页有改动",
        "只比对了前面的部分", "各种阅读软件显示的内容不同",
    ):  # fmt: skip
        assert words in page, words
    english = shown(told(pages=pages, pages_changed=9, all_pages=False, rebuilt=True), "en")
    for words in ("Page 2, added", "Page 3, removed", "Page 4, now page 1", "There is no such page", "Readers differ"):
        assert words in english, words


def test_pages_that_could_not_be_drawn_are_told_as_such() -> None:
    assert "无法在限定的时间和内存内绘出" in shown(replace(told(Change(ChangeKind.PAGE_CONTENT, 1)), looked_at=False))
    assert "看上去没有差别" in shown(told(Change(ChangeKind.DESCRIPTION, subject="XMP")))


@pytest.mark.parametrize(
    ("region", "zh"),
    [
        (Region(0, 0, 100, 100), "页面上部左侧"),
        (Region(400, 400, 600, 600), "页面中部中间"),
        (Region(900, 900, 1000, 1000), "页面下部右侧"),
        (Region(0, 900, 1000, 1000), "页面下部"),
        (Region(0, 0, 1000, 1000), "整页"),
    ],
)
def test_a_place_is_said_in_words(region: Region, zh: str) -> None:
    assert where(region).zh == zh


def test_a_mark_lies_on_its_picture() -> None:
    picture = jpeg(100, 200)
    for box in ((0, 0, 1000, 1000), (0, 0, 10, 10), (990, 990, 1000, 1000), (500, 500, 500, 500)):
        page = ChangedPage(1, 1, (Region(*box),), picture, picture)
        [spread] = ShownChanges(told(pages=(page,)), registered=False).spreads
        assert spread.before
        [mark] = spread.before.marks
        assert mark.left >= 0
        assert mark.left + mark.width <= 100
        assert mark.top >= 0
        assert mark.top + mark.height <= 200


# ---- looked at


CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def changed_files(sealed: bytes) -> dict[str, bytes]:
    wanted = (
        "ISA: page rewritten, table proper",
        "pages: one added",
        "signatures: saved anew by an ordinary tool",
    )
    files = {case.name.partition(": ")[2]: case.data for case in corpus.cases({"two": sealed})}
    return {name: files[name] for name in wanted}


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NOT LOOKED AT: there is no Chromium at {CHROMIUM}")
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("viewport", [(360, 780), (1280, 900)], ids=["phone", "desktop"])
def test_the_page_fits_every_screen_and_axe_finds_nothing(
    viewport: tuple[int, int], lang: str, pki: Pki, changed_files: dict[str, bytes], sealed: bytes, tmp_path: Path
) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    from tests.portal.test_code_in_browser import served

    with served(portal(pki).app) as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        width, height = viewport
        page = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce").new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        for name, data in changed_files.items():
            page.goto(f"{origin}/?lang={lang}")
            page.set_input_files("#pdf", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": data})
            page.click("#file button")
            page.wait_for_selector("h2#changes")
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide == 0, name
            found = Axe().run(page).response["violations"]
            assert [(rule["id"], [node["html"][:99] for node in rule["nodes"]]) for rule in found] == [], name
            page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
            if page.locator(".changes a[download]").count():
                with page.expect_download() as download:
                    page.click(".changes a[download]")
                assert Path(download.value.path()).read_bytes().rstrip() == sealed.rstrip()
        assert [text for text in complaints if "Policy" in text] == []
        browser.close()
