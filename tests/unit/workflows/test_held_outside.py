"""A party signs with its own key: what is refused, what waits, and that nothing given is lost or used twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from signing_service.demo import people
from signing_service.domain.documents import Sha256
from signing_service.domain.dossier import Stage
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, TimeStamp, TimeStampingAuthority
from signing_service.domain.tickets import LIFETIME
from signing_service.domain.verdicts import Verdict
from signing_service.storage import parties, seal_ledger, sealings, tickets
from signing_service.storage.documents import DocumentRow
from signing_service.storage.sealings import Sealing
from signing_service.storage.tickets import Invitation, TicketState
from signing_service.trust.description import Profile
from signing_service.trust.issue import Issuer, issue_cert
from signing_service.worker.tasks import perform
from signing_service.workflows.held_outside import INVITED_FOR, Prepared, SigningRoom, Standing
from signing_service.workflows.perform import WorkshopPerformer
from tests.factories import EMPLOYER, HOLDER, builder, officer, open_renewal, renewal_form, signaller, submit
from tests.factories_outside import (
    ORIGIN,
    OwnKey,
    Revocations,
    builders_key,
    digest_of,
    own_key,
    room_of,
    take_out,
)
from tests.factories_pki import EXPIRED, IN_TERM, add_key
from tests.unit.workflows.workbench import Workbench

MINUTE = timedelta(minutes=1)


@dataclass
class Clerk:
    """The employer's clerk, with an invitation and a key of the enterprise's own."""

    bench: Workbench
    room: SigningRoom
    revocations: Revocations
    number: str
    token: str
    key: OwnKey

    @property
    def invitation(self) -> Invitation:
        return self.room.admit(self.token)

    @property
    def row(self) -> DocumentRow:
        return self.bench.documents(self.number)[-1]

    @property
    def shown(self) -> Sha256:
        return self.bench.revisions(self.row)[-1].sha256

    def prepare(self, key: OwnKey | None = None, shown: str | None = None) -> Prepared:
        chain = (key or self.key).ders
        return self.room.prepare(self.invitation, self.row.document_id, shown or self.shown, chain, ORIGIN)

    def complete(self, prepared: Prepared, key: OwnKey | None = None) -> None:
        signature = (key or self.key).sign(prepared.to_be_signed)
        self.room.complete(self.invitation, prepared.ticket.ticket_id, signature, digest_of(prepared), ORIGIN)

    def standing(self) -> Standing:
        return self.room.look(self.invitation).standing

    def state(self, prepared: Prepared) -> TicketState:
        with self.bench.desk.database.reading() as connection:
            row = tickets.find(connection, prepared.ticket.ticket_id)
        assert row is not None
        return row.state

    def intent(self) -> Sealing | None:
        with self.bench.desk.database.reading() as connection:
            return sealings.sealing(connection, self.row.document_id, EMPLOYER)


@pytest.fixture
def clerk(bench: Workbench) -> Clerk:
    take_out(bench.service)
    revocations = Revocations()
    room = room_of(bench.service, revocations)
    number = open_renewal(bench.service)
    submit(bench.desk, number, signaller())
    bench.work(number)
    bench.desk.take_step(number, "confirm", builder())
    assert bench.work(number) == 0
    return Clerk(bench, room, revocations, number, room.invite(number, EMPLOYER), builders_key(bench.service))


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Problem) as caught:
        act()
    assert caught.value.zh
    assert caught.value.en
    return caught.value.code


# ---- the way it goes


def test_a_form_is_sealed_with_the_enterprises_own_key_and_the_dossier_goes_on(clerk: Clerk) -> None:
    assert clerk.standing() is Standing.OPEN
    clerk.complete(clerk.prepare())
    assert clerk.standing() is Standing.KEPT
    assert clerk.bench.work(clerk.number) == 1
    assert clerk.standing() is Standing.SIGNED
    assert clerk.bench.signed(clerk.row) == [None, HOLDER, EMPLOYER]
    report = clerk.bench.validated(clerk.row)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert [(one.level, one.time_proven) for one in report.signatures] == [("B-T", True), ("B-T", True)]
    for step, person in (("accept", "tang"), ("review", "song"), ("grant", "zheng")):
        clerk.bench.desk.take_step(clerk.number, step, officer(person))
    while clerk.bench.work(clerk.number):
        pass
    with clerk.bench.desk.database.reading() as connection:
        from signing_service.storage import dossiers

        assert dossiers.load(connection, clerk.number).stage is Stage.CLOSED


def test_no_key_store_is_asked_for_a_key_that_is_held_outside(clerk: Clerk) -> None:
    asked = clerk.bench.keys.done
    clerk.complete(clerk.prepare())
    clerk.bench.work(clerk.number)
    assert clerk.bench.keys.done == asked


def test_until_the_party_signs_the_dossier_says_for_whom_it_waits_and_tries_nothing(clerk: Clerk) -> None:
    (head,) = clerk.bench.owed(clerk.number)
    assert head.problem is not None
    assert (head.state, head.problem["code"]) == ("waiting", "AWAITS_SIGNATURE")
    assert "江右示例建设集团有限公司" in head.problem["detail"]
    for _ in range(30):
        clerk.bench.wait(MINUTE)
        assert clerk.bench.work(clerk.number) == 0
    (head,) = clerk.bench.owed(clerk.number)
    assert head.attempts == 1


def test_the_intent_is_written_down_before_the_ticket_is_handed_out(clerk: Clerk) -> None:
    assert clerk.intent() is None
    prepared = clerk.prepare()
    intent = clerk.intent()
    assert intent is not None
    assert (intent.digest, intent.base_sha256) == (prepared.ticket.digest, clerk.shown)
    assert intent.key_ref.startswith("outside:")
    assert intent.cert_sha256 == prepared.ticket.cert
    assert bytes.fromhex(prepared.ticket.digest) in prepared.to_be_signed


def test_the_bytes_signed_are_those_of_the_ticket_however_much_later_they_are_put_in_place(clerk: Clerk) -> None:
    prepared = clerk.prepare()
    clerk.bench.wait(4 * MINUTE)
    clerk.complete(prepared)
    clerk.bench.wait(timedelta(days=1))
    assert clerk.bench.work(clerk.number) == 1
    assert clerk.bench.validated(clerk.row).verdict is Verdict.TOTAL_PASSED


def test_the_holder_signs_with_a_key_of_his_own_whose_cert_carries_his_code(bench: Workbench) -> None:
    take_out(bench.service, people.SIGNALLER_ID)
    room = room_of(bench.service)
    number = open_renewal(bench.service)
    submit(bench.desk, number, signaller())
    assert bench.work(number) == 1
    clerk = Clerk(
        bench, room, Revocations(), number, room.invite(number, HOLDER), own_key(bench.service, "person-wang-jianguo")
    )
    other = own_key(bench.service, "person-li-fanghua")
    assert refused(lambda: clerk.prepare(other)) == "SUBJECT_NOT_PARTY"
    clerk.complete(clerk.prepare())
    bench.work(number)
    assert bench.validated(clerk.row).verdict is Verdict.TOTAL_PASSED


# ---- whose cert


def test_the_cert_of_another_enterprise_is_refused(clerk: Clerk) -> None:
    stranger = own_key(clerk.bench.service, "enterprise-91360102999000128k")
    assert refused(lambda: clerk.prepare(stranger)) == "SUBJECT_NOT_PARTY"
    assert clerk.intent() is None


def made(clerk: Clerk, **changes: object) -> OwnKey:
    from signing_service.trust.pki import ensure

    pki = ensure(
        clerk.bench.service.settings.pki, clerk.bench.service.settings.certs / "pki.toml", clerk.bench.clock.now
    )
    subject = clerk.key.chain[0].subject
    add_key(pki, "tried", **{"subject": subject, "validity": IN_TERM, **changes})  # type: ignore[arg-type]
    return own_key(clerk.bench.service, "tried")


def test_an_expired_cert_is_refused(clerk: Clerk) -> None:
    assert refused(lambda: clerk.prepare(made(clerk, validity=EXPIRED))) == "CERT_NOT_VALID"


def test_a_cert_of_a_ca_that_nobody_trusts_is_refused(clerk: Clerk) -> None:
    anchors = clerk.bench.service.anchors.roots
    clerk.room = replace(clerk.room, anchors=(), intermediates=())
    assert anchors
    assert refused(clerk.prepare) == "CHAIN_INCOMPLETE"


def forged_by(holder: OwnKey, clerk: Clerk) -> OwnKey:
    """A cert in the enterprise's name, issued by somebody who has a cert, and is no CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = Issuer(holder.chain[0].subject, holder.key)
    leaf = issue_cert(clerk.key.chain[0].subject, key.public_key(), issuer, Profile.SEAL, IN_TERM)
    return OwnKey(key, (leaf, *holder.chain))


def test_a_cert_issued_by_one_who_is_no_ca_is_refused_and_its_addresses_are_not_asked(clerk: Clerk) -> None:
    """Everybody who has a cert could else sign as anybody, and send us to any address."""
    asked = len(clerk.revocations.asked)
    forged = forged_by(own_key(clerk.bench.service, "person-wang-jianguo"), clerk)
    assert refused(lambda: clerk.prepare(forged)) == "CHAIN_INCOMPLETE"
    assert len(clerk.revocations.asked) == asked


def test_a_cert_that_is_not_for_signing_is_refused(clerk: Clerk) -> None:
    assert refused(lambda: clerk.prepare(made(clerk, profile=Profile.OCSP))) == "CERT_KEY_USAGE"


@pytest.mark.parametrize("brought", [[], [b""], [b"\x30\x03\x02\x01\x01"], [b"x"] * 9])
def test_what_is_no_cert_is_refused(clerk: Clerk, brought: list[bytes]) -> None:
    row, shown = clerk.row, clerk.shown
    assert refused(lambda: clerk.room.prepare(clerk.invitation, row.document_id, shown, brought, ORIGIN)) == (
        "CERT_UNREADABLE"
    )


def test_the_intermediate_need_not_be_brought_along(clerk: Clerk) -> None:
    alone = OwnKey(clerk.key.key, clerk.key.chain[:1])
    clerk.complete(clerk.prepare(alone), alone)
    clerk.bench.work(clerk.number)
    assert clerk.bench.validated(clerk.row).verdict is Verdict.TOTAL_PASSED


def test_a_revoked_cert_is_refused_at_either_step(clerk: Clerk) -> None:
    prepared = clerk.prepare()
    clerk.revocations.revoked.add(clerk.key.ders[0])
    assert refused(clerk.prepare) == "CERT_REVOKED"
    assert refused(lambda: clerk.complete(prepared)) == "CERT_REVOKED"
    assert clerk.state(prepared) is TicketState.OPEN


def test_without_an_answer_of_the_ca_nothing_is_signed(clerk: Clerk) -> None:
    clerk.revocations.silent = True
    assert refused(clerk.prepare) == "REVOCATION_UNAVAILABLE"


# ---- which revision


def test_another_revision_than_the_one_shown_is_not_signed(clerk: Clerk) -> None:
    before = clerk.bench.revisions(clerk.row)[0].sha256
    assert refused(lambda: clerk.prepare(shown=before)) == "REVISION_CHANGED"
    assert refused(lambda: clerk.room.file(clerk.invitation, before)) == "REVISION_CHANGED"


def test_a_form_that_is_returned_while_the_clerk_holds_a_ticket_is_not_signed(clerk: Clerk) -> None:
    prepared = clerk.prepare()
    clerk.bench.desk.take_step(clerk.number, "return", officer("tang"), "附件不清晰，请重新上传")
    assert refused(lambda: clerk.complete(prepared)) in ("DOCUMENT_VOID", "DOCUMENT_UNKNOWN")
    assert clerk.bench.work(clerk.number) == 4, "what waited for the signature is over at once, and the letter goes out"
    assert clerk.bench.owed(clerk.number) == ()


def test_the_next_version_of_a_returned_form_is_signed_with_the_same_invitation(clerk: Clerk) -> None:
    bench = clerk.bench
    bench.desk.take_step(clerk.number, "return", officer("tang"), "附件不清晰，请重新上传")
    bench.desk.keep(clerk.number, signaller(), renewal_form(bench.service))
    submit(bench.desk, clerk.number, signaller())
    assert clerk.standing() is Standing.LATER
    bench.work(clerk.number)
    bench.desk.take_step(clerk.number, "confirm", builder())
    bench.work(clerk.number)
    clerk.complete(clerk.prepare())
    bench.work(clerk.number)
    assert clerk.row.form_version == 2
    assert bench.signed(clerk.row) == [None, HOLDER, EMPLOYER]


def test_a_field_that_is_filled_is_not_signed_again(clerk: Clerk) -> None:
    clerk.complete(clerk.prepare())
    assert refused(clerk.prepare) == "SIGNATURE_KEPT"
    clerk.bench.work(clerk.number)
    assert refused(clerk.prepare) == "SLOT_NOT_OPEN"


def test_nobody_signs_before_his_turn(bench: Workbench) -> None:
    take_out(bench.service)
    room = room_of(bench.service)
    number = open_renewal(bench.service)
    invitation = room.admit(room.invite(number, EMPLOYER))
    assert room.look(invitation).standing is Standing.LATER
    submit(bench.desk, number, signaller())
    bench.work(number)
    assert room.look(invitation).standing is Standing.LATER
    (row,) = bench.documents(number)
    shown = bench.revisions(row)[-1].sha256
    ders = builders_key(bench.service).ders
    assert refused(lambda: room.prepare(invitation, row.document_id, shown, ders, ORIGIN)) == "DOCUMENT_UNKNOWN"


# ---- which ticket


def test_a_ticket_is_used_once(clerk: Clerk) -> None:
    prepared = clerk.prepare()
    clerk.complete(prepared)
    assert refused(lambda: clerk.complete(prepared)) == "TICKET_USED"
    clerk.bench.work(clerk.number)
    assert refused(lambda: clerk.complete(prepared)) == "TICKET_USED"
    assert clerk.bench.signed(clerk.row) == [None, HOLDER, EMPLOYER]


def test_a_ticket_is_good_for_five_minutes(clerk: Clerk) -> None:
    prepared = clerk.prepare()
    clerk.bench.wait(LIFETIME)
    assert refused(lambda: clerk.complete(prepared)) == "TICKET_EXPIRED"


def test_of_two_tabs_the_later_ticket_counts(clerk: Clerk) -> None:
    first, second = clerk.prepare(), clerk.prepare()
    assert refused(lambda: clerk.complete(first)) == "TICKET_USED"
    clerk.complete(second)
    clerk.bench.work(clerk.number)
    assert clerk.bench.validated(clerk.row).verdict is Verdict.TOTAL_PASSED


def test_a_ticket_is_good_in_the_page_that_asked_for_it_only(clerk: Clerk) -> None:
    prepared = clerk.prepare()
    signature = clerk.key.sign(prepared.to_be_signed)
    act = lambda: clerk.room.complete(  # noqa: E731
        clerk.invitation, prepared.ticket.ticket_id, signature, digest_of(prepared), "https://elsewhere.example"
    )
    assert refused(act) == "FOREIGN_ORIGIN"


def test_a_ticket_is_good_with_its_own_invitation_only(clerk: Clerk) -> None:
    prepared = clerk.prepare()
    clerk.token = clerk.room.invite(clerk.number, EMPLOYER)
    assert refused(lambda: clerk.complete(prepared)) == "TICKET_UNKNOWN"


def test_a_signature_over_something_else_is_refused_and_the_ticket_stays_good(clerk: Clerk) -> None:
    prepared = clerk.prepare()
    other = replace(prepared, to_be_signed=prepared.to_be_signed + b"x")
    assert refused(lambda: clerk.complete(other)) == "DIGEST_MISMATCH"
    act = lambda: clerk.room.complete(  # noqa: E731
        clerk.invitation, prepared.ticket.ticket_id, clerk.key.sign(b"other"), digest_of(prepared), ORIGIN
    )
    assert refused(act) == "SIGNATURE_INVALID"
    clerk.complete(prepared)


def test_a_signature_of_another_key_is_refused(clerk: Clerk) -> None:
    prepared = clerk.prepare()
    assert refused(lambda: clerk.complete(prepared, made(clerk))) == "SIGNATURE_INVALID"


# ---- what fails on the way


def test_with_the_tsa_down_the_signature_is_kept_and_the_worker_finishes_it(clerk: Clerk) -> None:
    clerk.bench.tsa.down = 3
    prepared = clerk.prepare()
    clerk.complete(prepared)
    for _ in range(3):
        assert clerk.bench.work(clerk.number) == 0
        (head,) = clerk.bench.owed(clerk.number)
        assert head.problem is not None
        assert head.problem["code"] == "TSA_UNAVAILABLE"
        assert clerk.standing() is Standing.KEPT
        assert clerk.state(prepared) is TicketState.SIGNED
        clerk.bench.wait(5 * MINUTE)
    assert clerk.bench.work(clerk.number) == 1
    assert clerk.state(prepared) is TicketState.USED
    report = clerk.bench.validated(clerk.row)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert {signature.level for signature in report.signatures} == {"B-T"}


def test_a_signature_that_waits_for_its_time_stamp_is_finished_though_the_party_has_another_key_by_now(
    clerk: Clerk,
) -> None:
    bench = clerk.bench
    bench.tsa.down = 1
    prepared = clerk.prepare()
    clerk.complete(prepared)
    assert bench.work(clerk.number) == 0
    asked = bench.keys.done
    with bench.desk.database.transaction() as connection:
        parties.set_key(
            connection, str(people.BUILDER.uscc), KeyRef("soft", f"enterprise-{str(people.BUILDER.uscc).lower()}")
        )
    bench.wait(5 * MINUTE)
    assert bench.work(clerk.number) == 1
    assert bench.keys.done == asked, "the key that is with us now is not asked"
    assert clerk.state(prepared) is TicketState.USED
    assert bench.signed(clerk.row) == [None, HOLDER, EMPLOYER]
    assert clerk.standing() is Standing.SIGNED
    report = bench.validated(clerk.row)
    assert report.verdict is Verdict.TOTAL_PASSED
    with bench.desk.database.reading() as connection:
        assert seal_ledger.verify(connection) == []
        last = list(seal_ledger.lines(connection))[-1].entry
    assert (last.outcome.value, last.key_ref) == ("done", f"outside:{str(people.BUILDER.uscc).lower()}")


def test_what_the_party_was_only_shown_is_sealed_with_the_key_that_is_with_us_by_now(clerk: Clerk) -> None:
    bench = clerk.bench
    clerk.prepare()
    asked = bench.keys.done
    with bench.desk.database.transaction() as connection:
        parties.set_key(
            connection, str(people.BUILDER.uscc), KeyRef("soft", f"enterprise-{str(people.BUILDER.uscc).lower()}")
        )
    bench.wait(timedelta(hours=7))
    assert bench.work(clerk.number) == 1
    assert bench.keys.done == asked + 1
    assert bench.signed(clerk.row) == [None, HOLDER, EMPLOYER]


class Killed(BaseException):
    """As far as the program can tell, the end."""


@dataclass
class DyingTsa:
    """Time-stamps, and the process is gone before anything could be stored."""

    tsa: TimeStampingAuthority

    def time_stamp(self, digest: bytes) -> TimeStamp:
        self.tsa.time_stamp(digest)
        raise Killed


def test_killed_between_the_signature_and_the_store_it_is_finished_by_the_next_worker(clerk: Clerk) -> None:
    bench = clerk.bench
    performer = bench.bench.performer
    assert isinstance(performer, WorkshopPerformer)
    prepared = clerk.prepare()
    clerk.complete(prepared)
    shop = replace(performer.shop, tsa=DyingTsa(performer.shop.tsa))
    with pytest.raises(Killed):
        perform(replace(bench.bench, performer=WorkshopPerformer(shop)), [clerk.number])
    assert bench.signed(clerk.row) == [None, HOLDER]
    assert clerk.state(prepared) is TicketState.SIGNED
    assert bench.work(clerk.number) == 0, "the dead worker's lease still runs"
    bench.wait(2 * MINUTE)
    assert bench.work(clerk.number) == 1
    assert bench.signed(clerk.row) == [None, HOLDER, EMPLOYER]
    assert bench.validated(clerk.row).verdict is Verdict.TOTAL_PASSED


def test_a_cert_that_is_revoked_while_its_signature_waits_is_let_go_and_another_may_sign(clerk: Clerk) -> None:
    """Its proven time would lie after the revocation."""
    bench = clerk.bench
    bench.tsa.down = 1
    prepared = clerk.prepare()
    clerk.complete(prepared)
    assert bench.work(clerk.number) == 0
    assert clerk.standing() is Standing.KEPT
    performer = bench.bench.performer
    assert isinstance(performer, WorkshopPerformer)
    clerk.revocations.revoked.add(clerk.key.ders[0])
    shop = replace(performer.shop, revocation=clerk.revocations)
    bench.wait(timedelta(hours=1))
    assert perform(replace(bench.bench, performer=WorkshopPerformer(shop)), [clerk.number]) == 0
    assert clerk.state(prepared) is TicketState.SUPERSEDED
    assert clerk.standing() is Standing.OPEN
    assert bench.signed(clerk.row) == [None, HOLDER]
    another = made(clerk)
    clerk.complete(clerk.prepare(another), another)
    assert bench.work(clerk.number) == 1
    assert bench.signed(clerk.row) == [None, HOLDER, EMPLOYER]


def test_killed_before_the_signature_was_kept_the_same_ticket_is_completed_again(clerk: Clerk) -> None:
    prepared = clerk.prepare()
    clerk.room = room_of(clerk.bench.service, clerk.revocations)
    clerk.complete(prepared)
    assert clerk.bench.work(clerk.number) == 1


def test_a_seal_that_is_replaced_meanwhile_does_not_spoil_the_signature(clerk: Clerk) -> None:
    clerk.complete(clerk.prepare())
    with clerk.bench.desk.database.transaction() as connection:
        [seal] = parties.seals(connection, str(people.BUILDER.uscc))
        parties.put_seal(connection, replace(seal, version=2, artwork=replace(seal.artwork, code="3601009000002")))
    assert clerk.bench.work(clerk.number) == 1
    assert clerk.bench.validated(clerk.row).verdict is Verdict.TOTAL_PASSED


# ---- who is let in


def test_an_invitation_runs_out(clerk: Clerk) -> None:
    clerk.bench.wait(INVITED_FOR)
    assert refused(lambda: clerk.invitation) == "INVITATION_EXPIRED"


def test_a_token_that_never_was_is_not_admitted_and_tokens_are_stored_hashed(clerk: Clerk) -> None:
    assert refused(lambda: clerk.room.admit("0" * 64)) == "INVITATION_UNKNOWN"
    assert clerk.invitation.token_sha256 == hashlib.sha256(clerk.token.encode()).hexdigest()


def test_nobody_is_invited_whose_key_is_kept_here(clerk: Clerk) -> None:
    assert refused(lambda: clerk.room.invite(clerk.number, HOLDER)) == "KEY_NOT_OUTSIDE"


def test_an_invitation_is_void_when_the_dossier_names_another_party(clerk: Clerk) -> None:
    invitation = replace(clerk.invitation, party=str(people.FORMER_BUILDER.uscc))
    assert clerk.room.look(invitation).standing is Standing.VOID
