"""E-mail: RFC 5321 submission with STARTTLS (RFC 3207) or TLS from the start (RFC 8314), RFC 4954 authentication.

A letter has plain text and HTML (RFC 2046, 5.1.4) and a Message-ID made from its delivery: sent a second time after
a crash it is the same letter, and mailboxes that look for doubles show it once.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Literal

from signing_service.gateways.problems import MAIL, away, not_taken, refused

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class MailAccess:
    """Where mail is handed in, and as whom."""

    host: str
    port: int
    sender: str
    """The address that letters come from."""
    sender_name: str = ""
    security: Security = "starttls"
    user: str = ""
    """Empty: without log-in."""
    password: str = ""
    trusted: str = ""
    """PEM of the CA of the server's cert; empty: those of the system."""

    def __repr__(self) -> str:
        return f"MailAccess({self.host}:{self.port}, {self.security})"


@dataclass(frozen=True, slots=True)
class Letter:
    to: str
    subject: str
    plain: str
    html: str
    reference: str
    """What the Message-ID is made from: letters, digits and hyphens."""
    at: datetime
    """Of the delivery's first attempt, so that a second one is the same letter."""


class MailGateway:
    """For many threads: each letter has a connection of its own."""

    def __init__(self, access: MailAccess, seconds: float) -> None:
        self._access = access
        self._seconds = seconds

    def send(self, letter: Letter) -> str:
        """The Message-ID, once the server has taken the letter.

        Raises Problem GATEWAY_AWAY, GATEWAY_REFUSED (log-in, TLS not offered), MESSAGE_NOT_TAKEN (the addressee).
        """
        message = self._written(letter)
        try:
            with self._connected() as server:
                server.send_message(message, self._access.sender, [letter.to])
        except smtplib.SMTPAuthenticationError as error:
            raise refused(MAIL, f"SMTP {error.smtp_code}") from None
        except smtplib.SMTPRecipientsRefused as error:
            raise _of_code(max(code for code, _ in error.recipients.values()), addressee=True) from None
        except smtplib.SMTPSenderRefused as error:
            raise _of_code(error.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise refused(MAIL, "the server lacks what the settings ask for") from None
        except smtplib.SMTPResponseException as error:
            raise _of_code(error.smtp_code, addressee=isinstance(error, smtplib.SMTPDataError)) from None
        except (smtplib.SMTPException, OSError) as error:
            raise away(MAIL, type(error).__name__) from None
        return str(message["Message-ID"])

    def _written(self, letter: Letter) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        try:
            message["From"] = Address(self._access.sender_name, addr_spec=self._access.sender)
            message["To"] = Address(addr_spec=letter.to)
            message["Subject"] = letter.subject
        except (ValueError, IndexError, MessageError):
            # a line end or something that is no address: never let it near a header
            raise not_taken(MAIL, "address or subject malformed") from None
        if not letter.to.isascii():
            raise not_taken(MAIL, "address not ASCII")
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = f"<{letter.reference}@{self._access.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday note answers it
        message.set_content(letter.plain, cte="base64")
        message.add_alternative(letter.html, subtype="html", cte="base64")
        return message

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        access = self._access
        if access.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                access.host, access.port, timeout=self._seconds, context=self._context()
            )
        else:
            server = smtplib.SMTP(access.host, access.port, timeout=self._seconds)
        with server:
            if access.security == "starttls":
                server.starttls(context=self._context())
            if access.user:
                server.login(access.user, access.password)
            yield server

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cadata=self._access.trusted or None)


def _of_code(code: int, *, addressee: bool = False) -> Exception:
    """RFC 5321, 4.2.1: 4yz may succeed later, 5yz will not."""
    if code < 500:
        return away(MAIL, f"SMTP {code}")
    return not_taken(MAIL, f"SMTP {code}") if addressee else refused(MAIL, f"SMTP {code}")
