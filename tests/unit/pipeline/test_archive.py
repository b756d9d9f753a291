"""归档: file and report, each under its hash, for ever."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from signing_service.domain.documents import ProvenPdf, sha256_of
from signing_service.pipeline.archive import archive
from signing_service.pipeline.prove import prove
from signing_service.storage.blobs import open_blobs
from tests.unit.pipeline.sealing import ADDRESS, AUTHORITY, NOTICE, Keyring, signable


@pytest.fixture(scope="module")
def notice(keyring: Keyring) -> ProvenPdf:
    sealed = keyring.sealed(signable(NOTICE), AUTHORITY)
    return prove(sealed, ADDRESS, keyring.pki.anchors(), keyring.pki.intermediates(), keyring.now)


def test_file_and_report_are_found_under_their_hashes(notice: ProvenPdf, keyring: Keyring, tmp_path: Path) -> None:
    blobs = open_blobs((tmp_path / "blobs").as_uri())
    archived = archive(notice, blobs, keyring.now)
    assert blobs.get(archived.sha256) == notice.data
    assert archived.sha256 == sha256_of(notice.data)
    assert archived.size == len(notice.data)
    assert archived.archived_at == keyring.now
    report = json.loads(blobs.get(archived.report_sha256))
    assert report["verdict"] == "TOTAL_PASSED"
    assert report["sha256"] == archived.sha256
    assert report["address"] == ADDRESS


def test_archiving_again_changes_nothing(notice: ProvenPdf, keyring: Keyring, tmp_path: Path) -> None:
    blobs = open_blobs((tmp_path / "blobs").as_uri())
    first = archive(notice, blobs, keyring.now)
    again = archive(notice, blobs, keyring.now + timedelta(days=1))
    assert (again.sha256, again.report_sha256) == (first.sha256, first.report_sha256)
    assert len([path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]) == 2
