"""Letters over SMTP: what arrives, what is refused, and that a second attempt is the same letter."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from signing_service.domain.errors import Problem
from signing_service.gateways.mail import Letter, MailAccess, MailGateway
from signing_service.outside.kept import Shelf
from signing_service.outside.mailbox import Mailbox
from tests.outside import EMAIL, NOON, Clock, Outside

LETTER = Letter(
    EMAIL, "办件已受理 · Accepted", "您的办件已受理。\n.一行以点开头", "<p>您的办件已受理。</p>", "d-1", NOON
)


def refused_with(gateway: MailGateway, letter: Letter = LETTER) -> str:
    with pytest.raises(Problem) as refused:
        gateway.send(letter)
    return refused.value.code


def mail_of(outside: Outside, **changed: object) -> MailGateway:
    assert outside.accesses.mail is not None
    return MailGateway(replace(outside.accesses.mail, **changed), 5.0)  # type: ignore[arg-type]


def test_a_letter_arrives_as_it_was_written(outside: Outside) -> None:
    outside.gateways.mail.send(LETTER)
    (received,) = outside.stand_ins.kept.mails.all()
    assert (received.to, received.title) == (EMAIL, LETTER.subject)
    assert received.text == LETTER.plain
    assert dict(received.fields)["From"].endswith("<noreply@signing-service.example>")


def test_a_letter_sent_twice_has_the_same_message_id_and_is_shown_once(outside: Outside) -> None:
    assert outside.gateways.mail.send(LETTER) == outside.gateways.mail.send(LETTER)
    (received,) = outside.stand_ins.kept.mails.all()
    assert received.doubles == 1


def test_two_letters_of_the_same_words_are_two(outside: Outside) -> None:
    outside.gateways.mail.send(LETTER)
    outside.gateways.mail.send(replace(LETTER, reference="d-2"))
    assert len(outside.stand_ins.kept.mails.all()) == 2


@pytest.mark.parametrize(
    "to", ["wang@example.org\r\nBcc: all@example.org", "no address", "a@b@c", "王@example.org", ""]
)
def test_what_is_no_address_never_reaches_a_header(outside: Outside, to: str) -> None:
    assert refused_with(outside.gateways.mail, replace(LETTER, to=to)) == "MESSAGE_NOT_TAKEN"
    assert outside.stand_ins.kept.mails.all() == []


def test_a_subject_with_a_line_end_is_refused(outside: Outside) -> None:
    letter = replace(LETTER, subject="受理\r\nBcc: all@example.org")
    assert refused_with(outside.gateways.mail, letter) == "MESSAGE_NOT_TAKEN"


def test_a_wrong_password_is_the_operators_business(outside: Outside) -> None:
    assert refused_with(mail_of(outside, password="wrong")) == "GATEWAY_REFUSED"


def test_without_log_in_nothing_is_taken(outside: Outside) -> None:
    assert refused_with(mail_of(outside, user="")) == "GATEWAY_REFUSED"


def test_a_server_without_starttls_gets_neither_password_nor_letter(outside: Outside) -> None:
    assert refused_with(mail_of(outside, security="starttls")) == "GATEWAY_REFUSED"
    assert outside.stand_ins.kept.mails.all() == []


def test_a_server_that_is_not_there_is_away(outside: Outside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert refused_with(mail_of(outside, port=port)) == "GATEWAY_AWAY"


def test_a_server_that_says_nothing_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        access = MailAccess("127.0.0.1", silent.getsockname()[1], "noreply@example.org", security="none")
        assert refused_with(MailGateway(access, 0.2)) == "GATEWAY_AWAY"


@pytest.mark.parametrize(
    ("reply", "code"), [(b"421 4.3.2 closing", "GATEWAY_AWAY"), (b"554 5.3.2 no", "GATEWAY_REFUSED")]
)
def test_a_greeting_of_4yz_is_worth_another_try_and_one_of_5yz_is_not(reply: bytes, code: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            caller, _ = listener.accept()
            with caller:
                caller.sendall(reply + b"\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        access = MailAccess("127.0.0.1", listener.getsockname()[1], "noreply@example.org", security="none")
        assert refused_with(MailGateway(access, 5.0)) == code
        thread.join()


@contextmanager
def mailbox_with_tls(folder: Path, shelf: Shelf, refusing: frozenset[str] = frozenset()) -> Iterator[MailAccess]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mailbox")])
    begins = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    cert = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = cert.public_bytes(serialization.Encoding.PEM)
    (folder / "cert.pem").write_bytes(pem)
    (folder / "both.pem").write_bytes(
        pem
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "both.pem")
    mailbox = Mailbox(shelf, "platform", "secret", Clock(), tls=context, refusing=refusing)
    mailbox.start()
    try:
        yield MailAccess(
            "localhost",
            mailbox.port,
            "noreply@example.org",
            user="platform",
            password="secret",
            trusted=folder / "cert.pem",
        )
    finally:
        mailbox.stop()


def test_a_letter_goes_over_starttls_with_log_in(tmp_path: Path) -> None:
    shelf = Shelf()
    with mailbox_with_tls(tmp_path, shelf) as access:
        MailGateway(access, 5.0).send(LETTER)
    assert [one.title for one in shelf.all()] == [LETTER.subject]


def test_a_server_with_a_cert_of_nobody_we_trust_gets_nothing(tmp_path: Path) -> None:
    shelf = Shelf()
    with mailbox_with_tls(tmp_path, shelf) as access:
        assert refused_with(MailGateway(replace(access, trusted=None), 5.0)) == "GATEWAY_AWAY"
    assert shelf.all() == []


def test_an_addressee_that_is_not_there_is_told_apart_from_a_server_that_refuses_us(tmp_path: Path) -> None:
    with mailbox_with_tls(tmp_path, Shelf(), frozenset({EMAIL})) as access:
        assert refused_with(MailGateway(access, 5.0)) == "MESSAGE_NOT_TAKEN"
