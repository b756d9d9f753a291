"""A licence reaches the level that is asked for, however long that takes, and keeps it: never lowered, never sealed twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from signing_service.demo import people
from signing_service.demo.portraits import sample_portrait
from signing_service.domain.documents import PadesLevel
from signing_service.domain.verdicts import Verdict
from signing_service.keystores.soft import SoftKeyStore
from signing_service.pipeline.validate import validate
from signing_service.procedures import CATALOGUE
from signing_service.storage import documents, sealings, tables
from signing_service.storage.documents import DocumentRow
from signing_service.storage.public_register import PublicRegister
from signing_service.trust.description import Profile
from signing_service.trust.issue import Validity
from signing_service.trust.pki import Pki, open_pki
from signing_service.trust.tsa import EmbeddedTsa
from signing_service.workflows import renewing
from signing_service.workflows.effects import RenderCopy, RenderLicence, Seal
from tests.factories import AUTHORITY, PLATFORM, office, officer
from tests.factories_pki import add_key
from tests.unit.workflows.workbench import Failing, Workbench

B_T, B_LTA = PadesLevel.B_T, PadesLevel.B_LTA
SECOND = timedelta(seconds=1)


def licence_granted(bench: Workbench) -> str:
    form = {
        "id_no": people.SIGNALLER_ID,
        "employer_uscc": str(people.BUILDER.uscc),
        "category": "04",
        "photo": bench.desk.blobs.put(sample_portrait("王建国", woman=False)),
    }
    number = bench.desk.begin_filled_in("so.issue", office(), form, region=people.REGION, request_key="issue")
    bench.desk.take_step(number, "grant", officer("zheng"))
    return number


def issued(bench: Workbench) -> DocumentRow:
    number = licence_granted(bench)
    bench.work(number)
    assert bench.owed(number) == ()
    (row,) = bench.documents(number)
    assert row.state == documents.ARCHIVED
    return row


def levels(bench: Workbench, row: DocumentRow) -> dict[str, PadesLevel]:
    with bench.desk.database.reading() as connection:
        return {role.value: level for role, level in sealings.levels_reached(connection, row.document_id).items()}


# ---- which level


def test_every_licence_is_closed_by_a_seal_at_b_lta_and_nothing_else_is() -> None:
    for procedure in CATALOGUE:
        seals = [effect for step in procedure.steps for effect in step.then if isinstance(effect, Seal)]
        drawn = {
            effect.template
            for step in procedure.steps
            for effect in step.then
            if isinstance(effect, RenderLicence | RenderCopy)
        }
        assert {seal.template for seal in seals if seal.level is B_LTA} == drawn
        for seal in seals:
            closes = seal.template in drawn and seal.role is PLATFORM
            assert seal.level is (B_LTA if closes else B_T), (procedure.key, seal)


def test_the_level_asked_for_and_reached_is_recorded_per_seal(bench: Workbench) -> None:
    row = issued(bench)
    assert levels(bench, row) == {"authority": B_T, "platform": B_LTA}
    with bench.desk.database.reading() as connection:
        assert sealings.levels_asked(connection, row.document_id) == {AUTHORITY: B_T, PLATFORM: B_LTA}
        archived = documents.newest_archived(connection, row.document_id)
    assert archived is not None
    assert archived.stamp is not None
    assert archived.stamp.algorithms == ("sha256", "ecdsa-p256")


# ---- what is down


@pytest.mark.parametrize("down", ["tsa", "revocation"])
def test_an_outage_before_the_extension_waits_and_goes_on_without_the_key(bench: Workbench, down: str) -> None:
    """What the key has signed is stored; only the evidence and the document time stamp are asked for again."""
    number = licence_granted(bench)
    service = getattr(bench, down)
    if down == "tsa":
        stop_after(bench.tsa, 3, bench.tsa)  # the trial, the authority, the platform
    else:
        stop_after(bench.keys, 4, bench.revocation)  # two trials, the authority, the platform
    bench.work(number)
    (row,) = bench.documents(number)
    assert bench.signed(row) == [AUTHORITY, PLATFORM]
    assert levels(bench, row) == {"authority": B_T, "platform": B_T}
    (head, *_) = bench.owed(number)
    assert head.problem
    assert head.problem["code"] == service.code
    assert bench.keys.done == 4
    for _ in range(4):
        bench.wait(timedelta(minutes=10))
        bench.work(number)
    assert bench.owed(number) == ()
    assert bench.keys.done == 4, "no key is asked again"
    assert bench.signed(row) == [AUTHORITY, PLATFORM, None]
    assert levels(bench, row) == {"authority": B_T, "platform": B_LTA}
    report = bench.validated(row)
    assert [one.level for one in report.signatures] == ["B-LTA", "B-LTA", "DTS"]
    assert len([one for one in report.signatures if one.role == "platform"]) == 1


def stop_after(state: Failing, times: int, stopped: Failing) -> None:
    """Once the one has answered so often, the other is down for the two calls after that."""
    left, ask = times, state.ask

    def counted() -> None:
        nonlocal left
        if left == 0 and state is stopped:
            stopped.down = 2
        left -= 1
        ask()
        if left == 0 and state is not stopped:
            stopped.down = 2

    state.ask = counted  # type: ignore[method-assign]


def test_nothing_is_drawn_for_the_long_term_while_the_evidence_is_not_to_be_had(bench: Workbench) -> None:
    number = licence_granted(bench)
    bench.revocation.down = 1
    bench.work(number)
    (row,) = bench.documents(number)
    assert bench.revisions(row) == []
    (head, *_) = bench.owed(number)
    assert head.problem
    assert head.problem["code"] == "REVOCATION_UNAVAILABLE"
    bench.wait(2 * SECOND)
    bench.work(number)
    assert bench.owed(number) == ()


# ---- the register


def test_every_stored_revision_of_a_licence_is_known_and_the_newest_is_served(bench: Workbench) -> None:
    row = issued(bench)
    register = PublicRegister(bench.desk.database)
    revisions = bench.revisions(row)
    assert all(register.is_registered(revision.sha256) for revision in revisions)
    found = register.by_code(row.code)
    assert found is not None
    assert found.file_sha256 == revisions[-1].sha256
    assert [seal.role.en for seal in found.seals] == ["Issuing authority", "Platform"]
    report = validate(
        bench.desk.blobs.get(revisions[-1].sha256), bench.service.anchors.roots,
        intermediates=bench.service.anchors.intermediates, now=bench.clock(),
        register=register.is_registered, own_certs=register.own_certs(),
    )  # fmt: skip
    assert (report.verdict, report.reason) == (Verdict.TOTAL_PASSED, "GENUINE_REGISTERED")


# ---- renewal


def pki_of(bench: Workbench) -> Pki:
    settings = bench.service.settings
    return open_pki(settings.pki, settings.certs / "pki.toml")


def with_new_authority(bench: Workbench, label: str, years: float) -> Workbench:
    """From now on time stamps are made with another key, whose cert lives for so long."""
    pki, now = pki_of(bench), bench.clock().replace(microsecond=0)
    term = Validity(now - timedelta(hours=1), now + timedelta(days=365 * years))
    key = add_key(pki, label, issuer="authority", profile=Profile.TSA, validity=term)
    keys = SoftKeyStore(pki.keys, pki.passphrase)
    bench.shop = replace(bench.shop, tsa=EmbeddedTsa.of(keys, key, bench.clock))
    return bench


def due(bench: Workbench, days: float | None) -> list[renewing.Kept]:
    by = None if days is None else bench.clock() + timedelta(days=days)
    with bench.desk.database.reading() as connection:
        return renewing.kept(connection, by=by)


def test_what_nears_the_end_of_its_time_stamp_is_renewed_once_and_both_files_stay_genuine(bench: Workbench) -> None:
    row = issued(bench)
    assert due(bench, 90) == []
    (kept,) = due(bench, None)
    assert (kept.number, kept.archived.generation) == (row.number, 0)
    days = (kept.renew_by - bench.clock()).days
    assert due(bench, days + 1) == [kept]

    bench = with_new_authority(bench, "tsa-next", years=9)
    (renewal,) = renewing.renew_all(bench.shop, [kept])
    assert renewal.problem is None
    assert renewal.until is not None
    assert renewal.until > kept.renew_by
    assert due(bench, days + 1) == [], "run again, there is nothing to do"
    (again,) = renewing.renew_all(bench.shop, [kept])
    assert again.until == renewal.until, "and with the old list neither"

    revisions = bench.revisions(row)
    assert [revision.field for revision in revisions] == [AUTHORITY, PLATFORM, None, None]
    with bench.desk.database.reading() as connection:
        files = [documents.bytes_of(connection, bench.desk.blobs, revision.sha256) for revision in revisions]
    assert all(later.startswith(before) for before, later in pairwise(files))
    register = PublicRegister(bench.desk.database)
    for data in files[-2:]:
        report = validate(
            data, bench.service.anchors.roots, intermediates=bench.service.anchors.intermediates,
            now=bench.clock(), register=register.is_registered, own_certs=register.own_certs(),
        )  # fmt: skip
        assert (report.verdict, report.reason) == (Verdict.TOTAL_PASSED, "GENUINE_REGISTERED")
    with bench.desk.database.reading() as connection:
        rows = connection.execute(tables.archive.select().order_by(tables.archive.c.generation)).mappings().all()
    assert [(one["generation"], one["sha256"]) for one in rows] == [
        (0, revisions[-2].sha256), (1, revisions[-1].sha256),
    ]  # fmt: skip


def test_a_time_stamp_that_ends_no_later_is_refused_unless_it_is_wanted(bench: Workbench) -> None:
    row = issued(bench)
    (refused,) = renewing.renew_all(bench.shop, due(bench, None))
    assert refused.problem is not None
    assert refused.problem.code == "RENEWAL_WITHOUT_GAIN"
    assert len(bench.revisions(row)) == 3
    (wanted,) = renewing.renew_all(bench.shop, due(bench, None), gain_or_not=True)
    assert wanted.problem is None
    assert len(bench.revisions(row)) == 4


def test_a_renewal_that_finds_a_service_down_leaves_everything_as_it_was_and_is_done_later(bench: Workbench) -> None:
    row = issued(bench)
    for service in (bench.tsa, bench.revocation):
        service.down = 1
        (renewal,) = renewing.renew_all(bench.shop, due(bench, None), gain_or_not=True)
        assert renewal.problem is not None
        assert renewal.problem.code == service.code
        assert len(bench.revisions(row)) == 3
    (renewal,) = renewing.renew_all(bench.shop, due(bench, None), gain_or_not=True)
    assert renewal.problem is None


def test_an_archived_licence_is_foreseen_to_be_accepted_in_ten_years(bench: Workbench) -> None:
    issued(bench)
    (kept,) = due(bench, None)
    assert renewing.simulate(bench.shop, kept).verdict is Verdict.TOTAL_PASSED


def test_what_rests_on_an_algorithm_on_the_way_out_is_due(bench: Workbench) -> None:
    issued(bench)
    (kept,) = due(bench, None)
    assert kept.archived.stamp is not None
    aged = replace(kept.archived.stamp, algorithms=("sha256", "rsa-2048"))
    assert renewing.renew_by(aged).year == 2030
    with bench.desk.database.transaction() as connection:
        connection.execute(tables.archive.update().values(stamp_algorithms=" ".join(aged.algorithms)))
    bench.clock.now = bench.clock.now.replace(year=2030, month=11, day=1)
    assert [one.number for one in due(bench, 90)] == [kept.number]
