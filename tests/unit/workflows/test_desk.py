"""The desk and the worker behind it: what is taken back is never signed, what cannot be done now is done later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from signing_service.demo import people
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.dossier import Stage
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.verdicts import Verdict
from signing_service.storage import documents, dossiers, licences, parties, sealings
from signing_service.storage.public_register import PublicRegister
from signing_service.storage.sealings import Sealing
from signing_service.workflows.perform import sealing
from tests.factories import (
    AUTHORITY,
    EMPLOYER,
    HOLDER,
    PLATFORM,
    builder,
    constructor,
    officer,
    open_renewal,
    renewal_form,
    signaller,
    submit,
)
from tests.unit.workflows.workbench import Workbench

SECOND = timedelta(seconds=1)


def submitted(bench: Workbench) -> str:
    number = open_renewal(bench.service)
    submit(bench.desk, number, signaller())
    return number


def granted(bench: Workbench) -> str:
    number = submitted(bench)
    bench.desk.take_step(number, "confirm", builder())
    for step, person in (("accept", "tang"), ("review", "song"), ("grant", "zheng")):
        bench.desk.take_step(number, step, officer(person))
    return number


def problem(bench: Workbench, number: str) -> str:
    head = bench.owed(number)[0]
    assert head.problem is not None
    assert head.problem["detail"]
    assert head.problem["detail_en"]
    return str(head.problem["code"])


# ---- taken back before it was drawn


def test_a_form_that_is_withdrawn_before_it_is_drawn_is_never_drawn_nor_signed(bench: Workbench) -> None:
    number = submitted(bench)
    bench.desk.take_step(number, "withdraw", signaller())
    bench.work(number)
    (row,) = bench.documents(number)
    assert (row.state, bench.revisions(row), row.facts) == (documents.VOID, [], {})
    assert bench.owed(number) == ()
    assert bench.keys.done == 0
    assert PublicRegister(bench.desk.database).by_code(row.code) is None


def test_a_form_that_is_amended_before_it_is_drawn_is_signed_in_its_new_version_only(bench: Workbench) -> None:
    """Else the applicant's key would sign words that were never submitted."""
    number = submitted(bench)
    bench.desk.take_step(number, "decline", builder(), "请补充培训情况")
    bench.desk.keep(number, signaller(), renewal_form(bench.service, training="每年均不少于36学时。"))
    bench.work(number)
    (first,) = bench.documents(number)
    assert (first.state, bench.revisions(first)) == (documents.VOID, [])
    submit(bench.desk, number, signaller())
    bench.work(number)
    first, second = bench.documents(number)
    assert first.state == documents.VOID
    assert (second.form_version, second.state, bench.signed(second)) == (2, documents.OPEN, [None, HOLDER])
    assert second.facts["training"] == "每年均不少于36学时。"
    assert bench.validated(second).verdict is Verdict.TOTAL_PASSED


def test_a_form_that_is_returned_before_the_employer_has_sealed_is_not_sealed_any_more(bench: Workbench) -> None:
    number = submitted(bench)
    bench.work(number)
    bench.desk.take_step(number, "confirm", builder())
    bench.desk.take_step(number, "return", officer("tang"), "附件不清晰，请重新上传")
    signed_before = bench.keys.done
    bench.work(number)
    row, notice = bench.documents(number)
    assert (row.state, bench.signed(row)) == (documents.VOID, [None, HOLDER])
    assert (notice.state, bench.keys.done) == (documents.ARCHIVED, signed_before + 2), (
        "tried and sealed: the letter alone"
    )
    assert bench.owed(number) == ()


# ---- waits, and goes on by itself


@pytest.mark.parametrize("which", ["tsa", "keys"])
def test_before_anybody_has_signed_it_waits_for_what_is_missing(bench: Workbench, which: str) -> None:
    number = submitted(bench)
    failing = getattr(bench, which)
    failing.down = 2
    for _ in range(2):
        assert bench.work(number) == 0
        assert problem(bench, number) == failing.code
        (row,) = bench.documents(number)
        assert bench.revisions(row) == [], "nothing is drawn, so nothing is signed"
        assert bench.work(number) == 0, "not before its time"
        bench.wait(timedelta(minutes=1))
    assert bench.work(number) == 2
    assert bench.owed(number) == ()
    (row,) = bench.documents(number)
    assert bench.signed(row) == [None, HOLDER]


@pytest.mark.parametrize("which", ["tsa", "keys"])
def test_a_seal_that_cannot_be_made_now_is_made_later_as_it_was_reserved(bench: Workbench, which: str) -> None:
    number = submitted(bench)
    bench.work(number)
    bench.desk.take_step(number, "confirm", builder())
    failing = getattr(bench, which)
    failing.down = 2
    intents = []
    for _ in range(2):
        assert bench.work(number) == 0
        assert problem(bench, number) == failing.code
        intents.append(intent_of(bench, number))
        bench.wait(timedelta(minutes=5))
    assert bench.work(number) == 1
    (row,) = bench.documents(number)
    assert bench.signed(row) == [None, HOLDER, EMPLOYER]
    assert intents[0] == intents[1] == intent_of(bench, number), "the digest that was written down is the one signed"
    report = bench.validated(row)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert [signature.level for signature in report.signatures] == ["B-T", "B-T"]


def test_a_seal_reserved_yesterday_is_made_with_yesterdays_seal(bench: Workbench) -> None:
    number = submitted(bench)
    bench.work(number)
    bench.desk.take_step(number, "confirm", builder())
    bench.tsa.down = 1
    bench.work(number)
    before = intent_of(bench, number)
    bench.wait(timedelta(days=1))
    today = day_in_shanghai(bench.clock())
    with bench.desk.database.transaction() as connection:
        (old,) = parties.seals(connection, str(people.BUILDER.number))
        new = replace(old, version=2, valid_from=today, artwork=replace(old.artwork, code="3601009900002"))
        parties.put_seal(connection, new)
    bench.work(number)
    assert bench.owed(number) == ()
    (row,) = bench.documents(number)
    assert bench.signed(row) == [None, HOLDER, EMPLOYER]
    assert intent_of(bench, number) == before


def test_what_is_due_is_done_in_order_while_the_first_of_it_waits(bench: Workbench) -> None:
    number = granted(bench)
    bench.keys.down = 1
    assert bench.work(number) == 0
    assert len(bench.owed(number)) == 14
    bench.wait(2 * SECOND)
    assert bench.work(number) == 14
    with bench.desk.database.reading() as connection:
        assert dossiers.load(connection, number).stage is Stage.CLOSED
    assert [bench.signed(row) for row in bench.documents(number)] == [
        [None, HOLDER, EMPLOYER, AUTHORITY, PLATFORM],
        [None, AUTHORITY],
        [AUTHORITY, PLATFORM, None],  # the last is nobody's: the platform's seal extended for the long term
    ]


def test_a_licence_is_not_in_force_while_its_seal_waits(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    number = granted(bench)

    def away(*_: object) -> None:
        raise Problem("REVOCATION_UNAVAILABLE", "暂时不可用。", "Not to be had now.", status=503)

    monkeypatch.setattr(sealing, "extend", away)
    bench.work(number)
    assert [one.kind for one in bench.owed(number)] == ["Seal", "ProveAndArchive", "TakeStep"]
    assert bench.signed(bench.documents(number)[-1]) == [AUTHORITY, PLATFORM]
    with bench.desk.database.reading() as connection:
        versions = licences.versions(connection, people.SIGNALLER_LICENCE)
        assert [licence.status for licence in versions] == [LicenceStatus.IN_FORCE, LicenceStatus.ISSUING]
        assert licences.current(connection, people.SIGNALLER_LICENCE) == versions[0]
        assert dossiers.load(connection, number).stage is Stage.ISSUING
    code = bench.documents(number)[-1].code
    assert PublicRegister(bench.desk.database).by_code(code) is None


def intent_of(bench: Workbench, number: str) -> Sealing:
    (row,) = bench.documents(number)
    with bench.desk.database.reading() as connection:
        intent = sealings.sealing(connection, row.document_id, EMPLOYER)
    assert intent is not None
    return intent


# ---- the draft


def test_a_changed_draft_is_about_the_licence_it_names_now(bench: Workbench) -> None:
    """Checks and the licence that is made of it look at the same number."""
    number = open_renewal(bench.service)
    second = second_licence(bench)
    bench.desk.keep(number, signaller(), renewal_form(bench.service, licence_no=second))
    bench.desk.take_step(number, "prepare", signaller())
    with bench.desk.database.reading() as connection:
        dossier = dossiers.load(connection, number)
    assert dossier.facts["licence_no"] == dossier.form["licence_no"] == second
    assert open_renewal(bench.service, key="another") != number, "the first licence is free again"
    with pytest.raises(Problem) as refusal:
        open_renewal(bench.service, key="a third", licence_no=second)
    assert refusal.value.code == "DOSSIER_DUPLICATE"


def test_a_draft_cannot_be_changed_onto_a_licence_that_has_a_dossier(bench: Workbench) -> None:
    open_renewal(bench.service)
    second = second_licence(bench)
    number = open_renewal(bench.service, key="another", licence_no=second)
    bench.desk.keep(number, signaller(), renewal_form(bench.service))
    with pytest.raises(Problem) as refusal:
        bench.desk.take_step(number, "prepare", signaller())
    assert refusal.value.code == "DOSSIER_DUPLICATE"
    bench.desk.keep(number, signaller(), renewal_form(bench.service, licence_no=second, conduct="无。"))
    bench.desk.take_step(number, "prepare", signaller())


def test_a_changed_draft_names_parties_that_are_registered(bench: Workbench) -> None:
    number = open_renewal(bench.service)
    bench.desk.keep(number, signaller(), renewal_form(bench.service, employer_uscc="913604009990001361"))
    with pytest.raises(Problem) as refusal:
        bench.desk.take_step(number, "prepare", signaller())
    assert refusal.value.code == "PERSON_NOT_FOUND"


def test_only_the_applicant_changes_it_and_only_a_draft(bench: Workbench) -> None:
    number = open_renewal(bench.service)
    with pytest.raises(Problem) as refusal:
        bench.desk.keep(number, constructor(), renewal_form(bench.service))
    assert refusal.value.code == "NOT_YOUR_DOSSIER"
    submit(bench.desk, number, signaller())
    with pytest.raises(Problem) as refusal:
        bench.desk.keep(number, signaller(), renewal_form(bench.service))
    assert refusal.value.code == "STATE_CONFLICT"


def test_a_refused_dossier_leaves_licence_and_register_as_they_were(bench: Workbench) -> None:
    number = submitted(bench)
    bench.desk.take_step(number, "confirm", builder())
    bench.desk.take_step(number, "not_accept", officer("tang"), "申请事项不属于本机关职权范围")
    bench.work(number)
    with bench.desk.database.reading() as connection:
        assert dossiers.load(connection, number).stage is Stage.NOT_ACCEPTED
        assert [licence.version for licence in licences.versions(connection, people.SIGNALLER_LICENCE)] == [1]


def test_numbers_of_dossiers_and_lines_of_the_journal_have_no_gap(bench: Workbench) -> None:
    first = submitted(bench)
    with pytest.raises(Problem):
        open_renewal(bench.service, key="a second on the same licence")
    bench.desk.take_step(first, "withdraw", signaller())
    third = open_renewal(bench.service, key="again")
    assert (int(first[-6:]), int(third[-6:])) == (1, 2)
    with pytest.raises(Problem):
        bench.desk.take_step(third, "confirm", builder())
    with bench.desk.database.reading() as connection:
        assert [line.line for line in dossiers.journal_of(connection, first)] == [1, 2, 3]
        assert dossiers.journal_of(connection, third) == []


def second_licence(bench: Workbench) -> str:
    number = "赣A042023000456"
    with bench.desk.database.transaction() as connection:
        first = licences.current(connection, people.SIGNALLER_LICENCE)
        assert first is not None
        licences.add(
            connection,
            replace(first, number=number, identifier=first.identifier + "x"),
            bench.clock(),
        )
    return number
