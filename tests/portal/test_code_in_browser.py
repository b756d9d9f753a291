"""The script that checks a code in the browser says what we say, of genuine codes and of everything else."""

from __future__ import annotations

import functools
import http.server
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from playwright.sync_api import sync_playwright

from signing_service.attest.code_keys import CodeKey, CodeKeys
from signing_service.attest.cose import deterministic, sign1
from signing_service.attest.signed_code import bytes_of, check_code, digits_of, sign_code
from signing_service.attest.statement import Statement

CHROMIUM = Path("/usr/bin/chromium")
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
def answers() -> Iterator[list[dict[str, Any]]]:
    """What the script says of each text, in a browser."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(STATIC)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
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
        browser.close()
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
