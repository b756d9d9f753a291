"""What both the pages and the API of the signing room ask of a request: an invitation, and that it is our own page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.requests import Request

from signing_service.domain.errors import Problem
from signing_service.domain.tickets import AGENT_PORT
from signing_service.storage.tickets import Invitation
from signing_service.workflows.held_outside import SigningRoom, foreign_origin


@dataclass(frozen=True, slots=True)
class Reception:
    """The signing room as the network meets it."""

    room: SigningRoom
    ticket_key: Ed25519PrivateKey
    public_origin: str
    agent_port: int = AGENT_PORT

    @property
    def public_key(self) -> bytes:
        """32 bytes, known to everybody."""
        return self.ticket_key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def guest(self, request: Request) -> Invitation:
        """Who bears ``Authorization: Bearer <token of the invitation>``. Raises Problem INVITATION_UNKNOWN.

        A header no other site's form or picture can set: with that and without cookies there is nothing to forge.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self.room.admit(token if scheme.lower() == "bearer" else "")

    def own_origin(self, request: Request) -> str:
        """The origin of the page that asks, which is ours. Raises Problem FOREIGN_ORIGIN."""
        origin = request.headers.get("origin", "")
        ours = origin == self.public_origin or urlsplit(origin).netloc == request.headers.get("host", "")
        if not origin or origin == "null" or not ours:
            raise foreign_origin()
        return origin


def not_found() -> Problem:
    return Problem("DOCUMENT_UNKNOWN", "没有这份文件。", "There is no such document.", status=404)
