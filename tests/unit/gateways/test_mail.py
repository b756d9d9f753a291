"""Letters over SMTP: what arrives, what is refused, and that a second attempt is the same letter."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from signing_service.domain.errors import Problem
from signing_service.gateways.mail import Letter, MailAccess, MailGateway
from signing_service.outside.kept import Shelf
from signing_service.outside.mailbox import Mailbox
from signing_service.outside.own_cert import tls_of_this_machine
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
def mailbox(shelf: Shelf, tls: ssl.SSLContext | None = None, refusing: frozenset[str] = frozenset()) -> Iterator[int]:
    """Its port."""
    running = Mailbox(shelf, "platform", "secret", Clock(), tls=tls, refusing=refusing)
    running.start()
    try:
        yield running.port
    finally:
        running.stop()


def test_a_server_without_starttls_gets_neither_password_nor_letter() -> None:
    shelf = Shelf()
    with mailbox(shelf) as port:
        access = MailAccess("127.0.0.1", port, "noreply@example.org", user="platform", password="secret")
        assert refused_with(MailGateway(access, 5.0)) == "GATEWAY_REFUSED"
    assert shelf.all() == []


def test_a_relay_next_door_is_used_without_log_in_where_the_settings_say_so() -> None:
    shelf = Shelf()
    with mailbox(shelf) as port:
        MailGateway(MailAccess("127.0.0.1", port, "noreply@example.org", security="none"), 5.0).send(LETTER)
    assert [one.title for one in shelf.all()] == [LETTER.subject]


def test_a_server_with_a_cert_of_nobody_we_trust_gets_nothing(outside: Outside) -> None:
    assert refused_with(mail_of(outside, trusted="")) == "GATEWAY_AWAY"
    assert outside.stand_ins.kept.mails.all() == []


def test_an_addressee_that_is_not_there_is_told_apart_from_a_server_that_refuses_us() -> None:
    context, pem = tls_of_this_machine()
    with mailbox(Shelf(), context, frozenset({EMAIL})) as port:
        access = MailAccess("localhost", port, "noreply@example.org", user="platform", password="secret", trusted=pem)
        assert refused_with(MailGateway(access, 5.0)) == "MESSAGE_NOT_TAKEN"
