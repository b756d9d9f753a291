"""A clerk seals with a cert file in a real browser: the file is opened in the page, and no key ever leaves it."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import BrowserContext, Page, expect

from signing_service.domain.dossier import Stage
from signing_service.domain.keys import KeyAlgorithm
from signing_service.storage import documents, dossiers
from signing_service.storage.documents import DocumentRow
from signing_service.trust.issue import Validity
from signing_service.trust.pki import ensure, open_pki
from tests.factories import EMPLOYER, HOLDER, officer
from tests.factories_outside import PASSWORD, OwnKey, own_key
from tests.factories_pki import add_key
from tests.signing_room.conftest import Office
from tests.unit.trust.serving import answering

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = 30_000


def read_all(page: Page) -> None:
    for figure in page.query_selector_all(".page"):
        figure.scroll_into_view_if_needed()
    expect(page.locator("#reading.read")).to_be_visible()


def choose(page: Page, p12: bytes, password: str) -> None:
    page.set_input_files("#p12", {"name": "单位公章.p12", "mimeType": "application/x-pkcs12", "buffer": p12})
    page.fill("#password", password)


def seal_with(page: Page, office: Office, p12: bytes, password: str) -> None:
    page.goto(office.link)
    read_all(page)
    choose(page, p12, password)
    page.click("#open-file .button")


def secrets_of(key: OwnKey, p12: bytes, password: str) -> dict[str, bytes]:
    """What must never travel: the key in every form it could take, the file, the password."""
    numbers = key.key.private_numbers()
    value = numbers.private_value if hasattr(numbers, "private_value") else numbers.d
    size = (value.bit_length() + 7) // 8
    raw = value.to_bytes(size, "big")
    pkcs8 = key.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    found = {"password": password.encode(), "password utf-16": password.encode("utf-16-be")}
    for name, data in (("key", raw), ("pkcs8", pkcs8[:48]), ("file", p12[64:128])):
        found |= {
            name: data,
            f"{name} hex": data.hex().encode(),
            f"{name} HEX": data.hex().upper().encode(),
            # at any of the three offsets that base64 can have it
            **{
                f"{name} base64 {shift}": base64.b64encode(bytes(shift) + data)[4 if shift else 0 : -4]
                for shift in range(3)
            },
        }
    return found


@pytest.mark.parametrize("legacy", [False, True], ids=["aes", "triple-des"])
@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_a_form_is_sealed_with_a_local_file_and_neither_key_nor_password_leaves_the_page(
    office: Office, page: Page, legacy: bool, kind: str
) -> None:
    key = office.key
    if kind == "rsa":
        key = rsa_key_of_the_builder(office)
    p12 = key.p12(PASSWORD, legacy=legacy)
    elsewhere: list[str] = []
    page.on("request", lambda sent: elsewhere.append(sent.url) if not sent.url.startswith(office.origin) else None)
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    seal_with(page, office, p12, PASSWORD)
    expect(page.locator("h1")).to_have_text("已盖章，无需再做什么", timeout=LONG)

    assert office.signed_by == [None, HOLDER, EMPLOYER]
    assert office.validated() == "TOTAL_PASSED"
    assert elsewhere == []
    assert complaints == []
    sent = bytes(office.recorder.sent)
    assert len(sent) > 2000
    for name, secret in secrets_of(key, p12, PASSWORD).items():
        assert secret not in sent, f"the {name} was sent"


def rsa_key_of_the_builder(office: Office) -> OwnKey:
    settings = office.service.settings
    pki = ensure(settings.pki, settings.certs / "pki.toml", office.service.desk.clock())
    now = office.service.desk.clock().replace(microsecond=0)
    term = Validity(now - timedelta(hours=1), now + timedelta(days=300))
    add_key(
        pki,
        "rsa-of-the-builder",
        subject=office.key.chain[0].subject,
        algorithm=KeyAlgorithm.RSA_2048,
        validity=term,
    )
    return own_key(office.service, "rsa-of-the-builder")


def test_the_sealed_form_goes_on_to_its_end_and_pdfsig_agrees(office: Office, page: Page, tmp_path: Path) -> None:
    seal_with(page, office, office.key.p12(PASSWORD), PASSWORD)
    expect(page.locator("h1")).to_have_text("已盖章，无需再做什么", timeout=LONG)
    for step, person in (("accept", "tang"), ("review", "song"), ("grant", "zheng")):
        office.service.desk.take_step(office.number, step, officer(person))
        office.service.settle(office.number)
    with office.service.desk.database.reading() as connection:
        assert dossiers.load(connection, office.number).stage is Stage.CLOSED
    form = next(row for row in rows(office) if row.template.startswith("forms/"))
    (tmp_path / "form.pdf").write_bytes(last_file(office, form.document_id))
    # as beside a running service: pdfsig asks the OCSP responders that the certs name
    with answering(open_pki(office.service.settings.pki, office.service.settings.certs / "pki.toml")):
        told = pdfsig(tmp_path, office)
    assert told.count("Signature is Valid.") == told.count("Certificate is Trusted.") == 4, told


def rows(office: Office) -> list[DocumentRow]:
    with office.service.desk.database.reading() as connection:
        return list(documents.of_dossier(connection, office.number))


def last_file(office: Office, document_id: str) -> bytes:
    with office.service.desk.database.reading() as connection:
        return office.service.desk.blobs.get(documents.revisions(connection, document_id)[-1].sha256)


def pdfsig(folder: Path, office: Office) -> str:
    for program in ("pdfsig", "certutil"):
        if shutil.which(program) is None:
            pytest.skip(f"not run on this machine: there is no {program}")
    nss, root = f"sql:{folder}", str(office.service.settings.pki / "anchors" / "root.pem")

    def run(*words: str) -> str:
        return subprocess.run(words, check=False, capture_output=True, text=True, timeout=60).stdout

    run("certutil", "-N", "-d", nss, "--empty-password")
    run("certutil", "-A", "-d", nss, "-n", "root", "-t", "CT,C,C", "-i", root)
    return run("pdfsig", "-nssdir", nss, str(folder / "form.pdf"))


def test_nothing_can_be_signed_before_the_last_page_was_shown(office: Office, page: Page) -> None:
    page.goto(office.link)
    button = page.locator("#open-file .button")
    expect(button).to_be_disabled()
    read_all(page)
    expect(button).to_be_enabled()


@pytest.mark.parametrize(
    ("p12", "password", "code"),
    [("right", "wrong", "FILE_PASSWORD"), ("legacy", "wrong", "FILE_PASSWORD"), ("garbage", "x", "FILE_FILE")],
)
def test_a_wrong_password_or_file_is_told_and_sends_nothing(
    office: Office, page: Page, p12: str, password: str, code: str
) -> None:
    file = {
        "right": lambda: office.key.p12(PASSWORD),
        "legacy": lambda: office.key.p12(PASSWORD, legacy=True),
        "garbage": lambda: b"hello",
    }[p12]()
    seal_with(page, office, file, password)
    expect(page.locator("#outcome.failed")).to_contain_text(code)
    assert b"/api/signing/prepare" not in office.recorder.sent
    expect(page.locator("#open-file .button")).to_be_enabled()
    assert page.input_value("#password") == ""
    choose(page, office.key.p12(PASSWORD), PASSWORD)
    page.click("#open-file .button")
    expect(page.locator("h1")).to_have_text("已盖章，无需再做什么", timeout=LONG)


def test_the_key_of_another_enterprise_is_refused_in_words(office: Office, page: Page) -> None:
    stranger = own_key(office.service, "enterprise-91360102999000128k")
    seal_with(page, office, stranger.p12(PASSWORD), PASSWORD)
    expect(page.locator("#outcome.failed")).to_contain_text("该数字证书不属于")
    expect(page.locator("#outcome")).to_contain_text("SUBJECT_NOT_PARTY")
    assert office.signed_by == [None, HOLDER]


def test_a_revoked_cert_is_refused_in_words(office: Office, page: Page) -> None:
    office.revocations.revoked.add(office.key.ders[0])
    seal_with(page, office, office.key.p12(PASSWORD), PASSWORD)
    expect(page.locator("#outcome.failed")).to_contain_text("CERT_REVOKED")


def test_of_two_tabs_one_seals_and_the_other_is_told(office: Office, context: BrowserContext) -> None:
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(office.link)
        read_all(page)
        choose(page, office.key.p12(PASSWORD), PASSWORD)
    second.click("#open-file .button")
    expect(second.locator("h1")).to_have_text("已盖章，无需再做什么", timeout=LONG)
    first.click("#open-file .button")
    expect(first.locator("#outcome.failed")).to_contain_text(
        re.compile("SLOT_NOT_OPEN|SIGNATURE_KEPT|REVISION_CHANGED")
    )
    assert office.signed_by == [None, HOLDER, EMPLOYER]
    assert office.validated() == "TOTAL_PASSED"


# ---- the page itself


@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_within_everybodys_reach(office: Office, page: Page, lang: str, width: int, tmp_path: Path) -> None:
    page.set_viewport_size({"width": width, "height": 844 if width < 1000 else 900})
    for name, act in (("open", lambda: None), ("token", lambda: page.click("#tab-token"))):
        page.goto(f"{office.link}?lang={lang}")
        read_all(page)
        page.evaluate("scrollTo(0, 0)")
        act()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, f"{name} is {wide} pixels too wide"
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
        page.screenshot(path=tmp_path / f"{name}-{lang}-{width}.png", full_page=True)
        for element in page.query_selector_all(".button, input, [role=tab], .switch"):
            box = element.bounding_box()
            assert box is None or box["height"] >= 44, element.inner_html()


def test_the_clerk_finds_the_way_by_keyboard(office: Office, page: Page) -> None:
    page.goto(office.link)
    read_all(page)
    page.focus("#tab-file")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-token")).to_be_focused()
    expect(page.locator("#way-token")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    choose(page, office.key.p12(PASSWORD), "")
    page.focus("#password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("已盖章，无需再做什么", timeout=LONG)


def test_an_english_page_is_english(office: Office, page: Page) -> None:
    page.goto(f"{office.link}?lang=en")
    assert page.inner_text("h1").startswith("Please seal: ")
    read_all(page)
    choose(page, office.key.p12(PASSWORD), "wrong")
    page.click("#open-file .button")
    expect(page.locator("#outcome")).to_contain_text("The password is wrong")
