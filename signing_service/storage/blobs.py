"""Where documents are kept for ever: bytes under their own SHA-256, in files or in an S3 store.

A sealed file is never written over. It is durable before the database says that it exists, and it is compared with
its name each time it is read, so a damaged disk is noticed before a citizen is.
"""

from __future__ import annotations

import base64
import errno
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from signing_service.domain.documents import Blobs, Sha256, sha256_of
from signing_service.domain.errors import Problem
from signing_service.storage.database import full, read_only, unavailable

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_s3 import S3Client

_NAME = re.compile(r"[0-9a-f]{64}")


def open_blobs(url: str) -> Blobs:
    """Open ``file:///folder`` or ``s3://bucket?endpoint=https://…&region=…``.

    Without an endpoint the S3 store is Amazon's. Keys of the S3 store come from where boto3 looks for them
    (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, the instance's role), never from the address.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FileBlobs(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc:
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        return S3Blobs(parts.netloc, endpoint=asked.get("endpoint"), region=asked.get("region", "us-east-1"))
    raise Problem(
        "STORE_ADDRESS",
        "文件库地址无法识别：请写 file:///目录 或 s3://桶?endpoint=https://…。",
        "The address of the document store is not understood: write file:///folder or s3://bucket?endpoint=https://….",
        status=500,
    )


class FileBlobs:
    """One read-only file a blob: ``ab/cdef…`` below ``folder``. The folder may be shared by several processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        with _disk(folder):
            self._incoming.mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes) -> Sha256:
        """Store and return the name; on the disk, not merely in its cache, when it returns."""
        name = sha256_of(data)
        self.put_all({name: data})
        return name

    def put_all(self, named: Mapping[Sha256, bytes]) -> None:
        """Store blobs under their names: all are written, then flushed, then named, so that the disk is waited for once."""
        paths = {self._path(name): data for name, data in named.items()}
        with _disk(self._folder):
            # also when another process wrote it: its entry in the folder may not be on the disk yet
            touched = {path.parent for path in paths}
            for folder in touched.copy():
                if not folder.is_dir():
                    folder.mkdir(exist_ok=True)
                    touched.add(self._folder)
            self._write({path: data for path, data in paths.items() if not _holds(path, data)})
            for folder in touched:
                _flush(folder)

    def get(self, name: Sha256) -> bytes:
        """The bytes, checked against their name. Raises KeyError when absent, Problem BLOB_DAMAGED when changed."""
        try:
            with _disk(self._folder):
                return _intact(name, self._path(name).read_bytes())
        except FileNotFoundError:
            raise KeyError(name) from None

    def __contains__(self, name: object) -> bool:
        return _is_name(name) and self._path(Sha256(str(name))).is_file()

    def _path(self, name: Sha256) -> Path:
        if not _is_name(name):
            raise KeyError(name)
        return self._folder / name[:2] / name[2:]

    def _write(self, wanted: Mapping[Path, bytes]) -> None:
        """Each whole or not at all: written aside, flushed, then moved to its name."""
        aside: list[tuple[Path, Path]] = []
        try:
            for path, data in wanted.items():
                handle, name = tempfile.mkstemp(dir=self._incoming)
                aside.append((Path(name), path))
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    os.fchmod(file.fileno(), 0o444)
            for beside, _ in aside:
                _flush(beside)
            for beside, path in aside:
                beside.replace(path)
        except BaseException:
            for beside, _ in aside:
                beside.unlink(missing_ok=True)
            raise


class S3Blobs:
    """One object a blob: ``ab/cdef…`` in ``bucket``, written only where there is none (RFC 9110, If-None-Match: *).

    The bucket has to exist. Object Lock in compliance mode is recommended: then nobody can delete, not even we.
    """

    def __init__(self, bucket: str, *, endpoint: str | None = None, region: str = "us-east-1") -> None:
        self._bucket = bucket
        self._client = _s3_client(endpoint, region)

    def put(self, data: bytes) -> Sha256:
        """Store and return the name; the store compares the bytes with their SHA-256 before it accepts them."""
        name = sha256_of(data)
        with _store():
            if not self._put_if_absent(name, data) and self._read(name) != data:
                self._client.put_object(**self._object(name, data))
        return name

    def put_all(self, named: Mapping[Sha256, bytes]) -> None:
        for data in named.values():
            self.put(data)

    def get(self, name: Sha256) -> bytes:
        """The bytes, checked against their name. Raises KeyError when absent, Problem BLOB_DAMAGED when changed."""
        if not _is_name(name):
            raise KeyError(name)
        with _store():
            data = self._read(name)
        if data is None:
            raise KeyError(name)
        return _intact(name, data)

    def __contains__(self, name: object) -> bool:
        from botocore.exceptions import ClientError

        if not _is_name(name):
            return False
        with _store():
            try:
                self._client.head_object(Bucket=self._bucket, Key=_key(Sha256(str(name))))
            except ClientError as error:
                if _s3_code(error) in ("404", "NoSuchKey"):
                    return False
                raise
        return True

    def _put_if_absent(self, name: Sha256, data: bytes) -> bool:
        from botocore.exceptions import ClientError

        try:
            self._client.put_object(**self._object(name, data), IfNoneMatch="*")
        except ClientError as error:
            if _s3_code(error) in ("PreconditionFailed", "412"):
                return False
            raise
        return True

    def _object(self, name: Sha256, data: bytes) -> dict[str, Any]:
        checksum = base64.b64encode(bytes.fromhex(name)).decode()
        return {"Bucket": self._bucket, "Key": _key(name), "Body": data, "ChecksumSHA256": checksum}

    def _read(self, name: Sha256) -> bytes | None:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=_key(name))["Body"].read()
        except self._client.exceptions.NoSuchKey:
            return None


@cache
def _session() -> Session:
    """One for the process: it reads megabytes of descriptions of Amazon's services."""
    import boto3

    return boto3.session.Session()


def _s3_client(endpoint: str | None, region: str) -> S3Client:
    from botocore.config import Config

    # our own hash is the check; the transport's extra checksums are not understood by every S3 store
    config = Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"max_attempts": 3, "mode": "standard"},
        s3={"addressing_style": "path" if endpoint else "auto"},
        response_checksum_validation="when_required",
        request_checksum_calculation="when_required",
    )
    return _session().client("s3", endpoint_url=endpoint, region_name=region, config=config)


def _s3_code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _key(name: Sha256) -> str:
    return f"{name[:2]}/{name[2:]}"


def _is_name(name: object) -> bool:
    """Whether it is a SHA-256; anything else (``../../etc/passwd``) names no blob."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _holds(path: Path, data: bytes) -> bool:
    """Whether these very bytes are there already. A damaged copy is not: the good one takes its place."""
    try:
        return path.read_bytes() == data
    except FileNotFoundError:
        return False


def _intact(name: Sha256, data: bytes) -> bytes:
    if sha256_of(data) != name:
        raise Problem(
            "BLOB_DAMAGED",
            "库中文件已损坏，与其哈希不符，已停止使用：请从备份恢复该文件。",
            "A stored file is damaged, it no longer matches its hash and is not used: restore it from the backup.",
            status=500,
            sha256=name,
        )
    return data


def _flush(path: Path) -> None:
    """A file, or the entries of a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise full(folder) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
            raise read_only(folder) from error
        raise unavailable("文件库", "The document store") from error


@contextmanager
def _store() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise unavailable("文件库", "The document store") from error
