"""A mail server that takes every letter and delivers it to a page: SMTP with log-in, and STARTTLS where a cert is given."""

from __future__ import annotations

import asyncio
import email
import email.policy
import hmac
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from signing_service.outside.kept import Received, Shelf

LARGEST_LETTER = 2 * 1024 * 1024
STARTS_WITHIN_SECONDS = 10.0


class Mailbox:
    """Listens on 127.0.0.1 in a thread of its own between ``start`` and ``stop``.

    With ``tls`` nothing is taken before STARTTLS and log-in; without, from everybody. ``refusing`` are addressees that
    there are none of.
    """

    def __init__(
        self,
        shelf: Shelf,
        user: str,
        password: str,
        clock: Callable[[], datetime],
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        refusing: frozenset[str] = frozenset(),
    ) -> None:
        # it warns at every log-in that an attribute we do not use will go
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        self._shelf = shelf
        self._user = user
        self._password = password
        self._clock = clock
        self._tls = tls
        self._refusing = refusing
        self._listener = socket.create_server(("127.0.0.1", port))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="mailbox", daemon=True)
        self._listening = threading.Event()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def start(self) -> None:
        self._thread.start()
        if not self._listening.wait(STARTS_WITHIN_SECONDS):
            msg = "the mailbox does not start"
            raise RuntimeError(msg)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STARTS_WITHIN_SECONDS)

    # ---- what aiosmtpd calls

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self._refusing:
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        content = envelope.original_content or b""
        letter = email.message_from_bytes(content, policy=email.policy.default)
        plain = letter.get_body(("plain",))
        for address in envelope.rcpt_tos:
            self._shelf.put(
                Received(
                    to=address,
                    title=str(letter["Subject"] or ""),
                    text=plain.get_content().replace("\r\n", "\n").strip() if plain else "",
                    at=self._clock(),
                    reference=str(letter["Message-ID"] or ""),
                    fields=(("From", str(letter["From"] or "")), ("Message-ID", str(letter["Message-ID"] or ""))),
                )
            )
        return "250 2.0.0 taken"

    def _authenticated(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        good = (
            isinstance(given, LoginPassword)
            and hmac.compare_digest(given.login, self._user.encode())
            and hmac.compare_digest(given.password, self._password.encode())
        )
        # not handled: the server answers 535 by itself
        return AuthResult(success=good, handled=False)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(self._session, sock=self._listener))
        self._listening.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    self._loop.run_until_complete(task)
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def _session(self) -> SMTP:
        return SMTP(
            self,
            data_size_limit=LARGEST_LETTER,
            hostname="mailbox.example",
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            auth_required=self._tls is not None,
            authenticator=self._authenticated,
            loop=self._loop,
        )
