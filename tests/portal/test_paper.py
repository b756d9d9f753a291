"""A print is checked from its photo: a genuine code is not yet a genuine paper, and nobody else's code looks like ours."""

from __future__ import annotations

import base64
import io
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from starlette.testclient import TestClient

from signing_service.domain.radar import SignalKind
from signing_service.domain.register import PublicDocument
from signing_service.pipeline.isolation import read_paper_isolated
from signing_service.pipeline.paper import (
    LONGEST_SIDE,
    MOST_PIXELS,
    MOST_SHOWN_BYTES,
    PaperPicture,
    PaperProblem,
    read_paper,
)
from signing_service.pipeline.validate import Limits
from tests.portal.prints import Issuer, as_bytes, photo, sheet
from tests.portal.samples import CONFIG, DOCUMENTS, HOST, NOW, ORIGIN, Register, Validation, code_of
from verify_portal.app import make_app
from verify_portal.radar import read_signals

JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer.new()


@pytest.fixture
def keys(issuer: Issuer, tmp_path: Path) -> Path:
    return issuer.write_keys(tmp_path / "licence-keys.json")


@pytest.fixture
def client(keys: Path) -> TestClient:
    return portal(Register(), keys)


def patient(data: bytes) -> PaperPicture:
    """A machine with much to do is no reason for another answer."""
    return read_paper_isolated(data, Limits(seconds=300))


def portal(register: Any, keys: Path | None, signals: Path | None = None) -> TestClient:
    config = replace(CONFIG, licence_keys=keys, max_upload_mb=4, signals=signals)
    app = make_app(register, Validation(), config, now=lambda: NOW, paper_reader=patient)
    return TestClient(app, base_url=ORIGIN, raise_server_exceptions=False)


def asked(client: TestClient, data: bytes) -> dict[str, Any]:
    answer = client.post("/api/paper", content=data, headers=JPEG)
    assert answer.status_code == 200, answer.text
    return answer.json()


def reason(client: TestClient, data: bytes) -> str:
    return str(asked(client, data)["answer"]["reason"])


def page_of(client: TestClient, data: bytes, lang: str = "zh") -> str:
    return client.post(f"/paper?lang={lang}", files={"file": ("a.jpg", data, "image/jpeg")}).text


# ---- what the code says


def test_a_genuine_code_asks_to_be_compared_and_never_says_that_the_paper_is_genuine(
    client: TestClient, issuer: Issuer
) -> None:
    found = asked(client, photo(issuer.address("in_force")))
    assert found["answer"]["reason"] == "PAPER_GENUINE_CODE"
    assert found["answer"]["tone"] == "caution"
    assert found["statement"]["number"] == DOCUMENTS["in_force"].number
    assert found["statement"]["holder"] == "王建国"
    assert found["register"]["reason"] == "LICENCE_IN_FORCE"
    assert (found["code"]["verdict"], found["code"]["host_is_ours"]) == ("GENUINE", True)


@pytest.mark.parametrize("name", ["cancelled", "expired", "suspended", "superseded"])
def test_the_register_goes_before_a_genuine_code(client: TestClient, issuer: Issuer, name: str) -> None:
    found = asked(client, photo(issuer.address(name)))
    assert found["answer"]["reason"] == f"LICENCE_{name.upper()}"
    assert found["statement"] is not None


def test_a_changed_digit_is_a_forgery_and_its_values_are_not_shown_as_true(client: TestClient, issuer: Issuer) -> None:
    address = issuer.address("in_force")
    changed = address[:-1] + str((int(address[-1]) + 1) % 10)
    found = asked(client, photo(changed))
    assert (found["answer"]["reason"], found["answer"]["tone"]) == ("PAPER_FORGED_CODE", "void")
    assert found["statement"] is None
    assert "王建国" not in page_of(client, photo(changed))


def test_a_code_signed_by_another_key_is_a_forgery(client: TestClient) -> None:
    assert reason(client, photo(Issuer.new().address("in_force"))) == "PAPER_FORGED_CODE"


@pytest.mark.parametrize("copied", [True, False])
def test_a_foreign_address_is_called_foreign_even_with_values_copied_from_us(
    client: TestClient, issuer: Issuer, copied: bool
) -> None:
    origin = "https://verify.signing-servce.example"
    address = issuer.address("in_force", origin=origin) if copied else f"{origin}/v/abc"
    found = asked(client, photo(address))
    assert (found["answer"]["reason"], found["answer"]["tone"]) == ("PAPER_FOREIGN_ADDRESS", "void")
    assert found["statement"] is None
    page = page_of(client, photo(address))
    assert "verify.signing-servce.example" in page
    assert 'class="verdict void"' in page


def test_a_host_with_letters_that_look_like_ours_is_shown_as_what_it_is(client: TestClient) -> None:
    page = page_of(client, photo("https://verify.signing-servіce.example/v/abc"))
    assert "xn--" in page
    assert "PAPER_FOREIGN_ADDRESS" in page


def test_an_address_of_ours_that_contradicts_the_signed_number_was_put_together(
    client: TestClient, issuer: Issuer
) -> None:
    found = asked(client, photo(issuer.address("in_force", number="赣A042019999999")))
    assert (found["answer"]["reason"], found["answer"]["tone"]) == ("PAPER_CODE_OF_ANOTHER", "void")


def test_an_address_without_signed_values_is_answered_by_the_register_and_compared(client: TestClient) -> None:
    found = asked(client, photo(f"{ORIGIN}/v/{code_of('notice_complete').lower()}"))
    assert (found["answer"]["reason"], found["answer"]["tone"]) == ("PAPER_REGISTER_ONLY", "caution")
    assert found["document"]["number"] == DOCUMENTS["notice_complete"].number
    assert reason(client, photo(f"{ORIGIN}/v/nothing")) == "NOT_FOUND"


@pytest.mark.parametrize("forgery", ["other key", "put together", "copied"])
def test_a_forged_print_is_noted_for_the_issuer_with_the_number_it_claims(
    keys: Path, issuer: Issuer, tmp_path: Path, forgery: str
) -> None:
    signals = tmp_path / "radar"
    number, host = DOCUMENTS["in_force"].number, HOST
    if forgery == "other key":
        address, told = Issuer.new().address("in_force"), "PAPER_FORGED_CODE"
    elif forgery == "put together":
        number = "赣A042019999999"
        address, told = issuer.address("in_force", number=number), "PAPER_CODE_OF_ANOTHER"
    else:
        host = "verify.signing-servce.example"
        address, told = issuer.address("in_force", origin=f"https://{host}"), "PAPER_FOREIGN_ADDRESS"
    assert reason(portal(Register(), keys, signals), photo(address)) == told
    (signal,) = read_signals(signals)
    assert (signal.kind, signal.about) == (SignalKind.FORGED_CODE, number)
    assert signal.evidence == {"reason": told, "host": host}


def test_a_print_of_a_cancelled_licence_or_with_another_code_beside_it_is_no_forgery(
    keys: Path, issuer: Issuer, tmp_path: Path
) -> None:
    client = portal(Register(), keys, tmp_path / "radar")
    for address in (issuer.address("in_force"), issuer.address("cancelled"), "https://shop.example/x", "no address"):
        reason(client, photo(address))
    assert list(read_signals(tmp_path / "radar")) == []


def test_of_two_codes_a_genuine_one_decides_and_the_foreign_one_is_told(client: TestClient, issuer: Issuer) -> None:
    found = asked(client, photo(issuer.address("in_force"), "https://phishing.example/x"))
    assert found["answer"]["reason"] == "PAPER_GENUINE_CODE"
    assert found["other_hosts"] == ["phishing.example"]


def test_of_two_codes_a_forged_one_decides(client: TestClient, issuer: Issuer) -> None:
    forged = Issuer.new().address("expiring")
    assert reason(client, photo(issuer.address("in_force"), forged)) == "PAPER_FORGED_CODE"


def test_a_sheet_without_a_code_says_nothing_of_the_paper(client: TestClient) -> None:
    found = asked(client, photo())
    assert (found["answer"]["reason"], found["answer"]["tone"]) == ("PAPER_NO_CODE", "unknown")
    assert reason(client, photo("just some text")) == "PAPER_OTHER_CODE"


def test_a_scan_of_one_page_as_pdf_is_read(client: TestClient, issuer: Issuer) -> None:
    one, two = (scanned(sheet(issuer.address("in_force")), pages) for pages in (1, 2))
    assert reason(client, one) == "PAPER_GENUINE_CODE"
    assert reason(client, two) == PaperProblem.MANY_PAGES


def scanned(image: Image.Image, pages: int) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for _ in range(pages):
        canvas.drawImage(ImageReader(image), 40, 40, 500, 640)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_a_sealed_pdf_is_sent_to_where_its_seal_is_validated(client: TestClient) -> None:
    sealed = (
        b"%PDF-1.7\n1 0 obj <</Type /Sig /SubFilter /ETSI.CAdES.detached /ByteRange [0 1 2 3] /Contents <00>>> endobj"
    )
    assert reason(client, sealed) == PaperProblem.SIGNED


# ---- when something is away


class Away(Register):
    def by_code(self, code: str) -> PublicDocument | None:
        raise OSError("the database is away")


def test_the_code_proves_itself_while_the_register_is_away(keys: Path, issuer: Issuer) -> None:
    client = portal(Away(), keys)
    found = asked(client, photo(issuer.address("in_force")))
    assert found["answer"]["reason"] == "PAPER_GENUINE_CODE"
    assert "状态未知" in found["answer"]["sentence"]["zh"]
    assert (found["register"], found["statement"]["holder"]) == (None, "王建国")


@pytest.mark.parametrize("content", [None, "{}"])
def test_without_the_published_keys_nothing_is_called_forged(
    tmp_path: Path, issuer: Issuer, content: str | None
) -> None:
    file = tmp_path / "keys.json"
    if content:
        file.write_text(content, encoding="utf-8")
    answer = portal(Register(), file).post("/api/paper", content=photo(issuer.address("in_force")), headers=JPEG)
    assert (answer.status_code, answer.json()["code"]) == (503, "CODE_KEYS_MISSING")


# ---- strangers' pictures


def png(width: int, height: int) -> bytes:
    """A valid PNG of one bit a pixel, all white: tiny however large it says it is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = b"\0" + b"\xff" * ((width + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "height"), [(20_000, 20_000), (LONGEST_SIDE + 1, 10), (8_000, MOST_PIXELS // 8_000 + 1)]
)
def test_a_huge_picture_is_refused_before_it_is_decoded(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decoded(*_: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    assert read_paper(png(width, height)).problem is PaperProblem.TOO_LARGE


def test_a_picture_that_says_less_than_it_holds_is_read_as_what_it_says() -> None:
    bomb = bytearray(png(64, 64))
    bomb += b"\0" * 1000
    assert read_paper(bytes(bomb)).problem is None


@pytest.mark.parametrize("limits", [Limits(memory_bytes=1024 * 1024), Limits(seconds=0.01)], ids=["memory", "time"])
def test_a_picture_over_the_limits_ends_its_process_and_nothing_else(limits: Limits) -> None:
    assert read_paper_isolated(png(6_000, 6_000), limits).problem is PaperProblem.TOO_LARGE
    assert patient(png(64, 64)).problem is None


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff" + b"\0" * 100,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"%PDF-1.7\nnothing",
        photo()[:2000],
    ],
    ids=["jpeg", "png", "pdf", "cut off"],
)
def test_what_is_no_picture_inside_is_told_to_be_unreadable(client: TestClient, data: bytes) -> None:
    found = asked(client, data)
    assert (found["answer"]["reason"], found["answer"]["tone"]) == (PaperProblem.UNREADABLE, "unknown")


@pytest.mark.parametrize("data", [b"GIF89a" + b"\0" * 50, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"hello"])
def test_other_kinds_of_file_are_refused(client: TestClient, data: bytes) -> None:
    answer = client.post("/api/paper", content=data, headers=JPEG)
    assert (answer.status_code, answer.json()["code"]) == (415, "PICTURE_TYPE")
    page = client.post("/paper", files={"file": ("a.jpg", data, "image/jpeg")})
    assert page.status_code == 415
    assert "PICTURE_TYPE" in page.text


def test_nothing_of_the_bytes_that_came_in_goes_out_again(client: TestClient, issuer: Issuer) -> None:
    marker = b"<script>alert(1)</script>"
    data = as_bytes(sheet(issuer.address("in_force")), comment=marker, exif=marker) + marker
    shown = picture_in(page_of(client, data))
    assert marker not in shown
    with Image.open(io.BytesIO(shown)) as image:
        assert image.format == "JPEG"
        assert not image.getexif()
        assert "comment" not in image.info
    assert len(shown) <= MOST_SHOWN_BYTES


def picture_in(page: str) -> bytes:
    found = re.search(r'src="data:image/jpeg;base64,([^"]+)"', page)
    assert found
    return base64.b64decode(found[1])


def test_the_largest_picture_that_is_shown_stays_small() -> None:
    noise = Image.effect_noise((3000, 3000), 90).convert("RGB")
    assert len(read_paper(as_bytes(noise, quality=95)).shown) <= MOST_SHOWN_BYTES


def test_a_photo_taken_sideways_is_shown_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    found = read_paper(as_bytes(Image.new("RGB", (800, 400), "white"), exif=exif))
    assert (found.width, found.height) == (400, 800)


def test_a_picture_above_the_size_is_refused(client: TestClient) -> None:
    answer = client.post("/api/paper", content=b"\xff\xd8\xff" + b"x" * (4 * 1024 * 1024), headers=JPEG)
    assert (answer.status_code, answer.json()["code"]) == (413, "FILE_SIZE")


def test_one_client_may_show_so_many_pictures_a_minute(client: TestClient) -> None:
    tiny = png(8, 8)
    allowed = CONFIG.pictures_per_minute
    codes = [client.post("/api/paper", content=tiny, headers=JPEG).status_code for _ in range(allowed + 1)]
    assert codes == [200] * allowed + [429]


# ---- the page


def test_the_page_shows_the_signed_values_and_todays_status_beside_the_picture(
    client: TestClient, issuer: Issuer
) -> None:
    page = page_of(client, photo(issuer.address("expiring")))
    for words in ("王建国", DOCUMENTS["expiring"].number, "2029年2月28日", "即将到期", "发证机关签名的内容"):
        assert words in page
    english = page_of(client, photo(issuer.address("expiring")), "en")
    assert "28 February 2029" in english
    assert "What the issuer signed" in english


def test_only_the_page_of_a_print_may_show_a_picture_that_is_inside_it(client: TestClient) -> None:
    paper, home = (client.get(path).headers["content-security-policy"] for path in ("/paper", "/"))
    assert "img-src 'self' data:" in paper
    assert "data:" not in home
    assert paper.replace(" data:", "") == home


def test_what_is_written_in_a_code_is_text_and_not_markup(client: TestClient) -> None:
    page = page_of(client, photo("https://x.example/<script>alert(1)</script>", "<img src=x onerror=alert(1)>"))
    assert "<script>alert" not in page
    assert "onerror" not in page


def test_the_first_page_leads_to_the_check_of_a_print(client: TestClient) -> None:
    assert 'href="/paper"' in client.get("/").text
    assert HOST in client.get("/paper").text


@pytest.fixture(autouse=True)
def _no_pictures_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A picture is never put on the disk."""
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []
