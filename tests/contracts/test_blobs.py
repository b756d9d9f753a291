"""What a document store promises, on files and on S3 alike: the bytes of a name are these bytes, for ever."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import pytest

from signing_service.domain.documents import Blobs, Sha256, sha256_of
from signing_service.domain.errors import Problem
from signing_service.storage.blobs import open_blobs

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PDF = b"%PDF-1.7\n" + "一份申请表".encode() * 20_000
ABSENT = Sha256("0" * 64)


@pytest.fixture
def damage(request: pytest.FixtureRequest, blobs_url: str) -> Callable[[Sha256], None]:
    """What a failing disk does behind the service's back."""
    parts = urlsplit(blobs_url)

    def of_file(name: Sha256) -> None:
        path = Path(unquote(parts.path)) / name[:2] / name[2:]
        path.chmod(0o644)
        path.write_bytes(b"damaged")

    def of_object(name: Sha256) -> None:
        client = request.getfixturevalue("s3_client")
        client.put_object(Bucket=parts.netloc, Key=f"{name[:2]}/{name[2:]}", Body=b"damaged")

    return of_file if parts.scheme == "file" else of_object


def test_a_blob_is_named_by_its_sha256_and_comes_back_byte_for_byte(blobs: Blobs) -> None:
    name = blobs.put(PDF)
    assert name == hashlib.sha256(PDF).hexdigest()
    assert blobs.get(name) == PDF


def test_an_empty_blob_is_a_blob(blobs: Blobs) -> None:
    assert blobs.get(blobs.put(b"")) == b""


def test_putting_the_same_bytes_again_changes_nothing(blobs: Blobs) -> None:
    assert blobs.put(PDF) == blobs.put(PDF)
    assert blobs.get(blobs.put(PDF)) == PDF


def test_several_blobs_are_stored_at_once_each_under_its_name(blobs: Blobs) -> None:
    known = b"known"
    blobs.put(known)
    named = {sha256_of(data): data for data in (known, b"", *(bytes([n]) * 1000 for n in range(20)))}
    blobs.put_all(named)
    assert {name: blobs.get(name) for name in named} == named


def test_the_store_knows_what_it_holds(blobs: Blobs) -> None:
    assert blobs.put(PDF) in blobs
    assert ABSENT not in blobs


def test_an_absent_blob_is_a_key_error(blobs: Blobs) -> None:
    with pytest.raises(KeyError):
        blobs.get(ABSENT)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_what_is_no_sha256_names_no_blob(blobs: Blobs, name: str) -> None:
    assert name not in blobs
    with pytest.raises(KeyError):
        blobs.get(Sha256(name))


def test_a_damaged_blob_is_never_handed_out(blobs: Blobs, damage: Callable[[Sha256], None]) -> None:
    name = blobs.put(PDF)
    damage(name)
    with pytest.raises(Problem) as told:
        blobs.get(name)
    assert told.value.code == "BLOB_DAMAGED"


def test_a_damaged_blob_is_whole_again_when_its_bytes_are_put_again(
    blobs: Blobs, damage: Callable[[Sha256], None]
) -> None:
    name = blobs.put(PDF)
    damage(name)
    blobs.put(PDF)
    assert blobs.get(name) == PDF


def test_eight_writers_of_the_same_and_of_other_bytes_do_not_disturb_each_other(blobs: Blobs) -> None:
    wanted = [PDF + str(number % 4).encode() for number in range(32)]
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(blobs.put, wanted))
    assert [blobs.get(name) for name in names] == wanted


def test_a_store_opened_again_still_holds_everything(blobs: Blobs, blobs_url: str) -> None:
    name = blobs.put(PDF)
    assert open_blobs(blobs_url).get(name) == PDF


def test_an_address_nobody_understands_is_refused() -> None:
    with pytest.raises(Problem) as told:
        open_blobs("ftp://somewhere/else")
    assert told.value.code == "STORE_ADDRESS"


def test_a_document_store_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(Problem) as told:
        open_blobs("s3://bucket?endpoint=http://127.0.0.1:9").put(PDF)
    assert (told.value.code, told.value.status) == ("STORE_UNAVAILABLE", 503)


# --- S3


def test_an_object_once_stored_is_never_written_again(s3_client: S3Client, s3_endpoint: str) -> None:
    """If-None-Match: a versioned bucket shows one version however often the same bytes are put."""
    bucket = f"signing-test-{uuid4().hex}"
    s3_client.create_bucket(Bucket=bucket)
    s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    store = open_blobs(f"s3://{bucket}?endpoint={s3_endpoint}")
    assert store.put(PDF) == store.put(PDF)
    assert len(s3_client.list_object_versions(Bucket=bucket)["Versions"]) == 1


# --- files


def test_a_stored_file_is_read_only_and_lies_in_a_folder_of_its_first_two_digits(tmp_path: Path) -> None:
    name = open_blobs(tmp_path.as_uri()).put(PDF)
    assert stat.S_IMODE((tmp_path / name[:2] / name[2:]).stat().st_mode) == 0o444


def test_a_folder_with_a_chinese_name_and_a_blank_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "电子 档案"
    name = open_blobs(folder.as_uri()).put(PDF)
    assert (folder / name[:2] / name[2:]).is_file()


LIMITED = """
import resource, signal, sys
from signing_service.domain.errors import Problem
from signing_service.storage.blobs import open_blobs
signal.signal(signal.SIGXFSZ, signal.SIG_DFL if sys.argv[2] == "killed" else signal.SIG_IGN)
blobs = open_blobs(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    blobs.put(bytes(100_000))
except Problem as problem:
    print(problem.code)
"""


@pytest.mark.parametrize("fate", ["told", "killed"])
def test_a_file_that_could_not_be_written_whole_is_not_there_at_all(tmp_path: Path, fate: str) -> None:
    """The process meets its limit in the middle of the file: it is told so, or it dies on the spot."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", LIMITED, tmp_path.as_uri(), fate]
    ended = subprocess.run(command, env=environment, capture_output=True)
    name = Sha256(hashlib.sha256(bytes(100_000)).hexdigest())
    assert (ended.returncode < 0) == (fate == "killed"), ended.stderr
    assert name not in open_blobs(tmp_path.as_uri())
    assert open_blobs(tmp_path.as_uri()).put(bytes(100_000)) == name
