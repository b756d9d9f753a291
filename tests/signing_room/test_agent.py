"""A clerk seals with a token: through the agent at its own terminal, which signs what its site has shown and nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.factories import EMPLOYER, HOLDER
from tests.signing_room.asking import Asking, code
from tests.signing_room.conftest import Office, served
from tests.signing_room.test_own_file import LONG, read_all
from tests.signing_room.tokens import PIN, SoftToken, Terminal, agent_at, make_token

pytestmark = pytest.mark.slow


@pytest.fixture
def token(office: Office, tmp_path: Path) -> SoftToken:
    return make_token(tmp_path / "softhsm", office.key)


@pytest.fixture
def terminal(office: Office, token: SoftToken, agent_port: int, tmp_path: Path) -> Iterator[Terminal]:
    with agent_at(tmp_path / "agent", token, agent_port, [office.origin]) as started:
        yield started


@pytest.fixture
def asking(office: Office, agent_port: int) -> Asking:
    return Asking(office, agent_port, office.origin)


@pytest.mark.browser
def test_a_form_is_sealed_with_a_token_whose_pin_is_typed_in_the_agents_own_window(
    office: Office, terminal: Terminal, page: Page
) -> None:
    page.goto(office.link)
    read_all(page)
    page.click("#tab-token")
    page.click("#with-token .button")
    expect(page.locator("#outcome")).to_contain_text("请到本机签署助手的窗口")
    shown = terminal.wait_for("PIN")
    revision = office.revisions[-1].sha256
    for words in ("延期复核申请表", office.number, "2", "江右示例建设集团有限公司", office.origin, revision[:20]):
        assert words in shown
    terminal.type(PIN)
    expect(page.locator("h1")).to_have_text("已盖章，无需再做什么", timeout=LONG)
    assert office.signed_by == [None, HOLDER, EMPLOYER]
    assert office.validated() == "TOTAL_PASSED"
    assert PIN not in terminal.shown, "the PIN is not shown"
    assert PIN.encode() not in office.recorder.sent


@pytest.mark.browser
def test_who_declines_in_the_window_has_signed_nothing(office: Office, terminal: Terminal, page: Page) -> None:
    page.goto(office.link)
    read_all(page)
    page.click("#tab-token")
    page.click("#with-token .button")
    terminal.wait_for("PIN")
    terminal.type("")
    expect(page.locator("#outcome.failed")).to_contain_text("CONSENT_REFUSED")
    page.click("#with-token .button")
    at = len(terminal.shown)
    terminal.wait_for("PIN", after=at - 5)
    terminal.type("000000")
    expect(page.locator("#outcome.failed")).to_contain_text("PIN_WRONG")
    assert office.signed_by == [None, HOLDER]


@pytest.mark.browser
def test_without_an_agent_the_page_says_what_to_do(office: Office, page: Page) -> None:
    page.goto(office.link)
    read_all(page)
    page.click("#tab-token")
    page.click("#with-token .button")
    expect(page.locator("#outcome.failed")).to_contain_text("请确认助手已启动")
    expect(page.locator("#outcome.failed")).to_contain_text("请选“允许”")


@pytest.mark.browser
def test_a_page_of_another_site_gets_nothing_from_the_agent(
    office: Office, terminal: Terminal, page: Page, agent_port: int
) -> None:
    async def nothing(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"<title>elsewhere</title>"})

    with served(nothing) as elsewhere:
        page.goto(elsewhere)
        told = page.evaluate(
            f"fetch('http://127.0.0.1:{agent_port}/certs', {{headers: {{'X-Agent': '1'}}}}).then(() => 'read', () => 'refused')"
        )
    assert told == "refused"


# ---- one signature a ticket


def test_a_ticket_gives_one_signature_also_over_a_restart_of_the_agent(
    office: Office, asking: Asking, token: SoftToken, agent_port: int, tmp_path: Path
) -> None:
    body = asking.body(asking.prepared())
    with agent_at(tmp_path / "agent", token, agent_port, [office.origin]) as terminal:
        answer = signed(asking, body, terminal)
        assert answer.status_code == 200
        assert code(asking.sign(body)) == "TICKET_USED"
    with agent_at(tmp_path / "agent", token, agent_port, [office.origin]) as terminal:
        assert "已核对 / known" in terminal.shown
        assert code(asking.sign(body)) == "TICKET_USED"


def signed(asking: Asking, body: dict[str, object], terminal: Terminal) -> httpx2.Response:
    import threading

    answers: list[httpx2.Response] = []
    asked = threading.Thread(target=lambda: answers.append(asking.sign(body)))
    asked.start()
    terminal.wait_for("PIN")
    assert code(asking.sign(asking.body(asking.prepared()))) == "AGENT_BUSY"
    terminal.type(PIN)
    asked.join(30)
    return answers[0]


# ---- whom it trusts


def test_a_site_that_shows_another_ticket_key_than_at_the_first_meeting_is_not_served(
    office: Office, token: SoftToken, agent_port: int, tmp_path: Path
) -> None:
    folder = tmp_path / "agent"
    folder.mkdir()
    (folder / "sites.json").write_text(json.dumps({office.origin: base64.b64encode(bytes(32)).decode()}))
    with agent_at(folder, token, agent_port, [office.origin], listens=False) as terminal:
        terminal.wait_for("SITE_KEY_CHANGED")
        assert terminal.process.wait(10) == 1


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "https://a.example/path", "elsewhere"])
def test_a_site_without_https_is_not_served(token: SoftToken, agent_port: int, tmp_path: Path, origin: str) -> None:
    with agent_at(tmp_path / "agent", token, agent_port, [origin], listens=False) as terminal:
        terminal.wait_for("ORIGIN_INVALID")
        assert terminal.process.wait(10) == 1
