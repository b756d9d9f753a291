"""A clerk seals with a token: through the agent at its own terminal, which signs what its site has shown and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Page, expect

from signing_service.domain.tickets import Ticket, read_ticket, write_ticket
from signing_service.pipeline import cms
from signing_service.trust.ticket_key import ensure_ticket_key
from tests.factories import EMPLOYER, HOLDER
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


@dataclass
class Asking:
    """A page of the office's site, as seen by the agent."""

    office: Office
    port: int
    origin: str

    def prepared(self) -> dict[str, Any]:
        chain = [base64.b64encode(der).decode() for der in self.office.key.ders]
        body = {"document": self.office.row.document_id, "revision": self.office.revisions[-1].sha256, "chain": chain}
        headers = {"Authorization": f"Bearer {self.office.token}", "Origin": self.office.origin}
        answer = httpx2.post(f"{self.office.origin}/api/signing/prepare", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def body(self, prepared: dict[str, Any], **changes: object) -> dict[str, object]:
        return {
            "cert": hashlib.sha256(self.office.key.ders[0]).hexdigest(),
            "ticket": prepared["signed_ticket"],
            "to_be_signed": prepared["to_be_signed"],
            **changes,
        }

    def sign(self, body: dict[str, object], **headers: str) -> httpx2.Response:
        sent = {"Origin": self.origin, "Host": f"127.0.0.1:{self.port}", **headers}
        return httpx2.post(f"http://127.0.0.1:{self.port}/sign", json=body, headers=sent, timeout=60)

    def signed_by_the_site(self, ticket: Ticket) -> str:
        return write_ticket(ticket, ensure_ticket_key(self.office.service.settings.ticket_key))

    def ticket(self, prepared: dict[str, Any]) -> Ticket:
        key = ensure_ticket_key(self.office.service.settings.ticket_key).public_key().public_bytes_raw()
        return read_ticket(prepared["signed_ticket"], key, datetime.now(UTC))


@pytest.fixture
def asking(office: Office, agent_port: int) -> Asking:
    return Asking(office, agent_port, office.origin)


def code(answer: httpx2.Response) -> str:
    told = answer.json()
    assert told["detail"]
    assert told["detail_en"]
    return str(told["code"])


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


# ---- who may ask


def test_a_foreign_origin_is_refused_and_learns_nothing(asking: Asking, terminal: Terminal) -> None:
    body = asking.body(asking.prepared())
    for origin in (
        "https://elsewhere.example",
        "null",
        "",
        asking.origin + "0",
        asking.origin.replace("127.0.0.1", "localhost"),
    ):
        answer = asking.sign(body, Origin=origin)
        assert answer.status_code == 403
        assert code(answer) == "FOREIGN_ORIGIN"
        assert "access-control-allow-origin" not in answer.headers


def test_another_name_for_this_computer_is_refused(asking: Asking, terminal: Terminal) -> None:
    """DNS rebinding: a stranger's name that leads to 127.0.0.1."""
    body = asking.body(asking.prepared())
    for host in ("evil.example", f"evil.example:{asking.port}", "127.0.0.1", f"127.0.0.1:{asking.port}.evil.example"):
        assert code(asking.sign(body, Host=host)) == "FOREIGN_ORIGIN"


def test_the_browsers_question_about_the_local_network_is_answered_for_our_site_only(
    asking: Asking, terminal: Terminal
) -> None:
    address = f"http://127.0.0.1:{asking.port}/sign"
    for kind in ("Private", "Local"):
        question = {
            "Origin": asking.origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
            f"Access-Control-Request-{kind}-Network": "true",
        }
        answer = httpx2.request("OPTIONS", address, headers=question)
        assert answer.status_code == 204
        assert answer.headers[f"access-control-allow-{kind.lower()}-network"] == "true"
        assert answer.headers["access-control-allow-origin"] == asking.origin
        stranger = httpx2.request("OPTIONS", address, headers={**question, "Origin": "https://elsewhere.example"})
        assert stranger.status_code == 403
        assert not [name for name in stranger.headers if name.startswith("access-control")]


def test_what_a_browser_sends_without_asking_leave_is_refused(asking: Asking, terminal: Terminal) -> None:
    headers = {"Origin": asking.origin, "Content-Type": "text/plain"}
    address = f"http://127.0.0.1:{asking.port}"
    sent = json.dumps(asking.body(asking.prepared()))
    assert code(httpx2.post(f"{address}/sign", content=sent, headers=headers)) == "REQUEST_MALFORMED"
    assert httpx2.get(f"{address}/certs", headers={"Origin": asking.origin}).status_code == 403


# ---- what is signed


def test_a_ticket_that_the_site_did_not_sign_is_refused_before_the_pin_is_asked(
    asking: Asking, terminal: Terminal
) -> None:
    prepared = asking.prepared()
    forged = write_ticket(asking.ticket(prepared), Ed25519PrivateKey.generate())
    payload, _, signature = prepared["signed_ticket"].partition(".")
    changed = payload[:-6] + ("A" if payload[-6] != "A" else "B") + payload[-5:] + "." + signature
    for ticket in (forged, changed, "", "x.y", payload):
        assert code(asking.sign(asking.body(prepared, ticket=ticket))) == "TICKET_FORGED"
    assert "PIN" not in terminal.shown


def test_a_ticket_that_has_run_out_is_refused(asking: Asking, terminal: Terminal) -> None:
    prepared = asking.prepared()
    past = replace(asking.ticket(prepared), expires_at=(datetime.now(UTC) - timedelta(seconds=1)).isoformat())
    ticket = asking.signed_by_the_site(past)
    assert code(asking.sign(asking.body(prepared, ticket=ticket))) == "TICKET_EXPIRED"


def test_a_ticket_for_the_page_of_another_site_is_refused(asking: Asking, terminal: Terminal) -> None:
    prepared = asking.prepared()
    other = asking.signed_by_the_site(replace(asking.ticket(prepared), origin="https://elsewhere.example"))
    assert code(asking.sign(asking.body(prepared, ticket=other))) == "FOREIGN_ORIGIN"


def test_anything_but_the_attributes_of_the_tickets_document_is_refused(asking: Asking, terminal: Terminal) -> None:
    prepared = asking.prepared()
    ticket = asking.ticket(prepared)
    right = base64.b64decode(prepared["to_be_signed"])
    digest = bytes.fromhex(ticket.digest)
    other = hashlib.sha256(b"another document").digest()
    wrong = {
        "another document": right.replace(digest, other),
        "plain text": b"hello",
        "a bare digest": digest,
        "nothing": b"",
        "more behind": right + b"\x00",
        "more attributes": cms.set_of(*(cms.tlv(cms.SEQUENCE, cms.DATA, cms.set_of(cms.DATA)) for _ in range(2))),
    }
    for name, data in wrong.items():
        # even when the site itself would put its name to it
        says = asking.signed_by_the_site(replace(ticket, to_be_signed=hashlib.sha256(data).hexdigest()))
        for signed in (prepared["signed_ticket"], says):
            body = asking.body(prepared, to_be_signed=base64.b64encode(data).decode(), ticket=signed)
            assert code(asking.sign(body)) == "DIGEST_MISMATCH", name
    assert "PIN" not in terminal.shown


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
