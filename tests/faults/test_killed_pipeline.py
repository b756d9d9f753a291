"""A service that is killed anywhere on the way of a document finishes it after the restart: nothing twice, nothing missing."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from signing_service.demo import people
from signing_service.domain.documents import Blobs, DocumentKind, SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.verdicts import Verdict
from signing_service.embedded import now, prepare
from signing_service.pipeline.validate import validate
from signing_service.storage import documents, dossiers, licences, outbox, seal_ledger, sealings, tables
from signing_service.storage.blobs import open_blobs
from signing_service.storage.database import open_database
from signing_service.storage.documents import DocumentRow, Revision
from signing_service.trust.anchors import Anchors, read_anchors
from tests.factories import AUTHORITY, EMPLOYER, HOLDER, PLATFORM, settings_in
from tests.security.attacks import byte_ranges

PROGRAM = Path(__file__).parent / "dying_service.py"
ENDS_WITHIN_SECONDS = 240.0

SIGNATORIES = {
    "so_renew_form": (HOLDER, EMPLOYER, AUTHORITY, PLATFORM),
    "acceptance_notice": (AUTHORITY,),
    "special_operation": (AUTHORITY, PLATFORM),
}

# one death after the other, each on the way that the restart after the last one goes: the place in the code,
# before or after, and which call of it in that process
OF_A_RENEWAL = {
    "the form has its codes, nothing is drawn": ("sign", "before", 1),
    "the first seal is prepared, not reserved": ("reserve_sealing", "before", 1),
    "the seal is reserved, the key not asked": ("sign", "before", 1),
    "the key has signed, there is no time stamp": ("sign", "after", 1),
    "the sealed file is stored, nobody knows of it": ("put", "after", 2),
    "the seal is recorded, not committed": ("finish", "after", 1),
    "the seal is committed": ("perform", "after", 1),
    "the notice has its number, not committed": ("add_document", "after", 1),
    "the form is locked, not stored": ("finish_seal", "after", 3),
    "the form is proven, not archived": ("prove", "after", 1),
}
OF_AN_ISSUE = {
    "the licence has its number, not committed": ("add_licence", "after", 1),
    "the licence has its codes, not committed": ("add_document", "after", 1),
    "the licence has number and codes, no key was tried": ("try_keys", "before", 1),
    "the code is signed, not committed": ("keep_codes", "after", 1),
    "the licence is drawn, no seal reserved": ("reserve_sealing", "before", 1),
    "the use of the key is told, not committed": ("tell_ledger", "after", 1),
    "the use of the key is told and committed, the key not asked": ("ask_key", "before", 1),
    "the key has signed, there is no time stamp": ("finish_seal", "before", 1),
    "the signature has its time stamp, it is not kept": ("keep", "before", 1),
    "the signature is kept, not committed": ("tell_ledger", "after", 2),
    "the signature is kept, the next not reserved": ("reserve_sealing", "before", 2),
}
OF_THE_END_OF_AN_ISSUE = {
    "the second use is told and committed, the key not asked": ("ask_key", "before", 2),
    "both have signed, there is no evidence": ("extend", "before", 1),
    "the licence has its evidence and document time stamp": ("extend", "after", 1),
    "the licence is proven, not archived": ("prove", "after", 1),
    "the finished file is stored, nobody knows of it": ("put", "after", 2),
    "the revisions are recorded, not committed": ("add_revisions", "after", 1),
    "the seals stand, not committed": ("stand", "after", 1),
    "the licence is archived, not committed": ("add_archived", "after", 1),
    "the dossier is closed, not committed": ("record", "after", 1),
    "everything is done, not committed": ("finish", "after", 1),
}
OF_A_GROUP = {
    "all have their numbers, not committed": ("add_document", "after", 1),
    "the second code is signed": ("sign", "after", 5),
    "all uses of the key are told, not committed": ("tell_ledger", "after", 1),
    "the key has signed the second of three": ("finish_seal", "before", 2),
    "the signatures of all are kept, not committed": ("keep", "after", 1),
    "the platform has signed two of three": ("finish_seal", "after", 5),
    "two of three are extended": ("extend", "after", 2),
    "one of three is proven": ("prove", "after", 1),
    "the files of all are stored, nobody knows of them": ("put", "after", 2),
    "all are closed, not committed": ("finish", "after", 1),
}


@pytest.fixture(scope="module")
def office_in_the_morning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """PKI, tables and people, made once."""
    settings = settings_in(tmp_path_factory.mktemp("office") / "var")
    prepare(settings, lambda _line: None)
    database = open_database(settings.database)
    with database.transaction() as connection:
        people.enter(connection, open_blobs(settings.blobs), now())
    database.close()
    return settings.var


@pytest.fixture
def folder(office_in_the_morning: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(office_in_the_morning, tmp_path / "var", symlinks=True))


def run(folder: Path, procedure: str, place: str = "never", moment: str = "", call: int = 0) -> int:
    """The exit status; minus the signal when one ended it."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, PROGRAM, folder, procedure, place, moment, str(call)]
    with (folder / "service.log").open("ab") as log:
        ended = subprocess.run(command, env=environment, stdout=log, stderr=log, timeout=ENDS_WITHIN_SECONDS)
    return ended.returncode


@contextmanager
def finished_in_spite_of(
    deaths: Mapping[str, tuple[str, str, int]], folder: Path, procedure: str
) -> Iterator[tuple[Connection, Blobs, Anchors]]:
    """What is in the store when the service died of each, was started again after each, and was then left alone."""
    for what, death in deaths.items():
        assert run(folder, procedure, *death) == -signal.SIGKILL, f"did not die when {what}: {log_of(folder)}"
    assert run(folder, procedure) == 0, log_of(folder)
    settings = settings_in(folder)
    database = open_database(settings.database)
    with database.reading() as connection:
        yield connection, open_blobs(settings.blobs), read_anchors(settings)
    database.close()


def log_of(folder: Path) -> str:
    return (folder / "service.log").read_text()[-4000:]


def test_a_renewal_is_finished_once_however_often_the_service_dies(folder: Path) -> None:
    with finished_in_spite_of(OF_A_RENEWAL, folder, "renew") as (connection, blobs, anchors):
        (number,) = connection.scalars(select(tables.dossier.c.number))
        assert dossiers.load(connection, number).stage is Stage.CLOSED
        assert outbox.owed(connection, number) == ()
        steps = [line.step for line in dossiers.journal_of(connection, number)]
        assert steps == ["prepare", "submit", "confirm", "accept", "review", "grant", "issue"]
        rows = documents.of_dossier(connection, number)
        assert sorted(row.template.split("/")[1] for row in rows) == sorted(SIGNATORIES)
        for row in rows:
            assert_sealed_once_by_each(connection, blobs, anchors, row)
        versions = licences.versions(connection, people.SIGNALLER_LICENCE)
        assert [(licence.version, licence.status) for licence in versions] == [
            (1, LicenceStatus.SUPERSEDED),
            (2, LicenceStatus.IN_FORCE),
        ]
        assert_no_gap(connection, "dossier", "notice")


def test_a_licence_is_issued_under_one_number_however_often_the_service_dies(folder: Path) -> None:
    with finished_in_spite_of(OF_AN_ISSUE, folder, "issue") as (connection, blobs, anchors):
        (number,) = connection.scalars(select(tables.dossier.c.number))
        assert dossiers.load(connection, number).stage is Stage.CLOSED
        assert outbox.owed(connection, number) == ()
        assert [line.step for line in dossiers.journal_of(connection, number)] == ["grant", "issue"]
        (row,) = documents.of_dossier(connection, number)
        assert_sealed_once_by_each(connection, blobs, anchors, row)
        licence = licences.of_dossier(connection, number)
        assert licence is not None
        assert licence.number.endswith("000001")
        assert (licence.number, licence.status) == (row.number, LicenceStatus.IN_FORCE)
        assert licence.document_id == row.document_id
        assert [version.version for version in licences.versions(connection, licence.number)] == [1]
        assert_no_gap(connection, "dossier", "licence")


def test_the_last_part_of_an_issue_is_done_once_and_no_key_is_asked_for_what_it_has_signed(folder: Path) -> None:
    with finished_in_spite_of(OF_THE_END_OF_AN_ISSUE, folder, "issue") as (connection, blobs, anchors):
        (number,) = connection.scalars(select(tables.dossier.c.number))
        (row,) = documents.of_dossier(connection, number)
        assert_sealed_once_by_each(connection, blobs, anchors, row)
        told = [(line.entry.field, line.entry.outcome.value) for line in seal_ledger.lines(connection)]
        assert told == [(role, outcome) for role in ("authority", "platform") for outcome in ("intended", "done")]
        assert_no_gap(connection, "dossier", "licence")


def test_a_group_of_licences_is_issued_once_however_often_the_service_dies_in_the_middle(folder: Path) -> None:
    with finished_in_spite_of(OF_A_GROUP, folder, "issue_three") as (connection, blobs, anchors):
        numbers = list(connection.scalars(select(tables.dossier.c.number).order_by(tables.dossier.c.number)))
        assert len(numbers) == 3
        issued = licences.of_dossiers(connection, numbers)
        assert sorted(one.number[-6:] for one in issued.values()) == ["000001", "000002", "000003"]
        assert {one.status for one in issued.values()} == {LicenceStatus.IN_FORCE}
        for number in numbers:
            assert dossiers.load(connection, number).stage is Stage.CLOSED
            assert [line.step for line in dossiers.journal_of(connection, number)] == ["grant", "issue"]
            (row,) = documents.of_dossier(connection, number)
            assert row.number == issued[number].number
            assert_sealed_once_by_each(connection, blobs, anchors, row)
        assert {row.name.split("/")[0]: row.last for row in connection.execute(select(tables.series))} == {
            "dossier": 3,
            "licence": 3,
        }


def assert_sealed_once_by_each(connection: Connection, blobs: Blobs, anchors: Anchors, row: DocumentRow) -> None:
    """One revision a field, each the one that was written down before the key was asked."""
    signatories = SIGNATORIES[row.template.split("/")[1]]
    assert row.state == documents.ARCHIVED
    laid: Revision | None = None
    sealed = documents.revisions(connection, row.document_id)
    if row.kind is not DocumentKind.LICENCE:  # which is written in one go with its first seal
        laid, *sealed = sealed
        assert laid.field is None
    first = 1 if laid else 0
    extended = [sealed.pop()] if row.kind is DocumentKind.LICENCE else []
    assert [(revision.field, revision.revision) for revision in extended] in ([], [(None, len(sealed) + first)])
    assert tuple(revision.field for revision in sealed) == signatories
    assert [revision.revision for revision in sealed] == list(range(first, len(signatories) + first))
    intents = connection.execute(
        select(tables.sealing).where(tables.sealing.c.document_id == row.document_id)
    ).mappings()
    by_field = {SignatoryRole(intent["field"]): intent for intent in intents}
    assert set(by_field) == set(signatories)
    assert_told_once(
        connection, row, [(by_field[role]["digest"], by_field[role]["result_sha256"]) for role in by_field]
    )
    for before, revision in zip((laid, *sealed), sealed, strict=False):
        assert revision.field is not None
        intent = by_field[revision.field]
        data = documents.bytes_of(connection, blobs, revision.sha256)
        first, length, second, rest = byte_ranges(data)[-1]
        covered = data[first : first + length] + data[second : second + rest]
        assert hashlib.sha256(covered).hexdigest() == intent["digest"]
        assert intent["result_sha256"] == revision.sha256
        assert intent["proven_at"]
        if before is not None:
            assert intent["base_sha256"] == before.sha256
            assert data.startswith(documents.bytes_of(connection, blobs, before.sha256))
    (archived,) = connection.scalars(
        select(tables.archive.c.sha256).where(tables.archive.c.document_id == row.document_id)
    )
    assert archived == [*sealed, *extended][-1].sha256
    assert blobs.get(archived).startswith(documents.bytes_of(connection, blobs, sealed[-1].sha256))
    report = validate(blobs.get(archived), anchors.roots, intermediates=anchors.intermediates, now=now())
    assert report.verdict is Verdict.TOTAL_PASSED
    roles = [signature.role for signature in report.signatures]
    assert roles == [*signatories, *("" for _ in extended)], "one document time stamp, and only for a licence"
    reached = sealings.levels_reached(connection, row.document_id)
    assert reached == sealings.levels_asked(connection, row.document_id)


def assert_told_once(connection: Connection, row: DocumentRow, sealed: list[tuple[str, str]]) -> None:
    """A line before the key and a line after it for each signature, and the chain holds."""
    assert seal_ledger.verify(connection) == []
    entries = [line.entry for line in seal_ledger.lines(connection) if line.entry.document_id == row.document_id]
    assert sorted((entry.digest, entry.outcome.value, entry.result_sha256 or "") for entry in entries) == sorted(
        line for digest, result in sealed for line in ((digest, "intended", ""), (digest, "done", result))
    )


def assert_no_gap(connection: Connection, *kinds: str) -> None:
    """Each series has given out just the one number that was used."""
    series = {row.name: row.last for row in connection.execute(select(tables.series))}
    assert sorted(name.split("/")[0] for name in series) == sorted(kinds)
    assert set(series.values()) == {1}, series
