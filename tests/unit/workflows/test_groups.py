"""Licences are issued side by side: what all need is asked once, and what goes wrong with one holds up no other."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from signing_service.demo import people
from signing_service.demo.portraits import sample_portrait
from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.parties import Person
from signing_service.pipeline import templates
from signing_service.storage import documents, dossiers, licences, outbox, parties, seal_ledger, sealings, tables
from signing_service.worker.tasks import perform
from signing_service.workflows import workshop
from signing_service.workflows.perform import proving, sealing
from tests.factories import AUTHORITY, PLATFORM, office, officer
from tests.unit.workflows.workbench import Workbench

SECOND = timedelta(seconds=1)


def granted(bench: Workbench, count: int) -> list[str]:
    """Dossiers of so many people, each with a portrait of its own."""
    numbers = []
    for person in people.crowd()[:count]:
        with bench.desk.database.transaction() as connection:
            parties.put(connection, Person(IdNo(person.id_no), PersonName(person.name)))
        form = {
            "id_no": str(person.id_no),
            "employer_uscc": str(people.BUILDER.uscc),
            "category": "04",
            "photo": bench.desk.blobs.put(sample_portrait(str(person.id_no), woman=False)),
        }
        number = bench.desk.begin_filled_in(
            "so.issue", office(), form, region=people.REGION, request_key=str(person.id_no)
        )
        bench.desk.take_step(number, "grant", officer("zheng"))
        numbers.append(number)
    return numbers


def rename(bench: Workbench, number: str, name: str) -> None:
    """The holder's name becomes one that no font has a glyph for, or a good one again."""
    with bench.desk.database.transaction() as connection:
        holder = dossiers.load(connection, number).form["id_no"]
        connection.execute(tables.party.update().where(tables.party.c.number == holder).values(name=name))


def stages(bench: Workbench, numbers: Sequence[str]) -> list[Stage]:
    with bench.desk.database.reading() as connection:
        return [dossiers.load(connection, number).stage for number in numbers]


def waits_with(bench: Workbench, number: str) -> tuple[str, str]:
    head = bench.owed(number)[0]
    assert head.problem is not None
    return head.kind, head.problem["code"]


def assert_whole(bench: Workbench, numbers: Sequence[str]) -> None:
    """Each is issued once under a number of its own, each use is told once, and no number was left out."""
    with bench.desk.database.reading() as connection:
        issued = licences.of_dossiers(connection, numbers)
        assert {one.status for one in issued.values()} == {LicenceStatus.IN_FORCE}
        serials = sorted(int(one.number[-6:]) for one in issued.values())
        assert serials == list(range(1, len(numbers) + 1))
        for number in numbers:
            (row,) = documents.of_dossier(connection, number)
            fields = [one.field for one in documents.revisions(connection, row.document_id)]
            assert (row.state, fields) == (documents.ARCHIVED, [AUTHORITY, PLATFORM, None])
            kept = sealings.of_documents(connection, [row.document_id]).values()
            assert [one.given for one in kept] == [None, None], "what is in the file is not kept beside it"
        told = [(one.entry.document_id, one.entry.field, one.entry.outcome) for one in seal_ledger.lines(connection)]
        assert len(set(told)) == len(told) == 4 * len(numbers)
        assert seal_ledger.verify(connection) == []


def test_one_bad_dossier_of_a_group_waits_with_its_problem_and_holds_up_no_other(bench: Workbench) -> None:
    numbers = granted(bench, 4)
    bad = numbers[1]
    rename(bench, bad, "王\ue000")
    good = [number for number in numbers if number != bad]
    assert perform(bench.bench, numbers) == 5 * len(good)
    assert stages(bench, good) == [Stage.CLOSED] * len(good)
    assert waits_with(bench, bad) == ("RenderLicence", "GLYPH_MISSING")
    assert [one.attempts for one in bench.owed(bad)] == [1, 0, 0, 0, 0]
    with bench.desk.database.transaction() as connection:
        row = documents.of_dossier(connection, bad)[0]
        facts = {key: "王建" if value == "王\ue000" else value for key, value in row.facts.items()}
        connection.execute(
            tables.document.update().where(tables.document.c.document_id == row.document_id).values(facts=facts)
        )
    bench.wait(timedelta(minutes=1))
    assert perform(bench.bench, [bad]) == 5
    assert_whole(bench, numbers)


def test_a_file_that_cannot_be_read_holds_up_its_own_dossier_only(bench: Workbench) -> None:
    numbers = granted(bench, 3)
    with bench.desk.database.reading() as connection:
        photo = dossiers.load(connection, numbers[0]).form["photo"]
    stored = bench.service.settings.var / "blobs" / photo[:2] / photo[2:]
    kept = stored.read_bytes()
    stored.unlink()
    assert perform(bench.bench, numbers) == 10
    assert waits_with(bench, numbers[0]) == ("RenderLicence", "PHOTO_MISSING")
    stored.write_bytes(kept)
    bench.wait(timedelta(minutes=1))
    assert perform(bench.bench, numbers) == 5
    assert_whole(bench, numbers)


def test_what_only_one_of_a_group_does_not_prove_is_laid_down_as_it_stands(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = granted(bench, 3)
    whole, proven = proving.prove, []

    def fails_once(*given: object) -> object:
        proven.append(given)
        if len(proven) == 2:
            raise OSError("the second is not read")
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(proving, "prove", fails_once)
    assert perform(bench.bench, numbers) == 5 + 3 + 5
    (held_up,) = [number for number in numbers if bench.owed(number)]
    assert waits_with(bench, held_up) == ("ProveAndArchive", "INTERNAL_ERROR")
    (row,) = bench.documents(held_up)
    assert all(revision.sha256 in bench.desk.blobs for revision in bench.revisions(row))
    asked = bench.keys.done
    bench.wait(timedelta(minutes=1))
    assert perform(bench.bench, numbers) == 2
    assert bench.keys.done == asked
    assert_whole(bench, numbers)


def test_a_time_stamping_authority_that_is_away_is_asked_once_for_the_group_and_the_group_goes_on(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = granted(bench, 3)
    asked = []
    ask = bench.tsa.ask

    def away_from_the_second_on() -> None:
        asked.append(1)
        if 2 <= len(asked) <= 2:
            bench.tsa.down = 1
        ask()

    monkeypatch.setattr(bench.tsa, "ask", away_from_the_second_on)
    assert perform(bench.bench, numbers) == 0, "none is sealed, and what is written in one go is drawn again"
    assert {waits_with(bench, number) for number in numbers} == {("RenderLicence", "TSA_UNAVAILABLE")}
    assert len(asked) == 2, "the trial, and once for all of them"
    with bench.desk.database.reading() as connection:
        outcomes = [line.entry.outcome for line in seal_ledger.lines(connection)]
    assert outcomes == [seal_ledger.Outcome.INTENDED] * 3
    bench.wait(2 * SECOND)
    assert perform(bench.bench, numbers) == 5 * 3
    with bench.desk.database.reading() as connection:
        again = [line.entry.outcome for line in seal_ledger.lines(connection)]
    assert again.count(seal_ledger.Outcome.INTENDED) == 2 * 3, "the same is signed, as it was written down"
    assert_whole(bench, numbers)


def test_a_release_that_is_drawn_otherwise_after_a_crash_gives_the_intent_up_and_tells_it(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has seen what was drawn before: nothing of it was stored but the intent."""
    (number,) = granted(bench, 1)

    class PulledPlug(BaseException):
        pass

    def pulls_the_plug(*_: object) -> None:
        raise PulledPlug

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "_sign", pulls_the_plug)
        with pytest.raises(PulledPlug):
            perform(bench.bench, [number])
    load = templates.load
    monkeypatch.setattr(workshop.templates, "load", lambda *given: replace(load(*given), title="Another title"))
    workshop._template.cache_clear()
    bench.wait(timedelta(minutes=2))
    assert perform(bench.bench, [number]) == 5
    with bench.desk.database.reading() as connection:
        told = [(one.entry.field, one.entry.outcome.value) for one in seal_ledger.lines(connection)]
        assert seal_ledger.verify(connection) == []
    assert told == [
        ("authority", "intended"), ("authority", "superseded"), ("authority", "intended"), ("authority", "done"),
        ("platform", "intended"), ("platform", "done"),
    ]  # fmt: skip
    (row,) = bench.documents(number)
    assert bench.validated(row).verdict.value == "TOTAL_PASSED"
    workshop._template.cache_clear()


def test_a_worker_that_lost_one_of_its_dossiers_stores_the_others_and_nothing_of_that_one(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = granted(bench, 3)
    whole, count = proving.prove, []

    def taken_over_meanwhile(*given: object) -> object:
        if not count:
            with bench.desk.database.transaction() as connection:
                later = bench.clock() + timedelta(hours=1)
                assert len(outbox.take(connection, [numbers[1]], later, later + timedelta(minutes=1))) == 1
        count.append(1)
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(proving, "prove", taken_over_meanwhile)
    assert perform(bench.bench, numbers) == 10
    assert stages(bench, numbers) == [Stage.CLOSED, Stage.ISSUING, Stage.CLOSED]
    (row,) = bench.documents(numbers[1])
    assert bench.revisions(row) == []
    bench.wait(timedelta(hours=2))
    assert perform(bench.bench, numbers) == 5
    assert_whole(bench, numbers)


def test_a_larger_group_needs_no_more_transactions_than_a_small_one(bench: Workbench) -> None:
    begun: list[int] = []
    # the lease is renewed by a thread of its own, now and then
    event.listen(bench.desk.database.engine, "begin", lambda _: begun.append(threading.get_ident()))

    def transactions(numbers: list[str]) -> int:
        begun.clear()
        perform(bench.bench, numbers)
        return begun.count(threading.get_ident())

    numbers = granted(bench, 5)
    assert transactions(numbers[:1]) == transactions(numbers[1:])
    with bench.desk.database.reading() as connection:
        done = connection.scalar(select(func.count()).select_from(tables.effect).where(tables.effect.c.state == "done"))
    assert done == 25
    assert_whole(bench, numbers)
