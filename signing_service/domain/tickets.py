"""A signing ticket: what a party is about to sign, stated by the server in a form a local agent can hold it to.

``<payload>.<signature>``, each base64url without padding: the payload is JSON, the signature Ed25519 (RFC 8032) over
a prefix of its own and the payload's text. The agent knows the server's public key from its first meeting with that
origin, shows what the ticket says, and signs nothing that the ticket does not name by its digest.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from signing_service.domain.errors import Problem

LIFETIME = timedelta(minutes=5)

AGENT_PORT = 18732
"""Where a local agent listens on 127.0.0.1 unless it is told otherwise."""

KEY_ADDRESS = "/.well-known/signing-service-tickets.json"
"""Below an origin: ``{"algorithm": "Ed25519", "public_key": "<base64 of 32 bytes>"}``."""

_PREFIX = b"signing-service ticket 1\n"
_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is shown before the PIN is asked, and what the signature is held to."""

    ticket_id: str
    origin: str
    """Of the page that asked; no other page may use the ticket."""
    number: str
    title: str
    pages: int
    revision: str
    """SHA-256 of the file whose pages were shown."""
    role: str
    party: str
    seal: str
    """Name on the seal that will be seen, empty when the signature shows nothing."""
    digest_algorithm: str
    digest: str
    """Hex of the message digest, as it stands in the signed attributes."""
    to_be_signed: str
    """Hex SHA-256 of the DER of the signed attributes."""
    cert: str
    """Hex SHA-256 of the signing cert."""
    issued_at: str
    expires_at: str
    """ISO 8601 with zone."""


def write_ticket(ticket: Ticket, key: Ed25519PrivateKey) -> str:
    payload = _encoded(json.dumps(asdict(ticket), ensure_ascii=False, separators=(",", ":")).encode())
    return f"{payload}.{_encoded(key.sign(_PREFIX + payload.encode()))}"


def read_ticket(text: str, public_key: bytes, now: datetime) -> Ticket:
    """The ticket, when ``public_key`` (32 bytes) signed it and its time has not run out.

    Raises Problem TICKET_FORGED, TICKET_EXPIRED.
    """
    payload, _, signature = text.partition(".")
    try:
        if len(text) > _LONGEST:
            raise ValueError
        Ed25519PublicKey.from_public_bytes(public_key).verify(_decoded(signature), _PREFIX + payload.encode())
        ticket = _ticket_of(json.loads(_decoded(payload)))
        expires_at = datetime.fromisoformat(ticket.expires_at)
    except (ValueError, TypeError, binascii.Error, InvalidSignature):
        raise Problem(
            "TICKET_FORGED",
            "签署凭单不是该网站签发的，已拒绝签名；请从办件页面重新发起，若仍如此请勿继续并联系平台。",
            "This signing ticket was not issued by that site, so nothing is signed: start again from the dossier, and if "
            "it happens again stop and tell the platform.",
            status=403,
        ) from None
    if now >= expires_at:
        raise expired()
    return ticket


def expired() -> Problem:
    return Problem(
        "TICKET_EXPIRED",
        "签署凭单已超过 5 分钟有效期，未签名；请检查本机时间是否准确，然后重新点击签署。",
        "The signing ticket is older than five minutes, so nothing was signed: see that this computer's clock is right, "
        "then press sign again.",
        status=410,
    )


def _ticket_of(record: dict[str, Any]) -> Ticket:
    if not all(isinstance(value, int if name == "pages" else str) for name, value in record.items()):
        raise TypeError
    return Ticket(**record)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
