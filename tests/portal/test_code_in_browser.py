"""The script that checks a code in the browser says what we say, of genuine codes and of everything else."""

from __future__ import annotations

import functools
import http.server
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.testclient import TestClient

from signing_service.attest.code_keys import CodeKey, CodeKeys, publish
from signing_service.attest.cose import deterministic, sign1
from signing_service.attest.signed_code import bytes_of, check_code, digits_of, sign_code
from signing_service.attest.statement import Statement
from signing_service.domain.register import PublicDocument
from tests.portal.samples import CONFIG, DOCUMENTS, NOW, Register, Validation, code_of
from tests.portal.serving import CHROMIUM, served
from verify_portal.app import PortalConfig, make_app

STATIC = Path(__file__).resolve().parents[2] / "verify_portal" / "static"
HOST = "verify.signing-service.example"
ADDRESS = f"https://{HOST}/v/abcdefghijklmnopqrstuvwxya"
PRIVATE, OTHER = ec.derive_private_key(0x5EED, ec.SECP256R1()), ec.derive_private_key(0xBAD, ec.SECP256R1())
KEY = CodeKey(PRIVATE.public_key(), date(2026, 1, 1), date(2027, 12, 31))
STATEMENT = Statement(
    "赣A0112026000001", "王建国", "江右示例建设集团有限公司", "", date(2026, 11, 22), None, 17, bytes(range(16))
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NOT LOOKED AT: there is no Chromium at {CHROMIUM}"),
]


def sign(data: bytes) -> bytes:
    return PRIVATE.sign(data, ec.ECDSA(SHA256()))


def code(statement: Statement = STATEMENT, private: ec.EllipticCurvePrivateKey = PRIVATE, kid: bytes = KEY.kid) -> str:
    return sign_code(statement, kid, lambda data: private.sign(data, ec.ECDSA(SHA256())))


def signed_anyhow(payload: bytes) -> str:
    """A payload that we would never sign, signed."""
    return digits_of(sign1(payload, KEY.kid, sign))


def texts() -> list[str]:
    """Genuine codes, forged ones, broken ones, and mutants by chance (always the same chance)."""
    chance = random.Random(20261122)
    values: dict[int, Any] = {1: 1, 2: "n", 3: "h", 6: 20000, 9: bytes(16)}
    changes: list[dict[int, Any]] = [
        {1: 2}, {2: ""}, {2: "é" * 121}, {3: 5}, {6: -1}, {6: 2**32}, {7: 2932896}, {7: 2932897}, {8: 2**32 - 1},
        {9: b"short"}, {10: 1}, {4: "\ufeff王"}, {4: "𠮷" * 120}, {5: None}, {6: 1.5}, {5: ["a"]},
    ]  # fmt: skip
    signed = bytes_of(code())
    mutants = []
    for _ in range(300):
        mutant = bytearray(signed)
        mutant[chance.randrange(len(mutant))] ^= 1 << chance.randrange(8)
        mutants.append(digits_of(bytes(mutant)))
    return [
        code(),
        code(replace(STATEMENT, expires=date(2028, 11, 21), specialty="建筑电工")),
        f"{ADDRESS}#{code()}",
        f"  {ADDRESS}#{code()}\n",
        f"https://evil.example/v/x#{code()}",
        f"http://{HOST}/v/x#{code()}",
        f"https://{HOST}:444/v/x#{code()}",
        f"https://u@{HOST}/v/x#{code()}",
        f"https://{HOST}/v/x?y=z#{code()}",
        ADDRESS,
        "",
        "1",
        "#1",
        "12345",
        "0" + code()[1:],
        "2" + code()[1:],
        "10" + code()[1:],
        code() + "0",
        code()[:-1],
        "1" * 2001,
        code(private=OTHER),
        code(private=OTHER, kid=b"\0\0\0\1"),
        code(replace(STATEMENT, issued=date(2025, 12, 31))),
        code(replace(STATEMENT, issued=date(2028, 1, 1))),
        digits_of(b"\xd2" + signed),
        *(signed_anyhow(deterministic({**values, **change})) for change in changes),
        signed_anyhow(deterministic(values)),
        signed_anyhow(b"\xa0"),
        signed_anyhow(b"\x80"),
        signed_anyhow(b"\xa2\x02\x61a\x01\x01"),
        signed_anyhow(b"\xa1\x18\x01\x01"),
        signed_anyhow(b"\xbf\xff"),
        signed_anyhow(b"\x9b" + b"\xff" * 8),
        signed_anyhow(b"\x61\xff"),
        *mutants,
    ]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="module")
def answers(browser: Browser) -> Iterator[list[dict[str, Any]]]:
    """What the script says of each text, in a browser."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(STATIC)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/icon.svg")
    yield page.evaluate(
        """async ([texts, keys, hosts]) => {
            const { checkCode } = await import("/code.js");
            const answers = [];
            for (const text of texts) answers.push(await checkCode(text, keys, hosts));
            return answers;
        }""",
        [texts(), CodeKeys.of([KEY]).to_json(), [HOST]],
    )
    page.close()
    server.shutdown()
    server.server_close()


def test_script_and_service_agree_on_every_text(answers: list[dict[str, Any]]) -> None:
    for text, said in zip(texts(), answers, strict=True):
        ours = check_code(text, CodeKeys.of([KEY]), {HOST}).to_json()
        names = ("verdict", "reason", "kid", "statement")
        assert {name: said[name] for name in names} == {name: ours[name] for name in names}, text
        assert said["hostIsOurs"] == ours["host_is_ours"], text


def test_all_verdicts_and_reasons_were_met(answers: list[dict[str, Any]]) -> None:
    assert {answer["reason"] for answer in answers} == {
        "CODE_GENUINE",
        "CODE_SIGNATURE_WRONG",
        "CODE_KEY_UNKNOWN",
        "CODE_KEY_NOT_IN_USE",
        "CODE_MISSING",
        "CODE_MALFORMED",
    }


# ---- on the page


class Away(Register):
    """A register that nobody can ask."""

    def by_code(self, code: str) -> PublicDocument | None:
        raise OSError("the database is away")


@pytest.fixture
def config(tmp_path: Path) -> PortalConfig:
    publish(tmp_path / "licence-keys.json", KEY)
    return replace(CONFIG, licence_keys=tmp_path / "licence-keys.json")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="zh-CN")
    yield context.new_page()
    context.close()


def of_the_page(statement: Statement = STATEMENT) -> Statement:
    return replace(statement, number=DOCUMENTS["in_force"].number)


def test_the_scan_page_shows_what_the_code_proves(page: Page, config: PortalConfig) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    digits = code(of_the_page())
    with served(make_app(Register(), Validation(), config, now=lambda: NOW)) as origin:
        page.goto(f"{origin}/v/{code_of('in_force')}#{digits}")
        box = page.locator("#code")
        box.wait_for(state="visible")
        assert "签码真实" in box.inner_text()
        assert "王建国" in box.inner_text()
        assert "江右示例建设集团有限公司" in box.inner_text()
        assert "类别" not in box.inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert not Axe().run(page).response["violations"]
    assert not [url for url in asked if digits[:20] in url.partition("#")[0]]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: code(of_the_page(), private=OTHER), "签码是伪造的"),
        (code, "这个二维码是另一本证照的"),
        (lambda: code()[:-1], "签码不完整"),
    ],
    ids=["forged", "another licence's", "cut off"],
)
def test_the_scan_page_warns_of_a_code_that_proves_nothing(
    page: Page, config: PortalConfig, made: Callable[[], str], said: str
) -> None:
    with served(make_app(Register(), Validation(), config, now=lambda: NOW)) as origin:
        page.goto(f"{origin}/v/{code_of('in_force')}#{made()}")
        page.locator("#code").wait_for(state="visible")
        assert said in page.locator("#code").inner_text()


def test_a_page_without_a_code_shows_no_box(page: Page, config: PortalConfig) -> None:
    with served(make_app(Register(), Validation(), config, now=lambda: NOW)) as origin:
        page.goto(f"{origin}/v/{code_of('in_force')}")
        page.wait_for_load_state("networkidle")
        assert not page.locator("#code").is_visible()


def test_the_code_proves_itself_when_the_register_is_away(page: Page, config: PortalConfig) -> None:
    with served(make_app(Away(), Validation(), config, now=lambda: NOW)) as origin:
        page.goto(f"{origin}/v/{code_of('in_force')}#{code()}")
        page.locator("#code").wait_for(state="visible")
        assert "签码真实" in page.locator("#code").inner_text()


def test_the_keys_are_published_for_everybody_and_only_if_there_are_any(config: PortalConfig) -> None:
    client = TestClient(make_app(Register(), Validation(), config))
    answer = client.get("/.well-known/licence-keys.json")
    assert CodeKeys.read(answer.content).find(KEY.kid) is not None
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert (
        TestClient(make_app(Register(), Validation(), CONFIG)).get("/.well-known/licence-keys.json").status_code == 404
    )
