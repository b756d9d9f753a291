"""Who comes to the signing room, from where: an invitation in a header, and our own page as the origin."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signing_service.domain.errors import Problem
from signing_service.domain.tickets import AGENT_PORT
from signing_service.storage.tickets import Invitation
from signing_service.workflows.held_outside import SigningRoom, foreign_origin


@dataclass(frozen=True, slots=True)
class Reception:
    """The signing room as pages and API know it."""

    room: SigningRoom
    ticket_key: Ed25519PrivateKey
    public_origin: str
    agent_port: int = AGENT_PORT

    @property
    def public_key(self) -> bytes:
        """Of the ticket key: 32 bytes, known to everybody."""
        return self.ticket_key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def guest(self, authorization: str) -> Invitation:
        """Whoever sends ``Bearer <token of the invitation>``. Raises Problem INVITATION_UNKNOWN, INVITATION_EXPIRED.

        No other site's form or picture can set that header: with it, and without cookies, there is nothing to forge.
        """
        scheme, _, token = authorization.partition(" ")
        return self.room.admit(token if scheme.lower() == "bearer" else "")

    def own_origin(self, origin: str, host: str) -> str:
        """The origin of the page that asks, when it is ours. Raises Problem FOREIGN_ORIGIN."""
        if origin != self.public_origin and origin not in (f"http://{host}", f"https://{host}"):
            raise foreign_origin()
        return origin


def not_found() -> Problem:
    return Problem("DOCUMENT_UNKNOWN", "没有这份文件。", "There is no such document.", status=404)
