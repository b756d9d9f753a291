"""What both databases promise of tickets: of a field one is in play, of a ticket one signature, whoever races."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import insert

from signing_service.domain.dates import to_stored
from signing_service.domain.documents import DocumentKind, PadesLevel, Sha256, SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, SigningCert
from signing_service.storage import documents, outbox, tables, tickets
from signing_service.storage.database import Database
from signing_service.storage.documents import DocumentRow
from signing_service.storage.tickets import Invitation, TicketRow, TicketState

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DOSSIER, DOCUMENT = "SORN20261122000017", "document"
INVITED = Sha256("a" * 64)
EMPLOYER = SignatoryRole.EMPLOYER
RACERS = 6


@pytest.fixture
def store(database: Database) -> Database:
    with database.transaction() as connection:
        connection.execute(
            insert(tables.dossier).values(
                number=DOSSIER, procedure="so.renew", edition="2026-01-01", stage="submitted", version=1, form_version=1,
                region="360100", parties={}, form={}, visit=[], facts={}, opened_at=to_stored(NOW), changed_at=to_stored(NOW),
            )
        )  # fmt: skip
        documents.add(
            connection,
            DocumentRow(
                DOCUMENT,
                DOSSIER,
                DocumentKind.FORM,
                "forms/so_renew_form/2026-01",
                "t",
                "n",
                1,
                "c",
                "k",
                "open",
                {},
                NOW,
            ),
        )
        tickets.invite(connection, Invitation(INVITED, DOSSIER, EMPLOYER, "party", NOW, NOW + timedelta(days=1)))
        outbox.add(connection, DOSSIER, 1, [("Seal", {})], NOW)
    return database


def ticket(number: int) -> TicketRow:
    return TicketRow(
        ticket_id=f"ticket-{number}",
        invitation=INVITED,
        document_id=DOCUMENT,
        field=EMPLOYER,
        origin="https://seals.example",
        base_sha256=Sha256("b" * 64),
        digest="cd" * 32,
        signer=SigningCert(b"cert", (b"ca",), KeyAlgorithm.ECDSA_P256),
        level=PadesLevel.B_T,
        seal_id="seal",
        seal_version=1,
        claimed_at=NOW,
        expires_at=NOW + timedelta(minutes=5),
    )


def hand_out(store: Database, number: int) -> None:
    with store.transaction() as connection:
        tickets.hand_out(connection, ticket(number))


def keep(store: Database, number: int, signature: bytes = b"signature") -> None:
    with store.transaction() as connection:
        tickets.keep_signature(connection, f"ticket-{number}", signature, NOW)


def states(store: Database, *numbers: int) -> list[TicketState]:
    with store.reading() as connection:
        found = [tickets.find(connection, f"ticket-{number}") for number in numbers]
    return [row.state for row in found if row is not None]


def raced(act: Callable[[int], None]) -> list[str]:
    """What each of several threads was told that acted at one moment; "" for done."""
    start = Barrier(RACERS)

    def one(number: int) -> str:
        start.wait()
        try:
            act(number)
        except Problem as problem:
            return problem.code
        return ""

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(one, range(RACERS)))


def test_a_ticket_comes_back_as_it_was_stored(store: Database) -> None:
    hand_out(store, 1)
    with store.reading() as connection:
        assert tickets.find(connection, "ticket-1") == ticket(1)
        assert tickets.find(connection, "ticket-2") is None
        found = tickets.invitation(connection, INVITED)
    assert found is not None
    assert (found.role, found.expires_at) == (EMPLOYER, NOW + timedelta(days=1))


def test_of_a_field_the_newest_ticket_is_in_play(store: Database) -> None:
    hand_out(store, 1)
    hand_out(store, 2)
    assert states(store, 1, 2) == [TicketState.SUPERSEDED, TicketState.OPEN]


def test_of_many_that_hand_out_at_once_one_ticket_is_in_play(store: Database) -> None:
    told = raced(lambda number: hand_out(store, number))
    assert set(told) <= {"", "TICKET_RACE"}
    handed = [number for number, code in enumerate(told) if not code]
    assert states(store, *handed).count(TicketState.OPEN) == 1


def test_of_many_that_use_a_ticket_at_once_one_is_let_through(store: Database) -> None:
    hand_out(store, 1)
    told = raced(lambda number: keep(store, 1, bytes([number])))
    assert sorted(told) == ["", *["TICKET_USED"] * (RACERS - 1)]
    with store.reading() as connection:
        row = tickets.kept(connection, DOCUMENT, EMPLOYER)
    assert row is not None
    assert row.signature == bytes([told.index("")])


def test_a_ticket_that_was_replaced_takes_no_signature(store: Database) -> None:
    hand_out(store, 1)
    hand_out(store, 2)
    with pytest.raises(Problem, match="TICKET_USED"):
        keep(store, 1)


def test_no_new_ticket_is_handed_out_once_a_signature_is_kept(store: Database) -> None:
    hand_out(store, 1)
    keep(store, 1)
    with pytest.raises(Problem, match="SIGNATURE_KEPT"):
        hand_out(store, 2)
    assert states(store, 1, 2) == [TicketState.SIGNED]


def test_a_signature_is_put_in_its_place_once(store: Database) -> None:
    hand_out(store, 1)
    keep(store, 1)
    with store.transaction() as connection:
        tickets.put_in_place(connection, "ticket-1")
    with pytest.raises(LookupError), store.transaction() as connection:
        tickets.put_in_place(connection, "ticket-1")


def test_a_field_is_not_promised_twice_even_past_our_own_checks(store: Database) -> None:
    """The database itself holds it, as against a second release that runs beside this one."""
    from sqlalchemy.exc import IntegrityError

    hand_out(store, 1)
    with pytest.raises(IntegrityError), store.transaction() as connection:
        connection.execute(insert(tables.ticket).values(tickets._values(replace(ticket(2)))))


# ---- the worker and the signature that arrives at that moment


def test_a_signature_that_arrives_while_the_worker_puts_the_effect_off_is_not_overlooked(store: Database) -> None:
    """Whichever of the two comes first: either the worker sees the signature, or the effect is due again at once."""
    hand_out(store, 1)
    later = NOW + timedelta(hours=6)
    for _ in range(3):
        with store.transaction() as connection:
            due = outbox.begin(connection, DOSSIER, later, later + timedelta(minutes=1))
        assert due is not None
        seen: list[bool] = []

        def worker(token: str = due.token, effect: int = due.effect_id, seen: list[bool] = seen) -> None:
            with store.transaction() as connection:
                outbox.hold(connection, effect, token, later)
                seen.append(tickets.kept(connection, DOCUMENT, EMPLOYER) is not None)
                outbox.postpone(connection, effect, token, {"code": "AWAITS_SIGNATURE"}, later)

        def party() -> None:
            with store.transaction() as connection:
                if not tickets.kept(connection, DOCUMENT, EMPLOYER):
                    tickets.keep_signature(connection, "ticket-1", b"signature", NOW)
                outbox.hasten(connection, DOSSIER, NOW)

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(worker), pool.submit(party)]:
                done.result()
        with store.reading() as connection:
            (owed,) = outbox.owed(connection, DOSSIER)
        assert seen[0] or owed.due_at == NOW
