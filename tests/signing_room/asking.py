"""A page of the office's site, as the agent sees it: what it sends, right or wrong as asked."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2

from signing_service.domain.tickets import Ticket, read_ticket, write_ticket
from signing_service.trust.ticket_key import ensure_ticket_key
from tests.signing_room.conftest import Office


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


def code(answer: httpx2.Response) -> str:
    told = answer.json()
    assert told["detail"]
    assert told["detail_en"]
    return str(told["code"])
