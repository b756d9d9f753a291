"""Every use of a key that seals: admitted by its policy, released where that is asked, and told in the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from inspect import getsource

import pytest
from cryptography import x509
from sqlalchemy import delete, func, select, update

from signing_service.demo import people
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import DocumentKind, SignatoryRole, sha256_of
from signing_service.domain.dossier import Stage
from signing_service.domain.errors import Problem
from signing_service.domain.key_policy import KeyPolicy, KeyState, NextKey
from signing_service.domain.keys import KeyRef
from signing_service.domain.seals import SealState
from signing_service.domain.verdicts import Verdict
from signing_service.keystores import open_key_stores
from signing_service.pipeline.page_image import page_image
from signing_service.storage import (
    documents,
    dossiers,
    key_policies,
    key_releases,
    parties,
    seal_ledger,
    sealings,
    tables,
)
from signing_service.storage.key_releases import Release
from signing_service.storage.seal_ledger import Entry, Outcome
from signing_service.trust.opening import open_services
from signing_service.trust.revoke import revoke
from signing_service.worker import tasks
from signing_service.workflows import releases
from signing_service.workflows.perform import drawing, outside, sealing
from signing_service.workflows.roll_over import plan_next_key
from tests.factories import AUTHORITY, EMPLOYER, builder, officer, open_renewal, signaller, submit
from tests.unit.workflows.workbench import Workbench

AUTHORITY_KEY = KeyRef("soft", "authority")
NEXT_KEY = KeyRef("soft", "authority-city")
BUILDER_KEY = people.BUILDER.key
DAY = timedelta(days=1)


def submitted(bench: Workbench) -> str:
    number = open_renewal(bench.service)
    submit(bench.desk, number, signaller())
    return number


def confirmed(bench: Workbench) -> str:
    number = submitted(bench)
    bench.work(number)
    bench.desk.take_step(number, "confirm", builder())
    return number


def granted(bench: Workbench) -> str:
    number = confirmed(bench)
    for step, person in (("accept", "tang"), ("review", "song"), ("grant", "zheng")):
        bench.desk.take_step(number, step, officer(person))
    return number


def problem(bench: Workbench, number: str) -> str:
    head = bench.owed(number)[0]
    assert head.problem is not None
    assert head.problem["detail"]
    return str(head.problem["code"])


def put(bench: Workbench, policy: KeyPolicy, key: KeyRef | None = AUTHORITY_KEY) -> None:
    assert key is not None
    with bench.desk.database.transaction() as connection:
        key_policies.put(connection, key, policy, "admin", bench.clock())


def ledger(bench: Workbench) -> list[Entry]:
    with bench.desk.database.reading() as connection:
        assert seal_ledger.verify(connection) == []
        return [line.entry for line in seal_ledger.lines(connection)]


def told(bench: Workbench) -> list[tuple[str, str, str]]:
    return [(entry.field, entry.outcome.value, entry.problem) for entry in ledger(bench)]


# ---- the ledger


def test_each_signature_has_one_line_before_the_key_and_one_after(bench: Workbench) -> None:
    number = granted(bench)
    bench.work(number)
    entries = ledger(bench)
    signed = [(row, revision) for row in bench.documents(number) for revision in bench.revisions(row) if revision.field]
    assert len(signed) == 7
    assert len(entries) == 14
    for row, revision in signed:
        before, after = (one for one in entries if (one.document_id, one.field) == (row.document_id, revision.field))
        assert (before.outcome, after.outcome) == (Outcome.INTENDED, Outcome.DONE)
        assert replace(after, at=before.at, outcome=before.outcome, result_sha256=None) == before
        assert after.result_sha256 == revision.sha256
        if revision.revision:
            assert before.base_sha256 == bench.revisions(row)[revision.revision - 1].sha256
        else:
            assert row.kind is DocumentKind.LICENCE, "written in one go with its first seal"
            assert before.base_sha256 not in bench.desk.blobs
        assert before.cert_sha256
        assert (before.number, before.title, before.dossier) == (row.number, row.title, number)
        assert (before.seal_version, before.reason) == (1, "")
        with bench.desk.database.reading() as connection:
            intent = sealings.sealing(connection, row.document_id, revision.field)
        assert intent is not None
        assert (before.digest, before.key_ref, before.party) == (intent.digest, intent.key_ref, intent.party)
    who = {(one.title, one.field): (one.actor, one.step) for one in entries}
    assert {step for _, step in who.values()} == {"submit", "confirm", "accept", "grant"}
    assert {actor for actor, _ in who.values()} == {"holder", "clerk", "tang", "zheng"}


def test_the_page_that_carries_the_seal_can_be_seen_from_the_ledger(bench: Workbench) -> None:
    number = submitted(bench)
    bench.work(number)
    (_, done) = ledger(bench)
    assert done.result_sha256 is not None
    with_seal = page_image(bench.desk.blobs.get(done.result_sha256), done.page)  # type: ignore[arg-type]
    without = page_image(bench.desk.blobs.get(done.base_sha256), done.page)  # type: ignore[arg-type]
    assert with_seal.startswith(b"\x89PNG")
    assert with_seal != without, "the seal is on this page"
    assert with_seal == page_image(bench.desk.blobs.get(done.result_sha256), done.page)  # type: ignore[arg-type]


def test_a_signature_that_the_ledger_does_not_know_is_found(bench: Workbench) -> None:
    """Even if the end of the chain and its head were written anew."""
    number = confirmed(bench)
    bench.work(number)
    with bench.desk.database.transaction() as connection:
        for trigger in (
            connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'").scalars().all()
        ):
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.execute(delete(tables.seal_ledger).where(tables.seal_ledger.c.line > 2))
        second = seal_ledger.find(connection, 2)
        assert second is not None
        connection.execute(update(tables.seal_ledger_head).values(line=2, sha256=second.sha256))
    with bench.desk.database.reading() as connection:
        (found,) = seal_ledger.verify(connection)
    assert "employer" in found.en


def test_an_outage_between_intent_and_signature_leaves_one_pair(bench: Workbench) -> None:
    number = confirmed(bench)
    for failing in (bench.keys, bench.tsa):
        failing.down = 1
        bench.work(number)
        bench.wait(timedelta(hours=1))
    bench.work(number)
    assert told(bench)[2:] == [("employer", "intended", ""), ("employer", "done", "")]


# ---- policy


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (KeyPolicy(state=KeyState.SUSPENDED), "KEY_SUSPENDED"),
        (KeyPolicy(documents=frozenset({"licence"})), "KEY_POLICY_DOCUMENT"),
        (KeyPolicy(roles=frozenset({SignatoryRole.HOLDER})), "KEY_POLICY_ROLE"),
        (KeyPolicy(valid_until=date(2020, 1, 1)), "KEY_POLICY_TERM"),
    ],
)
def test_a_use_that_its_policy_forbids_waits_and_is_told_once(bench: Workbench, policy: KeyPolicy, code: str) -> None:
    number = confirmed(bench)
    put(bench, policy, BUILDER_KEY)
    for _ in range(3):
        assert bench.work(number) == 0
        assert problem(bench, number) == code
        bench.wait(timedelta(hours=2))
    assert told(bench)[2:] == [("employer", "refused", code)]
    asked = bench.keys.done
    put(bench, KeyPolicy(), BUILDER_KEY)
    assert bench.work(number) == 1
    assert bench.keys.done == asked + 1, "the key was not asked before"
    assert told(bench)[3:] == [("employer", "intended", ""), ("employer", "done", "")]


def test_outside_its_hours_a_key_waits_and_goes_on_by_itself(bench: Workbench) -> None:
    number = confirmed(bench)
    put(bench, KeyPolicy(opens=time(9), closes=time(17)), BUILDER_KEY)
    evening = datetime.combine(day_in_shanghai(bench.clock()) + DAY, time(12), UTC)  # 20:00 in Shanghai
    bench.clock.now = evening
    assert bench.work(number) == 0
    assert problem(bench, number) == "KEY_POLICY_HOURS"
    bench.clock.now = evening + timedelta(hours=13, minutes=30)
    assert bench.work(number) == 1


def test_a_key_that_is_suspended_between_intent_and_signature_does_not_sign(bench: Workbench) -> None:
    number = confirmed(bench)
    bench.keys.down = 1
    bench.work(number)
    put(bench, KeyPolicy(state=KeyState.SUSPENDED), BUILDER_KEY)
    bench.wait(DAY)
    asked = bench.keys.done
    bench.work(number)
    assert problem(bench, number) == "KEY_SUSPENDED"
    assert bench.keys.done == asked


def test_a_use_that_was_begun_does_not_count_against_itself(bench: Workbench) -> None:
    put(bench, KeyPolicy(in_all=1), BUILDER_KEY)
    number = confirmed(bench)
    bench.keys.down = 1
    bench.work(number)
    bench.wait(DAY)
    assert bench.work(number) == 1
    assert told(bench)[2:] == [("employer", "intended", ""), ("employer", "done", "")]


# ---- release


TWO = KeyPolicy(release=frozenset({"licence"}), release_hours=24)


def waiting(bench: Workbench) -> Release:
    with bench.desk.database.reading() as connection:
        (release,) = key_releases.waiting(connection, bench.clock())
    return release


def waits_for_release(bench: Workbench, policy: KeyPolicy = TWO) -> tuple[str, Release]:
    put(bench, policy)
    number = granted(bench)
    bench.work(number)
    assert problem(bench, number) == "RELEASE_REQUIRED"
    return number, waiting(bench)


def approve(bench: Workbench, release: Release, who: str, seen: str | None = None) -> str:
    try:
        after = releases.approve(bench.desk, release.release_id, who, seen or release.base_sha256)
    except Problem as refused:
        return refused.code
    return after.state.value


def test_a_licence_that_needs_a_release_waits_for_two_officers_and_then_goes_on_at_once(bench: Workbench) -> None:
    number, release = waits_for_release(bench)
    assert (release.stepped_by, release.field, release.key_ref) == ("zheng", AUTHORITY, "soft:authority")
    licence = bench.documents(number)[-1]
    assert licence.kind is DocumentKind.LICENCE
    assert bench.revisions(licence)[-1].sha256 == release.base_sha256, "what they see is what is sealed"
    assert approve(bench, release, "wan") == "asked"
    assert bench.work(number) == 0
    assert approve(bench, release, "hu") == "released"
    assert bench.work(number) == 4, "without waiting for the next try"
    with bench.desk.database.reading() as connection:
        assert dossiers.load(connection, number).stage is Stage.CLOSED
        assert key_releases.load(connection, release.release_id).state == "used"
    by = {(one.title, one.field): one.officers for one in ledger(bench) if one.outcome is Outcome.DONE}
    assert by[licence.title, "authority"] == ("wan", "hu")
    assert {officers for place, officers in by.items() if place != (licence.title, "authority")} == {()}
    assert bench.validated(licence).verdict is Verdict.TOTAL_PASSED


def test_four_eyes_are_not_those_of_one_officer_nor_of_the_one_who_took_the_step(bench: Workbench) -> None:
    number, release = waits_for_release(bench)
    assert approve(bench, release, "zheng") == "RELEASE_NOT_YOURS"
    assert approve(bench, release, "") == "RELEASE_NOT_YOURS"
    assert approve(bench, release, "wan") == "asked"
    assert approve(bench, release, "wan") == "RELEASE_NOT_YOURS"
    assert approve(bench, release, "zheng") == "RELEASE_NOT_YOURS"
    bench.wait(timedelta(hours=2))
    assert bench.work(number) == 0


def test_only_those_named_release(bench: Workbench) -> None:
    _, release = waits_for_release(bench, replace(TWO, officers=frozenset({"wan", "hu"})))
    assert approve(bench, release, "xu") == "RELEASE_NOT_YOURS"
    assert [approve(bench, release, who) for who in ("wan", "hu")] == ["asked", "released"]
    assert approve(bench, release, "xu") == "RELEASE_DECIDED"


def test_a_release_is_for_the_revision_that_was_seen(bench: Workbench) -> None:
    _, release = waits_for_release(bench)
    assert approve(bench, release, "wan", seen="00" * 32) == "RELEASE_OTHER_REVISION"
    assert waiting(bench).first_officer is None


def test_a_release_for_other_officers_than_the_policy_names_today_does_not_count(bench: Workbench) -> None:
    number, release = waits_for_release(bench)
    assert approve(bench, release, "wan") == "asked"
    assert approve(bench, release, "hu") == "released"
    put(bench, replace(TWO, officers=frozenset({"chief", "deputy"})))
    bench.work(number)
    assert problem(bench, number) == "RELEASE_REQUIRED"
    assert waiting(bench).release_id != release.release_id


def test_a_release_that_runs_out_is_asked_for_again_from_the_start(bench: Workbench) -> None:
    number, first = waits_for_release(bench)
    approve(bench, first, "wan")
    approve(bench, first, "hu")
    bench.wait(timedelta(hours=25))
    bench.work(number)
    assert problem(bench, number) == "RELEASE_REQUIRED"
    second = waiting(bench)
    assert (second.round, second.first_officer) == (2, None)
    assert second.release_id != first.release_id
    bench.wait(timedelta(hours=25))
    assert approve(bench, second, "wan") == "RELEASE_EXPIRED"


def test_a_release_that_is_refused_holds_the_seal_until_it_is_asked_again(bench: Workbench) -> None:
    number, release = waits_for_release(bench)
    approve(bench, release, "wan")
    with pytest.raises(Problem) as unexplained:
        releases.refuse(bench.desk, release.release_id, "hu", " ")
    assert unexplained.value.code == "REASON_REQUIRED"
    releases.refuse(bench.desk, release.release_id, "hu", "照片与本人不符")
    bench.work(number)
    assert problem(bench, number) == "RELEASE_REFUSED"
    assert told(bench)[-1] == ("authority", "refused", "RELEASE_REFUSED")
    again = releases.reopen(bench.desk, release.release_id)
    bench.work(number)
    assert problem(bench, number) == "RELEASE_REQUIRED"
    assert [approve(bench, again, who) for who in ("wan", "hu")] == ["asked", "released"]
    assert bench.work(number) == 4
    with pytest.raises(Problem) as decided:
        releases.reopen(bench.desk, release.release_id)
    assert decided.value.code == "RELEASE_DECIDED"


def test_a_release_is_used_once_and_survives_an_outage_of_that_use(bench: Workbench) -> None:
    number, release = waits_for_release(bench)
    approve(bench, release, "wan")
    approve(bench, release, "hu")
    bench.keys.down = 1
    bench.work(number)
    assert problem(bench, number) == "KEY_UNAVAILABLE"
    bench.wait(timedelta(hours=30))
    assert bench.work(number) == 4
    with bench.desk.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.key_release)) == 1


# ---- roll-over


def test_another_key_takes_over_on_its_day_and_nothing_stops(bench: Workbench) -> None:
    number = granted(bench)
    keys = open_key_stores(bench.service.settings)
    tomorrow = day_in_shanghai(bench.clock() + DAY)
    plan_next_key(bench.desk.database, keys, str(people.AUTHORITY.number), NextKey(NEXT_KEY, tomorrow), bench.clock())
    while len(bench.owed(number)) > 6:
        perform_one(bench, number)
    assert {one.key_ref for one in ledger(bench) if one.field == "authority"} == {"soft:authority"}
    bench.wait(DAY)
    bench.work(number)
    sealed = [one for one in ledger(bench) if one.field == "authority" and one.outcome is Outcome.DONE]
    assert {one.key_ref for one in sealed} == {"soft:authority", "soft:authority-city"}
    assert bench.owed(number) == ()


def test_what_was_reserved_before_the_roll_over_is_finished_with_the_old_key(bench: Workbench) -> None:
    number = confirmed(bench)
    bench.keys.down = 1
    bench.work(number)
    roll_over_the_builder(bench)
    bench.wait(DAY)
    assert bench.work(number) == 1
    assert [(one.key_ref, one.outcome.value) for one in ledger(bench)[2:]] == [
        (str(BUILDER_KEY), "intended"),
        (str(BUILDER_KEY), "done"),
    ]


def test_what_was_reserved_with_a_key_that_is_gone_is_reserved_anew_and_the_ledger_says_so(bench: Workbench) -> None:
    number = confirmed(bench)
    bench.keys.down = 1
    bench.work(number)
    roll_over_the_builder(bench)
    put(bench, KeyPolicy(state=KeyState.RETIRED), BUILDER_KEY)
    bench.wait(DAY)
    assert bench.work(number) == 1
    assert [(one.key_ref, one.outcome.value) for one in ledger(bench)[2:]] == [
        (str(BUILDER_KEY), "intended"),
        (str(BUILDER_KEY), "superseded"),
        (str(BUILDER_AFTER), "intended"),
        (str(BUILDER_AFTER), "done"),
    ]
    (row,) = bench.documents(number)
    assert bench.validated(row).verdict is Verdict.TOTAL_PASSED
    with bench.desk.database.reading() as connection:
        intent = sealings.sealing(connection, row.document_id, EMPLOYER)
    assert intent is not None
    assert intent.key_ref == str(BUILDER_AFTER)


def test_a_reserved_key_that_was_revoked_gives_way_to_the_one_that_took_over(bench: Workbench) -> None:
    number = confirmed(bench)
    bench.keys.down = 1
    bench.work(number)
    services = open_services(bench.service.settings, lambda: datetime.now(UTC))
    assert BUILDER_KEY is not None
    revoke(services, BUILDER_KEY.label, x509.ReasonFlags.key_compromise, datetime.now(UTC), datetime.now(UTC))
    bench.wait(timedelta(hours=1))
    assert bench.work(number) == 0
    assert problem(bench, number) == "CERT_REVOKED"
    roll_over_the_builder(bench)
    bench.wait(DAY)
    assert bench.work(number) == 1
    assert [(one.key_ref, one.outcome.value) for one in ledger(bench)[-3:]] == [
        (str(BUILDER_KEY), "refused"),
        (str(BUILDER_AFTER), "intended"),
        (str(BUILDER_AFTER), "done"),
    ]


def test_a_cert_that_ended_while_others_acted_seals_nothing(bench: Workbench) -> None:
    """Nothing bounds how long a party takes; a seal that nobody could validate must not be made."""
    number = confirmed(bench)
    signer = bench.shop.keys.signing_cert(BUILDER_KEY or AUTHORITY_KEY)
    ended = x509.load_der_x509_certificate(signer.cert).not_valid_after_utc + DAY
    bench.wait(ended - bench.clock())
    asked = bench.keys.done
    assert bench.work(number) == 0
    assert problem(bench, number) == "CERT_NOT_VALID"
    assert bench.keys.done == asked


def test_a_cert_that_was_renewed_under_the_same_name_is_reserved_anew(bench: Workbench) -> None:
    """Else the intent would name a cert that no longer signs, and the dossier would stop for ever."""
    number = confirmed(bench)
    bench.keys.down = 1
    bench.work(number)
    with bench.desk.database.transaction() as connection:
        connection.execute(
            update(tables.sealing).where(tables.sealing.c.field == "employer").values(cert_sha256="00" * 32)
        )
    bench.wait(DAY)
    assert bench.work(number) == 1
    assert [outcome for _, outcome, _ in told(bench)[2:]] == ["intended", "superseded", "intended", "done"]


def test_a_document_that_is_not_the_one_reserved_is_never_signed(bench: Workbench) -> None:
    number = confirmed(bench)
    bench.keys.down = 1
    bench.work(number)
    with bench.desk.database.transaction() as connection:
        connection.execute(
            update(tables.sealing).where(tables.sealing.c.field == "employer").values(base_sha256="00" * 32)
        )
    bench.wait(DAY)
    asked = bench.keys.done
    bench.work(number)
    assert problem(bench, number) == "SEAL_INTENT_CHANGED"
    assert bench.keys.done == asked


BUILDER_AFTER = KeyRef("soft", "enterprise-913604009990001361")


def roll_over_the_builder(bench: Workbench) -> None:
    keys = open_key_stores(bench.service.settings)
    today = day_in_shanghai(bench.clock())
    plan_next_key(bench.desk.database, keys, str(people.BUILDER.number), NextKey(BUILDER_AFTER, today), bench.clock())


def test_a_second_roll_over_begins_where_the_first_one_led(bench: Workbench) -> None:
    roll_over_the_builder(bench)
    keys = open_key_stores(bench.service.settings)
    third = NextKey(KeyRef("soft", "enterprise-91361100999000152k"), None, 30)
    present = plan_next_key(bench.desk.database, keys, str(people.BUILDER.number), third, bench.clock())
    assert present == BUILDER_AFTER
    with bench.desk.database.reading() as connection:
        party = parties.load(connection, str(people.BUILDER.number))
        assert (party.key, parties.next_key(connection, str(party.number))) == (BUILDER_AFTER, third)
        (seal,) = parties.seals(connection, str(party.number))
    assert {str(BUILDER_KEY), str(BUILDER_AFTER), str(third.key)} == seal.permitted


def test_a_next_key_that_is_not_there_is_refused_when_it_is_named(bench: Workbench) -> None:
    keys = open_key_stores(bench.service.settings)
    with pytest.raises(Problem) as refused:
        plan_next_key(
            bench.desk.database, keys, str(people.BUILDER.number), NextKey(KeyRef("soft", "nobody")), bench.clock()
        )
    assert refused.value.code == "KEY_UNKNOWN"


# ---- seals


@pytest.mark.parametrize("state", [SealState.SUSPENDED, SealState.LOST])
def test_a_seal_that_is_suspended_is_not_used_and_never_left_out(bench: Workbench, state: SealState) -> None:
    number = confirmed(bench)
    (seal,) = seals_of_the_builder(bench)
    with bench.desk.database.transaction() as connection:
        parties.set_seal_state(connection, seal.seal_id, state)
    bench.work(number)
    assert problem(bench, number) == "SEAL_NOT_ACTIVE"
    assert told(bench)[-1] == ("employer", "refused", "SEAL_NOT_ACTIVE")
    with bench.desk.database.transaction() as connection:
        parties.set_seal_state(connection, seal.seal_id, SealState.ACTIVE)
    bench.wait(timedelta(hours=1))
    assert bench.work(number) == 1


def test_a_seal_is_used_with_the_certs_of_its_list_only(bench: Workbench) -> None:
    number = confirmed(bench)
    (seal,) = seals_of_the_builder(bench)
    with bench.desk.database.transaction() as connection:
        parties.permit(connection, seal.seal_id, seal.version, ["00" * 32])
    bench.work(number)
    assert problem(bench, number) == "SEAL_NOT_FOR_THIS_CERT"
    keys = open_key_stores(bench.service.settings)
    with bench.desk.database.transaction() as connection:
        own = sha256_of(keys.signing_cert(seal.key).cert)
        parties.permit(connection, seal.seal_id, seal.version, [own])
    bench.wait(timedelta(hours=1))
    assert bench.work(number) == 1


def seals_of_the_builder(bench: Workbench) -> list[parties.Seal]:
    with bench.desk.database.reading() as connection:
        return parties.seals(connection, str(people.BUILDER.number))


# ---- before the first party signs


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (KeyPolicy(state=KeyState.RETIRED), "KEY_RETIRED"),
        (KeyPolicy(documents=frozenset({"notice"})), "KEY_POLICY_DOCUMENT"),
        (KeyPolicy(release=frozenset({"form"}), officers=frozenset({"wan"})), "RELEASE_IMPOSSIBLE"),
    ],
)
def test_the_last_signatorys_policy_is_asked_before_the_first_signs(
    bench: Workbench, policy: KeyPolicy, code: str
) -> None:
    put(bench, policy)
    number = submitted(bench)
    assert bench.work(number) == 0
    assert problem(bench, number) == code
    head = bench.owed(number)[0]
    assert head.problem is not None
    assert people.AUTHORITY.name in head.problem["detail"], "who has to do something is named"
    assert bench.keys.done < 4
    put(bench, KeyPolicy())
    bench.wait(timedelta(hours=1))
    assert bench.work(number) == 2


def test_what_passes_by_itself_keeps_nobody_from_signing(bench: Workbench) -> None:
    never_now = (bench.clock() + timedelta(hours=8 + 12)).time().replace(minute=0, second=0, microsecond=0)
    put(bench, KeyPolicy(opens=never_now, closes=time(23, 59)) if never_now < time(23) else KeyPolicy(per_day=1))
    number = submitted(bench)
    assert bench.work(number) == 2


def test_a_seal_that_will_have_ended_when_it_is_needed_is_told_before_anybody_signs(bench: Workbench) -> None:
    with bench.desk.database.transaction() as connection:
        connection.execute(
            update(tables.seal)
            .where(tables.seal.c.owner == str(people.PLATFORM.number))
            .values(valid_until=(day_in_shanghai(bench.clock()) + 5 * DAY).isoformat())
        )
    number = submitted(bench)
    bench.work(number)
    assert problem(bench, number) == "SEAL_EXPIRED", "the decision may take ten working days"
    assert bench.documents(number)[0].state == documents.OPEN
    assert bench.revisions(bench.documents(number)[0]) == []


def test_a_cert_that_will_have_ended_when_it_is_needed_is_told_before_anybody_signs(bench: Workbench) -> None:
    three_years = bench.clock() + timedelta(days=3 * 365 - 5)
    with bench.desk.database.transaction() as connection:
        connection.execute(update(tables.seal).values(valid_until="2040-01-01"))
        connection.execute(update(tables.licence).values(valid_until=(three_years.date() + 40 * DAY).isoformat()))
    bench.clock.now = three_years
    number = submitted(bench)
    bench.work(number)
    assert problem(bench, number) == "CERT_NOT_VALID"
    assert bench.revisions(bench.documents(number)[0]) == []


def perform_one(bench: Workbench, number: str) -> None:
    (run,) = tasks._take(bench.bench, [number])
    (performed,) = tasks._performed(bench.bench, [run])
    assert (performed.done, performed.problem) == (1, None)


def test_the_performer_of_seals_is_the_only_one_that_asks_a_key() -> None:
    """Whoever uses a key elsewhere in the worker's work goes round the ledger."""
    assert [getsource(room).count("keys.sign(") for room in (drawing, outside, sealing)] == [0, 0, 1]
