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
from signing_service.storage import documents, dossiers, licences, outbox, tables
from signing_service.storage.blobs import open_blobs
from signing_service.storage.database import open_database
from signing_service.storage.documents import DocumentRow
from signing_service.trust.anchors import Anchors, read_anchors
from tests.factories import AUTHORITY, EMPLOYER, HOLDER, PLATFORM, settings_in
from tests.security.attacks import byte_ranges

PROGRAM = Path(__file__).parent / "dying_service.py"
ENDS_WITHIN_SECONDS = 120.0

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
    "the licence has its number, nothing is drawn": ("add_document", "before", 1),
    "the licence is locked, not stored": ("finish_seal", "after", 2),
    "the licence is locked and stored, not extended": ("extend", "before", 1),
    "the licence has its evidence and document time stamp, not stored": ("extend", "after", 1),
    "the extended licence is recorded, not committed": ("set_reached", "after", 1),
    "the licence is archived, not committed": ("add_archived", "after", 1),
    "the dossier is closed, not committed": ("record", "after", 1),
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
        assert steps == ["submit", "confirm", "accept", "review", "grant", "issue"]
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


def assert_sealed_once_by_each(connection: Connection, blobs: Blobs, anchors: Anchors, row: DocumentRow) -> None:
    """One revision a field, each the one that was written down before the key was asked."""
    signatories = SIGNATORIES[row.template.split("/")[1]]
    assert row.state == documents.ARCHIVED
    laid, *sealed = documents.revisions(connection, row.document_id)
    assert laid.field is None
    extended = [sealed.pop()] if row.kind is DocumentKind.LICENCE else []
    assert [(revision.field, revision.revision) for revision in extended] in ([], [(None, len(sealed) + 1)])
    assert tuple(revision.field for revision in sealed) == signatories
    assert [revision.revision for revision in (laid, *sealed)] == list(range(len(signatories) + 1))
    intents = connection.execute(
        select(tables.sealing).where(tables.sealing.c.document_id == row.document_id)
    ).mappings()
    by_field = {SignatoryRole(intent["field"]): intent for intent in intents}
    assert set(by_field) == set(signatories)
    for before, revision in zip((laid, *sealed), sealed, strict=False):
        assert revision.field is not None
        intent = by_field[revision.field]
        data = blobs.get(revision.sha256)
        first, length, second, rest = byte_ranges(data)[-1]
        covered = data[first : first + length] + data[second : second + rest]
        assert hashlib.sha256(covered).hexdigest() == intent["digest"]
        assert (intent["base_sha256"], intent["result_sha256"]) == (before.sha256, revision.sha256)
        assert intent["proven_at"]
        assert data.startswith(blobs.get(before.sha256))
    (archived,) = connection.scalars(
        select(tables.archive.c.sha256).where(tables.archive.c.document_id == row.document_id)
    )
    assert archived == [*sealed, *extended][-1].sha256
    assert blobs.get(archived).startswith(blobs.get(sealed[-1].sha256))
    report = validate(blobs.get(archived), anchors.roots, intermediates=anchors.intermediates, now=now())
    assert report.verdict is Verdict.TOTAL_PASSED
    roles = [signature.role for signature in report.signatures]
    assert roles == [*signatories, *("" for _ in extended)], "one document time stamp, and only for a licence"
    reached = documents.reached(connection, row.document_id)
    assert reached == documents.levels_asked(connection, row.document_id)


def assert_no_gap(connection: Connection, *kinds: str) -> None:
    """Each series has given out just the one number that was used."""
    series = {row.name: row.last for row in connection.execute(select(tables.series))}
    assert sorted(name.split("/")[0] for name in series) == sorted(kinds)
    assert set(series.values()) == {1}, series
