"""What the agent refuses before it asks its user anything: whoever is not its site, and whatever the ticket does not name."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signing_service.domain.tickets import write_ticket
from signing_service.pipeline import cms
from tests.signing_room.asking import Asking, code
from tests.signing_room.conftest import free_port, office_in
from tests.signing_room.tokens import Terminal, agent_at, make_token

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def standing(prepared_var: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Asking, Terminal]]:
    """One office and one agent for all of these: nothing is ever signed here."""
    folder, port = tmp_path_factory.mktemp("refusing"), free_port()
    with office_in(folder, prepared_var, port) as office:
        token = make_token(folder / "softhsm", office.key)
        with agent_at(folder / "agent", token, port, [office.origin]) as terminal:
            yield Asking(office, port, office.origin), terminal


@pytest.fixture
def asking(standing: tuple[Asking, Terminal]) -> Asking:
    return standing[0]


@pytest.fixture
def terminal(standing: tuple[Asking, Terminal]) -> Terminal:
    return standing[1]


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
