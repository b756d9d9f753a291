"""What the agent remembers from one start to the next: the ticket key of each site, and the tickets that are used up."""

from __future__ import annotations

import base64
import binascii
import json
import os
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from signing_service.domain.errors import Problem
from signing_service.domain.tickets import Ticket


class Memory:
    """A folder of the user's own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sites = folder / "sites.json"
        self._used = folder / "used-tickets"
        self._lock = threading.Lock()

    def key_of(self, origin: str, fetch: Callable[[str], bytes]) -> tuple[bytes, bool]:
        """The site's ticket key, and whether this is the first meeting: then it is fetched and kept for ever.

        Raises Problem SITE_KEY_CHANGED when the site now shows another one, SITE_UNREACHABLE.
        """
        known = json.loads(self._sites.read_text()) if self._sites.exists() else {}
        shown = fetch(origin)
        if origin not in known:
            known[origin] = base64.b64encode(shown).decode()
            draft = self._sites.with_suffix(".new")
            draft.write_text(json.dumps(known, indent=1))
            draft.replace(self._sites)
            return shown, True
        pinned = base64.b64decode(known[origin])
        if pinned != shown:
            raise Problem(
                "SITE_KEY_CHANGED",
                f"{origin} 的签署凭单公钥与首次记录的不同，可能有人仿冒该网站。请先向平台核实，再删除 {self._sites} 中的对应一行。",
                f"The ticket key of {origin} is another than at the first meeting: somebody may pose as that site. Ask the "
                f"platform first; only then delete its line in {self._sites}.",
            )
        return pinned, False

    def use_up(self, ticket: Ticket, now: datetime) -> None:
        """One signature a ticket, also over a restart. Raises Problem TICKET_USED."""
        with self._lock:
            used = self._used.read_text().splitlines() if self._used.exists() else []
            # what has run out is refused for that, and need not be remembered
            alive = [line for line in used if datetime.fromisoformat(line.partition(" ")[2]) > now]
            if any(line.partition(" ")[0] == ticket.ticket_id for line in alive):
                raise Problem(
                    "TICKET_USED",
                    "这张签署凭单已经用过，未再次签名；如需重签，请在网页上重新点击签署。",
                    "This signing ticket was used before, so nothing was signed again: press sign once more in the page.",
                    status=409,
                )
            draft = self._used.with_suffix(".new")
            draft.write_text("\n".join([*alive, f"{ticket.ticket_id} {ticket.expires_at}"]) + "\n")
            with draft.open("rb") as written:
                os.fsync(written.fileno())
            draft.replace(self._used)


def origin_of(text: str) -> str:
    """``https://host[:port]``, as browsers write it. Raises Problem ORIGIN_INVALID; http is for this computer only."""
    parts = urlsplit(text)
    host = parts.hostname or ""
    plain = parts.scheme == "http" and host in ("127.0.0.1", "localhost")
    if not host or not (parts.scheme == "https" or plain) or text.rstrip("/") != f"{parts.scheme}://{parts.netloc}":
        raise Problem(
            "ORIGIN_INVALID",
            f"网址“{text}”不可用，请写作 https://主机名，不带路径；http 只能用于 127.0.0.1。",
            f"“{text}” will not do: write https://host without a path; http is for 127.0.0.1 only.",
        )
    return text.rstrip("/").lower()


def read_key(document: bytes) -> bytes:
    """The 32 bytes in what a site publishes at ``domain.tickets.KEY_ADDRESS``. Raises Problem SITE_UNREACHABLE."""
    try:
        told = json.loads(document)
        key = base64.b64decode(told["public_key"], validate=True)
        if told["algorithm"] != "Ed25519" or len(key) != 32:
            raise ValueError
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise unreachable() from None
    return key


def unreachable() -> Problem:
    return Problem(
        "SITE_UNREACHABLE",
        "取不到该网站的签署凭单公钥，请检查网址和网络后重新启动助手。",
        "The site's ticket key is not to be had: check address and network, then start the agent again.",
    )
