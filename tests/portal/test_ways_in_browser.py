"""The ways in, in a real browser: camera, picture, batch, drop, and all of it again without any script."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import qrcode
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, Route, sync_playwright

from signing_service.attest.code_keys import CodeKey, publish
from signing_service.attest.signed_code import sign_code
from signing_service.attest.statement import Statement
from tests.portal.pictures import check_batch, search, upload
from tests.portal.samples import CONFIG, HOLDER, LICENCE, NOW, ORIGIN, Register, Validation, check_code_of, code_of, pdf
from tests.portal.serving import CHROMIUM, DESKTOP, PHONE, served
from verify_portal.app import make_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NOT LOOKED AT: there is no Chromium at {CHROMIUM}"),
]

KEY = ec.derive_private_key(0x5EED, ec.SECP256R1())
CODE_KEY = CodeKey(KEY.public_key(), date(2020, 1, 1), date(2029, 12, 31))
STATEMENT = Statement(
    LICENCE.number, "王小明", LICENCE.organisation, "", date(2023, 3, 1), date(2029, 2, 28), 17, bytes(range(16))
)
DIGITS = sign_code(STATEMENT, CODE_KEY.kid, lambda data: KEY.sign(data, ec.ECDSA(SHA256())))
ADDRESS = f"{ORIGIN}/v/{code_of('in_force').lower()}"
FOREIGN = [
    "https://verify.signing-service.example.evil.test/v/x",
    "https://evil.test/v/x?https://verify.signing-service.example/v/x",
    "https://verify.signing-service.example@evil.test/v/x",
    "https://someone@verify.signing-service.example/v/x",
    "http://verify.signing-service.example/v/x",
    "https://verify.signing-service.example:8443/v/x",
    "https://verify.signing-service.example/elsewhere",
]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    keys = tmp_path_factory.mktemp("keys") / "licence-keys.json"
    publish(keys, CODE_KEY)
    config = replace(CONFIG, licence_keys=keys, holder_tries=1000)
    with served(make_app(Register(), Validation(), config, now=lambda: NOW)) as address:
        yield address


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


def launch(playwright: Playwright, *arguments: str) -> Browser:
    return playwright.chromium.launch(
        executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage", *arguments]
    )


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = launch(playwright)
    yield started
    started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, locale="zh-CN")
    yield context.new_page()
    context.close()


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A browser that runs no script."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False)
    yield context.new_page()
    context.close()


def picture_of(text: str) -> Image.Image:
    drawn: Image.Image = qrcode.make(text, box_size=6, border=6).get_image().convert("L")
    return drawn


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def choose(page: Page, origin: str, data: bytes, lang: str = "") -> None:
    page.goto(f"{origin}/camera{lang}")
    page.set_input_files("#picture", {"name": "code.png", "mimeType": "image/png", "buffer": data})


# ---- the camera and pictures


def test_a_picture_of_our_code_leads_to_the_scan_page_and_its_signed_part_goes_along(page: Page, origin: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    choose(page, origin, png(picture_of(f"{ADDRESS}#{DIGITS}")))
    page.wait_for_url(f"{origin}/v/*")
    assert page.url == f"{origin}/v/{code_of('in_force').lower()}#{DIGITS}"
    page.locator("#code").wait_for(state="visible")
    assert "签码真实" in page.locator("#code").inner_text()
    assert not [url for url in asked if not url.startswith(origin)], "nobody else is asked for anything"
    assert not [url for url in asked if DIGITS[:20] in url.partition("#")[0]]


def test_the_language_that_was_chosen_is_kept(page: Page, origin: str) -> None:
    choose(page, origin, png(picture_of(ADDRESS)), "?lang=en")
    page.wait_for_url(f"{origin}/v/*")
    assert page.url.endswith("?lang=en")


def test_a_small_and_turned_photograph_is_read_too(page: Page, origin: str) -> None:
    photo = Image.new("L", (2400, 3000), 200)
    code = picture_of(ADDRESS).resize((700, 700)).rotate(12, expand=True, fillcolor=200)
    photo.paste(code, (900, 1500))
    choose(page, origin, png(photo))
    page.wait_for_url(f"{origin}/v/*")


@pytest.mark.parametrize("address", FOREIGN)
def test_a_foreign_address_is_told_and_never_opened(page: Page, origin: str, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    choose(page, origin, png(picture_of(f"{address}#{DIGITS}")))
    warning = page.locator("[data-warning=foreign]")
    warning.wait_for(state="visible")
    assert "这不是本平台的网址" in warning.inner_text()
    assert address in warning.inner_text()
    assert warning.locator("a").count() == 0, "what is foreign is shown and cannot be pressed"
    assert page.url == f"{origin}/camera"
    assert not [url for url in asked if not url.startswith((origin, "data:", "blob:"))]


@pytest.mark.parametrize("text", ["WIFI:T:WPA;S:x;;", "javascript:alert(1)", "赣A042019000123"])
def test_what_is_no_address_is_told_as_such(page: Page, origin: str, text: str) -> None:
    choose(page, origin, png(picture_of(text)))
    page.locator("[data-warning=other]").wait_for(state="visible")
    assert page.url == f"{origin}/camera"


def test_a_picture_without_a_code_says_so_and_the_next_may_have_one(page: Page, origin: str) -> None:
    choose(page, origin, png(Image.new("L", (300, 300), 255)))
    page.locator("[data-says=nothing]").wait_for(state="visible")
    page.set_input_files("#picture", {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture at all"})
    page.locator("[data-says=nothing]").wait_for(state="visible")
    page.set_input_files("#picture", {"name": "c.png", "mimeType": "image/png", "buffer": png(picture_of(ADDRESS))})
    page.wait_for_url(f"{origin}/v/*")


def test_without_a_camera_there_is_another_way(page: Page, origin: str) -> None:
    page.goto(f"{origin}/camera")
    page.locator("[data-says=unavailable]").wait_for(state="visible")
    assert page.locator("label[for=picture]").is_visible()


def test_the_camera_finds_the_code_that_is_held_before_it(playwright: Playwright, origin: str, tmp_path: Path) -> None:
    frame = Image.new("RGB", (640, 480), "white")
    frame.paste(picture_of(ADDRESS).resize((400, 400)), (120, 40))
    film = tmp_path / "film.mjpeg"
    frame.save(film, "JPEG", quality=95)
    browser = launch(
        playwright,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    context = browser.new_context(viewport=PHONE, permissions=["camera"], locale="zh-CN")
    page = context.new_page()
    page.goto(f"{origin}/camera")
    page.wait_for_url(f"{origin}/v/*")
    assert page.inner_text("h1") == "证照有效"
    browser.close()


def test_only_the_camera_page_may_use_the_camera(page: Page, origin: str) -> None:
    allowed = "document.featurePolicy ? document.featurePolicy.allowsFeature('camera') : null"
    for path, expected in (("/camera", True), ("/", False), (f"/v/{code_of('in_force')}", False)):
        page.goto(f"{origin}{path}")
        assert page.evaluate(allowed) is expected, path


# ---- the batch


def downloaded(page: Page) -> list[list[str]]:
    with page.expect_download() as waiting:
        page.click("[data-csv]")
    data = Path(waiting.value.path()).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf"), "a spreadsheet takes Chinese for Chinese"
    assert waiting.value.suggested_filename.endswith(".csv")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_a_batch_is_answered_file_by_file_and_its_table_can_be_taken_away(page: Page, origin: str) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    check_batch(page, origin, "zh", ("in_force", "cancelled", "changed"))
    assert sent == [f"{origin}/api/verify"] * 4, "one by one"
    assert page.locator("#results tbody tr").count() == 4
    assert "可以采信 1" in page.inner_text("[data-tally]")
    head, *rows = downloaded(page)
    assert head == ["文件", "结论", "说明", "证照编号", "代码"]
    assert [row[0] for row in rows] == ["in_force.pdf", "cancelled.pdf", "changed.pdf", "note.txt"]
    assert rows[1][1:] == [
        "已注销",
        "文件真实，但证照已于2026年5月6日注销，请勿采信。",
        LICENCE.number,
        "LICENCE_CANCELLED",
    ]
    assert rows[3][4] == "FILE_TYPE"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_no_cell_of_the_table_is_a_formula(page: Page, origin: str) -> None:
    names = ["=cmd|' /C calc'!A0.pdf", "+1.pdf", "-1.pdf", "@SUM(A1).pdf", " =1.pdf", "＝1.pdf", 'a"b,c.pdf']
    page.goto(f"{origin}/batch")
    files = [{"name": name, "mimeType": "application/pdf", "buffer": pdf("in_force")} for name in names]
    page.set_input_files("#pdfs", files)
    page.click("#batch .button")
    page.wait_for_selector("[data-csv]:visible")
    _, *rows = downloaded(page)
    assert len(rows) == len(names)
    for row in rows:
        assert not [cell for cell in row if cell.strip().startswith(("=", "+", "-", "@", "\t", "\r", "＝"))], row
    assert rows[-1][0] == 'a"b,c.pdf'


def test_a_batch_that_is_asked_to_wait_waits_says_so_and_goes_on(page: Page, origin: str) -> None:
    refused: list[str] = []

    def once(route: Route) -> None:
        if refused:
            route.continue_()
            return
        refused.append(route.request.url)
        route.fulfill(status=429, headers={"retry-after": "1"}, json={"code": "TOO_MANY_REQUESTS"})

    page.route("**/api/verify", once)
    check_batch(page, origin, "zh", ("in_force",))
    assert refused
    assert page.locator("#results tbody tr").first.inner_text().count("真实有效") == 1


def test_more_than_fifty_files_are_not_sent(page: Page, origin: str) -> None:
    page.goto(f"{origin}/batch")
    files = [{"name": f"{n}.pdf", "mimeType": "application/pdf", "buffer": pdf("in_force")} for n in range(51)]
    page.set_input_files("#pdfs", files)
    page.click("#batch .button")
    page.locator("[data-says=many]").wait_for(state="visible")
    assert page.locator("#results").is_hidden()


def test_a_file_that_does_not_get_through_is_told_and_the_rest_goes_on(page: Page, origin: str) -> None:
    lost: list[str] = []

    def once(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.url)
        route.abort()

    page.route("**/api/verify", once)
    check_batch(page, origin, "zh", ("in_force", "cancelled"))
    rows = page.locator("#results tbody tr")
    assert "没有连上本平台" in rows.nth(0).inner_text()
    assert "已注销" in rows.nth(1).inner_text()


DROP = """([selector, names]) => {
    const carried = new DataTransfer();
    for (const name of names) carried.items.add(new File(["%PDF-1.7\\n% in_force"], name, {type: "application/pdf"}));
    const target = document.querySelector(selector);
    for (const kind of ["dragover", "drop"])
        target.dispatchEvent(new DragEvent(kind, {dataTransfer: carried, bubbles: true, cancelable: true}));
}"""


def test_a_file_that_is_dropped_on_the_first_page_is_checked(browser: Browser, origin: str) -> None:
    context = browser.new_context(viewport=DESKTOP, locale="zh-CN")
    page = context.new_page()
    page.goto(origin)
    page.evaluate(DROP, ["#file", ["a.pdf", "b.pdf"]])
    page.locator("#file .drop-said").wait_for(state="visible")
    page.evaluate(DROP, ["#file", ["a.pdf"]])
    page.wait_for_selector("h1#headline")
    page.goto(f"{origin}/batch")
    page.evaluate(DROP, ["#batch", ["a.pdf", "b.pdf"]])
    page.wait_for_selector("[data-csv]:visible")
    assert page.locator("#results tbody tr").count() == 2
    context.close()


# ---- without any script


def batch_without_script(page: Page, origin: str) -> None:
    check_batch(page, origin, "zh", ("in_force", "cancelled"))


def compare_without_script(page: Page, origin: str) -> None:
    page.goto(f"{origin}/v/{code_of('in_force')}")
    page.click("#holder summary")
    page.fill("#holder-name", HOLDER[0])
    page.fill("#holder-last6", HOLDER[1])
    page.click("#holder button")


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (lambda page, origin: page.goto(f"{origin}/v/{code_of('cancelled')}"), "已注销"),
        (lambda page, origin: search(page, origin, LICENCE.number, check_code_of("in_force"), "zh"), "证照有效"),
        (lambda page, origin: upload(page, origin, pdf("changed"), "zh"), "文件被改动"),
        (batch_without_script, "文件真实，但证照已于"),
        (compare_without_script, "相符"),
        (lambda page, origin: page.goto(f"{origin}/camera"), "手机自带的扫码功能"),
    ],
    ids=["scan", "search", "upload", "batch", "holder", "camera"],
)
def test_every_main_answer_needs_no_script(
    plain: Page, origin: str, way: Callable[[Page, str], None], said: str
) -> None:
    way(plain, origin)
    assert said in plain.inner_text("main")


def test_no_page_sets_a_cookie_or_keeps_anything_in_the_browser(page: Page, origin: str) -> None:
    for path in ("/", "/camera", "/batch", f"/v/{code_of('in_force')}"):
        page.goto(f"{origin}{path}")
        assert page.context.cookies() == []
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
